/** An erasure after which something is left that a person has to look at: it says so, and stands in nobody's way. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openRequestDesk, type RequestDesk, someSignals } from '../../../test/fixtures/request-desk.ts';
import { openAgent } from '../agent.ts';
import { runningIn } from './run-erasure.ts';

let desk: RequestDesk;
beforeAll(async () => {
  desk = await openRequestDesk('2026-04-01');
  for (const user of ['buyer-7788', 'other-5566']) await someSignals(desk.agent, user, 'JP');
});
afterAll(() => rmSync(desk.directory, { recursive: true }));

const order = { by: 'ada', why: 'request 12' };

describe('a stuck erasure', () => {
  it('leaves the directory usable and others erasable, and is through once what was left is gone', async () => {
    const left = join(desk.workspace.paths.state, 'notes.txt');
    writeFileSync(left, 'buyer-7788 called\n');
    await expect(desk.agent.erasure.erase({ customer: 'buyer-7788', ...order })).rejects.toMatchObject({
      code: 'ERASURE_INCOMPLETE',
      message: expect.stringContaining('.cohortium/notes.txt still holds a name'),
    });
    await desk.agent.close();

    const looking = await openAgent(desk.directory, { readonly: true });
    expect((await looking.graph.customer('other-5566')).customerId).toBe('other-5566');
    await looking.close();

    const agent = await openAgent(desk.directory);
    expect(await agent.erasure.erase({ customer: 'other-5566', ...order })).toMatchObject({ state: 'completed' });
    await expect(agent.erasure.resume()).rejects.toMatchObject({ code: 'ERASURE_INCOMPLETE' });
    expect(runningIn(desk.workspace.paths.state)).toHaveLength(1);
    rmSync(left);
    expect(await agent.erasure.resume()).toMatchObject({ state: 'completed' });
    expect(runningIn(desk.workspace.paths.state)).toEqual([]);
    expect(await agent.verify('deep')).toMatchObject({ verified: true });
    await agent.close();
  });
});
