/**
 * What the quickstart answers: the one JSON document of `cohortium quickstart --json`, and what the text report is drawn
 * from. Money is in minor units of `currency`; everything but `seconds` is the same for the same seed.
 */

/** Value of one cohort of a dimension beside what the simulation knows. */
export interface QuickstartGrain {
  readonly axis: 'location' | 'channel' | 'brand' | 'location-channel';
  /** `Berlin`, or `Berlin · web` for location-channel. */
  readonly value: string;
  readonly clvMinor: number;
  readonly lowMinor: number;
  readonly highMinor: number;
  /** Spend inside the horizon that the simulation knows of; null where it knows none. */
  readonly truthMinor: number | null;
}

export interface QuickstartReason {
  readonly policy: string;
  readonly citation: string;
  readonly outcome: 'fail' | 'counsel';
  /** Decisions, that is customer × use. */
  readonly count: number;
}

export interface QuickstartReport {
  readonly seed: string;
  /** The operator directory that was made, as the caller named it. */
  readonly directory: string;
  readonly merchant: string;
  readonly customers: number;
  readonly events: number;
  readonly quarantined: number;
  readonly cells: number;
  /** Wall clock of the whole quickstart. */
  readonly seconds: number;
  readonly asOf: string;
  readonly horizonDays: number;
  /** ISO 4217. */
  readonly currency: string;
  /** Probability of the intervals, such as 0.9. */
  readonly intervalLevel: number;
  readonly accountClv: { readonly total: number; readonly low: number; readonly high: number };
  readonly cellClv: { readonly total: number };
  /** Largest relative difference between an account and the sum of its cells. */
  readonly coherenceMaxRelError: number;
  readonly truth: { readonly spend: number; readonly relError: number };
  readonly calibration: { readonly eceBefore: number; readonly eceAfter: number; readonly n: number };
  readonly gate: {
    readonly pass: number;
    readonly fail: number;
    readonly counsel: number;
    readonly topReasons: readonly QuickstartReason[];
  };
  readonly ledger: { readonly size: number; readonly root: string; readonly verified: boolean };
  readonly emissions: { readonly sent: number; readonly acknowledged: number; readonly dead: number };
  readonly grain: readonly QuickstartGrain[];
  /** Paths of the SVG pictures, relative to `directory`. */
  readonly pictures: readonly string[];
  /** Digest of the run: equal on every machine for the same seed. */
  readonly runDigest: string;
  readonly runId: string;
  /** A customer with a value to look at with the commands that the report suggests. */
  readonly exampleCustomer: string;
}
