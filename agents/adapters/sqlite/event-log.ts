/**
 * The event log: an inbox in SQLite that acknowledges after the disk has it, a quarantine that loses nothing, and sealing
 * into immutable segments. Concurrent callers share one commit. Refuses a second currency.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import {
  type CallOptions,
  type Clock,
  CohortiumError,
  type ContentStore,
  type EventLog,
  type Ref,
  type SealReport,
  sha256,
} from '../../../skills/sdk/index.ts';
import type { Surprise } from '../../../skills/signal-capture/plan/surprise.ts';
import type { SignalVerdict } from '../../../skills/signal-capture/validate-signal.ts';
import { HealthTally } from '../../customer-data-graph/ingest/health-tally.ts';
import { HealthBook, type HealthRecord } from './event-log-health.ts';
import { type Arrival, Intake, type Outcome, type Taking } from './event-log-intake.ts';
import {
  Quarantine,
  type QuarantineCount,
  type QuarantinedArrival,
  type QuarantineFilter,
  type QuarantineRecord,
} from './event-log-quarantine.ts';
import { eventLogSchema } from './event-log-schema.ts';
import { sealedSnapshot, sealInbox } from './event-log-seal.ts';
import { type LogPlace, type LogTail, readTail } from './event-log-tail.ts';
import { assertDurable, type Database, explainSqlite, openDatabase } from './open-database.ts';

export interface EventLogOptions {
  /** State folder; inbox.db and segments/ are made in it. */
  readonly directory: string;
  /** ISO 4217; the one currency of every amount. */
  readonly currency: string;
  /** Where snapshot manifests go. */
  readonly content: ContentStore;
  /** What shows when arrivals come in; the system's when absent. */
  readonly clock?: Clock;
  /** Rows per segment file at most; tests make it small. */
  readonly maxSegmentRows?: number;
  /** Pages of 4 KiB that inbox.db may grow to; beyond it every append is STORE_FULL. No limit when absent. */
  readonly maxInboxPages?: number;
  /** The operator's rules about identities, when there are any: snapshots pin them. */
  readonly identityRules?: () => Ref | undefined;
  /** Which erasure an identity (`kind:value`) was named in; its signals are refused. */
  readonly erasureOf?: (owner: string) => string | undefined;
}

export interface AppendReport {
  /** Arrivals with at least one new signal. */
  readonly accepted: number;
  /** Arrivals that say nothing new. */
  readonly duplicates: number;
  readonly quarantined: number;
  readonly entries: readonly QuarantinedArrival[];
}

export interface SqliteEventLog extends EventLog {
  /**
   * Takes arrivals; the answer comes after they are on disk. Calls made at the same time share one commit.
   * @throws {CohortiumError} STORE_FULL or STORE_BUSY; then none of these arrivals was taken
   */
  append(arrivals: readonly Arrival[]): Promise<AppendReport>;
  /** Counts surprises of a message that has nothing to store, with the next commit: a crash before it forgets them. */
  note(surprises: readonly Surprise[]): void;
  /** Entries of the quarantine, oldest first. @param after `seq` of the last entry of the page before; 0 for the first */
  quarantine(filter: QuarantineFilter, after: number, limit: number): readonly QuarantineRecord[];
  /** Entries by status, code, source and type, most first. */
  quarantineCounts(filter: QuarantineFilter): readonly QuarantineCount[];
  /** @throws {CohortiumError} QUARANTINE_NOT_FOUND */
  quarantineEntry(id: string): QuarantineRecord;
  /**
   * Takes corrected arrivals in place of open entries, all in one commit. An entry stays open when its correction is refused.
   * @returns what became of each, in order
   * @throws {CohortiumError} QUARANTINE_NOT_FOUND; then none of them was taken
   */
  resubmit(corrections: readonly Correction[]): readonly Outcome[];
  /**
   * Closes open entries without taking them; they stay as records, with the reason.
   * @throws {CohortiumError} QUARANTINE_NOT_FOUND; then none of them was discarded
   */
  discard(entryIds: readonly string[], reason: string): void;
  /** Keeps how rows of a file are to be read again. @returns the form for {@link Arrival.form} */
  keepReading(body: string): string;
  /** What was kept under a form, or undefined. */
  reading(form: string): string | undefined;
  /** Counters of everything that arrived. */
  health(): HealthRecord;
  /** The snapshot of what is sealed so far, for who only looks. */
  sealed(): Ref;
  /** Signals of a type that came after a place: sealed segments to look into, and rows of the inbox. */
  tail(type: string, after: LogPlace): LogTail;
  /** Signals that wait in the inbox, and open entries of the quarantine. */
  counts(): { readonly inbox: number; readonly quarantined: number };
  /** Waits for what was appended, then closes. */
  close(): Promise<void>;
}

