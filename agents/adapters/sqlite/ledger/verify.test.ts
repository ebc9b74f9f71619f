import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import SqliteDatabase from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { verifyCheckpoint } from '../../../../skills/audit/verify/verify.ts';
import {
  callOf,
  decisions,
  ledgerContent,
  openLedgerPlace,
  recordTable,
  tamper,
  writtenLedger,
} from '../../../../test/fixtures/ledger-place.ts';
import { openKeyring } from '../../keys/keyring.ts';
import { createLedger } from './ledger.ts';
import { hashLeaf } from './merkle.ts';
import { chainAfter } from './tables.ts';

const faultsOf = (directory: string, level: 'quick' | 'full' = 'full') => openLedgerPlace(directory).ledger.verify(level).faults;
const codesOf = (directory: string, level: 'quick' | 'full' = 'full') => faultsOf(directory, level).map(({ code, index }) => [code, index]);

/** Three batches of three records, and one record of its own; closed. */
async function writtenBatches(isReal = false): Promise<string> {
  const { directory, ledger, vault } = openLedgerPlace(undefined, { isReal });
  const rows = Array.from({ length: 9 }, (_, at) => ({ subject: `c${at}`, body: { at, text: 'x'.repeat(at) }, batch: Math.floor(at / 3) }));
  await ledger.write(recordTable([...rows, { kind: 'run', body: { of: 'all' } }]), callOf('all'));
  await ledger.close();
  vault.close();
  return directory;
}

