/**
 * What of a ledger may leave the machine for everybody to see: leaves, tree hashes, checkpoints, and proofs of growth. Reads one
 * state of the file, under its newest checkpoint, from beginning to end.
 */
import { CohortiumError } from '../../../../skills/sdk/index.ts';
import type { TileSource } from '../../../customer-data-graph/record/publish-tiles.ts';
import type { Database } from '../open-database.ts';
import { consistencyPath, rootOf, storedLevelStep } from './merkle.ts';
import { type CheckpointRow, rangeReader, subtreeReader } from './tables.ts';

/**
 * Works on the ledger as tiles.
 * @throws {CohortiumError} RECORD_NOT_FOUND when nothing was recorded yet; LEDGER_GAP when rows are missing
 */
export function withTiles<Result>(database: Database, work: (source: TileSource) => Result): Result {
  // One read transaction: who appends meanwhile is not seen.
  return database.transaction(() => {
    const { size, note } = newest(database);
    const leaves = database.prepare<[number, number], Buffer>('SELECT leaf FROM entry WHERE idx >= ? AND idx < ? ORDER BY idx').pluck();
    const hashes = rangeReader(database);
    const subtrees = subtreeReader(database);
    return work({
      size,
      checkpoint: note,
      leaves: (from, to) => {
        const found = leaves.all(from, to);
        if (found.length !== to - from) throw new CohortiumError('LEDGER_GAP', `the ledger has no whole leaves ${from} to ${to - 1}`);
        return found;
      },
      hashes: (level, from, to) => hashes(level * storedLevelStep, from, to - from),
      rootAt: (at) => rootOf(at, subtrees).toString('base64'),
      growthFrom: (from) => consistencyPath(from, size, subtrees).map((hash) => hash.toString('hex')),
    });
  })();
}

function newest(database: Database): CheckpointRow {
  const row = database.prepare<[], CheckpointRow>('SELECT * FROM checkpoint ORDER BY size DESC LIMIT 1').get();
  if (!row) throw nothingRecorded();
  return row;
}

export function nothingRecorded(): CohortiumError {
  return new CohortiumError('RECORD_NOT_FOUND', 'nothing was recorded yet: there is no checkpoint');
}
