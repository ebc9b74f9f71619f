/**
 * `cohortium score-run`: scores the cut-offs that are due, moves the stored one on, then judges every window whose outcome has been
 * seen. One at a time, by the lock of the operator directory; run again after a kill it does what is left. Trains nothing.
 */
import { nextCutoff } from '../../../../skills/recalibrate/core/governance/index.ts';
import { CohortiumError, isCohortiumError, type SealReport } from '../../../../skills/sdk/index.ts';
import { dayOfIsoDate, isoDate } from '../../../../skills/sdk/numeric/index.ts';
import type { CallContext } from '../../interface.ts';
import { judgeMatured } from '../drift/judge-matured.ts';
import { modelReference, type ModelReference } from '../drift/model-reference.ts';
import { loadArtefact } from '../models/artefact.ts';
import { readCard } from '../models/cards.ts';
import { championsOf } from '../models/manifest.ts';
import { dayOfCutoff } from '../training/month-windows.ts';
import { scoreCutoff, type ScoringModel, type ScoringPlace } from './score-cutoff.ts';
import { readCutoffs, readRecords, removeUnfinished, writeCutoffs } from './score-records.ts';
import type { ScoreRecord, ScoreRunReport, ScoreRunRequest } from './scoring-interface.ts';
import { trustedManifest } from './trusted-manifest.ts';

/**
 * @throws {CohortiumError} CHAMPION_MISSING, MODEL_CUTOFF_INVALID, GRAPH_EMPTY, SCORE_FILE_CHANGED, MANIFEST_DAMAGED,
 * MODEL_NOT_FOUND, MODEL_FILE_CHANGED, SUBSCRIBER_INVALID
 */
export async function scoreRun(place: ScoringPlace, request: ScoreRunRequest = {}, context: CallContext = {}): Promise<ScoreRunReport> {
  const { directory } = place.paths;
  const { signal = new AbortController().signal } = context;
  if (request.commit === true && request.cutoff === undefined) {
    throw new CohortiumError('ARGUMENT_INVALID', 'commit says which cut-off is stored; name one with --cutoff');
  }
  const model = await scoringModel(place);
  removeUnfinished(directory);
  const today = request.today ?? isoDate(Math.floor(place.clock.now() / 86_400_000));
  const log = await place.eventLog().seal({}, { signal, idempotencyKey: `score-run ${crypto.randomUUID()}` });
  const scored: ScoreRecord[] = [];
  let refusal: CohortiumError | undefined;
  const { isStored, cutoffs } = cutoffsOf(place, request, log, today);
  for (const [at, cutoff] of cutoffs.entries()) {
    signal.throwIfAborted();
    context.onProgress?.({ fraction: (0.7 * at) / cutoffs.length, message: `scoring ${cutoff}` });
    try {
      scored.push(await scoreCutoff(place, model, log, cutoff, today, signal));
    } catch (error) {
      // A log that is behind keeps nobody from judging what was predicted long ago.
      if (!isCohortiumError(error) || request.cutoff !== undefined) throw error;
      refusal = error;
      break;
    }
    if (isStored) storeCutoff(place, cutoff);
  }
  context.onProgress?.({ fraction: 0.7, message: 'judging windows whose outcome has been seen' });
  const { judged, waiting, tickets } = await judgeMatured(place, log, today, signal);
  if (refusal) throw refusal;
  const latest = new Map(readRecords(directory).map((record) => [`${record.cutoff} ${record.modelId}`, record]));
  return {
    modelId: model.champion.modelId,
    scored: scored.map((record) => latest.get(`${record.cutoff} ${record.modelId}`) ?? record),
    judged,
    waiting,
    nextCutoff: readCutoffs(directory)?.next ?? null,
    tickets,
  };
}

async function scoringModel(place: ScoringPlace): Promise<ScoringModel> {
  const { directory } = place.paths;
  const champion = championsOf(await trustedManifest(place)).at(-1);
  if (!champion) {
    throw new CohortiumError('CHAMPION_MISSING', 'no value model is in force: models/champion_manifest.jsonl names none');
  }
  const artefact = loadArtefact(directory, champion.artefact);
  const card = readCard(directory, champion.modelId, champion.card);
  let reference: ModelReference | undefined;
  return { champion, artefact, reference: () => (reference ??= modelReference(place.content, card, artefact)) };
}

/** What to score: the one named, or all that are due since the stored one; the first ever is the last day of the log. */
function cutoffsOf(
  { paths, config }: ScoringPlace,
  { cutoff, commit = false }: ScoreRunRequest,
  { lastDate }: SealReport,
  today: string,
): { readonly isStored: boolean; readonly cutoffs: readonly string[] } {
  if (cutoff !== undefined) {
    dayOfCutoff(cutoff);
    return { isStored: commit, cutoffs: [cutoff] };
  }
  const state = readCutoffs(paths.directory);
  if (!state) return { isStored: true, cutoffs: [lastDate !== '' && lastDate < today ? lastDate : today] };
  const first = dayOfIsoDate(state.first) ?? 0;
  const cutoffs: string[] = [];
  for (let day = dayOfIsoDate(state.next) ?? 0; isoDate(day) <= today; day = nextCutoff(day, first, config.champion.scoring.bump)) {
    cutoffs.push(isoDate(day));
  }
  return { isStored: true, cutoffs };
}

function storeCutoff({ paths, config }: ScoringPlace, cutoff: string): void {
  const before = readCutoffs(paths.directory);
  const first = before === undefined || cutoff < before.first ? cutoff : before.first;
  const next = nextCutoff(dayOfIsoDate(cutoff) ?? 0, dayOfIsoDate(first) ?? 0, config.champion.scoring.bump);
  writeCutoffs(paths.directory, { first, last: cutoff, next: isoDate(next) });
}
