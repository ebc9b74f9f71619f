/** First prototypes: customers drawn one after another, with chances by their distance to those drawn before. */
import type { Rng } from '../../../../sdk/numeric/index.ts';
import { emptyPrototypes, type MixedRows, type NearestTwo, nearestTwo, type Prototypes } from './mixed-rows.ts';

/**
 * @param size prototypes at most; fewer where fewer rows differ
 * @see Arthur & Vassilvitskii (2007), "k-means++: the advantages of careful seeding", on the distance of k-prototypes
 */
export function drawPrototypes(rows: MixedRows, size: number, gamma: number, rng: Rng): Prototypes {
  const { count, width, depth, numbers, codes } = rows;
  const drawn = emptyPrototypes(size, rows);
  const nearest = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  const found: NearestTwo = { label: 0, least: 0, second: 0, next: 0 };
  let chosen = rng.integer(count);
  for (let prototype = 0; ;) {
    drawn.means.set(numbers.subarray(chosen * width, (chosen + 1) * width), prototype * width);
    drawn.modes.set(codes.subarray(chosen * depth, (chosen + 1) * depth), prototype * depth);
    const own = {
      size: 1,
      means: drawn.means.subarray(prototype * width, (prototype + 1) * width),
      modes: drawn.modes.subarray(prototype * depth, (prototype + 1) * depth),
    };
    prototype += 1;
    if (prototype === size) return drawn;
    let total = 0;
    for (let row = 0; row < count; row++) {
      nearestTwo(rows, row, own, gamma, found);
      if (found.least < (nearest[row] ?? 0)) nearest[row] = found.least;
      total += nearest[row] ?? 0;
    }
    if (!(total > 0)) {
      return { size: prototype, means: drawn.means.slice(0, prototype * width), modes: drawn.modes.slice(0, prototype * depth) };
    }
    let rest = rng.uniform() * total;
    for (let row = 0; row < count && rest >= 0; row++) {
      const distance = nearest[row] ?? 0;
      if (distance === 0) continue;
      chosen = row; // the last one with a chance, should rounding leave a rest
      rest -= distance;
    }
  }
}
