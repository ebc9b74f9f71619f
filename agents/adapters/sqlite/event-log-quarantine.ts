/**
 * The quarantine: what could not be accepted, as it came, until it is put right or discarded with a reason. An entry is never deleted;
 * it is open, accepted or discarded, and says since when and why.
 */
import { CohortiumError, type ErrorCode } from '../../../skills/sdk/index.ts';
import type { Database } from './open-database.ts';

export interface QuarantinedArrival {
  readonly id: string;
  readonly source: string;
  readonly line: number;
  readonly code: ErrorCode;
  readonly message: string;
  readonly raw: string;
}

export type QuarantineStatus = 'open' | 'accepted' | 'discarded';

/** All that is kept of an entry. */
export interface QuarantineRecord extends QuarantinedArrival {
  /** Place in the order of arrival. */
  readonly seq: number;
  /** Signal type, or '' when it could not be told. */
  readonly type: string;
  /** How `raw` is to be read: `signal`, `segment`, `cloud-event`, or `row:` with the digest of a reading. */
  readonly form: string;
  /** When it arrived first, epoch ms. */
  readonly atMs: number;
  readonly status: QuarantineStatus;
  /** Ids of the signals that were accepted in its place. */
  readonly resolvedBy: readonly string[] | null;
  readonly resolvedAtMs: number | null;
  /** Why it was discarded. */
  readonly reason: string | null;
}

/** Every condition holds; without any, all entries. */
export interface QuarantineFilter {
  readonly status?: QuarantineStatus | undefined;
  readonly code?: string | undefined;
  readonly source?: string | undefined;
  readonly type?: string | undefined;
}

/** Entries with the same four. */
export interface QuarantineCount {
  readonly status: QuarantineStatus;
  readonly code: ErrorCode;
  readonly source: string;
  readonly type: string;
  readonly entries: number;
}

type NewEntry = Omit<QuarantineRecord, 'seq' | 'status' | 'resolvedBy' | 'resolvedAtMs' | 'reason'>;

/** As the table has it. */
type StoredRecord = Omit<QuarantineRecord, 'resolvedBy'> & { readonly resolvedBy: string | null };

const columns =
  'seq, id, source, line, code, message, raw, type, form, at_ms AS atMs, status, resolved_by AS resolvedBy, resolved_at_ms AS resolvedAtMs, reason';

const matches =
  '(@status IS NULL OR status = @status) AND (@code IS NULL OR code = @code) AND (@source IS NULL OR source = @source) AND (@type IS NULL OR type = @type)';

export class Quarantine {
  readonly #add;
  readonly #find;
  readonly #list;
  readonly #count;
  readonly #open;
  readonly #settle;
  readonly #addReading;
  readonly #findReading;

  constructor(database: Database) {
    this.#add = database.prepare<[NewEntry]>(
      `INSERT INTO quarantine (id, source, line, code, message, raw, type, form, at_ms)
       VALUES (@id, @source, @line, @code, @message, @raw, @type, @form, @atMs) ON CONFLICT (id) DO NOTHING`,
    );
    this.#find = database.prepare<[string], StoredRecord>(`SELECT ${columns} FROM quarantine WHERE id = ?`);
    this.#list = database.prepare<[object], StoredRecord>(
      `SELECT ${columns} FROM quarantine WHERE ${matches} AND seq > @after ORDER BY seq LIMIT @limit`,
    );
    this.#count = database.prepare<[object], QuarantineCount>(
      `SELECT status, code, source, type, count(*) AS entries FROM quarantine WHERE ${matches}
       GROUP BY status, code, source, type ORDER BY entries DESC, code, source, type, status`,
    );
    this.#open = database.prepare<[], number>("SELECT count(*) FROM quarantine WHERE status = 'open'").pluck();
    this.#settle = database.prepare<[object]>(
      `UPDATE quarantine SET status = @status, resolved_by = @resolvedBy, resolved_at_ms = @atMs, reason = @reason
       WHERE id = @id AND status = 'open'`,
    );
    this.#addReading = database.prepare<[string, string]>('INSERT INTO reading (digest, body) VALUES (?, ?) ON CONFLICT DO NOTHING');
    this.#findReading = database.prepare<[string], string>('SELECT body FROM reading WHERE digest = ?').pluck();
  }

  /**
   * Adds an entry unless it is there.
   * @returns false when it was there and has been accepted or discarded since: then it is a repeat, not a new fault
   */
  add(entry: NewEntry): boolean {
    return this.#add.run(entry).changes === 1 || this.#find.get(entry.id)?.status === 'open';
  }

  /** @param after `seq` of the last entry of the page before; 0 for the first */
  list(filter: QuarantineFilter, after: number, limit: number): readonly QuarantineRecord[] {
    return this.#list.all({ ...bound(filter), after, limit }).map(recordOf);
  }

  /** @throws {CohortiumError} QUARANTINE_NOT_FOUND */
  entry(id: string): QuarantineRecord {
    const found = this.#find.get(id);
    if (!found) throw new CohortiumError('QUARANTINE_NOT_FOUND', `no entry '${id}' in the quarantine`);
    return recordOf(found);
  }

  /** @throws {CohortiumError} QUARANTINE_NOT_FOUND when there is none, or it is not open any more */
  openEntry(id: string): QuarantineRecord {
    const found = this.entry(id);
    if (found.status === 'open') return found;
    throw new CohortiumError('QUARANTINE_NOT_FOUND', `entry '${id}' is not open: it was ${found.status} before`);
  }

  counts(filter: QuarantineFilter): readonly QuarantineCount[] {
    return this.#count.all(bound(filter));
  }

  openEntries(): number {
    return Number(this.#open.get());
  }

  accept(id: string, signalIds: readonly string[], atMs: number): void {
    this.#settle.run({ id, status: 'accepted', resolvedBy: JSON.stringify(signalIds), atMs, reason: null });
  }

  /** @throws {CohortiumError} QUARANTINE_NOT_FOUND */
  discard(id: string, reason: string, atMs: number): void {
    this.openEntry(id);
    this.#settle.run({ id, status: 'discarded', resolvedBy: null, atMs, reason });
  }

  keepReading(digest: string, body: string): void {
    this.#addReading.run(digest, body);
  }

  reading(digest: string): string | undefined {
    return this.#findReading.get(digest);
  }
}

/** An id may have any character in it, so that no separator could tell two apart. */
function recordOf({ resolvedBy, ...record }: StoredRecord): QuarantineRecord {
  return { ...record, resolvedBy: resolvedBy === null ? null : (JSON.parse(resolvedBy) as readonly string[]) }; // written by accept and nowhere else
}

function bound({ status, code, source, type }: QuarantineFilter): Readonly<Record<string, string | null>> {
  return { status: status ?? null, code: code ?? null, source: source ?? null, type: type ?? null };
}
