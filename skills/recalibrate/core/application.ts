/**
 * Applies a calibration to scores: probabilities by the map, money and counts by their scales, intervals rescaled and
 * widened, a tier for each account. What is proportional stays so: cells are shares of the account before and after.
 */
import type { Calibration } from './calibration.ts';
import { rescaleInterval } from './interval.ts';
import { applyProbabilityMap } from './probability-map.ts';
import { cohortErrorOf, scaleOf } from './scale.ts';
import { type Tier, tierOf } from './tiers/index.ts';

/** Columns over accounts, in one order. */
export interface ScoreColumns {
  readonly expectedPurchases: Float64Array;
  readonly pAlive: Float64Array;
  readonly pPurchase: Float64Array;
  readonly spendPerPurchaseMinor: Float64Array;
  readonly clvMinor: Float64Array;
  readonly clvLowMinor: Float64Array;
  readonly clvHighMinor: Float64Array;
}

export interface CalibratedScores extends ScoreColumns {
  readonly tier: readonly Tier[];
}

/**
 * @param cohort cohort of each account, named as in the holdout
 * @param baskets purchase days of each account
 * @param z normal quantile of the interval level
 */
export function applyCalibration(
  calibration: Calibration,
  scores: ScoreColumns,
  cohort: readonly string[],
  baskets: ArrayLike<number>,
  z: number,
): CalibratedScores {
  const count = cohort.length;
  const out = {
    expectedPurchases: new Float64Array(count),
    pAlive: new Float64Array(count),
    pPurchase: new Float64Array(count),
    spendPerPurchaseMinor: new Float64Array(count),
    clvMinor: new Float64Array(count),
    clvLowMinor: new Float64Array(count),
    clvHighMinor: new Float64Array(count),
  };
  const { moneyScale, countScale, probability } = calibration;
  const tier = cohort.map((name, row): Tier => {
    const money = scaleOf(moneyScale, name);
    const purchases = scaleOf(countScale, name);
    const own = cohortErrorOf(moneyScale, name);
    const relativeError = Math.sqrt(moneyScale.relativeError * moneyScale.relativeError + own * own);
    const interval = { value: scores.clvMinor[row] ?? 0, low: scores.clvLowMinor[row] ?? 0, high: scores.clvHighMinor[row] ?? 0 };
    const { value, low, high } = rescaleInterval(interval, money, relativeError, z);
    const pPurchase = applyProbabilityMap(probability, scores.pPurchase[row] ?? 0, name);
    out.expectedPurchases[row] = purchases * (scores.expectedPurchases[row] ?? 0);
    out.spendPerPurchaseMinor[row] = purchases > 0 ? ((scores.spendPerPurchaseMinor[row] ?? 0) * money) / purchases : 0;
    out.pPurchase[row] = pPurchase;
    // Who buys was alive: the latent probability may not fall below the calibrated, observable one.
    out.pAlive[row] = Math.max(pPurchase, scores.pAlive[row] ?? 0);
    out.clvMinor[row] = value;
    out.clvLowMinor[row] = low;
    out.clvHighMinor[row] = high;
    return tierOf({
      isCalibrated: probability.kind === 'logistic',
      cohortSupport: Object.hasOwn(probability.cohorts, name) ? (probability.cohorts[name]?.n ?? 0) : 0,
      cohortError: Object.hasOwn(calibration.cohortError, name) ? (calibration.cohortError[name] ?? 1) : 1,
      calibrationError: calibration.after.ece,
      baskets: baskets[row] ?? 0,
      relativeWidth: value > 0 ? (high - low) / value : Number.POSITIVE_INFINITY,
      // The holdout ends on the day of the score; with one window there is nothing to measure drift against.
      evidenceAgeDays: 0,
      drift: 'unmeasured',
    });
  });
  return { ...out, tier };
}
