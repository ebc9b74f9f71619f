/**
 * The event log: an inbox in SQLite that acknowledges after the disk has it, a quarantine that loses nothing, and sealing
 * into immutable segments. Concurrent callers share one commit. Refuses a second currency.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { type CallOptions, CohortiumError, type ContentStore, type EventLog, type SealReport } from '../../../skills/sdk/index.ts';
import type { SignalVerdict } from '../../../skills/signal-capture/validate-signal.ts';
import { type Arrival, Intake, type QuarantinedArrival } from './event-log-intake.ts';
import { eventLogSchema } from './event-log-schema.ts';
import { sealInbox } from './event-log-seal.ts';
import { assertDurable, type Database, explainSqlite, openDatabase } from './open-database.ts';

export interface EventLogOptions {
  /** State folder; inbox.db and segments/ are made in it. */
  readonly directory: string;
  /** ISO 4217; the one currency of every amount. */
  readonly currency: string;
  /** Where snapshot manifests go. */
  readonly content: ContentStore;
  /** Rows per segment file at most; tests make it small. */
  readonly maxSegmentRows?: number;
  /** Pages of 4 KiB that inbox.db may grow to; beyond it every append is STORE_FULL. No limit when absent. */
  readonly maxInboxPages?: number;
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
  /** Open entries, oldest first. */
  quarantine(limit: number): readonly QuarantinedArrival[];
  /** Open entries of one source after a place, oldest first, each with its place. */
  quarantineOf(source: string, afterSeq: number, limit: number): readonly (QuarantinedArrival & { readonly seq: number })[];
  /**
   * Takes a corrected signal in place of an open entry.
   * @throws {CohortiumError} QUARANTINE_NOT_FOUND
   */
  resubmit(entryId: string, verdict: SignalVerdict, raw: string): AppendReport;
  /** Signals that wait in the inbox, and open entries of the quarantine. */
  counts(): { readonly inbox: number; readonly quarantined: number };
  /** Waits for what was appended, then closes. */
  close(): Promise<void>;
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

interface Waiting {
  readonly arrivals: readonly Arrival[];
  readonly resolve: (report: AppendReport) => void;
  readonly reject: (error: unknown) => void;
}

class InboxLog implements SqliteEventLog {
  readonly #database: Database;
  readonly #path: string;
  readonly #options: EventLogOptions;
  readonly #intake: Intake;
  #waiting: Waiting[] = [];
  #flushed: Promise<void> = Promise.resolve();
  #sealing: Promise<unknown> = Promise.resolve();

  constructor(database: Database, path: string, options: EventLogOptions) {
    this.#database = database;
    this.#path = path;
    this.#options = options;
    this.#intake = new Intake(database, options.currency);
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
      const reports = this.#inTransaction(() => batch.map(({ arrivals }) => this.#takeAll(arrivals)));
      for (const [index, report] of reports.entries()) batch[index]?.resolve(report);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  #takeAll(arrivals: readonly Arrival[]): AppendReport {
    let accepted = 0;
    let duplicates = 0;
    const entries: QuarantinedArrival[] = [];
    for (const arrival of arrivals) {
      const outcome = this.#intake.take(arrival);
      if (outcome.kind === 'accepted') accepted++;
      else if (outcome.kind === 'duplicate') duplicates++;
      else entries.push(outcome.entry);
    }
    return { accepted, duplicates, quarantined: entries.length, entries };
  }

  quarantine(limit: number): readonly QuarantinedArrival[] {
    return this.#database
      .prepare<[number], QuarantinedArrival>(
        'SELECT id, source, line, code, message, raw FROM quarantine WHERE resolved_by IS NULL ORDER BY seq LIMIT ?',
      )
      .all(limit);
  }

  quarantineOf(source: string, afterSeq: number, limit: number): readonly (QuarantinedArrival & { readonly seq: number })[] {
    return this.#database
      .prepare<[string, number, number], QuarantinedArrival & { readonly seq: number }>(
        'SELECT seq, id, source, line, code, message, raw FROM quarantine WHERE resolved_by IS NULL AND source = ? AND seq > ? ORDER BY seq LIMIT ?',
      )
      .all(source, afterSeq, limit);
  }

  resubmit(entryId: string, verdict: SignalVerdict, raw: string): AppendReport {
    const place = this.#database
      .prepare<[string], { readonly source: string; readonly line: number }>(
        'SELECT source, line FROM quarantine WHERE id = ? AND resolved_by IS NULL',
      )
      .get(entryId);
    if (!place) throw new CohortiumError('QUARANTINE_NOT_FOUND', `no open entry '${entryId}' in the quarantine`);
    const outcome = this.#inTransaction(() => this.#intake.takeCorrection(entryId, { ...place, raw: () => raw, verdicts: [verdict] }));
    return {
      accepted: outcome.kind === 'accepted' ? 1 : 0,
      duplicates: outcome.kind === 'duplicate' ? 1 : 0,
      quarantined: outcome.kind === 'quarantined' ? 1 : 0,
      entries: outcome.kind === 'quarantined' ? [outcome.entry] : [],
    };
  }

  counts(): { readonly inbox: number; readonly quarantined: number } {
    return {
      inbox: Number(this.#database.prepare('SELECT count(*) FROM inbox').pluck().get()),
      quarantined: Number(this.#database.prepare('SELECT count(*) FROM quarantine WHERE resolved_by IS NULL').pluck().get()),
    };
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
