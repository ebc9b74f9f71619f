/** What comes with a call that takes a while; types only. */
export interface Progress {
  /** 0 to 1, never 1: the answer itself says that the work is done. */
  readonly fraction: number;
  readonly message: string;
}

export interface CallContext {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}
