/** The impact ratio had the best 5 %, 10 % … of a score been selected: what another cut would do. Ties at a cut are all selected. */
import { type WeightedImpact, weightedImpact } from './weighted-impact.ts';

export interface QuantileImpact {
  /** Per cent of the customers that the cut is meant to select, in (0, 100). */
  readonly topPercent: number;
  /** Share that it selects, ties included. */
  readonly share: number;
  readonly impact: WeightedImpact;
}

/**
 * @param score one finite number each
 * @param percents in (0, 100)
 * @returns one row per cut, in the order given; none for no customers
 */
export function quantileImpact(
  score: ArrayLike<number>,
  own: ArrayLike<number>,
  other: ArrayLike<number>,
  percents: readonly number[],
  level: number,
): readonly QuantileImpact[] {
  const rows = score.length;
  if (rows === 0) return [];
  return percents.map((topPercent) => {
    const selected = selectTop(score, topPercent);
    return {
      topPercent,
      share: selected.reduce((count, one) => count + one, 0) / rows,
      impact: weightedImpact(selected, own, other, level),
    };
  });
}

/**
 * 1 for the best so many per cent of a score, and for all that are equal to the last of them.
 * @param percent in (0, 100]; selects at least one
 */
export function selectTop(score: ArrayLike<number>, percent: number): Uint8Array {
  const rows = score.length;
  if (rows === 0) return new Uint8Array(0);
  const sorted = Float64Array.from(score).sort();
  const wanted = Math.min(rows, Math.max(1, Math.ceil((rows * percent) / 100 - 1e-9)));
  const cut = sorted[rows - wanted] ?? 0;
  return Uint8Array.from({ length: rows }, (_, row) => ((score[row] ?? 0) >= cut ? 1 : 0));
}
