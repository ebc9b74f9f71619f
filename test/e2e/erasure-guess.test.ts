/**
 * After an erasure there is nothing to guess with. The attacker here has the whole directory with its keys, knows every other row and the
 * true row of the erased person as well, so that every object can be made again as it was, and looks for the digests of these: in every
 * file, and in every record that the keys still open.
 */
import { createHash, createHmac } from 'node:crypto';
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import SqliteDatabase from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { agentOver, openAgent } from '../../agents/customer-data-graph/agent.ts';
import type { OpenRecord } from '../../agents/customer-data-graph/record/record-interface.ts';
import { openWorkspace } from '../../agents/customer-data-graph/workspace.ts';
import { refsIn } from '../../orchestrator/index.ts';
import { type Json, type Ref, type Table, tableMedia, textColumn } from '../../skills/sdk/index.ts';
import { canary, canaryTexts, type ErasureShop, erasureShop, runValue } from '../fixtures/erasure-shop.ts';
import { filesWith } from '../fixtures/search-files.ts';

const stateOf = (directory: string): string => join(directory, '.cohortium');

/** Digests of every object and segment, by the names of their files. */
function objectsOf(directory: string): ReadonlySet<string> {
  const names = ['content', 'segments'].flatMap((folder) =>
    readdirSync(join(stateOf(directory), folder), { recursive: true, withFileTypes: true }),
  );
  return new Set(names.flatMap(({ name }) => /^([0-9a-f]{64})(?:\.parquet)?$/.exec(name)?.[1] ?? []));
}

/** Columns are texts. */
function rowsOf<Column extends string>(directory: string, store: string, sql: string): readonly Readonly<Record<Column, string>>[] {
  const database = new SqliteDatabase(join(stateOf(directory), store), { readonly: true });
  try {
    return database.prepare<[], Readonly<Record<Column, string>>>(sql).all();
  } finally {
    database.close();
  }
}

const effectsOf = (directory: string) =>
  rowsOf<'id' | 'kind' | 'input' | 'output' | 'body'>(
    directory,
    'runs.db',
    'SELECT effect.id, kind, input, output, body FROM effect JOIN fingerprint ON effect_id = effect.id ORDER BY place',
  );

/** A digest in every form that a store may have it in. */
function formsOf(hex: string): readonly (string | Buffer)[] {
  const bytes = Buffer.from(hex, 'hex');
  // The last characters of base64 hold fewer bits and may be followed by padding.
  return [hex, bytes, bytes.toString('base64').slice(0, -2), bytes.toString('base64url').slice(0, -1)];
}

async function openedRecords(directory: string): Promise<readonly OpenRecord[]> {
  const workspace = openWorkspace(directory, { readonly: true });
  const kinds = rowsOf<'kind'>(directory, 'ledger.db', 'SELECT DISTINCT kind FROM entry').map(({ kind }) => kind);
  const records = await workspace.records().ofKind(kinds as OpenRecord['kind'][]); // kinds of the ledger itself
  await workspace.close();
  return records;
}

/** What the keys open, with statements in plain text. */
async function openedTexts(directory: string): Promise<readonly string[]> {
  const texts: string[] = [];
  for (const { body } of await openedRecords(directory)) {
    texts.push(JSON.stringify(body));
    const { payload } = (body?.['envelope'] ?? {}) as { readonly payload?: string }; // of an attestation
    if (payload !== undefined) texts.push(Buffer.from(payload, 'base64').toString('utf8'));
  }
  return texts;
}

async function erase(directory: string, customer: string): Promise<string> {
  const agent = await openAgent(directory);
  const { erasure, state } = await agent.erasure.erase({ customer, by: 'dpo', why: 'asked for' });
  await agent.close();
  expect(state).toBe('completed');
  return erasure;
}

/** Of the directory after the erasure. */
function copyOf(name: string): string {
  const copy = join(shop.folder, name);
  cpSync(directory, copy, { recursive: true });
  chmodSync(join(stateOf(copy), 'keys'), 0o700); // copying a folder gives it the usual mode
  return copy;
}

let shop: ErasureShop;
let original = '';
let directory = '';
/** Digests of what is not there any more. */
let guesses: readonly string[] = [];
beforeAll(async () => {
  shop = await erasureShop();
  original = join(shop.folder, 'shop');
  directory = shop.copy('erased');
  const before = objectsOf(directory);
  await erase(directory, canary.user);
  const after = objectsOf(directory);
  guesses = [...before].filter((digest) => !after.has(digest));
}, 120_000);
afterAll(() => rmSync(shop.folder, { recursive: true }));

