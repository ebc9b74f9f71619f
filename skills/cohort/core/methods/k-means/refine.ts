/**
 * Lloyd's rounds without most of their distances: for each row an upper bound of the distance to its own centroid and a lower
 * bound of that to any other are kept, and nothing is computed while the first is below the second.
 */

export interface Refined {
  /** Row-major; as many as at the start. */
  readonly centroids: Float64Array;
  /** Centroid of each row. */
  readonly label: Int32Array;
  /** Sum of squared distances to the centroids. */
  readonly inertia: number;
  readonly iterations: number;
}

/**
 * @param points row-major, rows × features
 * @param start row-major centroids, at most as many as distinct rows
 * @param tolerance ends when the squared moves of all centroids sum to no more
 * @see Hamerly (2010), "Making k-means even faster"
 */
export function refine(points: Float64Array, features: number, start: Float64Array, maxIterations: number, tolerance: number): Refined {
  const search = new Search(points, features, start);
  search.assignAll();
  let iterations = 1;
  for (; iterations < maxIterations; iterations++) {
    const moved = search.moveCentroids();
    if (search.fillEmpty()) search.assignAll();
    else if (moved <= tolerance) break;
    else if (search.assignByBounds() === 0) break;
  }
  return search.result(iterations);
}

class Search {
  readonly #points: Float64Array;
  readonly #features: number;
  readonly #k: number;
  readonly #centroids: Float64Array;
  readonly #label: Int32Array;
  readonly #upper: Float64Array;
  readonly #lower: Float64Array;
  /** Sums and counts of the rows of each centroid; kept up to date as rows change over. */
  readonly #sums: Float64Array;
  readonly #counts: Float64Array;
  /** How far each centroid moved in the last round. */
  readonly #moves: Float64Array;

  constructor(points: Float64Array, features: number, start: Float64Array) {
    const rows = points.length / features;
    this.#points = points;
    this.#features = features;
    this.#k = start.length / features;
    this.#centroids = start.slice();
    this.#label = new Int32Array(rows);
    this.#upper = new Float64Array(rows);
    this.#lower = new Float64Array(rows);
    this.#sums = new Float64Array(start.length);
    this.#counts = new Float64Array(this.#k);
    this.#moves = new Float64Array(this.#k);
  }

  /** Every row to its nearest centroid, sums anew. */
  assignAll(): void {
    const label = this.#label;
    for (let row = 0; row < label.length; row++) label[row] = this.#nearest(row, row * this.#features);
    this.#sumAll();
  }

