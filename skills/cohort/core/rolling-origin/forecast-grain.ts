/** What a way of bringing value to the cells expects after a day, for accounts and cells known on it. */
import type { TimingFamily } from '../clv/family.ts';
import type { CellGrid } from '../grid.ts';
import { type PurchaseLines, splitDays } from '../split-days.ts';
import type { GrainMethod } from './choose-grain-method.ts';
import { forecastByAccount, forecastByCell, reconcileByFitting, reconcileByLeastSquares } from './forecast-methods.ts';
import { accountTotals, type GrainForecast } from './grain-forecast.ts';
import { knownAt } from './histories-at.ts';

interface ForecastRequest<P> {
  readonly lines: PurchaseLines;
  readonly grid: CellGrid;
  readonly family: TimingFamily<P>;
  /** Last known day. */
  readonly day: number;
  readonly horizonDays: number;
}

/**
 * @returns money per visited cell and elsewhere; the total of each account; row of a cell by account × combinations + combination
 * @throws {CohortiumError} CLV_TOO_FEW_CUSTOMERS when the account models cannot be fitted
 */
export function forecastGrain<P>(
  method: GrainMethod,
  { lines, grid, family, day, horizonDays }: ForecastRequest<P>,
): { readonly forecast: GrainForecast; readonly totals: Float64Array; readonly rowOf: ReadonlyMap<number, number> } {
  const known = knownAt(splitDays(lines), day, 0);
  const weeks = horizonDays / 7;
  const byAccount = forecastByAccount(known, grid, family, weeks);
  const byCell = method === 'account-shares' ? byAccount : forecastByCell(known, grid, family, weeks);
  const forecast = {
    'account-shares': () => byAccount,
    'pooled-cells': () => byCell,
    'least-squares': () => reconcileByLeastSquares(known, byAccount, byCell),
    'proportional-fitting': () => reconcileByFitting(known, byAccount, byCell),
  }[method]();
  const size = grid.location.length;
  const { account, combination } = known.cells;
  return {
    forecast,
    totals: accountTotals(known.cells, forecast),
    rowOf: new Map(Array.from(account, (at, row) => [at * size + (combination[row] ?? 0), row])),
  };
}
