/**
 * Forecasts of single customers with intervals. With their own future drawn, the interval is of what they will do; without, of
 * what is expected of them, which says how well the model is known and is far narrower.
 */
import type { Rng } from '../../../../sdk/numeric/index.ts';
import type { History, TimingFamily } from '../family.ts';
import { checkHistory, type HistoryColumns } from '../histories.ts';
import { checkLevel, countDraws, type Covers, type Diagnostics, type IntervalMethod, type ParameterDraws, parametersOf } from './draws.ts';
import { type Quantity, quantityOf } from './forecast.ts';

export interface CustomersRequest<P> {
  readonly family: TimingFamily<P>;
  readonly data: Pick<HistoryColumns, 'x' | 'tx' | 'T'>;
  readonly draws: ParameterDraws;
  /** ≥ 0, in the time unit of the data. */
  readonly horizon: number;
  readonly rng: Rng;
  readonly withFuture: boolean;
  /** Another figure of a customer than the expected purchases, such as P(alive) or their discounted value; not with withFuture. */
  readonly quantity?: Quantity<P>;
  /** In (0, 1), default 0.95. */
  readonly level?: number;
}

/** Columns, one entry per row of the data. */
export interface CustomersForecast {
  readonly method: IntervalMethod;
  readonly covers: Covers;
  readonly level: number;
  readonly horizon: number;
  /** Expected at the fit's parameters. */
  readonly point: Float64Array;
  readonly mean: Float64Array;
  /** With their future drawn, a whole number of purchases, and the interval holds at least the level. */
  readonly low: Float64Array;
  readonly high: Float64Array;
  readonly diagnostics: Diagnostics;
}

/**
 * Purchases of each customer in the next `horizon`. Customers with equal histories share an interval.
 * @throws {CohortiumError} NUMERIC_DOMAIN when a row is no history, the horizon negative or the level none
 */
export function forecastCustomers<P>(request: CustomersRequest<P>): CustomersForecast {
  const { family, data, draws, horizon, rng, withFuture, level = 0.95 } = request;
  checkLevel(level);
  const quantity = quantityOf(request);
  const count = countDraws(draws);
  const params = Array.from({ length: count }, (_, draw) => parametersOf(family, draws.draws, draw));
  const fitted = parametersOf(family, Float64Array.from(draws.point), 0);
  const rows = data.x.length;
  const [point, mean, low, high] = [new Float64Array(rows), new Float64Array(rows), new Float64Array(rows), new Float64Array(rows)];
  const seen = new Map<string, number>();
  for (let row = 0; row < rows; row++) {
    const history: History = { x: data.x[row] ?? Number.NaN, tx: data.tx[row] ?? Number.NaN, T: data.T[row] ?? Number.NaN };
    checkHistory(history.x, history.tx, history.T);
    const key = `${history.x} ${history.tx} ${history.T}`;
    const same = seen.get(key);
    if (same !== undefined) {
      for (const column of [point, mean, low, high]) column[row] = column[same] ?? 0;
      continue;
    }
    seen.set(key, row);
    // A stream per history: the interval of a customer does not depend on who else is asked for.
    const own = withFuture ? rng.split(key) : rng;
    const values = Float64Array.from(params, (one) =>
      withFuture ? family.drawPurchases(one, history, horizon, own) : quantity(one, history),
    ).sort();
    point[row] = quantity(fitted, history);
    mean[row] = values.reduce((total, value) => total + value, 0) / count;
    [low[row], high[row]] = endsOf(values, level);
  }
  const covers = withFuture ? 'parameters and future purchases' : 'parameters';
  return { method: draws.method, covers, level, horizon, point, mean, low, high, diagnostics: draws.diagnostics };
}

/** Order statistics, not interpolated, so that counts stay whole; at most (1 − level)/2 of the draws lie beyond each. */
function endsOf(sorted: Float64Array, level: number): [number, number] {
  const beyond = Math.floor(((1 - level) / 2) * sorted.length + 1e-9);
  return [sorted[beyond] ?? 0, sorted[sorted.length - 1 - beyond] ?? 0];
}
