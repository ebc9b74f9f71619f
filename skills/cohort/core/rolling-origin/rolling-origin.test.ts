import { describe, expect, it } from 'vitest';

import { grainMerchant } from '../../../../test/fixtures/grain-merchant.ts';
import { sum } from '../../../sdk/numeric/index.ts';
import { mbgNbd } from '../clv/bg-nbd/index.ts';
import { nbd } from '../clv/nbd/index.ts';
import { makeGrid } from '../grid.ts';
import { splitDays } from '../split-days.ts';
import { forecastByAccount, forecastByCell, reconcileByFitting, reconcileByLeastSquares } from './forecast-methods.ts';
import { accountTotals, cellTotals, type GrainForecast } from './grain-forecast.ts';
import { knownAt, type KnownAt } from './histories-at.ts';
import { chooseGrainMethod, grainMethods } from './index.ts';
import { scoreGrain } from './score-grain.ts';

const { lines, grid } = grainMerchant(600, 'grain');
const known = knownAt(splitDays(lines), 546, 91);
const byAccount = forecastByAccount(known, grid, mbgNbd, 13);
const byCell = forecastByCell(known, grid, mbgNbd, 13);
const leastSquares = reconcileByLeastSquares(known, byAccount, byCell);
const fitted = reconcileByFitting(known, byAccount, byCell);

/** The whole table of accounts × cells, written out. */
function tableOf({ cells }: KnownAt, { visited, elsewhere, spread }: GrainForecast): Float64Array[] {
  const table = Array.from(elsewhere, (amount) => spread.map((share) => share * amount));
  cells.account.forEach((account, row) => {
    table[account]![cells.combination[row]!] = visited[row]!;
  });
  return table;
}

describe('what was known on a day', () => {
  const small = splitDays({
    accounts: 3,
    account: [0, 0, 0, 0, 1, 2, 0],
    day: [0, 14, 14, 28, 7, 40, 35],
    combination: [0, 0, 1, 1, 0, 0, 0],
    money: [10, 30, 10, 5, 7, 9, 11],
  });
  const { accounts, cells, outcome } = knownAt(small, 30, 20);

  it('is the history of each account and of each of its cells, which runs to the same day', () => {
    expect([...accounts.x]).toEqual([2, 0]);
    expect([...accounts.tx]).toEqual([4, 0]);
    expect([...accounts.T]).toEqual([30 / 7, 23 / 7]);
    expect([...accounts.repeatSpendMinor]).toEqual([45, 0]);
    expect([...cells.account]).toEqual([0, 0, 1]);
    expect([...cells.combination]).toEqual([0, 1, 0]);
    expect([...cells.baskets]).toEqual([1.75, 1.25, 1]);
    expect([...cells.histories.x]).toEqual([1, 1, 0]);
    expect([...cells.histories.T]).toEqual([30 / 7, 16 / 7, 23 / 7]);
  });

  it('has as outcome what these accounts buy within the horizon; later accounts are in neither part', () => {
    expect([...outcome.account]).toEqual([0]);
    expect([...outcome.money]).toEqual([11]);
    expect(knownAt(small, 30, 4).outcome.money).toHaveLength(0);
  });
});

