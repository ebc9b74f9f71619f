import type { RunStore } from '../../../orchestrator/index.ts';
import { explainValues, typicalAccounts, type ValueGroup } from '../../../skills/cohort/core/explain-value.ts';
import { type CohortModel, historyOn } from '../../../skills/cohort/core/model.ts';
import { horizonSpeed } from '../../../skills/cohort/core/seasonal-clock.ts';
import { weightRows } from '../../../skills/cohort/core/timing-mix.ts';
import { type AccountHistory, daysPerWeek, type Horizon, valueAccounts } from '../../../skills/cohort/core/value.ts';
import { typicalCount } from '../../../skills/cohort/effects/attributions.ts';
/**
 * The run whose values were published last, opened at one customer: features, model and calibration, so that the value can be taken
 * apart and computed again with one thing changed. Reads only what the run recorded.
 */
import { accountColumns, homesOf } from '../../../skills/cohort/effects/feature-columns.ts';
import type { Calibration } from '../../../skills/recalibrate/core/calibration.ts';
import { scaledSpend } from '../../../skills/recalibrate/core/money.ts';
import {
  CohortiumError,
  type ContentStore,
  float64Column,
  type Ref,
  refSchema,
  type Table,
  textColumn,
} from '../../../skills/sdk/index.ts';

/** A customer's history as the timing models read it. */
export interface OneHistory {
  readonly x: number;
  /** Weeks of the model's clock. */
  readonly tx: number;
  readonly T: number;
  readonly repeatSpendMinor: number;
}

export interface PublishedValue {
  readonly asOf: string;
  readonly model: CohortModel;
  readonly attributions: Table;
  readonly importance: readonly { readonly group: string; readonly mean: number; readonly low: number; readonly high: number }[];
  /** Row of the customer. */
  readonly row: number;
  readonly history: AccountHistory;
  /** Shares of the timing models for this customer. */
  readonly shares: readonly number[];
  readonly calibratedMinor: number;
  readonly rawMinor: number;
  /** Weeks of the model's clock in a day, at the mean. */
  readonly weeksPerDay: number;
  /** What base and each group contribute through each timing model, in the order of the mix; over the models they add up to the attributions. */
  readonly byModel: readonly { readonly base: number; readonly groups: Readonly<Record<ValueGroup, number>> }[];
  /** The calibrated value of another history of the same home. */
  readonly valueOf: (history: OneHistory) => number;
}

/** @throws {CohortiumError} SCORE_NOT_FOUND, CONTENT_NOT_FOUND, CONTENT_ERASED */
export function openPublishedValue(store: Pick<RunStore, 'runs' | 'effects'>, content: ContentStore, customerId: string): PublishedValue {
  const found = store
    .runs()
    .toReversed()
    .map(({ id }) => store.effects(id).filter(({ state }) => state === 'done'))
    .find((effects) => effects.some(({ kind }) => kind === 'scores.publish'));
  const of = (kind: string) => found?.find((effect) => effect.kind === kind);
  const refOf = (kind: string, side: 'input' | 'output', name: string): Ref => {
    const value = of(kind)?.[side];
    const ref = refSchema.safeParse(
      typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined,
    );
    if (ref.success) return ref.data;
    throw new CohortiumError('SCORE_NOT_FOUND', `no run has published values whose ${name} is on record; run the pipeline again`);
  };
  const scores = content.getTable(refOf('calibration.apply', 'input', 'scores'));
  const row = textColumn(scores, 'customerId').indexOf(customerId);
  if (row < 0) throw new CohortiumError('SCORE_NOT_FOUND', `the last run that published values has none of '${customerId}'`);
  const calibrated = content.getTable(refOf('calibration.apply', 'output', 'calibrated'));
  const model = content.getJson(refOf('clv.value', 'input', 'model')) as CohortModel; // written by `fit`, named by digest
  const calibration = content.getJson(refOf('calibration.apply', 'input', 'calibration')) as Calibration; // as above
  const homes = homesOf(content.getTable(refOf('clv.value', 'input', 'profiles')));
  const home = homes[row] ?? 'unknown';
  const { timing, spend, clock } = model.now;
  const entry = weightRows(timing, [home])[0] ?? 0;
  const speed = horizonSpeed(clock, model.horizonDays);
  const horizon: Horizon = { days: model.horizonDays, speed, discountRateAnnual: model.discountRateAnnual };
  const history = historyOn(clock, accountColumns(content.getTable(refOf('clv.value', 'input', 'accounts'))));
  const shares = timing.weights[entry]?.shares ?? [];
  const typical = typicalAccounts(float64Column(scores, 'clvMinor'), typicalCount);
  const few = [row, ...typical].map((one) => ({
    x: history.x[one] ?? 0,
    tx: history.tx[one] ?? 0,
    T: history.T[one] ?? 0,
    spend: history.repeatSpendMinor[one] ?? 0,
  }));
  const fewColumns = {
    x: few.map(({ x }) => x),
    tx: few.map(({ tx }) => tx),
    T: few.map(({ T }) => T),
    repeatSpendMinor: few.map(({ spend }) => spend),
  };
  // The value is a sum over the models, so each by itself, with its weight, gives its part exactly.
  const alone = {
    ...timing,
    weights: shares.map((_, own) => ({
      cohort: String(own),
      shares: shares.map((share, model) => (model === own ? share : 0)),
      customers: 0,
    })),
  };
  const byModel = shares.map((_, own) => {
    const { base, groups } = explainValues(
      alone,
      few.map(() => own),
      spend,
      fewColumns,
      horizon,
      typical.map((__, at) => at + 1),
    );
    const ofGroup = (group: ValueGroup): number => groups[group][0] ?? 0;
    return {
      base: base[0] ?? 0,
      groups: { frequency: ofGroup('frequency'), recency: ofGroup('recency'), tenure: ofGroup('tenure'), monetary: ofGroup('monetary') },
    };
  });
  return {
    asOf: model.asOf,
    model,
    attributions: content.getTable(refOf('clv.value', 'output', 'attributions')),
    importance: content.getJson(refOf('clv.value', 'output', 'importance')) as PublishedValue['importance'], // written by `value`
    row,
    history,
    shares,
    byModel,
    calibratedMinor: float64Column(calibrated, 'clvMinor')[row] ?? 0,
    rawMinor: float64Column(scores, 'clvMinor')[row] ?? 0,
    weeksPerDay: speed / daysPerWeek,
    valueOf: ({ x, tx, T, repeatSpendMinor }) => {
      const { clvMinor } = valueAccounts(
        timing,
        [entry],
        spend,
        { x: [x], tx: [tx], T: [T], repeatSpendMinor: [repeatSpendMinor] },
        horizon,
      );
      return scaledSpend(calibration.moneyMap, calibration.moneyScale, clvMinor, [home])[0] ?? 0;
    },
  };
}
