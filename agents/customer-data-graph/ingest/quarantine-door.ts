/**
 * What a person does about refused arrivals: looks, counts, corrects one, submits all again that would pass now, discards with a
 * reason. Nothing leaves the quarantine by itself, and nothing is deleted.
 */
import { CohortiumError } from '../../../skills/sdk/index.ts';
import type { SignalVerdict } from '../../../skills/signal-capture/validate-signal.ts';
import type { QuarantineFilter, QuarantineRecord } from '../../adapters/sqlite/event-log-quarantine.ts';
import type { Correction, SqliteEventLog } from '../../adapters/sqlite/event-log.ts';
import type { CallContext } from '../interface.ts';
import { rawText, shortened } from './capture-signals.ts';
import type {
  CaptureReport,
  QuarantineCounts,
  QuarantineDetail,
  QuarantineEntry,
  QuarantineQuery,
  ResubmitReport,
} from './ingest-interface.ts';
import { type MessageForm, parseForm } from './message-form.ts';
import type { MessageReader } from './read-message.ts';
import { makeRowReader, type RowReader } from './row-reading.ts';

export interface QuarantineDeps {
  readonly log: SqliteEventLog;
  readonly read: MessageReader;
  /** Operator's currency, ISO 4217. */
  readonly currency: string;
  /** Reads a message as the door of its source did; undefined when there is no such source. */
  readonly readDelivery?: (
    message: unknown,
    source: string,
    delivery: MessageForm & { readonly receivedAtMs: number },
  ) => readonly SignalVerdict[] | undefined;
}

/** Entries looked at, and taken in one commit, at a time. */
const pageEntries = 500;

/** Longest reason of a discard. */
const longestReason = 500;

/** Open entries unless the query says otherwise, oldest first. */
export function listQuarantine(query: QuarantineQuery, limit: number, log: Pick<SqliteEventLog, 'quarantine'>): readonly QuarantineEntry[] {
  return log.quarantine(filterOf(query), 0, limit).map(shortened);
}

export function countQuarantine(query: QuarantineQuery, log: Pick<SqliteEventLog, 'quarantineCounts'>): readonly QuarantineCounts[] {
  return log.quarantineCounts(filterOf(query));
}

/** @throws {CohortiumError} QUARANTINE_NOT_FOUND */
export function showQuarantined(id: string, log: Pick<SqliteEventLog, 'quarantineEntry'>): QuarantineDetail {
  const { source, line, code, message, raw, type, form, atMs, status, resolvedBy, resolvedAtMs, reason } = log.quarantineEntry(id);
  return {
    id,
    source,
    line,
    code,
    message,
    raw,
    type,
    form: form.startsWith('row:') ? 'row' : form,
    at: new Date(atMs).toISOString(),
    status,
    acceptedAs: resolvedBy ?? [],
    settledAt: resolvedAtMs === null ? null : new Date(resolvedAtMs).toISOString(),
    reason,
  };
}

/**
 * Takes a corrected signal in place of a quarantined entry; the entry stays open when the correction is not accepted.
 * @throws {CohortiumError} QUARANTINE_NOT_FOUND
 */
export function resubmitSignal(id: string, signal: unknown, { log, read }: Pick<QuarantineDeps, 'log' | 'read'>): CaptureReport {
  const { source } = log.quarantineEntry(id);
  const { verdicts } = read(signal, 'signal', { source, receivedAtMs: undefined });
  const outcomes = log.resubmit([{ entryId: id, raw: rawText(signal), verdicts }]);
  const entries = outcomes.flatMap((outcome) => (outcome.kind === 'quarantined' ? [shortened(outcome.entry)] : []));
  const count = (kind: string): number => outcomes.filter((outcome) => outcome.kind === kind).length;
  return { accepted: count('accepted'), duplicates: count('duplicate'), quarantined: entries.length, entries };
}

/**
 * Reads open entries again as they came, and takes those that pass now; for after the registry, the map or the declared currency
 * was put right. What is kept of an entry only in part, or without what must not be kept in clear, is left for a correction by hand.
 */
