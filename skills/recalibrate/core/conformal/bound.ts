/**
 * The conformal quantile: how far intervals must reach so that the next row of the same kind is inside with at least the level.
 * With too few rows no finite reach can promise that, and the bound says so instead of guessing.
 */

/** Plain JSON: an infinite reach is a kind of its own, since JSON has no infinity. */
export type Bound =
  | { readonly kind: 'margin'; readonly margin: number; readonly n: number }
  /** Every value is inside. `needed` rows would bound it; null where the level asked for is 1 or more. */
  | { readonly kind: 'everything'; readonly n: number; readonly needed: number | null }
  /** No value is inside: the level asked for is 0 or less. */
  | { readonly kind: 'nothing'; readonly n: number };

/** Products such as 20 · 0.95 come out a rounding above the whole number that they are. */
const rounding = 1e-12;

/**
 * Bound from the scores of calibration rows: the ⌈(n + 1)·level⌉-th smallest, infinite when that is beyond n.
 * @param sorted scores, ascending; Infinity allowed
 * @param level any number; ≤ 0 gives nothing, ≥ 1 everything
 * @returns exchangeable rows are inside with probability at least the level, and below level + 1/(n + 1) without ties
 * @see Vovk, Gammerman & Shafer (2005), "Algorithmic Learning in a Random World", section 4.1
 */
export function conformalBound(sorted: Float64Array, level: number): Bound {
  const n = sorted.length;
  if (level <= 0) return { kind: 'nothing', n };
  if (level >= 1) return { kind: 'everything', n, needed: null };
  const rank = Math.ceil((n + 1) * level * (1 - rounding));
  const margin = sorted[rank - 1];
  return margin === undefined || !Number.isFinite(margin)
    ? { kind: 'everything', n, needed: rowsNeeded(level) }
    : { kind: 'margin', margin, n };
}

/**
 * Fewest calibration rows that can bound an interval of a level: 9 for 0.9, 19 for 0.95, 99 for 0.99.
 * @param level in (0, 1)
 */
export function rowsNeeded(level: number): number {
  return Math.ceil((level / (1 - level)) * (1 - rounding));
}

/** The reach as a number, ±Infinity included. */
export function marginOf(bound: Bound): number {
  if (bound.kind === 'margin') return bound.margin;
  return bound.kind === 'everything' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
}
