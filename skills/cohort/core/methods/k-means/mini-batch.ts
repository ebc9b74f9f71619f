/** Refinement of centroids by batches of rows, for more rows than can be held twice or walked in every round. */
import type { Rng } from '../../../../sdk/numeric/index.ts';

export interface BatchSource {
  readonly rows: number;
  /** Writes a row's standardised features at this place. */
  readonly read: (row: number, into: Float64Array, at: number) => void;
}

/** Batches of the default size see a million rows. */
const batches = 100;

/**
 * Each batch row draws its nearest centroid to itself by one over the number of rows that the centroid has seen.
 * @param start row-major centroids of a sample
 * @param seen rows that each of them is the mean of
 * @see Sculley (2010), "Web-scale k-means clustering", algorithm 1
 */
export function refineByBatches(
  source: BatchSource,
  features: number,
  start: Float64Array,
  seen: Float64Array,
  batchRows: number,
  rng: Rng,
): Float64Array {
  const centroids = start.slice();
  const counts = seen.slice();
  const batch = new Float64Array(batchRows * features);
  const nearest = new Int32Array(batchRows);
  for (let round = 0; round < batches; round++) {
    for (let row = 0; row < batchRows; row++) source.read(rng.integer(source.rows), batch, row * features);
    for (let row = 0; row < batchRows; row++) nearest[row] = nearestTo(batch, row * features, centroids, features);
    for (let row = 0; row < batchRows; row++) {
      const own = nearest[row] ?? 0;
      const count = (counts[own] ?? 0) + 1;
      counts[own] = count;
      for (let feature = 0; feature < features; feature++) {
        const place = own * features + feature;
        const value = centroids[place] ?? 0;
        centroids[place] = value + ((batch[row * features + feature] ?? 0) - value) / count;
      }
    }
  }
  return centroids;
}

function nearestTo(points: Float64Array, at: number, centroids: Float64Array, features: number): number {
  let nearest = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let from = 0; from < centroids.length; from += features) {
    let squared = 0;
    for (let feature = 0; feature < features; feature++) {
      const off = (points[at + feature] ?? 0) - (centroids[from + feature] ?? 0);
      squared += off * off;
    }
    if (squared < least) {
      least = squared;
      nearest = from / features;
    }
  }
  return nearest;
}
