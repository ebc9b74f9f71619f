/** What of ledger.db goes into a segment: leaves of one state of the file, their hashes, items and sealed bodies. Writes nothing. */
import { existsSync } from 'node:fs';

import { CohortiumError } from '../../../../skills/sdk/index.ts';
import type { SegmentLeaf, SegmentSource } from '../../../customer-data-graph/record/segment-format.ts';
import { type Database, explainSqlite, openDatabase } from '../open-database.ts';
import { itemText, parseLeaf } from './leaf.ts';
import { consistencyPath, rootOf } from './merkle.ts';
import { type Checkpoint, readCheckpoints } from './note.ts';
import { itemsOf } from './stored-records.ts';
import { ledgerPath, placeNumber, placeOf, rangeReader, subtreeReader } from './tables.ts';

/** The ledger as anchors see it. */
export interface AnchorSource extends SegmentSource {
  /** Undefined where nothing was recorded yet. */
  readonly newest: Checkpoint | undefined;
  /** The checkpoint of the largest size up to this one. */
  readonly checkpointUpTo: (size: number) => Checkpoint | undefined;
  /** The checkpoint of the smallest size above this one. */
  readonly checkpointAfter: (size: number) => Checkpoint | undefined;
  readonly checkpointAt: (size: number) => Checkpoint | undefined;
  /** Hex. @param size at most that of the newest checkpoint */
  readonly rootAt: (size: number) => string;
  /** RFC 6962 consistency path. */
  readonly growth: (from: number, to: number) => readonly Buffer[];
  /** Time of the first leaf from here on that is no custody entry, ISO 8601; undefined for none. */
  readonly firstTimeFrom: (index: number) => string | undefined;
  readonly classesIn: (from: number, to: number) => readonly string[];
}

/**
 * Works on one state of the ledger.
 * @param directory state folder
 * @throws {CohortiumError} LEDGER_GAP, LEDGER_LEAF_MISMATCH; STORE_*
 */
export function readForAnchors<Result>(directory: string, work: (source: AnchorSource | undefined) => Result): Result {
  const path = ledgerPath(directory);
  if (!existsSync(path)) return work(undefined);
  return explainSqlite(path, () => {
    const database = openDatabase(path, '', { readonly: true });
    try {
      return database.transaction(() => work(sourceOf(database)))();
    } finally {
      database.close();
    }
  });
}

function sourceOf(database: Database): AnchorSource {
  const one = (sql: string) => {
    const found = database.prepare<number[], string>(sql).pluck();
    return (...args: readonly number[]): Checkpoint | undefined => {
      const note = found.get(...args);
      return note === undefined ? undefined : readCheckpoints(note)[0];
    };
  };
  const ranges = rangeReader(database);
  const subtrees = subtreeReader(database);
  const leaves = database.prepare<[number, number], { idx: number; leaf: Buffer }>(
    'SELECT idx, leaf FROM entry WHERE idx >= ? AND idx < ? ORDER BY idx',
  );
  const bodies = database.prepare<[number, number], { place: number; sealed: Buffer; version: number }>(
    'SELECT place, sealed, version FROM body WHERE place BETWEEN ? AND ? ORDER BY place',
  );
  const firstOther = database
    .prepare<[number], Buffer>("SELECT leaf FROM entry WHERE idx >= ? AND kind NOT LIKE 'custody.%' ORDER BY idx LIMIT 1")
    .pluck();
  const parsed = (index: number, leaf: Buffer) => {
    const found = parseLeaf(leaf);
    if (found) return found;
    throw new CohortiumError('LEDGER_LEAF_MISMATCH', `leaf ${index} is not in a format of this ledger; run 'cohortium verify'`);
  };
  return {
    newest: one('SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1')(),
    checkpointAt: one('SELECT note FROM checkpoint WHERE size = ?'),
    checkpointUpTo: one('SELECT note FROM checkpoint WHERE size <= ? ORDER BY size DESC LIMIT 1'),
    checkpointAfter: one('SELECT note FROM checkpoint WHERE size > ? ORDER BY size LIMIT 1'),
    rootAt: (size) => rootOf(size, subtrees).toString('hex'),
    growth: (from, to) => consistencyPath(from, to, subtrees),
    firstTimeFrom: (index) => {
      const leaf = firstOther.get(index);
      return leaf && parsed(index, leaf).time;
    },
    classesIn: (from, to) => {
      const found = new Set<string>();
      for (const { idx, leaf } of leaves.iterate(from, to)) found.add(parsed(idx, leaf).class);
      return [...found].sort();
    },
    hashes: (from, to) => (from === to ? Buffer.alloc(0) : ranges(0, from, to - from)),
    frontier: (size) => {
      const hashes: Buffer[] = [];
      let start = 0;
      for (let level = 52; level >= 0; level--) {
        const width = 2 ** level;
        if (size - start < width) continue;
        hashes.push(subtrees(level, start / width));
        start += width;
      }
      return hashes;
    },
    leaves: function* (from, to, recordClass): Generator<SegmentLeaf> {
      // Rows are taken at once: other statements run while they are looked at.
      for (const { idx, leaf } of leaves.all(from, to)) {
        const { class: found, format } = parsed(idx, leaf);
        if (found !== recordClass) continue;
        const items = format === 'cohortium/batch@1' ? itemsOf(database, idx).map((item) => itemText(item).toString('utf8')) : [];
        const sealed = bodies.all(placeNumber(idx, null), placeNumber(idx, 255));
        yield {
          index: idx,
          leaf: leaf.toString('utf8'),
          items,
          // A body that was redacted is not the one that the leaf commits to, and stays at home.
          bodies: sealed.flatMap(({ place, sealed: bytes, version }) =>
            version === 0 ? [{ item: placeOf(place).item, sealed: bytes }] : [],
          ),
        };
      }
    },
  };
}
