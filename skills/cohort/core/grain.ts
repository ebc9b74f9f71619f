/**
 * Value per account and per axis with intervals from simulated futures. One draw is one future of everybody: its parameters
 * are drawn once, each customer's purchases, places and amounts on a stream of their own, so the order of customers changes
 * no number. Intervals are read from draws because a future that is mostly zero and sometimes large has no honest
 * closed-form interval; point values come from closed forms.
 */
import { quantileSorted, type Rng, sum } from '../../sdk/numeric/index.ts';
import { combinationValues, type GrainShares } from './grain-shares.ts';
import type { CellCounts, CellGrid } from './grid.ts';
import { placeSampler } from './places.ts';
import { drawSpendFit, type SpendFit, spendSampler } from './spend.ts';
import { drawIndex, drawModels, type ReadyModel, type TimingMix } from './timing-mix.ts';
import type { AccountHistory } from './value.ts';

export interface MoneyInterval {
  readonly clvMinor: number;
  readonly lowMinor: number;
  readonly highMinor: number;
}

export interface AxisValue extends MoneyInterval {
  readonly axis: GrainAxis;
  readonly value: string;
}

export type GrainAxis = 'location' | 'channel' | 'brand' | 'location-channel';

export interface Futures {
  readonly lowMinor: Float64Array;
  readonly highMinor: Float64Array;
  readonly total: MoneyInterval;
  readonly axes: readonly AxisValue[];
}

/** What one future of everybody is drawn with. */
export interface ParameterDraw {
  /** The model that this future follows, for each entry of the mix's weights. */
  readonly timing: readonly ReadyModel[];
  readonly spend: SpendFit;
}

export interface FutureInput {
  readonly customerId: readonly string[];
  readonly history: AccountHistory;
  /** Entry of the mix's weights for each account. */
  readonly weightRow: ArrayLike<number>;
  /** Point value of each account. */
  readonly clvMinor: Float64Array;
  /** Money of a drawn purchase is multiplied by this, per account: net-to-gross and discount. */
  readonly moneyFactor: ArrayLike<number>;
  /** One set of parameters per draw. */
  readonly parameterDraws: readonly ParameterDraw[];
  /** Weeks, on the clock of the season. */
  readonly horizonWeeks: number;
  readonly level: number;
  readonly grid: CellGrid;
  readonly shares: GrainShares;
  readonly cells: CellCounts;
}

/**
 * Draws of all parameters from their Laplace approximations, and of the model that each cohort follows, each draw on a stream of
 * its own.
 */
export function drawParameters(mix: TimingMix, spend: SpendFit, draws: number, rng: Rng): ParameterDraw[] {
  return Array.from({ length: draws }, (_, draw) => {
    const stream = rng.split(`parameters/${draw}`);
    const models = drawModels(mix, stream);
    const drawnSpend = drawSpendFit(spend, stream);
    const timing = mix.weights.flatMap(({ cohort, shares }) => models[drawIndex(shares, rng.split(`model/${draw}/${cohort}`))] ?? []);
    return { timing, spend: drawnSpend };
  });
}

interface Axis {
  readonly name: GrainAxis;
  readonly values: readonly string[];
  /** Value index of each combination. */
  readonly ofCombination: Int32Array;
}

/**
 * @param rng root of the streams; customers get `future/<id>`
 * @returns intervals by quantiles of the draws at (1 ± level) / 2, stretched where the point value lies outside
 */