/** What is to be taken in place of an open entry. */
export interface Correction {
  readonly entryId: string;
  /** What it says now. */
  readonly raw: string;
  readonly verdicts: readonly SignalVerdict[];
}

/**
 * Opens or makes the log of an operator directory.
 * @throws {CohortiumError} SIGNAL_CURRENCY_MIXED when the log was begun in another currency; STORE_* as the disk says
 */
export function createEventLog(options: EventLogOptions): SqliteEventLog {
  mkdirSync(options.directory, { recursive: true });
  const path = join(options.directory, 'inbox.db');
  const database = openDatabase(path, eventLogSchema);
  database.pragma('cache_size = -65536');
  // A large import rewrites index pages often: copying them back to the file once in 64 MiB of log instead of once in 4.
  database.pragma('wal_autocheckpoint = 16384');
  if (options.maxInboxPages !== undefined) database.pragma(`max_page_count = ${options.maxInboxPages}`);
  explainSqlite(path, () => claimCurrency(database, options.currency));
  assertDurable(database);
  return new InboxLog(database, path, options);
}

const rowForm = 'row:';

/** Surprises without a message to store that wait for the next commit at most. */
const maxNoted = 10_000;

interface Waiting {
  readonly arrivals: readonly Arrival[];
  readonly resolve: (report: AppendReport) => void;
  readonly reject: (error: unknown) => void;
}

class InboxLog implements SqliteEventLog {
  readonly #database: Database;
  readonly #path: string;
  readonly #options: EventLogOptions;
  readonly #quarantine: Quarantine;
  readonly #health: HealthBook;
  readonly #intake: Intake;
  #waiting: Waiting[] = [];
  #noted: Surprise[] = [];
  #flushed: Promise<void> = Promise.resolve();
  #sealing: Promise<unknown> = Promise.resolve();

  constructor(database: Database, path: string, options: EventLogOptions) {
    this.#database = database;
    this.#path = path;
    this.#options = options;
    this.#quarantine = new Quarantine(database);
    this.#health = new HealthBook(database, options.clock ?? { now: () => Date.now() });
    this.#intake = new Intake(database, options.currency, this.#quarantine, options.erasureOf);
  }

