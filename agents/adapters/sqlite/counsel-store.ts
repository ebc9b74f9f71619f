/**
 * Cases before counsel and what happened to each: reviews.db. What happens is only added, each event with the digest of the one before
 * it; triggers refuse to change or remove one, and one that was changed all the same is found when it is read. Decides nothing itself.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { type ReviewEvent, type ReviewState, type Standing, afterEvent, opened } from '../../../skills/gate/core/counsel/review.ts';
import { canonicalJson, CohortiumError, type Digest, digestOf, type Json } from '../../../skills/sdk/index.ts';
import { migrateReviews } from './counsel-migration.ts';
import { counselSchema, type EventRow, type ReviewCase, type ReviewRow, toCase } from './counsel-rows.ts';
import { type Database, explainSqlite, openDatabase } from './open-database.ts';

export type { ReviewCase } from './counsel-rows.ts';

export interface RecordedEvent {
  /** 1 for the first of all. */
  readonly place: number;
  readonly review: string;
  /** Person id, or `gate`. */
  readonly by: string;
  readonly atMs: number;
  readonly policyDigest: string;
  readonly from: ReviewState | null;
  readonly to: ReviewState;
  readonly note: string;
  readonly event: ReviewEvent;
  /** What was signed, for a recommendation and a decision. */
  readonly statement: Json;
  readonly digest: Digest;
}

export interface StoredReview extends ReviewCase {
  readonly id: string;
  /** 0 for the first time that the case was opened. */
  readonly round: number;
  readonly customers: number;
  readonly openedMs: number;
  readonly standing: Standing;
  readonly events: readonly RecordedEvent[];
}

export interface NewEvent {
  readonly event: ReviewEvent;
  readonly by: string;
  readonly note: string;
  readonly policyDigest: string;
  readonly statement?: Json;
}

export interface Probe {
  readonly review: string;
  readonly rightAnswer: 'approve' | 'reject';
  readonly because: string;
  readonly by: string;
}

export interface CounselStore {
  /** Oldest first. @throws {CohortiumError} STORE_CORRUPT when an event is not as it was written */
  readonly reviews: () => readonly StoredReview[];
  readonly review: (id: string) => StoredReview | undefined;
  /** The newest round of a case. */
  readonly latestOf: (caseKey: string) => StoredReview | undefined;
  /** Opens the next round of a case. */
  readonly open: (review: ReviewCase, customers: number, atMs: number) => StoredReview;
  readonly recount: (id: string, customers: number) => void;
  /** @throws {CohortiumError} REVIEW_REFUSED where the review does not stand so that this could happen */
  readonly append: (id: string, event: NewEvent, atMs: number) => StoredReview;
  /** All or nothing. */
  readonly atomically: <Result>(work: () => Result) => Result;
  /** Remembers a case that a waiver answers, so that nobody is asked. */
  readonly cover: (covered: Pick<ReviewCase, 'caseKey' | 'purpose' | 'sink' | 'rules'>) => void;
  readonly coveredOf: (caseKey: string) => Pick<ReviewCase, 'caseKey' | 'purpose' | 'sink' | 'rules'> | undefined;
  readonly addProbe: (probe: Probe) => void;
  readonly probeOf: (review: string) => Probe | undefined;
  readonly replyTo: (idempotencyKey: string) => { readonly opened: number; readonly known: number } | undefined;
  readonly keepReply: (idempotencyKey: string, reply: { readonly opened: number; readonly known: number }) => void;
  /** Events that the ledger does not have, oldest first. */
  readonly unrecorded: () => readonly RecordedEvent[];
  readonly recorded: (places: readonly number[]) => void;
  readonly close: () => void;
}

/** Who acts where no person does. */
export const gateActor = 'gate';

const beforeFirst = '0'.repeat(64);

