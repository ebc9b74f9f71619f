/** Resampling of rows, seeded: the same rows and seed give the same interval. A weight is a number of rows. */
import { CohortiumError } from '../../../sdk/errors.ts';
import { makeRng, quantileSorted } from '../../../sdk/numeric/index.ts';

export interface BootstrapOptions {
  /** Resamples; default 400. */
  readonly draws?: number;
  /** Share of the interval, in (0, 1); default 0.95. */
  readonly level?: number;
  /** Default `calibration`. */
  readonly seed?: string;
}

export interface BootstrapInterval {
  readonly low: number;
  readonly high: number;
  readonly level: number;
}

/**
 * A statistic of resampled weights, ascending.
 * @param weight of each row, > 0
 * @param statistic called with how often each row was drawn; the array is reused
 * @throws {CohortiumError} NUMERIC_DOMAIN for fewer than 20 draws or a level outside (0, 1)
 */
export function bootstrapDraws(weight: Float64Array, options: BootstrapOptions, statistic: (drawn: Float64Array) => number): Float64Array {
  const { draws = 400, level = 0.95, seed = 'calibration' } = options;
  if (!(Number.isInteger(draws) && draws >= 20))
    throw new CohortiumError('NUMERIC_DOMAIN', `a bootstrap takes at least 20 draws; found ${draws}`);
  if (!(level > 0 && level < 1)) throw new CohortiumError('NUMERIC_DOMAIN', `the level of an interval is between 0 and 1; found ${level}`);
  const mass = weightedRows(weight);
  const size = rowsToDraw(mass);
  const rng = makeRng(seed);
  const drawn = new Float64Array(weight.length);
  const values = new Float64Array(draws);
  for (let draw = 0; draw < draws; draw++) {
    drawn.fill(0);
    for (let at = 0; at < size; at++) {
      const row = mass.rowAt(rng.uniform());
      drawn[row] = (drawn[row] ?? 0) + 1;
    }
    values[draw] = statistic(drawn);
  }
  return values.sort();
}

/**
 * Interval by the pivot: resamples err around `centre` as the estimate errs around the truth.
 * @param centre what the statistic estimates in the world of the resamples
 * @param draws ascending
 */
export function pivotalInterval(
  estimate: number,
  centre: number,
  draws: Float64Array,
  { level = 0.95 }: BootstrapOptions,
): BootstrapInterval {
  const high = quantileSorted(draws, (1 + level) / 2);
  const low = quantileSorted(draws, (1 - level) / 2);
  return { low: estimate + centre - high, high: estimate + centre - low, level };
}

/** Rows drawn in proportion to their weights. */
export interface WeightedRows {
  /** Sum of the weights. */
  readonly n: number;
  /** @param uniform in [0, 1) */
  readonly rowAt: (uniform: number) => number;
}

/** A resample of more rows than this would not end in a working day. */
const mostRows = 1e8;

/**
 * How many rows a resample draws.
 * @throws {CohortiumError} NUMERIC_DOMAIN for weights that add up to more than a hundred million rows
 */
export function rowsToDraw({ n }: WeightedRows): number {
  if (n <= mostRows) return Math.max(1, Math.round(n));
  throw new CohortiumError(
    'NUMERIC_DOMAIN',
    `weights count rows, and add up to ${n}; to resample, divide them so that they add up to ${mostRows} or less`,
  );
}

export function weightedRows(weight: Float64Array): WeightedRows {
  const upTo = new Float64Array(weight.length);
  let n = 0;
  for (let row = 0; row < weight.length; row++) upTo[row] = n += weight[row] ?? 0;
  // Row by row this is the same draw as the search below, and as that of rows that are repeated in place of weighted.
  if (weight.every((own) => own === 1)) return { n, rowAt: (uniform) => Math.floor(uniform * n) };
  return { n, rowAt: (uniform) => firstAbove(upTo, uniform * n) };
}

function firstAbove(ascending: Float64Array, point: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? 0) > point) high = middle;
    else low = middle + 1;
  }
  return low;
}
