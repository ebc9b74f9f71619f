/** What is kept of how a result was computed; types only. */

export interface StageFingerprint {
  /** `skill/effect`. */
  readonly stage: string;
  readonly schema: string;
  readonly code: { readonly package: string; readonly version: string; readonly skill: string; readonly tree: string | null };
  readonly dependencies: string;
  /** Of the configuration of the step. */
  readonly parameters: string;
  /** Of the input of the effect, which names its tables by digest. */
  readonly inputs: string;
  /** Of the law that it decided by; null where there is none. */
  readonly policy: string | null;
  readonly seed: string;
  readonly math: string;
}

export interface RecordedFingerprint {
  readonly digest: string;
  readonly stage: StageFingerprint;
  readonly runtime: Readonly<Record<string, string>>;
}
