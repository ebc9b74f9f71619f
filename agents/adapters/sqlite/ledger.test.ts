import { createPublicKey, verify } from 'node:crypto';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import SqliteDatabase from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { attestationSchema, attestedBytes } from '../../../registries/attestations/attestation.ts';
import { canonicalJson, column, int32Column, makeTable } from '../../../skills/sdk/index.ts';
import { createMemoryContent } from '../../../test/fixtures/memory-content.ts';
import { openKeyring, rawKeyOf } from '../files/keyring.ts';
import { hashLeaf } from './ledger-merkle.ts';
import { chainAfter } from './ledger-store.ts';
import { createLedger, type SqliteLedger, verifyInclusion } from './ledger.ts';

const content = createMemoryContent();
const call = { signal: new AbortController().signal, idempotencyKey: 'effect-1' };

interface Place {
  readonly directory: string;
  readonly ledger: SqliteLedger;
}

function open(directory = mkdtempSync(join(tmpdir(), 'cohortium-ledger-'))): Place {
  const keyring = openKeyring(join(directory, 'keys'), { demonstrationSeed: 'test' });
  return { directory, ledger: createLedger({ directory, keyring, content, clock: { now: () => 1_700_000_000_000 } }) };
}

function records(from: number, to: number) {
  const rows = Array.from({ length: to - from }, (_, row) => from + row);
  return content.putTable(
    makeTable({
      kind: column.text(rows.map(() => 'decision')),
      key: column.text(rows.map((row) => `key of anna-${row}@example.com`)),
      subject: column.text(rows.map((row) => (row === 0 ? '' : `anna-${row}@example.com`))),
      body: column.text(rows.map((row) => canonicalJson({ row, outcome: 'pass' }))),
    }),
  );
}

/** Three batches of 300, 300 and 1 records, closed. */
async function written(): Promise<string> {
  const { directory, ledger } = open();
  for (const [from, to] of [
    [0, 300],
    [300, 600],
    [600, 601],
  ] as const)
    await ledger.append({ records: records(from, to) }, call);
  ledger.close();
  return directory;
}

/** Damage through a second connection that has dropped the triggers, as an intruder would. */
function tamper(directory: string, ...statements: readonly string[]): void {
  const database = new SqliteDatabase(join(directory, 'ledger.db'));
  const triggers = database.prepare<[], { readonly name: string }>(`SELECT name FROM sqlite_schema WHERE type = 'trigger'`).all();
  for (const { name } of triggers) database.exec(`DROP TRIGGER ${name}`);
  for (const statement of statements) database.exec(statement);
  database.close();
}

const faultsOf = (directory: string) => open(directory).ledger.verify().faults;
const codesOf = (directory: string) => faultsOf(directory).map(({ code, index }) => [code, index]);

