import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { makeRng, sum } from '../../../sdk/numeric/index.ts';
import {
  grainLattice,
  type Lattice,
  latticeGap,
  makeLattice,
  minTrace,
  oneParent,
  oneParentDraws,
  rollUp,
  shrinkCovariance,
} from './index.ts';

const amount = fc.double({ min: -50, max: 1000, noNaN: true });
const variance = fc.double({ min: 0.01, max: 100, noNaN: true });

/** Cells on 3 × 2 × 2 codes with base forecasts and variances of every node. */
const latticeCase = fc.integer({ min: 1, max: 12 }).chain((cells) => {
  const array = <T>(of: fc.Arbitrary<T>, length: number): fc.Arbitrary<T[]> => fc.array(of, { minLength: length, maxLength: length });
  return fc
    .record({
      location: array(fc.nat(2), cells),
      channel: array(fc.nat(1), cells),
      brand: array(fc.nat(1), cells),
      seed: fc.string(),
    })
    .map(({ seed, ...codes }) => {
      const lattice = grainLattice(codes);
      const rng = makeRng(seed);
      const draw = (length: number, of: () => number): Float64Array => Float64Array.from({ length }, of);
      const nodes = lattice.start.length - 1;
      return {
        lattice,
        base: { nodes: draw(nodes, () => rng.uniform() * 100), cells: draw(cells, () => rng.uniform() * 60 - 20) },
        variances: { nodes: draw(nodes, () => rng.gamma(1) + 0.01), cells: draw(cells, () => rng.gamma(1) + 0.01) },
      };
    });
});

describe('one parent', () => {
  it('spreads the difference in proportion to the variances', () => {
    const { cells, parent } = oneParent([10, 20], [1, 3], 42, 2);
    expect([...cells]).toEqual([12, 26]); // 12 to spread over 2 + 1 + 3
    expect(parent).toBe(38);
  });

  it('has the sum of its cells as parent, and meets a parent that is held', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(amount, variance), { minLength: 1, maxLength: 20 }),
        fc.double({ min: 0, max: 5000, noNaN: true }),
        (rows, parent) => {
          const cells = rows.map(([value]) => value);
          const result = oneParent(
            cells,
            rows.map(([, v]) => v),
            parent,
            0,
          );
          expect(Math.abs(sum(result.cells) - parent)).toBeLessThanOrEqual(1e-9 * Math.max(1, parent));
          expect(Math.min(...result.cells)).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });

  it('is the bounded minimum: no cell could move and lower the weighted squares', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(amount, variance), { minLength: 1, maxLength: 12 }), amount, variance, (rows, parent, v0) => {
        const cells = rows.map(([value]) => value);
        const variances = rows.map(([, v]) => v);
        const result = oneParent(cells, variances, parent, v0);
        const pull = (result.parent - parent) / v0;
        result.cells.forEach((value, cell) => {
          const slope = (value - cells[cell]!) / variances[cell]! + pull;
          const scale = 1e-9 * (1 + Math.abs(pull) + 1000 / variances[cell]!);
          if (value > 0) expect(Math.abs(slope)).toBeLessThanOrEqual(scale);
          else expect(slope).toBeGreaterThanOrEqual(-scale);
        });
      }),
    );
  });

  it('equals MinT over the lattice with one node', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(amount, variance), { minLength: 1, maxLength: 12 }),
        amount,
        variance,
        fc.boolean(),
        (rows, parent, v0, nonNegative) => {
          const cells = rows.map(([value]) => value);
          const variances = rows.map(([, v]) => v);
          const lattice = makeLattice(cells.length, [{ name: 'account', codes: cells.map(() => 0) }]);
          const general = minTrace(lattice, { kind: 'diagonal', nodes: [v0], cells: variances }, { nonNegative });
          const found = general.reconcile({ nodes: [parent], cells });
          const expected = oneParent(cells, variances, parent, v0, { allowNegative: !nonNegative });
          found.cells.forEach((value, cell) => expect(value).toBeCloseTo(expected.cells[cell]!, 7));
        },
      ),
    );
  });

  it('works draw by draw, and every draw adds up', () => {
    const draws = [10, 40, 0].map((parent) => ({ cells: [parent / 2, 7, 1], parent }));
    const found = oneParentDraws(draws, [1, 2, 3], 0);
    found.forEach(({ cells, parent }, draw) => {
      expect(parent).toBeCloseTo(draws[draw]!.parent, 12);
      expect(sum(cells)).toBe(parent);
    });
  });

  it('says what is wrong with bad input', () => {
    expect(() => oneParent([1, Number.NaN], [1, 1], 2, 1)).toThrow(/cell forecast is a finite number; number 1 is NaN/);
    expect(() => oneParent([1, 2], [1, -1], 2, 1)).toThrow(/not negative; number 1 is -1/);
    expect(() => oneParent([1, 2], [1], 2, 1)).toThrow(/for each of 2; found 1/);
    expect(() => oneParent([1, 2], [0, 0], 5, 0)).toThrow(/held at 5.*held at 3/);
    expect(() => oneParent([1, 2], [1, 1], -5, 0)).toThrow(/held at -5/);
    expect(() => oneParent([3, 2], [0, 1], 1, 0)).toThrow(/held at 1/);
    expect([...oneParent([3, 2], [0, 1], 3, 0).cells]).toEqual([3, 0]);
    expect([...oneParent([], [], 3, 1).cells]).toEqual([]);
  });
});

