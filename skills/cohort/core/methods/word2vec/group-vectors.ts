/** K-means for customers in an embedding: a few starts, plain rounds, on at most as many rows as settle the centres. */
import type { Rng } from '../../../../sdk/numeric/index.ts';

const starts = 8;
/** Rows that the starts are compared on. */
const rowsOfStarts = 2000;
/** Candidates for each further centre of a start. */
const candidates = 4;
const mostRounds = 50;
/** Centres of more rows than this differ by less than from seed to seed. */
export const mostRows = 20_000;

/**
 * @param vectors row after row, the order as good as random
 * @returns centres, one after another; fewer than asked for where fewer rows are distinct
 * @see Arthur & Vassilvitskii (2007), "k-means++: the advantages of careful seeding"; with several candidates for each centre
 */
export function groupVectors(vectors: Float64Array, dimensions: number, groups: number, rng: Rng): Float64Array {
  const rows = vectors.length / dimensions;
  // Rows of few distinct vectors could otherwise lack some of them.
  const few = rows > rowsOfStarts && groups <= rowsOfStarts / 20 ? vectors.subarray(0, rowsOfStarts * dimensions) : vectors;
  let best: Float64Array = new Float64Array(0);
  let least = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < starts; attempt++) {
    const centres = chooseCentres(few, dimensions, groups, rng);
    const inertia = moveCentres(few, dimensions, centres);
    if (centres.length > best.length || (centres.length === best.length && inertia < least)) [best, least] = [centres, inertia];
  }
  if (few.length < vectors.length) moveCentres(vectors, dimensions, best);
  return best;
}

/** The centre nearest to a row and the squared distances to it and to the next one; the first of equal ones. */
export interface Nearest {
  centre: number;
  first: number;
  second: number;
}

export function findNearest(vectors: Float64Array, base: number, dimensions: number, centres: Float64Array, found: Nearest): void {
  found.centre = -1;
  found.first = Number.POSITIVE_INFINITY;
  found.second = Number.POSITIVE_INFINITY;
  for (let centre = 0, from = 0; from < centres.length; centre++, from += dimensions) {
    const squared = squaredDistance(vectors, base, centres, from, dimensions);
    if (squared < found.first) {
      found.second = found.first;
      found.first = squared;
      found.centre = centre;
    } else if (squared < found.second) found.second = squared;
  }
}

function squaredDistance(a: Float64Array, fromA: number, b: Float64Array, fromB: number, dimensions: number): number {
  let squared = 0;
  for (let place = 0; place < dimensions; place++) {
    const difference = (a[fromA + place] ?? 0) - (b[fromB + place] ?? 0);
    squared += difference * difference;
  }
  return squared;
}

/** Rows far from the centres chosen so far are likely to be the next; of a few such, the one that leaves least. */
function chooseCentres(vectors: Float64Array, dimensions: number, groups: number, rng: Rng): Float64Array {
  const rows = vectors.length / dimensions;
  const chosen: number[] = [];
  let distance: Float64Array = new Float64Array(rows).fill(1);
  let isFirst = true;
  while (chosen.length < groups) {
    const total = distance.reduce((sum, value) => sum + value, 0);
    if (!(total > 0)) break;
    let [best, least, left]: [number, number, Float64Array] = [0, Number.POSITIVE_INFINITY, distance];
    for (let candidate = 0; candidate < (isFirst ? 1 : candidates); candidate++) {
      const row = drawRow(distance, rng.uniform() * total);
      const next = new Float64Array(rows);
      let remaining = 0;
      for (let at = 0; at < rows; at++) {
        const squared = squaredDistance(vectors, at * dimensions, vectors, row * dimensions, dimensions);
        const kept = isFirst ? squared : Math.min(distance[at] ?? 0, squared);
        next[at] = kept;
        remaining += kept;
      }
      if (remaining < least) [best, least, left] = [row, remaining, next];
    }
    chosen.push(best);
    distance = left;
    isFirst = false;
  }
  const centres = new Float64Array(chosen.length * dimensions);
  chosen.forEach((row, index) => centres.set(vectors.subarray(row * dimensions, (row + 1) * dimensions), index * dimensions));
  return centres;
}

/** The row in whose part of the total a point falls; never one of weight 0. */
function drawRow(weights: Float64Array, point: number): number {
  let left = point;
  let row = 0;
  for (let at = 0; at < weights.length; at++) {
    const weight = weights[at] ?? 0;
    if (!(weight > 0)) continue;
    row = at;
    left -= weight;
    if (left < 0) break;
  }
  return row;
}

/** Lloyd's rounds until no row moves. @returns sum of squared distances */
function moveCentres(vectors: Float64Array, dimensions: number, centres: Float64Array): number {
  const rows = vectors.length / dimensions;
  const label = new Int32Array(rows).fill(-1);
  const sizes = new Float64Array(centres.length / dimensions);
  const found: Nearest = { centre: -1, first: 0, second: 0 };
  let inertia = 0;
  for (let round = 0; round < mostRounds; round++) {
    let moved = 0;
    inertia = 0;
    for (let row = 0; row < rows; row++) {
      findNearest(vectors, row * dimensions, dimensions, centres, found);
      if (found.centre !== label[row]) moved += 1;
      label[row] = found.centre;
      inertia += found.first;
    }
    if (moved === 0) break;
    const sums = new Float64Array(centres.length);
    sizes.fill(0);
    label.forEach((centre, row) => {
      sizes[centre] = (sizes[centre] ?? 0) + 1;
      for (let place = 0; place < dimensions; place++) {
        const at = centre * dimensions + place;
        sums[at] = (sums[at] ?? 0) + (vectors[row * dimensions + place] ?? 0);
      }
    });
    // A centre that lost all of its rows stays where it is.
    for (let at = 0; at < sums.length; at++) {
      const size = sizes[Math.floor(at / dimensions)] ?? 0;
      if (size > 0) centres[at] = (sums[at] ?? 0) / size;
    }
  }
  return inertia;
}
