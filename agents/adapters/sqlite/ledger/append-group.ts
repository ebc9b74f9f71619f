/** The one way into ledger.db: rows of a group, its checkpoint and its receipts, in one transaction. */
import { CohortiumError } from '../../../../skills/sdk/index.ts';
import type { Database } from '../open-database.ts';
import type { GroupRows } from './compose-group.ts';
import type { Checkpoint } from './note.ts';

export interface CallRow {
  /** Keyed commitment to the idempotency key. */
  readonly key: Buffer;
  /** Keyed commitment to what was handed over under it; empty once an erasure has dropped it. */
  readonly records: Buffer;
  readonly receipt: Buffer;
}

export interface Group {
  /** Leaves before it. */
  readonly size: number;
  readonly rows: GroupRows;
  /** Absent when nothing is new. */
  readonly checkpoint: Checkpoint | undefined;
  readonly calls: readonly CallRow[];
}

/** @returns writes a group; throws STORE_BUSY when another process has written meanwhile */
export function groupWriter(database: Database): (group: Group) => void {
  const size = database.prepare<[], number>('SELECT coalesce(max(idx) + 1, 0) FROM entry').pluck();
  const kid = database.prepare('INSERT INTO kid (id, kid) VALUES (?, ?)');
  const entry = database.prepare('INSERT INTO entry (idx, kind, leaf, prev, chain) VALUES (?, ?, ?, ?, ?)');
  const node = database.prepare('INSERT INTO node (level, idx, hash) VALUES (?, ?, ?)');
  const item = database.prepare('INSERT INTO item (place, kid, commitment, ct) VALUES (?, ?, ?, ?)');
  const body = database.prepare('INSERT INTO body (place, kid, version, sealed) VALUES (?, ?, 0, ?)');
  const stream = database.prepare('INSERT OR REPLACE INTO stream (kid, tag, place, same) VALUES (?, ?, ?, ?)');
  const checkpointRow = database.prepare('INSERT INTO checkpoint (size, root, note) VALUES (?, ?, ?)');
  const call = database.prepare('INSERT INTO call (key, records, receipt) VALUES (?, ?, ?)');
  const write = database.transaction(({ size: expected, rows, checkpoint, calls }: Group) => {
    const found = size.get() ?? 0;
    if (found !== expected) {
      throw new CohortiumError('STORE_BUSY', `${database.name} grew from ${expected} to ${found} leaves under another process; try again`);
    }
    for (const row of rows.kids) kid.run(row);
    for (const row of rows.entries) entry.run(row);
    for (const row of rows.nodes) node.run(row);
    for (const row of rows.items) item.run(row);
    for (const row of rows.bodies) body.run(row);
    for (const row of rows.streams.values()) stream.run(row);
    if (checkpoint) checkpointRow.run(checkpoint.size, Buffer.from(checkpoint.root, 'hex'), checkpoint.note);
    for (const { key, records, receipt } of calls) call.run(key, records, receipt);
  });
  return (group) => write.immediate(group);
}
