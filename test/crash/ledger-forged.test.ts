/**
 * Histories that somebody made who can write every file and has the key: perfect in themselves, so that nothing on the machine can tell.
 * A checkpoint that was kept elsewhere can.
 */
import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import SqliteDatabase from 'better-sqlite3';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';

import { openKeyring } from '../../agents/adapters/keys/keyring.ts';
import { GrowingTree, hashLeaf } from '../../agents/adapters/sqlite/ledger/merkle.ts';
import { signCheckpoint } from '../../agents/adapters/sqlite/ledger/note.ts';
import { chainAfter, chainStart, ledgerPath } from '../../agents/adapters/sqlite/ledger/tables.ts';
import { configSchema, operatorPaths } from '../../agents/customer-data-graph/config.ts';
import { ledgerDoor } from '../../agents/customer-data-graph/record/ledger-door.ts';
import { writeGrowthFile } from '../../agents/customer-data-graph/record/proof-file.ts';
import { verifyGrowth } from '../../skills/audit/verify/verify.ts';
import { appendCall, openCrashLedger } from '../fixtures/crash-ledger.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

let directory = '';
/** Newest checkpoint in the middle and at the end, as somebody elsewhere keeps them. */
let kept: string[] = [];
let published = '';
const anchors = (): string => join(directory, 'anchors', 'checkpoints.txt');
const vkey = (): string => readFileSync(join(directory, 'keys', 'ledger.vkey'), 'utf8');

/** What only an override asks for. */
const unused = {
  records: (): never => {
    throw new Error('nothing is written here');
  },
  clock: { now: () => 0 },
  paths: operatorPaths(tmpdir()),
  config: configSchema.parse({ cohortium: 1, merchant: 'Shop', currency: 'EUR' }),
};

async function withDoor<Found>(work: (door: ReturnType<typeof ledgerDoor>) => Promise<Found>): Promise<Found> {
  const open = openCrashLedger(directory);
  try {
    const keys = openKeyring(join(directory, 'keys'));
    return await work(ledgerDoor({ ...unused, ledger: () => open.ledger, vault: open.vault, keys: () => keys }));
  } finally {
    await open.close();
  }
}

async function append(from: number, to: number): Promise<void> {
  const open = openCrashLedger(directory);
  for (let call = from; call < to; call++) await appendCall(open, call);
  kept.push(open.ledger.withTiles(({ checkpoint }) => checkpoint));
  await open.close();
}

async function verified(): Promise<readonly string[]> {
  const open = openCrashLedger(directory);
  const { faults } = open.ledger.verify();
  await open.close();
  return faults.map(({ code }) => code);
}

/** What a caller or an anchor job finds who asks for proof since a checkpoint that is kept elsewhere. */
const askedSince = (older = ''): Promise<string> =>
  withDoor((door) => door.growthFile(older)).then(
    () => 'grew',
    (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)),
  );

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'cohortium-forged-'));
  folders.push(directory);
  kept = [];
  await append(0, 12);
  copyFileSync(ledgerPath(directory), join(directory, 'yesterday.db'));
  cpSync(join(directory, 'anchors'), join(directory, 'yesterday'), { recursive: true });
  published = join(directory, 'public');
  await withDoor((door) => door.publish(published));
  await append(12, 24);
});

describe('a ledger that nobody touched', () => {
  it('has grown out of every checkpoint that was kept', async () => {
    expect(await verified()).toEqual([]);
    expect([await askedSince(kept[0]), await askedSince(kept[1])]).toEqual(['grew', 'grew']);
  });
});

/** Drops the triggers, changes what the third leaf says, and makes everything after it fit: hashes, tree, chain, signatures. */
function forge(): void {
  const database = new SqliteDatabase(ledgerPath(directory));
  const triggers = database.prepare<[], string>(`SELECT name FROM sqlite_schema WHERE type = 'trigger'`).pluck().all();
  for (const name of triggers) database.exec(`DROP TRIGGER ${name}`);
  const keyring = openKeyring(join(directory, 'keys'));
  const leaves = database.prepare<[], Buffer>('SELECT leaf FROM entry ORDER BY idx').pluck().all();
  const sizes = new Set(database.prepare<[], number>('SELECT size FROM checkpoint ORDER BY size').pluck().all());
  const node = database.prepare('UPDATE node SET hash = ? WHERE level = ? AND idx = ?');
  const tree = new GrowingTree(0, () => Buffer.alloc(32));
  const notes: string[] = [];
  let prev: Buffer = chainStart;
  for (const [index, leaf] of leaves.entries()) {
    const text = index === 3 ? Buffer.from(leaf.toString().replace('"time":"2026', '"time":"2025')) : leaf;
    const hash = hashLeaf(text);
    const chain = chainAfter(prev, hash);
    database.prepare('UPDATE entry SET leaf = ?, prev = ?, chain = ? WHERE idx = ?').run(text, prev, chain, index);
    node.run(hash, 0, index);
    tree.push(hash, (level, at, stored) => node.run(stored, level, at));
    prev = chain;
    if (!sizes.has(tree.size)) continue;
    const { root, note } = signCheckpoint(keyring, tree.size, tree.root());
    database.prepare('UPDATE checkpoint SET root = ?, note = ? WHERE size = ?').run(Buffer.from(root, 'hex'), note, tree.size);
    notes.push(note);
  }
  database.close();
  writeFileSync(join(directory, 'forged.txt'), notes.join(''));
}

