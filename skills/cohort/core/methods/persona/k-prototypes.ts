/**
 * k-prototypes: rows go to the nearest prototype, prototypes become the means and most frequent values of their rows, until no row
 * moves.
 * @see Huang (1998), "Extensions to the k-means algorithm for clustering large data sets with categorical values"
 */
import { emptyPrototypes, type MixedRows, type NearestTwo, nearestTwo, type Prototypes } from './mixed-rows.ts';

export interface Partition {
  readonly prototypes: Prototypes;
  readonly label: Int32Array;
  /** Sum of distances to the prototypes that rows were last compared with. */
  readonly cost: number;
  readonly iterations: number;
  readonly converged: boolean;
}

/** @param values how many values each category has */
export function partition(rows: MixedRows, values: readonly number[], start: Prototypes, gamma: number, maxIterations: number): Partition {
  const { count } = rows;
  const label = new Int32Array(count).fill(-1);
  const distance = new Float64Array(count);
  const found: NearestTwo = { label: 0, least: 0, second: 0, next: 0 };
  let prototypes = start;
  for (let iterations = 1; ; iterations++) {
    let moved = 0;
    let cost = 0;
    for (let row = 0; row < count; row++) {
      nearestTwo(rows, row, prototypes, gamma, found);
      if (label[row] !== found.label) moved += 1;
      label[row] = found.label;
      distance[row] = found.least;
      cost += found.least;
    }
    if (moved === 0 || iterations === maxIterations) return { prototypes, label, cost, iterations, converged: moved === 0 };
    prototypes = moveTo(rows, values, prototypes, label, distance);
  }
}

/** Means and most frequent values; a prototype without rows takes the row that is farthest from its own. */
function moveTo(rows: MixedRows, values: readonly number[], before: Prototypes, label: Int32Array, distance: Float64Array): Prototypes {
  const { count, width, depth, numbers, codes } = rows;
  const { size } = before;
  const after = emptyPrototypes(size, rows);
  const sizes = new Int32Array(size);
  const starts: number[] = [];
  let room = 0;
  for (const kinds of values) {
    starts.push(room);
    room += kinds * size;
  }
  const counts = new Int32Array(room);
  for (let row = 0; row < count; row++) {
    const own = label[row] ?? 0;
    sizes[own] = (sizes[own] ?? 0) + 1;
    for (let at = 0; at < width; at++)
      after.means[own * width + at] = (after.means[own * width + at] ?? 0) + (numbers[row * width + at] ?? 0);
    for (let at = 0; at < depth; at++) {
      const code = codes[row * depth + at] ?? -1;
      const cell = (starts[at] ?? 0) + own * (values[at] ?? 0) + code;
      if (code >= 0) counts[cell] = (counts[cell] ?? 0) + 1;
    }
  }
  for (let prototype = 0; prototype < size; prototype++) {
    const members = sizes[prototype] ?? 0;
    if (members === 0) {
      const farthest = farthestOf(distance);
      distance[farthest] = 0; // so that the next one takes another
      after.means.set(numbers.subarray(farthest * width, (farthest + 1) * width), prototype * width);
      after.modes.set(codes.subarray(farthest * depth, (farthest + 1) * depth), prototype * depth);
      continue;
    }
    for (let at = prototype * width; at < (prototype + 1) * width; at++) after.means[at] = (after.means[at] ?? 0) / members;
    for (let at = 0; at < depth; at++) {
      const kinds = values[at] ?? 0;
      const base = (starts[at] ?? 0) + prototype * kinds;
      let best = -1;
      let most = 0;
      for (let code = 0; code < kinds; code++) {
        if ((counts[base + code] ?? 0) > most) {
          most = counts[base + code] ?? 0;
          best = code;
        }
      }
      after.modes[prototype * depth + at] = best;
    }
  }
  return after;
}

function farthestOf(distance: Float64Array): number {
  let farthest = 0;
  for (let row = 1; row < distance.length; row++) if ((distance[row] ?? 0) > (distance[farthest] ?? 0)) farthest = row;
  return farthest;
}
