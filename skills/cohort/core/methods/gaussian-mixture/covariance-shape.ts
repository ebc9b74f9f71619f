/**
 * What a shape of covariance has to provide to the fit: densities of rows under each component, and from posterior probabilities
 * the sums that the next covariances follow from. Rows are row-major; values by component are component-major. Work goes in
 * blocks of rows, so that everything that a block touches stays in the first caches.
 */
import { CohortiumError } from '../../../../sdk/errors.ts';

/** Rows that are worked on at a time. */
export const blockRows = 256;

/** A mixture of normal distributions on the scale of the fit. */
export interface Mixture {
  readonly size: number;
  /** Features, ≥ 1. */
  readonly width: number;
  readonly weights: Float64Array;
  /** size × width. */
  readonly means: Float64Array;
  /** By shape: size × width², size × width (variances), or width². */
  readonly covariances: Float64Array;
}

/** A mixture made ready for densities. */
export interface DensityTerms {
  /** Log weight and log normalising constant of each component. */
  readonly constants: Float64Array;
  /** Factors of the precisions; each shape has its own layout. */
  readonly factors: Float64Array;
  /** Means times those factors, size × width. */
  readonly shifts: Float64Array;
}

/** Sums over rows, weighted with the posterior probability of each component. */
export interface MixtureSums {
  readonly counts: Float64Array;
  /** size × width. */
  readonly first: Float64Array;
  /** Of products of two features; each shape has its own layout. */
  readonly second: Float64Array;
}

/** Some rows of a row-major array. */
export interface RowBlock {
  readonly rows: Float64Array;
  readonly width: number;
  /** First row. */
  readonly from: number;
  /** How many, ≤ {@link blockRows}. */
  readonly count: number;
}

export interface CovarianceShape {
  readonly title: string;
  /** Numbers that the covariances are free in, for BIC. */
  readonly freeNumbers: (size: number, width: number) => number;
  readonly secondNumbers: (size: number, width: number) => number;
  /** @throws {CohortiumError} NUMERIC_DOMAIN when a covariance is singular */
  readonly prepare: (mixture: Mixture) => DensityTerms;
  /** Log of weight × density of component c for row r of the block, at c · blockRows + r. */
  readonly densities: (terms: DensityTerms, block: RowBlock, into: Float64Array) => void;
  /** Adds a block to the sums; posteriors are laid out as densities are. */
  readonly accumulate: (posteriors: Float64Array, block: RowBlock, sums: MixtureSums) => void;
  /** Covariances from sums, with the floor added to every variance. */
  readonly estimate: (sums: MixtureSums, means: Float64Array, counts: Float64Array, rows: number, floor: number) => Float64Array;
}

/** Half of log 2π, per feature. */
export const halfLogTwoPi = 0.9189385332046727;

export function singular(component: number): CohortiumError {
  return new CohortiumError(
    'NUMERIC_DOMAIN',
    `the covariance of component ${component} is singular; raise covarianceFloor above 0, or ask for fewer cohorts`,
  );
}

/**
 * Rows of the block to which a component gives any probability, and those probabilities, both filled up to a multiple of four
 * with rows of probability 0. Most rows belong to few components, so that most of the work is not done.
 * @returns how many, filled up
 */
export function listMembers(
  posteriors: Float64Array,
  component: number,
  { from, count, width }: RowBlock,
  offsets: Int32Array,
  shares: Float64Array,
): number {
  let members = 0;
  const base = component * blockRows;
  for (let row = 0; row < count; row++) {
    const share = posteriors[base + row] ?? 0;
    if (share > 0) {
      offsets[members] = (from + row) * width;
      shares[members] = share;
      members += 1;
    }
  }
  while (members % 4 !== 0) {
    offsets[members] = from * width;
    shares[members] = 0;
    members += 1;
  }
  return members;
}
