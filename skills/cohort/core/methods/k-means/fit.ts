/** Fit of k-means: the best of several starts on a sample, refined on all rows or, where these are too many, on batches. */
import { makeRng, type Rng } from '../../../../sdk/numeric/index.ts';
import type { FeatureColumns } from '../method.ts';
import { canonicalOrder, evenSample } from '../quality/canonical-order.ts';
import { checkFeatures } from '../quality/check-features.ts';
import { orderFreeSums } from '../quality/order-free-sums.ts';
import { type CohortProfile, profileCohorts } from '../quality/profile.ts';
import { inverseScale, type Scale, scaleOf } from '../quality/standardise.ts';
import { bestStart } from './best-start.ts';
import { chooseK, type KChoice } from './choose-k.ts';
import { type KMeansConfig, type KMeansOptions, readConfig } from './config.ts';
import { refineByBatches } from './mini-batch.ts';
import { nearestTwo } from './nearest-two.ts';
import { refine } from './refine.ts';

/** Plain JSON. */
export interface KMeansModel {
  readonly method: 'k-means';
  readonly features: readonly string[];
  readonly scale: Scale;
  /** One row per cohort, in standard deviations from the mean; the largest cohort first. */
  readonly centroids: readonly (readonly number[])[];
  /** Customers that it was fitted on. */
  readonly rows: number;
  /** Sum of squared distances to the centroids, in squared standard deviations. */
  readonly inertia: number;
  /** Rounds of the last refinement; batches count as one. */
  readonly iterations: number;
  readonly engine: 'all-rows' | 'mini-batch';
  readonly profile: readonly CohortProfile[];
  /** Where k was chosen from a range. */
  readonly choice?: KChoice;
}

/** @throws {CohortiumError} NUMERIC_DOMAIN when data or configuration are out of their range */
export function fitKMeans(config: KMeansConfig, data: FeatureColumns, seed: string): KMeansModel {
  const rows = checkFeatures(data);
  const features = data.columns.length;
  const options = readConfig(config, features);
  const rng = makeRng(seed).split('k-means');
  const order = canonicalOrder(data.columns);
  const scale = scaleOf(data.columns);
  const sampled = evenSample(order, options.sampleRows, rng.uniform());
  const sample = rowMajor(data.columns, scale, sampled);

  const choice = typeof config.k === 'number' ? undefined : chooseK(shuffle(sample, features, rng), features, config.k, options, rng);
  const k = choice?.k ?? (typeof config.k === 'number' ? config.k : 1);
  const given = config.start && standardisedRows(config.start, scale);
  const isBatched = rows > options.miniBatchAbove;
  let centroids: Float64Array;
  let iterations: number;
  if (given && !isBatched) {
    ({ centroids, iterations } = refineOnAll(data, scale, order, given, options));
  } else {
    const begun = given
      ? refine(sample, features, given, options.maxIterations, options.tolerance)
      : bestStart(sample, features, k, options, rng.split(`k ${k}`));
    ({ centroids, iterations } = begun);
    if (isBatched) {
      const source = batchSource(data.columns, scale, order);
      const seen = new Float64Array(centroids.length / features);
      for (const own of begun.label) seen[own] = (seen[own] ?? 0) + 1;
      centroids = refineByBatches(source, features, centroids, seen, options.batchRows, rng.split('batches'));
    } else if (sampled.length < rows) {
      ({ centroids, iterations } = refineOnAll(data, scale, order, centroids, options));
    }
  }
  return describe({ data, scale, centroids, iterations, engine: isBatched ? 'mini-batch' : 'all-rows', choice });
}

function refineOnAll({ columns }: FeatureColumns, scale: Scale, order: Uint32Array, start: Float64Array, options: KMeansOptions) {
  return refine(rowMajor(columns, scale, order), columns.length, start, options.maxIterations, options.tolerance);
}

