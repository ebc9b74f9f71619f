/** Every customer's chance to be active, purchases and money over a horizon, and what a new customer is worth. */
import { type History, predictTiming, timingFamily } from '../../../skills/cohort/core/clv/index.ts';
import { expectedMeanSpend } from '../../../skills/cohort/core/clv/spend/index.ts';
import { log1p } from '../../../skills/sdk/numeric/index.ts';
import { type ClvData, unitsPerYear } from './clv-data.ts';
import type { StoredClvModel } from './clv-model.ts';

export interface ClvPrediction {
  readonly horizon: number;
  readonly customerId: readonly string[];
  readonly pAlive: Float64Array;
  readonly expected: Float64Array;
  readonly pPurchase: Float64Array;
  /** Expected money of a purchase; null without a spend model. */
  readonly spend: Float64Array | null;
  /** Discounted money within the horizon; null without a spend model. */
  readonly clv: Float64Array | null;
  /** Somebody who makes the first purchase today: that one is not counted. */
  readonly newcomer: { readonly expected: number; readonly value: number | null };
}

export interface PredictionOptions {
  /** In time units, ≥ 0. */
  readonly horizon: number;
  /** 0.1 for ten percent a year; default 0. */
  readonly annualDiscount?: number | undefined;
}

export function predictClv(model: StoredClvModel, data: ClvData, { horizon, annualDiscount = 0 }: PredictionOptions): ClvPrediction {
  const family = timingFamily(model.timing.family);
  const { params } = model.timing;
  const ratePerTime = log1p(annualDiscount) / unitsPerYear[model.unit];
  const { pAlive, expected, discounted, pPurchase } = predictTiming(family, model.timing, data.histories, { horizon, ratePerTime });
  const { x } = data.histories;
  const { spend: spendModel } = model;
  const fallback = observedMean(data);
  // Without a finite mean in the population (q ≤ 1) a customer who never came back is expected to spend as others did.
  const spendOf = (count: number, mean: number): number => {
    if (!spendModel) return 0;
    const known = expectedMeanSpend(spendModel.params, mean > 0 ? count : 0, mean);
    return Number.isFinite(known) ? known : fallback;
  };
  const spend = spendModel ? Float64Array.from(pAlive, (_, row) => spendOf(x[row] ?? 0, data.meanSpend?.[row] ?? 0)) : null;
  const beginner: History = { x: 0, tx: 0, T: 0 };
  const purchases = family.expectedPurchases(params, horizon);
  const worth = ratePerTime > 0 ? family.discountedExpectation(params, beginner, horizon, ratePerTime) : purchases;
  return {
    horizon,
    customerId: data.customerId,
    pAlive,
    expected,
    pPurchase,
    spend,
    clv: spend && discounted.map((count, row) => count * (spend[row] ?? 0)),
    newcomer: { expected: purchases, value: spendModel ? worth * spendOf(0, 0) : null },
  };
}

/** Mean money of a repeat purchase in the data, weighted by purchases. */
function observedMean({ histories: { x, weight }, meanSpend }: ClvData): number {
  let [money, purchases] = [0, 0];
  meanSpend?.forEach((mean, row) => {
    const count = (x[row] ?? 0) * (weight?.[row] ?? 1);
    if (mean > 0) [money, purchases] = [money + mean * count, purchases + count];
  });
  return purchases > 0 ? money / purchases : 0;
}
