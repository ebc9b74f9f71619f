/** One of recency, frequency and money as a fit leaves it: where its classes end, and how its customers are ranked. */

/** Plain JSON. Values run from worse to better: days since the last purchase are negated. */
export interface RfmDimension {
  readonly feature: string;
  /** −1 where less is better, otherwise 1; what values are multiplied by. */
  readonly direction: 1 | -1;
  /** Scores that occur, ascending: ties may leave some out. */
  readonly scores: readonly number[];
  /** Between neighbouring classes, half-way between their customers; a value on it has the higher score. */
  readonly boundaries: readonly number[];
  /** Share of the customers below each boundary. */
  readonly shares: readonly number[];
  /** Some values, ascending, and the share of customers below each, half of its equals included. */
  readonly knots: readonly number[];
  readonly ranks: readonly number[];
}

/** Enough for every value of a count, and for a quarter of a percent elsewhere. */
const knotCount = 400;

/**
 * @param values from worse to better
 * @param scores of the same rows, not falling as values rise
 */
export function describeDimension(feature: string, direction: 1 | -1, values: Float64Array, scores: Int32Array): RfmDimension {
  const sorted = values.toSorted();
  const rising = scores.toSorted();
  const rows = sorted.length;
  const starts: number[] = [];
  for (let row = 0; row < rows; row++) if (row === 0 || rising[row] !== rising[row - 1]) starts.push(row);
  const boundaries = starts.slice(1).map((row) => between(sorted[row - 1] ?? 0, sorted[row] ?? 0));
  const knots: number[] = [];
  const ranks: number[] = [];
  const distance = rows / knotCount;
  for (let from = 0, due = 0; from < rows;) {
    let to = from + 1;
    while (to < rows && sorted[to] === sorted[from]) to += 1;
    // A heap of equals is always kept: between it and its neighbours ranks leap.
    if (to >= due || to - from > distance || to === rows) {
      knots.push((sorted[from] ?? 0) + 0);
      ranks.push((from + to) / 2 / rows);
      due = to + distance;
    }
    from = to;
  }
  return {
    feature,
    direction,
    scores: starts.map((row) => rising[row] ?? 0),
    boundaries: boundaries.map((value) => value + 0),
    shares: starts.slice(1).map((row) => row / rows),
    knots,
    ranks,
  };
}

/** Place of the class of a value, 0 … scores − 1. */
export function classOf({ boundaries }: RfmDimension, value: number): number {
  let place = 0;
  while (place < boundaries.length && value >= (boundaries[place] ?? 0)) place += 1;
  return place;
}

/** Share of the fitted customers below a value, interpolated between knots. */
export function rankOf({ knots, ranks }: RfmDimension, value: number): number {
  let low = -1;
  let high = knots.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((knots[middle] ?? 0) <= value) low = middle;
    else high = middle;
  }
  if (low < 0) return 0;
  const [from, rank] = [knots[low] ?? 0, ranks[low] ?? 0];
  if (from === value) return rank;
  if (high === knots.length) return 1;
  return rank + (((ranks[high] ?? 0) - rank) * (value - from)) / ((knots[high] ?? 0) - from);
}

/** Half-way, and above the lower one also where these are neighbouring doubles. */
function between(lower: number, higher: number): number {
  const middle = lower + (higher - lower) / 2;
  return middle > lower ? middle : higher;
}
