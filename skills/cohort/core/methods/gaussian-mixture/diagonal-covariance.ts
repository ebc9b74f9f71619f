/** Each component has its own variance per feature, and no correlations: cheaper, and needs fewer customers per cohort. */
import { log } from '../../../../sdk/numeric/index.ts';
import { blockRows, type CovarianceShape, halfLogTwoPi, listMembers, singular } from './covariance-shape.ts';

const offsets = new Int32Array(blockRows);
const shares = new Float64Array(blockRows);

export const diagonalCovariance: CovarianceShape = {
  title: 'diagonal',
  freeNumbers: (size, width) => size * width,
  secondNumbers: (size, width) => size * width,

  prepare: ({ size, width, weights, means, covariances }) => {
    const factors = new Float64Array(size * width);
    const shifts = new Float64Array(size * width);
    const constants = Float64Array.from({ length: size }, (_, component) => {
      let constant = log(weights[component] ?? 0) - width * halfLogTwoPi;
      for (let at = component * width; at < (component + 1) * width; at++) {
        const variance = covariances[at] ?? 0;
        if (!(variance > 0)) throw singular(component);
        const deviation = Math.sqrt(variance);
        factors[at] = 1 / deviation;
        shifts[at] = (means[at] ?? 0) / deviation;
        constant -= log(deviation);
      }
      return constant;
    });
    return { constants, factors, shifts };
  },

  densities: ({ constants, factors, shifts }, { rows, width, from, count }, into) => {
    const last = count - 1;
    for (let component = 0; component < constants.length; component++) {
      const constant = constants[component] ?? 0;
      const base = component * blockRows;
      // Four rows at a time, so that the additions of one do not wait for each other; beyond the last row its values again.
      for (let row = 0; row < count; row += 4) {
        const row1 = row + 1 < last ? row + 1 : last;
        const row2 = row + 2 < last ? row + 2 : last;
        const row3 = row + 3 < last ? row + 3 : last;
        const at0 = (from + row) * width;
        const at1 = (from + row1) * width;
        const at2 = (from + row2) * width;
        const at3 = (from + row3) * width;
        let square0 = 0;
        let square1 = 0;
        let square2 = 0;
        let square3 = 0;
        for (let feature = 0, at = component * width; feature < width; feature++, at++) {
          const factor = factors[at] ?? 0;
          const shift = shifts[at] ?? 0;
          const gap0 = (rows[at0 + feature] ?? 0) * factor - shift;
          const gap1 = (rows[at1 + feature] ?? 0) * factor - shift;
          const gap2 = (rows[at2 + feature] ?? 0) * factor - shift;
          const gap3 = (rows[at3 + feature] ?? 0) * factor - shift;
          square0 += gap0 * gap0;
          square1 += gap1 * gap1;
          square2 += gap2 * gap2;
          square3 += gap3 * gap3;
        }
        into[base + row3] = constant - 0.5 * square3;
        into[base + row2] = constant - 0.5 * square2;
        into[base + row1] = constant - 0.5 * square1;
        into[base + row] = constant - 0.5 * square0;
      }
    }
  },

  accumulate: (posteriors, block, { counts, first, second }) => {
    const { rows, width } = block;
    for (let component = 0; component < counts.length; component++) {
      const members = listMembers(posteriors, component, block, offsets, shares);
      let total = 0;
      for (let member = 0; member < members; member += 4) {
        const at0 = offsets[member] ?? 0;
        const at1 = offsets[member + 1] ?? 0;
        const at2 = offsets[member + 2] ?? 0;
        const at3 = offsets[member + 3] ?? 0;
        const share0 = shares[member] ?? 0;
        const share1 = shares[member + 1] ?? 0;
        const share2 = shares[member + 2] ?? 0;
        const share3 = shares[member + 3] ?? 0;
        total += share0 + share1 + (share2 + share3);
        for (let feature = 0, to = component * width; feature < width; feature++, to++) {
          const value0 = rows[at0 + feature] ?? 0;
          const value1 = rows[at1 + feature] ?? 0;
          const value2 = rows[at2 + feature] ?? 0;
          const value3 = rows[at3 + feature] ?? 0;
          const x0 = share0 * value0;
          const x1 = share1 * value1;
          const x2 = share2 * value2;
          const x3 = share3 * value3;
          first[to] = (first[to] ?? 0) + (x0 + x1 + (x2 + x3));
          second[to] = (second[to] ?? 0) + (x0 * value0 + x1 * value1 + (x2 * value2 + x3 * value3));
        }
      }
      counts[component] = (counts[component] ?? 0) + total;
    }
  },

  estimate: ({ second }, means, counts, _rows, floor) => {
    const width = means.length / counts.length;
    return second.map((value, at) => {
      const mean = means[at] ?? 0;
      // Rounding can leave a variance of nothing slightly below it.
      return Math.max(value / (counts[Math.floor(at / width)] ?? 1) - mean * mean, 0) + floor;
    });
  },
};
