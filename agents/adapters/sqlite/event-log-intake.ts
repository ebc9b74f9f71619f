/**
 * What happens to each arrival inside one transaction: accepted, recognised as a repeat, or put into the quarantine. Nothing
 * is dropped: every arrival is counted as exactly one of the three.
 */
import { type ErrorCode, sha256 } from '../../../skills/sdk/index.ts';
import type { Surprise } from '../../../skills/signal-capture/plan/surprise.ts';
import { isSignalType } from '../../../skills/signal-capture/signals/signal-types.ts';
import type { Signal, SignalVerdict } from '../../../skills/signal-capture/validate-signal.ts';
import type { HealthTally } from '../../customer-data-graph/ingest/health-tally.ts';
import { contentDigest, KnownSignals } from './event-log-known.ts';
import type { Quarantine, QuarantinedArrival } from './event-log-quarantine.ts';
import { segmentRowOf } from './event-log-schema.ts';
import type { Database } from './open-database.ts';

export type { QuarantinedArrival } from './event-log-quarantine.ts';

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
  /**
   * How `raw` is read again when it is submitted again: `signal`, `segment`, `cloud-event`, or `row:` with the digest of a reading
   * that the log keeps. `signal` when absent.
   */
  readonly form?: string;
  /** The signal type that it was meant as, where it is known although it was refused. */
  readonly type?: string;
  /** What the tracking plan did not expect in it. */
  readonly surprises?: readonly Surprise[];
}

export type Outcome =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'quarantined'; readonly entry: QuarantinedArrival };

type Judgement =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly message: string };

/** Longest raw text that the quarantine keeps, in UTF-16 units. */
const maxRawLength = 65_536;

/** Rows of one statement. */
const rowsAtOnce = 32;

const accepted = { kind: 'accepted' } as const;
const duplicate = { kind: 'duplicate' } as const;

/** The arrivals of one transaction, and what was counted about them. */
export interface Taking {
  readonly tally: HealthTally;
  /** Time of arrival, epoch ms. */
  readonly nowMs: number;
  /** Rows for the inbox, in the order of arrival; {@link Intake.finish} writes them. */
  readonly rows: string[];
}

export class Intake {
  readonly #currency: string;
  /** Must be told how each transaction ends. */
  readonly known: KnownSignals;
  readonly #quarantine: Quarantine;
  readonly #erasureOf: ((owner: string) => string | undefined) | undefined;
  readonly #addRow;
  readonly #addRows;

