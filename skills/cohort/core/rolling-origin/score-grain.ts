/** How far a forecast of money per account and cell is from what was spent, over the whole table of accounts × cells. */
import { sum } from '../../../sdk/numeric/index.ts';
import { unitDeviance } from '../stacking/poisson-deviance.ts';
import { accountTotals, cellTotals, type GrainForecast, unvisitedSpread } from './grain-forecast.ts';
import type { KnownAt } from './histories-at.ts';

export interface GrainScore {
  /** Mean absolute error of cell totals, over cells visited before or after; minor units. */
  readonly cellError: number;
  /**
   * Absolute error of every account in every cell, per pair visited before or after; minor units. What was expected elsewhere
   * and not spent counts in full.
   */
  readonly accountCellError: number;
  readonly accountError: number;
  /** Mean Poisson deviance of cell totals, and of account-cells, in units of the mean purchase. */
  readonly cellDeviance: number;
  readonly accountCellDeviance: number;
  readonly expectedTotal: number;
  readonly actualTotal: number;
}

/** @param unit money of a mean purchase, > 0: what deviance counts in */
export function scoreGrain(known: KnownAt, forecast: GrainForecast, unit: number): GrainScore {
  const { cells, outcome } = known;
  const combinations = forecast.spread.length;
  const actualCells = new Float64Array(combinations);
  const actualAccounts = new Float64Array(cells.accounts);
  outcome.money.forEach((money, row) => {
    const code = outcome.combination[row] ?? 0;
    const account = outcome.account[row] ?? 0;
    actualCells[code] = (actualCells[code] ?? 0) + money;
    actualAccounts[account] = (actualAccounts[account] ?? 0) + money;
  });

  const pairs = pairsOf(known, forecast);
  const expectedCells = cellTotals(cells, forecast);
  const wasVisited = new Uint8Array(combinations);
  for (const code of cells.combination) wasVisited[code] = 1;
  for (const code of outcome.combination) wasVisited[code] = 1;
  const used = [...wasVisited.keys()].filter((code) => wasVisited[code] === 1);
  const expectedAccounts = accountTotals(cells, forecast);
  const mean = (values: readonly number[]): number => (values.length > 0 ? sum(values) / values.length : 0);
  // A return in the outcome is below zero, which no count is.
  const deviance = (expected: number, actual: number): number => unitDeviance(expected / unit, Math.max(0, actual) / unit);
  return {
    cellError: mean(used.map((code) => Math.abs((expectedCells[code] ?? 0) - (actualCells[code] ?? 0)))),
    accountCellError:
      (sum(pairs.expected.map((value, row) => Math.abs(value - (pairs.actual[row] ?? 0)))) + pairs.rest) / pairs.expected.length,
    accountError: mean(Array.from(expectedAccounts, (value, account) => Math.abs(value - (actualAccounts[account] ?? 0)))),
    cellDeviance: mean(used.map((code) => deviance(expectedCells[code] ?? 0, actualCells[code] ?? 0))),
    accountCellDeviance:
      (sum(pairs.expected.map((value, row) => deviance(value, pairs.actual[row] ?? 0))) + (2 * pairs.rest) / unit) / pairs.expected.length,
    expectedTotal: sum(expectedAccounts),
    actualTotal: sum(actualAccounts),
  };
}

interface Pairs {
  readonly expected: readonly number[];
  readonly actual: readonly number[];
  /** What was expected of all other pairs, where nothing was spent. */
  readonly rest: number;
}

/** Every pair of account and cell that was visited before or after. */
function pairsOf({ cells, outcome }: KnownAt, { visited, elsewhere, spread }: GrainForecast): Pairs {
  const size = spread.length;
  const place = new Map<number, number>();
  const expected: number[] = [];
  const actual: number[] = [];
  cells.account.forEach((account, row) => {
    place.set(account * size + (cells.combination[row] ?? 0), expected.length);
    expected.push(visited[row] ?? 0);
    actual.push(0);
  });
  let first = 0; // expected of pairs that were visited for the first time
  outcome.money.forEach((money, row) => {
    const account = outcome.account[row] ?? 0;
    const code = outcome.combination[row] ?? 0;
    const at = place.get(account * size + code);
    if (at !== undefined) actual[at] = money;
    else {
      const amount = (elsewhere[account] ?? 0) * (spread[code] ?? 0);
      first += amount;
      expected.push(amount);
      actual.push(money);
    }
  });
  const all = sum(unvisitedSpread(cells, spread).map((share, account) => share * (elsewhere[account] ?? 0)));
  return { expected, actual, rest: Math.max(0, all - first) };
}
