/**
 * Forecasts of sums of customers with intervals, computed per draw of the parameters: the interval of a sum is that of the
 * sum, never a sum of intervals. Says what it covers; expectations alone are far narrower than what will be seen.
 */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { type Rng, sumOf } from '../../../../sdk/numeric/index.ts';
import type { History, TimingFamily } from '../family.ts';
import { type HistoryColumns, summarizeHistories } from '../histories.ts';
import {
  checkLevel,
  countDraws,
  type Covers,
  type Diagnostics,
  type IntervalMethod,
  type ParameterDraws,
  parametersOf,
  summarizeSample,
} from './draws.ts';
import { groupHistories, type HistoryCells } from './history-cells.ts';
import { makeResampler } from './resample.ts';

/** A figure of one customer under given parameters. */
export type Quantity<P> = (parameters: P, history: History) => number;

export interface TotalsRequest<P> {
  readonly family: TimingFamily<P>;
  /** Customers to forecast; those of the fit when resampleCustomers is set. */
  readonly data: HistoryColumns;
  readonly draws: ParameterDraws;
  /** ≥ 0, in the time unit of the data. */
  readonly horizon: number;
  /** Group of each row, 0 … groups − 1; one group when absent. */
  readonly groups?: ArrayLike<number>;
  readonly rng: Rng;
  /** Whether each customer's own future is drawn too; else sums of conditional expectations. */
  readonly withFuture: boolean;
  /** Another figure of a customer than the expected purchases, such as P(alive) or their discounted value; not with withFuture. */
  readonly quantity?: Quantity<P>;
  /** In (0, 1), default 0.95. */
  readonly level?: number;
  /** Sums over the customers that each bootstrap refit was made on, instead of those at hand. */
  readonly resampleCustomers?: boolean;
}

export interface Total {
  /** At the fit's parameters, of the customers at hand, expected. */
  readonly point: number;
  readonly mean: number;
  readonly sd: number;
  readonly low: number;
  readonly high: number;
}

export interface TotalsForecast {
  readonly method: IntervalMethod;
  readonly covers: Covers;
  readonly level: number;
  readonly horizon: number;
  readonly overall: Total;
  readonly groups: readonly Total[];
  /** Sum of each group in each draw, row-major: one row per draw. Any other sum's interval comes from sums of these. */
  readonly byDraw: Float64Array;
  readonly diagnostics: Diagnostics;
}

/**
 * Purchases of groups of customers, and of all, in the next `horizon`. Customers of a fractional weight make a whole future
 * with the probability of the fraction.
 * @throws {CohortiumError} NUMERIC_DOMAIN when a row is no history, a group no integer ≥ 0, the horizon negative or the level
 * none; or when customers are to be resampled by draws that are of no bootstrap, or of other data
 */
export function forecastTotals<P>(request: TotalsRequest<P>): TotalsForecast {
  const { family, data, draws, horizon, rng, withFuture, level = 0.95, resampleCustomers = false } = request;
  checkLevel(level);
  const quantity = quantityOf(request);
  const cells = groupHistories(data, request.groups);
  const count = countDraws(draws);
  const width = cells.groups;
  const weightsOf = resampleCustomers ? resampler(draws, data, cells, rng) : () => cells.weight;
  const byDraw = new Float64Array(count * width);
  for (let draw = 0; draw < count; draw++) {
    const params = parametersOf(family, draws.draws, draw);
    const weight = weightsOf(draw);
    const into = byDraw.subarray(draw * width, (draw + 1) * width);
    if (withFuture) addFutures(family, params, cells, weight, horizon, rng, into);
    else addExpectations(quantity, params, cells, weight, into);
  }
  const atPoint = new Float64Array(width);
  addExpectations(quantity, parametersOf(family, Float64Array.from(draws.point), 0), cells, cells.weight, atPoint);
  const total = (point: number, values: Float64Array): Total => {
    const { mean, sd, low, high } = summarizeSample(values, level);
    return { point, mean, sd, low, high };
  };
  const sumsByDraw = Float64Array.from({ length: count }, (_, draw) => sumOf(width, (group) => byDraw[draw * width + group] ?? 0));
  return {
    method: draws.method,
    covers: coversOf(withFuture, resampleCustomers),
    level,
    horizon,
    overall: total(
      sumOf(width, (group) => atPoint[group] ?? 0),
      sumsByDraw,
    ),
    groups: Array.from(atPoint, (point, group) =>
      total(
        point,
        Float64Array.from({ length: count }, (_, draw) => byDraw[draw * width + group] ?? 0),
      ),
    ),
    byDraw,
    diagnostics: draws.diagnostics,
  };
}

