/**
 * Tables of ledger.db. Rows are only ever added: triggers abort every update, delete, gap, fork and replacement, whatever a
 * connection has set. Three things may go: a body whose key an `erasure` row names, the keyed digest by which a repeated call is compared,
 * and rows of `stream`, which only finds the newest record of a thing. Triggers keep honest programs honest; who can open the file can
 * drop them, and `verify` is for that.
 */
import { join } from 'node:path';

import { CohortiumError } from '../../../../skills/sdk/index.ts';
import type { Database } from '../open-for-reading.ts';
import { type RangeReader, readSubtrees, sha256, type SubtreeReader } from './merkle.ts';

export function ledgerPath(directory: string): string {
  return join(directory, 'ledger.db');
}

const refuse = (table: string, what: 'UPDATE' | 'DELETE'): string => `
  CREATE TRIGGER IF NOT EXISTS ${table}_no_${what.toLowerCase()} BEFORE ${what} ON ${table}
  BEGIN SELECT RAISE(ABORT, 'the ledger only grows: ${what} on ${table} is refused'); END;`;

const once = (table: string, isKnown: string): string => `
  CREATE TRIGGER IF NOT EXISTS ${table}_once BEFORE INSERT ON ${table} WHEN ${isKnown}
  BEGIN SELECT RAISE(ABORT, 'the ledger only grows: a row of ${table} is written once'); END;`;

/** Tables that neither lose nor change a row. */
export const growingTables = ['entry', 'node', 'checkpoint', 'anchor', 'call', 'kid', 'item', 'erasure', 'redaction'] as const;

/** The digest of what was handed over may be dropped, and nothing else: an erasure does it, so that a guess cannot be held against it. */
export const callTriggers = `
  DROP TRIGGER IF EXISTS call_no_update;
  CREATE TRIGGER IF NOT EXISTS call_only_forgets BEFORE UPDATE ON call
  WHEN NEW.key <> OLD.key OR NEW.receipt <> OLD.receipt OR length(NEW.records) > 0
  BEGIN SELECT RAISE(ABORT, 'the ledger only grows: UPDATE on call is refused'); END;`;

/**
 * Places are `index × 512 + position + 1`, where position is −1 for a leaf that is the record itself. Levels are stored in falling
 * order, so that new leaves always come last in the file.
 */
export const ledgerSchema = `
  CREATE TABLE IF NOT EXISTS entry (
    idx INTEGER PRIMARY KEY, kind TEXT NOT NULL, leaf BLOB NOT NULL, prev BLOB NOT NULL, chain BLOB NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS entry_kind ON entry (kind);
  CREATE TABLE IF NOT EXISTS node (
    level INTEGER NOT NULL, idx INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (level DESC, idx)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS checkpoint (size INTEGER PRIMARY KEY, root BLOB NOT NULL, note TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS anchor (
    id INTEGER PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, kind TEXT NOT NULL, place TEXT NOT NULL, time TEXT,
    evidence TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS call (key BLOB PRIMARY KEY, records BLOB NOT NULL, receipt BLOB NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS kid (id INTEGER PRIMARY KEY, kid BLOB NOT NULL UNIQUE) STRICT;
  CREATE TABLE IF NOT EXISTS item (
    place INTEGER PRIMARY KEY, kid INTEGER NOT NULL, commitment BLOB NOT NULL, ct BLOB NOT NULL,
    idx INTEGER GENERATED ALWAYS AS (place >> 9) VIRTUAL, position INTEGER GENERATED ALWAYS AS ((place & 511) - 1) VIRTUAL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS body (
    place INTEGER PRIMARY KEY, kid INTEGER NOT NULL, version INTEGER NOT NULL, sealed BLOB NOT NULL,
    idx INTEGER GENERATED ALWAYS AS (place >> 9) VIRTUAL, position INTEGER GENERATED ALWAYS AS ((place & 511) - 1) VIRTUAL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS body_kid ON body (kid);
  CREATE TABLE IF NOT EXISTS erasure (kid INTEGER PRIMARY KEY, record INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS redaction (
    place INTEGER NOT NULL, version INTEGER NOT NULL, ct BLOB NOT NULL, record INTEGER NOT NULL, PRIMARY KEY (place, version)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS stream (
    kid INTEGER NOT NULL, tag BLOB NOT NULL, place INTEGER NOT NULL, same BLOB NOT NULL, PRIMARY KEY (kid, tag)
  ) STRICT, WITHOUT ROWID;
  ${growingTables.flatMap((table) => (table === 'call' ? [] : [refuse(table, 'UPDATE')]).concat(refuse(table, 'DELETE'))).join('')}
  ${callTriggers}
  CREATE TRIGGER IF NOT EXISTS entry_no_gap BEFORE INSERT ON entry
  WHEN NEW.idx <> (SELECT coalesce(max(idx) + 1, 0) FROM entry)
    OR NEW.prev <> coalesce((SELECT chain FROM entry ORDER BY idx DESC LIMIT 1), zeroblob(32))
  BEGIN SELECT RAISE(ABORT, 'the ledger only grows: a gap or a fork is refused'); END;
  ${once('node', 'EXISTS (SELECT 1 FROM node WHERE level = NEW.level AND idx = NEW.idx)')}
  ${once('checkpoint', 'NEW.size <= (SELECT coalesce(max(size), -1) FROM checkpoint)')}
  ${once('anchor', 'EXISTS (SELECT 1 FROM anchor WHERE id = NEW.id)')}
  ${once('call', 'EXISTS (SELECT 1 FROM call WHERE key = NEW.key)')}
  ${once('kid', 'EXISTS (SELECT 1 FROM kid WHERE id = NEW.id OR kid = NEW.kid)')}
  ${once('item', 'NEW.place <= (SELECT coalesce(max(place), -1) FROM item)')}
  ${once('body', 'NEW.place <= (SELECT coalesce(max(place), -1) FROM body)')}
  ${once('erasure', 'EXISTS (SELECT 1 FROM erasure WHERE kid = NEW.kid)')}
  ${once('redaction', 'EXISTS (SELECT 1 FROM redaction WHERE place = NEW.place AND version = NEW.version)')}
  CREATE TRIGGER IF NOT EXISTS body_not_after_erasure BEFORE INSERT ON body WHEN EXISTS (SELECT 1 FROM erasure WHERE kid = NEW.kid)
  BEGIN SELECT RAISE(ABORT, 'the ledger only grows: nothing is sealed with a key that an erasure names'); END;
  CREATE TRIGGER IF NOT EXISTS body_no_delete BEFORE DELETE ON body WHEN NOT EXISTS (SELECT 1 FROM erasure WHERE kid = OLD.kid)
  BEGIN SELECT RAISE(ABORT, 'the ledger only grows: DELETE on body is refused without an erasure of its key'); END;
  CREATE TRIGGER IF NOT EXISTS body_no_update BEFORE UPDATE ON body
  WHEN NEW.place <> OLD.place OR NEW.kid <> OLD.kid OR NEW.version <> OLD.version + 1
    OR NOT EXISTS (SELECT 1 FROM redaction WHERE place = NEW.place AND version = NEW.version)
  BEGIN SELECT RAISE(ABORT, 'the ledger only grows: UPDATE on body is refused without a redaction of it'); END`;

