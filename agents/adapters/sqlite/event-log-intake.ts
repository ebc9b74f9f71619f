/**
 * What happens to each arrival inside one transaction: accepted, recognised as a repeat, or put into the quarantine. Nothing
 * is dropped: every arrival is counted as exactly one of the three.
 */
import { type ErrorCode, sha256 } from '../../../skills/sdk/index.ts';
import type { SignalVerdict } from '../../../skills/signal-capture/validate-signal.ts';
import { rowDigest, type SegmentRow } from '../duckdb/segment-digest.ts';
import { segmentColumns } from '../duckdb/segment-schema.ts';
import { segmentRowOf } from './event-log-schema.ts';
import type { Database } from './open-database.ts';

/** One line of a file or one signal of a call, with the verdict on each signal that it says. */
export interface Arrival {
  /** File name or sender. */
  readonly source: string;
  /** 1-based line of the file, or position in the call. */
  readonly line: number;
  /** As it arrived; kept, up to 64 KiB, when it goes to quarantine. Asked for only then. */
  readonly raw: () => string;
  /** Accepted together or not at all. */
  readonly verdicts: readonly SignalVerdict[];
}

export interface QuarantinedArrival {
  readonly id: string;
  readonly source: string;
  readonly line: number;
  readonly code: ErrorCode;
  readonly message: string;
  readonly raw: string;
}

export type Outcome =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'quarantined'; readonly entry: QuarantinedArrival };

/** Longest raw text that the quarantine keeps, in UTF-16 units. */
const maxRawLength = 65_536;

export class Intake {
  readonly #currency: string;
  readonly #findKnown;
  readonly #addKnown;
  readonly #addInbox;
  readonly #addQuarantine;
  readonly #findQuarantine;
  readonly #resolve;

  /** @param currency the one currency that amounts may have, ISO 4217 */
  constructor(database: Database, currency: string) {
    this.#currency = currency;
    const names = segmentColumns.map(({ name }) => name);
    this.#findKnown = database.prepare<[string], Buffer>('SELECT digest FROM known WHERE id = ?').pluck();
    this.#addKnown = database.prepare<[string, Buffer]>('INSERT INTO known (id, digest) VALUES (?, ?)');
    this.#addInbox = database.prepare(`INSERT INTO inbox (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`);
    this.#addQuarantine = database.prepare(
      'INSERT INTO quarantine (id, source, line, code, message, raw) VALUES (@id, @source, @line, @code, @message, @raw) ON CONFLICT (id) DO NOTHING',
    );
    this.#findQuarantine = database.prepare<[string], string | null>('SELECT resolved_by FROM quarantine WHERE id = ?').pluck();
    this.#resolve = database.prepare<[string, string]>('UPDATE quarantine SET resolved_by = ? WHERE id = ? AND resolved_by IS NULL');
  }

  /** Takes one arrival; call inside a transaction. */
  take(arrival: Arrival): Outcome {
    const judged = this.#judge(arrival);
    if ('kind' in judged) return judged;
    const raw = arrival.raw();
    const entry: QuarantinedArrival = {
      id: `q-${sha256(JSON.stringify([arrival.source, arrival.line, judged.code, sha256(raw)])).slice(0, 20)}`,
      source: arrival.source,
      line: arrival.line,
      code: judged.code,
      message: judged.message,
      raw: raw.slice(0, maxRawLength).toWellFormed(),
    };
    const added = this.#addQuarantine.run(entry);
    // The same faulty line of the same file again, and somebody has corrected it since: it is a repeat, not a new fault.
    if (added.changes === 0 && typeof this.#findQuarantine.get(entry.id) === 'string') return { kind: 'duplicate' };
    return { kind: 'quarantined', entry };
  }

  /** Takes a corrected arrival in place of a quarantined one, which stays open unless it is accepted now. */
  takeCorrection(entryId: string, arrival: Arrival): Outcome {
    const judged = this.#judge(arrival);
    if ('kind' in judged) {
      this.#resolve.run(arrival.verdicts.map((verdict) => (verdict.ok ? verdict.signal.id : '')).join(','), entryId);
      return judged;
    }
    const { source, line } = arrival;
    return { kind: 'quarantined', entry: { id: entryId, source, line, ...judged, raw: arrival.raw().slice(0, maxRawLength) } };
  }

  #judge(
    arrival: Arrival,
  ): { readonly kind: 'accepted' } | { readonly kind: 'duplicate' } | { readonly code: ErrorCode; readonly message: string } {
    const fresh: { readonly row: SegmentRow; readonly digest: Buffer }[] = [];
    for (const verdict of arrival.verdicts) {
      if (!verdict.ok) return { code: verdict.code, message: verdict.message };
      if (verdict.currency !== undefined && verdict.currency !== this.#currency) {
        return {
          code: 'SIGNAL_CURRENCY_MIXED',
          message: `currency ${this.#currency} was expected, as in cohortium.yaml; found ${verdict.currency}`,
        };
      }
      const row = segmentRowOf(verdict.signal);
      const digest = rowDigest(row);
      const known = this.#findKnown.get(verdict.signal.id);
      if (known === undefined) fresh.push({ row, digest });
      else if (!digest.equals(known)) {
        return {
          code: 'SIGNAL_ID_CONFLICT',
          message: `id '${verdict.signal.id}' was accepted before with other content, which is kept`,
        };
      }
    }
    for (const { row, digest } of fresh) {
      this.#addKnown.run(row[0], digest);
      this.#addInbox.run(row);
    }
    return { kind: fresh.length > 0 ? 'accepted' : 'duplicate' };
  }
}