describe('a full verification', () => {
  it('finds nothing wrong with a whole ledger, nor with none', async () => {
    const whole = openLedgerPlace(await writtenLedger()).ledger;
    expect(whole.verify()).toMatchObject({ level: 'full', verified: true, size: 601, checkpoints: 3, faults: [] });
    expect(whole.verify('quick')).toMatchObject({ level: 'quick', verified: true, size: 601, root: whole.verify().root, faults: [] });
    expect(openLedgerPlace().ledger.verify()).toMatchObject({ verified: true, size: 0, checkpoints: 0, faults: [] });
    expect(openLedgerPlace().ledger.verify('quick')).toMatchObject({ verified: true, size: 0 });
  });

  it.each([0, 7, 256, 599, 600])('names leaf %i when one bit of its text is flipped in the file', async (index) => {
    const directory = await writtenLedger();
    const path = join(directory, 'ledger.db');
    const bytes = readFileSync(path);
    const at = bytes.indexOf(`"index":${index},`);
    expect(at).toBeGreaterThan(0);
    bytes[at + 1]! ^= 1;
    writeFileSync(path, bytes);
    expect(codesOf(directory)).toEqual([['LEDGER_LEAF_MISMATCH', index]]);
  });

  it('answers whichever bit of the file is flipped, and says verified only when every leaf and item still reads the same', async () => {
    const directory = await writtenBatches();
    const path = join(directory, 'ledger.db');
    const whole = readFileSync(path);
    const contentsOf = (): string => {
      const database = new SqliteDatabase(path, { readonly: true });
      try {
        const entries = database.prepare('SELECT idx, kind, hex(leaf), hex(prev), hex(chain) FROM entry ORDER BY idx').all();
        const items = database
          .prepare('SELECT place, hex(kid.kid), hex(commitment), hex(ct) FROM item JOIN kid ON kid.id = item.kid ORDER BY place')
          .all();
        return JSON.stringify([entries, items]);
      } finally {
        database.close();
      }
    };
    const before = contentsOf();
    const { ledger } = openLedgerPlace(directory);
    let verified = 0;
    fc.assert(
      fc.property(fc.nat({ max: whole.length * 8 - 1 }), (bit) => {
        const bytes = Buffer.from(whole);
        bytes[bit >> 3]! ^= 1 << (bit & 7);
        writeFileSync(path, bytes);
        const report = ledger.verify();
        if (!report.verified) return report.faults.length > 0;
        verified += 1;
        return contentsOf() === before;
      }),
      { numRuns: 300, seed: 62 },
    );
    // Some of the file is free space or bodies, and some is not.
    expect(verified).toBeGreaterThan(0);
    expect(verified).toBeLessThan(300);
  });

  it('names a leaf whose text and hash were both changed', async () => {
    const directory = await writtenLedger();
    const leaf = Buffer.from('{"forged":true}');
    tamper(
      directory,
      `UPDATE entry SET leaf = x'${leaf.toString('hex')}' WHERE idx = 412`,
      `UPDATE node SET hash = x'${hashLeaf(leaf).toString('hex')}' WHERE level = 0 AND idx = 412`,
    );
    expect(codesOf(directory)).toEqual(
      expect.arrayContaining([
        ['LEDGER_LEAF_MISMATCH', 412],
        ['LEDGER_CHAIN_BROKEN', 412],
        ['LEDGER_ROOT_MISMATCH', 300],
      ]),
    );
  });

  it('names a leaf that differs in bytes which are no text, and would read the same', async () => {
    const { directory, ledger } = openLedgerPlace();
    await ledger.write(recordTable([{ body: {} }, { schema: 'cohortium/\ufffd@1', body: {} }]), callOf('a'));
    await ledger.close();
    tamper(directory, `UPDATE entry SET leaf = CAST(replace(leaf, char(65533), x'ff') AS BLOB) WHERE idx = 1`);
    expect(codesOf(directory)).toEqual([['LEDGER_LEAF_MISMATCH', 1]]);
  });

  it('names a leaf whose kind stands otherwise beside it, and one that another number is claimed for', async () => {
    const directory = await writtenLedger();
    tamper(directory, `UPDATE entry SET kind = 'score' WHERE idx = 255`);
    expect(codesOf(directory)).toEqual([['LEDGER_LEAF_MISMATCH', 255]]);
    const other = await writtenLedger();
    tamper(other, `UPDATE entry SET leaf = CAST(replace(leaf, '"index":25,', '"index":52,') AS BLOB) WHERE idx = 25`);
    expect(codesOf(other)).toEqual([['LEDGER_LEAF_MISMATCH', 25]]);
  });

  it('names a leaf whose kind goes on into what stands after it, so that nobody who asks for its kind finds it', async () => {
    const directory = await writtenLedger();
    tamper(directory, `UPDATE entry SET kind = 'decision","schema":"cohortium/decision@1' WHERE idx = 30`);
    expect(codesOf(directory)).toEqual([['LEDGER_LEAF_MISMATCH', 30]]);
  });

  it('tells rows of which one took in what another had, in a table that lets a value be absent', async () => {
    const loosened = (directory: string, ...statements: readonly string[]) => {
      const database = new SqliteDatabase(join(directory, 'ledger.db'));
      database.unsafeMode(true);
      database.pragma('writable_schema = ON');
      database.exec(`UPDATE sqlite_schema SET sql = replace(sql, ' NOT NULL', '') WHERE name = 'entry'`);
      database.close();
      tamper(directory, ...statements);
      return codesOf(directory);
    };
    const both = (column: string, between: string, type: string): string[] => [
      `UPDATE entry SET ${column} = CAST(${column} || ${between} || (SELECT ${column} FROM entry WHERE idx = 41) AS ${type}) WHERE idx = 40`,
      `UPDATE entry SET ${column} = NULL WHERE idx = 41`,
    ];
    const leaves = loosened(await writtenLedger(), ...both('leaf', 'char(10, 0)', 'BLOB'));
    expect(leaves).toContainEqual(['LEDGER_LEAF_MISMATCH', 40]);
    const kinds = loosened(await writtenLedger(), ...both('kind', 'char(10)', 'TEXT'));
    expect(kinds).toContainEqual(['LEDGER_LEAF_MISMATCH', 40]);
    const chains = loosened(
      await writtenLedger(),
      `UPDATE entry SET chain = substr(chain, 1, 31) WHERE idx = 40`,
      `UPDATE entry SET chain = CAST((SELECT substr(prev, 32) FROM entry WHERE idx = 41) || chain AS BLOB) WHERE idx = 41`,
    );
    expect(chains).toContainEqual(['LEDGER_CHAIN_BROKEN', 40]);
  });

  it('finds a leaf that was forged with its whole chain and its tree made to fit', async () => {
    const directory = await writtenLedger();
    const database = new SqliteDatabase(join(directory, 'ledger.db'));
    const rows = database
      .prepare<[], { idx: number; leaf: Buffer; prev: Buffer }>('SELECT idx, leaf, prev FROM entry WHERE idx >= 590')
      .all();
    let prev = rows[0]!.prev;
    const changes = rows.flatMap(({ idx, leaf }) => {
      const text = idx === 590 ? Buffer.from(leaf.toString('utf8').replace('decision@1', 'decision@9')) : leaf;
      const hash = hashLeaf(text);
      const chain = chainAfter(prev, hash);
      const change = `UPDATE entry SET leaf = x'${text.toString('hex')}', prev = x'${prev.toString('hex')}', chain = x'${chain.toString('hex')}' WHERE idx = ${idx}`;
      prev = chain;
      return [change, `UPDATE node SET hash = x'${hash.toString('hex')}' WHERE level = 0 AND idx = ${idx}`];
    });
    database.close();
    tamper(directory, ...changes);
    const faults = faultsOf(directory);
    expect(new Set(faults.map(({ code }) => code))).toEqual(new Set(['LEDGER_ROOT_MISMATCH']));
    expect(faults[0]?.message).toContain('the change is in records 300 to 599');
    expect(codesOf(directory, 'quick')).toContainEqual(['LEDGER_ROOT_MISMATCH', 0]);
  });

  it('names the gap where rows were dropped, also at the end', async () => {
    const directory = await writtenLedger();
    tamper(directory, 'DELETE FROM entry WHERE idx BETWEEN 41 AND 43');
    const [first] = faultsOf(directory);
    expect(first).toEqual({ code: 'LEDGER_GAP', message: 'records 41 to 43 are missing', index: 41 });
    const other = await writtenLedger();
    tamper(other, 'DELETE FROM entry WHERE idx = 600');
    expect(codesOf(other)[0]).toEqual(['LEDGER_GAP', 600]);
    expect(openLedgerPlace(other).ledger.verify('quick').verified).toBe(false);
  });

  it('tells stored hashes that differ, are missing, or are too many', async () => {
    for (const change of [
      'UPDATE node SET hash = zeroblob(32) WHERE level = 8 AND idx = 1',
      'DELETE FROM node WHERE level = 8 AND idx = 1',
    ]) {
      const directory = await writtenLedger();
      tamper(directory, change);
      expect(codesOf(directory)).toEqual([['LEDGER_ROOT_MISMATCH', 256]]);
      await expect(openLedgerPlace(directory).ledger.write(decisions(700, 701), callOf('more'))).rejects.toMatchObject({
        code: expect.stringMatching(/LEDGER_(ROOT_MISMATCH|GAP)/),
      });
    }
    const directory = await writtenLedger();
    tamper(directory, 'INSERT INTO node (level, idx, hash) VALUES (8, 7, zeroblob(32))');
    expect(openLedgerPlace(directory).ledger.verify().verified).toBe(false);
    const other = await writtenLedger();
    tamper(other, 'DELETE FROM node WHERE level = 0 AND idx = 5');
    expect(codesOf(other)).toContainEqual(['LEDGER_GAP', 5]);
  });

  it('tells a record of a batch that was changed, dropped or added', async () => {
    for (const change of [
      'UPDATE item SET commitment = zeroblob(32) WHERE idx = 1 AND position = 2',
      'DELETE FROM item WHERE idx = 1 AND position = 0',
      'DELETE FROM item WHERE idx = 1',
      'INSERT INTO item (place, kid, commitment, ct) SELECT 1 * 512 + 9, kid, commitment, ct FROM item LIMIT 1',
      'UPDATE item SET kid = (SELECT max(id) FROM kid) WHERE idx = 1 AND position = 1',
    ]) {
      const directory = await writtenBatches();
      tamper(directory, change);
      expect(codesOf(directory), change).toEqual([['LEDGER_LEAF_MISMATCH', 1]]);
    }
  });

  it('tells an older copy of the file, and appends nothing to it', async () => {
    const { directory, ledger } = openLedgerPlace();
    await ledger.write(decisions(0, 10), callOf('a'));
    await ledger.close();
    const older = join(directory, 'backup.db');
    copyFileSync(join(directory, 'ledger.db'), older);
    const { ledger: later } = openLedgerPlace(directory);
    await later.write(decisions(10, 20), callOf('b'));
    await later.close();
    copyFileSync(older, join(directory, 'ledger.db'));
    const { ledger: rolledBack } = openLedgerPlace(directory);
    for (const level of ['quick', 'full'] as const) {
      expect(rolledBack.verify(level)).toMatchObject({ verified: false, size: 10, faults: [{ code: 'LEDGER_ROLLED_BACK', index: 10 }] });
    }
    await expect(rolledBack.write(decisions(30, 31), callOf('c'))).rejects.toMatchObject({ code: 'LEDGER_ROLLED_BACK' });
  });

  it('tells that the file is gone, and that another history grew in its place', async () => {
    const directory = await writtenLedger();
    for (const name of ['ledger.db', 'ledger.db-wal', 'ledger.db-shm']) rmSync(join(directory, name), { force: true });
    expect(codesOf(directory)).toEqual([['LEDGER_ROLLED_BACK', 0]]);
    const { directory: elsewhere, ledger } = openLedgerPlace();
    await ledger.write(decisions(1000, 1700), callOf('a'));
    await ledger.close();
    copyFileSync(join(elsewhere, 'ledger.db'), join(directory, 'ledger.db'));
    expect(codesOf(directory)).toContainEqual(['LEDGER_ROOT_MISMATCH', 0]);
    expect(openLedgerPlace(directory).ledger.verify('quick').verified).toBe(false);
    await expect(openLedgerPlace(directory).ledger.write(decisions(0, 1), callOf('b'))).rejects.toMatchObject({
      code: 'LEDGER_ROOT_MISMATCH',
    });
  });

  it('tells a checkpoint that was not signed with the key', async () => {
    const directory = await writtenLedger();
    tamper(
      directory,
      `UPDATE checkpoint SET note = replace(note, char(10) || '300' || char(10), char(10) || '301' || char(10)) WHERE size = 300`,
    );
    expect(codesOf(directory)).toEqual([['LEDGER_SIGNATURE_INVALID', null]]);
    const keyring = openKeyring(join(mkdtempSync(join(tmpdir(), 'cohortium-keys-')), 'keys'));
    const { vault } = openLedgerPlace();
    const other = createLedger({ directory, keyring, content: ledgerContent, clock: { now: () => 0 }, vault: () => vault });
    for (const level of ['quick', 'full'] as const)
      expect(other.verify(level).faults[0]).toMatchObject({ code: 'LEDGER_SIGNATURE_INVALID' });
    await expect(other.write(decisions(0, 1), callOf('b'))).rejects.toMatchObject({ code: 'LEDGER_SIGNATURE_INVALID' });
  });

  it.each([300, 600, 601])('tells that the checkpoint of %i records was taken out of the file', async (size) => {
    const directory = await writtenLedger();
    tamper(directory, `DELETE FROM checkpoint WHERE size = ${size}`);
    const { faults } = openLedgerPlace(directory).ledger.verify();
    // Without its newest one, records stand under none.
    if (size === 601) expect(faults).toMatchObject([{ code: 'LEDGER_ROOT_MISMATCH', index: 600 }]);
    else expect(faults).toEqual([expect.objectContaining({ code: 'LEDGER_GAP', message: expect.stringContaining(`of ${size} records`) })]);
  });

  it('tells an anchor file that was removed', async () => {
    const directory = await writtenLedger();
    rmSync(join(directory, 'anchors'), { recursive: true });
    expect(codesOf(directory)).toEqual([['LEDGER_ANCHOR_MISSING', null]]);
  });

  it('forgives the anchors that a crash left out, also half-written, and the next append adds them', async () => {
    const directory = await writtenLedger();
    const path = join(directory, 'anchors', 'checkpoints.txt');
    const text = readFileSync(path, 'utf8');
    truncateSync(path, text.indexOf('\n600\n') + 60);
    expect(openLedgerPlace(directory).ledger.verify().verified).toBe(true);
    const { ledger } = openLedgerPlace(directory);
    await ledger.write(decisions(601, 602), callOf('a'));
    expect(readFileSync(path, 'utf8').match(/\n601\n/g)).toHaveLength(1);
    expect(ledger.verify()).toMatchObject({ verified: true, size: 602, checkpoints: 4 });
  });

  it('forgives a line of the anchors whose signature a power cut tore, and none that says something else', async () => {
    const directory = await writtenLedger();
    const path = join(directory, 'anchors', 'checkpoints.txt');
    const whole = readFileSync(path, 'utf8');
    const signature = /— \S+ (\S+)\n/.exec(whole)?.[1] ?? '';
    writeFileSync(path, whole.replace(signature, `${signature.slice(0, 40)}${'A'.repeat(signature.length - 44)}${signature.slice(-4)}`));
    expect(readFileSync(path, 'utf8')).not.toBe(whole);
    for (const level of ['quick', 'full'] as const) expect(codesOf(directory, level)).toEqual([]);
    writeFileSync(path, whole.replace('\n300\n', '\n301\n'));
    expect(codesOf(directory)).toContainEqual(['LEDGER_SIGNATURE_INVALID', null]);
  });

  it('tells a leaf that is none, though hash, chain and tree fit', async () => {
    const { directory, ledger } = openLedgerPlace();
    await ledger.write(decisions(0, 1), callOf('a'));
    await ledger.close();
    const leaf = Buffer.from('not json');
    const hash = hashLeaf(leaf).toString('hex');
    const chain = chainAfter(Buffer.alloc(32), Buffer.from(hash, 'hex')).toString('hex');
    tamper(directory, `UPDATE entry SET leaf = x'${leaf.toString('hex')}', chain = x'${chain}'`, `UPDATE node SET hash = x'${hash}'`);
    expect(codesOf(directory)[0]).toEqual(['LEDGER_LEAF_MISMATCH', 0]);
  });

  it('answers for a file that SQLite cannot read, at every level', async () => {
    const directory = await writtenLedger();
    const path = join(directory, 'ledger.db');
    const bytes = readFileSync(path);
    // Every second page after the first is overwritten.
    for (let page = 1; page * 8192 < bytes.length; page += 2) bytes.fill(0xa5, page * 8192, page * 8192 + 8192);
    writeFileSync(path, bytes);
    for (const level of ['quick', 'full'] as const)
      expect(faultsOf(directory, level).some(({ code }) => code === 'STORE_CORRUPT')).toBe(true);
    writeFileSync(path, 'this is not a database, but it is long enough to have a header of one hundred bytes, which it needs.....');
    for (const level of ['quick', 'full'] as const) expect(codesOf(directory, level)).toEqual([['STORE_CORRUPT', null]]);
    expect(existsSync(path)).toBe(true);
  });
});

