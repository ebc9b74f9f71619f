/**
 * The ways to forecast money per account and cell that are compared: A, the account's own models and Dirichlet shares; B, models
 * per cell pooled by empirical Bayes and added up; C, B made to agree with A, by weighted least squares or by proportional
 * fitting.
 */
import { sum } from '../../../sdk/numeric/index.ts';
import { cellShares, fitAllocation } from '../allocation.ts';
import type { TimingFamily } from '../clv/family.ts';
import { fitTiming } from '../clv/fit-timing.ts';
import { type HistoryColumns, summarizeHistories } from '../clv/histories.ts';
import type { CellGrid } from '../grid.ts';
import { cellParameters, poolCells } from '../pooling/index.ts';
import { oneParent } from '../reconcile/index.ts';
import { expectedSpend, fitSpend } from '../spend.ts';
import { accountTotals, cellTotals, type GrainForecast, unvisitedSpread } from './grain-forecast.ts';
import type { KnownAt, SpendHistories } from './histories-at.ts';

/** A: timing, spend and shares, all of the account. Cells that were never visited get their share. */
export function forecastByAccount<P>(known: KnownAt, grid: CellGrid, family: TimingFamily<P>, horizonWeeks: number): GrainForecast {
  const { params } = fitTiming(family, known.accounts);
  const counts = expectedCounts(family, () => params, known.accounts, horizonWeeks);
  const value = withSpend(counts, known.accounts);
  const model = fitAllocation(grid, known.cells);
  const weight = model.concentration.value;
  return {
    visited: cellShares(model, known.cells).map((share, row) => share * (value[known.cells.account[row] ?? 0] ?? 0)),
    elsewhere: value.map((amount, account) => (amount * weight) / (weight + (model.accountBaskets[account] ?? 0))),
    spread: model.prior,
  };
}

/** B: one timing model per cell, pooled over all cells by empirical Bayes, on the histories of accounts in the cell. */
export function forecastByCell<P>(known: KnownAt, grid: CellGrid, family: TimingFamily<P>, horizonWeeks: number): GrainForecast {
  const { combination, histories } = known.cells;
  const size = grid.location.length;
  const rowsOf = Array.from({ length: size }, (): number[] => []);
  combination.forEach((code, row) => rowsOf[code]?.push(row));
  const used = [...rowsOf.keys()].filter((code) => (rowsOf[code]?.length ?? 0) > 0);
  const cells = used.map((code) => summarizeHistories(pick(histories, rowsOf[code] ?? [])));
  const pooled = poolCells({ family, cells }, { tolerance: 0.01, maxRounds: 50 });
  const place = new Map(used.map((code, index) => [code, index]));
  const parameters = used.map((_, index) => cellParameters(family, pooled, index));
  const [first] = parameters;
  const paramsOf = (row: number): P => parameters[place.get(combination[row] ?? 0) ?? 0] ?? (first as P); // every row is in a used cell
  const counts = expectedCounts(family, paramsOf, histories, horizonWeeks, combination);
  return { visited: withSpend(counts, histories), elsewhere: new Float64Array(known.cells.accounts), spread: new Float64Array(size) };
}

/** A smaller share of the spread is what rounding leaves where every cell was visited. */
const leastElsewhere = 1e-12;

/**
 * C by weighted least squares: each account's cells from B, with what A expects elsewhere as one more cell, reconciled with the
 * account of A, which stands. Variances are in proportion to the forecasts, as for counts.
 */
