/** Population stability index: how far the distribution of a column has moved. Missing values are a bin of their own. */
import { CohortiumError } from '../../../sdk/errors.ts';
import { log, quantileSorted, sumOf } from '../../../sdk/numeric/index.ts';

export interface StabilityIndex {
  /** Σ (now − before) · ln(now / before) over bins, ≥ 0; below 0.1 nothing to speak of, above 0.25 another population. */
  readonly psi: number;
  /** About what chance alone gives with as many rows and bins: its expectation where nothing has moved. */
  readonly byChance: number;
  readonly bins: number;
  readonly missingBefore: number;
  readonly missingNow: number;
}

/**
 * Bins are tenths of `before`, equal edges taken once; a bin without rows counts as half a row.
 * @param before NaN for missing, at least one row
 * @param now NaN for missing, at least one row
 * @throws {CohortiumError} NUMERIC_DOMAIN for no rows
 * @see Yurdakul & Naranjo (2020), "Statistical properties of the population stability index", for what chance gives
 */
export function stabilityIndex(before: Float64Array, now: Float64Array, tenths = 10): StabilityIndex {
  if (before.length === 0 || now.length === 0) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `a stability index compares at least one row with one; found ${before.length} and ${now.length}`,
    );
  }
  const known = before.filter((value) => !Number.isNaN(value)).sort();
  const edges: number[] = [];
  for (let at = 1; at < tenths && known.length > 0; at++) {
    const edge = quantileSorted(known, at / tenths);
    // An edge at the largest value would leave nothing above it but what is new, which is what the last bin is for.
    if (edge !== edges.at(-1)) edges.push(edge);
  }
  const [first, second] = [sharesOf(before, edges), sharesOf(now, edges)];
  const used = first.shares.filter((share, bin) => share > 0 || (second.shares[bin] ?? 0) > 0).length;
  const floorOf = (rows: number): number => 0.5 / rows;
  const psi = sumOf(first.shares.length, (bin) => {
    const [a, b] = [first.shares[bin] ?? 0, second.shares[bin] ?? 0];
    if (a === 0 && b === 0) return 0;
    const [one, other] = [Math.max(a, floorOf(before.length)), Math.max(b, floorOf(now.length))];
    return (other - one) * log(other / one);
  });
  return {
    psi: Math.max(0, psi),
    byChance: Math.max(0, used - 1) * (1 / before.length + 1 / now.length),
    bins: used,
    missingBefore: first.missing,
    missingNow: second.missing,
  };
}

/** Shares by bin, the missing last. */
function sharesOf(values: Float64Array, edges: readonly number[]): { readonly shares: Float64Array; readonly missing: number } {
  const counts = new Float64Array(edges.length + 2);
  for (const value of values) {
    const bin = Number.isNaN(value) ? edges.length + 1 : binOf(value, edges);
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { shares: counts.map((count) => count / values.length), missing: (counts[edges.length + 1] ?? 0) / values.length };
}

/** An edge belongs to the bin below it. */
function binOf(value: number, edges: readonly number[]): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (value <= (edges[middle] ?? 0)) high = middle;
    else low = middle + 1;
  }
  return low;
}
