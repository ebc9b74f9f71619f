/**
 * Finds every window whose outcome has been seen, merges what was spent into its predictions, and judges the model by it. Each window
 * once. Refuses predictions that were edited since they were written.
 */
import { judgeDrift } from '../../../../skills/recalibrate/core/governance/index.ts';
import { CohortiumError, isCohortiumError, type SealReport } from '../../../../skills/sdk/index.ts';
import { dayOfIsoDate, isoDate } from '../../../../skills/sdk/numeric/index.ts';
import { readCard } from '../models/cards.ts';
import { championsOf, readManifest } from '../models/manifest.ts';
import type { ModelCard } from '../models/model-interface.ts';
import type { ScoringPlace } from '../scoring/score-cutoff.ts';
import { readOutput, readRecords, scoreFileName, writeOutput, writeRecord } from '../scoring/score-records.ts';
import { actualCsv, type Predictions, readPredictions } from '../scoring/score-tables.ts';
import type { ScoreRecord, ScoreRunReport, WindowRecord } from '../scoring/scoring-interface.ts';
import { calibrationOf } from '../training/calibration-measures.ts';
import { monthWindows } from '../training/month-windows.ts';
import { trainingRows } from '../training/training-rows.ts';
import { type ScoredRows, measureWithIntervals } from '../training/value-metrics.ts';
import { cohortsOf } from './cohort-drift.ts';
import { raiseAlert } from './raise-alert.ts';

type Matured = Pick<ScoreRunReport, 'judged' | 'waiting' | 'tickets'>;

/** @throws {CohortiumError} SCORE_FILE_CHANGED, MODEL_FILE_CHANGED, MODEL_NOT_FOUND, MANIFEST_DAMAGED, SUBSCRIBER_INVALID */
export async function judgeMatured(place: ScoringPlace, log: SealReport, today: string, signal: AbortSignal): Promise<Matured> {
  const { directory } = place.paths;
  const judged: ScoreRecord[] = [];
  const waiting: { cutoff: string; modelId: string; until: string }[] = [];
  let tickets = 0;
  const refusals: CohortiumError[] = [];
  for (const record of readRecords(directory).filter(({ window, purgedAt }) => window === null && purgedAt === null)) {
    signal.throwIfAborted();
    const { cutoff, modelId, outcomeEnd } = record;
    const until = isoDate((dayOfIsoDate(outcomeEnd) ?? 0) + place.config.champion.monitoring.lagDays);
    if (today < until || log.lastDate < outcomeEnd) {
      waiting.push({ cutoff, modelId, until });
      continue;
    }
    try {
      const found = await judgeWindow(place, record, log, today, signal);
      judged.push(found.record);
      tickets += found.tickets;
    } catch (error) {
      if (!isCohortiumError(error)) throw error;
      refusals.push(error);
    }
  }
  // One window that cannot be judged does not keep the others from it.
  const [first] = refusals;
  if (first) throw first;
  return { judged, waiting, tickets };
}

async function judgeWindow(
  place: ScoringPlace,
  record: ScoreRecord,
  log: SealReport,
  today: string,
  signal: AbortSignal,
): Promise<{ readonly record: ScoreRecord; readonly tickets: number }> {
  const { directory } = place.paths;
  const { files, cutoff, historyMonths, predMonths, modelId } = record;
  if (!files.predictions) throw new CohortiumError('INTERNAL', `the record of ${cutoff} names no predictions`);
  const predictions = readPredictions(readOutput(directory, files.predictions), files.predictions.name);
  const champion = championsOf(readManifest(directory)).findLast((one) => one.modelId === modelId);
  const card = readCard(directory, modelId, champion?.card ?? record.card);
  const rows = await trainingRows(place, { snapshot: log.snapshot, cutoff, historyMonths, predMonths, isLabelled: true }, signal);
  const spent = new Map(rows.customerId.map((id, row) => [id, rows.outcomeMinor?.[row] ?? 0]));
  const actual = Float64Array.from(predictions.customerId, (id) => spent.get(id) ?? Number.NaN);
  const records = readRecords(directory);
  const facts = { cutoff, predMonths, modelId, currency: place.config.currency };
  const merged = writeRecord(directory, {
    ...record,
    files: { ...files, actual: writeOutput(directory, scoreFileName('actual', record, records), actualCsv(predictions, facts, actual)) },
  });
  const window = measureWindow(place, merged, card, predictions, actual, { judgedOn: today, snapshot: log.snapshot });
  if (!window.isAlert) return { record: writeRecord(directory, { ...merged, window }), tickets: 0 };
  return raiseAlert(place, { ...merged, window }, card);
}

function measureWindow(
  { config }: ScoringPlace,
  record: ScoreRecord,
  card: ModelCard,
  predictions: Predictions,
  actual: Float64Array,
  when: Pick<WindowRecord, 'judgedOn' | 'snapshot'>,
): WindowRecord {
  const known = Array.from(actual.keys()).filter((row) => !Number.isNaN(actual[row] ?? Number.NaN));
  if (known.length === 0) {
    throw new CohortiumError(
      'GRAPH_EMPTY',
      `none of ${actual.length} customers predicted at ${record.cutoff} is in the log any more; was another log put in its place?`,
    );
  }
  const scored: ScoredRows & { readonly home: Predictions['home'] } = {
    predicted: Float64Array.from(known, (row) => predictions.value[row] ?? 0),
    actual: Float64Array.from(known, (row) => actual[row] ?? 0),
    customer: Int32Array.from(known.keys()),
    home: {
      location: known.map((row) => predictions.home.location[row] ?? ''),
      channel: known.map((row) => predictions.home.channel[row] ?? ''),
      brand: known.map((row) => predictions.home.brand[row] ?? ''),
    },
  };
  const seed = `window ${record.cutoff} ${record.modelId}`;
  const metrics = measureWithIntervals(scored, seed);
  const baseline = { rmse: card.baseline_rmse, r2: card.baseline_r2 };
  const calibration = calibrationOf(scored, metrics.bias);
  const ratio = calibration.observedOverExpected;
  const limits = config.champion.monitoring;
  const learntUntil = isoDate(monthWindows(card.training_cutoff, card.history_months, card.pred_months).endDay);
  const drift =
    record.cutoff < learntUntil ? null : judgeDrift({ rmse: metrics.rmse.value, r2: metrics.r2?.value ?? null }, baseline, limits);
  return {
    ...when,
    customers: known.length,
    unmatched: actual.length - known.length,
    metrics,
    baseline,
    drift,
    cohorts: cohortsOf(scored, card, limits.rmse, seed),
    calibration: { ...calibration, isOff: ratio !== null && (ratio.low > 1 || ratio.high < 1) },
    isAlert: drift !== null && (drift.isRmseOver || drift.isR2Over),
    alertFiles: [],
    proposal: null,
  };
}
