/**
 * `cohortium reproduce`: trains a model again from the inputs that its card records, and compares the training table, the measures
 * and the bytes of the artefact. Changes nothing. What differs, and inputs that are gone, are answers.
 */
import { digestOf, isCohortiumError, type Ref } from '../../../../skills/sdk/index.ts';
import type { CallContext } from '../../interface.ts';
import type { ReproduceReport } from '../govern-interface.ts';
import { type TrainedModel, trainModel } from '../training/train-model.ts';
import { encodeArtefact } from './artefact.ts';
import { readCard } from './cards.ts';
import { libraryVersions } from './code-version.ts';
import { championsOf, readManifest } from './manifest.ts';
import type { ModelCard } from './model-interface.ts';
import type { TrainingPlace } from './propose-model.ts';

/** What a damaged or purged input throws. */
const goneCodes: ReadonlySet<string> = new Set(['CONTENT_NOT_FOUND', 'CONTENT_DIGEST_MISMATCH', 'STORE_CORRUPT', 'TABLE_INVALID']);

/** @throws {CohortiumError} MODEL_NOT_FOUND, MODEL_FILE_CHANGED, MANIFEST_DAMAGED */
export async function reproduceModel(place: TrainingPlace, modelId: string, context: CallContext = {}): Promise<ReproduceReport> {
  const { directory } = place.paths;
  const approved = championsOf(readManifest(directory)).findLast((champion) => champion.modelId === modelId);
  const card = readCard(directory, modelId, approved?.card);
  const versions = Object.entries(libraryVersions()).flatMap(([name, found]) => {
    const recorded = card.libraries[name] ?? 'absent';
    return recorded === found ? [] : [{ name, recorded, found }];
  });
  let again: TrainedModel;
  try {
    again = await trainAgain(place, card, context);
  } catch (error) {
    if (!isCohortiumError(error) || !goneCodes.has(error.code)) throw error;
    return { modelId, outcome: 'inputs-gone', compared: [], versions, reason: error.message };
  }
  const compared = compare(card, again);
  const metricsDiffer = compared.some(({ what, isEqual }) => !isEqual && what !== 'training table' && what !== 'artefact');
  const outcome = metricsDiffer ? 'metrics-differ' : compared.every(({ isEqual }) => isEqual) ? 'identical' : 'bytes-differ';
  return { modelId, outcome, compared, versions, reason: null };
}

async function trainAgain(place: TrainingPlace, card: ModelCard, { signal }: CallContext): Promise<TrainedModel> {
  const { snapshot, firstDate, lastDate } = card.inputs;
  return trainModel(
    place,
    {
      snapshot,
      log: { firstDate, lastDate },
      cutoff: card.training_cutoff,
      historyMonths: card.history_months,
      predMonths: card.pred_months,
      boosting: card.hyperparameters,
      currency: card.currency,
      learntOrigins: card.learnt_origins,
      origins: card.evaluation.origins.length,
    },
    signal,
  );
}

function compare(card: ModelCard, { artefact, rows, earlier, evaluation }: TrainedModel): ReproduceReport['compared'] {
  const pair = (what: string, recorded: string, found: string) => ({ what, recorded, found, isEqual: recorded === found });
  const { all } = evaluation;
  return [
    pair('training table', tablesOf(card.inputs.data, card.inputs.earlier), tablesOf(rows.data, earlier)),
    pair('RMSE', String(card.baseline_rmse), String(all.rmse.value)),
    pair('R²', String(card.baseline_r2), String(all.r2?.value ?? null)),
    pair('every measure and slice', digestOf(card.evaluation), digestOf(evaluation)),
    pair('artefact', card.artefact, encodeArtefact(artefact).digest),
  ];
}

/** Digests of all tables, the newest first. */
function tablesOf(data: Ref, earlier: readonly { readonly data: Ref }[]): string {
  return [data, ...earlier.map((one) => one.data)].map(({ digest }) => digest).join(' ');
}
