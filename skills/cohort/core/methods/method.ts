/**
 * What a cohort method is: an estimator over columns. Fit gives a plain JSON model, assign puts customers into its cohorts, also
 * customers that it was not fitted on. Every choice by chance comes from the seed, so the same rows give the same labels; the
 * order of rows changes none.
 */

/** Numeric features in columns of one length; rows are customers. */
export interface FeatureColumns {
  readonly names: readonly string[];
  /** One per name, finite numbers. */
  readonly columns: readonly Float64Array[];
}

/** Which cohort each row is in, and how sure that is. */
export interface Assignment {
  /** Cohort of each row, 0 … cohorts − 1; −1 for rows in none (noise). */
  readonly label: Int32Array;
  /**
   * In [0, 1], of what kind says `kind`: the posterior probability of the cohort, the margin to the next one, the density, or
   * how often resampled fits agree. Comparable within a method, not between methods.
   */
  readonly confidence: Float64Array;
  readonly kind: 'posterior' | 'margin' | 'density' | 'frequency' | 'rule';
}

/** A method whose models are plain JSON. */
export interface CohortMethod<Data, Config, Model> {
  /** As in configuration: `k-means`. */
  readonly id: string;
  readonly title: string;
  /**
   * @param seed text from which every random choice follows
   * @throws {CohortiumError} NUMERIC_DOMAIN when data or configuration are out of their range, with what was found
   */
  readonly fit: (config: Config, data: Data, seed: string) => Model;
  /** @throws {CohortiumError} NUMERIC_DOMAIN when the columns are not those of the fit */
  readonly assign: (model: Model, data: Data) => Assignment;
}
