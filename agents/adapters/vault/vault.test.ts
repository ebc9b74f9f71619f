import { createDecipheriv, randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { unwrapKey, wrapKey } from '../keys/key-wrap.ts';
import { openEncrypted } from './encrypted-database.ts';
import { subjectCode, vaultCipher } from './vault-cipher.ts';
import { openVault, vaultPath } from './vault.ts';

const folder = (): string => mkdtempSync(join(tmpdir(), 'cohortium-vault-'));
const clock = { now: () => Date.UTC(2026, 0, 5) };
const vaultKey = Buffer.alloc(32, 7);
const at = (directory: string) => openVault({ directory, vaultKey, clock });
const names = (count: number, from = 0): string[] => Array.from({ length: count }, (_, row) => `customer-${from + row}`);

/** Every page of a file and its WAL, decrypted without SQLite, so that freed and overwritten space is seen as it is on disk. */
function plainPages(directory: string): Buffer {
  const pageKey = Buffer.from(vaultCipher(vaultKey).pageKey, 'hex');
  const pages: Buffer[] = [];
  const decrypt = (page: Buffer, isFirst: boolean): void => {
    const [iv, text] = [page.subarray(4096 - 80, 4096 - 64), page.subarray(isFirst ? 16 : 0, 4096 - 80)];
    const decipher = createDecipheriv('aes-256-cbc', pageKey, iv).setAutoPadding(false);
    pages.push(Buffer.concat([decipher.update(text), decipher.final()]));
  };
  const file = readFileSync(vaultPath(directory));
  for (let offset = 0; offset < file.length; offset += 4096) decrypt(file.subarray(offset, offset + 4096), offset === 0);
  const wal = existsSync(`${vaultPath(directory)}-wal`) ? readFileSync(`${vaultPath(directory)}-wal`) : Buffer.alloc(0);
  for (let offset = 32; offset + 24 + 4096 <= wal.length; offset += 24 + 4096) {
    decrypt(wal.subarray(offset + 24, offset + 24 + 4096), wal.readUInt32BE(offset) === 1);
  }
  return Buffer.concat(pages);
}

const rawBytes = (directory: string): Buffer =>
  Buffer.concat(
    ['', '-wal', '-shm']
      .map((end) => `${vaultPath(directory)}${end}`)
      .filter(existsSync)
      .map((path) => readFileSync(path)),
  );

describe('the vault', () => {
  it('gives a subject one key per class, the same after it was opened again', () => {
    const directory = folder();
    const vault = at(directory);
    const [ada, bob] = vault.keysFor(['ada', 'bob'], 'score');
    const [other] = vault.keysFor(['ada'], 'contract');
    expect(ada?.kid).toMatch(/^[0-9a-f]{32}$/);
    expect(ada?.key).toHaveLength(32);
    expect(new Set([ada?.kid, bob?.kid, other?.kid]).size).toBe(3);
    vault.close();
    const again = at(directory);
    expect(again.keysFor(['bob', 'ada'], 'score')).toEqual([bob, ada]);
    expect(again.key(ada?.kid ?? '')).toEqual(ada?.key);
    expect(again.entriesOf('ada')).toEqual([
      { kid: other?.kid, class: 'contract', state: 'live', createdAt: '2026-01-05T00:00:00.000Z', shreddedAt: null },
      { kid: ada?.kid, class: 'score', state: 'live', createdAt: '2026-01-05T00:00:00.000Z', shreddedAt: null },
    ]);
    expect(again.entriesOf('nobody')).toEqual([]);
    again.close();
  });

  it('gives a subject that is named twice in one question one key, beside others that are known', () => {
    const vault = at(folder());
    const [known] = vault.keysFor(['b'], 'score');
    const keys = vault.keysFor(['a', 'b', 'a', 'c', 'a'], 'score');
    expect(keys[0]).toEqual(keys[2]);
    expect(keys[0]).toEqual(keys[4]);
    expect(keys[1]).toEqual(known);
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(3);
    expect(vault.keysFor([], 'score')).toEqual([]);
  });

  it('has a key on disk before it hands it out', () => {
    const directory = folder();
    const vault = at(directory);
    const [made] = vault.keysFor(['ada'], 'score');
    const copy = folder(); // as a power cut would leave it: not closed
    for (const end of ['', '-wal']) copyFileSync(`${vaultPath(directory)}${end}`, `${vaultPath(copy)}${end}`);
    expect(at(copy).key(made?.kid ?? '')).toEqual(made?.key);
  });

  it('shreds keys, says so of them from then on, and gives their subject new ones', () => {
    const directory = folder();
    const vault = at(directory);
    const [ada, bob] = vault.keysFor(['ada', 'bob'], 'score');
    expect(vault.shred([ada?.kid ?? ''], 1000)).toEqual([ada?.kid]);
    expect(vault.key(ada?.kid ?? '')).toBeUndefined();
    expect(vault.stateOf(ada?.kid ?? '')).toBe('shredded');
    expect(vault.stateOf(bob?.kid ?? '')).toBe('live');
    expect(vault.stateOf('0'.repeat(32))).toBe('unknown');
    expect(vault.entriesOf('ada')).toEqual([]);
    expect(vault.shred([ada?.kid ?? ''], 2000)).toEqual([]);
    expect(vault.keysFor(['ada'], 'score')[0]?.kid).not.toBe(ada?.kid);
    vault.close();
    expect(at(directory).stateOf(ada?.kid ?? '')).toBe('shredded');
  });

  it('holds keys against shredding, all of the call or none', () => {
    const vault = at(folder());
    const kids = vault.keysFor(['ada', 'bob'], 'score').map(({ kid }) => kid);
    vault.hold([kids[1] ?? ''], true);
    expect(vault.stateOf(kids[1] ?? '')).toBe('held');
    expect(() => vault.shred(kids, 0)).toThrow(expect.objectContaining({ code: 'KEY_HELD' }));
    expect(kids.map((kid) => vault.stateOf(kid))).toEqual(['live', 'held']);
    vault.hold(kids, false);
    expect(vault.shred(kids, 0)).toEqual(kids);
  });

  it('erases again in a restored backup what was erased since, and remembers it there', () => {
    const directory = folder();
    const vault = at(directory);
    const [ada] = vault.keysFor(['ada'], 'score');
    vault.close();
    const backup = readFileSync(vaultPath(directory));
    const later = at(directory);
    const [bob] = later.keysFor(['bob'], 'score');
    const kids = [ada?.kid ?? '', bob?.kid ?? ''];
    expect(later.shred(kids, 0)).toEqual(kids);
    later.close();
    writeFileSync(vaultPath(directory), backup);
    const restored = at(directory);
    expect(restored.stateOf(kids[0] ?? '')).toBe('live');
    expect(restored.shred(kids, 0)).toEqual([kids[0]]);
    expect(kids.map((kid) => restored.stateOf(kid))).toEqual(['shredded', 'shredded']);
  });
});

describe('the file of the vault', () => {
  it('shows nothing without the key', () => {
    const directory = folder();
    const vault = at(directory);
    const [ada] = vault.keysFor(['ada.lovelace@example.org'], 'score');
    const bytes = rawBytes(directory);
    for (const text of ['ada.lovelace', 'score', 'CREATE TABLE', 'SQLite format']) expect(bytes.includes(text), text).toBe(false);
    expect(bytes.includes(ada?.key ?? '')).toBe(false);
    vault.close();
    expect(() => openVault({ directory, vaultKey: randomBytes(32), clock })).toThrow(expect.objectContaining({ code: 'VAULT_KEY_WRONG' }));
    expect(at(directory).key(ada?.kid ?? '')).toEqual(ada?.key);
  });

  it('has no byte of a shredded key or of its subject left for who has the vault key, while others stand in it', () => {
    const directory = folder();
    // With these keys SQLite leaves a copy of a code that was deleted in the gap of a page.
    const vault = openVault({ directory, vaultKey, clock, demonstrationSeed: 's11' });
    const cipher = vaultCipher(vaultKey);
    const everybody = names(3000);
    // In pieces, so that pages split and rows move.
    const keys = [0, 1000, 2000].flatMap((from) => vault.keysFor(names(1000, from), 'score'));
    const traces = (row: number) => ({
      plain: keys[row]?.key ?? '',
      wrapped: cipher.wrap(keys[row]?.key ?? Buffer.alloc(32)),
      subject: subjectCode(cipher.firstSubjectKey, everybody[row] ?? ''),
    });
    const before = plainPages(directory);
    const gone = everybody.flatMap((_, row) => (row % 7 === 0 ? [row] : []));
    for (const row of gone) {
      expect(before.includes(traces(row).wrapped)).toBe(true);
      expect(before.includes(traces(row).subject)).toBe(true);
      expect(before.includes(traces(row).plain)).toBe(false);
    }
    vault.shred(
      gone.map((row) => keys[row]?.kid ?? ''),
      0,
    );
    vault.keysFor(names(500, 5000), 'score'); // goes on over the freed space
    const after = Buffer.concat([plainPages(directory), rawBytes(directory)]);
    for (const row of gone) {
      expect(after.includes(traces(row).wrapped)).toBe(false);
      expect(after.includes(traces(row).subject)).toBe(false);
    }
    expect(after.includes(traces(1).wrapped)).toBe(true);
    expect(after.includes(traces(1).subject)).toBe(true);
  });

  it('finishes at the next open what was killed between deletion and overwriting', () => {
    const directory = folder();
    const vault = at(directory);
    const cipher = vaultCipher(vaultKey);
    const [ada] = vault.keysFor(['ada', ...names(50)], 'score');
    const wrapped = cipher.wrap(ada?.key ?? Buffer.alloc(32));
    // The deletion alone, as a process leaves it that dies before the checkpoint.
    const dying = openEncrypted(vaultPath(directory), cipher.pageKey, '', { readonly: false });
    dying.prepare('DELETE FROM key WHERE kid = ?').run(Buffer.from(ada?.kid ?? '', 'hex'));
    dying.prepare('INSERT INTO tombstone VALUES (?, 0)').run(Buffer.from(ada?.kid ?? '', 'hex'));
    dying.prepare("INSERT INTO vault VALUES ('unswept', x'')").run();
    const copy = folder();
    for (const end of ['', '-wal']) copyFileSync(`${vaultPath(directory)}${end}`, `${vaultPath(copy)}${end}`);
    expect(plainPages(copy).includes(wrapped)).toBe(true);
    const again = at(copy);
    expect(statSync(`${vaultPath(copy)}-wal`).size).toBe(0);
    expect(plainPages(copy).includes(wrapped)).toBe(false);
    expect(again.stateOf(ada?.kid ?? '')).toBe('shredded');
    again.close();
    const looking = openEncrypted(vaultPath(copy), cipher.pageKey, '', { readonly: true });
    expect(looking.prepare("SELECT 1 FROM vault WHERE name = 'unswept'").get()).toBeUndefined();
  });

  it('says that it is damaged, and does not say that a key is gone', () => {
    const directory = folder();
    const vault = at(directory);
    const [ada] = vault.keysFor(names(2000), 'score');
    vault.close();
    const bytes = readFileSync(vaultPath(directory));
    for (let offset = 4096; offset < bytes.length; offset += 4096) bytes[offset + 100] = (bytes[offset + 100] ?? 0) ^ 1;
    writeFileSync(vaultPath(directory), bytes);
    expect(() => at(directory).key(ada?.kid ?? '')).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^(STORE_CORRUPT|VAULT_KEY_WRONG)$/) }),
    );
  });

  it('is not made by who only looks, and not changed by them', () => {
    const directory = folder();
    const looking = openVault({ directory, vaultKey, clock, readonly: true });
    expect(existsSync(vaultPath(directory))).toBe(false);
    expect(looking.stateOf('0'.repeat(32))).toBe('unknown');
    expect(() => looking.keysFor(['ada'], 'score')).toThrow(expect.objectContaining({ code: 'STORE_FORBIDDEN' }));
    const vault = at(directory);
    const [ada] = vault.keysFor(['ada'], 'score');
    const beside = openVault({ directory, vaultKey, clock, readonly: true });
    expect(beside.keysFor(['ada'], 'score')).toEqual([ada]);
    expect(() => beside.keysFor(['bob'], 'score')).toThrow(expect.objectContaining({ code: 'STORE_FORBIDDEN' }));
    expect(() => beside.shred([ada?.kid ?? ''], 0)).toThrow(expect.objectContaining({ code: 'STORE_FORBIDDEN' }));
  });

  it('refuses what is no key id', () => {
    expect(() => at(folder()).shred(['customer-1'], 0)).toThrow(expect.objectContaining({ code: 'ARGUMENT_INVALID' }));
  });
});

