/**
 * Links that likeness proposes, and what became of them. A decision is final; refuses to take a second one. The link itself is a
 * signal in the event log: what is decided here and not yet logged is logged again, under the same id.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { z } from 'zod';

import { CohortiumError, digestOf } from '../../../skills/sdk/index.ts';
import type { ProposalStatus, ProposedLink } from '../../customer-data-graph/graph/graph-interface.ts';
import { explainSqlite, openDatabase } from './open-database.ts';

/** A likely pair, before anybody has looked at it. */
export type Proposal = Pick<ProposedLink, 'left' | 'right' | 'weight' | 'probability' | 'evidence' | 'needsPerson'>;

export interface ProposalChanges {
  readonly proposed: number;
  readonly withdrawn: number;
}

export interface SqliteGraphReviews {
  /** The likeliest first, then by id. */
  readonly list: (status: 'open' | 'all') => readonly ProposedLink[];
  /** Takes what is likely now: adds new pairs, renews known open ones, withdraws open ones that are not among them. */
  readonly propose: (pairs: readonly Proposal[], atMs: number) => ProposalChanges;
  /**
   * Answers an open proposal.
   * @throws {CohortiumError} LINK_NOT_FOUND, LINK_DECIDED
   */
  readonly decide: (id: string, status: 'confirmed' | 'rejected', by: string, note: string, atMs: number) => ProposedLink;
  /** Notes links that the rules make by themselves. */
  readonly link: (pairs: readonly Proposal[], atMs: number) => void;
  /** Confirmed and linked ones of which the log does not know yet. */
  readonly unlogged: () => readonly ProposedLink[];
  readonly logged: (id: string) => void;
  readonly close: () => void;
}

const schema = `
  CREATE TABLE IF NOT EXISTS proposal (
    id TEXT PRIMARY KEY, left_identity TEXT NOT NULL, right_identity TEXT NOT NULL, weight REAL NOT NULL, probability REAL NOT NULL,
    evidence TEXT NOT NULL, needs_person INTEGER NOT NULL, proposed_ms INTEGER NOT NULL,
    status TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'confirmed', 'rejected', 'linked', 'withdrawn')),
    decided_by TEXT, decided_ms INTEGER, note TEXT, logged INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX IF NOT EXISTS proposal_by_status ON proposal (status, probability)`;

interface Row {
  readonly id: string;
  readonly left_identity: string;
  readonly right_identity: string;
  readonly weight: number;
  readonly probability: number;
  readonly evidence: string;
  readonly needs_person: number;
  readonly proposed_ms: number;
  readonly status: ProposalStatus;
  readonly decided_by: string | null;
  readonly decided_ms: number | null;
  readonly note: string | null;
}

const evidenceSchema = z.array(z.strictObject({ comparison: z.string(), level: z.string(), bits: z.number() }));

/** Opens or makes graph.db in the state folder. @throws {CohortiumError} STORE_* as the disk says */
export function createGraphReviews({ directory }: { readonly directory: string }): SqliteGraphReviews {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, 'graph.db');
  const database = openDatabase(path, schema);
  const select = database.prepare<[string], Row>('SELECT * FROM proposal WHERE id = ?');
  const order = 'ORDER BY probability DESC, weight DESC, id';
  const selectAll = database.prepare<[], Row>(`SELECT * FROM proposal ${order}`);
  const selectOpen = database.prepare<[], Row>(`SELECT * FROM proposal WHERE status = 'open' ${order}`);
  const selectUnlogged = database.prepare<[], Row>(
    `SELECT * FROM proposal WHERE status IN ('confirmed', 'linked') AND logged = 0 ${order}`,
  );
  const add = database.prepare(`
    INSERT INTO proposal (id, left_identity, right_identity, weight, probability, evidence, needs_person, proposed_ms)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`);
  const renew = database.prepare(`
    UPDATE proposal SET weight = ?, probability = ?, evidence = ?, needs_person = ?, status = 'open'
    WHERE id = ? AND status IN ('open', 'withdrawn')`);
  const settle = database.prepare(
    `UPDATE proposal SET status = ?, decided_by = ?, note = ?, decided_ms = ? WHERE id = ? AND status IN ('open', 'withdrawn')`,
  );
  const withdraw = database.prepare(`UPDATE proposal SET status = 'withdrawn' WHERE id = ? AND status = 'open'`);
  const log = database.prepare('UPDATE proposal SET logged = 1 WHERE id = ?');

  const found = (id: string): Row => {
    const row = select.get(id);
    if (!row) throw new CohortiumError('LINK_NOT_FOUND', `there is no proposed link '${id}'; cohortium graph links lists the open ones`);
    return row;
  };

  const put = (pair: Proposal, atMs: number): { readonly id: string; readonly isNew: boolean } => {
    const id = proposalId(pair.left, pair.right);
    const needsPerson = pair.needsPerson ? 1 : 0;
    const evidence = JSON.stringify(pair.evidence);
    const { changes } = add.run(id, pair.left, pair.right, pair.weight, pair.probability, evidence, needsPerson, atMs);
    if (changes === 0) renew.run(pair.weight, pair.probability, evidence, needsPerson, id);
    return { id, isNew: changes === 1 };
  };

  const propose = database.transaction((pairs: readonly Proposal[], atMs: number): ProposalChanges => {
    const likely = new Set<string>();
    let proposed = 0;
    for (const pair of pairs) {
      const { id, isNew } = put(pair, atMs);
      likely.add(id);
      if (isNew) proposed += 1;
    }
    let withdrawn = 0;
    for (const { id } of selectOpen.all()) if (!likely.has(id)) withdrawn += withdraw.run(id).changes;
    return { proposed, withdrawn };
  });

  const link = database.transaction((pairs: readonly Proposal[], atMs: number) => {
    for (const pair of pairs) settle.run('linked', 'the rules', 'above autoLinkAbove', atMs, put(pair, atMs).id);
  });

  return {
    list: (status) => (status === 'open' ? selectOpen : selectAll).all().map(toProposedLink),
    propose: (pairs, atMs) => explainSqlite(path, () => propose.immediate(pairs, atMs)),
    decide: (id, status, by, note, atMs) =>
      explainSqlite(path, () => {
        const row = found(id);
        const { changes } = settle.run(status, by, note, atMs, id);
        if (changes === 0) throw new CohortiumError('LINK_DECIDED', `link '${id}' was ${row.status} by ${row.decided_by ?? 'somebody'}`);
        return toProposedLink(found(id));
      }),
    link: (pairs, atMs) => {
      explainSqlite(path, () => link.immediate(pairs, atMs));
    },
    unlogged: () => selectUnlogged.all().map(toProposedLink),
    logged: (id) => {
      explainSqlite(path, () => log.run(id));
    },
    close: () => {
      database.close();
    },
  };
}

/** Made of the pair, so a pair has the same id in every store. */
function proposalId(left: string, right: string): string {
  return `link-${digestOf(['link', left, right]).slice(0, 16)}`;
}

function toProposedLink(row: Row): ProposedLink {
  return {
    id: row.id,
    left: row.left_identity,
    right: row.right_identity,
    weight: row.weight,
    probability: row.probability,
    evidence: evidenceSchema.parse(JSON.parse(row.evidence)),
    needsPerson: row.needs_person === 1,
    status: row.status,
    proposedAt: new Date(row.proposed_ms).toISOString(),
    decidedBy: row.decided_by,
    decidedAt: row.decided_ms === null ? null : new Date(row.decided_ms).toISOString(),
    note: row.note,
  };
}
