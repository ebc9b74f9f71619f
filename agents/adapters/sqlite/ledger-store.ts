/**
 * Tables of ledger.db and how a record becomes a row. Rows are only ever added: triggers abort every update, delete, gap,
 * fork and replacement. They keep honest programs honest; who can open the file can drop them, and `verify` is for that.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';

import { z } from 'zod';

import { canonicalJson, CohortiumError, type Table, textColumn } from '../../../skills/sdk/index.ts';
import type { Keyring } from '../files/keyring.ts';
import { readSubtrees, type SubtreeReader } from './ledger-merkle.ts';
import type { Database } from './open-database.ts';

export function ledgerPath(directory: string): string {
  return join(directory, 'ledger.db');
}

const refuse = (table: string, what: 'UPDATE' | 'DELETE'): string => `
  CREATE TRIGGER IF NOT EXISTS ${table}_no_${what.toLowerCase()} BEFORE ${what} ON ${table}
  BEGIN SELECT RAISE(ABORT, 'the ledger only grows: ${what} on ${table} is refused'); END;`;

export const ledgerSchema = `
  CREATE TABLE IF NOT EXISTS entry (
    idx INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, leaf BLOB NOT NULL, leaf_hash BLOB NOT NULL, prev BLOB NOT NULL, chain BLOB NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS node (level INTEGER NOT NULL, idx INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (level, idx)) STRICT;
  CREATE TABLE IF NOT EXISTS checkpoint (size INTEGER PRIMARY KEY, root BLOB NOT NULL, note TEXT NOT NULL) STRICT;
  ${['entry', 'node', 'checkpoint'].flatMap((table) => [refuse(table, 'UPDATE'), refuse(table, 'DELETE')]).join('')}
  CREATE TRIGGER IF NOT EXISTS entry_no_gap BEFORE INSERT ON entry
  WHEN NEW.idx <> (SELECT coalesce(max(idx) + 1, 0) FROM entry)
    OR NEW.prev <> coalesce((SELECT chain FROM entry ORDER BY idx DESC LIMIT 1), zeroblob(32))
    OR EXISTS (SELECT 1 FROM entry WHERE key = NEW.key)
  BEGIN SELECT RAISE(ABORT, 'the ledger only grows: a gap, a fork or a known key is refused'); END;
  CREATE TRIGGER IF NOT EXISTS node_no_replace BEFORE INSERT ON node
  WHEN EXISTS (SELECT 1 FROM node WHERE level = NEW.level AND idx = NEW.idx)
  BEGIN SELECT RAISE(ABORT, 'the ledger only grows: a tree node is written once'); END;
  CREATE TRIGGER IF NOT EXISTS checkpoint_no_replace BEFORE INSERT ON checkpoint
  WHEN NEW.size <= (SELECT coalesce(max(size), -1) FROM checkpoint)
  BEGIN SELECT RAISE(ABORT, 'the ledger only grows: a checkpoint is written once'); END`;

export interface EntryRow {
  readonly idx: number;
  readonly key: string;
  readonly leaf: Buffer;
  readonly leaf_hash: Buffer;
  readonly prev: Buffer;
  readonly chain: Buffer;
}

export interface CheckpointRow {
  readonly size: number;
  readonly root: Buffer;
  readonly note: string;
}

/** Chain value before the first record. */
export const chainStart = Buffer.alloc(32);

/** Each record's chain value covers every record before it. */
export function chainAfter(prev: Uint8Array, leafHash: Uint8Array): Buffer {
  return createHash('sha256').update(prev).update(leafHash).digest();
}

/** A record as a skill hands it over. Key and subject may name a customer: they are committed to and never stored. */
export interface DraftRecord {
  readonly kind: string;
  /** Commitment to the key: same key, same record. */
  readonly key: string;
  /** Commitment to whom it is about; undefined for nobody. */
  readonly subject: string | undefined;
  readonly body: unknown;
}

/** @throws {CohortiumError} ARGUMENT_INVALID when a body is not JSON */
export function draftsOf(records: Table, keyring: Keyring): DraftRecord[] {
  const kinds = textColumn(records, 'kind');
  const subjects = textColumn(records, 'subject');
  const bodies = textColumn(records, 'body');
  return textColumn(records, 'key').map((key, row) => {
    const subject = subjects[row] ?? '';
    let body: unknown;
    try {
      body = JSON.parse(bodies[row] ?? '');
    } catch (cause) {
      throw new CohortiumError('ARGUMENT_INVALID', `the body of record ${row} of the batch is not JSON; nothing was written`, { cause });
    }
    return {
      kind: kinds[row] ?? '',
      key: keyring.commit('key', key),
      subject: subject === '' ? undefined : keyring.commit('subject', subject),
      body,
    };
  });
}

/** What is hashed into the tree: canonical JSON without personal data. */
export function leafOf(draft: DraftRecord, index: number, time: string): Buffer {
  return Buffer.from(canonicalJson({ format: 'cohortium/record@1', index, time, ...draft }));
}

export const leafSchema = z.looseObject({
  format: z.literal('cohortium/record@1'),
  index: z.int().min(0),
  key: z.string(),
  time: z.string(),
});

/** Reads subtree hashes of the database. @throws {CohortiumError} LEDGER_GAP when one is absent */
export function subtreeReader(database: Database): SubtreeReader {
  const leaf = database.prepare<[number], { readonly hash: Buffer }>('SELECT leaf_hash AS hash FROM entry WHERE idx = ?');
  const node = database.prepare<[number, number], { readonly hash: Buffer }>('SELECT hash FROM node WHERE level = ? AND idx = ?');
  return readSubtrees((level, index) => {
    const found = level === 0 ? leaf.get(index) : node.get(level, index);
    if (!found) throw new CohortiumError('LEDGER_GAP', `the ledger has no ${level === 0 ? `record ${index}` : `node ${level}/${index}`}`);
    return found.hash;
  });
}
