/**
 * How far predicted spend was from what was spent: errors, explained variance, ranking and bias, each with a bootstrap interval that
 * draws customers, because rows of one customer at several origins are not independent. Refuses no rows.
 */
import { CohortiumError } from '../../../../skills/sdk/index.ts';
import { makeRng, quantileSorted, sumOf } from '../../../../skills/sdk/numeric/index.ts';
import type { Measured, ModelMetrics } from '../models/model-interface.ts';

export interface ScoredRows {
  /** Minor units. */
  readonly predicted: Float64Array;
  /** Minor units, at least 0. */
  readonly actual: Float64Array;
  /** Number of the customer of each row, 0 … customers − 1. */
  readonly customer: Int32Array;
}

export interface BareMetrics {
  readonly rmse: number;
  readonly r2: number | null;
  readonly mae: number;
  readonly gini: number | null;
  readonly bias: number | null;
}

/** Draws of the bootstrap; the interval is from the 2.5th to the 97.5th of a hundred. Many rows take fewer: their intervals are narrow. */
export function drawsFor(rows: number): number {
  return Math.max(60, Math.min(400, Math.floor(40_000_000 / rows)));
}

/** The measures alone. @throws {CohortiumError} NUMERIC_DOMAIN for no rows */
export function measureValues(rows: Pick<ScoredRows, 'predicted' | 'actual'>): BareMetrics {
  return measured(prepare(rows));
}

/**
 * The measures with intervals; the same rows in another order give the same numbers only up to the order of customers, which
 * callers keep by id.
 * @param seed of the draws
 * @throws {CohortiumError} NUMERIC_DOMAIN for no rows
 */
export function measureWithIntervals(rows: ScoredRows, seed: string): ModelMetrics {
  const prepared = prepare(rows);
  const found = measured(prepared);
  const numbers = new Map<number, number>();
  const dense = Int32Array.from(rows.customer, (customer) => {
    const known = numbers.get(customer);
    if (known !== undefined) return known;
    numbers.set(customer, numbers.size);
    return numbers.size - 1;
  });
  const rng = makeRng(seed);
  const drawn: BareMetrics[] = [];
  const times = new Float64Array(numbers.size);
  const draws = drawsFor(dense.length);
  const remeasure = resampler(prepared, dense, numbers.size);
  for (let draw = 0; draw < draws; draw++) {
    times.fill(0);
    for (let one = 0; one < times.length; one++) {
      const at = rng.integer(times.length);
      times[at] = (times[at] ?? 0) + 1;
    }
    drawn.push(remeasure(times));
  }
  const around = (value: number, of: (one: BareMetrics) => number | null): Measured => {
    const values = Float64Array.from(drawn.flatMap((one) => of(one) ?? [])).sort();
    if (values.length === 0) return { value, low: value, high: value };
    return { value, low: quantileSorted(values, 0.025), high: quantileSorted(values, 0.975) };
  };
  return {
    rows: rows.actual.length,
    customers: numbers.size,
    rmse: around(found.rmse, ({ rmse }) => rmse),
    r2: found.r2 === null ? null : around(found.r2, ({ r2 }) => r2),
    mae: around(found.mae, ({ mae }) => mae),
    gini: found.gini === null ? null : around(found.gini, ({ gini }) => gini),
    bias: found.bias === null ? null : around(found.bias, ({ bias }) => bias),
  };
}

/** Rows with their two orders, which no draw changes. */
interface Prepared {
  readonly predicted: Float64Array;
  readonly actual: Float64Array;
  readonly byPredicted: Uint32Array;
  readonly byActual: Uint32Array;
}

function prepare({ predicted, actual }: Pick<ScoredRows, 'predicted' | 'actual'>): Prepared {
  if (actual.length === 0 || predicted.length !== actual.length) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `measures need as many predictions as outcomes, at least one; found ${predicted.length} and ${actual.length}`,
    );
  }
  return { predicted, actual, byPredicted: ascending(predicted), byActual: ascending(actual) };
}

function ascending(values: Float64Array): Uint32Array {
  return Uint32Array.from(values.keys()).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
}

