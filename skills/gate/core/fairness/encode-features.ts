/**
 * Features as categories, and categories as numbers that were learnt on other customers: the mean of a target over everybody else with the
 * same category, pulled to the mean of all where there are few. A category of one customer says nothing, so a name or a postcode
 * cannot tell who somebody is by itself.
 */
import { compareText } from '../../../sdk/numeric/index.ts';

/** A feature of each customer, with nothing known as '' or NaN. */
export type Feature =
  | { readonly name: string; readonly kind: 'category'; readonly values: readonly string[] }
  | { readonly name: string; readonly kind: 'number'; readonly values: Float64Array };

export interface CodedFeature {
  readonly name: string;
  /** Category of each, from 0; what is not known is a category too. */
  readonly codes: Int32Array;
  readonly categories: number;
}

const bins = 10;

/** Customers that the mean of all counts for beside those of a category. */
const pull = 10;

/** @param rows the customers to code, in this order */
export function codeFeature(feature: Feature, rows: ArrayLike<number>): CodedFeature {
  return feature.kind === 'category' ? codeTexts(feature.name, feature.values, rows) : codeNumbers(feature.name, feature.values, rows);
}

function codeTexts(name: string, values: readonly string[], rows: ArrayLike<number>): CodedFeature {
  const own = Array.from(rows, (row) => values[row] ?? '');
  const places = new Map([...new Set(own)].sort(compareText).map((value, place) => [value, place]));
  return { name, codes: Int32Array.from(own, (value) => places.get(value) ?? 0), categories: places.size };
}

/** Tenths of the known values; equal values are never parted. */
function codeNumbers(name: string, values: Float64Array, rows: ArrayLike<number>): CodedFeature {
  const own = Float64Array.from(rows, (row) => values[row] ?? Number.NaN);
  const known = own.filter((value) => Number.isFinite(value)).sort();
  const edges = [...new Set(Array.from({ length: bins - 1 }, (_, at) => known[Math.floor(((at + 1) * known.length) / bins)] ?? 0))];
  const codes = Int32Array.from(own, (value) => (Number.isFinite(value) ? 1 + edges.filter((edge) => value >= edge).length : 0));
  return { name, codes, categories: edges.length + 2 };
}

/**
 * Mean of a target by category, from some customers.
 * @param target one number per coded row
 * @param learnt the rows to learn from
 */
export function categoryMeans({ codes, categories }: CodedFeature, target: Float64Array, learnt: Int32Array): Float64Array {
  const sums = new Float64Array(categories);
  const counts = new Float64Array(categories);
  let total = 0;
  for (const row of learnt) {
    const code = codes[row] ?? 0;
    const value = target[row] ?? 0;
    sums[code] = (sums[code] ?? 0) + value;
    counts[code] = (counts[code] ?? 0) + 1;
    total += value;
  }
  const mean = learnt.length > 0 ? total / learnt.length : 0;
  return sums.map((sum, code) => (sum + pull * mean) / ((counts[code] ?? 0) + pull));
}

/** Rows by fold, so that neighbours in the order are in different ones. @param folds ≥ 2 */
export function foldsOf(rows: number, folds: number): readonly Int32Array[] {
  return Array.from({ length: folds }, (_, fold) =>
    Int32Array.from({ length: Math.max(0, Math.ceil((rows - fold) / folds)) }, (_none, at) => fold + at * folds),
  );
}

/** All rows but those of one fold, or of two. */
export function othersOf(folds: readonly Int32Array[], ...without: readonly number[]): Int32Array {
  const others = folds.filter((_, at) => !without.includes(at));
  const joined = new Int32Array(others.reduce((count, { length }) => count + length, 0));
  let at = 0;
  for (const fold of others) {
    joined.set(fold, at);
    at += fold.length;
  }
  return joined;
}