describe('what stands beside the leaves', () => {
  it.each([
    'INSERT INTO node VALUES (0, 2000, zeroblob(32))',
    'INSERT INTO node VALUES (3, 0, zeroblob(32))',
    'INSERT INTO node VALUES (0, -5, zeroblob(32))',
  ])('is no hash over leaves that are not there: %s', async (statement) => {
    const directory = await writtenLedger();
    tamper(directory, statement);
    expect(codesOf(directory)).toEqual([['LEDGER_ROOT_MISMATCH', 601]]);
  });

  it.each([-5, 100 * 512 + 1, 100 * 512 + 300, 2000 * 512 + 1])('is no record of a batch that is none, at place %i', async (place) => {
    const directory = await writtenLedger();
    tamper(directory, `INSERT INTO item (place, kid, commitment, ct) VALUES (${place}, 1, zeroblob(32), zeroblob(32))`);
    expect(codesOf(directory)).toEqual([['LEDGER_LEAF_MISMATCH', null]]);
  });
});

describe('a deep verification', () => {
  const deep = async (directory: string) => openLedgerPlace(directory, { isReal: true }).ledger.verifyDeep([]);

  it('finds nothing wrong where every body is what its leaf commits to', async () => {
    expect(await deep(await writtenBatches(true))).toMatchObject({ level: 'deep', verified: true, size: 4, faults: [] });
  });

  it.each([
    ['changed', `UPDATE body SET sealed = zeroblob(length(sealed)) WHERE idx = 1 AND position = 1`, 1],
    ['put in the place of another', `UPDATE body SET sealed = (SELECT sealed FROM body WHERE idx = 3) WHERE idx = 0 AND position = 0`, 0],
    ['of another key', `UPDATE body SET kid = (SELECT kid FROM body WHERE idx = 3) WHERE idx = 0 AND position = 0`, 0],
    ['dropped from a batch', `DELETE FROM body WHERE idx = 2 AND position = 0`, 2],
    ['dropped from a leaf', `DELETE FROM body WHERE idx = 3`, 3],
    ['left after an erasure', `INSERT INTO erasure (kid, record) SELECT kid, 3 FROM body WHERE idx = 1 AND position = 2`, 1],
  ])('tells a body that was %s, which a full one does not look at', async (_, change, index) => {
    const directory = await writtenBatches(true);
    tamper(directory, change);
    expect(
      openLedgerPlace(directory)
        .ledger.verify()
        .faults.filter(({ code }) => code !== 'LEDGER_SIGNATURE_INVALID'),
    ).toEqual([]);
    const { verified, faults } = await deep(directory);
    expect(verified).toBe(false);
    expect(faults.map((fault) => [fault.code, fault.index])).toContainEqual(['LEDGER_BODY_WRONG', index]);
  });

  it('tells bodies whose key the vault does not have, or has shredded', async () => {
    const directory = await writtenBatches(true);
    const { vault, ledger } = openLedgerPlace(directory, { isReal: true });
    const [entry] = vault.entriesOf('c4');
    vault.shred([entry?.kid ?? ''], 0);
    expect((await ledger.verifyDeep([])).faults.map(({ message }) => message)).toEqual([expect.stringContaining('was shredded')]);
    vault.close();
    rmSync(join(directory, 'vault.db'));
    expect((await deep(directory)).faults[0]?.message).toContain('the vault has no key');
  });

  it('asks what stands elsewhere, and reports its faults', async () => {
    const { ledger } = openLedgerPlace(await writtenBatches(true), { isReal: true });
    const fault = { code: 'ANCHOR_STALE', message: 'too old', index: null };
    expect(await ledger.verifyDeep([{ name: 'somewhere', check: async () => [fault] }])).toMatchObject({
      verified: false,
      faults: [fault],
    });
  });
});

describe('a second signature by ML-DSA-44', () => {
  it('stands on every checkpoint and in the anchors, holds for who has the key, and is read back', async () => {
    const { directory, ledger } = openLedgerPlace(undefined, { isPostQuantum: true });
    await ledger.write(decisions(0, 3), callOf('a'));
    await ledger.close();
    const keys = ['ledger.vkey', 'ledger-mldsa44.vkey'].map((name) => readFileSync(join(directory, 'keys', name), 'utf8')).join('');
    const [checkpoint] = openLedgerPlace(directory).ledger.checkpoints();
    const checked = verifyCheckpoint(checkpoint?.note ?? '', keys, { isEveryKeyRequired: true });
    expect(checked).toMatchObject({ holds: true, size: 3, signers: [{ type: 'ed25519' }, { type: 'ml-dsa-44', time: null }] });
    expect(readFileSync(join(directory, 'anchors', 'checkpoints.txt'), 'utf8')).toBe(checkpoint?.note);
    // Keys and file are one; who leaves it out later goes on.
    const { ledger: later } = openLedgerPlace(directory);
    await later.write(decisions(3, 4), callOf('b'));
    expect(later.verify()).toMatchObject({ verified: true, size: 4, checkpoints: 2 });
  });
});