describe('who knows every row', () => {
  it('could confirm the person before the erasure: in files, and in the record of the run', async () => {
    const outputs = effectsOf(original).filter(({ kind }) => ['log.seal', 'features.build', 'clv.value', 'facts.assemble'].includes(kind));
    const digests = outputs.flatMap(({ output }) => refsIn(JSON.parse(output) as Json)).map(({ digest }) => digest);
    expect(guesses).toEqual(expect.arrayContaining(digests.filter((digest) => !objectsOf(directory).has(digest))));
    expect(guesses.length).toBeGreaterThan(20);
    const files = await filesWith(original, guesses);
    for (const store of ['runs.db', 'consents.db', 'inbox.db'])
      expect(
        files.some((file) => file.includes(store)),
        store,
      ).toBe(true);
    const texts = await openedTexts(original);
    expect(texts.some((text) => guesses.some((digest) => text.includes(digest)))).toBe(true);
  }, 60_000);

  it('finds no digest of any object as it was, in any form, in any file or record', async () => {
    const forms = guesses.flatMap(formsOf);
    expect(await filesWith(directory, forms)).toEqual([]);
    const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
    expect(names.filter((name) => guesses.some((digest) => name.includes(digest)))).toEqual([]);
    const texts = await openedTexts(directory);
    expect(texts.length).toBeGreaterThan(100);
    expect(texts.filter((text) => forms.some((form) => text.includes(String(form))))).toEqual([]);
  }, 60_000);

  it('finds nothing that was made of these digests: of what effects took, of what decisions rested on, of messages', async () => {
    const made = [
      ...effectsOf(original).flatMap(({ input, body }) => {
        const { digest, stage } = JSON.parse(body) as { readonly digest: string; readonly stage: { readonly inputs: string } };
        return guesses.some((guess) => input.includes(guess)) ? [digest, stage.inputs] : [];
      }),
      ...rowsOf<'digest' | 'body'>(original, 'consents.db', 'SELECT digest, body FROM basis').flatMap(({ digest, body }) =>
        guesses.some((guess) => body.includes(guess)) ? [digest] : [],
      ),
      // Every text was dropped when it was acknowledged, so nobody can say which ones the person was in.
      ...rowsOf<'digest'>(original, 'outbox.db', 'SELECT body_digest AS digest FROM message').map(({ digest }) => digest),
    ];
    expect(made.length).toBeGreaterThan(60);
    expect((await filesWith(original, made)).length).toBeGreaterThan(2);
    expect(await filesWith(directory, made.flatMap(formsOf))).toEqual([]);
  }, 60_000);

  it('finds no keyed digest of what was handed to the ledger, with the key that it was made with', async () => {
    const workspace = openWorkspace(directory, { readonly: true });
    const handed = effectsOf(original).flatMap(({ id, kind, input }): Buffer[] => {
      const [records] = kind === 'ledger.append' ? refsIn(JSON.parse(input) as Json) : [];
      if (!records) return [];
      const commitment = Buffer.from(workspace.keys().commit('call', id), 'hex');
      return [createHash('sha256').update(commitment).update(records.digest).digest().subarray(0, 16)];
    });
    await workspace.close();
    expect(handed.length).toBeGreaterThan(0);
    expect(await filesWith(original, handed)).toEqual(expect.arrayContaining([expect.stringContaining('ledger.db')]));
    expect(await filesWith(directory, handed)).toEqual([]);
  }, 60_000);

  it('finds no hash of a name, plain or under any secret of the machine, but in the list of whom not to take in', async () => {
    const names = [...canaryTexts, `user:${canary.user}`, `email:${canary.emailHash}`, `loyalty:${canary.loyalty}`];
    const texts = names.flatMap((name) => [name, JSON.stringify(name), JSON.stringify([name]), JSON.stringify(['suppressed', name])]);
    // The hash of the address is itself an identity, and is looked for as a name elsewhere.
    const plain = texts.map((text) => createHash('sha256').update(text).digest('hex')).filter((hash) => hash !== canary.emailHash);
    const keys = join(stateOf(directory), 'keys');
    const secrets = readdirSync(keys).flatMap((name) =>
      [...readFileSync(join(keys, name), 'utf8').matchAll(/[A-Za-z0-9+/_-]{43}=?/g)].map(([text]) => Buffer.from(text, 'base64')),
    );
    expect(secrets.length).toBeGreaterThan(0);
    const keyed = secrets.flatMap((secret) => texts.map((text) => createHmac('sha256', secret).update(text).digest('hex')));
    const found = await filesWith(directory, [...plain, ...keyed].flatMap(formsOf));
    expect(found.filter((file) => !/^registries\/erasures\/[0-9a-f]+\.json$/.test(file))).toEqual([]);
  }, 60_000);
});

