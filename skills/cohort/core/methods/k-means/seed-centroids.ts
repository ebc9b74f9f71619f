/** Where a search begins: rows far from each other, drawn with odds by squared distance. */
import { log, type Rng } from '../../../../sdk/numeric/index.ts';

/**
 * Greedy k-means++: of 2 + ⌊ln k⌋ rows drawn, the one that leaves the least inertia is taken.
 * @param points row-major, rows × features
 * @returns row-major centroids; fewer than k when there are fewer distinct rows
 * @see Arthur & Vassilvitskii (2007), "k-means++: the advantages of careful seeding", section 2.2 and the greedy variant of section 6
 */
export function seedCentroids(points: Float64Array, features: number, k: number, rng: Rng): Float64Array {
  const rows = points.length / features;
  const centroids = new Float64Array(k * features);
  const nearest = new Float64Array(rows).fill(Number.POSITIVE_INFINITY);
  let best = new Float64Array(rows);
  let tried = new Float64Array(rows);
  const first = rng.integer(rows);
  let inertia = distancesWith(points, features, first, nearest, best);
  nearest.set(best);
  copyRow(points, features, first, centroids, 0);
  const candidates = 2 + Math.floor(log(k));
  for (let found = 1; found < k; found++) {
    if (!(inertia > 0)) return centroids.slice(0, found * features);
    let least = Number.POSITIVE_INFINITY;
    let chosen = 0;
    for (let candidate = 0; candidate < candidates; candidate++) {
      const row = draw(nearest, rng.uniform() * inertia);
      const left = distancesWith(points, features, row, nearest, tried);
      if (left < least) {
        least = left;
        chosen = row;
        [best, tried] = [tried, best];
      }
    }
    nearest.set(best);
    inertia = least;
    copyRow(points, features, chosen, centroids, found);
  }
  return centroids;
}

/** Squared distances to the nearest centroid if this row were one too, into `out`. @returns their sum */
function distancesWith(points: Float64Array, features: number, row: number, nearest: Float64Array, out: Float64Array): number {
  const at = row * features;
  let total = 0;
  for (let other = 0, from = 0; other < out.length; other++, from += features) {
    let squared = 0;
    for (let feature = 0; feature < features; feature++) {
      const off = (points[from + feature] ?? 0) - (points[at + feature] ?? 0);
      squared += off * off;
    }
    const known = nearest[other] ?? 0;
    const least = squared < known ? squared : known;
    out[other] = least;
    total += least;
  }
  return total;
}

/** The row at this height of the running total; never one at distance 0. */
function draw(nearest: Float64Array, height: number): number {
  let total = 0;
  let last = 0;
  for (let row = 0; row < nearest.length; row++) {
    const distance = nearest[row] ?? 0;
    if (distance > 0) last = row;
    total += distance;
    if (total > height && distance > 0) return row;
  }
  return last;
}

function copyRow(points: Float64Array, features: number, row: number, into: Float64Array, place: number): void {
  into.set(points.subarray(row * features, (row + 1) * features), place * features);
}
