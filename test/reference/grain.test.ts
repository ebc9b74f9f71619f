import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

import { describe, expect, it } from 'vitest';

import { agedCounts, chooseHalfLife } from '../../skills/cohort/core/age-weights.ts';
import { fitAllocation } from '../../skills/cohort/core/allocation.ts';
import { nbd } from '../../skills/cohort/core/clv/nbd/index.ts';
import { checkCoherence } from '../../skills/cohort/core/coherence.ts';
import { combinationValues, dirichletShares, unvisitedShares } from '../../skills/cohort/core/grain-shares.ts';
import { type CellGrid, makeGrid } from '../../skills/cohort/core/grid.ts';
import { grainLattice, latticeGap, minTrace, rollUp } from '../../skills/cohort/core/reconcile/index.ts';
import { chooseGrainMethod, type GrainEvidence } from '../../skills/cohort/core/rolling-origin/index.ts';
import { type PurchaseLines, splitDays } from '../../skills/cohort/core/split-days.ts';
import { sum } from '../../skills/sdk/numeric/index.ts';

const file = join(import.meta.dirname, '..', '..', '..', 'shared', 'data', 'foodmart', 'foodmart_sales_1997_joined.csv.gz');

/** Store × media type of the promotion × first letter of the brand. */
function readFoodmart(): { readonly lines: PurchaseLines; readonly grid: CellGrid } {
  const rows = gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n').slice(1);
  const cells = rows.map((row) => row.split(','));
  const accounts = new Map<string, number>();
  const account = cells.map(([, , customer = '']) => {
    if (!accounts.has(customer)) accounts.set(customer, accounts.size);
    return accounts.get(customer) ?? 0;
  });
  const grid = makeGrid(
    cells.map(([, , , , store = '']) => store),
    cells.map((row) => row[9] ?? ''),
    cells.map((row) => (row[10] ?? '').slice(0, 1)),
  );
  return {
    grid,
    lines: {
      accounts: accounts.size,
      account,
      day: cells.map(([, day]) => Number(day)),
      combination: grid.ofCell,
      money: cells.map((row) => Math.round(Number(row[5]) * 100)),
    },
  };
}

/** First day of the data. */
const start = 367;

describe.skipIf(!existsSync(file))('FoodMart at the grain (skipped where the data folder is absent)', () => {
  const { lines, grid } = existsSync(file)
    ? readFoodmart()
    : { lines: { accounts: 0, account: [], day: [], combination: [], money: [] }, grid: makeGrid([], [], []) };
  const days = splitDays(lines);

  it('has days that are conserved and money that is where it was spent', () => {
    const purchaseDays = new Set(Array.from(days.account, (account, row) => account * 10_000 + (days.day[row] ?? 0))).size;
    expect(Math.abs(sum(days.baskets) - purchaseDays)).toBeLessThan(1e-9 * purchaseDays);
    // Sales of the file to the cent.
    expect(sum(days.money)).toBe(sum(Array.from(lines.money)));
  });

  it('agrees over every roll-up to 1e-9 of the account, by product and by effects', () => {
    const cells = agedCounts(days, start + 272, null);
    for (const prior of ['product', 'effects'] as const) {
      const shares = dirichletShares(fitAllocation(grid, cells, { prior }), cells);
      const value = Float64Array.from({ length: cells.accounts }, (_, account) => 1000 + account);
      const cellValue = shares.visited.map((share, row) => share * (value[cells.account[row] ?? 0] ?? 0));
      expect(checkCoherence(shares, cells, value, cellValue).maxRelativeError).toBeLessThan(1e-9);
      expect(Math.max(...unvisitedShares(shares, cells))).toBeLessThanOrEqual(1 + 1e-12);
      const combinations = combinationValues(shares, cells, value);
      const lattice = grainLattice(grid);
      expect(latticeGap(lattice, rollUp(lattice, combinations), combinations)).toBeLessThan(1e-9);
    }
  });

  it('reconciles a lattice of hundreds of sums to 1e-9', () => {
    const cells = agedCounts(days, start + 272, null);
    const combinations = combinationValues(
      dirichletShares(fitAllocation(grid, cells), cells),
      cells,
      Float64Array.from({ length: cells.accounts }, () => 1),
    );
    const lattice = grainLattice(grid);
    expect(lattice.start.length - 1).toBeGreaterThan(500);
    // Base forecasts of every node that do not agree: each is off by a few per cent of its own.
    const off = (value: number, index: number): number => value * (1 + ((index % 7) - 3) / 50);
    const base = { nodes: rollUp(lattice, combinations).map(off), cells: combinations.map(off) };
    const variances = { nodes: base.nodes.map((value) => value + 1e-3), cells: base.cells.map((value) => value + 1e-3) };
    for (const denseLimit of [0, 1000]) {
      const found = minTrace(lattice, { kind: 'diagonal', ...variances }, { denseLimit }).reconcile(base);
      expect(latticeGap(lattice, found.nodes, found.cells)).toBeLessThan(1e-9);
      expect(Math.min(...found.cells)).toBeGreaterThanOrEqual(0);
      expect(Math.abs(sum(found.cells) / sum(combinations) - 1)).toBeLessThan(0.06);
    }
  });

  it('lets no days fade unless that predicts better', () => {
    const choice = chooseHalfLife(grid, days, start + 181, start + 272, [null, 180, 60]);
    const best = Math.max(...choice.trials.map(({ logScore }) => logScore));
    expect(choice.logScore).toBeGreaterThan(best - 1e-3);
  });

  it('chooses by rolling origin with the evidence of all methods', () => {
    const choice = chooseGrainMethod({ lines, grid, family: nbd, origins: [start + 181], horizonDays: 91 });
    const of = (method: string): GrainEvidence | undefined => choice.evidence.find((entry) => entry.method === method);
    expect(choice.evidence).toHaveLength(4);
    // Bottom-up knows nothing of cells that are visited for the first time: it expects too little in total.
    const { expectedTotal = 0, actualTotal = 1, cellDeviance = 0 } = of('pooled-cells') ?? {};
    expect(expectedTotal / actualTotal).toBeLessThan(0.85);
    expect(cellDeviance).toBeGreaterThan(of('least-squares')?.cellDeviance ?? 0);
    expect(Math.abs((of('account-shares')?.expectedTotal ?? 0) / actualTotal - 1)).toBeLessThan(0.1);
    // Reconciled cells have a smaller error than shares of accounts alone.
    expect(of('least-squares')?.cellError ?? 0).toBeLessThan(of('account-shares')?.cellError ?? 0);
    expect(choice.method).toBe('least-squares');
  });
});