describe('appending', () => {
  it('numbers records from 0, signs a checkpoint, and says where each record is', async () => {
    const { ledger } = open();
    const receipt = await ledger.append({ records: records(0, 3) }, call);
    expect(receipt).toMatchObject({ firstIndex: 0, size: 3, root: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect([...int32Column(content.getTable(receipt.indexes), 'record')]).toEqual([0, 1, 2]);
    expect(await ledger.append({ records: records(3, 5) }, call)).toMatchObject({ firstIndex: 3, size: 5 });
    expect(ledger.verify()).toMatchObject({ verified: true, size: 5, checkpoints: 2, faults: [] });
  });

  it('answers a repeated batch with its first receipt and writes nothing, also after more was appended', async () => {
    const { directory, ledger } = open();
    const first = await ledger.append({ records: records(0, 3) }, call);
    expect(await ledger.append({ records: records(0, 3) }, { ...call, idempotencyKey: 'other' })).toEqual(first);
    await ledger.append({ records: records(3, 9) }, call);
    ledger.close();
    const { ledger: reopened } = open(directory);
    expect(await reopened.append({ records: records(0, 3) }, call)).toEqual(first);
    expect(reopened.verify()).toMatchObject({ verified: true, size: 9, checkpoints: 2 });
  });

  it('appends only what is new of a batch that is partly known, and repeats that receipt', async () => {
    const { ledger } = open();
    await ledger.append({ records: records(0, 3) }, call);
    const mixed = await ledger.append({ records: records(1, 5) }, call);
    expect(mixed).toMatchObject({ firstIndex: 1, size: 5 });
    expect([...int32Column(content.getTable(mixed.indexes), 'record')]).toEqual([1, 2, 3, 4]);
    expect(await ledger.append({ records: records(1, 5) }, call)).toEqual(mixed);
  });

  it('writes nothing for no records', async () => {
    const { ledger } = open();
    expect(await ledger.append({ records: records(0, 0) }, call)).toMatchObject({ firstIndex: 0, size: 0 });
    expect(ledger.verify()).toMatchObject({ verified: true, size: 0, checkpoints: 0 });
  });

  it('refuses other content under a known key and keeps what was there', async () => {
    const { ledger } = open();
    await ledger.append({ records: records(0, 2) }, call);
    const other = makeTable({
      kind: column.text(['decision', 'decision']),
      key: column.text(['new', 'key of anna-1@example.com']),
      subject: column.text(['', '']),
      body: column.text(['{}', '{}']),
    });
    await expect(ledger.append({ records: content.putTable(other) }, call)).rejects.toMatchObject({ code: 'LEDGER_KEY_CONFLICT' });
    expect(ledger.verify()).toMatchObject({ verified: true, size: 2 });
  });

  it('keeps no customer id, neither in the file nor beside it', async () => {
    const directory = await written();
    const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    for (const file of files) expect(readFileSync(join(file.parentPath, file.name), 'latin1')).not.toContain('anna-');
  });

  it('has the same root for the same records, keys and time', async () => {
    const [a, b] = [open(), open()];
    expect((await a.ledger.append({ records: records(0, 50) }, call)).root).toBe(
      (await b.ledger.append({ records: records(0, 50) }, call)).root,
    );
  });

  it('refuses updates, deletes, gaps, forks and replacements, whatever the connection has set', async () => {
    const directory = await written();
    const database = new SqliteDatabase(join(directory, 'ledger.db'));
    database.pragma('recursive_triggers = OFF');
    const zero = `zeroblob(32)`;
    const last = `(SELECT chain FROM entry WHERE idx = 600)`;
    for (const statement of [
      `UPDATE entry SET leaf = x'00' WHERE idx = 4`,
      `DELETE FROM entry WHERE idx = 600`,
      `DELETE FROM checkpoint`,
      `UPDATE node SET hash = ${zero}`,
      `INSERT INTO entry VALUES (602, 'k', x'00', ${zero}, ${last}, ${zero})`,
      `INSERT INTO entry VALUES (601, 'k', x'00', ${zero}, ${zero}, ${zero})`,
      `INSERT OR REPLACE INTO entry VALUES (5, 'k', x'00', ${zero}, ${zero}, ${zero})`,
      `INSERT OR REPLACE INTO entry SELECT 601, key, x'00', ${zero}, ${last}, ${zero} FROM entry WHERE idx = 5`,
      `INSERT OR REPLACE INTO node VALUES (8, 0, ${zero})`,
      `INSERT OR REPLACE INTO checkpoint VALUES (300, ${zero}, '')`,
    ]) {
      expect(() => database.exec(statement), statement).toThrow(/the ledger only grows/);
    }
    database.close();
    expect(open(directory).ledger.verify()).toMatchObject({ verified: true, size: 601 });
  });

  it('stops before it writes when it is cancelled', async () => {
    const { ledger } = open();
    await expect(ledger.append({ records: records(0, 2) }, { ...call, signal: AbortSignal.abort() })).rejects.toThrow(/abort/);
    expect(ledger.verify().size).toBe(0);
  });

  it('signs an attestation of every range', async () => {
    const directory = await written();
    const file = join(directory, 'anchors', 'attestation-600.json');
    const attestation = attestationSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    expect(attestation).toMatchObject({ records: { first: 300, size: 600 }, effect: 'effect-1', time: '2023-11-14T22:13:20.000Z' });
    const x = rawKeyOf(readFileSync(join(directory, 'keys', 'ledger.vkey'), 'utf8').trim()).toString('base64url');
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    expect(verify(null, attestedBytes(attestation), key, Buffer.from(attestation.signature, 'base64'))).toBe(true);
  });
});

describe('a proof', () => {
  it('holds for every record asked, against the newest checkpoint', async () => {
    const { ledger } = open(await written());
    for (const index of [0, 1, 255, 256, 299, 300, 512, 600]) {
      const proof = ledger.proof(index);
      expect(proof).toMatchObject({ index, treeSize: 601, record: { index, kind: 'decision', body: { row: index, outcome: 'pass' } } });
      expect(hashLeaf(Buffer.from(canonicalJson(proof.record))).toString('hex')).toBe(proof.leafHash);
      expect(verifyInclusion(proof.leafHash, index, proof.treeSize, proof.inclusion, proof.root)).toBe(true);
      expect(proof.checkpoint.split('\n')[2]).toBe(Buffer.from(proof.root, 'hex').toString('base64'));
    }
  });

  it('is refused for a number that has no record', async () => {
    const codes = [open(await written()).ledger, open().ledger].map((ledger) => {
      try {
        return ledger.proof(601);
      } catch (error) {
        return (error as { readonly code: string }).code; // the code is what is asked for
      }
    });
    expect(codes).toEqual(['RECORD_NOT_FOUND', 'RECORD_NOT_FOUND']);
  });

  it('is refused for a record that was changed', async () => {
    const directory = await written();
    tamper(directory, `UPDATE entry SET leaf = CAST(replace(CAST(leaf AS TEXT), 'pass', 'fail') AS BLOB) WHERE idx = 7`);
    expect(() => open(directory).ledger.proof(7)).toThrow(/record 7 is not in the signed tree/);
  });
});

describe('verify', () => {
  it('finds nothing wrong with a whole ledger, nor with none', async () => {
    expect(open(await written()).ledger.verify()).toMatchObject({ verified: true, size: 601, checkpoints: 3, faults: [] });
    expect(open().ledger.verify()).toMatchObject({ verified: true, size: 0, checkpoints: 0, faults: [] });
  });

  it.each([0, 7, 256, 599, 600])('names record %i when one bit of its text is flipped in the file', async (index) => {
    const directory = await written();
    const path = join(directory, 'ledger.db');
    const bytes = readFileSync(path);
    const at = bytes.indexOf(`"row":${index}}`);
    expect(at).toBeGreaterThan(0);
    bytes[at + 1]! ^= 1;
    writeFileSync(path, bytes);
    expect(codesOf(directory)).toEqual([['LEDGER_LEAF_MISMATCH', index]]);
  });

  it('answers whichever bit of the file is flipped, and says verified only when every record still reads the same', async () => {
    const directory = await written();
    const path = join(directory, 'ledger.db');
    const whole = readFileSync(path);
    const recordsOf = (): string => {
      const database = new SqliteDatabase(path, { readonly: true });
      try {
        return JSON.stringify(database.prepare('SELECT idx, key, leaf FROM entry ORDER BY idx').all());
      } finally {
        database.close();
      }
    };
    const before = recordsOf();
    let verified = 0;
    fc.assert(
      fc.property(fc.nat({ max: whole.length * 8 - 1 }), (bit) => {
        const bytes = Buffer.from(whole);
        bytes[bit >> 3]! ^= 1 << (bit & 7);
        writeFileSync(path, bytes);
        const report = open(directory).ledger.verify();
        if (!report.verified) return report.faults.length > 0;
        verified += 1;
        return recordsOf() === before;
      }),
      { numRuns: 200, seed: 62 },
    );
    // Some of the file is free space, and most of it is not.
    expect(verified).toBeLessThan(150);
  });

  it('names a record whose text and hash were both changed', async () => {
    const directory = await written();
    const leaf = Buffer.from('{"forged":true}');
    tamper(
      directory,
      `UPDATE entry SET leaf = x'${leaf.toString('hex')}', leaf_hash = x'${hashLeaf(leaf).toString('hex')}' WHERE idx = 412`,
    );
    expect(codesOf(directory)).toEqual(
      expect.arrayContaining([
        ['LEDGER_LEAF_MISMATCH', 412],
        ['LEDGER_CHAIN_BROKEN', 412],
        ['LEDGER_ROOT_MISMATCH', 300],
      ]),
    );
  });

  it('finds a record that was forged with its whole chain and its index made to fit', async () => {
    const directory = await written();
    const database = new SqliteDatabase(join(directory, 'ledger.db'));
    const rows = database
      .prepare<[], { idx: number; leaf: Buffer; prev: Buffer }>('SELECT idx, leaf, prev FROM entry WHERE idx >= 590')
      .all();
    let prev = rows[0]!.prev;
    const changes = rows.map(({ idx, leaf }) => {
      const text = idx === 590 ? Buffer.from(leaf.toString('utf8').replace('pass', 'fail')) : leaf;
      const chain = chainAfter(prev, hashLeaf(text));
      const change = `UPDATE entry SET leaf = x'${text.toString('hex')}', leaf_hash = x'${hashLeaf(text).toString('hex')}',
        prev = x'${prev.toString('hex')}', chain = x'${chain.toString('hex')}' WHERE idx = ${idx}`;
      prev = chain;
      return change;
    });
    database.close();
    tamper(directory, ...changes);
    const faults = faultsOf(directory);
    expect(new Set(faults.map(({ code }) => code))).toEqual(new Set(['LEDGER_ROOT_MISMATCH']));
    expect(faults[0]?.message).toContain('the change is in records 300 to 599');
  });

  it('names the gap where rows were dropped', async () => {
    const directory = await written();
    tamper(directory, 'DELETE FROM entry WHERE idx BETWEEN 41 AND 43');
    const [first] = faultsOf(directory);
    expect(first).toEqual({ code: 'LEDGER_GAP', message: 'records 41 to 43 are missing', index: 41 });
  });

  it('names the gap where the last row was dropped', async () => {
    const directory = await written();
    tamper(directory, 'DELETE FROM entry WHERE idx = 600');
    expect(codesOf(directory)[0]).toEqual(['LEDGER_GAP', 600]);
  });

  it('tells an older copy of the file, and appends nothing to it', async () => {
    const { directory, ledger } = open();
    await ledger.append({ records: records(0, 10) }, call);
    ledger.close();
    const older = join(directory, 'backup.db');
    copyFileSync(join(directory, 'ledger.db'), older);
    const { ledger: later } = open(directory);
    await later.append({ records: records(10, 20) }, call);
    later.close();
    copyFileSync(older, join(directory, 'ledger.db'));
    const { ledger: rolledBack } = open(directory);
    expect(rolledBack.verify()).toMatchObject({ verified: false, size: 10, faults: [{ code: 'LEDGER_ROLLED_BACK', index: 10 }] });
    await expect(rolledBack.append({ records: records(30, 31) }, call)).rejects.toMatchObject({ code: 'LEDGER_ROLLED_BACK' });
  });

  it('tells that the file is gone, and that another history grew in its place', async () => {
    const directory = await written();
    for (const name of ['ledger.db', 'ledger.db-wal', 'ledger.db-shm']) rmSync(join(directory, name), { force: true });
    expect(codesOf(directory)).toEqual([['LEDGER_ROLLED_BACK', 0]]);
    const { directory: elsewhere, ledger } = open();
    await ledger.append({ records: records(1000, 1700) }, call);
    ledger.close();
    copyFileSync(join(elsewhere, 'ledger.db'), join(directory, 'ledger.db'));
    expect(codesOf(directory)).toContainEqual(['LEDGER_ROOT_MISMATCH', 0]);
    await expect(open(directory).ledger.append({ records: records(0, 1) }, call)).rejects.toMatchObject({ code: 'LEDGER_ROOT_MISMATCH' });
  });

  it('tells a checkpoint that was not signed with the key', async () => {
    const directory = await written();
    tamper(
      directory,
      `UPDATE checkpoint SET note = replace(note, char(10) || '300' || char(10), char(10) || '301' || char(10)) WHERE size = 300`,
    );
    expect(codesOf(directory)).toEqual([['LEDGER_SIGNATURE_INVALID', null]]);
    const keyring = openKeyring(join(mkdtempSync(join(tmpdir(), 'cohortium-keys-')), 'keys'));
    const other = createLedger({ directory, keyring, content, clock: { now: () => 0 } });
    expect(other.verify().faults[0]).toMatchObject({ code: 'LEDGER_SIGNATURE_INVALID' });
    await expect(other.append({ records: records(0, 1) }, call)).rejects.toMatchObject({ code: 'LEDGER_SIGNATURE_INVALID' });
  });

  it('tells a stored subtree that differs from its records', async () => {
    const directory = await written();
    tamper(directory, 'UPDATE node SET hash = zeroblob(32) WHERE level = 8 AND idx = 1');
    expect(codesOf(directory)).toEqual([['LEDGER_ROOT_MISMATCH', 256]]);
    await expect(open(directory).ledger.append({ records: records(700, 701) }, call)).rejects.toMatchObject({
      code: 'LEDGER_ROOT_MISMATCH',
    });
  });

  it('tells an anchor file that was removed', async () => {
    const directory = await written();
    rmSync(join(directory, 'anchors'), { recursive: true });
    expect(codesOf(directory)).toEqual([['LEDGER_ANCHOR_MISSING', null]]);
  });

  it('forgives the anchor that a crash left out, also half-written, and the next append adds it', async () => {
    const directory = await written();
    const path = join(directory, 'anchors', 'checkpoints.txt');
    truncateSync(path, readFileSync(path).length - 20);
    expect(open(directory).ledger.verify().verified).toBe(true);
    const { ledger } = open(directory);
    await ledger.append({ records: records(600, 601) }, call);
    expect(readFileSync(path, 'utf8').match(/\n601\n/g)).toHaveLength(2);
    await ledger.append({ records: records(601, 602) }, call);
    expect(ledger.verify()).toMatchObject({ verified: true, size: 602 });
  });

  it('tells a record that is not one, though hash, chain and key fit', async () => {
    const { directory, ledger } = open();
    await ledger.append({ records: records(0, 1) }, call);
    ledger.close();
    const leaf = Buffer.from('not json');
    const hash = hashLeaf(leaf);
    const chain = chainAfter(Buffer.alloc(32), hash);
    tamper(
      directory,
      `UPDATE entry SET leaf = x'${leaf.toString('hex')}', leaf_hash = x'${hash.toString('hex')}', chain = x'${chain.toString('hex')}'`,
    );
    expect(codesOf(directory)[0]).toEqual(['LEDGER_LEAF_MISMATCH', 0]);
  });

  it('answers for a file that SQLite cannot read', async () => {
    const directory = await written();
    const path = join(directory, 'ledger.db');
    const bytes = readFileSync(path);
    // Every second page after the first is overwritten.
    for (let page = 1; page * 8192 < bytes.length; page += 2) bytes.fill(0xa5, page * 8192, page * 8192 + 8192);
    writeFileSync(path, bytes);
    expect(faultsOf(directory).some(({ code }) => code === 'STORE_CORRUPT')).toBe(true);
    writeFileSync(path, 'this is not a database, but it is long enough to have a header of one hundred bytes, which it needs.....');
    expect(codesOf(directory)).toEqual([['STORE_CORRUPT', null]]);
    expect(existsSync(path)).toBe(true);
  });
});
