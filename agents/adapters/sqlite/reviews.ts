/**
 * Cases that wait for a person, and what persons decided. A case is one combination of facts, purpose and sink under one set
 * of policies, so one decision answers every customer that it fits. A decision is final; refuses to take a second one.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { z } from 'zod';

import { CohortiumError, type ContentStore, digestOf, type Reviews } from '../../../skills/sdk/index.ts';
import type { Review } from '../../customer-data-graph/interface.ts';
import { explainSqlite, openDatabase } from './open-database.ts';

export interface ReviewsOptions {
  /** State folder; reviews.db is made in it. */
  readonly directory: string;
  readonly content: ContentStore;
}

interface ReviewRuling {
  readonly review: string;
  readonly status: 'approved' | 'rejected';
  readonly by: string;
  readonly note: string;
}

export interface SqliteReviews extends Reviews {
  /** Newest first by the day they were opened, then by id. */
  readonly list: (status: 'open' | 'all') => readonly Review[];
  /** @throws {CohortiumError} REVIEW_NOT_FOUND */
  readonly get: (id: string) => Review;
  /**
   * The facts that the case rests on; null is unknown.
   * @throws {CohortiumError} REVIEW_NOT_FOUND
   */
  readonly factsOf: (id: string) => Readonly<Record<string, string | number | boolean | null>>;
  /**
   * Answers an open case. The gate applies the answer from its next run on.
   * @param by who decides; recorded
   * @param note why; recorded
   * @throws {CohortiumError} REVIEW_NOT_FOUND, REVIEW_DECIDED, or ARGUMENT_INVALID when nobody is named
   */
  readonly decide: (id: string, decision: 'approve' | 'reject', by: string, note: string) => Review;
  /** What was decided about a case key; undefined while nothing was. */
  readonly rulingOf: (key: string) => ReviewRuling | undefined;
  readonly close: () => void;
}

const schema = `
  CREATE TABLE IF NOT EXISTS review (
    id TEXT PRIMARY KEY, case_key TEXT NOT NULL UNIQUE, purpose TEXT NOT NULL, sink TEXT NOT NULL, facts TEXT NOT NULL,
    policies TEXT NOT NULL, unknown_facts TEXT NOT NULL, customers INTEGER NOT NULL, opened_as_of TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'approved', 'rejected')), decided_by TEXT, note TEXT
  ) STRICT;
  CREATE TABLE IF NOT EXISTS reply (
    idempotency_key TEXT PRIMARY KEY, opened INTEGER NOT NULL, known INTEGER NOT NULL
  ) STRICT`;

const factsSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));

const casesSchema = z.array(
  z.strictObject({
    key: z.string().min(1),
    purpose: z.string(),
    sink: z.string(),
    facts: factsSchema,
    policies: z.array(z.string()),
    unknownFacts: z.array(z.string()),
    customers: z.int().min(0),
  }),
);

interface Row {
  readonly id: string;
  readonly purpose: string;
  readonly sink: string;
  readonly facts: string;
  readonly policies: string;
  readonly unknown_facts: string;
  readonly customers: number;
  readonly opened_as_of: string;
  readonly status: Review['status'];
  readonly decided_by: string | null;
  readonly note: string | null;
}

/** Opens or makes reviews.db. @throws {CohortiumError} STORE_* as the disk says */
export function createReviews(options: ReviewsOptions): SqliteReviews {
  mkdirSync(options.directory, { recursive: true });
  const path = join(options.directory, 'reviews.db');
  const database = openDatabase(path, schema);
  const insert = database.prepare(`
    INSERT INTO review (id, case_key, purpose, sink, facts, policies, unknown_facts, customers, opened_as_of)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (case_key) DO NOTHING`);
  const recount = database.prepare(`UPDATE review SET customers = ? WHERE case_key = ? AND status = 'open'`);
  const select = database.prepare<[string], Row>('SELECT * FROM review WHERE id = ?');
  const selectAll = database.prepare<[], Row>('SELECT * FROM review ORDER BY opened_as_of DESC, id');
  const selectOpen = database.prepare<[], Row>(`SELECT * FROM review WHERE status = 'open' ORDER BY opened_as_of DESC, id`);
  const selectRuling = database.prepare<[string], Row>(`SELECT * FROM review WHERE case_key = ? AND status <> 'open'`);
  const settle = database.prepare(`UPDATE review SET status = ?, decided_by = ?, note = ? WHERE id = ? AND status = 'open'`);
  const selectReply = database.prepare<[string], { readonly opened: number; readonly known: number }>(
    'SELECT opened, known FROM reply WHERE idempotency_key = ?',
  );
  const insertReply = database.prepare('INSERT INTO reply (idempotency_key, opened, known) VALUES (?, ?, ?)');

  const found = (id: string): Row => {
    const row = select.get(id);
    if (!row) throw new CohortiumError('REVIEW_NOT_FOUND', `there is no review '${id}'`);
    return row;
  };

  const openCases = database.transaction((cases: z.infer<typeof casesSchema>, asOf: string, idempotencyKey: string) => {
    const before = selectReply.get(idempotencyKey);
    if (before) return before;
    let opened = 0;
    for (const { key, purpose, sink, facts, policies, unknownFacts, customers } of cases) {
      const texts = [facts, policies, unknownFacts].map((value) => JSON.stringify(value));
      const { changes } = insert.run(reviewId(key), key, purpose, sink, ...texts, customers, asOf);
      if (changes === 0) recount.run(customers, key);
      opened += changes;
    }
    insertReply.run(idempotencyKey, opened, cases.length - opened);
    return { opened, known: cases.length - opened };
  });

  return {
    open: async ({ decisions, asOf }, { idempotencyKey }) => {
      const cases = casesSchema.parse(options.content.getJson(decisions));
      return explainSqlite(path, () => openCases.immediate(cases, asOf, idempotencyKey));
    },
    list: (status) => (status === 'open' ? selectOpen : selectAll).all().map(toReview),
    get: (id) => toReview(found(id)),
    factsOf: (id) => factsSchema.parse(JSON.parse(found(id).facts)),
    decide: (id, decision, by, note) => {
      if (!by.trim()) throw new CohortiumError('ARGUMENT_INVALID', `a review is decided by somebody; say who decides '${id}'`);
      return explainSqlite(path, () => {
        const row = found(id);
        const { changes } = settle.run(decision === 'approve' ? 'approved' : 'rejected', by, note, id);
        if (changes === 0)
          throw new CohortiumError('REVIEW_DECIDED', `review '${id}' was ${row.status} by ${row.decided_by ?? 'somebody'}`);
        return toReview(found(id));
      });
    },
    rulingOf: (key) => {
      const row = selectRuling.get(key);
      if (!row || row.status === 'open') return undefined;
      return { review: row.id, status: row.status, by: row.decided_by ?? '', note: row.note ?? '' };
    },
    close: () => {
      database.close();
    },
  };
}

/** Derived from the case, so a case has the same id in every store. */
function reviewId(key: string): string {
  return `rev-${digestOf(['review', key]).slice(0, 16)}`;
}

function toReview(row: Row): Review {
  return {
    id: row.id,
    customers: row.customers,
    purpose: row.purpose,
    sink: row.sink,
    policies: textList(row.policies),
    unknownFacts: textList(row.unknown_facts),
    openedAsOf: row.opened_as_of,
    status: row.status,
    decidedBy: row.decided_by,
    note: row.note,
  };
}

function textList(json: string): string[] {
  return z.array(z.string()).parse(JSON.parse(json));
}
