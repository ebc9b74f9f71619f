/** What made the values: a table of attributions, one row per account, and what the model as a whole leans on. */
import { column, int32Column, makeTable, type Table } from '../../sdk/index.ts';
import type { Rng } from '../../sdk/numeric/index.ts';
import { explainValues, typicalAccounts, type ValueGroup, valueGroups } from '../core/explain-value.ts';
import { type GroupImportance, permutationImportance } from '../core/explain/index.ts';
import { historyOn, type PeriodModel } from '../core/model.ts';
import { horizonSpeed } from '../core/seasonal-clock.ts';
import { weightRows } from '../core/timing-mix.ts';
import { type AccountHistory, type Horizon, valueAccounts } from '../core/value.ts';
import { accountColumns, homesOf } from './feature-columns.ts';

/** Customers that an account is compared with: the middles of four equal parts of all. */
export const typicalCount = 4;

/**
 * Columns, float64 in minor units before calibration: base, and what each group added to it, which add up to the value; `model:<family>`,
 * what each timing model contributes with its weight, which add up to it as well.
 */
export function attributionTable(
  { timing, spend }: PeriodModel,
  weightRow: ArrayLike<number>,
  history: AccountHistory,
  horizon: Horizon,
  clvMinor: Float64Array,
): Table {
  const { base, groups, models } = explainValues(timing, weightRow, spend, history, horizon, typicalAccounts(clvMinor, typicalCount));
  return makeTable({
    base: column.float64(base),
    ...Object.fromEntries(valueGroups.map((group) => [group, column.float64(groups[group])])),
    ...Object.fromEntries(
      timing.models.map(({ family }, index) => [`model:${family}`, column.float64(models[index] ?? new Float64Array())]),
    ),
  });
}

/** Groups that the expected number of purchases is made of. */
const timingGroups = ['frequency', 'recency', 'tenure'] as const satisfies readonly ValueGroup[];

/** Customers of the holdout that groups are shuffled among, at most. */
const mostShuffled = 500;

/**
 * How much the predictions of the cut-off lose when groups are shuffled among customers of the holdout: rise of the Poisson deviance of
 * purchase days, a seeded part of many customers. Empty for fewer than two customers.
 */
export function groupImportance(
  { timing, spend, clock }: PeriodModel,
  accounts: Table,
  profiles: Table,
  horizonDays: number,
  rng: Rng,
): readonly GroupImportance[] {
  const chosen = drawRows(accounts.rows, mostShuffled, rng);
  if (chosen.length < 2) return [];
  const history = historyOn(clock, accountColumns(accounts));
  const rows = weightRows(timing, homesOf(profiles));
  const actual = int32Column(accounts, 'outcomeBaskets');
  const horizon = { days: horizonDays, speed: horizonSpeed(clock, horizonDays), discountRateAnnual: 0 };
  const weightRow = chosen.map((row) => rows[row] ?? 0);
  return permutationImportance(
    {
      rows: chosen.length,
      groups: timingGroups,
      actual: chosen.map((row) => actual[row] ?? 0),
      predict: (group, from) => {
        const source = (at: number, own: ValueGroup): number => chosen[own === group ? (from[at] ?? 0) : at] ?? 0;
        const x = chosen.map((_, at) => history.x[source(at, 'frequency')] ?? 0);
        const T = Float64Array.from(chosen, (_, at) => history.T[source(at, 'tenure')] ?? 0);
        const tx = Float64Array.from(chosen, (_, at) => {
          const row = source(at, 'recency');
          const [last, age] = [history.tx[row] ?? 0, history.T[row] ?? 0];
          return (x[at] ?? 0) > 0 && age > 0 ? Math.min(1, last / age) * (T[at] ?? 0) : 0;
        });
        const repeatSpendMinor = new Float64Array(chosen.length);
        return valueAccounts(timing, weightRow, spend, { x, tx, T, repeatSpendMinor }, horizon).expectedPurchases;
      },
    },
    rng,
  );
}

/** Some rows of many without repetition, ascending; all of few. */
function drawRows(rows: number, most: number, rng: Rng): Int32Array {
  const all = Int32Array.from({ length: rows }, (_, row) => row);
  if (rows <= most) return all;
  for (let at = 0; at < most; at++) {
    const chosen = at + rng.integer(rows - at);
    const kept = all[at] ?? 0;
    all[at] = all[chosen] ?? 0;
    all[chosen] = kept;
  }
  return all.slice(0, most).sort();
}
