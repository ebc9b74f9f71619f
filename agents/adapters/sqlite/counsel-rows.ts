/** Tables of reviews.db and how its rows are read. Cases and events stay as they were written; only the count of customers moves. */
import { z } from 'zod';

import type { ReviewState } from '../../../skills/gate/core/counsel/review.ts';

/** What one decision is about: facts, purpose and sink under rules as they read then. No customer is named. */
export interface ReviewCase {
  readonly caseKey: string;
  readonly purpose: string;
  readonly sink: string;
  readonly facts: Readonly<Record<string, string | number | boolean | null>>;
  /** Names of the facts that these rules read: what the decision rests on. */
  readonly decisiveFacts: readonly string[];
  /** Rules that sent it, with the digest of the text of each. */
  readonly rules: readonly { readonly id: string; readonly version: string }[];
  readonly unknownFacts: readonly string[];
  readonly policyDigest: string;
  readonly openedAsOf: string;
  /** ISO date of the last day on which it can be decided. */
  readonly dueDay: string;
  /** The deadline that says so; null where it is the operator's own. */
  readonly clock: { readonly regime: string; readonly name: string; readonly amount: number } | null;
}

const refuse = (table: string, what: string): string => `
  CREATE TRIGGER IF NOT EXISTS ${table}_no_${what.toLowerCase()} BEFORE ${what} ON ${table}
  BEGIN SELECT RAISE(ABORT, 'what happened to a review stays: ${what} on ${table} is refused'); END;`;

const kept = [
  'case_key',
  'round',
  'purpose',
  'sink',
  'facts',
  'decisive_facts',
  'rules',
  'unknown_facts',
  'policy_digest',
  'opened_as_of',
  'opened_ms',
  'due_day',
  'clock',
];

export const counselSchema = `
  CREATE TABLE IF NOT EXISTS counsel_review (
    id TEXT PRIMARY KEY, case_key TEXT NOT NULL, round INTEGER NOT NULL, purpose TEXT NOT NULL, sink TEXT NOT NULL, facts TEXT NOT NULL,
    decisive_facts TEXT NOT NULL, rules TEXT NOT NULL, unknown_facts TEXT NOT NULL, policy_digest TEXT NOT NULL, customers INTEGER NOT NULL, opened_as_of TEXT NOT NULL,
    opened_ms INTEGER NOT NULL, due_day TEXT NOT NULL, clock TEXT, UNIQUE (case_key, round)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS counsel_event (
    place INTEGER PRIMARY KEY, review TEXT NOT NULL REFERENCES counsel_review (id), kind TEXT NOT NULL, by TEXT NOT NULL,
    at_ms INTEGER NOT NULL, policy_digest TEXT NOT NULL, from_state TEXT, to_state TEXT NOT NULL, note TEXT NOT NULL, body TEXT NOT NULL,
    digest TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS counsel_recorded (place INTEGER PRIMARY KEY) STRICT;
  CREATE TABLE IF NOT EXISTS counsel_covered (
    case_key TEXT PRIMARY KEY, purpose TEXT NOT NULL, sink TEXT NOT NULL, rules TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS counsel_probe (
    review TEXT PRIMARY KEY, right_answer TEXT NOT NULL CHECK (right_answer IN ('approve', 'reject')), because TEXT NOT NULL, by TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS reply (
    idempotency_key TEXT PRIMARY KEY, opened INTEGER NOT NULL, known INTEGER NOT NULL
  ) STRICT;
  ${['counsel_event', 'counsel_recorded', 'counsel_probe'].flatMap((table) => [refuse(table, 'UPDATE'), refuse(table, 'DELETE')]).join('')}
  ${refuse('counsel_review', 'DELETE')}
  CREATE TRIGGER IF NOT EXISTS counsel_review_stays BEFORE UPDATE OF id, ${kept.join(', ')} ON counsel_review
  BEGIN SELECT RAISE(ABORT, 'what a review is about stays as it was opened'); END`;

export interface ReviewRow {
  readonly id: string;
  readonly case_key: string;
  readonly round: number;
  readonly purpose: string;
  readonly sink: string;
  readonly facts: string;
  readonly decisive_facts: string;
  readonly rules: string;
  readonly unknown_facts: string;
  readonly policy_digest: string;
  readonly customers: number;
  readonly opened_as_of: string;
  readonly opened_ms: number;
  readonly due_day: string;
  readonly clock: string | null;
}

export interface EventRow {
  readonly place: number;
  readonly review: string;
  readonly kind: string;
  readonly by: string;
  readonly at_ms: number;
  readonly policy_digest: string;
  readonly from_state: ReviewState | null;
  readonly to_state: ReviewState;
  readonly note: string;
  readonly body: string;
  readonly digest: string;
}

export const factsSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));
const rulesSchema = z.array(z.strictObject({ id: z.string(), version: z.string() }));
const clockSchema = z.strictObject({ regime: z.string(), name: z.string(), amount: z.number() });

export function toCase(row: ReviewRow): ReviewCase {
  return {
    caseKey: row.case_key,
    purpose: row.purpose,
    sink: row.sink,
    facts: factsSchema.parse(JSON.parse(row.facts)),
    decisiveFacts: z.array(z.string()).parse(JSON.parse(row.decisive_facts)),
    rules: rulesSchema.parse(JSON.parse(row.rules)),
    unknownFacts: z.array(z.string()).parse(JSON.parse(row.unknown_facts)),
    policyDigest: row.policy_digest,
    openedAsOf: row.opened_as_of,
    dueDay: row.due_day,
    clock: row.clock === null ? null : clockSchema.parse(JSON.parse(row.clock)),
  };
}