/** (SᵀW⁻¹S)⁻¹SᵀW⁻¹ŷ by elimination with pivots: the formula of the paper, with nothing in common with ours. */
function textbook(lattice: Lattice, precision: (row: number, column: number) => number, y: readonly number[]): number[] {
  const nodes = lattice.start.length - 1;
  const n = lattice.cells;
  const rows = nodes + n;
  const s = (row: number, cell: number): number =>
    row >= nodes ? Number(row - nodes === cell) : Number(lattice.members.slice(lattice.start[row], lattice.start[row + 1]).includes(cell));
  const matrix = Array.from({ length: n }, (_, i) =>
    Array.from({ length: n + 1 }, (_unused, j) => {
      let total = 0;
      for (let a = 0; a < rows; a++) {
        if (s(a, i) === 0) continue;
        for (let b = 0; b < rows; b++) total += precision(a, b) * (j < n ? s(b, j) : y[b]!);
      }
      return total;
    }),
  );
  for (let k = 0; k < n; k++) {
    const pivot = matrix.slice(k).reduce((best, row, at) => (Math.abs(row[k]!) > Math.abs(matrix[best]![k]!) ? k + at : best), k);
    [matrix[k], matrix[pivot]] = [matrix[pivot]!, matrix[k]!];
    for (let i = 0; i < n; i++) {
      if (i === k) continue;
      const factor = matrix[i]![k]! / matrix[k]![k]!;
      for (let j = k; j <= n; j++) matrix[i]![j]! -= factor * matrix[k]![j]!;
    }
  }
  return matrix.map((row, i) => row[n]! / row[i]!);
}

