/** Each component has its own covariance matrix: cohorts of any tilt and length. */
import { factorCholesky, log } from '../../../../sdk/numeric/index.ts';
import {
  blockRows,
  type CovarianceShape,
  type DensityTerms,
  halfLogTwoPi,
  listMembers,
  type MixtureSums,
  type RowBlock,
  singular,
} from './covariance-shape.ts';
import { invertLower } from './invert-lower.ts';

const offsets = new Int32Array(blockRows);
const shares = new Float64Array(blockRows);

export const fullCovariance: CovarianceShape = {
  title: 'full',
  freeNumbers: (size, width) => (size * width * (width + 1)) / 2,
  secondNumbers: (size, width) => (size * width * (width + 1)) / 2,

  prepare: ({ size, width, weights, means, covariances }) => {
    const triangle = (width * (width + 1)) / 2;
    const terms = {
      constants: new Float64Array(size),
      factors: new Float64Array(size * triangle),
      shifts: new Float64Array(size * width),
    };
    for (let component = 0; component < size; component++) {
      const lower = factorCholesky(covariances.subarray(component * width * width, (component + 1) * width * width), width);
      if (!lower) throw singular(component);
      const inverse = invertLower(lower, width);
      terms.factors.set(inverse, component * triangle);
      let constant = log(weights[component] ?? 0) - width * halfLogTwoPi;
      for (let row = 0, at = 0; row < width; row++) {
        let shift = 0;
        for (let column = 0; column <= row; column++, at++) shift += (inverse[at] ?? 0) * (means[component * width + column] ?? 0);
        terms.shifts[component * width + row] = shift;
        constant -= log(lower[row * width + row] ?? 1);
      }
      terms.constants[component] = constant;
    }
    return terms;
  },

  densities: ({ constants, factors, shifts }: DensityTerms, { rows, width, from, count }: RowBlock, into) => {
    const size = constants.length;
    const triangle = (width * (width + 1)) / 2;
    const last = count - 1;
    for (let component = 0; component < size; component++) {
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
        let at = component * triangle;
        for (let j = 0; j < width; j++) {
          const shift = shifts[component * width + j] ?? 0;
          let y0 = -shift;
          let y1 = -shift;
          let y2 = -shift;
          let y3 = -shift;
          for (let i = 0; i <= j; i++, at++) {
            const factor = factors[at] ?? 0;
            y0 += factor * (rows[at0 + i] ?? 0);
            y1 += factor * (rows[at1 + i] ?? 0);
            y2 += factor * (rows[at2 + i] ?? 0);
            y3 += factor * (rows[at3 + i] ?? 0);
          }
          square0 += y0 * y0;
          square1 += y1 * y1;
          square2 += y2 * y2;
          square3 += y3 * y3;
        }
        into[base + row3] = constant - 0.5 * square3;
        into[base + row2] = constant - 0.5 * square2;
        into[base + row1] = constant - 0.5 * square1;
        into[base + row] = constant - 0.5 * square0;
      }
    }
  },

  accumulate: (posteriors, block, { counts, first, second }: MixtureSums) => {
    const { rows, width } = block;
    const triangle = (width * (width + 1)) / 2;
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
        let at = component * triangle;
        for (let j = 0; j < width; j++) {
          const x0 = share0 * (rows[at0 + j] ?? 0);
          const x1 = share1 * (rows[at1 + j] ?? 0);
          const x2 = share2 * (rows[at2 + j] ?? 0);
          const x3 = share3 * (rows[at3 + j] ?? 0);
          first[component * width + j] = (first[component * width + j] ?? 0) + (x0 + x1 + (x2 + x3));
          for (let i = 0; i <= j; i++, at++) {
            second[at] =
              (second[at] ?? 0) +
              (x0 * (rows[at0 + i] ?? 0) + x1 * (rows[at1 + i] ?? 0) + (x2 * (rows[at2 + i] ?? 0) + x3 * (rows[at3 + i] ?? 0)));
          }
        }
      }
      counts[component] = (counts[component] ?? 0) + total;
    }
  },

  estimate: ({ second }, means, counts, _rows, floor) => {
    const size = counts.length;
    const width = means.length / size;
    const covariances = new Float64Array(size * width * width);
    let at = 0;
    for (let component = 0; component < size; component++) {
      const base = component * width * width;
      for (let j = 0; j < width; j++) {
        for (let i = 0; i <= j; i++, at++) {
          const value =
            (second[at] ?? 0) / (counts[component] ?? 1) - (means[component * width + i] ?? 0) * (means[component * width + j] ?? 0);
          covariances[base + j * width + i] = value;
          covariances[base + i * width + j] = value;
        }
        const own = base + j * width + j;
        // Rounding can leave a variance of nothing slightly below it.
        covariances[own] = Math.max(covariances[own] ?? 0, 0) + floor;
      }
    }
    return covariances;
  },
};