describe('what is left', () => {
  it('verifies to the last body, and names the fields of the run that went with their salts', async () => {
    const agent = await openAgent(directory);
    expect(await agent.verify('deep')).toMatchObject({ verified: true, faults: [] });
    await agent.close();
    const [run] = (await openedRecords(directory)).filter(({ kind }) => kind === 'run');
    expect(run).toMatchObject({ state: 'redacted', redacted: ['digests'] });
    expect(run?.body?.['fit']).toBeDefined();
    const redactions = (await openedRecords(directory)).filter(({ kind }) => kind === 'redaction');
    expect(redactions[0]?.body).toMatchObject({ records: [{ index: run?.index, item: run?.item, fields: ['digests'] }] });
  }, 60_000);

  it('cannot be replayed where the person was in it, and a later run is replayed to the last bit', async () => {
    const copy = copyOf('later');
    const agent = await openAgent(copy);
    const later = await runValue(agent);
    expect(later.status).toBe('completed');
    const [old] = (await agent.runs()).filter(({ runId }) => runId !== later.runId);
    const erased = await agent.replays.run({ runId: old?.runId ?? '' });
    expect(erased).toMatchObject({ outcome: 'erased', firstDifference: null, followed: erased.effects });
    expect(erased.stages.flatMap((stage) => stage.erased)[0]).toMatchObject({ day: expect.any(String), entry: expect.any(Number) });
    expect(await agent.replays.recorded(old?.runId ?? '')).toMatchObject({ fits: true, faults: [] });
    expect(await agent.replays.run({ runId: later.runId })).toMatchObject({ outcome: 'identical' });
    await agent.close();
    expect(await filesWith(copy, guesses)).toEqual([]);
  }, 90_000);

  it('loses a second person of the same run in every table, those that only count on places too', async () => {
    const copy = copyOf('second');
    const before = objectsOf(copy);
    await erase(copy, 'c003');
    const after = objectsOf(copy);
    expect(await filesWith(copy, [...before].filter((digest) => !after.has(digest)).flatMap(formsOf))).toEqual([]);
    const workspace = openWorkspace(copy, { readonly: true });
    const value = effectsOf(copy).find(({ kind }) => kind === 'clv.value');
    const tables = refsIn(JSON.parse(value?.output ?? '{}') as Json)
      .filter((ref: Ref) => ref.media === tableMedia)
      .map((ref) => workspace.content.getTable(ref));
    await workspace.close();
    const people = tables.find(({ columns }) => 'customerId' in columns);
    const rows = (people ? textColumn(people, 'customerId') : []).flatMap((name, row) => (name.startsWith('erased:') ? [row] : []));
    expect(rows).toHaveLength(2);
    const cells = tables.find(({ columns }) => 'account' in columns);
    expect(cells && sumOf(cells, rows)).toBe(0);
    expect(cells && sumOf(cells, [rows[0] === 0 ? 1 : 0])).toBeGreaterThan(0);
  }, 60_000);
});

/** Of all numbers in rows of these accounts. */
function sumOf({ columns }: Table, accounts: readonly number[]): number {
  const account = columns['account'];
  if (account?.type !== 'int32') return Number.NaN;
  let sum = 0;
  for (const column of Object.values(columns)) {
    if (column.type === 'float64')
      for (const [row, value] of column.values.entries()) if (accounts.includes(account.values[row] ?? -1)) sum += value;
  }
  return sum;
}

describe('an older copy that is put back', () => {
  it('of one object is seen, and the object goes again', async () => {
    const copy = copyOf('object');
    const digest = guesses.find((one) => existsSync(join(stateOf(original), 'content', one.slice(0, 2), one))) ?? '';
    cpSync(join(stateOf(original), 'content', digest.slice(0, 2), digest), join(stateOf(copy), 'content', digest.slice(0, 2), digest));
    await expect(openAgent(copy, { readonly: true })).rejects.toMatchObject({ code: 'ERASURE_INCOMPLETE' });
    await (await openAgent(copy)).close();
    expect(await filesWith(copy, [...guesses.flatMap(formsOf), ...canaryTexts])).toEqual([]);
    await (await openAgent(copy, { readonly: true })).close();
  }, 60_000);

  it('of all objects goes again but for what is named by something, and what is named is there', async () => {
    const copy = copyOf('objects');
    const kept = objectsOf(copy);
    rmSync(join(stateOf(copy), 'content'), { recursive: true });
    cpSync(join(stateOf(original), 'content'), join(stateOf(copy), 'content'), { recursive: true });
    const agent = await openAgent(copy);
    const [run] = await agent.runs();
    expect(await agent.replays.run({ runId: run?.runId ?? '' })).toMatchObject({ outcome: 'erased' });
    await agent.close();
    expect(await filesWith(copy, [...guesses.flatMap(formsOf), ...canaryTexts])).toEqual([]);
    const before = objectsOf(original);
    const after = objectsOf(copy);
    expect([...kept].filter((digest) => before.has(digest) && !after.has(digest))).toEqual([]);
  }, 60_000);

  it('of the runs names nothing by its digest again, and replays say that it was erased', async () => {
    const copy = copyOf('runs');
    for (const rest of ['', '-wal', '-shm']) {
      rmSync(join(stateOf(copy), `runs.db${rest}`), { force: true });
      if (existsSync(join(stateOf(original), `runs.db${rest}`)))
        cpSync(join(stateOf(original), `runs.db${rest}`), join(stateOf(copy), `runs.db${rest}`));
    }
    expect((await filesWith(copy, guesses)).length).toBeGreaterThan(0);
    const agent = agentOver(openWorkspace(copy));
    await agent.erasure.restore();
    const [run] = await agent.runs();
    expect(await agent.replays.run({ runId: run?.runId ?? '' })).toMatchObject({ outcome: 'erased' });
    await agent.close();
    expect(await filesWith(copy, guesses.flatMap(formsOf))).toEqual([]);
  }, 60_000);
});
