/** All components share one covariance matrix: cohorts of one form at different places. */
import { factorCholesky, log } from '../../../../sdk/numeric/index.ts';
import { blockRows, type CovarianceShape, halfLogTwoPi, listMembers, singular } from './covariance-shape.ts';
import { invertLower } from './invert-lower.ts';

const offsets = new Int32Array(blockRows);
const shares = new Float64Array(blockRows);

export const tiedCovariance: CovarianceShape = {
  title: 'tied',
  freeNumbers: (_size, width) => (width * (width + 1)) / 2,
  secondNumbers: (_size, width) => (width * (width + 1)) / 2,

  prepare: ({ size, width, weights, means, covariances }) => {
    const lower = factorCholesky(covariances, width);
    if (!lower) throw singular(0);
    const factors = invertLower(lower, width);
    let shared = -width * halfLogTwoPi;
    for (let row = 0; row < width; row++) shared -= log(lower[row * width + row] ?? 1);
    const shifts = new Float64Array(size * width);
    for (let component = 0; component < size; component++) {
      for (let row = 0, at = 0; row < width; row++) {
        let shift = 0;
        for (let column = 0; column <= row; column++, at++) shift += (factors[at] ?? 0) * (means[component * width + column] ?? 0);
        shifts[component * width + row] = shift;
      }
    }
    return { constants: weights.map((weight) => log(weight) + shared), factors, shifts };
  },

  densities: ({ constants, factors, shifts }, { rows, width, from, count }, into) => {
    const turned = new Float64Array(width);
    for (let row = 0; row < count; row++) {
      const start = (from + row) * width;
      for (let j = 0, at = 0; j < width; j++) {
        let y = 0;
        for (let i = 0; i <= j; i++, at++) y += (factors[at] ?? 0) * (rows[start + i] ?? 0);
        turned[j] = y;
      }
      for (let component = 0, at = 0; component < constants.length; component++) {
        let square = 0;
        for (let j = 0; j < width; j++, at++) {
          const gap = (turned[j] ?? 0) - (shifts[at] ?? 0);
          square += gap * gap;
        }
        into[component * blockRows + row] = (constants[component] ?? 0) - 0.5 * square;
      }
    }
  },

  accumulate: (posteriors, block, { counts, first, second }) => {
    const { rows, width, from, count } = block;
    for (let component = 0; component < counts.length; component++) {
      const members = listMembers(posteriors, component, block, offsets, shares);
      let total = 0;
      for (let member = 0; member < members; member++) {
        const share = shares[member] ?? 0;
        total += share;
        for (let feature = 0, at = offsets[member] ?? 0, to = component * width; feature < width; feature++, at++, to++) {
          first[to] = (first[to] ?? 0) + share * (rows[at] ?? 0);
        }
      }
      counts[component] = (counts[component] ?? 0) + total;
    }
    for (let row = from; row < from + count; row++) {
      for (let j = 0, at = 0; j < width; j++) {
        const value = rows[row * width + j] ?? 0;
        for (let i = 0; i <= j; i++, at++) second[at] = (second[at] ?? 0) + value * (rows[row * width + i] ?? 0);
      }
    }
  },

  estimate: ({ second }, means, counts, rows, floor) => {
    const width = means.length / counts.length;
    const covariance = new Float64Array(width * width);
    for (let j = 0, at = 0; j < width; j++) {
      for (let i = 0; i <= j; i++, at++) {
        let between = 0;
        counts.forEach((count, component) => {
          between += count * (means[component * width + i] ?? 0) * (means[component * width + j] ?? 0);
        });
        const value = ((second[at] ?? 0) - between) / rows;
        covariance[j * width + i] = value;
        covariance[i * width + j] = value;
      }
      // Rounding can leave a variance of nothing slightly below it.
      covariance[j * width + j] = Math.max(covariance[j * width + j] ?? 0, 0) + floor;
    }
    return covariance;
  },
};
