/** A fitted Gaussian mixture as plain JSON. Cohorts are numbered from the largest; means and covariances are on the scale of the fit. */
import type { CohortProfile } from '../quality/profile.ts';
import type { Scale } from '../quality/standardise.ts';
import type { CovarianceKind } from './config.ts';
import type { Mixture } from './covariance-shape.ts';
import type { Scaling } from './lay-out-rows.ts';

export interface GaussianMixtureModel {
  readonly method: 'gaussian-mixture';
  readonly features: readonly string[];
  readonly scaling: Scaling;
  /** Of all rows. */
  readonly scale: Scale;
  readonly covariance: CovarianceKind;
  /** Share of each cohort by the sum of probabilities, sum 1. */
  readonly weights: readonly number[];
  /** One list per cohort, on the scale of the fit: (value − mean) ÷ sd, or value − mean without scaling. */
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
export interface MixtureProfile extends CohortProfile {
  /** Mean posterior probability of its members: how clearly the cohort is set off; 0 without members. */
  readonly confidence: number;
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
