/**
 * What remains of the cohorts when the customers had been others: the method is fitted again on resamples, and its cohorts are
 * compared with those of the fit. The same refits say of each customer how often it stays in its cohort, which is a confidence
 * that can be compared between methods.
 */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { makeRng } from '../../../../sdk/numeric/index.ts';
import type { Assignment, CohortMethod, FeatureColumns } from '../method.ts';
import { adjustedRandIndex, bestJaccard } from './agreement.ts';
import { canonicalOrder, evenSample, takeRows } from './canonical-order.ts';
import { checkFeatures } from './check-features.ts';
import { applyMatch, matchLabels } from './match-labels.ts';

export interface ResamplingOptions {
  /** Refits, default 20. */
  readonly resamples?: number;
  /** Customers drawn with replacement for each refit, by default as many as there are, at most 50,000. */
  readonly rows?: number;
  /** Customers on whom groupings are compared, by default all, at most 20,000. */
  readonly comparedRows?: number;
}

export interface Subject<Config, Model> {
  readonly method: CohortMethod<FeatureColumns, Config, Model>;
  readonly config: Config;
  /** Fitted on `data`. */
  readonly model: Model;
  readonly data: FeatureColumns;
  readonly seed: string;
}

export interface CohortStability {
  readonly cohort: number;
  /** Mean over refits of the largest Jaccard coefficient with a cohort of the refit, in [0, 1]. */
  readonly jaccard: number;
  /** Standard deviation between refits. */
  readonly sd: number;
  /** Below 0.6, 0.75, 0.85, and above. */
  readonly band: 'unstable' | 'doubtful' | 'stable' | 'highly stable';
}

export interface Stability {
  /** Mean adjusted Rand index between the fit and the refits. */
  readonly adjustedRandIndex: number;
  /** Standard deviation between refits. */
  readonly adjustedRandIndexSd: number;
  readonly resamples: number;
  /** Customers compared. */
  readonly rows: number;
  readonly cohorts: readonly CohortStability[];
}

/**
 * Stability of the whole and of each cohort.
 * @throws {CohortiumError} NUMERIC_DOMAIN for fewer than two resamples, and what the method throws
 * @see Hennig (2007), "Cluster-wise assessment of cluster stability"; the bands are those of his R package fpc
 */
export function stability<Config, Model>(subject: Subject<Config, Model>, options: ResamplingOptions = {}): Stability {
  const { compared, refits } = refitOnResamples(subject, options);
  const own = subject.method.assign(subject.model, compared).label;
  const indices: number[] = [];
  const coefficients: Float64Array[] = [];
  for (const refit of refits) {
    const { label } = subject.method.assign(refit, compared);
    indices.push(adjustedRandIndex(own, label));
    coefficients.push(bestJaccard(own, label));
  }
  const cohorts = Array.from(coefficients[0]?.keys() ?? [], (cohort): CohortStability => {
    const { mean, sd } = spreadOf(coefficients.map((values) => values[cohort] ?? 0));
    return { cohort, jaccard: mean, sd, band: bandOf(mean) };
  });
  const overall = spreadOf(indices);
  return {
    adjustedRandIndex: overall.mean,
    adjustedRandIndexSd: overall.sd,
    resamples: indices.length,
    rows: own.length,
    cohorts,
  };
}

/**
 * Assignment whose confidence is the share of refits in which a customer is in the cohort that continues its own (kind
 * `frequency`). All customers are assigned by every refit.
 * @throws {CohortiumError} NUMERIC_DOMAIN for fewer than two resamples, and what the method throws
 */
export function resampleConfidence<Config, Model>(subject: Subject<Config, Model>, options: ResamplingOptions = {}): Assignment {
  const { method, model, data } = subject;
  const { label } = method.assign(model, data);
  const stays = new Float64Array(label.length);
  let refitted = 0;
  for (const refit of refitOnResamples(subject, options).refits) {
    const again = method.assign(refit, data).label;
    const matched = applyMatch(matchLabels(label, again), again);
    for (let row = 0; row < label.length; row++) if (matched[row] === label[row]) stays[row] = (stays[row] ?? 0) + 1;
    refitted += 1;
  }
  return { label, confidence: stays.map((count) => count / refitted), kind: 'frequency' };
}

function refitOnResamples<Config, Model>(
  { method, config, data, seed }: Subject<Config, Model>,
  options: ResamplingOptions,
): { readonly compared: FeatureColumns; readonly refits: Iterable<Model> } {
  const all = checkFeatures(data);
  const { resamples = 20, rows = Math.min(all, 50_000), comparedRows = 20_000 } = options;
  if (!(resamples >= 2 && rows >= 1 && comparedRows >= 2)) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `${resamples} resamples of ${rows} rows, compared on ${comparedRows}; give at least 2 resamples, 1 row and 2 compared rows`,
    );
  }
  const { names, columns } = data;
  const order = canonicalOrder(columns);
  const rng = makeRng(seed).split('resampling');
  const chosen = evenSample(order, comparedRows, rng.uniform());
  // A generator, so that one refit lives at a time.
  const refits = (function* () {
    for (let resample = 0; resample < resamples; resample++) {
      const draws = rng.split(`rows ${resample}`);
      const drawn = Uint32Array.from({ length: rows }, () => order[draws.integer(all)] ?? 0);
      yield method.fit(config, { names, columns: takeRows(columns, drawn) }, `${seed}/resample ${resample}`);
    }
  })();
  return { compared: { names, columns: takeRows(columns, chosen) }, refits };
}

function spreadOf(values: readonly number[]): { readonly mean: number; readonly sd: number } {
  const mean = values.reduce((total, value) => total + value, 0) / values.length;
  const squares = values.reduce((total, value) => total + (value - mean) * (value - mean), 0);
  return { mean, sd: Math.sqrt(squares / (values.length - 1)) };
}

function bandOf(jaccard: number): CohortStability['band'] {
  if (jaccard < 0.6) return 'unstable';
  if (jaccard < 0.75) return 'doubtful';
  return jaccard < 0.85 ? 'stable' : 'highly stable';
}
