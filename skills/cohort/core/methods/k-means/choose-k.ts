/** The number of cohorts, where a range is given: the best separated one, or the first that a uniform cloud does not explain. */
import { log, type Rng } from '../../../../sdk/numeric/index.ts';
import { silhouette } from '../quality/silhouette.ts';
import { bestStart } from './best-start.ts';
import type { ChooseK, KMeansOptions } from './config.ts';
import type { Refined } from './refine.ts';

export interface TriedK {
  readonly k: number;
  /** Sum of squared distances per row, in squared standard deviations. */
  readonly inertiaPerRow: number;
  /** Silhouette, or gap. */
  readonly score: number;
  readonly standardError: number;
}

/** Plain JSON. */
export interface KChoice {
  readonly by: 'silhouette' | 'gap';
  readonly k: number;
  readonly tried: readonly TriedK[];
}

/** Rows that numbers of cohorts are tried on. */
const trialRows = 10_000;
/** Rows whose pairwise distances give a silhouette. */
const silhouetteRows = 2000;
const clouds = 10;
const cloudRestarts = 2;

/**
 * @param sample row-major, rows × features, standardised; its first rows are as good as any
 * @returns k 1 where no number above it can be told apart
 * @see Rousseeuw (1987); Tibshirani, Walther & Hastie (2001), "Estimating the number of clusters in a data set via the gap statistic"
 */
export function chooseK(sample: Float64Array, features: number, range: ChooseK, options: KMeansOptions, rng: Rng): KChoice {
  const trial = sample.subarray(0, trialRows * features);
  const { by = 'silhouette' } = range;
  const score = by === 'gap' ? gapScore(trial, features, options, rng) : silhouetteScore(trial, features);
  const tried: TriedK[] = [];
  for (let k = by === 'gap' ? range.from : Math.max(2, range.from); k <= range.to; k++) {
    const found = bestStart(trial, features, k, options, rng.split(`k ${k}`));
    if (found.centroids.length < k * features) break; // no more distinct rows
    const scored = score(found, k);
    if (!Number.isFinite(scored.score)) break;
    tried.push({ k, inertiaPerRow: (found.inertia * features) / trial.length, ...scored });
  }
  const k = by === 'gap' ? firstWithinError(tried) : (tried.toSorted((one, other) => other.score - one.score)[0]?.k ?? 1);
  return { by, k, tried };
}

type Score = (found: Refined, k: number) => Pick<TriedK, 'score' | 'standardError'>;

function silhouetteScore(trial: Float64Array, features: number): Score {
  const columns = Array.from({ length: features }, (_, feature) =>
    Float64Array.from({ length: trial.length / features }, (_, row) => trial[row * features + feature] ?? 0),
  );
  return ({ label }) => {
    const { mean, standardError } = silhouette(columns, label, { sampleRows: silhouetteRows });
    return { score: mean, standardError };
  };
}

/** How far the logarithm of the inertia lies below that of uniform clouds in the same box. */
function gapScore(trial: Float64Array, features: number, options: KMeansOptions, rng: Rng): Score {
  const lowest = new Float64Array(features).fill(Number.POSITIVE_INFINITY);
  const highest = new Float64Array(features).fill(Number.NEGATIVE_INFINITY);
  for (let at = 0; at < trial.length; at++) {
    const feature = at % features;
    lowest[feature] = Math.min(lowest[feature] ?? 0, trial[at] ?? 0);
    highest[feature] = Math.max(highest[feature] ?? 0, trial[at] ?? 0);
  }
  const uniform = Array.from({ length: clouds }, (_, cloud) => {
    const draws = rng.split(`cloud ${cloud}`);
    return Float64Array.from(trial, (_, at) => {
      const low = lowest[at % features] ?? 0;
      return low + ((highest[at % features] ?? 0) - low) * draws.uniform();
    });
  });
  // Rows that coincide leave no inertia; its logarithm must stay a number.
  const logInertia = ({ inertia }: Refined): number => log(Math.max(inertia, 1e-12 * trial.length));
  return (found, k) => {
    const logs = uniform.map((cloud, index) =>
      logInertia(bestStart(cloud, features, k, { ...options, restarts: cloudRestarts }, rng.split(`cloud ${index} k ${k}`))),
    );
    const mean = logs.reduce((total, value) => total + value, 0) / clouds;
    const variance = logs.reduce((total, value) => total + (value - mean) * (value - mean), 0) / clouds;
    return { score: mean - logInertia(found), standardError: Math.sqrt(variance * (1 + 1 / clouds)) };
  };
}

/** The smallest k whose gap is no more than one standard error below that of the next. */
function firstWithinError(tried: readonly TriedK[]): number {
  const first = tried.find(({ score }, index) => {
    const next = tried[index + 1];
    return !next || score >= next.score - next.standardError;
  });
  return first?.k ?? 1;
}
