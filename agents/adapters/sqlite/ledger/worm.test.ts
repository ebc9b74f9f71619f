/** What a connection to ledger.db is refused, whatever it has set; and the two things that may go. */
import { join } from 'node:path';

import SqliteDatabase from 'better-sqlite3';
import { beforeAll, describe, expect, it } from 'vitest';

import { callOf, openLedgerPlace, recordTable } from '../../../../test/fixtures/ledger-place.ts';
import { growingTables } from './tables.ts';

let directory = '';

/** Something in every table. */
beforeAll(async () => {
  const place = openLedgerPlace(undefined, { isReal: true });
  directory = place.directory;
  const batch = Array.from({ length: 300 }, (_, at) => ({ subject: `c${at}`, body: { at, name: 'x' }, batch: Math.floor(at / 3) }));
  await place.ledger.write(recordTable(batch), callOf('batches'));
  await place.ledger.write(recordTable(Array.from({ length: 300 }, (_, at) => ({ stream: `${at}`, body: { at } }))), callOf('records'));
  place.ledger.addAnchor({ size: 100, root: '00'.repeat(32), kind: 'file', place: 'here', time: null, evidence: 'none' });
  await place.ledger.close();
  place.vault.close();
});

const newer: Readonly<Record<(typeof growingTables)[number], string>> = {
  entry: `INSERT INTO entry VALUES (400, 'decision', x'00', (SELECT chain FROM entry WHERE idx = 399), zeroblob(32))`,
  node: `INSERT INTO node VALUES (0, 400, zeroblob(32))`,
  checkpoint: `INSERT INTO checkpoint VALUES (401, zeroblob(32), '')`,
  anchor: `INSERT INTO anchor VALUES (NULL, 1, zeroblob(32), 'file', 'here', NULL, '')`,
  call: `INSERT INTO call VALUES (x'01', x'02', x'03')`,
  kid: `INSERT INTO kid VALUES (100000, x'05')`,
  item: `INSERT INTO item (place, kid, commitment, ct) VALUES (1000000, 0, x'00', x'00')`,
  erasure: `INSERT INTO erasure VALUES (1, 0)`,
  redaction: `INSERT INTO redaction VALUES (513, 1, x'00', 0)`,
};

/** Runs a statement in a transaction that is taken back. */
function attempt(...statements: readonly string[]): () => void {
  return () => {
    const database = new SqliteDatabase(join(directory, 'ledger.db'));
    try {
      database.pragma('recursive_triggers = OFF');
      database.exec('BEGIN');
      for (const statement of statements) database.exec(statement);
    } finally {
      database.close();
    }
  };
}

const grows = /the ledger only grows/;

describe.each(growingTables)('table %s', (table) => {
  it('takes a row that comes next', () => {
    expect(attempt(newer[table])).not.toThrow();
  });

  it('refuses UPDATE, DELETE, truncation, UPSERT and REPLACE, whatever the connection has set', () => {
    const columns = table === 'item' ? '(place, kid, commitment, ct)' : '';
    const values = table === 'item' ? 'place, kid, commitment, ct' : '*';
    const same = `SELECT ${values} FROM ${table} LIMIT 1`;
    const [first = ''] = { item: ['commitment'], entry: ['kind'], node: ['hash'], call: ['receipt'], kid: ['kid'], erasure: ['record'] }[
      table as string
    ] ?? [{ checkpoint: 'note', anchor: 'evidence', redaction: 'ct' }[table as string] ?? ''];
    const row = newer[table];
    for (const statements of [
      [row, `UPDATE ${table} SET ${first} = ${first}`],
      [row, `UPDATE OR REPLACE ${table} SET ${first} = ${first}`],
      [row, `DELETE FROM ${table}`],
      [
        row,
        `DELETE FROM ${table} WHERE rowid = 1`.replace(
          / WHERE.*/,
          ['node', 'call', 'redaction'].includes(table) ? '' : ' WHERE rowid >= 0',
        ),
      ],
      [row, `INSERT OR REPLACE INTO ${table} ${columns} ${same}`],
      [row, `REPLACE INTO ${table} ${columns} ${same}`],
      [
        row,
        `INSERT INTO ${table} ${columns} ${same} ON CONFLICT DO UPDATE SET ${first} = ${first}`.replace(
          same,
          `${same.replace(' LIMIT 1', '')} WHERE true`,
        ),
      ],
    ]) {
      expect(attempt(...statements), statements.at(-1)).toThrow(grows);
    }
  });
});

