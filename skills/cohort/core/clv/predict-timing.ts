/** Predictions of a timing model for many histories: equal histories are computed once. */
import { exp } from '../../../sdk/numeric/index.ts';
import type { TimingFamily } from './family.ts';
import type { HistoryColumns } from './histories.ts';

export interface TimingPrediction {
  /** Probability that the customer is active at the end of the observation, in [0, 1]. */
  readonly pAlive: Float64Array;
  /** Probability that the customer is active `later` after it, in [0, 1]. */
  readonly pAliveLater: Float64Array;
  /** Expected purchases within the horizon. */
  readonly expected: Float64Array;
  /** Expected purchases within the horizon, each discounted to today. */
  readonly discounted: Float64Array;
  /** Probability of at least one purchase within the horizon, in [0, 1]. */
  readonly pPurchase: Float64Array;
}

export interface PredictionRequest {
  /** In the time unit of tx and T, ≥ 0. */
  readonly horizon: number;
  /** Continuous discount rate per time unit, ≥ 0; default 0. */
  readonly ratePerTime?: number | undefined;
  /** Time after the end of the observation that pAliveLater is for; default the horizon. */
  readonly later?: number | undefined;
}

/**
 * Predictions for histories, which need not be those of the fit; rows in, rows out.
 * @throws {CohortiumError} NUMERIC_DOMAIN when a row is no history
 */
export function predictTiming<P>(
  family: TimingFamily<P>,
  model: { readonly params: P },
  data: HistoryColumns,
  { horizon, ratePerTime = 0, later = horizon }: PredictionRequest,
): TimingPrediction {
  const rows = data.x.length;
  const columns = Array.from({ length: 5 }, () => new Float64Array(rows));
  const [pAlive, pAliveLater, expected, discounted, pPurchase] = columns as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ]; // five were made
  const firstOf = new Map<string, number>();
  const { params } = model;
  for (let row = 0; row < rows; row++) {
    const history = { x: data.x[row] ?? 0, tx: data.tx[row] ?? 0, T: data.T[row] ?? 0 };
    const key = `${history.x} ${history.tx} ${history.T}`;
    const first = firstOf.get(key);
    if (first !== undefined) {
      for (const column of columns) column[row] = column[first] ?? 0;
      continue;
    }
    firstOf.set(key, row);
    pAlive[row] = exp(family.logProbabilityAlive(params, history));
    pAliveLater[row] = exp(family.logProbabilityAlive(params, history, later));
    expected[row] = family.conditionalExpectation(params, history, horizon);
    discounted[row] = ratePerTime > 0 ? family.discountedExpectation(params, history, horizon, ratePerTime) : (expected[row] ?? 0);
    pPurchase[row] = 1 - family.futureCountProbability(params, history, 0, horizon);
  }
  return { pAlive, pAliveLater, expected, discounted, pPurchase };
}
