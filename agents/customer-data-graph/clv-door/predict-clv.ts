/** Every customer's chance to be active, purchases and money over a horizon, and what a new customer is worth. */
import { lifetimeValues, newCustomerLifetimeValue, predictTiming, timingFamily } from '../../../skills/cohort/core/clv/index.ts';
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
  const ratePerTime = log1p(annualDiscount) / unitsPerYear[model.unit];
  const request = { horizon, ratePerTime };
  const columns = ['pAlive', 'expected', 'pPurchase'] as const;
  const { pAlive, expected, pPurchase } = predictTiming(family, model.timing, data.histories, { ...request, columns });
  // Without a finite mean in the population (q ≤ 1) a customer who never came back is expected to spend as others did.
  const spend = model.spend && ({ family: 'gamma-gamma', params: model.spend.params } as const);
  const models = spend && { timing: model.timing, spend, fallbackSpend: observedMean(data) };
  const meanSpend = data.meanSpend ?? new Float64Array(pAlive.length);
  const money = models && lifetimeValues(models, { ...data.histories, meanSpend }, request);
  return {
    horizon,
    customerId: data.customerId,
    pAlive,
    expected,
    pPurchase,
    spend: money?.spend ?? null,
    clv: money?.value ?? null,
    newcomer: {
      expected: family.expectedPurchases(model.timing.params, horizon),
      value: models ? newCustomerLifetimeValue(models, request) : null,
    },
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
