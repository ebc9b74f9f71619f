/**
 * Lifetime value in money: a timing model times a spend model, which are taken as independent given the customer. Of customers
 * with a history, of a customer who has yet to come back, and as exact draws of one future.
 */
import type { Rng } from '../../../sdk/numeric/index.ts';
import { timingFamily } from './families.ts';
import type { History } from './family.ts';
import type { TimingModel } from './fit-timing.ts';
import type { HistoryColumns } from './histories.ts';
import { type PredictionRequest, predictTiming } from './predict-timing.ts';
import { drawAmounts, predictSpend, type SpendParameters } from './spend/index.ts';

export interface ValueModels {
  readonly timing: Pick<TimingModel, 'family' | 'params'>;
  readonly spend: SpendParameters;
  /** Spend per purchase of a customer without a known mean, where the model has none that is finite (Gamma-Gamma with q ≤ 1). */
  readonly fallbackSpend?: number | undefined;
}

export interface LifetimeValues {
  /** Expected purchases within the horizon, each discounted to today. */
  readonly discounted: Float64Array;
  /** Expected spend per purchase, in money. */
  readonly spend: Float64Array;
  /** The product, in money. */
  readonly value: Float64Array;
}

/**
 * Value of each customer over a horizon, or for ever.
 * @param data histories, and the mean spend of their repeat purchases; 0 where there is none
 * @param request horizon in the time unit of the histories; Infinity needs a rate above 0
 * @returns Infinity only where the spend model has no finite mean and no fallback was given
 * @throws {CohortiumError} NUMERIC_DOMAIN when a row is no history
 * @see Fader, Hardie & Lee (2005), "RFM and CLV: Using iso-value curves for customer base analysis", eq. 1 and 2
 */
export function lifetimeValues(
  { timing, spend, fallbackSpend }: ValueModels,
  data: HistoryColumns & { readonly meanSpend: ArrayLike<number> },
  request: PredictionRequest,
): LifetimeValues {
  const { horizon, ratePerTime } = request;
  const { discounted } = predictTiming(timingFamily(timing.family), timing, data, { horizon, ratePerTime, columns: ['discounted'] });
  const amounts = predictSpend(spend, data).map((amount) => (Number.isFinite(amount) ? amount : (fallbackSpend ?? amount)));
  return { discounted, spend: amounts, value: discounted.map((count, row) => (count > 0 ? count * (amounts[row] ?? 0) : 0)) };
}

const newcomer: History = { x: 0, tx: 0, T: 0 };

/**
 * Value of somebody who makes the first purchase today, from the population alone.
 * @param includesFirst counts the first purchase, of which it is certain, too
 * @returns in money; Infinity as in {@link lifetimeValues}
 */
export function newCustomerLifetimeValue(
  { timing, spend, fallbackSpend }: ValueModels,
  { horizon, ratePerTime = 0 }: PredictionRequest,
  includesFirst = false,
): number {
  const family = timingFamily(timing.family);
  const purchases =
    ratePerTime > 0
      ? family.discountedExpectation(timing.params, newcomer, horizon, ratePerTime)
      : family.expectedPurchases(timing.params, horizon);
  const [mean = 0] = predictSpend(spend, { x: [0], meanSpend: [0] });
  return (purchases + (includesFirst ? 1 : 0)) * (Number.isFinite(mean) ? mean : (fallbackSpend ?? mean));
}

/** One purchase of a drawn future. */
export interface DrawnPurchase {
  /** Time from now, in the time unit of the history. */
  readonly time: number;
  /** In money. */
  readonly amount: number;
}

/**
 * One future of a customer, drawn exactly at the given parameters: whether and when the customer buys, and what each purchase
 * costs.
 * @param meanSpend of the customer's repeat purchases; 0 where there is none
 */
export function drawFuture(
  { timing, spend }: ValueModels,
  history: History,
  meanSpend: number,
  horizon: number,
  rng: Rng,
): readonly DrawnPurchase[] {
  const times = timingFamily(timing.family).drawPurchaseTimes(timing.params, history, horizon, rng);
  if (times.length === 0) return [];
  const amount = drawAmounts(spend, history.x, history.x * meanSpend, rng);
  return times.map((time) => ({ time, amount: amount() }));
}