export interface EntryRow {
  readonly idx: number;
  readonly kind: string;
  readonly leaf: Buffer;
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

const chainInput = Buffer.alloc(64);

/** Each leaf's chain value covers every leaf before it. */
export function chainAfter(prev: Uint8Array, leafHash: Uint8Array): Buffer {
  chainInput.set(prev, 0);
  chainInput.set(leafHash, 32);
  return sha256(chainInput);
}

/** Integer that a record's place is in the file. @param item position in the batch; null where the leaf is the record */
export function placeNumber(index: number, item: number | null): number {
  return index * 512 + (item === null ? 0 : item + 1);
}

export function placeOf(place: number): { readonly index: number; readonly item: number | null } {
  const position = place % 512;
  return { index: Math.floor(place / 512), item: position === 0 ? null : position - 1 };
}

/** Reads subtree hashes of the database. @throws {CohortiumError} LEDGER_GAP when one is absent */
export function subtreeReader(database: Database): SubtreeReader {
  return readSubtrees(rangeReader(database));
}

interface TileRow {
  readonly hashes: Buffer | null;
  readonly first: number | null;
  readonly last: number | null;
}

/** Remembers what it read: 256 neighbours at a time, as one value, because a row each would take ten times as long. */
export function rangeReader(database: Database): RangeReader {
  const read = database.prepare<[number, number, number], TileRow>(
    `SELECT CAST(group_concat(hash, '') AS BLOB) AS hashes, min(idx) AS first, max(idx) AS last
    FROM (SELECT idx, hash FROM node WHERE level = ? AND idx BETWEEN ? AND ? ORDER BY idx)`,
  );
  const tiles = new Map<string, Buffer>();
  const tileOf = (level: number, tile: number): Buffer => {
    const known = tiles.get(`${level}/${tile}`);
    if (known) return known;
    const start = tile * tileWidth;
    const { hashes, first, last } = read.get(level, start, start + tileWidth - 1) ?? {};
    const isWhole = hashes && first === start && hashes.length === ((last ?? 0) - start + 1) * 32;
    const found = isWhole ? hashes : Buffer.alloc(0);
    tiles.set(`${level}/${tile}`, found);
    return found;
  };
  return (level, index, count) => {
    const parts: Buffer[] = [];
    for (let at = index; at < index + count; at = (Math.floor(at / tileWidth) + 1) * tileWidth) {
      const tile = Math.floor(at / tileWidth);
      parts.push(tileOf(level, tile).subarray((at - tile * tileWidth) * 32, (index + count - tile * tileWidth) * 32));
    }
    const hashes = parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
    if (hashes.length === count * 32) return hashes;
    const from = index * 2 ** level;
    throw new CohortiumError('LEDGER_GAP', `the ledger has no whole tree over leaves ${from} to ${from + count * 2 ** level - 1}`);
  };
}

const tileWidth = 256;