describe('a demonstration', () => {
  const demo = (directory: string, seed = '42') => openVault({ directory, vaultKey, clock, demonstrationSeed: seed });

  it('has the same keys from the same seed, others after they were shredded, and others from another seed', () => {
    const [one, other] = [demo(folder()), demo(folder())];
    const first = one.keysFor(['ada', 'bob'], 'score');
    expect(other.keysFor(['bob', 'ada'], 'score')).toEqual([first[1], first[0]]);
    expect(demo(folder(), '43').keysFor(['ada'], 'score')[0]?.kid).not.toBe(first[0]?.kid);
    for (const vault of [one, other]) vault.shred([first[0]?.kid ?? ''], 0);
    const second = one.keysFor(['ada'], 'score');
    expect(second[0]?.kid).not.toBe(first[0]?.kid);
    expect(other.keysFor(['ada'], 'score')).toEqual(second);
  });

  it('is passed over in a vault that was made without', () => {
    const directory = folder();
    at(directory).close();
    const [drawn] = demo(directory).keysFor(['ada'], 'score');
    expect(demo(folder()).keysFor(['ada'], 'score')[0]?.kid).not.toBe(drawn?.kid);
  });
});

describe('AES key wrap', () => {
  it('gives what RFC 3394 section 4.6 gives', () => {
    const wrapping = Buffer.from('000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F', 'hex');
    const key = Buffer.from('00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F', 'hex');
    const wrapped = '28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21';
    expect(wrapKey(wrapping, key).toString('hex')).toBe(wrapped);
    expect(unwrapKey(wrapping, Buffer.from(wrapped, 'hex'))).toEqual(key);
  });

  it('refuses a changed bit, another key and a wrong length', () => {
    const wrapped = wrapKey(vaultKey, Buffer.alloc(32, 1));
    const changed = Buffer.from(wrapped);
    changed[20] = (changed[20] ?? 0) ^ 1;
    expect(unwrapKey(vaultKey, changed)).toBeUndefined();
    expect(unwrapKey(Buffer.alloc(32, 8), wrapped)).toBeUndefined();
    expect(unwrapKey(vaultKey, wrapped.subarray(0, 39))).toBeUndefined();
    expect(unwrapKey(vaultKey, Buffer.alloc(0))).toBeUndefined();
  });
});
