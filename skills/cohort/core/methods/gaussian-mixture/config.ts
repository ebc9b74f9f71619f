/** What a fit of a Gaussian mixture can be told, and within which limits. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { type CovarianceShape } from './covariance-shape.ts';
import { diagonalCovariance } from './diagonal-covariance.ts';
import { fullCovariance } from './full-covariance.ts';
import type { Scaling } from './lay-out-rows.ts';
import { tiedCovariance } from './tied-covariance.ts';

export type CovarianceKind = 'full' | 'diagonal' | 'tied';

/** Where the climb begins, in the units of the data; replaces the search for a start. */
export interface MixtureStart {
  /** One per cohort, positive, with sum 1. */
  readonly weights: readonly number[];
  /** One per cohort, each with a number per feature. */
  readonly means: readonly (readonly number[])[];
  /** Inverse covariances: row-major matrices, one per cohort (full) or one in all (tied), or inverse variances per cohort (diagonal). */
  readonly precisions: readonly (readonly number[])[];
}

export interface GaussianMixtureConfig {
  /** How many cohorts, 1–100, or the range in which BIC chooses. Default from 1 to 10. Never more than there are distinct rows. */
  readonly cohorts?: number | { readonly from: number; readonly to: number };
  /** Default full. */
  readonly covariance?: CovarianceKind;
  /** Added to every variance, ≥ 0, in squared units of the fit. Default 1e-3, which keeps integer features from collapsing. */
  readonly covarianceFloor?: number;
  /** Starts that are tried, 1–100. Default 5. */
  readonly restarts?: number;
  /** The climb ends when the mean log-likelihood gains less, > 0. Default 1e-3. */
  readonly tolerance?: number;
  /** 1–10,000. Default 200. */
  readonly maxIterations?: number;
  /** Rows that are fitted on; more than these are sampled. Default 200,000. */
  readonly maxRows?: number;
  /** `standard`, the default, gives every feature deviation 1; `none` keeps the units of the data. */
  readonly scaling?: Scaling;
  readonly start?: MixtureStart;
}

export interface CheckedConfig {
  readonly kind: CovarianceKind;
  readonly from: number;
  readonly to: number;
  readonly floor: number;
  readonly restarts: number;
  readonly tolerance: number;
  readonly maxIterations: number;
  readonly maxRows: number;
  readonly scaling: Scaling;
  readonly start: MixtureStart | undefined;
}

const shapes: Readonly<Record<CovarianceKind, CovarianceShape>> = {
  full: fullCovariance,
  diagonal: diagonalCovariance,
  tied: tiedCovariance,
};

/** @throws {CohortiumError} NUMERIC_DOMAIN for a kind that is none of the three */
export function shapeOf(kind: CovarianceKind): CovarianceShape {
  if (Object.hasOwn(shapes, kind)) return shapes[kind];
  throw new CohortiumError('NUMERIC_DOMAIN', `covariance is full, diagonal or tied; found ${kind}`);
}

/** @throws {CohortiumError} NUMERIC_DOMAIN for a value out of its limits */
export function checkConfig(config: GaussianMixtureConfig): CheckedConfig {
  const { cohorts = { from: 1, to: 10 }, start } = config;
  const { from, to } = start ? { from: start.weights.length, to: start.weights.length } : rangeOf(cohorts);
  const whole = (name: string, value: number, least: number, most: number): number => {
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw new CohortiumError('NUMERIC_DOMAIN', `${name} is a whole number from ${least} to ${most}; found ${value}`);
  };
  const { covarianceFloor = 1e-3, tolerance = 1e-3, scaling = 'standard', covariance = 'full' } = config;
  shapeOf(covariance);
  if (!(covarianceFloor >= 0 && covarianceFloor < Number.POSITIVE_INFINITY)) {
    throw new CohortiumError('NUMERIC_DOMAIN', `covarianceFloor is a number ≥ 0; found ${covarianceFloor}`);
  }
  if (!(tolerance > 0)) throw new CohortiumError('NUMERIC_DOMAIN', `tolerance is above 0; found ${tolerance}`);
  if (scaling !== 'standard' && scaling !== 'none') {
    throw new CohortiumError('NUMERIC_DOMAIN', `scaling is standard or none; found ${scaling as string}`);
  }
  return {
    kind: covariance,
    from: whole('cohorts', from, 1, 100),
    to: whole('cohorts', to, from, 100),
    floor: covarianceFloor,
    restarts: whole('restarts', config.restarts ?? 5, 1, 100),
    tolerance,
    maxIterations: whole('maxIterations', config.maxIterations ?? 200, 1, 10_000),
    maxRows: whole('maxRows', config.maxRows ?? 200_000, 1, 100_000_000),
    scaling,
    start,
  };
}

function rangeOf(cohorts: number | { readonly from: number; readonly to: number }): { readonly from: number; readonly to: number } {
  return typeof cohorts === 'number' ? { from: cohorts, to: cohorts } : cohorts;
}
