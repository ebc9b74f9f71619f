/**
 * Fits everything that the holdout can teach and judges it honestly: what is reported as calibrated was predicted by maps
 * that never saw the customer (cross-fitting over folds); what is applied afterwards is refitted on everybody.
 */
import { sum } from '../../sdk/numeric/index.ts';
import { foldOf } from './folds.ts';
import { type ReliabilityBin, reliabilityBins } from './measures/bins.ts';
import { expectedCalibrationError } from './measures/calibration-error.ts';
import { applyProbabilityMap, fitProbabilityMap, type ProbabilityMap } from './probability-map.ts';
import { rowsByCohort } from './rows-by-cohort.ts';
import { fitScale, type ScaleMap, scaleOf, unitScale } from './scale.ts';
import { describeTierRule, tierRule } from './tiers/index.ts';

/** Columns over the customers known at the cut-off. */
export interface Holdout {
  readonly customerId: readonly string[];
  readonly cohort: readonly string[];
  readonly pPurchase: ArrayLike<number>;
  readonly expectedPurchases: ArrayLike<number>;
  readonly expectedSpendMinor: ArrayLike<number>;
  readonly actualBaskets: ArrayLike<number>;
  readonly actualSpendMinor: ArrayLike<number>;
}

export interface Calibration {
  readonly method: string;
  readonly folds: number;
  readonly n: number;
  readonly buyers: number;
  readonly probability: ProbabilityMap;
  readonly moneyScale: ScaleMap;
  readonly countScale: ScaleMap;
  /** |predicted − actual| / actual spend per cohort, out of fold. */
  readonly cohortError: Readonly<Record<string, number>>;
  readonly before: { readonly ece: number; readonly brier: number; readonly bins: readonly ReliabilityBin[] };
  /** Out of fold. */
  readonly after: { readonly ece: number; readonly brier: number; readonly bins: readonly ReliabilityBin[] };
  readonly tierRule: readonly string[];
}

const method =
  'P(purchase): logistic map on the log-odds with cohort intercepts shrunk by empirical Bayes. Money and counts: actual/expected per cohort, shrunk to the global ratio. Judged out of fold.';

/**
 * @param holdout at least one row
 * @param folds 2 or more
 */
export function fitCalibration(holdout: Holdout, folds: number): Calibration {
  const count = holdout.customerId.length;
  const outcome = Float64Array.from({ length: count }, (_, row) => ((holdout.actualBaskets[row] ?? 0) > 0 ? 1 : 0));
  const probability = fitProbabilityMap({ predicted: holdout.pPurchase, outcome, cohort: holdout.cohort });
  const isCalibrated = probability.kind === 'logistic';
  const crossed = isCalibrated ? crossFit(holdout, outcome, folds) : undefined;
  const raw = Float64Array.from(holdout.pPurchase);
  const calibrated = crossed?.pPurchase ?? raw;
  return {
    method,
    folds,
    n: count,
    buyers: sum(outcome),
    probability,
    moneyScale: isCalibrated ? fitScale(holdout.expectedSpendMinor, holdout.actualSpendMinor, holdout.cohort) : unitScale,
    countScale: isCalibrated ? fitScale(holdout.expectedPurchases, holdout.actualBaskets, holdout.cohort) : unitScale,
    cohortError: crossed ? errorByCohort(holdout, crossed.spendMinor) : {},
    before: judge(raw, outcome),
    after: judge(calibrated, outcome),
    tierRule: describeTierRule(tierRule),
  };
}

function crossFit(
  holdout: Holdout,
  outcome: Float64Array,
  folds: number,
): { readonly pPurchase: Float64Array; readonly spendMinor: Float64Array } {
  const count = holdout.customerId.length;
  const fold = holdout.customerId.map((id) => foldOf(id, folds));
  const pPurchase = new Float64Array(count);
  const spendMinor = new Float64Array(count);
  for (let held = 0; held < folds; held++) {
    const others = fold.flatMap((value, row) => (value === held ? [] : [row]));
    const pick = (values: ArrayLike<number>): number[] => others.map((row) => values[row] ?? 0);
    const cohort = others.map((row) => holdout.cohort[row] ?? '');
    const map = fitProbabilityMap({ predicted: pick(holdout.pPurchase), outcome: pick(outcome), cohort });
    const scale = fitScale(pick(holdout.expectedSpendMinor), pick(holdout.actualSpendMinor), cohort);
    fold.forEach((value, row) => {
      if (value !== held) return;
      const name = holdout.cohort[row] ?? '';
      pPurchase[row] = applyProbabilityMap(map, holdout.pPurchase[row] ?? 0, name);
      spendMinor[row] = scaleOf(scale, name) * (holdout.expectedSpendMinor[row] ?? 0);
    });
  }
  return { pPurchase, spendMinor };
}

function judge(predicted: Float64Array, outcome: Float64Array): Calibration['before'] {
  const bins = reliabilityBins({ predicted, outcome });
  const squares = predicted.map((p, row) => (p - (outcome[row] ?? 0)) * (p - (outcome[row] ?? 0)));
  return { ece: expectedCalibrationError(bins), brier: sum(squares) / predicted.length, bins };
}

/** One where a cohort spent nothing: there is no actual spend to compare with. */
function errorByCohort(holdout: Holdout, spendMinor: Float64Array): Readonly<Record<string, number>> {
  return Object.fromEntries(
    rowsByCohort(holdout.cohort).map(([name, rows]) => {
      const actual = sum(rows.map((row) => holdout.actualSpendMinor[row] ?? 0));
      const predicted = sum(rows.map((row) => spendMinor[row] ?? 0));
      return [name, actual > 0 ? Math.abs(predicted - actual) / actual : 1];
    }),
  );
}