export async function resubmitPassing(query: QuarantineQuery, deps: QuarantineDeps, context: CallContext = {}): Promise<ResubmitReport> {
  const again = new SecondReading(deps);
  const refused: Record<string, number> = {};
  let tried = 0;
  let accepted = 0;
  let duplicates = 0;
  let unreadable = 0;
  const filter: QuarantineFilter = { ...filterOf(query), status: 'open' };
  for (let after = 0; ;) {
    context.signal?.throwIfAborted();
    const page = deps.log.quarantine(filter, after, pageEntries);
    const corrections: Correction[] = [];
    for (const entry of page) {
      const verdicts = again.read(entry);
      if (verdicts === undefined || verdicts.length === 0) unreadable++;
      else corrections.push({ entryId: entry.id, raw: entry.raw, verdicts });
    }
    for (const outcome of deps.log.resubmit(corrections)) {
      if (outcome.kind === 'quarantined') refused[outcome.entry.code] = (refused[outcome.entry.code] ?? 0) + 1;
      else accepted++;
      if (outcome.kind === 'duplicate') duplicates++;
    }
    tried += page.length;
    const last = page.at(-1);
    if (!last) return { tried, accepted, duplicates, refused, unreadable };
    after = last.seq;
    context.onProgress?.({ fraction: tried / (tried + pageEntries), message: `${tried} entries read again` });
    // Other work of the process gets its turn.
    await new Promise((resume) => setImmediate(resume));
  }
}

/**
 * Closes entries for good; they stay listed as discarded, with the reason.
 * @param ids these, or, without any, all open ones that the query names by code, source or type
 * @returns how many
 * @throws {CohortiumError} QUARANTINE_NOT_FOUND; ARGUMENT_INVALID without a reason, or when nothing narrows down what is meant
 */
export function discardQuarantined(ids: readonly string[], query: QuarantineQuery, reason: string, log: SqliteEventLog): number {
  const said = reason.trim();
  if (said === '' || said.length > longestReason) {
    throw new CohortiumError('ARGUMENT_INVALID', `a reason of 1 to ${longestReason} characters was expected; found ${said.length}`);
  }
  if (ids.length > 0) {
    log.discard(ids, said);
    return ids.length;
  }
  const { code, source, type } = query;
  if (code === undefined && source === undefined && type === undefined) {
    throw new CohortiumError(
      'ARGUMENT_INVALID',
      'ids, or a code, source or type were expected, so that not everything is discarded at once',
    );
  }
  let discarded = 0;
  for (;;) {
    const page = log.quarantine({ code, source, type, status: 'open' }, 0, pageEntries);
    if (page.length === 0) return discarded;
    log.discard(
      page.map(({ id }) => id),
      said,
    );
    discarded += page.length;
  }
}

/** Reads entries as they came; rows of one file with one mapper, so that equal rows stay as many as they were. */
class SecondReading {
  readonly #deps: QuarantineDeps;
  readonly #rowReaders = new Map<string, RowReader | undefined>();

  constructor(deps: QuarantineDeps) {
    this.#deps = deps;
  }

  /** Undefined when it cannot be read as it came. */
  read({ raw, code, form, source, atMs }: QuarantineRecord): readonly SignalVerdict[] | undefined {
    if (raw.length >= wholeRaw || isCut(code)) return undefined;
    if (form.startsWith('row:')) return this.#rowReader(form, source)?.(raw);
    if (form !== 'signal' && withheld.test(raw)) return undefined;
    let message: unknown;
    try {
      message = JSON.parse(raw);
    } catch {
      return undefined;
    }
    const delivery = { ...parseForm(form), receivedAtMs: atMs };
    const delivered = this.#deps.readDelivery?.(message, source, delivery);
    return delivered ?? this.#deps.read(message, delivery.format, { source, receivedAtMs: undefined }).verdicts;
  }

  #rowReader(form: string, source: string): RowReader | undefined {
    const key = JSON.stringify([form, source]);
    if (!this.#rowReaders.has(key)) {
      const reading = this.#deps.log.reading(form);
      this.#rowReaders.set(key, reading === undefined ? undefined : makeRowReader(reading, source, this.#deps.currency, this.#deps.read));
    }
    return this.#rowReaders.get(key);
  }
}

/** Text of this length may have been cut. */
const wholeRaw = 65_536;

/** What stands in place of e-mail addresses and phone numbers that the doors do not keep. */
const withheld = /[0-9a-f]{64}|…/;

/** Of arrivals with these codes only the beginning is kept, or bytes were replaced. */
function isCut(code: string): boolean {
  return code === 'CSV_LINE_TOO_LONG' || code === 'CSV_ENCODING' || code === 'CSV_ROW_INVALID' || code === 'SIGNAL_TOO_LARGE';
}

function filterOf({ status = 'open', code, source, type }: QuarantineQuery): QuarantineFilter {
  return { status, code, source, type };
}
