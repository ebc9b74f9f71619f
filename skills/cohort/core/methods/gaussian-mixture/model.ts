/** A fitted Gaussian mixture as plain JSON. Cohorts are numbered from the largest; means and covariances are on the scale of the fit. */
import type { FeatureScale } from '../feature-rows.ts';
import type { CovarianceKind } from './config.ts';
import type { Mixture } from './covariance-shape.ts';

export interface GaussianMixtureModel extends FeatureScale {
  readonly method: 'gaussian-mixture';
  readonly features: readonly string[];
  readonly covariance: CovarianceKind;
  /** Share of each cohort by the sum of probabilities, sum 1. */
  readonly weights: readonly number[];
  /** One list per cohort, scaled. */
  readonly means: readonly (readonly number[])[];
  /** Row-major matrices, one per cohort (full) or one in all (tied), or variances per cohort (diagonal), scaled, floor included. */
  readonly covariances: readonly (readonly number[])[];
  /** Mean per row that was fitted on, of the density on the scale of the fit. */
  readonly logLikelihood: number;
  /** Of the rows that were fitted on; lower is better. */
  readonly bic: number;
  readonly iterations: number;
  readonly converged: boolean;
  readonly rows: number;
  /** Fewer than rows where they were sampled. */
  readonly fittedRows: number;
  /** What BIC chose from, on `rows` rows; empty where the number of cohorts was given. */
  readonly choice: readonly ChoicePoint[];
  readonly profile: readonly MixtureProfile[];
}

export interface ChoicePoint {
  readonly cohorts: number;
  readonly rows: number;
  readonly logLikelihood: number;
  readonly bic: number;
}

/** The customers whose most probable cohort this is. */
export interface MixtureProfile {
  readonly size: number;
  /** Of all rows, in [0, 1]. */
  readonly share: number;
  /** Mean posterior probability of its members: how clearly the cohort is set off; 0 without members. */
  readonly confidence: number;
  readonly features: readonly MixtureFeature[];
}

export interface MixtureFeature {
  readonly name: string;
  /** In the units of the data. */
  readonly mean: number;
  /** Mean less that of all customers, in standard deviations of all customers. */
  readonly difference: number;
}

/** The parameters as the inner loops want them. */
export function mixtureOf({ weights, means, covariances, features }: GaussianMixtureModel): Mixture {
  return {
    size: weights.length,
    width: features.length,
    weights: Float64Array.from(weights),
    means: Float64Array.from(means.flat()),
    covariances: Float64Array.from(covariances.flat()),
  };
}