/** Opens or makes reviews.db; older files are brought up to date. @throws {CohortiumError} STORE_* as the disk says */
export function createCounselStore({ directory }: { readonly directory: string }): CounselStore {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, 'reviews.db');
  const database = openDatabase(path, counselSchema);
  const reviews = new Map<string, StoredReview>();
  /** By case, the newest round. */
  const latest = new Map<string, string>();
  let last = { place: 0, digest: beforeFirst };

  const statements = {
    rows: database.prepare<[], ReviewRow>('SELECT * FROM counsel_review ORDER BY opened_ms, id'),
    events: database.prepare<[number], EventRow>('SELECT * FROM counsel_event WHERE place > ? ORDER BY place'),
    add: database.prepare(`
      INSERT INTO counsel_review (id, case_key, round, purpose, sink, facts, decisive_facts, rules, unknown_facts, policy_digest, customers, opened_as_of,
        opened_ms, due_day, clock) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    recount: database.prepare('UPDATE counsel_review SET customers = ? WHERE id = ? AND customers <> ?'),
    append: database.prepare(`
      INSERT INTO counsel_event (place, review, kind, by, at_ms, policy_digest, from_state, to_state, note, body, digest)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    cover: database.prepare('INSERT OR IGNORE INTO counsel_covered (case_key, purpose, sink, rules) VALUES (?, ?, ?, ?)'),
    covered: database.prepare<[string], { readonly purpose: string; readonly sink: string; readonly rules: string }>(
      'SELECT purpose, sink, rules FROM counsel_covered WHERE case_key = ?',
    ),
    addProbe: database.prepare('INSERT INTO counsel_probe (review, right_answer, because, by) VALUES (?, ?, ?, ?)'),
    probe: database.prepare<[string], Probe>('SELECT review, right_answer AS rightAnswer, because, by FROM counsel_probe WHERE review = ?'),
    reply: database.prepare<[string], { readonly opened: number; readonly known: number }>(
      'SELECT opened, known FROM reply WHERE idempotency_key = ?',
    ),
    keepReply: database.prepare('INSERT INTO reply (idempotency_key, opened, known) VALUES (?, ?, ?)'),
    unrecorded: database.prepare<[], { readonly place: number }>(
      'SELECT place FROM counsel_event WHERE place NOT IN (SELECT place FROM counsel_recorded) ORDER BY place',
    ),
    record: database.prepare('INSERT OR IGNORE INTO counsel_recorded (place) VALUES (?)'),
    lastRecorded: database.prepare<[], { readonly place: number }>('SELECT coalesce(max(place), 0) AS place FROM counsel_recorded'),
  };

  const remember = (row: ReviewRow): void => {
    const before = reviews.get(row.id);
    reviews.set(row.id, {
      ...toCase(row),
      id: row.id,
      round: row.round,
      customers: row.customers,
      openedMs: row.opened_ms,
      standing: before?.standing ?? opened,
      events: before?.events ?? [],
    });
    const newest = reviews.get(latest.get(row.case_key) ?? '');
    if (!newest || newest.round <= row.round) latest.set(row.case_key, row.id);
  };

  const take = (row: EventRow): void => {
    const digest = chained(row, last.digest);
    const review = reviews.get(row.review);
    const { event, statement } = JSON.parse(row.body) as { readonly event: ReviewEvent; readonly statement: Json }; // written by this file
    const standing = event.kind === 'open' ? opened : review && afterEvent(review.standing, event);
    if (digest !== row.digest || row.place !== last.place + 1 || !review || !standing || standing.state !== row.to_state) {
      throw new CohortiumError(
        'STORE_CORRUPT',
        `${path}: event ${last.place + 1} is not as it was written, or one before it is gone; restore the file from a copy`,
      );
    }
    const { place, by, at_ms: atMs, policy_digest: policyDigest, from_state: from, to_state: to, note } = row;
    const recorded: RecordedEvent = { place, review: row.review, by, atMs, policyDigest, from, to, note, event, statement, digest };
    reviews.set(review.id, { ...review, standing, events: [...review.events, recorded] });
    last = { place, digest };
  };

  /** What another process has added since is read too; what was read is not read again. */
  const refresh = (): void => {
    const added = statements.events.all(last.place);
    if (added.length === 0 && last.place > 0) return;
    for (const row of statements.rows.all()) remember(row);
    for (const row of added) take(row);
    if ((statements.lastRecorded.get()?.place ?? 0) > last.place) {
      throw new CohortiumError(
        'STORE_CORRUPT',
        `${path}: it ends after event ${last.place}, and the ledger has later ones; restore the file from a copy`,
      );
    }
  };

  const found = (id: string): StoredReview => {
    const review = reviews.get(id);
    if (!review) throw new CohortiumError('REVIEW_NOT_FOUND', `there is no review '${id}'; 'cohortium gate reviews' lists them`);
    return review;
  };

  const append: CounselStore['append'] = (id, { event, by, note, policyDigest, statement = null }, atMs) => {
    refresh();
    const review = found(id);
    const isFirst = event.kind === 'open';
    const standing = isFirst ? opened : afterEvent(review.standing, event);
    if (!standing)
      throw new CohortiumError('REVIEW_REFUSED', `'${event.kind}' cannot follow where review '${id}' is ${review.standing.state}`);
    const row: Omit<EventRow, 'digest'> = {
      place: last.place + 1,
      review: id,
      kind: event.kind,
      by,
      at_ms: Math.round(atMs),
      policy_digest: policyDigest,
      from_state: isFirst ? null : review.standing.state,
      to_state: standing.state,
      note,
      body: canonicalJson({ event, statement }),
    };
    const digest = chained(row, last.digest);
    statements.append.run(
      row.place,
      row.review,
      row.kind,
      row.by,
      row.at_ms,
      row.policy_digest,
      row.from_state,
      row.to_state,
      row.note,
      row.body,
      digest,
    );
    take({ ...row, digest });
    return found(id);
  };

  const open: CounselStore['open'] = (one, customers, atMs) => {
    refresh();
    const newest = reviews.get(latest.get(one.caseKey) ?? '');
    const round = newest ? newest.round + 1 : 0;
    const id = reviewId(one.caseKey, round);
    const texts = [one.facts, one.decisiveFacts, one.rules, one.unknownFacts].map((value) => JSON.stringify(value));
    const clock = one.clock === null ? null : JSON.stringify(one.clock);
    const openedMs = Math.round(atMs);
    statements.add.run(
      id,
      one.caseKey,
      round,
      one.purpose,
      one.sink,
      ...texts,
      one.policyDigest,
      customers,
      one.openedAsOf,
      openedMs,
      one.dueDay,
      clock,
    );
    reviews.set(id, { ...one, id, round, customers, openedMs, standing: opened, events: [] });
    latest.set(one.caseKey, id);
    return append(id, { event: { kind: 'open' }, by: gateActor, note: '', policyDigest: one.policyDigest }, atMs);
  };

  const transaction = database.transaction((work: () => unknown) => work());
  const atomically = <Result>(work: () => Result): Result =>
    explainSqlite(path, () => {
      if (database.inTransaction) return work();
      try {
        return transaction.immediate(work) as Result; // what `work` returns
      } catch (error) {
        // What was remembered of it was taken back.
        reviews.clear();
        latest.clear();
        last = { place: 0, digest: beforeFirst };
        throw error;
      }
    });
  migrateReviews(database, path);

  return {
    reviews: () => explainSqlite(path, () => (refresh(), [...reviews.values()])),
    review: (id) => explainSqlite(path, () => (refresh(), reviews.get(id))),
    latestOf: (caseKey) => explainSqlite(path, () => (refresh(), reviews.get(latest.get(caseKey) ?? ''))),
    open: (one, customers, atMs) => atomically(() => open(one, customers, atMs)),
    recount: (id, customers) => {
      atomically(() => statements.recount.run(customers, id, customers));
      reviews.set(id, { ...found(id), customers });
    },
    append: (id, event, atMs) => atomically(() => append(id, event, atMs)),
    atomically,
    cover: ({ caseKey, purpose, sink, rules }) =>
      void atomically(() => statements.cover.run(caseKey, purpose, sink, JSON.stringify(rules))),
    coveredOf: (caseKey) => {
      const row = statements.covered.get(caseKey);
      return row && { caseKey, purpose: row.purpose, sink: row.sink, rules: JSON.parse(row.rules) as ReviewCase['rules'] }; // written by this file
    },
    addProbe: ({ review, rightAnswer, because, by }) => void atomically(() => statements.addProbe.run(review, rightAnswer, because, by)),
    probeOf: (review) => statements.probe.get(review),
    replyTo: (idempotencyKey) => statements.reply.get(idempotencyKey),
    keepReply: (idempotencyKey, { opened: count, known }) => void statements.keepReply.run(idempotencyKey, count, known),
    unrecorded: () => {
      refresh();
      const waiting = new Set(statements.unrecorded.all().map(({ place }) => place));
      return [...reviews.values()]
        .flatMap(({ events }) => events.filter(({ place }) => waiting.has(place)))
        .sort((one, other) => one.place - other.place);
    },
    recorded: (places) => {
      atomically(() => {
        for (const place of places) statements.record.run(place);
      });
    },
    close: () => void database.close(),
  };
}

/** Derived from the case, so a case has the same id in every store. */
function reviewId(caseKey: string, round: number): string {
  return `rev-${digestOf(round === 0 ? ['review', caseKey] : ['review', caseKey, round]).slice(0, 16)}`;
}

function chained(row: Omit<EventRow, 'digest'>, previous: string): Digest {
  const { place, review, kind, by, at_ms: atMs, policy_digest: policyDigest, from_state: from, to_state: to, note, body } = row;
  return digestOf([previous, place, review, kind, by, atMs, policyDigest, from, to, note, body]);
}

/** Chains what happened anew from the first: after a person was taken out of notes, inside the transaction that did it. */
export function chainReviewsAnew(database: Database): void {
  const set = database.prepare('UPDATE counsel_event SET digest = ? WHERE place = ?');
  let before: string = beforeFirst;
  for (const row of database.prepare<[], EventRow>('SELECT * FROM counsel_event ORDER BY place').all()) {
    before = chained(row, before);
    set.run(before, row.place);
  }
}