describe('calls', () => {
  it('may forget what they handed over, and nothing else of them changes', () => {
    expect(attempt('UPDATE call SET records = zeroblob(0)')).not.toThrow();
    expect(attempt(`UPDATE call SET records = x'01'`)).toThrow(grows);
    expect(attempt(`UPDATE call SET records = zeroblob(0), receipt = x'01'`)).toThrow(grows);
    expect(attempt(`UPDATE call SET records = zeroblob(0), key = x'01'`)).toThrow(grows);
  });
});

describe('leaves', () => {
  it('refuse gaps, forks, and what is not of the type of its column', () => {
    const chain = '(SELECT chain FROM entry WHERE idx = 399)';
    expect(attempt(`INSERT INTO entry VALUES (401, 'decision', x'00', ${chain}, zeroblob(32))`)).toThrow(grows);
    expect(attempt(`INSERT INTO entry VALUES (400, 'decision', x'00', zeroblob(32), zeroblob(32))`)).toThrow(grows);
    expect(attempt(`INSERT INTO entry VALUES (-1, 'decision', x'00', ${chain}, zeroblob(32))`)).toThrow(grows);
    expect(attempt(`INSERT INTO entry VALUES (400, 'decision', 'text', ${chain}, zeroblob(32))`)).toThrow(/cannot store TEXT/);
    expect(attempt(`INSERT INTO checkpoint VALUES (399, zeroblob(32), '')`)).toThrow(grows);
  });
});

describe('bodies', () => {
  it('are not deleted without an erasure of their key, and are with one', () => {
    expect(attempt('DELETE FROM body')).toThrow(/without an erasure/);
    expect(attempt('DELETE FROM body WHERE kid = 3')).toThrow(/without an erasure/);
    expect(attempt('INSERT INTO erasure VALUES (3, 0)', 'DELETE FROM body WHERE kid = 3')).not.toThrow();
    expect(attempt('INSERT INTO erasure VALUES (3, 0)', 'DELETE FROM body')).toThrow(/without an erasure/);
  });

  it('are not sealed any more with a key that an erasure names', () => {
    expect(
      attempt('INSERT INTO erasure VALUES (3, 0)', `INSERT INTO body (place, kid, version, sealed) VALUES (9999999, 3, 0, x'00')`),
    ).toThrow(grows);
  });

  it('are not changed without a redaction of the very version, nor moved to another key or place', () => {
    const place = '(SELECT min(place) FROM body)';
    const redaction = `INSERT INTO redaction VALUES (${place}, 1, x'00', 0)`;
    const update = (what: string): string => `UPDATE body SET ${what} WHERE place = ${place}`;
    expect(attempt(update(`sealed = x'00'`))).toThrow(/without a redaction/);
    expect(attempt(redaction, update(`sealed = x'00'`))).toThrow(/without a redaction/);
    expect(attempt(redaction, update(`sealed = x'00', version = 2`))).toThrow(/without a redaction/);
    expect(attempt(redaction, update('kid = kid + 1, version = 1'))).toThrow(/without a redaction/);
    expect(attempt(redaction, update('place = place + 1, version = 1'))).toThrow(/without a redaction/);
    expect(attempt(redaction, update(`sealed = x'00', version = 1`))).not.toThrow();
  });

  it('are not replaced', () => {
    const same = 'SELECT place, kid, version, sealed FROM body LIMIT 1';
    expect(attempt(`INSERT OR REPLACE INTO body (place, kid, version, sealed) ${same}`)).toThrow(grows);
  });
});

it('none of this changed anything', async () => {
  expect(await openLedgerPlace(directory, { isReal: true }).ledger.verifyDeep([])).toMatchObject({ verified: true, size: 400 });
});
