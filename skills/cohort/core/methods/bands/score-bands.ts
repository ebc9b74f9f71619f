/** Customers by how high a score is: bands in ascending order, and where each customer stands in its own. */
import { describeDimension, rankOf, type RfmDimension } from '../rfm/dimension.ts';

/** Plain JSON. */
export interface ScoreBands {
  /** Of the bands that have customers, lowest score first. */
  readonly names: readonly string[];
  /** Between neighbouring bands; a score on it is in the higher one. */
  readonly boundaries: readonly number[];
  /** Share of the fitted customers below each boundary. */
  readonly shares: readonly number[];
  /** Some scores, ascending, and the share of customers below each, half of its equals included. */
  readonly knots: readonly number[];
  readonly ranks: readonly number[];
}

/** Bands of as many customers each; equal scores always share one, so some bands may stay empty and are left out. */
export function bandsOfShares(scores: Float64Array, bands: number): ScoreBands {
  const sorted = scores.toSorted();
  const placed = new Int32Array(sorted.length);
  for (let from = 0; from < sorted.length;) {
    let to = from + 1;
    while (to < sorted.length && sorted[to] === sorted[from]) to += 1;
    // The band of the middle of the heap, as RFM scores its classes.
    placed.fill(Math.min(bands, 1 + Math.floor((bands * (from + to)) / (2 * sorted.length))), from, to);
    from = to;
  }
  const { scores: occurring, boundaries, shares, knots, ranks } = describeDimension('score', 1, sorted, placed);
  const names = bandNames(bands);
  return { names: occurring.map((score) => names[score - 1] ?? ''), boundaries, shares, knots, ranks };
}

/** Bands between given scores; those without customers stay. @param boundaries ascending */
export function bandsBetween(scores: Float64Array, boundaries: readonly number[]): ScoreBands {
  const { knots, ranks } = describeDimension('score', 1, scores, new Int32Array(scores.length).fill(1));
  let below = new Array<number>(boundaries.length).fill(0);
  for (const score of scores) below = below.map((count, at) => (score < (boundaries[at] ?? 0) ? count + 1 : count));
  return { names: bandNames(boundaries.length + 1), boundaries, shares: below.map((count) => count / scores.length), knots, ranks };
}

export function bandOf({ boundaries }: ScoreBands, score: number): number {
  let band = 0;
  while (band < boundaries.length && score >= (boundaries[band] ?? 0)) band += 1;
  return band;
}

/** Share of the fitted customers with a lower score, in [0, 1]. */
export function percentileOf(bands: ScoreBands, score: number): number {
  return rankOf(asDimension(bands), score);
}

/**
 * Share of the fitted customers between a score and the nearest boundary, as a part of half a band of equal shares, at most 1; 1
 * where there is one band.
 */
export function marginOf(bands: ScoreBands, score: number): number {
  const own = bandOf(bands, score);
  const rank = percentileOf(bands, score);
  const each = 2 * (bands.boundaries.length + 1);
  let margin = 1;
  const lower = bands.shares[own - 1];
  const upper = bands.shares[own];
  if (lower !== undefined) margin = Math.min(margin, Math.max(0, rank - lower) * each);
  if (upper !== undefined) margin = Math.min(margin, Math.max(0, upper - rank) * each);
  return margin;
}

/** @param bands ≥ 1 */
export function bandNames(bands: number): readonly string[] {
  const known: Readonly<Record<number, readonly string[]>> = {
    1: ['all'],
    2: ['low', 'high'],
    3: ['low', 'medium', 'high'],
    4: ['low', 'below average', 'above average', 'high'],
    5: ['very low', 'low', 'medium', 'high', 'very high'],
  };
  return known[bands] ?? Array.from({ length: bands }, (_, band) => `band ${band + 1} of ${bands}`);
}

function asDimension({ boundaries, shares, knots, ranks }: ScoreBands): RfmDimension {
  return { feature: 'score', direction: 1, scores: [], boundaries, shares, knots, ranks };
}
