/**
 * Everything of a model that follows from its inputs, and nothing that does not: the artefact and its evaluation are functions of the
 * snapshot, the cut-off and the settings. `train` and `reproduce` both call this.
 */
import type { BoostingConfig } from '../../../../skills/cohort/core/boosting/index.ts';
import { digestOf, type Ref, type SealReport } from '../../../../skills/sdk/index.ts';
import { dayOfIsoDate } from '../../../../skills/sdk/numeric/index.ts';
import type { ModelArtefact, ModelEvaluation } from '../models/model-interface.ts';
import { earlierCutoffs, evaluateModel, type ModelSettings, originsUpTo, readTables } from './evaluate.ts';
import { fitArtefact } from './fit-artefact.ts';
import { labelledReader, rememberAnswers } from './model-rows.ts';
import type { TrainingRows } from './training-interface.ts';
import { checkCutoff, type RowsPlace } from './training-rows.ts';

export interface TrainingPlan {
  readonly snapshot: Ref;
  /** What the snapshot holds. */
  readonly log: Pick<SealReport, 'firstDate' | 'lastDate'>;
  readonly cutoff: string;
  readonly historyMonths: number;
  readonly predMonths: number;
  readonly boosting: BoostingConfig;
  readonly currency: string;
  /** Cut-offs that a model learns from, at most. */
  readonly learntOrigins: number;
  /** Origins that the evaluation looks at, at most. */
  readonly origins: number;
}

export interface TrainedModel {
  readonly artefact: ModelArtefact;
  readonly rows: TrainingRows;
  /** Tables of earlier cut-offs that the artefact learnt from as well, newest first. */
  readonly earlier: readonly TrainingRows[];
  readonly evaluation: ModelEvaluation;
  readonly seed: string;
}

/**
 * @param onStep called before the evaluation and before the fit
 * @throws {CohortiumError} MODEL_CUTOFF_INVALID, GRAPH_HISTORY_SHORT, CLV_TOO_FEW_CUSTOMERS, MODEL_OUTCOME_EMPTY, GRAPH_EMPTY
 */
export async function trainModel(
  place: RowsPlace,
  plan: TrainingPlan,
  signal?: AbortSignal,
  onStep?: (step: 'evaluate' | 'fit') => void,
): Promise<TrainedModel> {
  const { snapshot, cutoff, historyMonths, predMonths, learntOrigins, currency, log } = plan;
  checkCutoff({ snapshot, cutoff, historyMonths, predMonths, isLabelled: true }, log);
  const seed = seedOfModel(plan);
  const settings: ModelSettings = { historyMonths, predMonths, boosting: { ...plan.boosting, seed }, currency, seed, learntOrigins };
  const read = labelledReader(rememberAnswers(place), { snapshot, historyMonths, predMonths }, log, signal);
  onStep?.('evaluate');
  // The table of the cut-off first: when it is not fit to learn from, nothing else matters.
  const rows = await read(cutoff);
  const firstDay = dayOfIsoDate(log.firstDate) ?? 0;
  const earlier = await readTables(read, earlierCutoffs(cutoff, settings, firstDay));
  const artefact = fitArtefact(rows, earlier, settings.boosting, currency);
  const origins = originsUpTo(cutoff, settings, firstDay, plan.origins);
  onStep?.('fit');
  const evaluation = await evaluateModel(read, settings, origins);
  return { artefact, rows, earlier, evaluation, seed };
}

/** Of what is asked for, so that the same question draws the same numbers. */
function seedOfModel({ cutoff, historyMonths, predMonths }: TrainingPlan): string {
  return digestOf(['cohortium/clv-model', cutoff, historyMonths, predMonths]).slice(0, 16);
}
