/**
 * Proofs and a published folder of a real ledger, checked by tools that share nothing with it: the note and log packages of the Go
 * toolchain, transparency-dev/merkle, fsck of Tessera, and Python with the standard library alone. All take what is true and none
 * takes what was changed.
 */
import { execFile, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { writeGrowthFile, writeProofFile } from '../../../agents/customer-data-graph/record/proof-file.ts';
import { type Publication, publishTiles } from '../../../agents/customer-data-graph/record/publish-tiles.ts';
import { leafHash, readProofFile, verifyGrowth, verifyProof } from '../../../skills/audit/verify/verify.ts';
import { canonicalJson } from '../../../skills/sdk/index.ts';
import { appendCall, type CrashLedger, openCrashLedger } from '../../fixtures/crash-ledger.ts';

const outside = join(import.meta.dirname, 'outside');
const folder = mkdtempSync(join(tmpdir(), 'cohortium-outside-'));
const directory = join(folder, 'ledger');
const published = join(folder, 'public');
const hasGo = spawnSync('go', ['version']).status === 0;
/** Pinned like the rest of go.mod, but with a hundred modules of its own. */
const fsck = 'github.com/transparency-dev/tessera/cmd/fsck@v1.0.4';

interface Tool {
  readonly name: string;
  /** @param args proof and key, or growth, key and older checkpoint */
  readonly accepts: (args: readonly string[]) => boolean;
  readonly says: (args: readonly string[]) => string;
}

const tools: Tool[] = [];

/** Of the two Pythons one at a time: each begins a process per case. */
const toolsOf = (at: number): readonly Tool[] => tools.filter((_, which) => which > 1 || which === at % 2);

function tool(name: string, command: string, ...first: readonly string[]): Tool {
  const run = (args: readonly string[]) => spawnSync(command, [...first, ...args], { cwd: folder, encoding: 'utf8' });
  return {
    name,
    says: (args) => {
      const { stdout, stderr } = run(args);
      return `${stdout}${stderr}`;
    },
    accepts: (args) => {
      const { status, stdout, stderr } = run(args);
      const says = `${stdout}${stderr}`;
      // Neither by accident: whatever was not checked is no answer.
      expect(says, name).toMatch(/^(holds:|does NOT hold:)/);
      expect(status, `${name}: ${says}`).toBe(says.startsWith('holds:') ? 0 : 1);
      return status === 0;
    },
  };
}

let open: CrashLedger;
let vkey = '';
/** Of the state in the middle and of the end. */
const sizes: number[] = [];
const publications: Publication[] = [];
let older = '';
/** A call of single records, and one of a batch. */
let places: { readonly record: number; readonly batch: number; readonly item: number };

async function appendUntil(size: number, first: number): Promise<number> {
  for (let call = first; ; call += 50) {
    const told = await Promise.all(Array.from({ length: 50 }, (_, at) => appendCall(open, call + at)));
    const reached = Math.max(...told.map((one) => one.size));
    if (reached < size) continue;
    sizes.push(reached);
    publications.push(open.ledger.withTiles((source) => publishTiles(source, published)));
    return call + 50;
  }
}

beforeAll(async () => {
  mkdirSync(directory);
  open = openCrashLedger(directory);
  const told = await appendCall(open, 0);
  const single = await appendCall(open, 1);
  places = { record: single.records[1] ?? -1, batch: told.records[7] ?? -1, item: told.items[7] ?? -1 };
  const next = await appendUntil(300, 2);
  older = readFileSync(join(published, 'checkpoint'), 'utf8');
  await appendUntil(1100, next);
  vkey = readFileSync(join(directory, 'keys', 'ledger.vkey'), 'utf8');
  const python = join(outside, 'check_proof.py');
  tools.push(tool('Python', 'python3', python), tool('Python without packages', 'python3', '-S', python));
  if (!hasGo) return;
  const built = spawnSync('go', ['build', '-o', `${folder}/`, './check', './merkle'], { cwd: outside, encoding: 'utf8' });
  if (built.status !== 0) throw new Error(built.stderr);
  tools.push(tool('Go', join(folder, 'check')));
});

afterAll(async () => {
  await open.close();
  rmSync(folder, { recursive: true, force: true });
});

function write(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}

const proofOf = (item: number | null): string => writeProofFile(open.ledger.proof(item === null ? places.record : places.batch, item));
const growth = (): string =>
  open.ledger.withTiles(({ growthFrom, checkpoint }) => {
    const from = sizes[0] ?? 0;
    return writeGrowthFile({ from, path: growthFrom(from), checkpoint });
  });

/** Another text of the same form: one digit or letter of it is another one. */
function bend(text: string, at = 0): string {
  const places = [...text.matchAll(/[0-9A-Za-z]/g)].map(({ index }) => index);
  const place = places[Math.min(at, places.length - 1)] ?? 0;
  const other =
    { a: 'b', '0': '1', A: 'B' }[text[place] ?? ''] ??
    (/[0-9]/.test(text[place] ?? '') ? '0' : /[a-z]/.test(text[place] ?? '') ? 'a' : 'A');
  return `${text.slice(0, place)}${other}${text.slice(place + 1)}`;
}

/** JSON texts in each of which one member has another value. */
function bentMembers(text: string): [string, string][] {
  const value = JSON.parse(text) as Readonly<Record<string, unknown>>; // leaves and items are objects
  return Object.entries(value).map(([name, member]) => [
    name,
    JSON.stringify({ ...value, [name]: typeof member === 'number' ? member + 1 : bend(String(member), 5) }),
  ]);
}

/** A proof with every part of it changed, one at a time, by the name of the part. */
function tampered(proof: string): [string, string][] {
  const read = readProofFile(proof);
  if (!read.holds) throw new Error(read.reason);
  const { extra, path } = read;
  const withExtra = (other: object): string =>
    proof.replace(/^extra .*$/m, `extra ${Buffer.from(JSON.stringify({ ...extra, ...other })).toString('base64')}`);
  const found: [string, string][] = [
    ['format', proof.replace('@v1', '@v2')],
    ['index', proof.replace(/^index \d+$/m, (line) => `index ${Number(line.slice(6)) + 1}`)],
    ['no extra', proof.replace(/^extra .*\n/m, '')],
    ['no path', proof.replace(/^(index \d+\n)([^]*?)\n\n/m, '$1\n')],
    ...bentMembers(extra.leaf).map(([name, leaf]): [string, string] => [`leaf ${name}`, withExtra({ leaf })]),
    ...path.map((hash, at): [string, string] => {
      const line = Buffer.from(hash, 'hex').toString('base64');
      return [`path ${at}`, proof.replace(line, bend(line, at))];
    }),
    ...tamperedNote(proof),
  ];
  const { item } = extra;
  if (!item) return found;
  return [
    ...found,
    ['no item', withExtra({ item: undefined })],
    ...bentMembers(item.text).map(([name, text]): [string, string] => [`item ${name}`, withExtra({ item: { ...item, text } })]),
    ...item.path.map((hash, at): [string, string] => [
      `item path ${at}`,
      withExtra({ item: { ...item, path: item.path.map((one) => (one === hash ? bend(one, at) : one)) } }),
    ]),
  ];
}

/** The checkpoint is the last part of a file: name, size, root, blank, signature. */
function tamperedNote(file: string): [string, string][] {
  const lines = file.split('\n');
  const change = (fromEnd: number, to: (line: string) => string): string =>
    lines.map((line, at) => (at === lines.length - fromEnd ? to(line) : line)).join('\n');
  return [
    ['origin', change(6, (line) => bend(line))],
    ['size', change(5, (line) => String(Number(line) + 1))],
    ['root', change(4, (line) => bend(line, 9))],
    ['signer', change(2, (line) => bend(line))],
    ['key id', change(2, (line) => line.replace(/ (\S{4})(\S+)$/, (_, id: string, rest: string) => ` ${bend(id)}${rest}`))],
    ['signature', change(2, (line) => line.replace(/ (\S+)$/, (_, signature: string) => ` ${bend(signature, 30)}`))],
    ['no signature', lines.slice(0, -2).join('\n')],
  ];
}

function bentKeys(): [string, string][] {
  const [name = '', id = '', ...rest] = vkey.trim().split('+');
  const key = rest.join('+');
  return [
    ['key name', `${bend(name)}+${id}+${key}\n`],
    ['key id of the key', `${name}+${bend(id)}+${key}\n`],
    ['key', `${name}+${id}+${bend(key, 20)}\n`],
  ];
}

describe('proofs of a record, of an item of a batch, and of growth', () => {
  it('hold for every tool', () => {
    const key = write('ledger.vkey', vkey);
    const record = write('record.tlog-proof', proofOf(null));
    const item = write('item.tlog-proof', proofOf(places.item));
    const grown = [write('growth', growth()), key, write('older', older)];
    expect(verifyProof(proofOf(null), vkey).holds).toBe(true);
    expect(verifyProof(proofOf(places.item), vkey)).toMatchObject({ holds: true, item: places.item });
    expect(verifyGrowth(growth(), older, vkey).holds).toBe(true);
    for (const { accepts } of tools) expect([accepts([record, key]), accepts([item, key]), accepts(grown)]).toEqual([true, true, true]);
    expect(tools.map(({ name }) => name)).toContain('Python');
  });

  it('hold for no tool with any part of them changed', () => {
    const key = write('ledger.vkey', vkey);
    for (const proof of [proofOf(null), proofOf(places.item)]) {
      const cases = tampered(proof);
      expect(cases.length).toBeGreaterThan(25);
      for (const [at, [what, text]] of cases.entries()) {
        expect(text, what).not.toBe(proof);
        const file = write('tampered.tlog-proof', text);
        expect(verifyProof(text, vkey).holds, what).toBe(false);
        for (const { name, accepts } of toolsOf(at)) expect(accepts([file, key]), `${name}: ${what}`).toBe(false);
      }
    }
  });

  it('hold under no other key', () => {
    const record = write('record.tlog-proof', proofOf(null));
    for (const [what, text] of bentKeys()) {
      const key = write('other.vkey', text);
      expect(verifyProof(proofOf(null), text).holds, what).toBe(false);
      for (const { name, accepts } of tools) expect(accepts([record, key]), `${name}: ${what}`).toBe(false);
    }
  });

  it('say of a history of keys, and of two keys, that one line of a .vkey file is taken', () => {
    const record = write('record.tlog-proof', proofOf(null));
    const history = { format: 'cohortium/verifier-keys@1', checkpoint: [{ key: vkey.trim(), after: 0, signatures: null }] };
    for (const text of [`${JSON.stringify(history, undefined, 2)}\n`, JSON.stringify(history), `${vkey.trim()}\n${vkey.trim()}\n`]) {
      const key = write('keys.json', text);
      for (const { name, says } of tools)
        expect(says([record, key]), name).toMatch(/^does NOT hold: the file of the key is not one \.vkey line, name\+id\+key\n$/);
    }
  });

  it('of growth hold for no tool with any part of them changed', () => {
    const key = write('ledger.vkey', vkey);
    const grown = growth();
    const lines = grown.split('\n\n')[0]?.split('\n') ?? [];
    const cases: [string, string, string][] = [
      ['old size', grown.replace(/^old (\d+)/, (_, size: string) => `old ${Number(size) - 1}`), older],
      ...lines.slice(1).map((line, at): [string, string, string] => [`path ${at}`, grown.replace(line, bend(line, at)), older]),
      ...lines.slice(1).map((line, at): [string, string, string] => [`path without ${at}`, grown.replace(`${line}\n`, ''), older]),
      ...tamperedNote(grown).map(([what, text]): [string, string, string] => [what, text, older]),
      ...tamperedNote(older).map(([what, text]): [string, string, string] => [`older ${what}`, grown, text]),
    ];
    for (const [at, [what, text, before]] of cases.entries()) {
      expect(verifyGrowth(text, before, vkey).holds, what).toBe(false);
      const args = [write('tampered', text), key, write('tampered-older', before)];
      for (const { name, accepts } of toolsOf(at)) expect(accepts(args), `${name}: ${what}`).toBe(false);
    }
  });
});

describe.skipIf(!hasGo)('transparency-dev/merkle', () => {
  const base64 = (hash: string): string => Buffer.from(hash, 'hex').toString('base64');
  const ask = (questions: readonly object[]): string[] =>
    spawnSync(join(folder, 'merkle'), { input: questions.map((one) => `${JSON.stringify(one)}\n`).join(''), encoding: 'utf8' })
      .stdout.trimEnd()
      .split('\n')
      .map((line) => line.split(':')[0] ?? '');

  it('finds the same root over the same leaves, and takes the same proofs and no others', () => {
    const { index, record, treeSize, root, inclusion, item } = open.ledger.proof(places.batch, places.item);
    const leaves = [...open.ledger.records()];
    const from = sizes[0] ?? 0;
    const grown = open.ledger.withTiles(({ growthFrom }) => growthFrom(from));
    const oldRoot = older.split('\n')[2];
    const inLog = { kind: 'inclusion', leaf: leaves[index], index, size: treeSize, root: base64(root), path: inclusion.map(base64) };
    const inBatch = {
      kind: 'inclusion',
      leaf: canonicalJson(item?.record),
      index: item?.position,
      size: item?.count,
      root: base64(String(record['root'])),
      path: item?.inclusion.map(base64),
    };
    const growing = { kind: 'growth', size: treeSize, root: base64(root), oldSize: from, oldRoot, path: grown.map(base64) };
    expect(leafHash(leaves[index] ?? '')).toBe(leafHash(canonicalJson(record)));
    expect(ask([{ kind: 'root', leaves, root: base64(root) }, inLog, inBatch, growing])).toEqual(['accept', 'accept', 'accept', 'accept']);
    const spoilt = [
      { kind: 'root', leaves: leaves.slice(1), root: base64(root) },
      ...[inLog, inBatch].flatMap((one) => [
        { ...one, leaf: `${one.leaf} ` },
        { ...one, index: (one.index ?? 0) + 1 },
        { ...one, root: oldRoot },
        { ...one, path: one.path?.slice(1) },
      ]),
      { ...growing, oldSize: from + 1 },
      { ...growing, oldRoot: growing.root },
      { ...growing, root: oldRoot },
      { ...growing, path: growing.path.slice(1) },
    ];
    expect(ask(spoilt)).toEqual(spoilt.map(() => 'refuse'));
  });
});

describe('a published folder', () => {
  it('is written once, piece by piece', () => {
    const [first, second] = publications;
    expect(first).toMatchObject({ sizeBefore: 0, size: sizes[0] });
    expect(second).toMatchObject({ sizeBefore: sizes[0], size: sizes[1] });
    const [before = 0, size = 0] = sizes;
    expect(readdirSync(join(published, 'tile')).sort()).toEqual(['0', '1', 'entries']);
    const full = Array.from({ length: Math.floor(size / 256) }, (_, tile) => String(tile).padStart(3, '0'));
    const cut = `${String(full.length).padStart(3, '0')}.p`;
    expect(readdirSync(join(published, 'tile', '0')).sort()).toEqual([...full, cut]);
    expect(readFileSync(join(published, 'tile', '0', '000'))).toHaveLength(8192);
    expect(readdirSync(join(published, 'tile', 'entries', cut))).toEqual([String(size % 256)]);
    expect(readdirSync(join(published, 'tile', '1')).sort()).toEqual(['000.p']);
    // Nothing more the second time but what is new, and nothing at all the third.
    expect(second?.files).toBe((Math.ceil(size / 256) - Math.floor(before / 256)) * 2 + 2);
    expect(open.ledger.withTiles((source) => publishTiles(source, published)).files).toBe(0);
  });

  it('takes no other history, and no shorter one', async () => {
    const other = join(folder, 'other');
    mkdirSync(other);
    const another = openCrashLedger(other);
    await appendCall(another, 7);
    const publishOther = (): unknown => another.ledger.withTiles((source) => publishTiles(source, published));
    const checkpoint = readFileSync(join(published, 'checkpoint'), 'utf8');
    expect(publishOther).toThrowError(expect.objectContaining({ code: 'LEDGER_ROLLED_BACK' }));
    for (let call = 8; (await appendCall(another, call)).size < (sizes[1] ?? 0); call++);
    expect(publishOther).toThrowError(expect.objectContaining({ code: 'LEDGER_ROOT_MISMATCH' }));
    expect(readFileSync(join(published, 'checkpoint'), 'utf8')).toBe(checkpoint);
    await another.close();
  });

  it.skipIf(!hasGo)(
    'is whole for fsck of Tessera, and not with one byte of one bundle changed',
    async () => {
      const install = () => spawnSync('go', ['install', fsck], { env: { ...process.env, GOBIN: folder }, encoding: 'utf8' });
      const first = install();
      // The network may fail for a moment.
      const installed = first.status === 0 ? first : install();
      expect(installed.status, installed.stderr).toBe(0);
      const changed = join(folder, 'changed');
      cpSync(published, changed, { recursive: true });
      // Of the last bundle: no tile above hangs on it, and of two tiles that differ fsck names whichever it comes to first.
      const size = sizes[1] ?? 0;
      const last = `${String(Math.floor(size / 256)).padStart(3, '0')}.p/${size % 256}`;
      const bundle = readFileSync(join(changed, 'tile', 'entries', last));
      bundle[100]! ^= 1;
      writeFileSync(join(changed, 'tile', 'entries', last), bundle);
      const key = write('ledger.vkey', vkey.trim());
      const check = async (served: string): Promise<string> => {
        const server = createServer(({ url = '/' }, response) => {
          const path = join(served, new URL(url, 'http://localhost').pathname);
          if (existsSync(path)) response.end(readFileSync(path));
          else response.writeHead(404).end();
        });
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
        const { port } = server.address() as AddressInfo; // it listens on TCP
        try {
          // With one fetcher it waits for ever where it should fail.
          const args = [`-storage_url=http://127.0.0.1:${port}/`, `-public_key=${join(folder, key)}`, '-ui=false', '-N=4'];
          return (await promisify(execFile)(join(folder, 'fsck'), args, { timeout: 60_000 })).stderr;
        } catch (error) {
          return String(error);
        } finally {
          server.close();
        }
      };
      expect(await check(published)).toContain(`Successfully fsck'd log with size ${sizes[1]}`);
      expect(await check(changed)).toContain(`fsck failed: failed: tile/0/${last}`);
    },
    240_000,
  );
});
