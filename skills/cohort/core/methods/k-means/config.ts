/** What k-means can be told, and what it does when it is not told. */
import { CohortiumError } from '../../../../sdk/errors.ts';

/** Number of cohorts to be found in a range. */
export interface ChooseK {
  readonly from: number;
  readonly to: number;
  /** `silhouette` (default) takes the best separated, at least 2; `gap` may also find that there is but one. */
  readonly by?: 'silhouette' | 'gap';
}

export interface KMeansConfig {
  /** Cohorts, 1 … 1,000, or a range to choose from; fewer are returned when fewer distinct rows exist. */
  readonly k: number | ChooseK;
  /** Starts by k-means++, default 10; the best one is refined on all rows. */
  readonly restarts?: number;
  /** Rows that the best starts are chosen on, default 50,000; all are tried on 10,000 of them. */
  readonly sampleRows?: number;
  /** Rounds over all rows at most, default 300. */
  readonly maxIterations?: number;
  /** Ends when the squared moves of all centroids sum to no more than this, in squared standard deviations; default 1e-4. */
  readonly tolerance?: number;
  /** With more rows than this batches of rows refine the start instead of all rows in every round, default 10,000,000. */
  readonly miniBatchAbove?: number;
  /** Rows of a batch, default 10,000. */
  readonly batchRows?: number;
  /** Centroids in the features' own units to refine in place of new starts, as `profile` of an earlier model has them. */
  readonly start?: readonly (readonly number[])[];
}

export type KMeansOptions = Required<Omit<KMeansConfig, 'k' | 'start'>>;

const defaults: KMeansOptions = {
  restarts: 10,
  sampleRows: 50_000,
  maxIterations: 300,
  tolerance: 1e-4,
  miniBatchAbove: 10_000_000,
  batchRows: 10_000,
};

/** @throws {CohortiumError} NUMERIC_DOMAIN for a value out of its range */
export function readConfig({ k, start, ...given }: KMeansConfig, features: number): KMeansOptions {
  const options: KMeansOptions = { ...defaults, ...given };
  const { from, to } = typeof k === 'number' ? { from: k, to: k } : k;
  if (!(isCount(from) && isCount(to) && from <= to && to <= 1000)) {
    fail(`k from ${from} to ${to}; give whole numbers from 1 to 1,000, the smaller one first`);
  }
  if (!(isCount(options.restarts) && isCount(options.sampleRows) && isCount(options.maxIterations) && isCount(options.batchRows))) {
    fail(
      `restarts ${options.restarts}, sampleRows ${options.sampleRows}, maxIterations ${options.maxIterations}, ` +
        `batchRows ${options.batchRows}; give whole numbers from 1`,
    );
  }
  if (!(options.tolerance >= 0 && options.miniBatchAbove >= 0)) {
    fail(`tolerance ${options.tolerance}, miniBatchAbove ${options.miniBatchAbove}; give numbers from 0`);
  }
  if (start && !(start.length === k && start.every((row) => row.length === features && row.every(Number.isFinite)))) {
    fail(`start has ${start.length} centroids; give k of them (k a number, not a range) with ${features} finite numbers each`);
  }
  return options;
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 1;
}

function fail(message: string): never {
  throw new CohortiumError('NUMERIC_DOMAIN', message);
}
