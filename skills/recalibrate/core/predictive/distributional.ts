/**
 * Recalibration of whole predictive distributions: a never falling map from the probability that was said to the share that was
 * seen, put behind the distribution function. Corrects what is wrong with all distributions alike (too narrow, too wide, shifted);
 * it cannot tell customers apart.
 */
import { isotonicBlocks } from '../../../sdk/numeric/index.ts';
import { fail } from '../conformal/rows.ts';
import { checkPit, meanPit, type PitRows, spreadShare } from './pit.ts';

export interface DistributionalConfig {
  /** Most knots of the map, integer ≥ 2; default 200. */
  readonly knots?: number;
}

/** Plain JSON. Linear between knots; from (0, 0) to (1, 1). */
export interface DistributionalModel {
  readonly kind: 'distributional';
  readonly n: number;
  /** Probabilities said, strictly ascending. */
  readonly said: readonly number[];
  /** Shares seen, never falling. */
  readonly seen: readonly number[];
}

/**
 * `fit` on where outcomes fell in their distributions, `predict` on values of the distribution function.
 * @see Kuleshov, Fenner & Ermon (2018), "Accurate Uncertainties for Deep Learning Using Calibrated Regression", algorithm 1;
 *   outcomes with probability of their own enter as in Czado, Gneiting & Held (2009)
 */
export const distributional = {
  id: 'distributional',
  /**
   * @param rows that the distributions were not fitted on, in any order
   * @throws {CohortiumError} NUMERIC_DOMAIN unless 0 ≤ below ≤ at ≤ 1 in every row
   * @throws {CohortiumError} CALIBRATION_TOO_FEW for no rows
   */
  fit({ knots = 200 }: DistributionalConfig, rows: PitRows): DistributionalModel {
    if (!(Number.isInteger(knots) && knots >= 2)) fail(`${knots} knots; give a whole number from 2`);
    checkPit(rows);
    const said = knotsOf(rows, knots);
    const raw = meanPit(rows, said, halfAt);
    const seen: number[] = [];
    // The curve rises by construction; pooling takes out what rounding leaves.
    const blocks = isotonicBlocks(
      raw,
      raw.map(() => 1),
    );
    for (const { from, to, level } of blocks) for (let at = from; at < to; at++) seen.push(Math.min(1, level));
    return { kind: 'distributional', n: rows.at.length, said: [0, ...said, 1], seen: [0, ...seen, 1] };
  },
  /** @param probability values of the distribution function that was said, in [0, 1] @returns those of the recalibrated one */
  predict(model: DistributionalModel, probability: Float64Array): Float64Array {
    checkProbabilities(probability);
    return probability.map((value) => interpolate(model.said, model.seen, value));
  },
} as const;

/**
 * Which quantile of the distribution that was said is a quantile of the recalibrated one.
 * @param levels in [0, 1]
 * @returns levels to ask the model for; where the map is flat, the middle of what would do
 */
export function rawLevels(model: DistributionalModel, levels: Float64Array): Float64Array {
  checkProbabilities(levels);
  const { said, seen } = model;
  return levels.map((level) => {
    const first = seen.findIndex((value) => value >= level);
    const last = seen.findLastIndex((value) => value <= level);
    // Exactly on a flat piece: its middle. Otherwise between two knots.
    if (first <= last) return ((said[first] ?? 0) + (said[last] ?? 1)) / 2;
    const [a, b] = [seen[last] ?? 0, seen[first] ?? 1];
    return (said[last] ?? 0) + (((said[first] ?? 1) - (said[last] ?? 0)) * (level - a)) / (b - a);
  });
}

/** As spreadShare, but an outcome that lies on the level itself counts by half: neither end of a step is the curve. */
function halfAt(below: number, at: number, level: number): number {
  return below === at && at === level ? 0.5 : spreadShare(below, at, level);
}

/** Ends of the rows' spans strictly inside (0, 1), evenly thinned by rank. */
function knotsOf({ below, at }: PitRows, most: number): number[] {
  const ends = new Float64Array(below.length + at.length);
  ends.set(below);
  ends.set(at, below.length);
  const distinct = [...new Set(ends.sort())].filter((value) => value > 0 && value < 1);
  if (distinct.length <= most) return distinct;
  return Array.from({ length: most }, (_, index) => distinct[Math.round((index * (distinct.length - 1)) / (most - 1))] ?? 0);
}

function interpolate(xs: readonly number[], ys: readonly number[], x: number): number {
  const above = Math.max(
    1,
    xs.findIndex((knot) => knot >= x),
  );
  const [from, to] = [xs[above - 1] ?? 0, xs[above] ?? 1];
  const [low, high] = [ys[above - 1] ?? 0, ys[above] ?? 1];
  return to === from ? high : low + ((high - low) * (x - from)) / (to - from);
}

function checkProbabilities(values: Float64Array): void {
  const wrong = values.findIndex((value) => !(value >= 0 && value <= 1));
  if (wrong >= 0) fail(`row ${wrong} has ${values[wrong]}; give probabilities from 0 to 1`);
}
