/**
 * An alert: Markdown with pictures in outputs/, a warning in the log, a message to everybody who takes tickets, and, with the second in
 * a row, a proposal to tune. Never trains or changes anything. Done again after a kill it writes the same files and the same message.
 */
import { canonicalJson, CohortiumError, column, digestOf, makeTable } from '../../../../skills/sdk/index.ts';
import { readManifest } from '../models/manifest.ts';
import type { ModelCard, NamedFile } from '../models/model-interface.ts';
import { addPerson, driftMonitor, listPeople } from '../models/people.ts';
import { openProposals, propose } from '../models/proposals.ts';
import type { ScoringPlace } from '../scoring/score-cutoff.ts';
import { readRecords, scoreFileName, writeOutput, writeRecord } from '../scoring/score-records.ts';
import type { ScoreRecord } from '../scoring/scoring-interface.ts';
import { alertText } from './alert-text.ts';
import { columnsPicture, type JudgedRecord, tenthsPicture, windowsPicture } from './drift-pictures.ts';

/** Subscribers with this purpose get a message for every alert. */
export const ticketPurpose = 'model-monitoring';

export async function raiseAlert(
  place: ScoringPlace,
  record: JudgedRecord,
  card: ModelCard,
): Promise<{ readonly record: ScoreRecord; readonly tickets: number }> {
  const { paths, config } = place;
  const { directory } = paths;
  const { currency } = config;
  const limits = config.champion.monitoring;
  const records = readRecords(directory);
  const windows = [...records.filter(isJudged).filter((one) => one.modelId === record.modelId && one.cutoff < record.cutoff), record];
  const nameOf = (what: string): string => scoreFileName('drift_alert', record, records, 'svg').replace(/\.svg$/, `_${what}.svg`);
  const drawn: NamedFile[] = [
    writeOutput(directory, nameOf('windows'), windowsPicture(windows, limits.rmse, currency)),
    writeOutput(directory, nameOf('tenths'), tenthsPicture(record.window.calibration, record.cutoff, currency)),
  ];
  const hasColumns = record.watch !== null && record.watch.stability.length > 0;
  if (record.watch && hasColumns) drawn.push(writeOutput(directory, nameOf('columns'), columnsPicture(record.watch, record.cutoff)));
  const earlier = windows.at(-2);
  // The text names the proposal and the proposal names the text of the alert before, so that neither needs the other's digest.
  const proposal = earlier?.window.isAlert === true ? proposeTuning(place, record, earlier) : null;
  const text = alertText({
    record,
    windows,
    card,
    limits,
    currency,
    pictures: { windows: nameOf('windows'), tenths: nameOf('tenths'), columns: hasColumns ? nameOf('columns') : null },
    proposal,
  });
  const markdown = writeOutput(directory, scoreFileName('drift_alert', record, records, 'md'), text);
  place.logger.log({
    event: 'drift-alert',
    model: record.modelId,
    cutoff: record.cutoff,
    predMonths: record.predMonths,
    rmse: record.window.metrics.rmse.value,
    baselineRmse: record.window.baseline.rmse,
    r2: record.window.metrics.r2?.value ?? null,
    baselineR2: record.window.baseline.r2,
    alert: `outputs/${markdown.name}`,
    proposal,
  });
  const tickets = await openTickets(place, record, markdown, proposal);
  const done = writeRecord(directory, { ...record, window: { ...record.window, alertFiles: [markdown, ...drawn], proposal } });
  return { record: done, tickets };
}

function isJudged(record: ScoreRecord): record is JudgedRecord {
  return record.window !== null;
}

/** The proposal of this model that waits, or a new one, by the agent's own key: it cannot approve anything. */
function proposeTuning({ paths, clock }: ScoringPlace, record: JudgedRecord, earlier: JudgedRecord): string {
  const { directory } = paths;
  const open = openProposals(paths, readManifest(directory)).find(
    ({ change }) => change.kind === 'tuning' && change.tuning.modelId === record.modelId,
  );
  if (open) return open.id;
  const [alert] = earlier.window.alertFiles;
  if (!alert) throw new CohortiumError('INTERNAL', `the alert of ${earlier.cutoff} has no file`);
  if (!listPeople(paths).some(({ id }) => id === driftMonitor)) addPerson(paths, driftMonitor, 'Drift monitor of this agent', clock.now());
  const tuning = { modelId: record.modelId, cutoffs: [earlier.cutoff, record.cutoff] as const, firstAlert: alert };
  return propose(paths, { kind: 'tuning', tuning }, driftMonitor, clock.now()).id;
}

/** CloudEvents 1.0, as values are sent; the outbox signs, sends and tries again. No customer is named. */
async function openTickets(place: ScoringPlace, record: JudgedRecord, alert: NamedFile, proposal: string | null): Promise<number> {
  const takers = place.subscribers().filter(({ purposes }) => purposes.includes(ticketPurpose));
  if (takers.length === 0) return 0;
  const { modelId, cutoff, predMonths, window } = record;
  const data = {
    purpose: ticketPurpose,
    model: modelId,
    cutoff,
    predMonths,
    customers: window.customers,
    currency: place.config.currency,
    rmseMinor: window.metrics.rmse.value,
    baselineRmseMinor: window.baseline.rmse,
    r2: window.metrics.r2?.value ?? null,
    baselineR2: window.baseline.r2,
    alert: { file: `outputs/${alert.name}`, sha256: alert.sha256 },
    proposal,
  };
  const messages = takers.map(({ id }) => {
    const messageId = `msg_${digestOf([id, data]).slice(0, 32)}`;
    const body = canonicalJson({
      specversion: '1.0',
      type: 'cohortium.drift-alert.v1',
      source: '/cohortium',
      id: messageId,
      time: `${window.judgedOn}T00:00:00Z`,
      datacontenttype: 'application/json',
      data,
    });
    return { id, messageId, body };
  });
  const emissions = place.content.putTable(
    makeTable({
      subscriber: column.text(messages.map(({ id }) => id)),
      messageId: column.text(messages.map(({ messageId }) => messageId)),
      body: column.text(messages.map(({ body }) => body)),
    }),
  );
  const { signal } = new AbortController();
  const options = { signal, idempotencyKey: `drift-alert ${modelId} ${cutoff}` };
  await place.outbox().enqueue({ emissions }, options);
  await place.outbox().deliverDue(signal);
  return messages.length;
}
