/**
 * Draws of parameters from any method, under one type that says what they cover, and intervals read from them. A forecast
 * goes through draws, so that it does not need to know the method.
 */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { quantileSorted, sum, sumOf } from '../../../../sdk/numeric/index.ts';
import type { TimingFamily } from '../family.ts';

export type IntervalMethod = 'laplace' | 'profile' | 'posterior' | 'importance' | 'bootstrap' | 'bayesian-bootstrap';

/**
 * What an interval allows for. `sampled customers`: the customers at hand are a sample, and others could have come in their
 * place. `future purchases`: what these customers then buy, beyond what is expected of them.
 */
export type Covers =
  | 'parameters'
  | 'parameters and sampled customers'
  | 'parameters and future purchases'
  | 'parameters, sampled customers and future purchases';

/** What every method reports about itself; each adds its own figures. */
export interface Diagnostics {
  /** One sentence per reason to doubt the draws; empty when there is none. */
  readonly warnings: readonly string[];
}

/** Which customers each draw of a bootstrap was fitted to, as the recipe that makes their weights again. */
export interface Resample {
  readonly scheme: 'multinomial' | 'bayesian';
  readonly seed: string;
  /** Replicate behind each draw; replicates whose refit failed are absent. */
  readonly replicates: Uint32Array;
  /** Number of distinct histories that were resampled. */
  readonly distinct: number;
}

/** Parameters drawn from their uncertainty. */
export interface ParameterDraws<D extends Diagnostics = Diagnostics> {
  readonly names: readonly string[];
  /** The fit that the draws are around, natural scale, in the order of names. */
  readonly point: readonly number[];
  /** Natural scale, row-major: one row per draw, in the order of names. */
  readonly draws: Float64Array;
  readonly method: Exclude<IntervalMethod, 'profile'>;
  readonly covers: 'parameters';
  /** How the customers of each draw can be drawn again. Bootstraps only. */
  readonly resample?: Resample;
  readonly diagnostics: D;
}

export interface ParameterInterval {
  readonly name: string;
  readonly point: number;
  readonly low: number;
  readonly high: number;
}

export interface ParameterIntervals<D extends Diagnostics = Diagnostics, I extends ParameterInterval = ParameterInterval> {
  readonly method: IntervalMethod;
  readonly covers: 'parameters';
  /** Share of intervals that are to hold the truth, such as 0.95. */
  readonly level: number;
  readonly intervals: readonly I[];
  readonly diagnostics: D;
}

export interface DrawSummary extends ParameterInterval {
  readonly mean: number;
  readonly median: number;
  readonly sd: number;
}

/**
 * Central intervals, means and standard deviations of parameter draws.
 * @param level in (0, 1)
 * @throws {CohortiumError} NUMERIC_DOMAIN when the level is none or there is no draw
 */
export function summarizeDraws<D extends Diagnostics>(draws: ParameterDraws<D>, level = 0.95): ParameterIntervals<D, DrawSummary> {
  const width = draws.names.length;
  const count = countDraws(draws);
  const intervals = draws.names.map((name, index) => {
    const values = Float64Array.from({ length: count }, (_, draw) => draws.draws[draw * width + index] ?? 0);
    return { name, point: draws.point[index] ?? 0, ...summarizeSample(values, level) };
  });
  return { method: draws.method, covers: draws.covers, level, intervals, diagnostics: draws.diagnostics };
}

/** @throws {CohortiumError} NUMERIC_DOMAIN when the draws do not fill whole rows, or there are none */
export function countDraws({ names, draws }: Pick<ParameterDraws, 'names' | 'draws'>): number {
  const count = draws.length / names.length;
  if (count >= 1 && Number.isInteger(count)) return count;
  throw new CohortiumError(
    'NUMERIC_DOMAIN',
    `draws come in rows of ${names.length} parameters, at least one; found ${draws.length} numbers`,
  );
}

interface SampleSummary {
  readonly mean: number;
  readonly median: number;
  readonly sd: number;
  readonly low: number;
  readonly high: number;
}

/** Central interval of a sample, quantiles of type 7. @throws {CohortiumError} NUMERIC_DOMAIN when the level is none */
export function summarizeSample(values: Float64Array, level: number): SampleSummary {
  checkLevel(level);
  const sorted = values.toSorted();
  const mean = sum(sorted) / sorted.length;
  const squares = sumOf(sorted.length, (index) => ((sorted[index] ?? 0) - mean) * ((sorted[index] ?? 0) - mean));
  return {
    mean,
    median: quantileSorted(sorted, 0.5),
    sd: Math.sqrt(squares / Math.max(1, sorted.length - 1)),
    low: quantileSorted(sorted, (1 - level) / 2),
    high: quantileSorted(sorted, (1 + level) / 2),
  };
}

/** @throws {CohortiumError} NUMERIC_DOMAIN when the level is not between 0 and 1 */
export function checkLevel(level: number): void {
  if (level > 0 && level < 1) return;
  throw new CohortiumError('NUMERIC_DOMAIN', `a level lies between 0 and 1, such as 0.95; found ${level}`);
}

/** @throws {CohortiumError} NUMERIC_DOMAIN when it is no number of draws */
export function checkDraws(count: number): void {
  if (Number.isInteger(count) && count >= 1) return;
  throw new CohortiumError('NUMERIC_DOMAIN', `draws is a whole number from 1 on; found ${count}`);
}

/**
 * The parameters of a family as numbers, in its order.
 * @throws {CohortiumError} NUMERIC_DOMAIN when one is absent, as in the fit of another family
 */
export function vectorOf<P>(family: TimingFamily<P>, params: P): number[] {
  return family.parameters.map(({ name }) => {
    const value = Number(params[name]);
    if (!Number.isNaN(value)) return value;
    throw new CohortiumError('NUMERIC_DOMAIN', `the fit has no parameter '${name}' of ${family.title}; give the family that was fitted`);
  });
}

/** The parameters of a family from one row of draws. */
export function parametersOf<P>(family: TimingFamily<P>, draws: Float64Array, row: number): P {
  const width = family.parameters.length;
  // A family's parameter type has one number per parameter, by the contract of TimingFamily.
  return Object.fromEntries(family.parameters.map(({ name }, index) => [name, draws[row * width + index]])) as P;
}
