/** Proofs of inclusion: a leaf under the newest checkpoint, and one record of a batch under its leaf. */
import { canonicalJson, CohortiumError } from '../../../../skills/sdk/index.ts';
import type { ProofAnswer } from '../../../customer-data-graph/interface.ts';
import type { RecordPlace } from '../../../customer-data-graph/record/record-interface.ts';
import type { Database } from '../open-database.ts';
import { itemText, type Leaf, parseLeaf } from './leaf.ts';
import { hashLeaf, inclusionPath, subtreesOf, verifyInclusion } from './merkle.ts';
import { itemsOf, noRecord } from './stored-records.ts';
import { type CheckpointRow, subtreeReader } from './tables.ts';

/**
 * @param size under the newest checkpoint over at most so many leaves; of all when absent
 * @throws {CohortiumError} RECORD_NOT_FOUND; LEDGER_ROOT_MISMATCH when it cannot be proven
 */
export function proveRecord(database: Database | undefined, { index, item }: RecordPlace, size?: number): ProofAnswer {
  const checkpoint = database
    ?.prepare<[number], CheckpointRow>('SELECT * FROM checkpoint WHERE size <= ? ORDER BY size DESC LIMIT 1')
    .get(size ?? Number.MAX_SAFE_INTEGER);
  const bytes = database?.prepare<[number], Buffer>('SELECT leaf FROM entry WHERE idx = ?').pluck().get(index);
  if (!database || !bytes || !checkpoint || index >= checkpoint.size) throw noRecord(index, checkpoint?.size ?? 0);
  const leafHash = hashLeaf(bytes).toString('hex');
  const root = checkpoint.root.toString('hex');
  const inclusion = inclusionPath(index, checkpoint.size, subtreeReader(database)).map((hash) => hash.toString('hex'));
  const record = parseLeaf(bytes);
  if (!record || !verifyInclusion(leafHash, index, checkpoint.size, inclusion, root)) throw notProven(`leaf ${index}`, checkpoint.size);
  return {
    index,
    record,
    leafHash,
    treeSize: checkpoint.size,
    root,
    inclusion,
    checkpoint: checkpoint.note,
    item: item === null ? null : proveItem(database, record, item),
  };
}

function proveItem(database: Database, leaf: Leaf, position: number): ProofAnswer['item'] {
  const items = itemsOf(database, leaf.index);
  const record = items[position];
  if (leaf.format !== 'cohortium/batch@1' || !record) {
    const held = leaf.format === 'cohortium/batch@1' ? `commits to ${leaf.count} records, numbered from 0` : 'is one record';
    throw new CohortiumError('RECORD_NOT_FOUND', `leaf ${leaf.index} ${held}; there is no item ${position}`);
  }
  const hashes = items.map((item) => hashLeaf(itemText(item)));
  const hash = hashLeaf(Buffer.from(canonicalJson(record))).toString('hex');
  const inclusion = inclusionPath(position, items.length, subtreesOf(hashes)).map((step) => step.toString('hex'));
  if (items.length !== leaf.count || !verifyInclusion(hash, position, leaf.count, inclusion, leaf.root)) {
    throw notProven(`item ${position} of leaf ${leaf.index}`, leaf.count);
  }
  return { position, record, hash, count: leaf.count, inclusion };
}

function notProven(what: string, size: number): CohortiumError {
  return new CohortiumError('LEDGER_ROOT_MISMATCH', `${what} is not in the signed tree of ${size}; run 'cohortium verify'`);
}
