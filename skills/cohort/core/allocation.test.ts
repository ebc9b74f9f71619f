import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { makeRng, sum } from '../../sdk/numeric/index.ts';
import { fitAllocation } from './allocation.ts';
import { checkCoherence } from './coherence.ts';
import { fitConcentration } from './concentration.ts';
import { combinationValues, dirichletShares, unvisitedShares } from './grain-shares.ts';
import { type CellCounts, type CellGrid, makeGrid } from './grid.ts';
import { placeSampler } from './places.ts';

interface Visit {
  readonly account: number;
  readonly location: string;
  readonly channel: string;
  readonly brand: string;
  readonly baskets: number;
}

function cellsOf(visits: readonly Visit[], accounts: number, limit?: number): { grid: CellGrid; cells: CellCounts } {
  const grid = makeGrid(
    visits.map((visit) => visit.location),
    visits.map((visit) => visit.channel),
    visits.map((visit) => visit.brand),
    limit,
  );
  return {
    grid,
    cells: {
      accounts,
      account: Int32Array.from(visits, (visit) => visit.account),
      combination: grid.ofCell,
      baskets: Float64Array.from(visits, (visit) => visit.baskets),
    },
  };
}

/** Random visits; each account has each cell at most once. */
const visitsArbitrary = fc
  .uniqueArray(
    fc.record({
      account: fc.integer({ min: 0, max: 11 }),
      location: fc.constantFrom('l1', 'l2', 'l3'),
      channel: fc.constantFrom('web', 'shop'),
      brand: fc.constantFrom('a', 'b'),
      baskets: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.double({ min: 0.01, max: 4, noNaN: true })),
    }),
    { minLength: 1, maxLength: 60, selector: (visit) => `${visit.account} ${visit.location} ${visit.channel} ${visit.brand}` },
  )
  .map((visits) => visits.toSorted((one, other) => one.account - other.account));

