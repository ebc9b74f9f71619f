/** What the doors can ask of features; types only. */
export interface FeatureExportRequest {
  /** Last day that counts, ISO date. */
  readonly asOf: string;
  /** One of `24h`, `7d`, `28d`, `90d`, `365d`, `lifetime`. */
  readonly window: string;
  /** File to write; replaced when it exists. */
  readonly out: string;
}

export interface FeatureExport {
  readonly file: string;
  readonly customers: number;
  readonly columns: readonly string[];
}