  /** @returns how many rows changed over */
  assignByBounds(): number {
    const [label, upper, lower, points, centroids] = [this.#label, this.#upper, this.#lower, this.#points, this.#centroids];
    const features = this.#features;
    const [farthest, most, second] = twoLargest(this.#moves);
    const half = this.#halfGaps();
    let changed = 0;
    for (let row = 0, at = 0; row < label.length; row++, at += features) {
      const own = label[row] ?? 0;
      let high = (upper[row] ?? 0) + (this.#moves[own] ?? 0);
      const low = (lower[row] ?? 0) - (own === farthest ? second : most);
      lower[row] = low;
      const gap = half[own] ?? 0;
      const bound = gap > low ? gap : low;
      if (high > bound) {
        let squared = 0;
        for (let feature = 0, from = own * features; feature < features; feature++) {
          const off = (points[at + feature] ?? 0) - (centroids[from + feature] ?? 0);
          squared += off * off;
        }
        high = Math.sqrt(squared);
        if (high > bound) {
          const next = this.#nearest(row, at);
          if (next !== own) {
            label[row] = next;
            changed += 1;
            this.#changeOver(at, own, next);
          }
          continue;
        }
      }
      upper[row] = high;
    }
    return changed;
  }

  /** Centroids to the means of their rows. @returns the sum of squared moves */
  moveCentroids(): number {
    const [centroids, sums, features] = [this.#centroids, this.#sums, this.#features];
    let total = 0;
    for (let centroid = 0; centroid < this.#k; centroid++) {
      const count = this.#counts[centroid] ?? 0;
      let squared = 0;
      for (let at = centroid * features; at < (centroid + 1) * features; at++) {
        const mean = count > 0 ? (sums[at] ?? 0) / count : (centroids[at] ?? 0);
        const off = mean - (centroids[at] ?? 0);
        squared += off * off;
        centroids[at] = mean;
      }
      this.#moves[centroid] = Math.sqrt(squared);
      total += squared;
    }
    return total;
  }

  /** A centroid that lost all rows goes to the row farthest from its own. @returns whether there was one */
  fillEmpty(): boolean {
    const empty = [...this.#counts.keys()].filter((centroid) => this.#counts[centroid] === 0);
    for (const centroid of empty) {
      let farthest = 0;
      let most = -1;
      for (let row = 0; row < this.#label.length; row++) {
        const squared = this.#squaredTo(row * this.#features, this.#label[row] ?? 0);
        if (squared > most) [farthest, most] = [row, squared];
      }
      const at = farthest * this.#features;
      this.#centroids.set(this.#points.subarray(at, at + this.#features), centroid * this.#features);
      this.#label[farthest] = centroid;
    }
    return empty.length > 0;
  }

  result(iterations: number): Refined {
    // Sums anew: those kept up to date carry the roundings of every change.
    this.#sumAll();
    this.moveCentroids();
    let inertia = 0;
    for (let row = 0; row < this.#label.length; row++) inertia += this.#squaredTo(row * this.#features, this.#label[row] ?? 0);
    return { centroids: this.#centroids, label: this.#label, inertia, iterations };
  }

  /** The nearest centroid, the first of equals; both bounds of the row become exact. */
  #nearest(row: number, at: number): number {
    const [points, centroids, features] = [this.#points, this.#centroids, this.#features];
    let nearest = 0;
    let least = Number.POSITIVE_INFINITY;
    let next = Number.POSITIVE_INFINITY;
    for (let centroid = 0, from = 0; centroid < this.#k; centroid++, from += features) {
      let squared = 0;
      for (let feature = 0; feature < features; feature++) {
        const off = (points[at + feature] ?? 0) - (centroids[from + feature] ?? 0);
        squared += off * off;
      }
      if (squared < least) {
        next = least;
        least = squared;
        nearest = centroid;
      } else if (squared < next) next = squared;
    }
    this.#upper[row] = Math.sqrt(least);
    this.#lower[row] = Math.sqrt(next);
    return nearest;
  }

  #squaredTo(at: number, centroid: number): number {
    let squared = 0;
    for (let feature = 0, from = centroid * this.#features; feature < this.#features; feature++) {
      const off = (this.#points[at + feature] ?? 0) - (this.#centroids[from + feature] ?? 0);
      squared += off * off;
    }
    return squared;
  }

  #sumAll(): void {
    const [points, sums, counts, label, features] = [this.#points, this.#sums, this.#counts, this.#label, this.#features];
    sums.fill(0);
    counts.fill(0);
    for (let row = 0, at = 0; row < label.length; row++) {
      const own = label[row] ?? 0;
      counts[own] = (counts[own] ?? 0) + 1;
      for (let into = own * features; into < (own + 1) * features; into++, at++) sums[into] = (sums[into] ?? 0) + (points[at] ?? 0);
    }
  }

  #changeOver(at: number, from: number, to: number): void {
    const [points, sums, counts, features] = [this.#points, this.#sums, this.#counts, this.#features];
    counts[from] = (counts[from] ?? 0) - 1;
    counts[to] = (counts[to] ?? 0) + 1;
    for (let feature = 0; feature < features; feature++) {
      const value = points[at + feature] ?? 0;
      sums[from * features + feature] = (sums[from * features + feature] ?? 0) - value;
      sums[to * features + feature] = (sums[to * features + feature] ?? 0) + value;
    }
  }

  /** Half the distance of each centroid to the next one: within it no other centroid can be nearer. */
  #halfGaps(): Float64Array {
    const half = new Float64Array(this.#k).fill(Number.POSITIVE_INFINITY);
    for (let one = 0; one < this.#k; one++) {
      for (let other = one + 1; other < this.#k; other++) {
        let squared = 0;
        for (let feature = 0; feature < this.#features; feature++) {
          const off = (this.#centroids[one * this.#features + feature] ?? 0) - (this.#centroids[other * this.#features + feature] ?? 0);
          squared += off * off;
        }
        const distance = Math.sqrt(squared) / 2;
        half[one] = Math.min(half[one] ?? 0, distance);
        half[other] = Math.min(half[other] ?? 0, distance);
      }
    }
    return half;
  }
}

function twoLargest(values: Float64Array): readonly [place: number, largest: number, second: number] {
  let [place, largest, second] = [0, 0, 0];
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? 0;
    if (value > largest) [place, largest, second] = [index, value, largest];
    else if (value > second) second = value;
  }
  return [place, largest, second];
}
