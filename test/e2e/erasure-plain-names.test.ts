/** Customers whose ids are words and numbers: all that is theirs goes, and nothing that only reads the same. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { openAgent } from '../../agents/customer-data-graph/agent.ts';
import { namesInContent } from '../../agents/customer-data-graph/erasure/erase-content.ts';
import { type ErasureShop, erasureShop } from '../fixtures/erasure-shop.ts';
import { filesWith } from '../fixtures/search-files.ts';

const order = { by: 'dpo', why: 'request 12' };
const shops: ErasureShop[] = [];
afterAll(() => shops.forEach(({ folder }) => rmSync(folder, { recursive: true })));

async function shopOf(user?: string): Promise<ErasureShop> {
  const shop = await erasureShop(user);
  shops.push(shop);
  return shop;
}

describe('a customer whose id could be a word or a number', () => {
  // Long enough to stand in no digest.
  it.each(['quillfeather', 'quill-feather', '735091846', '7350-918-461'])('%s leaves no byte in any store', async (user) => {
    const directory = (await shopOf(user)).copy('erased');
    expect((await filesWith(directory, [user])).length).toBeGreaterThan(10);
    const agent = await openAgent(directory);
    const report = await agent.erasure.erase({ customer: user, by: 'dpo', why: `asked for by ${user}` });
    expect(report).toMatchObject({ state: 'completed', left: [] });
    expect(await filesWith(directory, [user])).toEqual([]);
    expect(await agent.verify('deep')).toMatchObject({ verified: true });
    await agent.close();
  });
});

describe('a customer of a run whose id is a word or a number of the shop', () => {
  it.each(['2025', 'offers', 'Berlin'])('%s goes from the run, and nothing of it but them', async (user) => {
    const directory = (await shopOf(user)).copy('erased');
    const agent = await openAgent(directory);
    const [before] = await agent.runs();
    const value = await agent.value({ customerId: 'c001' });
    const received = handedOn(directory);
    expect(received).toContain(user);
    expect((await agent.value({ customerId: user })).value?.clvMinor).toBeGreaterThan(0);
    expect(await agent.erasure.erase({ customer: user, ...order })).toMatchObject({ state: 'completed' });
    const [after] = await agent.runs();
    const outline = (run: typeof before): unknown => ({
      ...run,
      digest: '',
      steps: run?.steps.map(({ id, skill, status }) => [id, skill, status]),
    });
    expect(outline(after)).toEqual(outline(before));
    expect(await agent.value({ customerId: 'c001' })).toEqual(value);
    await expect(agent.value({ customerId: user })).rejects.toMatchObject({ code: 'SCORE_NOT_FOUND' });
    expect(namesInContent(join(directory, '.cohortium', 'content')).has(user)).toBe(false);
    expect(handedOn(directory)).toEqual(received.filter((customer) => customer !== user));
    expect(readFileSync(join(directory, 'sales.csv'), 'utf8')).toBe('id,customer\n1,someone-else\n');
    expect(await agent.verify('deep')).toMatchObject({ verified: true });
    await agent.close();
  });
});

/** Whom subscribers were handed a value of, in their order. */
function handedOn(directory: string): readonly string[] {
  const received = join(directory, '.cohortium', 'received');
  const text = readdirSync(received).map((name) => readFileSync(join(received, name), 'utf8'));
  return Array.from(text.join('').matchAll(/\\?"customerId\\?":\\?"([^"\\]+)/g), ([, customer]) => customer ?? '');
}

describe('a customer whose id is a word or a number of the shop', () => {
  const words = [
    '2025',
    '2024',
    '2500',
    'offers',
    'Berlin',
    'value',
    'score',
    'purchase',
    'user',
    'true',
    'EUR',
    'web',
    '1',
    'in-process',
    '2025-04-01',
  ];
  let shop: ErasureShop;

  it.each(words)('%s goes, and the others, their runs and their messages stay as they were', async (user) => {
    shop ??= await shopOf();
    const directory = shop.copy(`word-${user}`);
    const agent = await openAgent(directory);
    const before = await whatOthersHave(agent, directory);
    const signal = {
      id: `${user}-o1`,
      type: 'purchase',
      customer: { userId: user },
      at: '2024-05-05T10:00:00Z',
      location: 'Berlin',
      channel: 'web',
      brand: 'own',
      properties: { orderId: `${user}-order`, amountMinor: 2025, currency: 'EUR', sku: 'sku-1' },
    };
    await agent.capture([signal], 'shop');
    expect(await agent.erasure.erase({ customer: user, ...order })).toMatchObject({ state: 'completed' });
    expect(await whatOthersHave(agent, directory)).toEqual(before);
    await expect(agent.graph.customer(user)).rejects.toMatchObject({ code: 'CUSTOMER_NOT_FOUND' });
    expect(await agent.verify('deep')).toMatchObject({ verified: true });
    await agent.close();
  });
});