describe('forecasts at the grain', () => {
  it('have totals that are those of the table written out', () => {
    for (const forecast of [byAccount, byCell, leastSquares, fitted]) {
      const table = tableOf(known, forecast);
      accountTotals(known.cells, forecast).forEach((total, account) => {
        expect(Math.abs(total - sum(table[account]!))).toBeLessThanOrEqual(1e-9 * Math.max(1, total));
      });
      cellTotals(known.cells, forecast).forEach((total, code) => {
        expect(Math.abs(total - sum(table.map((row) => row[code]!)))).toBeLessThanOrEqual(1e-8 * Math.max(1, total));
      });
      expect(Math.min(...table.map((row) => Math.min(...row)))).toBeGreaterThanOrEqual(0);
    }
  });

  it('meet the accounts of A by proportional fitting, and the cells of B up to their grand total', () => {
    const wanted = accountTotals(known.cells, byAccount);
    accountTotals(known.cells, fitted).forEach((total, account) => expect(Math.abs(total / wanted[account]! - 1)).toBeLessThan(1e-8));
    const cells = cellTotals(known.cells, byCell);
    const scale = sum(wanted) / sum(cells);
    cellTotals(known.cells, fitted).forEach((total, code) => expect(Math.abs(total / (cells[code]! * scale) - 1)).toBeLessThan(1e-6));
  });

  it('have the account totals of A by least squares, and other cells', () => {
    const [own, reconciled] = [byAccount, leastSquares].map((forecast) => accountTotals(known.cells, forecast));
    own!.forEach((total, account) => expect(Math.abs((reconciled![account] ?? 0) - total)).toBeLessThanOrEqual(1e-9 * total));
    expect(leastSquares.visited.some((value, row) => Math.abs(value - (byAccount.visited[row] ?? 0)) > 1)).toBe(true);
  });

  it('leave no money elsewhere for an account that has visited every cell', () => {
    const cells = { accounts: 1, account: Int32Array.of(0, 0, 0), combination: Int32Array.of(0, 1, 2), baskets: Float64Array.of(1, 1, 1) };
    // One less these three shares leaves 2⁻⁵³ or so, which is no place to spend in.
    const spread = Float64Array.of(0.7, 0.2, 0.1);
    const everywhere = { ...known, cells: { ...known.cells, ...cells } };
    const [own, other] = [
      { visited: Float64Array.of(70, 20, 10), elsewhere: Float64Array.of(5), spread },
      { visited: Float64Array.of(30, 0, 30), elsewhere: Float64Array.of(0), spread: new Float64Array(3) },
    ];
    const { visited, elsewhere } = reconcileByLeastSquares(everywhere, own, other);
    expect([...elsewhere]).toEqual([0]);
    expect(sum(visited)).toBeCloseTo(100, 10);
  });

  it('are scored over the whole table, the cells that were expected something and got nothing included', () => {
    for (const forecast of [byAccount, leastSquares]) {
      const table = tableOf(known, forecast);
      const actual = table.map((row) => new Float64Array(row.length));
      known.outcome.money.forEach((money, row) => {
        actual[known.outcome.account[row]!]![known.outcome.combination[row]!]! += money;
      });
      const pairs = new Set([...known.cells.account].map((account, row) => `${account} ${known.cells.combination[row]}`));
      known.outcome.account.forEach((account, row) => pairs.add(`${account} ${known.outcome.combination[row]}`));
      const error = sum(table.flatMap((row, account) => Array.from(row, (value, code) => Math.abs(value - actual[account]![code]!))));
      expect(scoreGrain(known, forecast, 3000).accountCellError).toBeCloseTo(error / pairs.size, 6);
    }
  });
});

describe('the choice of a method', () => {
  const contest = { lines, grid, family: mbgNbd, origins: [455, 546], horizonDays: 91 };

  it('has the evidence of every method on every origin and prefers Dirichlet shares where customers have habits', () => {
    const choice = chooseGrainMethod(contest);
    expect(choice.evidence).toHaveLength(8);
    expect(choice.scores.map(({ method }) => method)).toEqual(grainMethods);
    // Bottom-up leaves out every cell that is visited for the first time.
    const scoreOf = (name: string): number => choice.scores.find(({ method }) => method === name)!.score!;
    expect(scoreOf('account-shares')).toBeLessThan(scoreOf('pooled-cells'));
    expect(['account-shares', 'least-squares']).toContain(choice.method);
    expect(JSON.parse(JSON.stringify(choice))).toEqual(choice);
    for (const entry of choice.evidence)
      expect(Object.values(entry).every((value) => typeof value === 'string' || Number.isFinite(value))).toBe(true);
  });

  it('does not see what comes after the horizon of an origin', () => {
    const until = (limit: number) => {
      const rows = Array.from(lines.day, (_, row) => row).filter((row) => lines.day[row]! <= limit);
      const pick = (column: ArrayLike<number>): number[] => rows.map((row) => column[row]!);
      return {
        ...lines,
        account: pick(lines.account),
        day: pick(lines.day),
        combination: pick(lines.combination),
        money: pick(lines.money),
      };
    };
    const one = { ...contest, family: nbd, origins: [400] };
    expect(chooseGrainMethod({ ...one, lines: until(491) })).toEqual(chooseGrainMethod({ ...one, lines }));
  });

  it('says what is wrong with bad input', () => {
    expect(() => chooseGrainMethod({ ...contest, origins: [] })).toThrow(/an origin and a horizon above 0/);
    expect(() => chooseGrainMethod({ ...contest, origins: [5000] })).toThrow(/nobody known on day 5000 bought/);
    expect(() => chooseGrainMethod({ ...contest, grid: makeGrid(['l'], ['c'], ['b']) })).toThrow(/the grid has 1 combinations/);
    expect(() => chooseGrainMethod({ ...contest, origins: [3] })).toThrow(/customers/);
  });
});
