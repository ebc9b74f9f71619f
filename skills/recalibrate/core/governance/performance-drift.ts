/**
 * Whether a model has become worse than it was when it was approved: relative rise of RMSE and relative fall of R², each above its
 * limit and not at it. Says nothing about why.
 */
import { CohortiumError } from '../../../sdk/errors.ts';

export interface DriftLimits {
  /** 0.20: RMSE may be 20 % above the baseline. */
  readonly rmse: number;
  /** 0.15: R² may be 15 % below the baseline. */
  readonly r2: number;
}

export interface Performance {
  readonly rmse: number;
  /** Null where all outcomes are equal. */
  readonly r2: number | null;
}

export interface PerformanceDrift {
  /** (RMSE − baseline) / baseline; null where the baseline is 0. */
  readonly rmseRise: number | null;
  /** (baseline − R²) / |baseline|, with at least `leastR2` below the line; null where there is no R². */
  readonly r2Fall: number | null;
  readonly isRmseOver: boolean;
  readonly isR2Over: boolean;
}

/** A baseline R² nearer to 0 than this is taken as this: a fall from 0.001 to 0 is no loss of 100 %. */
const leastR2 = 0.05;

/**
 * @throws {CohortiumError} NUMERIC_DOMAIN for measures that are no numbers, or limits that are not above 0
 */
export function judgeDrift(
  found: Performance,
  baseline: { readonly rmse: number; readonly r2: number },
  limits: DriftLimits,
): PerformanceDrift {
  const numbers = [found.rmse, found.r2 ?? 0, baseline.rmse, baseline.r2];
  if (!numbers.every(Number.isFinite) || found.rmse < 0 || baseline.rmse < 0 || !(limits.rmse > 0 && limits.r2 > 0)) {
    throw new CohortiumError('NUMERIC_DOMAIN', `drift is judged on finite measures and limits above 0; found ${numbers.join(', ')}`);
  }
  const rmseRise = baseline.rmse > 0 ? found.rmse / baseline.rmse - 1 : null;
  const r2Fall = found.r2 === null ? null : (baseline.r2 - found.r2) / Math.max(Math.abs(baseline.r2), leastR2);
  return {
    rmseRise,
    r2Fall,
    // As products, so that a rise of exactly the limit is not above it by a rounding.
    isRmseOver: baseline.rmse > 0 ? isAbove(found.rmse - baseline.rmse, limits.rmse * baseline.rmse) : found.rmse > 0,
    isR2Over: found.r2 !== null && isAbove(baseline.r2 - found.r2, limits.r2 * Math.max(Math.abs(baseline.r2), leastR2)),
  };
}

/** Above by more than roundings of both can make. */
function isAbove(value: number, limit: number): boolean {
  return value > limit * (1 + 1e-12);
}
