/**
 * What each account would spend in a horizon, as quantiles of simulated futures, beside what it did spend: the evidence that
 * intervals are calibrated on. No places here, so it costs less than the futures of today. Refuses nothing: it reads what a
 * fitted model gives.
 */
import { quantileSorted, type Rng } from '../../sdk/numeric/index.ts';
import type { ParameterDraw } from './grain.ts';
import { spendSampler } from './spend.ts';
import type { AccountHistory } from './value.ts';

export interface SpendQuantileInput {
  readonly customerId: readonly string[];
  readonly history: AccountHistory;
  /** Entry of the mix's weights for each account. */
  readonly weightRow: ArrayLike<number>;
  /** Net money of a drawn purchase is multiplied by this. */
  readonly moneyFactor: number;
  /** One set of parameters per draw. */
  readonly parameterDraws: readonly ParameterDraw[];
  /** Weeks, on the clock of the season. */
  readonly horizonWeeks: number;
  /** Ascending, in (0, 1). */
  readonly probabilities: readonly number[];
  /** What came true. */
  readonly actualMinor: ArrayLike<number>;
}

export interface SpendQuantiles {
  /** One column per probability. */
  readonly quantiles: readonly Float64Array[];
  /** Share of the futures that spend less than came true. */
  readonly below: Float64Array;
  /** Share of the futures that spend no more than came true. */
  readonly upTo: Float64Array;
}

/** @param rng root of the streams; customers get `spend/<id>`, so their order changes no number */
export function spendQuantiles(input: SpendQuantileInput, rng: Rng): SpendQuantiles {
  const { parameterDraws: draws, history, probabilities } = input;
  const accounts = input.customerId.length;
  const out = {
    quantiles: probabilities.map(() => new Float64Array(accounts)),
    below: new Float64Array(accounts),
    upTo: new Float64Array(accounts),
  };
  const money = new Float64Array(draws.length);
  for (let account = 0; account < accounts; account++) {
    const stream = rng.split(`spend/${input.customerId[account] ?? ''}`);
    const x = history.x[account] ?? 0;
    const seen = { x, tx: history.tx[account] ?? 0, T: history.T[account] ?? 0 };
    draws.forEach(({ timing, spend }, draw) => {
      const model = timing[input.weightRow[account] ?? 0];
      const purchases = model ? model.family.drawPurchases(model.params, seen, input.horizonWeeks, stream) : 0;
      let total = 0;
      if (purchases > 0) {
        const amount = spendSampler(spend, stream, x, history.repeatSpendMinor[account] ?? 0);
        for (let purchase = 0; purchase < purchases; purchase++) total += amount() * input.moneyFactor;
      }
      money[draw] = total;
    });
    money.sort();
    probabilities.forEach((probability, at) => {
      const column = out.quantiles[at];
      if (column) column[account] = quantileSorted(money, probability);
    });
    const actual = input.actualMinor[account] ?? 0;
    out.below[account] = shareOf(money, (value) => value < actual);
    out.upTo[account] = shareOf(money, (value) => value <= actual);
  }
  return out;
}

/** Of ascending values, the share for which a claim holds that holds for the first ones only. */
function shareOf(sorted: Float64Array, holds: (value: number) => boolean): number {
  const first = sorted.findIndex((value) => !holds(value));
  return (first < 0 ? sorted.length : first) / sorted.length;
}
