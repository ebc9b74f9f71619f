/**
 * Fits the value model twice at rolling origins, with and without some features, on the same customers, and gives the predictions of
 * both. Changes nothing that is in force.
 */
import type { ModelsRegistration } from '../../../registries/experiments/registration.ts';
import { fitBoosting, predictBoosting } from '../../../skills/cohort/core/boosting/index.ts';
import type { ModelsRows } from '../../../skills/recalibrate/core/experiments/index.ts';
import { CohortiumError } from '../../../skills/sdk/index.ts';
import { dayOfIsoDate, sum } from '../../../skills/sdk/numeric/index.ts';
import { designMatrix, featureSpecOf, fitHistoryModels } from '../govern/training/design-matrix.ts';
import { originsUpTo } from '../govern/training/evaluate.ts';
import { modelFeatures } from '../govern/training/history-features.ts';
import { latestCutoff } from '../govern/training/month-windows.ts';
import type { DesignMatrix, TrainingRows } from '../govern/training/training-interface.ts';
import { checkCutoff, trainingRows } from '../govern/training/training-rows.ts';
import type { Workspace } from '../workspace.ts';

export type AblationPlace = Pick<Workspace, 'config' | 'content' | 'eventLog' | 'warehouse'>;

/** Fewer say nothing that would hold for others. */
const leastCustomers = 50;

/**
 * @param most origins at most
 * @throws {CohortiumError} EXPERIMENT_ROWS_INVALID for a feature that there is not, or too few customers; GRAPH_EMPTY, GRAPH_HISTORY_SHORT,
 * MODEL_CUTOFF_INVALID
 */
export async function predictAblation(place: AblationPlace, { arms, analysis }: ModelsRegistration, most: number): Promise<ModelsRows> {
  const { historyMonths, predMonths, boosting } = place.config.champion;
  const { signal } = new AbortController();
  const log = await place.eventLog().seal({}, { signal, idempotencyKey: `ablate ${crypto.randomUUID()}` });
  const cutoff = latestCutoff(log.lastDate, predMonths);
  const request = (at: string) => ({ snapshot: log.snapshot, cutoff: at, historyMonths, predMonths, isLabelled: true });
  checkCutoff(request(cutoff), log);
  // Where origins are half a horizon apart, most tables are both learnt from and predicted.
  const tables = new Map<string, Promise<TrainingRows>>();
  const tableAt = (at: string): Promise<TrainingRows> => {
    const table = tables.get(at) ?? trainingRows(place, request(at), signal);
    tables.set(at, table);
    return table;
  };
  const settings = {
    historyMonths,
    predMonths,
    boosting: { loss: 'poisson' as const, ...boosting },
    currency: place.config.currency,
    seed: 'ablation',
    learntOrigins: 1,
  };
  const rows: { customer: string[]; origin: string[]; cohort: string[]; actual: number[]; champion: number[]; challenger: number[] } = {
    customer: [],
    origin: [],
    cohort: [],
    actual: [],
    champion: [],
    challenger: [],
  };
  for (const { trainedAt, predictedAt } of originsUpTo(cutoff, settings, dayOfIsoDate(log.firstDate) ?? 0, most)) {
    const known = await tableAt(trainedAt);
    const unseen = await tableAt(predictedAt);
    const features = featureSpecOf(known);
    const history = fitHistoryModels(known);
    const [learnt, asked] = [designMatrix(known, features, history), designMatrix(unseen, features, history)];
    for (const role of ['champion', 'challenger'] as const) {
      const kept = keptFeatures(arms[role].without, features.names);
      rows[role].push(...predicted(known, pick(learnt, kept), pick(asked, kept), settings.boosting));
    }
    rows.customer.push(...unseen.customerId);
    rows.origin.push(...unseen.customerId.map(() => predictedAt));
    rows.cohort.push(...unseen.home.location);
    rows.actual.push(...(unseen.outcomeMinor ?? []));
  }
  return {
    customer: rows.customer,
    origin: rows.origin,
    cohort: analysis.byCohort ? rows.cohort : null,
    actual: Float64Array.from(rows.actual),
    champion: Float64Array.from(rows.champion),
    challenger: Float64Array.from(rows.challenger),
  };
}

/** Names that an arm has; `btyd` stands for what timing and spend models expect. */
function keptFeatures(without: readonly string[], names: readonly string[]): readonly string[] {
  const left = new Set(without.flatMap((name) => (name === 'btyd' ? modelFeatures.map(([own]) => own) : [name])));
  const unknown = [...left].find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new CohortiumError(
      'EXPERIMENT_ROWS_INVALID',
      `there is no feature '${unknown}' to leave out; features are: ${names.join(', ')}, or btyd`,
    );
  return names.filter((name) => !left.has(name));
}

function pick({ names, columns }: DesignMatrix, kept: readonly string[]): DesignMatrix {
  return { names: kept, columns: kept.map((name) => columns[names.indexOf(name)] ?? new Float64Array(0)) };
}

function predicted(
  { customerId, outcomeMinor, request }: TrainingRows,
  learnt: DesignMatrix,
  asked: DesignMatrix,
  boosting: Parameters<typeof fitBoosting>[0],
): Float64Array {
  const outcome = outcomeMinor ?? new Float64Array(0);
  const scale = sum(outcome) / outcome.length;
  if (customerId.length < leastCustomers || !(scale > 0)) {
    throw new CohortiumError(
      'EXPERIMENT_ROWS_INVALID',
      `${customerId.length} customers up to ${request.cutoff}, who spent ${sum(outcome)} afterwards, are too little for a model: take fewer origins, or other months`,
    );
  }
  const model = fitBoosting(boosting, { columns: learnt.columns, names: learnt.names, target: outcome.map((money) => money / scale) });
  return predictBoosting(model, asked.columns).map((value) => Math.max(0, value) * scale);
}
