/** Records as ledger.db holds them: the leaf, what it says of one record, and the sealed body where it is still there. */
import { CohortiumError } from '../../../../skills/sdk/index.ts';
import type { RecordPlace } from '../../../customer-data-graph/record/record-interface.ts';
import type { Database } from '../open-database.ts';
import { type Item, type Leaf, parseLeaf } from './leaf.ts';
import { placeNumber, placeOf } from './tables.ts';

export interface LedgerRecord extends RecordPlace {
  readonly leaf: Leaf;
  /** Hex. */
  readonly kid: string;
  /** What the leaf, or the item under it, commits to; hex. */
  readonly commit: string;
  /** SHA-256 of the sealed bytes as they should be now: as written, or after the newest redaction; hex. */
  readonly ct: string;
  /** Undefined when it was deleted. */
  readonly sealed: Buffer | undefined;
}

interface ItemRow {
  readonly place: number;
  readonly kid: Buffer;
  readonly commitment: Buffer;
  readonly ct: Buffer;
}

/** @throws {CohortiumError} RECORD_NOT_FOUND; LEDGER_LEAF_MISMATCH when the leaf cannot be read */
export function readRecord(database: Database | undefined, { index, item }: RecordPlace): LedgerRecord {
  const bytes = database?.prepare<[number], Buffer>('SELECT leaf FROM entry WHERE idx = ?').pluck().get(index);
  if (!database || !bytes) throw noRecord(index, sizeOf(database));
  const leaf = parseLeaf(bytes);
  if (!leaf) throw new CohortiumError('LEDGER_LEAF_MISMATCH', `leaf ${index} is not in a format of this ledger; run 'cohortium verify'`);
  const said = item === null ? recordOf(leaf) : itemsOf(database, index).find(({ position }) => position === item);
  if (!said) throw noItem(leaf, item);
  const place = placeNumber(index, item);
  const redacted = database.prepare<[number], Buffer>('SELECT ct FROM redaction WHERE place = ? ORDER BY version DESC LIMIT 1').pluck();
  return {
    index,
    item,
    leaf,
    kid: said.kid,
    commit: said.commit,
    ct: redacted.get(place)?.toString('hex') ?? said.ct,
    sealed: database.prepare<[number], Buffer>('SELECT sealed FROM body WHERE place = ?').pluck().get(place),
  };
}

function recordOf(leaf: Leaf): Pick<Item, 'kid' | 'commit' | 'ct'> | undefined {
  return leaf.format === 'cohortium/record@2' ? leaf : undefined;
}

/** Items under a batch leaf, in order; none under another. */
export function itemsOf(database: Database, index: number): readonly Item[] {
  return database
    .prepare<[number, number], ItemRow>(
      'SELECT place, kid.kid AS kid, commitment, ct FROM item JOIN kid ON kid.id = item.kid WHERE place BETWEEN ? AND ? ORDER BY place',
    )
    .all(placeNumber(index, 0), placeNumber(index, 255))
    .map(({ place, kid, commitment, ct }) => ({
      position: placeOf(place).item ?? 0,
      kid: kid.toString('hex'),
      commit: commitment.toString('hex'),
      ct: ct.toString('hex'),
    }));
}

export function placesOfKids(database: Database, kids: readonly string[]): readonly RecordPlace[] {
  const find = database.prepare<[Buffer], number>('SELECT place FROM body WHERE kid = (SELECT id FROM kid WHERE kid = ?)').pluck();
  return kids
    .flatMap((kid) => find.all(Buffer.from(kid, 'hex')))
    .sort((a, b) => a - b)
    .map(placeOf);
}

export function placesOfKinds(database: Database, kinds: readonly string[]): readonly RecordPlace[] {
  const entries = database.prepare<[string], number>('SELECT idx FROM entry WHERE kind = ? ORDER BY idx').pluck();
  const items = database.prepare<[number, number], number>('SELECT place FROM item WHERE place BETWEEN ? AND ? ORDER BY place').pluck();
  return kinds
    .flatMap((kind) => entries.all(kind))
    .sort((a, b) => a - b)
    .flatMap((index): readonly RecordPlace[] => {
      const places = items.all(placeNumber(index, 0), placeNumber(index, 255));
      return places.length === 0 ? [{ index, item: null }] : places.map(placeOf);
    });
}

export function sizeOf(database: Database | undefined): number {
  return database?.prepare<[], number>('SELECT coalesce(max(idx) + 1, 0) FROM entry').pluck().get() ?? 0;
}

export function noRecord(index: number, size: number): CohortiumError {
  return new CohortiumError('RECORD_NOT_FOUND', `there is no record ${index}; the ledger holds ${size}, numbered from 0`);
}

function noItem(leaf: Leaf, item: number | null): CohortiumError {
  const message =
    leaf.format === 'cohortium/batch@1'
      ? `leaf ${leaf.index} commits to ${leaf.count} records; name one of 0 to ${leaf.count - 1}${item === null ? '' : `, not ${item}`}`
      : `leaf ${leaf.index} is one record and has no item ${item}`;
  return new CohortiumError('RECORD_NOT_FOUND', message);
}
