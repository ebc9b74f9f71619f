/**
 * Scores one cut-off by one model: predictions and tiers, then behaviour clusters, then their ranking, then what can be told before any
 * outcome. After each step the record says so; what was done is checked and not done again. Refuses a cut-off that is in the future or
 * that the log has not reached, and files that were edited.
 */
import { rankClusters, tierValues } from '../../../../skills/recalibrate/core/governance/index.ts';
import { CohortiumError, type SealReport } from '../../../../skills/sdk/index.ts';
import { dayOfIsoDate, isoDate } from '../../../../skills/sdk/numeric/index.ts';
import type { Workspace } from '../../workspace.ts';
import type { ModelReference } from '../drift/model-reference.ts';
import { watchFeatures } from '../drift/watch-features.ts';
import { predictValues } from '../models/artefact.ts';
import type { ModelArtefact } from '../models/model-interface.ts';
import type { ApprovedChampion } from '../models/model-interface.ts';
import { monthWindows } from '../training/month-windows.ts';
import type { TrainingRows } from '../training/training-interface.ts';
import { trainingRows } from '../training/training-rows.ts';
import { clusterBehaviour, type EarlierClusters } from './behaviour-clusters.ts';
import { readOutput, readRecords, scoreFileName, writeOutput, writeRecord } from './score-records.ts';
import {
  clustersCsv,
  type PredictionFacts,
  type Predictions,
  predictionsCsv,
  rankedCsv,
  rankingCsv,
  readClusters,
} from './score-tables.ts';
import type { ScoreRecord } from './scoring-interface.ts';

export type ScoringPlace = Pick<
  Workspace,
  'paths' | 'config' | 'clock' | 'content' | 'eventLog' | 'warehouse' | 'outbox' | 'subscribers' | 'logger' | 'records'
>;

/** The model that scores, read and checked once. */
export interface ScoringModel {
  readonly champion: ApprovedChampion;
  readonly artefact: ModelArtefact;
  /** The table that it learnt from, and what its errors depend on. */
  readonly reference: () => ModelReference;
}

/**
 * @param cutoff ISO date
 * @param today ISO date
 * @throws {CohortiumError} MODEL_CUTOFF_INVALID, GRAPH_EMPTY, SCORE_FILE_CHANGED, ARGUMENT_INVALID; then nothing was written
 */
export async function scoreCutoff(
  place: ScoringPlace,
  model: ScoringModel,
  log: SealReport,
  cutoff: string,
  today: string,
  signal: AbortSignal,
): Promise<ScoreRecord> {
  const { directory } = place.paths;
  const { champion, artefact } = model;
  const { historyMonths, predMonths, currency } = artefact;
  const windows = monthWindows(cutoff, historyMonths, predMonths);
  checkDay(cutoff, windows.cutoffDay, log, today);
  const records = readRecords(directory);
  const key = { cutoff, predMonths, modelId: champion.modelId };
  let record = records.find((one) => one.cutoff === cutoff && one.predMonths === predMonths && one.modelId === champion.modelId);
  if (record?.purgedAt === null) for (const file of Object.values(record.files)) readOutput(directory, file);
  if (record && (record.watch || record.purgedAt !== null)) return record;

  // What a record was begun on it is finished on, whatever has arrived since.
  const snapshot = record?.snapshot ?? log.snapshot;
  const rows = await trainingRows(place, { snapshot, cutoff, historyMonths, predMonths, isLabelled: false }, signal);
  const value = predictValues(artefact, rows);
  const predictions: Predictions = { customerId: rows.customerId, value, home: rows.home };
  const facts: PredictionFacts = { cutoff, predMonths, modelId: champion.modelId, currency };
  const write = (what: 'predictions' | 'ranked' | 'clusters' | 'ranking', text: string) =>
    writeOutput(directory, scoreFileName(what, key, records), text);

  if (!record) {
    const tiered = tierValues(rows.customerId, value, place.config.champion.scoring.tiers);
    record = writeRecord(directory, {
      format: 'cohortium/score-run@1',
      modelId: champion.modelId,
      artefact: champion.artefact,
      card: champion.card,
      cutoff,
      historyMonths,
      predMonths,
      outcomeEnd: isoDate(windows.endDay),
      scoredAt: new Date(place.clock.now()).toISOString(),
      snapshot,
      customers: rows.customerId.length,
      files: {
        predictions: write('predictions', predictionsCsv(predictions, facts)),
        ranked: write('ranked', rankedCsv(predictions, facts, tiered)),
      },
      tiers: tiered.tiers,
      clusters: null,
      watch: null,
      window: null,
      purgedAt: null,
    });
  }
  signal.throwIfAborted();
  record = withClusters(place, record, rows, records, write, facts);
  signal.throwIfAborted();
  if (!record.files.ranking && record.files.clusters) {
    const clusterOf = readClusters(readOutput(directory, record.files.clusters));
    const ranking = rankClusters(
      Int32Array.from(rows.customerId, (id) => clusterOf.get(id) ?? -1),
      value,
    );
    record = writeRecord(directory, { ...record, files: { ...record.files, ranking: write('ranking', rankingCsv(ranking, facts)) } });
  }
  return writeRecord(directory, { ...record, watch: watchFeatures(model.reference(), artefact, rows, value) });
}

function withClusters(
  place: ScoringPlace,
  record: ScoreRecord,
  rows: TrainingRows,
  records: readonly ScoreRecord[],
  write: (what: 'clusters', text: string) => NonNullable<ScoreRecord['files']['clusters']>,
  facts: PredictionFacts,
): ScoreRecord {
  if (record.clusters) return record;
  const { directory } = place.paths;
  const { cluster, record: clusters } = clusterBehaviour(
    rows,
    place.config.champion.scoring.clusters,
    earlierClusters(directory, records, record),
  );
  const file = write('clusters', clustersCsv(rows.customerId, cluster, facts));
  return writeRecord(directory, { ...record, clusters, files: { ...record.files, clusters: file } });
}

/** Those of the last earlier cut-off, by whatever model: clusters do not depend on it. */
function earlierClusters(directory: string, records: readonly ScoreRecord[], { cutoff }: ScoreRecord): EarlierClusters | undefined {
  const found = records.findLast((one) => one.cutoff < cutoff && one.files.clusters !== undefined && one.purgedAt === null);
  if (!found?.files.clusters || !found.clusters) return undefined;
  // A number that ended long ago must not return either.
  const largestUsed = Math.max(...records.filter((one) => one.cutoff < cutoff).map((one) => one.clusters?.largestUsed ?? -1));
  return { cutoff: found.cutoff, clusterOf: readClusters(readOutput(directory, found.files.clusters)), largestUsed };
}

/** The log may end on the day before a cut-off: runs start in the morning. */
function checkDay(cutoff: string, cutoffDay: number, { firstDate, lastDate }: SealReport, today: string): void {
  const [first, last] = [dayOfIsoDate(firstDate), dayOfIsoDate(lastDate)];
  if (first === undefined || last === undefined) {
    throw new CohortiumError('GRAPH_EMPTY', 'the event log is empty; ingest transactions first');
  }
  const refuse = (what: string): CohortiumError =>
    new CohortiumError(
      'MODEL_CUTOFF_INVALID',
      `the cut-off ${cutoff} ${what}: today is ${today}, the log has signals from ${firstDate} to ${lastDate}`,
    );
  if (cutoff > today) throw refuse('is in the future');
  if (cutoffDay < first) throw refuse('is before the data');
  if (cutoffDay > last + 1) throw refuse('has not been reached by the log; ingest what is missing');
}
