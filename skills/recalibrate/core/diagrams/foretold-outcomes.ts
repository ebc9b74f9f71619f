/** Outcomes as they would have come if the predictions were right: what chance alone does to a diagram. */
import { CohortiumError } from '../../../sdk/errors.ts';
import { makeRng, quantileSorted } from '../../../sdk/numeric/index.ts';

export interface ResamplingOptions {
  /** Resamples; default 200. */
  readonly draws?: number;
  /** Share of the resamples that a bar or band holds, in (0, 1); default 0.9. */
  readonly level?: number;
  /** Default `diagram`. */
  readonly seed?: string;
}

/**
 * @param size how many values a resample gives
 * @param resample fills `values`, NaN for what a resample does not show
 * @returns lower and upper quantile of each value; null where no resample showed it
 * @throws {CohortiumError} NUMERIC_DOMAIN for fewer than 20 draws or a level outside (0, 1)
 */
export function consistencyRange(
  size: number,
  { draws = 200, level = 0.9, seed = 'diagram' }: ResamplingOptions,
  resample: (uniform: () => number, values: Float64Array) => void,
): readonly ({ readonly low: number; readonly high: number } | null)[] {
  if (!(Number.isInteger(draws) && draws >= 20))
    throw new CohortiumError('NUMERIC_DOMAIN', `a range takes at least 20 draws; found ${draws}`);
  if (!(level > 0 && level < 1)) throw new CohortiumError('NUMERIC_DOMAIN', `the level of a range is between 0 and 1; found ${level}`);
  const { uniform } = makeRng(seed);
  const shown = Array.from({ length: size }, () => new Float64Array(draws));
  const values = new Float64Array(size);
  for (let draw = 0; draw < draws; draw++) {
    values.fill(Number.NaN);
    resample(uniform, values);
    shown.forEach((column, at) => {
      column[draw] = values[at] ?? Number.NaN;
    });
  }
  return shown.map((column) => {
    const seen = column.filter((value) => !Number.isNaN(value)).sort();
    if (seen.length === 0) return null;
    return { low: quantileSorted(seen, (1 - level) / 2), high: quantileSorted(seen, (1 + level) / 2) };
  });
}