export function simulateFutures(input: FutureInput, rng: Rng): Futures {
  const { parameterDraws: draws, history, level } = input;
  const accounts = input.customerId.length;
  const axes = grainAxes(input.grid);
  const totalByDraw = new Float64Array(draws.length);
  const byAxis = axes.map((axis) => new Float64Array(axis.values.length * draws.length));
  const places = placeSampler(input.shares, input.cells);
  const lowMinor = new Float64Array(accounts);
  const highMinor = new Float64Array(accounts);
  const own = new Float64Array(draws.length);

  for (let account = 0; account < accounts; account++) {
    const stream = rng.split(`future/${input.customerId[account] ?? ''}`);
    const x = history.x[account] ?? 0;
    const seen = { x, tx: history.tx[account] ?? 0, T: history.T[account] ?? 0 };
    const entry = input.weightRow[account] ?? 0;
    const spent = history.repeatSpendMinor[account] ?? 0;
    const factor = input.moneyFactor[account] ?? 1;
    draws.forEach(({ timing, spend }, draw) => {
      const model = timing[entry];
      const purchases = model ? model.family.drawPurchases(model.params, seen, input.horizonWeeks, stream) : 0;
      let money = 0;
      if (purchases > 0) {
        const amount = spendSampler(spend, stream, x, spent);
        places.begin(account);
        for (let purchase = 0; purchase < purchases; purchase++) {
          const paid = amount() * factor;
          const combination = places.next(stream);
          money += paid;
          for (let index = 0; index < axes.length; index++) {
            const sums = byAxis[index];
            const at = (axes[index]?.ofCombination[combination] ?? 0) * draws.length + draw;
            if (sums) sums[at] = (sums[at] ?? 0) + paid;
          }
        }
      }
      own[draw] = money;
      totalByDraw[draw] = (totalByDraw[draw] ?? 0) + money;
    });
    const { lowMinor: low, highMinor: high } = intervalOf(own, input.clvMinor[account] ?? 0, level);
    lowMinor[account] = low;
    highMinor[account] = high;
  }

  const values = combinationValues(input.shares, input.cells, input.clvMinor);
  return {
    lowMinor,
    highMinor,
    total: intervalOf(totalByDraw, sum(input.clvMinor), level),
    axes: axes.flatMap((axis, index) => {
      const totals = axisTotals(axis, values);
      return axis.values.map((value, at): AxisValue => {
        const sums = byAxis[index]?.slice(at * draws.length, (at + 1) * draws.length) ?? own;
        return { axis: axis.name, value, ...intervalOf(sums, totals[at] ?? 0, level) };
      });
    }),
  };
}

/** Sorts the draws in place; the interval is stretched to hold the point value, as a mean may lie above a high quantile. */
function intervalOf(draws: Float64Array, clvMinor: number, level: number): MoneyInterval {
  draws.sort();
  return {
    clvMinor,
    lowMinor: Math.min(clvMinor, quantileSorted(draws, (1 - level) / 2)),
    highMinor: Math.max(clvMinor, quantileSorted(draws, (1 + level) / 2)),
  };
}

function axisTotals(axis: Axis, combinationMinor: Float64Array): number[] {
  const parts: number[][] = axis.values.map(() => []);
  combinationMinor.forEach((value, combination) => parts[axis.ofCombination[combination] ?? 0]?.push(value));
  return parts.map((list) => sum(list));
}

function grainAxes(grid: CellGrid): Axis[] {
  const channels = grid.channels.length;
  const pairCodes = grid.location.map((location, index) => location * channels + (grid.channel[index] ?? 0));
  // A grid of visited combinations may lack some pairs.
  const pairs = [...new Set(pairCodes)].sort((a, b) => a - b);
  const pairIndex = new Map(pairs.map((pair, index) => [pair, index]));
  return [
    { name: 'location', values: grid.locations, ofCombination: grid.location },
    { name: 'channel', values: grid.channels, ofCombination: grid.channel },
    { name: 'brand', values: grid.brands, ofCombination: grid.brand },
    {
      name: 'location-channel',
      values: pairs.map((pair) => `${grid.locations[Math.floor(pair / channels)] ?? ''}|${grid.channels[pair % channels] ?? ''}`),
      ofCombination: pairCodes.map((pair) => pairIndex.get(pair) ?? 0),
    },
  ];
}
