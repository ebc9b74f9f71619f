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
  return weighted(prepare(rows), undefined);
}

/**
 * The measures with intervals; the same rows in another order give the same numbers only up to the order of customers, which
 * callers keep by id.
 * @param seed of the draws
 * @throws {CohortiumError} NUMERIC_DOMAIN for no rows
 */
export function measureWithIntervals(rows: ScoredRows, seed: string): ModelMetrics {
  const prepared = prepare(rows);
  const found = weighted(prepared, undefined);
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
  for (let draw = 0; draw < draws; draw++) {
    times.fill(0);
    for (let one = 0; one < times.length; one++) {
      const at = rng.integer(times.length);
      times[at] = (times[at] ?? 0) + 1;
    }
    drawn.push(
      weighted(
        prepared,
        Float64Array.from(dense, (customer) => times[customer] ?? 0),
      ),
    );
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

function weighted({ predicted, actual, byPredicted, byActual }: Prepared, weight: Float64Array | undefined): BareMetrics {
  const rows = actual.length;
  const times = (row: number): number => (weight ? (weight[row] ?? 0) : 1);
  const total = sumOf(rows, times);
  const spent = sumOf(rows, (row) => times(row) * (actual[row] ?? 0));
  const mean = spent / total;
  const error = (row: number): number => (predicted[row] ?? 0) - (actual[row] ?? 0);
  const squared = sumOf(rows, (row) => times(row) * error(row) * error(row));
  const around = sumOf(rows, (row) => {
    const difference = (actual[row] ?? 0) - mean;
    return times(row) * difference * difference;
  });
  const best = concentration(byActual, actual, actual, times);
  return {
    rmse: Math.sqrt(squared / total),
    r2: around > 0 ? 1 - squared / around : null,
    mae: sumOf(rows, (row) => times(row) * Math.abs(error(row))) / total,
    gini: best > 0 ? concentration(byPredicted, predicted, actual, times) / best : null,
    bias: spent > 0 ? sumOf(rows, (row) => times(row) * (predicted[row] ?? 0)) / spent - 1 : null,
  };
}

/** Gini of the outcomes in that order; rows of one key share their outcomes evenly, so that the order among them changes nothing. */
function concentration(order: Uint32Array, keys: Float64Array, actual: Float64Array, times: (row: number) => number): number {
  let before = 0;
  let area = 0;
  let all = 0;
  for (let start = 0; start < order.length;) {
    const key = keys[order[start] ?? 0];
    let rows = 0;
    let money = 0;
    for (; start < order.length && keys[order[start] ?? 0] === key; start++) {
      const row = order[start] ?? 0;
      rows += times(row);
      money += times(row) * (actual[row] ?? 0);
    }
    area += rows * (before + money / 2);
    before += money;
    all += rows;
  }
  return before > 0 ? 1 - (2 * area) / (all * before) : 0;
}
