/**
 * Signals that arrive one by one or in small batches, by MCP or HTTP, and corrections of quarantined ones. The answer comes
 * after the disk has them.
 */
import { validateSignal } from '../../../skills/signal-capture/validate-signal.ts';
import type { QuarantinedArrival } from '../../adapters/sqlite/event-log-intake.ts';
import type { AppendReport, SqliteEventLog } from '../../adapters/sqlite/event-log.ts';
import type { CallContext, CaptureReport, QuarantineEntry } from '../interface.ts';

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
): Promise<CaptureReport> {
  context.signal?.throwIfAborted();
  return captureReport(
    await log.append(
      signals.map((signal, index) => ({ source, line: index + 1, raw: () => rawText(signal), verdicts: [validateSignal(signal)] })),
    ),
  );
}

/**
 * Takes a corrected signal in place of a quarantined entry; the entry stays open when the correction is not accepted.
 * @throws {CohortiumError} QUARANTINE_NOT_FOUND
 */
export function resubmitSignal(entryId: string, signal: unknown, log: Pick<SqliteEventLog, 'resubmit'>): CaptureReport {
  return captureReport(log.resubmit(entryId, validateSignal(signal), rawText(signal)));
}

/** Open entries of the quarantine, oldest first. */
export function listQuarantine(limit: number, log: Pick<SqliteEventLog, 'quarantine'>): readonly QuarantineEntry[] {
  return log.quarantine(limit).map(shortened);
}

function captureReport(report: AppendReport): CaptureReport {
  return { ...report, entries: report.entries.map(shortened) };
}

function shortened(entry: QuarantinedArrival): QuarantineEntry {
  return { ...entry, raw: entry.raw.slice(0, shownRaw).toWellFormed() };
}

function rawText(signal: unknown): string {
  try {
    return JSON.stringify(signal) ?? String(signal);
  } catch (error) {
    // Nested so deeply that the stack ends: never a signal, but it must not take its neighbours with it.
    if (error instanceof RangeError) return JSON.stringify(withoutDepth(signal, shownDepth));
    throw error;
  }
}

/** Levels of such a value that are kept. */
const shownDepth = 8;

function withoutDepth(value: unknown, levels: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (levels === 0) return '…';
  if (Array.isArray(value)) return value.map((item) => withoutDepth(item, levels - 1));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withoutDepth(item, levels - 1)]));
}