describe('a forged history, signed with the stolen key', () => {
  it('is told by the anchors, and by nothing any more once they are forged too', async () => {
    forge();
    expect(await verified()).toContain('LEDGER_ROOT_MISMATCH');
    copyFileSync(join(directory, 'forged.txt'), anchors());
    expect(await verified()).toEqual([]);
  });

  it('is told by one checkpoint that was kept elsewhere', async () => {
    forge();
    copyFileSync(join(directory, 'forged.txt'), anchors());
    expect([await askedSince(kept[0]), await askedSince(kept[1])]).toEqual(['LEDGER_ROOT_MISMATCH', 'LEDGER_ROOT_MISMATCH']);
    await expect(withDoor((door) => door.publish(published))).rejects.toMatchObject({ code: 'LEDGER_ROOT_MISMATCH' });
    // Nor does a proof help that the forger makes of it: there is none between two histories.
    const open = openCrashLedger(directory);
    const proof = open.ledger.withTiles(({ growthFrom, checkpoint }) => {
      const from = Number(kept[0]?.split('\n')[1]);
      return writeGrowthFile({ from, path: growthFrom(from), checkpoint });
    });
    await open.close();
    expect(verifyGrowth(proof, kept[0] ?? '', vkey())).toMatchObject({
      holds: false,
      reason: expect.stringContaining('history was rewritten'),
    });
  });
});

describe('an older copy that was put back', () => {
  const putBack = (): void => {
    for (const end of ['-wal', '-shm']) rmSync(`${ledgerPath(directory)}${end}`, { force: true });
    copyFileSync(join(directory, 'yesterday.db'), ledgerPath(directory));
  };

  it('is refused while the anchors are there, and takes no record', async () => {
    putBack();
    expect(await verified()).toContain('LEDGER_ROLLED_BACK');
    await expect(append(30, 31)).rejects.toMatchObject({ code: 'LEDGER_ROLLED_BACK' });
  });

  it('is told by one newer checkpoint that was kept elsewhere, when the anchors were put back too', async () => {
    putBack();
    copyFileSync(join(directory, 'yesterday', 'checkpoints.txt'), anchors());
    expect(await verified()).toEqual([]);
    expect([await askedSince(kept[0]), await askedSince(kept[1])]).toEqual(['grew', 'LEDGER_ROLLED_BACK']);
    // Grown as long as it was, it is another history.
    for (let call = 100; !kept.some((note) => Number(note.split('\n')[1]) > Number(kept[1]?.split('\n')[1])); call++)
      await append(call, call + 1);
    expect(await askedSince(kept[1])).toBe('LEDGER_ROOT_MISMATCH');
  });
});

describe('the newest records, cut off', () => {
  it('are missed by the anchors, or by who keeps a checkpoint elsewhere', async () => {
    const database = new SqliteDatabase(ledgerPath(directory));
    for (const name of database.prepare<[], string>(`SELECT name FROM sqlite_schema WHERE type = 'trigger'`).pluck().all()) {
      database.exec(`DROP TRIGGER ${name}`);
    }
    const size = Number(kept[0]?.split('\n')[1]);
    database.exec(`DELETE FROM entry WHERE idx >= ${size}; DELETE FROM checkpoint WHERE size > ${size};
      DELETE FROM node WHERE level = 0 AND idx >= ${size}; DELETE FROM item WHERE idx >= ${size}; DELETE FROM body WHERE idx >= ${size};
      DELETE FROM call`);
    database.close();
    expect(await verified()).toContain('LEDGER_ROLLED_BACK');
    copyFileSync(join(directory, 'yesterday', 'checkpoints.txt'), anchors());
    expect((await verified()).filter((code) => code !== 'LEDGER_GAP')).toEqual([]);
    expect(await askedSince(kept[1])).toBe('LEDGER_ROLLED_BACK');
  });
});