  /** @param currency the one currency that amounts may have, ISO 4217 */
  constructor(database: Database, currency: string, quarantine: Quarantine, erasureOf?: (owner: string) => string | undefined) {
    this.#currency = currency;
    this.#erasureOf = erasureOf;
    this.known = new KnownSignals(database);
    this.#quarantine = quarantine;
    this.#addRow = database.prepare<[string]>('INSERT INTO inbox (signal) VALUES (?)');
    this.#addRows = database.prepare<[readonly string[]]>(
      `INSERT INTO inbox (signal) VALUES ${Array.from({ length: rowsAtOnce }, () => '(?)').join(', ')}`,
    );
  }

  /** Takes one arrival; call inside a transaction. */
  take(arrival: Arrival, taking: Taking): Outcome {
    const judged = this.#judge(arrival, taking);
    if (arrival.surprises && judged.kind !== 'duplicate') for (const surprise of arrival.surprises) taking.tally.surprise(surprise);
    if (judged.kind !== 'refused') return judged;
    const { source, line, form = 'signal' } = arrival;
    const { code, message } = judged;
    // Kept for a person to put right, which nobody may do for who was erased: that it came is noticed, what it said is not kept.
    const whole = code === 'SIGNAL_PERSON_ERASED' ? '' : arrival.raw();
    const raw = whole.slice(0, maxRawLength).toWellFormed();
    const id = `q-${sha256(JSON.stringify([source, line, code, sha256(whole)])).slice(0, 20)}`;
    const type = typeOf(arrival, form, raw);
    // The same faulty line of the same file again, and somebody has dealt with it since.
    if (!this.#quarantine.add({ id, source, line, code, message, raw, type, form, atMs: taking.nowMs })) {
      taking.tally.repeat(source, type);
      return duplicate;
    }
    taking.tally.refusal(source, type, code);
    return { kind: 'quarantined', entry: { id, source, line, code, message, raw } };
  }

  /** Writes the rows that were taken; last work inside the transaction. Many at once, because each statement has its price. */
  finish({ rows }: Taking): void {
    const whole = rows.length - (rows.length % rowsAtOnce);
    for (let at = 0; at < whole; at += rowsAtOnce) this.#addRows.run(rows.slice(at, at + rowsAtOnce));
    for (const row of rows.slice(whole)) this.#addRow.run(row);
    this.known.beforeCommit();
  }

  /** Takes a corrected arrival in place of a quarantined one, which stays open unless it is accepted now. */
  takeCorrection(entryId: string, arrival: Arrival, taking: Taking): Outcome {
    const judged = this.#judge(arrival, taking);
    if (judged.kind !== 'refused') {
      const ids = arrival.verdicts.map((verdict) => (verdict.ok ? verdict.signal.id : ''));
      this.#quarantine.accept(entryId, ids, taking.nowMs);
      return judged;
    }
    const { source, line } = arrival;
    const { code, message } = judged;
    return { kind: 'quarantined', entry: { id: entryId, source, line, code, message, raw: arrival.raw().slice(0, maxRawLength) } };
  }

  #judge(arrival: Arrival, taking: Taking): Judgement {
    const { verdicts } = arrival;
    for (const verdict of verdicts) {
      if (!verdict.ok) return { kind: 'refused', code: verdict.code, message: verdict.message };
      if (verdict.currency !== undefined && verdict.currency !== this.#currency) {
        return {
          kind: 'refused',
          code: 'SIGNAL_CURRENCY_MIXED',
          message: `currency ${this.#currency} was expected, as in cohortium.yaml; found ${verdict.currency}`,
        };
      }
      const erasure = this.#erasureOf && erasureIn(verdict.signal, this.#erasureOf);
      if (erasure !== undefined) {
        return {
          kind: 'refused',
          code: 'SIGNAL_PERSON_ERASED',
          message: `it is about a person who was erased (erasure ${erasure}); what it said was not kept`,
        };
      }
    }
    const [first] = verdicts;
    return verdicts.length === 1 && first?.ok === true ? this.#takeOne(arrival, first.signal, taking) : this.#takeTogether(arrival, taking);
  }

  #takeOne({ source }: Arrival, signal: Signal, taking: Taking): Judgement {
    // For an array of well-formed strings and safe integers these are the bytes of canonical JSON (RFC 8785), only faster.
    const text = JSON.stringify(segmentRowOf(signal));
    const found = this.known.admit(signal.id, contentDigest(text));
    if (found === 'fresh') {
      this.#keep(source, signal, text, taking);
      return accepted;
    }
    if (found === 'other') return conflict(signal.id);
    taking.tally.repeat(source, signal.type);
    return duplicate;
  }

  /** All of them are looked at before one is kept, because they are accepted together or not at all. */
  #takeTogether({ source, verdicts }: Arrival, taking: Taking): Judgement {
    const fresh = new Map<string, { readonly signal: Signal; readonly text: string; readonly digest: string }>();
    const repeats: Signal[] = [];
    for (const verdict of verdicts) {
      if (!verdict.ok) continue;
      const { signal } = verdict;
      const text = JSON.stringify(segmentRowOf(signal));
      const digest = contentDigest(text);
      const twin = fresh.get(signal.id);
      const found = twin === undefined ? this.known.recognise(signal.id, digest) : twin.digest === digest ? 'same' : 'other';
      if (found === 'other') return conflict(signal.id);
      if (found === 'fresh') fresh.set(signal.id, { signal, text, digest });
      else repeats.push(signal);
    }
    for (const { signal, text, digest } of fresh.values()) {
      this.known.admit(signal.id, digest);
      this.#keep(source, signal, text, taking);
    }
    for (const { type } of repeats) taking.tally.repeat(source, type);
    return fresh.size > 0 ? accepted : duplicate;
  }

  #keep(source: string, signal: Signal, text: string, { tally, nowMs, rows }: Taking): void {
    rows.push(text);
    tally.signal(source, signal, nowMs - signal.tsMs);
  }
}

function erasureIn(signal: Signal, erasureOf: (owner: string) => string | undefined): string | undefined {
  const { userId, loyaltyId, emailHash, phoneHash, anonymousId } = signal;
  const carried = { user: userId, loyalty: loyaltyId, email: emailHash, phone: phoneHash, anonymous: anonymousId };
  for (const [kind, value] of Object.entries(carried)) {
    const erasure = value === '' ? undefined : erasureOf(`${kind}:${value}`);
    if (erasure !== undefined) return erasure;
  }
  return undefined;
}

function conflict(id: string): Judgement {
  return { kind: 'refused', code: 'SIGNAL_ID_CONFLICT', message: `id '${id}' was accepted before with other content, which is kept` };
}

/** The type that a refused arrival was meant as; '' when it cannot be told, so that senders cannot make up types. */
function typeOf({ type, verdicts }: Arrival, form: string, raw: string): string {
  const said = type ?? verdicts.find((verdict) => verdict.ok)?.signal.type ?? (form === 'signal' ? typeIn(raw) : undefined);
  return isSignalType(said) ? said : '';
}

function typeIn(raw: string): unknown {
  try {
    const value: unknown = JSON.parse(raw);
    return typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined;
  } catch {
    return undefined; // not JSON, or longer than what is kept
  }
}
