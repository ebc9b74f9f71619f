/**
 * `cohortium train`: fits and judges a model on the log as it is now, writes artefact and cards, and proposes it. Puts nothing in
 * force. The same log, cut-off and settings are the same model, however often it is trained.
 */
import { existsSync } from 'node:fs';

import { canonicalJson, CohortiumError, type Digest } from '../../../../skills/sdk/index.ts';
import { removeAbandoned } from '../../../adapters/files/make-file.ts';
import type { CallContext } from '../../interface.ts';
import type { Workspace } from '../../workspace.ts';
import type { TrainReport, TrainRequest } from '../govern-interface.ts';
import { latestCutoff } from '../training/month-windows.ts';
import { type TrainedModel, type TrainingPlan, trainModel } from '../training/train-model.ts';
import { encodeArtefact, storeArtefact } from './artefact.ts';
import { modelIds, readCard, writeCards } from './cards.ts';
import { championOf } from './champion-of-card.ts';
import { codeCommit, libraryVersions } from './code-version.ts';
import { currentChampion, readManifest } from './manifest.ts';
import { fileTime, modelFiles } from './model-files.ts';
import type { ModelCard } from './model-interface.ts';
import { signerOf } from './people.ts';
import { propose } from './proposals.ts';

export type TrainingPlace = Pick<Workspace, 'paths' | 'config' | 'clock' | 'content' | 'eventLog' | 'warehouse'>;

/** @throws {CohortiumError} as trainModel; PERSON_NOT_FOUND, LEDGER_KEY_UNSAFE, MANIFEST_DAMAGED, MODEL_FILE_CHANGED */
export async function proposeModel(
  place: TrainingPlace,
  { cutoff, by, origins }: TrainRequest,
  context: CallContext = {},
): Promise<TrainReport> {
  const { paths, config, clock } = place;
  const { directory } = paths;
  // What would stop the proposal is said before the work, not after it.
  signerOf(paths, by);
  const champion = currentChampion(directory);
  const signal = context.signal ?? new AbortController().signal;
  const log = await place.eventLog().seal({}, { signal, idempotencyKey: `train ${crypto.randomUUID()}` });
  const { historyMonths, predMonths, boosting, origins: learntOrigins } = config.champion;
  const plan: TrainingPlan = {
    snapshot: log.snapshot,
    log: { firstDate: log.firstDate, lastDate: log.lastDate },
    cutoff: cutoff ?? latestCutoff(log.lastDate, predMonths),
    historyMonths,
    predMonths,
    boosting: { loss: 'poisson', ...boosting },
    currency: config.currency,
    learntOrigins,
    origins,
  };
  const trained = await trainModel(place, plan, signal, (step) =>
    context.onProgress?.(
      step === 'evaluate'
        ? { fraction: 0.1, message: 'reading the training table' }
        : { fraction: 0.4, message: 'judging earlier origins' },
    ),
  );
  const card = keepModel(place, plan, trained);
  // What a killed process had begun to write.
  const { artefacts, cards, proposals } = modelFiles(directory);
  for (const folder of [artefacts, cards, proposals]) if (existsSync(folder)) removeAbandoned(folder, clock.now());
  const proposal = propose(paths, { kind: 'champion', champion: championOf(card.card, card.digest) }, by, clock.now());
  return { proposal, card: card.card, champion: champion ?? null };
}

/** Writes artefact and cards, or finds those of the same model. */
function keepModel(place: TrainingPlace, plan: TrainingPlan, trained: TrainedModel): { readonly card: ModelCard; readonly digest: Digest } {
  const { directory } = place.paths;
  const wanted = cardOf(place, plan, trained);
  const known = modelIds(directory).map((id) => readCard(directory, id));
  storeArtefact(directory, trained.artefact);
  const same = known.find((card) => isSameModel(card, wanted));
  const card = same ?? { ...wanted, model_id: freeId(wanted.model_id, new Set(known.map(({ model_id }) => model_id))) };
  return { card, digest: writeCards(directory, card) };
}

function cardOf(
  { paths, config, clock }: TrainingPlace,
  plan: TrainingPlan,
  { artefact, rows, earlier, evaluation, seed }: TrainedModel,
): ModelCard {
  const now = clock.now();
  const { all } = evaluation;
  if (all.r2 === null) {
    throw new CohortiumError(
      'MODEL_OUTCOME_EMPTY',
      'all customers spent the same after every origin, so that no model can be told from another',
    );
  }
  const windows = readManifest(paths.directory).findLast(({ entry }) => entry.change.kind === 'windows');
  const approved = windows?.entry.change.kind === 'windows' ? windows.entry.change.windows.after : undefined;
  const isApproved = approved?.historyMonths === plan.historyMonths && approved.predMonths === plan.predMonths;
  return {
    format: 'cohortium/model-card@1',
    model_id: `clv_model_${fileTime(now)}`,
    timestamp: `${new Date(now).toISOString().slice(0, 19)}Z`,
    code_commit: codeCommit(),
    training_cutoff: plan.cutoff,
    history_months: plan.historyMonths,
    pred_months: plan.predMonths,
    hyperparameters: plan.boosting,
    baseline_rmse: all.rmse.value,
    baseline_r2: all.r2.value,
    merchant: config.merchant,
    currency: config.currency,
    artefact: encodeArtefact(artefact).digest,
    inputs: {
      snapshot: plan.snapshot,
      data: rows.data,
      earlier: earlier.map(({ request, customerId, data }) => ({ cutoff: request.cutoff, customers: customerId.length, data })),
      ...plan.log,
    },
    learnt_origins: plan.learntOrigins,
    customers: rows.customerId.length,
    buyers: (rows.outcomeMinor ?? []).filter((money) => money > 0).length,
    features: artefact.features,
    seed,
    libraries: libraryVersions(),
    absentHistoryModels: artefact.history.absent,
    evaluation,
    windowsApproval: isApproved && windows ? windows.digest : null,
  };
}

/** When and by which versions a model was made says nothing about what it is. */
function isSameModel(one: ModelCard, other: ModelCard): boolean {
  const core = ({ model_id: _id, timestamp: _time, code_commit: _commit, libraries: _libraries, ...rest }: ModelCard): string =>
    canonicalJson(rest);
  return core(one) === core(other);
}

/** Two models of one second, as a clock that stands still makes them. */
function freeId(wanted: string, taken: ReadonlySet<string>): string {
  if (!taken.has(wanted)) return wanted;
  for (let number = 2; ; number++) if (!taken.has(`${wanted}_${number}`)) return `${wanted}_${number}`;
}
