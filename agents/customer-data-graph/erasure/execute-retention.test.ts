import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openRequestDesk, type RequestDesk } from '../../../test/fixtures/request-desk.ts';
import type { RecordToWrite } from '../record/record-interface.ts';

let desk: RequestDesk;
beforeEach(async () => {
  desk = await openRequestDesk('2024-02-01');
  const folder = join(desk.directory, 'policies', 'overlays');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'short.yaml'),
    `overlay: short
version: 1
title: Short memory
says: Messages are kept for a year.
retention:
  - { id: messages-a-year, kind: ceiling, years: 1, from: record, records: [message], citation: Our own rule }
`,
  );
  await desk.agent.models.addPerson('grace', 'Grace', ['counsel']);
  await desk.agent.gate.approve('policies/overlays/short.yaml', 'grace');
});
afterEach(() => desk.close());

const message = (subject: string, stream: string): RecordToWrite => ({
  kind: 'emission',
  stream,
  subject,
  class: 'message',
  body: { customer: 'kid', stream, tier: 'high' },
});
const write = (key: string, ...records: RecordToWrite[]) => desk.workspace.records().write(records, key);

describe('retention that is executed', () => {
  it('destroys keys under which everything is over, empties single bodies, and keeps leaves, holds and what is not over', async () => {
    const { agent, workspace, moveTo } = desk;
    await write('old', message('gone', 'a'), message('stays', 'b'), message('held', 'c'));
    await agent.erasure.holds.set({ id: 'case-1', matter: 'M-1', reason: 'a claim', by: 'ada', customers: ['held'] });
    moveTo('2025-02-03T00:00:00Z');
    await write('new', message('stays', 'd'));
    const due = await agent.gate.dueRetention();
    expect(due.filter(({ decidedBy }) => decidedBy.includes('messages-a-year'))).toHaveLength(3);
    expect((await agent.gate.planRetention()).isDryRun).toBe(true);
    expect(await workspace.records().about('gone')).toHaveLength(1);

    const done = await agent.executeRetention('ada');
    expect(done).toMatchObject({ today: '2025-02-03', keys: 1, bodies: 1, emptied: 1, erasures: [] });
    expect(done.left).toContainEqual({ class: 'message', records: 1, because: 'a hold keeps the key' });
    expect(await workspace.records().about('gone')).toEqual([]);
    const [emptied, newer] = await workspace.records().about('stays');
    expect(emptied).toMatchObject({ state: 'redacted', body: {} });
    expect(newer).toMatchObject({ state: 'open', body: { stream: 'd' } });
    expect(await workspace.records().about('held')).toMatchObject([{ state: 'open' }]);
    expect(await agent.verify()).toMatchObject({ verified: true, faults: [] });
    const said = await workspace.records().ofKind(['custody.erased']);
    expect(said.map(({ body }) => body)).toEqual([
      expect.objectContaining({ by: 'ada', class: 'message', rules: ['messages-a-year'], retention: '2025-02-03' }),
      expect.objectContaining({ by: 'ada', class: 'message', rules: ['messages-a-year'], retention: '2025-02-03' }),
    ]);
    // Again: nothing is left to do.
    expect(await agent.executeRetention('ada')).toMatchObject({ keys: 0, bodies: 0, emptied: 0 });
  });
});