function measured({ predicted, actual, byPredicted, byActual }: Prepared): BareMetrics {
  const rows = actual.length;
  const spent = sumOf(rows, (row) => actual[row] ?? 0);
  const mean = spent / rows;
  const error = (row: number): number => (predicted[row] ?? 0) - (actual[row] ?? 0);
  const squared = sumOf(rows, (row) => error(row) * error(row));
  const around = sumOf(rows, (row) => ((actual[row] ?? 0) - mean) * ((actual[row] ?? 0) - mean));
  const everybody = Float64Array.of(1);
  const nobody = new Int32Array(rows);
  const best = concentration(lorenz(byActual, actual, actual, nobody), everybody);
  return {
    rmse: Math.sqrt(squared / rows),
    r2: around > 0 ? 1 - squared / around : null,
    mae: sumOf(rows, (row) => Math.abs(error(row))) / rows,
    gini: best > 0 ? concentration(lorenz(byPredicted, predicted, actual, nobody), everybody) / best : null,
    bias: spent > 0 ? sumOf(rows, (row) => predicted[row] ?? 0) / spent - 1 : null,
  };
}

/**
 * The measures of a draw of customers: all but the Gini follow from sums per customer, which no draw changes.
 * @returns a function of how often each customer was drawn
 */
function resampler(prepared: Prepared, customer: Int32Array, customers: number): (times: Float64Array) => BareMetrics {
  const { predicted, actual } = prepared;
  const middle = sumOf(actual.length, (row) => actual[row] ?? 0) / actual.length;
  const add = (into: Float64Array, of: (predicted: number, actual: number) => number): Float64Array => {
    for (let row = 0; row < actual.length; row++) {
      const own = customer[row] ?? 0;
      into[own] = (into[own] ?? 0) + of(predicted[row] ?? 0, actual[row] ?? 0);
    }
    return into;
  };
  const perCustomer = (of: (predicted: number, actual: number) => number): Float64Array => add(new Float64Array(customers), of);
  const rows = perCustomer(() => 1);
  const spent = perCustomer((_, money) => money);
  const expected = perCustomer((money) => money);
  const squared = perCustomer((own, money) => (own - money) * (own - money));
  const absolute = perCustomer((own, money) => Math.abs(own - money));
  // Around the mean of all rows, so that little is lost when that of the drawn ones is taken out.
  const off = perCustomer((_, money) => money - middle);
  const offSquared = perCustomer((_, money) => (money - middle) * (money - middle));
  const byActual = lorenz(prepared.byActual, actual, actual, customer);
  const byPredicted = lorenz(prepared.byPredicted, predicted, actual, customer);
  return (times) => {
    const total = (values: Float64Array): number => {
      let all = 0;
      for (let own = 0; own < customers; own++) all += (times[own] ?? 0) * (values[own] ?? 0);
      return all;
    };
    const drawn = total(rows);
    const shift = total(off);
    const aside = total(offSquared);
    const around = aside - (shift * shift) / drawn;
    const errors = total(squared);
    const money = total(spent);
    const best = concentration(byActual, times);
    return {
      rmse: Math.sqrt(errors / drawn),
      // What is left of a draw whose outcomes are all equal is rounding.
      r2: around > 1e-12 * aside ? 1 - errors / around : null,
      mae: total(absolute) / drawn,
      gini: best > 0 ? concentration(byPredicted, times) / best : null,
      bias: money > 0 ? total(expected) / money - 1 : null,
    };
  };
}

/** Rows in an order: whose they are, what they spent, and whether the next one has another key. */
interface Lorenz {
  readonly customer: Int32Array;
  readonly money: Float64Array;
  readonly isLast: Uint8Array;
}

function lorenz(order: Uint32Array, keys: Float64Array, actual: Float64Array, customer: Int32Array): Lorenz {
  return {
    customer: Int32Array.from(order, (row) => customer[row] ?? 0),
    money: Float64Array.from(order, (row) => actual[row] ?? 0),
    isLast: Uint8Array.from(order, (row, at) => (at + 1 === order.length || keys[order[at + 1] ?? 0] !== keys[row] ? 1 : 0)),
  };
}

/** Gini of the outcomes in that order; rows of one key share their outcomes evenly, so that the order among them changes nothing. */
function concentration({ customer, money, isLast }: Lorenz, times: Float64Array): number {
  let before = 0;
  let area = 0;
  let all = 0;
  let [rows, spent] = [0, 0];
  for (let at = 0; at < money.length; at++) {
    const count = times[customer[at] ?? 0] ?? 0;
    rows += count;
    spent += count * (money[at] ?? 0);
    if (isLast[at] === 0) continue;
    area += rows * (before + spent / 2);
    before += spent;
    all += rows;
    rows = spent = 0;
  }
  return before > 0 ? 1 - (2 * area) / (all * before) : 0;
}
