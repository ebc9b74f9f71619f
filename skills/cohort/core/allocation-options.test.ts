import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { log, makeRng, type Rng, sum } from '../../sdk/numeric/index.ts';
import { agedCounts, chooseHalfLife } from './age-weights.ts';
import { fitAllocation } from './allocation.ts';
import { combinationValues, dirichletShares, unvisitedShares } from './grain-shares.ts';
import { type CellGrid, makeGrid } from './grid.ts';
import { grainLattice, latticeGap, rollUp } from './reconcile/index.ts';
import { splitDays } from './split-days.ts';

/** The full grid of l locations, c channels, b brands. */
function fullGrid(l: number, c: number, b: number): CellGrid {
  const names = (prefix: string, size: number): string[] => Array.from({ length: size }, (_, index) => `${prefix}${index}`);
  const all = names('l', l).flatMap((location) =>
    names('c', c).flatMap((channel) => names('b', b).map((brand) => ({ location, channel, brand }))),
  );
  return makeGrid(
    all.map(({ location }) => location),
    all.map(({ channel }) => channel),
    all.map(({ brand }) => brand),
  );
}

function draw(rng: Rng, shares: ArrayLike<number>): number {
  let left = rng.uniform() * sum(shares);
  for (let index = 0; index < shares.length; index++) if ((left -= shares[index] ?? 0) < 0) return index;
  return shares.length - 1;
}

const lines = fc.array(
  fc.record({
    account: fc.nat(5),
    day: fc.nat(20),
    combination: fc.nat(11),
    money: fc.integer({ min: -50, max: 1000 }),
  }),
  { minLength: 1, maxLength: 50 },
);

const linesOf = (rows: readonly { account: number; day: number; combination: number; money: number }[]) => ({
  accounts: 6,
  account: rows.map(({ account }) => account),
  day: rows.map(({ day }) => day),
  combination: rows.map(({ combination }) => combination),
  money: rows.map(({ money }) => money),
});

describe('split days', () => {
  it('conserve days over locations and channels and money over every roll-up, to 1e-9 of the account', () => {
    const grid = fullGrid(3, 2, 2);
    fc.assert(
      fc.property(lines, (rows) => {
        const split = splitDays(linesOf(rows));
        for (let account = 0; account < 6; account++) {
          const own = rows.filter((row) => row.account === account);
          const at = [...split.account.keys()].filter((row) => split.account[row] === account);
          const days = new Set(own.map(({ day }) => day)).size;
          const codes = (column: Int32Array): number[] => at.map((row) => column[split.combination[row]!]!);
          const lattice = grainLattice({ location: codes(grid.location), channel: codes(grid.channel), brand: codes(grid.brand) });
          for (const [column, total] of [
            [split.baskets, days],
            [split.money, sum(own.map(({ money }) => money))],
          ] as const) {
            const cells = at.map((row) => column[row]!);
            const nodes = rollUp(lattice, cells);
            const scale = Math.max(1, sum(cells.map(Math.abs)));
            lattice.level.forEach((level, node) => {
              if (level === 'account') expect(Math.abs(nodes[node]! - total)).toBeLessThanOrEqual(1e-9 * scale);
            });
            for (const level of ['location', 'channel', 'brand', 'location-channel', 'location-brand', 'channel-brand']) {
              const part = sum([...nodes].filter((_, node) => lattice.level[node] === level));
              expect(Math.abs(part - (own.length > 0 ? total : 0))).toBeLessThanOrEqual(1e-9 * scale);
            }
          }
        }
      }),
    );
  });

  it('split a basket of two brands by their value', () => {
    const split = splitDays(
      linesOf([
        { account: 0, day: 1, combination: 0, money: 300 },
        { account: 0, day: 1, combination: 1, money: 100 },
        { account: 0, day: 2, combination: 1, money: 0 },
        { account: 0, day: 2, combination: 2, money: -5 },
      ]),
    );
    expect([...split.baskets]).toEqual([0.75, 0.25, 0.5, 0.5]);
  });

  it('say what is wrong with bad input', () => {
    const good = linesOf([{ account: 0, day: 1, combination: 0, money: 1 }]);
    expect(() => splitDays({ ...good, day: [] })).toThrow(/found account 1, day 0/);
    expect(() => splitDays({ ...good, account: [6] })).toThrow(/account 6/);
    expect(() => splitDays({ ...good, money: [Number.NaN] })).toThrow(/money NaN/);
  });
});

describe('values by allocation', () => {
  it('agree over every roll-up of the lattice to 1e-9 of the account, with effects and fading days too', () => {
    const grid = fullGrid(3, 2, 2);
    fc.assert(
      fc.property(lines, fc.constantFrom('product' as const, 'effects' as const), fc.constantFrom(null, 5), (rows, prior, halfLife) => {
        const cells = agedCounts(splitDays(linesOf(rows)), 20, halfLife);
        const grainShares = dirichletShares(fitAllocation(grid, cells, { prior }), cells);
        expect(sum(grainShares.spread)).toBeCloseTo(1, 12);
        const value = Float64Array.from({ length: 6 }, (_, account) => 1000 * (account + 1));
        const combinations = combinationValues(grainShares, cells, value);
        const lattice = grainLattice(grid);
        expect(latticeGap(lattice, rollUp(lattice, combinations), combinations)).toBeLessThan(1e-9);
        expect(Math.abs(sum(combinations) / sum(value) - 1)).toBeLessThan(1e-9);
        const shares = unvisitedShares(grainShares, cells);
        grainShares.visited.forEach((share, row) => (shares[cells.account[row]!]! += share));
        for (const total of shares) expect(Math.abs(total - 1)).toBeLessThan(1e-9);
      }),
      { numRuns: 60 },
    );
  });
});

