/**
 * The whole agent on data whose names are made to be mistaken for something else: members of every JavaScript object, SQL, markup,
 * formulas. Customers choose such names, so they must come out as they went in.
 */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { initOperatorDirectory, openAgent, simulateInto } from '../../agents/customer-data-graph/index.ts';
import type { CustomerDataGraph, RunReport } from '../../agents/customer-data-graph/interface.ts';

const asOf = '2025-06-30';
/** Names of the simulated merchant, and what they become. None holds what JSON or CSV would have to escape. */
const renamed: ReadonlyMap<string, string> = new Map([
  ['Portland', '__proto__'],
  ['Berlin', 'constructor'],
  ['Vienna', 'toString'],
  ['Madrid', "x'; DROP TABLE signals; --"],
  ['Paris', '<script>alert(1)</script>'],
  ['Lisbon', '=cmd|calc'],
  ['Milan', '../../etc/passwd'],
  ['Halden', '__proto__'],
  ['c069', '__proto__'],
  ['c100', 'constructor'],
  ['c101', "' OR 1=1 --"],
]);

describe('names made to be mistaken', () => {
  let agent: CustomerDataGraph;
  let run: RunReport;

  beforeAll(async () => {
    const directory = mkdtempSync(join(tmpdir(), 'cohortium-hostile-'));
    await initOperatorDirectory(directory, { demonstration: true });
    const data = (file: string): string => join(directory, 'data', file);
    await simulateInto(join(directory, 'data'), { seed: 'hostile', customers: 150, months: 18 });
    let table = readFileSync(data('transactions.csv'), 'utf8');
    let events = readFileSync(data('events.jsonl'), 'utf8');
    for (const [from, to] of renamed) {
      table = table.replaceAll(new RegExp(`(^|,)${from}(?=,)`, 'gm'), (_, before: string) => before + to);
      events = events.replaceAll(`"${from}"`, () => JSON.stringify(to));
    }
    writeFileSync(data('transactions.csv'), table);
    writeFileSync(data('events.jsonl'), events);
    agent = await openAgent(directory);
    await agent.ingest({ file: data('transactions.csv'), map: data('map.yaml') });
    await agent.ingest({ file: data('events.jsonl') });
    run = await agent.run({ pipeline: 'pipelines/clv.yaml', asOf });
  });
  afterAll(() => agent.close());

  it('go through every step, into a ledger that holds and a replay that is identical', async () => {
    expect(run).toMatchObject({ status: 'completed' });
    expect(await agent.verify()).toMatchObject({ verified: true });
    expect(await agent.replay(run.runId)).toMatchObject({ identical: true });
  });

  it.each(['__proto__', 'constructor', "' OR 1=1 --"])('%j is a customer like any other', async (customerId) => {
    const answer = await agent.value({ customerId });
    expect(answer).toMatchObject({ customerId, outcome: 'pass' });
    expect(Number.isFinite(answer.value?.clvMinor)).toBe(true);
    expect(await agent.gate.evaluate({ customerId, purpose: 'tier-assignment', sink: 'loyalty-desk' })).toHaveProperty('outcome');
  });

  it.each(['__proto__', 'constructor', 'toString', "x'; DROP TABLE signals; --", '../../etc/passwd'])(
    '%j is a location like any other',
    async (location) => {
      const answer = await agent.value({ customerId: 'c001', location, brand: '__proto__' });
      expect(answer).toMatchObject({ location, brand: '__proto__' });
      expect((await agent.members({ axis: 'location', cohort: location, limit: 1 })).size).toBeGreaterThan(0);
    },
  );

  it('are refused where they are no names of anything', async () => {
    await expect(agent.value({ customerId: 'toString' })).rejects.toMatchObject({ code: 'SCORE_NOT_FOUND' });
    await expect(agent.members({ axis: '__proto__', cohort: 'x', limit: 1 })).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
    await expect(agent.runStatus('__proto__')).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});
