/**
 * Adjusted p-values of a family of tests: each is the least level at which its own hypothesis would be rejected with the
 * whole family looked at. The family is to be named before the data are seen; leaving out tests afterwards voids all of it.
 */
import { CohortiumError } from '../errors.ts';
import { expm1, log1p } from './special.ts';

/**
 * What is kept low, and what that takes:
 * - `bonferroni`, `holm`: any false rejection at all; nothing. Holm never rejects fewer.
 * - `sidak`, `holm-sidak`: the same, for independent tests; a little sharper.
 * - `hochberg`: the same, for independent tests or such that rise together.
 * - `benjamini-hochberg`: the share of false ones among rejections; independent tests or such that rise together.
 * - `benjamini-yekutieli`: the same share; nothing.
 */
export const comparisonMethods = [
  'bonferroni',
  'sidak',
  'holm',
  'holm-sidak',
  'hochberg',
  'benjamini-hochberg',
  'benjamini-yekutieli',
] as const;
export type ComparisonMethod = (typeof comparisonMethods)[number];

/**
 * @param p p-values of the whole family, in [0, 1], in any order
 * @returns adjusted p-values, one for each; reject those at or below the level
 * @throws {CohortiumError} NUMERIC_DOMAIN for an empty family, or a value that is no probability
 * @see Holm (1979); Hochberg (1988); Benjamini & Hochberg (1995); Benjamini & Yekutieli (2001)
 */
export function adjustPValues(p: ArrayLike<number>, method: ComparisonMethod): Float64Array {
  const values = Float64Array.from(p);
  const wrong = values.findIndex((own) => !(own >= 0 && own <= 1));
  if (wrong >= 0) throw new CohortiumError('NUMERIC_DOMAIN', `p-value ${wrong} must be in [0, 1]; found ${values[wrong]}`);
  const count = values.length;
  if (count === 0) throw new CohortiumError('NUMERIC_DOMAIN', 'a family of comparisons needs at least one p-value; found none');
  if (method === 'bonferroni') return values.map((own) => Math.min(1, own * count));
  if (method === 'sidak') return values.map((own) => anyOf(own, count));
  const order = Uint32Array.from(values.keys()).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0) || a - b);
  const isDown = method === 'holm' || method === 'holm-sidak';
  const adjusted = new Float64Array(count);
  let last = isDown ? 0 : 1;
  for (let step = 0; step < count; step++) {
    const rank = isDown ? step : count - 1 - step;
    const row = order[rank] ?? 0;
    const own = factored(method, values[row] ?? 0, rank, count);
    last = isDown ? Math.max(last, own) : Math.min(last, own);
    adjusted[row] = Math.min(1, last);
  }
  return adjusted;
}

/** Which hypotheses are rejected at a level, such as 0.05. */
export function rejected(adjusted: ArrayLike<number>, level: number): boolean[] {
  return Array.from(adjusted, (own) => own <= level);
}

/** @param rank 0 for the smallest p-value */
function factored(method: ComparisonMethod, p: number, rank: number, count: number): number {
  const left = count - rank;
  switch (method) {
    case 'holm-sidak':
      return anyOf(p, left);
    case 'benjamini-hochberg':
      return (p * count) / (rank + 1);
    case 'benjamini-yekutieli':
      return (p * count * harmonic(count)) / (rank + 1);
    default:
      return p * left;
  }
}

/** 1 − (1 − p)^count. */
function anyOf(p: number, count: number): number {
  return p === 1 ? 1 : -expm1(count * log1p(-p));
}

function harmonic(count: number): number {
  let total = 0;
  for (let at = count; at >= 1; at--) total += 1 / at;
  return total;
}