/**
 * What is summed where no future is drawn.
 * @throws {CohortiumError} NUMERIC_DOMAIN when the horizon is negative or not finite, or another quantity is to have a future
 */
export function quantityOf<P>(request: Pick<TotalsRequest<P>, 'family' | 'horizon' | 'withFuture' | 'quantity'>): Quantity<P> {
  const { family, horizon, withFuture, quantity } = request;
  if (!(horizon >= 0 && Number.isFinite(horizon))) {
    throw new CohortiumError('NUMERIC_DOMAIN', `a horizon is a finite time ≥ 0, in the unit of the histories; found ${horizon}`);
  }
  if (quantity && withFuture) {
    throw new CohortiumError('NUMERIC_DOMAIN', 'futures are drawn of purchases only; found another quantity: leave one of the two out');
  }
  return quantity ?? ((parameters, history) => family.conditionalExpectation(parameters, history, horizon));
}

function coversOf(withFuture: boolean, withCustomers: boolean): Covers {
  if (withFuture) return withCustomers ? 'parameters, sampled customers and future purchases' : 'parameters and future purchases';
  return withCustomers ? 'parameters and sampled customers' : 'parameters';
}

/** Cells of one history follow each other, so its expectation is computed once. */
function addExpectations<P>(quantity: Quantity<P>, params: P, cells: HistoryCells, weight: Float64Array, into: Float64Array): void {
  let last: History | undefined;
  let expected = 0;
  for (let cell = 0; cell < weight.length; cell++) {
    const customers = weight[cell] ?? 0;
    const history = cells.history[cell];
    if (customers === 0 || !history) continue;
    if (history !== last) expected = quantity(params, history);
    last = history;
    const group = cells.group[cell] ?? 0;
    into[group] = (into[group] ?? 0) + customers * expected;
  }
}

function addFutures<P>(
  family: TimingFamily<P>,
  params: P,
  cells: HistoryCells,
  weight: Float64Array,
  horizon: number,
  rng: Rng,
  into: Float64Array,
): void {
  for (let cell = 0; cell < weight.length; cell++) {
    const customers = weight[cell] ?? 0;
    const history = cells.history[cell];
    if (!history) continue;
    let whole = Math.floor(customers);
    if (customers > whole && rng.uniform() < customers - whole) whole += 1;
    let purchases = 0;
    for (let customer = 0; customer < whole; customer++) purchases += family.drawPurchases(params, history, horizon, rng);
    const group = cells.group[cell] ?? 0;
    into[group] = (into[group] ?? 0) + purchases;
  }
}

/** The customers of each refit, split over the groups of their history. */
function resampler(draws: ParameterDraws, data: HistoryColumns, cells: HistoryCells, rng: Rng): (draw: number) => Float64Array {
  const { resample } = draws;
  if (!resample) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `customers are resampled together with a refit; draws by ${draws.method} have none: use a bootstrap`,
    );
  }
  const { rows } = summarizeHistories(data);
  if (rows.weight.length !== resample.distinct) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `the refits resampled ${resample.distinct} distinct histories and these are other histories, ${rows.weight.length}; forecast the customers of the fit`,
    );
  }
  const weightsOf = makeResampler(rows.weight, resample.scheme, resample.seed);
  const splits = rng.split('groups of resampled customers');
  return (draw) => {
    const whole = weightsOf(resample.replicates[draw] ?? 0);
    const split = new Float64Array(cells.weight.length);
    for (let cell = 0; cell < split.length;) {
      const history = cells.distinctOf[cell] ?? 0;
      let end = cell;
      while (end < split.length && cells.distinctOf[end] === history) end += 1;
      splitWeight(whole[history] ?? 0, resample.scheme, cells.weight.subarray(cell, end), split.subarray(cell, end), splits);
      cell = end;
    }
    return split;
  };
}

/** Divides a resampled weight over groups as the resampling of single customers would have. */
function splitWeight(whole: number, scheme: 'multinomial' | 'bayesian', weights: Float64Array, into: Float64Array, rng: Rng): void {
  if (weights.length === 1) {
    into[0] = whole;
    return;
  }
  if (scheme === 'bayesian') {
    const shares = weights.map((weight) => rng.gamma(weight));
    const total = shares.reduce((sum, share) => sum + share, 0);
    into.set(shares.map((share) => (total > 0 ? (whole * share) / total : whole / shares.length)));
    return;
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  for (let customer = 0; customer < whole; customer++) {
    let left = rng.uniform() * total;
    let at = 0;
    while (at < weights.length - 1 && left >= (weights[at] ?? 0)) left -= weights[at++] ?? 0;
    into[at] = (into[at] ?? 0) + 1;
  }
}