describe('base shares with effects', () => {
  /** Accounts that buy from given shares with S = 3, ten days each. */
  function buy(shares: ArrayLike<number>, accounts: number, seed: string) {
    const rng = makeRng(seed);
    const rows = Array.from({ length: accounts }, (_, account) => {
      const own = Array.from(shares, (share) => rng.gamma(3 * share));
      return Array.from({ length: 10 }, (_unused, day) => ({ account, day, combination: draw(rng, own), money: 100 }));
    }).flat();
    return agedCounts(splitDays({ ...linesOf(rows), accounts }), 100, null);
  }
  const grid = fullGrid(6, 3, 8);
  const margin = [0.3, 0.25, 0.2, 0.1, 0.08, 0.07, 0.05, 0.04];
  const product = Float64Array.from(
    grid.location,
    (code, index) => margin[code]! * margin[grid.channel[index]!]! * margin[grid.brand[index]!]!,
  );

  it('are the plain product, to the last bit, where there is no interaction', () => {
    const cells = buy(product, 400, 'plain');
    const plain = fitAllocation(grid, cells);
    const effects = fitAllocation(grid, cells, { prior: 'effects' });
    expect(effects.interactions!.every(({ isKept }) => !isKept)).toBe(true);
    expect({ ...effects, interactions: undefined }).toEqual({ ...plain, interactions: undefined });
  });

  it('are nearer to shares with interactions than the product is', () => {
    const rng = makeRng('effects');
    const effect = Float64Array.from({ length: 24 }, () => rng.gamma(1));
    const truth = product.map((share, index) => share * effect[grid.channel[index]! * 8 + grid.brand[index]!]!);
    const scale = sum(truth);
    const cells = buy(truth, 300, 'crossed');
    const lossOf = (prior: Float64Array): number => sum(truth.map((share, index) => (share / scale) * log(share / scale / prior[index]!)));
    const effects = fitAllocation(grid, cells, { prior: 'effects' });
    expect(effects.interactions!.find(({ pair }) => pair === 'channel-brand')!.isKept).toBe(true);
    expect(lossOf(effects.prior)).toBeLessThan(0.8 * lossOf(fitAllocation(grid, cells).prior));
  });
});

describe('fading days', () => {
  /** Accounts that keep to places of their own, or change them all every 60 days. */
  function habits(isChanging: boolean) {
    const rng = makeRng(`habits ${isChanging}`);
    const shares = [0.3, 0.3, 0.2, 0.1, 0.1];
    const rows = Array.from({ length: 300 }, (_, account) => {
      let own = shares.map((share) => rng.gamma(share));
      return Array.from({ length: 40 }, (_unused, step) => {
        if (isChanging && step % 6 === 5) own = shares.map((share) => rng.gamma(share));
        return { account, day: step * 10, combination: draw(rng, own), money: 100 };
      });
    }).flat();
    return splitDays({ ...linesOf(rows), accounts: 300 });
  }
  const grid = fullGrid(5, 1, 1);

  it('are chosen when customers change their places, and not when they keep to them', () => {
    const changing = chooseHalfLife(grid, habits(true), 299, 400, [null, 1000, 100, 30]);
    expect(changing.halfLifeDays).toBe(30);
    expect(changing.trials.map(({ halfLifeDays }) => halfLifeDays)).toEqual([null, 1000, 100, 30]);
    const keeping = chooseHalfLife(grid, habits(false), 299, 400, [null, 1000, 100, 30]);
    expect(keeping.halfLifeDays).toBeNull();
    // The truth is S = 1.
    expect(keeping.concentration.value).toBeGreaterThan(0.7);
    expect(keeping.concentration.value).toBeLessThan(1.4);
  });

  it('count half after a half-life', () => {
    const rows = splitDays(
      linesOf([
        { account: 0, day: 0, combination: 1, money: 1 },
        { account: 0, day: 10, combination: 1, money: 1 },
        { account: 0, day: 20, combination: 0, money: 1 },
        { account: 0, day: 30, combination: 0, money: 1 },
      ]),
    );
    const counts = agedCounts(rows, 20, 10);
    expect([...counts.combination]).toEqual([0, 1]);
    expect(counts.baskets[0]).toBe(1);
    expect(counts.baskets[1]).toBeCloseTo(0.75, 14);
    expect([...agedCounts(rows, 20, null).baskets]).toEqual([1, 2]);
  });

  it('take an S that was found on the holdout', () => {
    const rows = habits(false);
    const concentration = { value: 7, boundary: 'interior' } as const;
    expect(fitAllocation(grid, agedCounts(rows, 400, 100), { concentration }).concentration).toEqual(concentration);
  });

  it('say what is wrong with bad input', () => {
    const rows = habits(false);
    expect(() => agedCounts(rows, 400, 0)).toThrow(/above 0 days, or null; found 0/);
    expect(() => chooseHalfLife(grid, rows, 400, 400)).toThrow(/cut 400 must be before/);
    // Nothing after the cut says nothing.
    expect(chooseHalfLife(grid, rows, 4000, 5000).halfLifeDays).toBeNull();
  });
});
