/** The effect that puts every account into one cohort per axis. */
import { column, float64Column, int32Column, makeTable, type PureContext, textColumn } from '../../sdk/index.ts';
import { assignAxes } from '../core/axes.ts';
import { seasonsOf } from '../core/seasonality.ts';
import type { AxesInput, AxesOutput } from '../schemas.ts';
import { accountColumns } from './feature-columns.ts';

export function assign(input: AxesInput, context: PureContext): AxesOutput {
  const accounts = context.readTable(input.accounts);
  const profiles = context.readTable(input.profiles);
  const visits = context.readTable(input.visits);
  const { txDays, TDays } = accountColumns(accounts);
  const firstDay = int32Column(accounts, 'firstDay');
  const { account, axis, cohort } = assignAxes(
    {
      homeLocation: textColumn(profiles, 'homeLocation'),
      homeChannel: textColumn(profiles, 'homeChannel'),
      homeBrand: textColumn(profiles, 'homeBrand'),
      vertical: textColumn(profiles, 'vertical'),
      loyaltyTier: textColumn(profiles, 'loyaltyTier'),
      subscription: textColumn(profiles, 'subscription'),
      source: textColumn(profiles, 'source'),
      firstSku: textColumn(profiles, 'firstSku'),
      season: seasonsOf(
        { account: int32Column(visits, 'account'), day: int32Column(visits, 'day'), firstDay },
        (firstDay[0] ?? 0) + (TDays[0] ?? 0),
      ),
      ageDays: TDays,
      daysSinceLast: TDays.map((age, row) => age - (txDays[row] ?? 0)),
      baskets: int32Column(accounts, 'baskets'),
      spendMinor: float64Column(accounts, 'totalSpendMinor'),
    },
    input.config.dormantAxes,
    input.config.rfmQuantiles,
  );
  return {
    memberships: context.writeTable(makeTable({ account: column.int32(account), axis: column.text(axis), cohort: column.text(cohort) })),
  };
}
