/**
 * What may go from the ledger: bodies under a key that an erasure names, single fields of a body, whose values and salts go while their
 * commitments stay, and digests of what calls handed over. For a body an `erasure` or `redaction` row is written first, which is what the
 * triggers ask for. Leaves, items and the tree stay as they are, so that every proof holds. What is deleted is overwritten, and the WAL is
 * cut. Each can be done again after a crash.
 */
import { existsSync } from 'node:fs';

import { CohortiumError } from '../../../../skills/sdk/index.ts';
import type { RecordPlace } from '../../../customer-data-graph/record/record-interface.ts';
import { type Database, explainSqlite, openDatabase } from '../open-database.ts';
import { bodyCodecs } from './body-codec.ts';
import { openBody, type SealingKey, sealWithout } from './seal-body.ts';
import { readRecord } from './stored-records.ts';
import { callTriggers, ledgerPath, placeNumber } from './tables.ts';

/**
 * Deletes every body sealed with these keys. Kids that the ledger does not know are passed over.
 * @param directory state folder
 * @param kids hex
 * @param record index of the record that says so
 * @returns bodies that went now
 * @throws {CohortiumError} STORE_BUSY when a reader keeps the WAL from being cut; call again
 */
export function eraseBodies(directory: string, kids: readonly string[], record: number): number {
  return onLedger(directory, 0, (database) => {
    const idOf = database.prepare<[Buffer], number>('SELECT id FROM kid WHERE kid = ?').pluck();
    const isNamed = database.prepare<[number], number>('SELECT 1 FROM erasure WHERE kid = ?').pluck();
    const name = database.prepare('INSERT INTO erasure (kid, record) VALUES (?, ?)');
    const bodies = database.prepare('DELETE FROM body WHERE kid = ?');
    const pointers = database.prepare('DELETE FROM stream WHERE kid = ?');
    return kids.reduce((sum, kid) => {
      const id = idOf.get(Buffer.from(kid, 'hex'));
      if (id === undefined) return sum;
      if (isNamed.get(id) === undefined) name.run(id, record);
      pointers.run(id);
      return sum + bodies.run(id).changes;
    }, 0);
  });
}

/**
 * Takes fields out of one body.
 * @param iv 12 bytes, never used with the key before
 * @param record index of the record that says so
 * @returns names of those that went now
 * @throws {CohortiumError} RECORD_NOT_FOUND when there is no body any more; STORE_BUSY as above
 */
export function eraseFields(
  directory: string,
  place: RecordPlace,
  fields: readonly string[],
  key: SealingKey,
  iv: Buffer,
  record: number,
): readonly string[] {
  return onLedger(directory, [], (database) => {
    const { leaf, sealed } = readRecord(database, place);
    if (!sealed) throw new CohortiumError('RECORD_NOT_FOUND', `record ${place.index} has no body any more; it was erased`);
    const body = openBody(sealed, leaf.kind, key);
    const going = fields.filter((name) => Object.hasOwn(body.fields, name));
    if (going.length === 0) return [];
    const { ct, sealed: left } = sealWithout(body, going, leaf.kind, key, iv, bodyCodecs.deflate);
    const at = placeNumber(place.index, place.item);
    const version = Number(database.prepare('SELECT version FROM body WHERE place = ?').pluck().get(at)) + 1;
    database
      .prepare('INSERT INTO redaction (place, version, ct, record) VALUES (?, ?, ?, ?)')
      .run(at, version, Buffer.from(ct, 'hex'), record);
    database.prepare('UPDATE body SET sealed = ?, version = ? WHERE place = ?').run(left, version, at);
    // By it a guess at the whole body could be confirmed with the key.
    database.prepare('DELETE FROM stream WHERE place = ?').run(at);
    return going;
  });
}

/**
 * Drops the keyed digests by which calls that come again are compared: who has the keys could hold a guess at what was handed over against
 * them. A call from before is answered as it was, whatever comes with it.
 * @returns calls that had one
 */
export function forgetCalls(directory: string): number {
  return onLedger(directory, 0, (database) => {
    database.exec(callTriggers);
    return database.prepare('UPDATE call SET records = zeroblob(0) WHERE length(records) > 0').run().changes;
  });
}

function onLedger<Result>(directory: string, otherwise: Result, work: (database: Database) => Result): Result {
  const path = ledgerPath(directory);
  if (!existsSync(path)) return otherwise;
  const database = openDatabase(path, '');
  try {
    return explainSqlite(path, () => {
      const result = database.transaction(() => work(database)).immediate();
      const [answer] = database.pragma('wal_checkpoint(TRUNCATE)') as readonly { readonly busy: number }[]; // columns documented by SQLite
      if (answer?.busy === 0) return result;
      const message = `${path} is being read by another process, so deleted bodies may still stand in its WAL; end that process and repeat`;
      throw new CohortiumError('STORE_BUSY', message);
    });
  } finally {
    database.close();
  }
}