export function reconcileByLeastSquares(known: KnownAt, byAccount: GrainForecast, byCell: GrainForecast): GrainForecast {
  const { cells } = known;
  const parents = accountTotals(cells, byAccount);
  const shares = unvisitedSpread(cells, byAccount.spread);
  const rowsOf = Array.from({ length: cells.accounts }, (): number[] => []);
  cells.account.forEach((account, row) => rowsOf[account]?.push(row));
  const visited = new Float64Array(cells.account.length);
  const elsewhere = new Float64Array(cells.accounts);
  rowsOf.forEach((rows, account) => {
    const share = shares[account] ?? 0;
    const own = rows.map((row) => byCell.visited[row] ?? 0);
    // An account that has visited every cell has no elsewhere: what rounding leaves of its share must not take money.
    const base = share > leastElsewhere ? [...own, (byAccount.elsewhere[account] ?? 0) * share] : own;
    const parent = parents[account] ?? 0;
    // A little above zero, so that a cell which B expects nothing of may still move.
    const least = 1e-6 * Math.max(parent, sum(base));
    const result =
      least > 0
        ? oneParent(
            base,
            base.map((amount) => amount + least),
            parent,
            0,
          ).cells
        : Float64Array.from(base);
    rows.forEach((row, index) => {
      visited[row] = result[index] ?? 0;
    });
    elsewhere[account] = share > leastElsewhere ? (result[rows.length] ?? 0) / share : 0;
  });
  return { visited, elsewhere, spread: byAccount.spread };
}

const fittingRounds = 100;

/**
 * C by proportional fitting: the table of A scaled until accounts have A's totals and cells have B's, the latter scaled to the
 * same grand total. The part that was never visited stays a product, so the full table is never written out.
 */
export function reconcileByFitting(known: KnownAt, byAccount: GrainForecast, byCell: GrainForecast): GrainForecast {
  const { cells } = known;
  const wanted = accountTotals(cells, byAccount);
  const bottomUp = cellTotals(cells, byCell);
  // A cell that nobody has visited yet has no model of its own.
  const own = cellTotals(cells, byAccount);
  const hasModel = bottomUp.map((amount) => Number(amount > 0));
  const free = sum(own.map((amount, code) => (hasModel[code] === 1 ? 0 : amount)));
  const total = sum(bottomUp);
  const scale = total > 0 ? (sum(wanted) - free) / total : 0;
  const targets = bottomUp.map((amount, code) => (hasModel[code] === 1 ? amount * scale : (own[code] ?? 0)));
  let fitted = byAccount;
  for (let round = 0; round < fittingRounds; round++) {
    const columns = cellTotals(cells, fitted).map((found, code) => (found > 0 ? (targets[code] ?? 0) / found : 0));
    const { visited, spread } = fitted;
    fitted = {
      ...fitted,
      visited: visited.map((amount, row) => amount * (columns[cells.combination[row] ?? 0] ?? 0)),
      spread: spread.map((share, code) => share * (columns[code] ?? 0)),
    };
    const rows = accountTotals(cells, fitted).map((found, account) => (found > 0 ? (wanted[account] ?? 0) / found : 0));
    fitted = {
      ...fitted,
      visited: fitted.visited.map((amount, row) => amount * (rows[cells.account[row] ?? 0] ?? 0)),
      elsewhere: fitted.elsewhere.map((amount, account) => amount * (rows[account] ?? 0)),
    };
    if (rows.every((factor) => factor === 0 || Math.abs(factor - 1) < 1e-9)) break;
  }
  return fitted;
}

/** Expected purchases of every row; rows that are alike are computed once. */
function expectedCounts<P>(
  family: TimingFamily<P>,
  parametersOf: (row: number) => P,
  { x, tx, T }: SpendHistories,
  horizonWeeks: number,
  cell?: Int32Array,
): Float64Array {
  const known = new Map<string, number>();
  return Float64Array.from(x, (count, row) => {
    const history = { x: count, tx: tx[row] ?? 0, T: T[row] ?? 0 };
    const key = `${cell?.[row] ?? 0} ${history.x} ${history.tx} ${history.T}`;
    const found = known.get(key) ?? family.conditionalExpectation(parametersOf(row), history, horizonWeeks);
    known.set(key, found);
    return found;
  });
}

function withSpend(counts: Float64Array, histories: SpendHistories): Float64Array {
  const { fit, netFactor } = fitSpend(histories, histories.totalSpendMinor, histories.days);
  return counts.map((count, row) => count * netFactor * expectedSpend(fit, histories.x[row] ?? 0, histories.repeatSpendMinor[row] ?? 0));
}

function pick({ x, tx, T }: SpendHistories, rows: readonly number[]): HistoryColumns {
  const take = (column: Float64Array): Float64Array => Float64Array.from(rows, (row) => column[row] ?? 0);
  return { x: take(x), tx: take(tx), T: take(T) };
}