describe('MinT', () => {
  it('equals the formula of the paper with diagonal variances', () => {
    fc.assert(
      fc.property(latticeCase, ({ lattice, base, variances }) => {
        const all = [...variances.nodes, ...variances.cells];
        const expected = textbook(lattice, (a, b) => (a === b ? 1 / all[a]! : 0), [...base.nodes, ...base.cells]);
        const { cells } = minTrace(lattice, { kind: 'diagonal', ...variances }, { nonNegative: false }).reconcile(base);
        cells.forEach((value, cell) => expect(value).toBeCloseTo(expected[cell]!, 6));
      }),
      { numRuns: 40 },
    );
  });

  it('gives the same by conjugate gradients as by elimination', () => {
    fc.assert(
      fc.property(latticeCase, ({ lattice, base, variances }) => {
        const covariance = { kind: 'diagonal', ...variances } as const;
        const dense = minTrace(lattice, covariance).reconcile(base);
        const iterative = minTrace(lattice, covariance, { denseLimit: 0 }).reconcile(base);
        iterative.cells.forEach((value, cell) => expect(value).toBeCloseTo(dense.cells[cell]!, 6));
      }),
      { numRuns: 40 },
    );
  });

  it('makes every roll-up agree to 1e-9 of the account, without negative cells, draw by draw', () => {
    fc.assert(
      fc.property(latticeCase, ({ lattice, base, variances }) => {
        const reconciler = minTrace(lattice, { kind: 'diagonal', ...variances });
        const doubled = { nodes: base.nodes.map((value) => 2 * value), cells: base.cells };
        for (const { nodes, cells } of reconciler.reconcileDraws([base, doubled])) {
          expect(latticeGap(lattice, nodes, cells)).toBeLessThanOrEqual(1e-9);
          expect(Math.min(...cells)).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });

  it('is the bounded minimum over the whole lattice', () => {
    fc.assert(
      fc.property(latticeCase, ({ lattice, base, variances }) => {
        const { nodes, cells } = minTrace(lattice, { kind: 'diagonal', ...variances }).reconcile(base);
        const slope = Float64Array.from(cells, (value, cell) => (value - base.cells[cell]!) / variances.cells[cell]!);
        const scale = Float64Array.from(cells, (_, cell) => 100 / variances.cells[cell]!);
        nodes.forEach((value, node) => {
          for (let at = lattice.start[node]!; at < lattice.start[node + 1]!; at++) {
            slope[lattice.members[at]!]! += (value - base.nodes[node]!) / variances.nodes[node]!;
            scale[lattice.members[at]!]! += 100 / variances.nodes[node]!;
          }
        });
        cells.forEach((value, cell) => {
          if (value > 1e-9) expect(Math.abs(slope[cell]!)).toBeLessThanOrEqual(1e-8 * scale[cell]!);
          else expect(slope[cell]!).toBeGreaterThanOrEqual(-1e-8 * scale[cell]!);
        });
      }),
    );
  });

  it('leaves forecasts that agree already as they are', () => {
    const lattice = grainLattice({ location: [0, 0, 1], channel: [0, 1, 1], brand: [0, 0, 0] });
    const cells = [5, 7, 11];
    const variances = { nodes: rollUp(lattice, [1, 2, 3]), cells: [1, 2, 3] };
    const found = minTrace(lattice, { kind: 'diagonal', ...variances }).reconcile({ nodes: rollUp(lattice, cells), cells });
    found.cells.forEach((value, cell) => expect(value).toBeCloseTo(cells[cell]!, 12));
  });

  it('equals the formula of the paper with a shrunk covariance', () => {
    const lattice = grainLattice({ location: [0, 0, 1, 1], channel: [0, 1, 0, 1], brand: [0, 0, 0, 1] });
    const nodes = lattice.start.length - 1;
    const size = nodes + 4;
    const rng = makeRng('residuals');
    const residuals = Array.from({ length: 6 }, () => {
      const shared = rng.normal();
      return Float64Array.from({ length: size }, () => shared + rng.normal());
    });
    const covariance = shrinkCovariance(residuals);
    expect(covariance.intensity).toBeGreaterThan(0.05);
    expect(covariance.intensity).toBeLessThan(0.95);
    const w = Array.from({ length: size }, (_, i) =>
      Array.from({ length: size }, (_unused, j) => {
        const plain = residuals.reduce((total, period) => total + period[i]! * period[j]!, 0) / residuals.length;
        return i === j ? plain : (1 - covariance.intensity) * plain;
      }),
    );
    const precision = invert(w);
    const base = { nodes: Float64Array.from({ length: nodes }, () => 10 + rng.normal()), cells: Float64Array.from([3, 4, 5, 6]) };
    const expected = textbook(lattice, (a, b) => precision[a]![b]!, [...base.nodes, ...base.cells]);
    const { cells } = minTrace(lattice, { kind: 'shrunk', covariance }, { nonNegative: false }).reconcile(base);
    cells.forEach((value, cell) => expect(value).toBeCloseTo(expected[cell]!, 8));
  });

  it('finds the intensity of Schäfer and Strimmer by their own sum over pairs', () => {
    const rng = makeRng('pairs');
    const residuals = Array.from({ length: 5 }, () => Float64Array.from({ length: 4 }, () => rng.normal()));
    const scale = [0, 1, 2, 3].map((i) => Math.sqrt(residuals.reduce((total, period) => total + period[i]! * period[i]!, 0) / 5));
    let top = 0;
    let bottom = 0;
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < 4; j++) {
        if (i === j) continue;
        const products = residuals.map((period) => (period[i]! * period[j]!) / (scale[i]! * scale[j]!));
        const mean = products.reduce((total, value) => total + value, 0) / 5;
        top += products.reduce((total, value) => total + (value - mean) * (value - mean), 0) / (5 * 4);
        bottom += mean * mean;
      }
    }
    expect(shrinkCovariance(residuals).intensity).toBeCloseTo(Math.min(1, top / bottom), 12);
  });

  it('says what is wrong with bad input', () => {
    const lattice = makeLattice(2, [{ name: 'account', codes: [0, 0] }]);
    const build = (nodes: number[], cells: number[]) => minTrace(lattice, { kind: 'diagonal', nodes, cells });
    expect(() => build([0], [1, 1])).toThrow(/node variance must be above 0/);
    expect(() => build([1], [1])).toThrow(/cell variance for each of 2; found 1/);
    expect(() => build([1], [1, 1]).reconcile({ nodes: [Number.NaN], cells: [1, 1] })).toThrow(/node forecast is a finite number/);
    expect(() => makeLattice(2, [{ name: 'brand', codes: [0] }])).toThrow(/level 'brand' needs a code/);
    expect(() => makeLattice(2, [{ name: 'brand', codes: [0, -1] }])).toThrow(/cell 1 has -1/);
    expect(() => shrinkCovariance([[1, 2]])).toThrow(/2 periods or more; found 1/);
    expect(() =>
      shrinkCovariance([
        [1, 0],
        [2, 0],
      ]),
    ).toThrow(/node 1 has a residual of 0/);
  });
});

function invert(matrix: readonly (readonly number[])[]): number[][] {
  const n = matrix.length;
  const work = matrix.map((row, i) => [...row, ...Array.from({ length: n }, (_, j) => Number(i === j))]);
  for (let k = 0; k < n; k++) {
    const scale = work[k]![k]!;
    work[k] = work[k]!.map((value) => value / scale);
    for (let i = 0; i < n; i++) {
      if (i !== k) work[i] = work[i]!.map((value, j) => value - work[i]![k]! * work[k]![j]!);
    }
  }
  return work.map((row) => row.slice(n));
}