describe('rows that were refused', () => {
  it('go by their columns for customers, or by any field where they have not the columns of their file', async () => {
    const directory = (await shopOf()).copy('refused');
    const agent = await openAgent(directory);
    const map = join(directory, 'map.yaml');
    const rows = ['a,2025,never,1', 'b,c001,never,2025', 'c,user:2025,never,2', 'd,2025', 'e,c002', '"f",2025,never,3', 'g,12025,never,4'];
    writeFileSync(map, 'type: visit\ncolumns: { id: id, customer: c, at: at }\nproperties: { a: a }\n');
    writeFileSync(join(directory, 'refused.csv'), ['id,c,at,a', ...rows, ''].join('\n'));
    writeFileSync(
      join(directory, 'refused.jsonl'),
      '{"id":"h","c":"2025","at":"never","a":"1"}\n{"id":"i","c":"c001","at":"never","a":"2025"}\n',
    );
    expect(await agent.ingest({ file: join(directory, 'refused.csv'), map })).toMatchObject({ quarantined: rows.length });
    writeFileSync(map, 'type: visit\nformat: jsonl\ncolumns: { id: id, customer: c, at: at }\nproperties: { a: a }\n');
    expect(await agent.ingest({ file: join(directory, 'refused.jsonl'), map })).toMatchObject({ quarantined: 2 });
    await agent.capture(
      [{ id: '2025-o1', type: 'visit', customer: { userId: '2025' }, at: '2024-05-05T10:00:00Z', properties: {} }],
      'shop',
    );
    expect(await agent.erasure.erase({ customer: '2025', ...order })).toMatchObject({ state: 'completed' });
    const left = (await agent.quarantine({}, 100)).filter(({ source }) => source.startsWith('refused'));
    const raws = await Promise.all(left.map(async ({ id }) => (await agent.quarantineEntry(id)).raw));
    expect(raws).toEqual(['b,c001,never,2025', 'e,c002', 'g,12025,never,4', '{"id":"i","c":"c001","at":"never","a":"2025"}']);
    await agent.close();
  });
});

describe('a customer who names signals after others', () => {
  it('takes nothing of theirs along', async () => {
    const directory = (await shopOf()).copy('borrowed');
    const agent = await openAgent(directory);
    const signal = (id: string) => ({ id, type: 'visit', customer: { userId: 'mallory-991' }, at: '2024-05-05T10:00:00Z', properties: {} });
    const before = await whatOthersHave(agent, directory);
    await agent.capture(['c001', 'user:c001', 'c002', 'offers'].map(signal), 'shop');
    expect(await agent.erasure.erase({ customer: 'mallory-991', ...order })).toMatchObject({ state: 'completed' });
    expect(await whatOthersHave(agent, directory)).toEqual(before);
    await agent.close();
  });
});

/** All that is said of runs, values, signals, messages and files that have nothing to do with who is erased. */
async function whatOthersHave(agent: Awaited<ReturnType<typeof openAgent>>, directory: string): Promise<unknown> {
  const [runs, value, customer, consents] = [
    await agent.runs(),
    await agent.value({ customerId: 'c001' }),
    await agent.graph.customer('c001'),
    await agent.graph.customer('c002'),
  ];
  const received = join(directory, '.cohortium', 'received');
  const files = readdirSync(received).map((name) => [name, readFileSync(join(received, name), 'utf8')]);
  const quarantine = await agent.quarantine({}, 100);
  return { runs, value, customer, consents, files, quarantine, sales: readFileSync(join(directory, 'sales.csv'), 'utf8') };
}