describe('allocation', () => {
  it('has shares that sum to one for every account, the unvisited ones included', () => {
    fc.assert(
      fc.property(visitsArbitrary, (visits) => {
        const { grid, cells } = cellsOf(visits, 12);
        const shares = dirichletShares(fitAllocation(grid, cells), cells);
        expect(sum(shares.spread)).toBeCloseTo(1, 12);
        const totals = unvisitedShares(shares, cells);
        shares.visited.forEach((share, row) => {
          expect(share).toBeGreaterThan(0);
          totals[cells.account[row] ?? 0]! += share;
        });
        for (const total of totals) expect(Math.abs(total - 1)).toBeLessThan(1e-12);
      }),
      { numRuns: 60 },
    );
  });

  it('makes money add up to 1e-12 of itself', () => {
    fc.assert(
      fc.property(
        visitsArbitrary,
        fc.array(fc.integer({ min: 0, max: 1_000_000_000 }), { minLength: 12, maxLength: 12 }),
        (visits, money) => {
          const { grid, cells } = cellsOf(visits, 12);
          const shares = dirichletShares(fitAllocation(grid, cells), cells);
          const value = Float64Array.from(money);
          const cellValue = shares.visited.map((share, row) => share * (value[cells.account[row] ?? 0] ?? 0));
          const { maxRelativeError, accountTotalMinor, cellTotalMinor } = checkCoherence(shares, cells, value, cellValue);
          expect(maxRelativeError).toBeLessThan(1e-12);
          expect(Math.abs(cellTotalMinor - accountTotalMinor)).toBeLessThanOrEqual(1e-12 * accountTotalMinor);
          expect(Math.min(...combinationValues(shares, cells, value))).toBeGreaterThanOrEqual(0);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('does not depend on the order of the customers', () => {
    fc.assert(
      fc.property(visitsArbitrary, (visits) => {
        const forward = cellsOf(visits, 12);
        const backward = cellsOf(visits.map((visit) => ({ ...visit, account: 11 - visit.account })).reverse(), 12);
        const one = fitAllocation(forward.grid, forward.cells);
        const other = fitAllocation(backward.grid, backward.cells);
        expect(other.concentration.boundary).toBe(one.concentration.boundary);
        // The search for S ends within 1e-7 of the log; sums in another order move it by no more.
        expect(other.concentration.value / one.concentration.value).toBeCloseTo(1, 5);
        one.prior.forEach((share, index) => expect(other.prior[index]).toBeCloseTo(share, 6));
      }),
      { numRuns: 40 },
    );
  });

  it('gives an account without cells the base shares', () => {
    const { grid, cells } = cellsOf([{ account: 0, location: 'l', channel: 'c', brand: 'b', baskets: 3 }], 2);
    expect([...unvisitedShares(dirichletShares(fitAllocation(grid, cells), cells), cells)]).toEqual([0, 1]);
  });

  it('keeps only visited combinations when the grid would be too large', () => {
    const visits = ['1', '2', '3', '4'].map((name, account) => ({ account, location: name, channel: name, brand: name, baskets: 1 }));
    expect(cellsOf(visits, 4).grid).toMatchObject({ isFull: true, location: { length: 64 } });
    const capped = cellsOf(visits, 4, 63);
    expect(capped.grid).toMatchObject({ isFull: false, location: { length: 4 } });
    expect(sum(fitAllocation(capped.grid, capped.cells).prior)).toBeCloseTo(1, 12);
  });
});

describe('the concentration', () => {
  /** Accounts of 8 days over 5 places, true shares from a Dirichlet with that concentration. */
  const simulate = (s: number, seed: string): { totals: number[]; base: number[]; count: number[] } => {
    const rng = makeRng(seed);
    const base = [0.4, 0.3, 0.15, 0.1, 0.05];
    const rows = { totals: [] as number[], base: [] as number[], count: [] as number[] };
    for (let account = 0; account < 2000; account++) {
      const weights = base.map((share) => rng.gamma(s * share));
      const total = sum(weights);
      const counts = base.map(() => 0);
      for (let day = 0; day < 8; day++) {
        let left = rng.uniform() * total;
        const place = weights.findIndex((weight) => (left -= weight) < 0);
        counts[Math.max(0, place)]! += 1;
      }
      rows.totals.push(8);
      counts.forEach((count, index) => {
        if (count > 0) {
          rows.base.push(base[index] ?? 0);
          rows.count.push(count);
        }
      });
    }
    return rows;
  };

  it.each([0.3, 2, 20])('finds S = %f back from simulated accounts', (s) => {
    const found = fitConcentration(simulate(s, `s=${s}`));
    expect(found.boundary).toBe('interior');
    // Standard error of log S is about 0.05 at 2,000 accounts of 8 days, more for large S.
    expect(Math.abs(found.value / s - 1)).toBeLessThan(s > 10 ? 0.3 : 0.15);
  });

  it('says when accounts differ by nothing but chance, and when the data say nothing', () => {
    const same = { totals: [1000, 1000], base: [0.5, 0.5, 0.5, 0.5], count: [500, 500, 500, 500] };
    expect(fitConcentration(same).boundary).toBe('upper');
    expect(fitConcentration({ totals: [1, 1], base: [0.5, 0.5], count: [1, 1] })).toEqual({ value: 1, boundary: 'flat' });
    const own = { totals: [50, 50], base: [0.5, 0.5], count: [50, 50] };
    expect(fitConcentration(own).boundary).toBe('lower');
  });
});

describe('drawn places', () => {
  it('come as often as the posterior shares say', () => {
    const visits = [
      { account: 0, location: 'l1', channel: 'web', brand: 'a', baskets: 3 },
      { account: 0, location: 'l2', channel: 'web', brand: 'a', baskets: 1 },
      { account: 1, location: 'l3', channel: 'web', brand: 'a', baskets: 6 },
    ];
    const { grid, cells } = cellsOf(visits, 2);
    const model = { ...fitAllocation(grid, cells), concentration: { value: 2, boundary: 'interior' as const } };
    const sampler = placeSampler(dirichletShares(model, cells), cells);
    const rng = makeRng('places');
    const counts = new Float64Array(grid.location.length);
    for (let draw = 0; draw < 20_000; draw++) {
      sampler.begin(0);
      for (let purchase = 0; purchase < 3; purchase++) counts[sampler.next(rng)]! += 1 / 60_000;
    }
    const expected = model.prior.map((share) => (2 * share) / 6);
    visits.slice(0, 2).forEach((visit, row) => (expected[cells.combination[row] ?? 0]! += visit.baskets / 6));
    // Purchases of a future depend on each other: standard error below 0.004.
    counts.forEach((count, index) => expect(Math.abs(count - (expected[index] ?? 0))).toBeLessThan(0.015));
  });
});