interface Found {
  readonly data: FeatureColumns;
  readonly scale: Scale;
  readonly centroids: Float64Array;
  readonly iterations: number;
  readonly engine: KMeansModel['engine'];
  readonly choice: KChoice | undefined;
}

/** The model with its cohorts in canonical order: by descending size, then by centroid; those without customers left out. */
function describe({ data, scale, centroids, iterations, engine, choice }: Found): KMeansModel {
  const features = data.columns.length;
  const { label, least } = nearestTwo(data.columns, scale, centroids);
  const sizes = new Float64Array(centroids.length / features);
  for (const own of label) sizes[own] = (sizes[own] ?? 0) + 1;
  const centroidOf = (own: number): number[] => Array.from(centroids.subarray(own * features, (own + 1) * features), (value) => value + 0);
  const ranked = [...sizes.keys()]
    .filter((own) => (sizes[own] ?? 0) > 0)
    .sort((one, other) => (sizes[other] ?? 0) - (sizes[one] ?? 0) || compareInTurn(centroidOf(one), centroidOf(other)));
  const rankOf = new Int32Array(sizes.length);
  for (const [rank, own] of ranked.entries()) rankOf[own] = rank;
  return {
    method: 'k-means',
    features: data.names,
    scale,
    centroids: ranked.map(centroidOf),
    rows: label.length,
    inertia: orderFreeSums(least)[0] ?? 0,
    iterations,
    engine,
    profile: profileCohorts(
      data,
      label.map((own) => rankOf[own] ?? 0),
      ranked.length,
      scale,
    ),
    ...(choice && { choice }),
  };
}

/** Standardised features of these rows, a row beside the other. */
function rowMajor(columns: readonly Float64Array[], scale: Scale, rows: Uint32Array): Float64Array {
  const features = columns.length;
  const inverse = inverseScale(scale);
  const points = new Float64Array(rows.length * features);
  for (const [feature, column] of columns.entries()) {
    const mean = scale.mean[feature] ?? 0;
    const factor = inverse[feature] ?? 0;
    for (let index = 0, at = feature; index < rows.length; index++, at += features) {
      points[at] = ((column[rows[index] ?? 0] ?? 0) - mean) * factor;
    }
  }
  return points;
}

function batchSource(columns: readonly Float64Array[], scale: Scale, order: Uint32Array) {
  const inverse = inverseScale(scale);
  return {
    rows: order.length,
    read: (index: number, into: Float64Array, at: number): void => {
      const row = order[index] ?? 0;
      for (let feature = 0; feature < columns.length; feature++) {
        into[at + feature] = ((columns[feature]?.[row] ?? 0) - (scale.mean[feature] ?? 0)) * (inverse[feature] ?? 0);
      }
    },
  };
}

function standardisedRows(start: readonly (readonly number[])[], scale: Scale): Float64Array {
  const inverse = inverseScale(scale);
  return Float64Array.from(
    start.flatMap((row) => row.map((value, feature) => (value - (scale.mean[feature] ?? 0)) * (inverse[feature] ?? 0))),
  );
}

/** The rows in random order, so that the first of them are a sample of equal rows too. */
function shuffle(points: Float64Array, features: number, rng: Rng): Float64Array {
  const draws = rng.split('shuffle');
  const rows = Uint32Array.from({ length: points.length / features }, (_, row) => row);
  for (let last = rows.length - 1; last > 0; last--) {
    const other = draws.integer(last + 1);
    [rows[last], rows[other]] = [rows[other] ?? 0, rows[last] ?? 0];
  }
  const shuffled = new Float64Array(points.length);
  for (const [index, row] of rows.entries()) shuffled.set(points.subarray(row * features, (row + 1) * features), index * features);
  return shuffled;
}

function compareInTurn(one: readonly number[], other: readonly number[]): number {
  const place = one.findIndex((value, index) => value !== other[index]);
  return place < 0 ? 0 : (one[place] ?? 0) - (other[place] ?? 0);
}
