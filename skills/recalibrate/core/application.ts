/**
 * Applies a calibration to scores: probabilities, money and counts by their maps, intervals by the reach of the holdout and the
 * doubt about the scale, a tier for each account. What is proportional stays so: cells are shares of the account before and after.
 */
import { applyReach } from './account-intervals.ts';
import type { Calibration } from './calibration.ts';
import { predictMap } from './fit-map.ts';
import { finished, scaledBy, scaledSpend } from './money.ts';
import { accountEvidence } from './tier-evidence.ts';
import { type DriftState, type Tier, tierOf } from './tiers/index.ts';

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

export interface ScoredAccounts {
  /** Cohort of each account, named as in the holdout. */
  readonly cohort: readonly string[];
  /** Purchase days of each account. */
  readonly baskets: ArrayLike<number>;
  /** Level of the intervals, in (0, 1). */
  readonly level: number;
  /** Day of the scores, as a day number. */
  readonly asOfDay: number;
  /** What monitoring says of cohorts; those that are not named are `unmeasured`. */
  readonly drift: Readonly<Record<string, DriftState>>;
}

export function applyCalibration(
  calibration: Calibration,
  scores: ScoreColumns,
  { cohort, baskets, level, asOfDay, drift }: ScoredAccounts,
): CalibratedScores {
  const { moneyScale, countScale, moneyMap, countMap, probability, intervals } = calibration;
  const clvMinor = scaledSpend(moneyMap, moneyScale, scores.clvMinor, cohort);
  const expectedPurchases = scaledSpend(countMap, countScale, scores.expectedPurchases, cohort);
  const pPurchase = predictMap('probability', probability, scores.pPurchase, cohort);
  const raw = { low: scores.clvLowMinor, high: scores.clvHighMinor };
  const scaled = scaledBy(scores.clvMinor, clvMinor, raw);
  // A reach is of one level; at another one the model's own intervals are the better evidence.
  const reach = intervals?.level === level ? intervals.reach : null;
  const { low, high } = finished(
    clvMinor,
    applyReach(reach, { ...scaled, cohort, pPurchase: scores.pPurchase }),
    cohort,
    moneyScale,
    level,
  );
  const factor = (calibrated: Float64Array, own: Float64Array, row: number): number =>
    (own[row] ?? 0) > 0 ? (calibrated[row] ?? 0) / (own[row] ?? 1) : 1;
  return {
    expectedPurchases,
    pPurchase,
    // Who buys was alive: the latent probability may not fall below the calibrated, observable one.
    pAlive: scores.pAlive.map((own, row) => Math.max(pPurchase[row] ?? 0, own)),
    spendPerPurchaseMinor: scores.spendPerPurchaseMinor.map((own, row) => {
      const purchases = factor(expectedPurchases, scores.expectedPurchases, row);
      return purchases > 0 ? (own * factor(clvMinor, scores.clvMinor, row)) / purchases : 0;
    }),
    clvMinor,
    clvLowMinor: low,
    clvHighMinor: high,
    tier: cohort.map((name, row): Tier =>
      tierOf(
        accountEvidence(calibration, name, {
          baskets: baskets[row] ?? 0,
          value: clvMinor[row] ?? 0,
          low: low[row] ?? 0,
          high: high[row] ?? 0,
          asOfDay,
          drift: Object.hasOwn(drift, name) ? (drift[name] ?? 'unmeasured') : 'unmeasured',
        }),
      ),
    ),
  };
}