  append(arrivals: readonly Arrival[]): Promise<AppendReport> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ arrivals, resolve, reject });
      if (this.#waiting.length === 1) {
        this.#flushed = new Promise((done) => {
          setImmediate(() => {
            this.#flush();
            done();
          });
        });
      }
    });
  }

  #flush(): void {
    const batch = this.#waiting;
    this.#waiting = [];
    try {
      const reports = this.#taking((taking) => batch.map(({ arrivals }) => this.#takeAll(arrivals, taking)));
      for (const [index, report] of reports.entries()) batch[index]?.resolve(report);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  #takeAll(arrivals: readonly Arrival[], taking: Taking): AppendReport {
    let accepted = 0;
    let duplicates = 0;
    const entries: QuarantinedArrival[] = [];
    for (const arrival of arrivals) {
      const outcome = this.#intake.take(arrival, taking);
      if (outcome.kind === 'accepted') accepted++;
      else if (outcome.kind === 'duplicate') duplicates++;
      else entries.push(outcome.entry);
    }
    return { accepted, duplicates, quarantined: entries.length, entries };
  }

  note(surprises: readonly Surprise[]): void {
    if (this.#noted.length < maxNoted) this.#noted.push(...surprises);
  }

  quarantine(filter: QuarantineFilter, after: number, limit: number): readonly QuarantineRecord[] {
    return this.#quarantine.list(filter, after, limit);
  }

  quarantineCounts(filter: QuarantineFilter): readonly QuarantineCount[] {
    return this.#quarantine.counts(filter);
  }

  quarantineEntry(id: string): QuarantineRecord {
    return this.#quarantine.entry(id);
  }

  resubmit(corrections: readonly Correction[]): readonly Outcome[] {
    return this.#taking((taking) =>
      corrections.map(({ entryId, raw, verdicts }) => {
        const { source, line } = this.#quarantine.openEntry(entryId);
        return this.#intake.takeCorrection(entryId, { source, line, raw: () => raw, verdicts }, taking);
      }),
    );
  }

  discard(entryIds: readonly string[], reason: string): void {
    const nowMs = this.#health.now();
    this.#inTransaction(() => {
      for (const id of entryIds) this.#quarantine.discard(id, reason, nowMs);
    });
  }

  keepReading(body: string): string {
    const digest = sha256(body);
    this.#inTransaction(() => this.#quarantine.keepReading(digest, body));
    return `${rowForm}${digest}`;
  }

  reading(form: string): string | undefined {
    return form.startsWith(rowForm) ? this.#quarantine.reading(form.slice(rowForm.length)) : undefined;
  }

  health(): HealthRecord {
    return this.#health.read();
  }

  counts(): { readonly inbox: number; readonly quarantined: number } {
    return {
      inbox: Number(this.#database.prepare('SELECT count(*) FROM inbox').pluck().get()),
      quarantined: this.#quarantine.openEntries(),
    };
  }

  sealed(): Ref {
    return this.#options.content.putJson(sealedSnapshot({ database: this.#database, ...this.#options }));
  }

  tail(type: string, after: LogPlace): LogTail {
    return readTail(this.#database, type, after);
  }

  readonly seal = async (_request: Record<string, never>, options: CallOptions): Promise<SealReport> => {
    // Two seals at once would write the same rows twice; the second waits and finds an empty inbox.
    const turn = this.#sealing.then(
      () => this.#sealOnce(options),
      () => this.#sealOnce(options),
    );
    this.#sealing = turn.catch(() => undefined);
    return turn;
  };

  #sealOnce(options: CallOptions): Promise<SealReport> {
    return sealInbox({ database: this.#database, path: this.#path, ...this.#options }, options);
  }

  /** One transaction, with the counters of what it takes. */
  #taking<Result>(work: (taking: Taking) => Result): Result {
    const { known } = this.#intake;
    try {
      const result = this.#inTransaction(() => {
        const taking: Taking = { tally: new HealthTally(), nowMs: this.#health.now(), rows: [] };
        for (const surprise of this.#noted) taking.tally.surprise(surprise);
        const answer = work(taking);
        this.#health.write(taking.tally, taking.nowMs);
        this.#intake.finish(taking);
        return answer;
      });
      known.committed();
      this.#noted = [];
      return result;
    } catch (error) {
      known.rolledBack();
      throw error;
    }
  }

  #inTransaction<Result>(work: () => Result): Result {
    return explainSqlite(this.#path, () => this.#database.transaction(work).immediate());
  }

  async close(): Promise<void> {
    await this.#flushed;
    await this.#sealing;
    this.#database.close();
  }
}

function claimCurrency(database: Database, currency: string): void {
  database.prepare('INSERT INTO log_currency (one, currency) VALUES (1, ?) ON CONFLICT DO NOTHING').run(currency);
  const begun = String(database.prepare('SELECT currency FROM log_currency').pluck().get());
  if (begun !== currency) {
    database.close();
    throw new CohortiumError(
      'SIGNAL_CURRENCY_MIXED',
      `this log was begun in ${begun}, but cohortium.yaml says ${currency}; set it back or start a new operator directory`,
    );
  }
}
