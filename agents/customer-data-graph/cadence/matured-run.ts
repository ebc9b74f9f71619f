/**
 * What came of a run's predictions: per cohort its calibrated spend against what was spent in the window, and how far each timing model
 * alone was off. Reads what the run put out, and the log as it is now; fits nothing.
 */
import type { CohortModel } from '../../../skills/cohort/core/model.ts';
import { historyOn } from '../../../skills/cohort/core/model.ts';
import { horizonSpeed } from '../../../skills/cohort/core/seasonal-clock.ts';
import { poissonDeviance } from '../../../skills/cohort/core/stacking/poisson-deviance.ts';
import { uniformMix } from '../../../skills/cohort/core/timing-mix.ts';
import { valueAccounts } from '../../../skills/cohort/core/value.ts';
import { accountColumns, homesOf } from '../../../skills/cohort/effects/feature-columns.ts';
import { relativeError } from '../../../skills/recalibrate/core/cadence/index.ts';
import { compareText, float64Column, int32Column, type Ref, textColumn } from '../../../skills/sdk/index.ts';
import { sum } from '../../../skills/sdk/numeric/index.ts';
import type { Workspace } from '../workspace.ts';
import type { CadenceFeedback } from './cadence-interface.ts';

/** What is read of a run. */
export interface RunOutputs {
  readonly asOf: string;
  readonly horizonDays: number;
  readonly accounts: Ref;
  readonly profiles: Ref;
  readonly model: Ref;
  readonly calibrated: Ref;
}

export type CohortWindow = Pick<CadenceFeedback, 'cohort' | 'customers' | 'predictedMinor' | 'outcomeMinor' | 'error' | 'losses'>;

/**
 * @param snapshot of the log, which has seen the whole window
 * @returns by cohort; customers that the log no longer knows under their id are left out on both sides
 * @throws {CohortiumError} CONTENT_NOT_FOUND when what the run put out is gone
 */
export async function maturedWindows(
  { content, warehouse }: Pick<Workspace, 'content' | 'warehouse'>,
  run: RunOutputs,
  snapshot: Ref,
): Promise<readonly CohortWindow[]> {
  const accounts = content.getTable(run.accounts);
  const calibrated = content.getTable(run.calibrated);
  const homes = homesOf(content.getTable(run.profiles));
  const now = content.getTable(
    (
      await warehouse().buildFeatures(
        { snapshot, asOf: run.asOf, outcomeDays: run.horizonDays },
        { signal: new AbortController().signal, idempotencyKey: `matured ${run.asOf}` },
      )
    ).accounts,
  );
  const rowNow = new Map(textColumn(now, 'customerId').map((id, row) => [id, row]));
  const [spend, baskets] = [float64Column(now, 'outcomeSpendMinor'), int32Column(now, 'outcomeBaskets')];
  const purchases = float64Column(calibrated, 'expectedPurchases');
  const perPurchase = float64Column(calibrated, 'spendPerPurchaseMinor');
  const byModel = expectedByModel(content.getJson(run.model) as CohortModel, accountColumns(accounts), run.horizonDays); // written by the cohort step
  const known = textColumn(calibrated, 'customerId').flatMap((id, row) => {
    const at = rowNow.get(id);
    return at === undefined ? [] : [{ row, cohort: homes[row] ?? '', spent: spend[at] ?? 0, bought: baskets[at] ?? 0 }];
  });
  return [...Map.groupBy(known, ({ cohort }) => cohort)]
    .sort(([a], [b]) => compareText(a, b))
    .map(([cohort, own]): CohortWindow => {
      const predictedMinor = Math.max(0, sum(own.map(({ row }) => (purchases[row] ?? 0) * (perPurchase[row] ?? 0))));
      const outcomeMinor = Math.max(0, sum(own.map(({ spent }) => spent))); // returns may outweigh what was bought
      const bought = own.map((one) => one.bought);
      const losses = byModel.map(([family, expected]) => [
        family,
        poissonDeviance(
          own.map(({ row }) => expected[row] ?? 0),
          bought,
        ),
      ]);
      return {
        cohort,
        customers: own.length,
        predictedMinor,
        outcomeMinor,
        error: relativeError(predictedMinor, outcomeMinor),
        losses: Object.fromEntries(losses) as Readonly<Record<string, number>>,
      };
    });
}

function expectedByModel(
  { now: { clock, timing, spend } }: CohortModel,
  columns: ReturnType<typeof accountColumns>,
  days: number,
): readonly (readonly [family: string, expected: Float64Array])[] {
  const history = historyOn(clock, columns);
  const horizon = { days, speed: horizonSpeed(clock, days), discountRateAnnual: 0 };
  const everybody = new Int32Array(columns.x.length);
  return timing.models.map((model) => [
    model.family,
    valueAccounts(uniformMix([model]), everybody, spend, history, horizon).expectedPurchases,
  ]);
}
