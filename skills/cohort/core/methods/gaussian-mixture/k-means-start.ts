/** Starts for a mixture: centres spread out by chance, a few rounds of k-means, and the normal distributions of the groups found. */
import type { Rng } from '../../../../sdk/numeric/index.ts';
import { blockRows, type CovarianceShape, type Mixture } from './covariance-shape.ts';
import { emptySums, estimate } from './maximize.ts';

const rounds = 10;

/**
 * @param rows row-major, at least one
 * @param size components at most; fewer where fewer rows differ
 * @see Arthur & Vassilvitskii (2007), "k-means++: the advantages of careful seeding"
 */
export function startFromKMeans(shape: CovarianceShape, rows: Float64Array, width: number, size: number, rng: Rng, floor: number): Mixture {
  const labels = groupRows(rows, width, spreadCentres(rows, width, size, rng));
  const sums = emptySums(shape, labels.centres.length / width, width);
  const values = new Float64Array(sums.counts.length * blockRows);
  const count = rows.length / width;
  for (let from = 0; from < count; from += blockRows) {
    const block = { rows, width, from, count: Math.min(blockRows, count - from) };
    values.fill(0);
    for (let row = 0; row < block.count; row++) values[(labels.labels[from + row] ?? 0) * blockRows + row] = 1;
    shape.accumulate(values, block, sums);
  }
  return estimate(shape, sums, count, floor);
}

/** Rows drawn one after another with chances by their squared distance to those drawn before. */
function spreadCentres(rows: Float64Array, width: number, size: number, rng: Rng): Float64Array {
  const count = rows.length / width;
  const centres = new Float64Array(size * width);
  const nearest = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  let chosen = rng.integer(count);
  for (let centre = 0; ;) {
    centres.set(rows.subarray(chosen * width, (chosen + 1) * width), centre * width);
    centre += 1;
    if (centre === size) return centres;
    let total = 0;
    for (let row = 0; row < count; row++) {
      const square = squaredDistance(rows, row * width, centres, (centre - 1) * width, width);
      if (square < (nearest[row] ?? 0)) nearest[row] = square;
      total += nearest[row] ?? 0;
    }
    if (!(total > 0)) return centres.subarray(0, centre * width);
    let rest = rng.uniform() * total;
    chosen = -1;
    for (let row = 0; row < count && rest >= 0; row++) {
      const square = nearest[row] ?? 0;
      if (square === 0) continue;
      chosen = row; // the last one with a chance, should rounding leave a rest
      rest -= square;
    }
  }
}

/** @see Lloyd (1982), "Least squares quantization in PCM" */
function groupRows(
  rows: Float64Array,
  width: number,
  start: Float64Array,
): { readonly labels: Int32Array; readonly centres: Float64Array } {
  const count = rows.length / width;
  const size = start.length / width;
  const labels = new Int32Array(count);
  const centres = Float64Array.from(start);
  for (let round = 0; ; round++) {
    const sums = new Float64Array(size * width);
    const counts = new Int32Array(size);
    let moved = 0;
    for (let row = 0; row < count; row++) {
      let least = Number.POSITIVE_INFINITY;
      let label = 0;
      for (let centre = 0; centre < size; centre++) {
        const square = squaredDistance(rows, row * width, centres, centre * width, width);
        if (square < least) {
          least = square;
          label = centre;
        }
      }
      if (labels[row] !== label) moved += 1;
      labels[row] = label;
      counts[label] = (counts[label] ?? 0) + 1;
      for (let feature = 0; feature < width; feature++) {
        const at = label * width + feature;
        sums[at] = (sums[at] ?? 0) + (rows[row * width + feature] ?? 0);
      }
    }
    if (moved === 0 || round === rounds) return { labels, centres };
    for (let at = 0; at < sums.length; at++) {
      const members = counts[Math.floor(at / width)] ?? 0;
      if (members > 0) centres[at] = (sums[at] ?? 0) / members;
    }
  }
}

function squaredDistance(one: Float64Array, oneAt: number, other: Float64Array, otherAt: number, width: number): number {
  let square = 0;
  for (let feature = 0; feature < width; feature++) {
    const gap = (one[oneAt + feature] ?? 0) - (other[otherAt + feature] ?? 0);
    square += gap * gap;
  }
  return square;
}
