/** Signals that arrive one by one or in small batches, over MCP. The answer comes after the disk has them. */
import type { QuarantinedArrival } from '../../adapters/sqlite/event-log-quarantine.ts';
import type { AppendReport, SqliteEventLog } from '../../adapters/sqlite/event-log.ts';
import type { CallContext } from '../interface.ts';
import type { CaptureReport, QuarantineEntry } from './ingest-interface.ts';
import { type MessageReader, readPlainSignal } from './read-message.ts';

/** Characters of raw text that a report shows. */
const shownRaw = 4096;

/**
 * Takes signals as they arrive; each is accepted, recognised as a repeat, or quarantined.
 * @param source who sends them; kept beside what goes to quarantine
 * @throws {CohortiumError} STORE_FULL or STORE_BUSY; then none of them was taken
 */
export async function captureSignals(
  signals: readonly unknown[],
  source: string,
  log: Pick<SqliteEventLog, 'append'>,
  context: CallContext = {},
  read: MessageReader = readPlainSignal,
): Promise<CaptureReport> {
  context.signal?.throwIfAborted();
  return captureReport(
    await log.append(
      signals.map((signal, index) => ({
        source,
        line: index + 1,
        raw: () => rawText(signal),
        form: 'signal',
        ...read(signal, 'signal', { source, receivedAtMs: undefined }),
      })),
    ),
  );
}

/** An entry as a list shows it: at most 4 KiB of what came. */
export function shortened({ id, source, line, code, message, raw }: QuarantinedArrival): QuarantineEntry {
  return { id, source, line, code, message, raw: raw.slice(0, shownRaw).toWellFormed() };
}

/** JSON of a signal, as deep as the stack allows. */
export function rawText(signal: unknown): string {
  try {
    return JSON.stringify(signal) ?? String(signal);
  } catch (error) {
    // Nested so deeply that the stack ends: never a signal, but it must not take its neighbours with it.
    if (error instanceof RangeError) return JSON.stringify(withoutDepth(signal, shownDepth));
    throw error;
  }
}

function captureReport(report: AppendReport): CaptureReport {
  return { ...report, entries: report.entries.map(shortened) };
}

/** Levels of such a value that are kept. */
const shownDepth = 8;

function withoutDepth(value: unknown, levels: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (levels === 0) return '…';
  if (Array.isArray(value)) return value.map((item) => withoutDepth(item, levels - 1));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withoutDepth(item, levels - 1)]));
}
