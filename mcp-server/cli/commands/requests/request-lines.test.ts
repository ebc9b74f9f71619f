/** How requests of persons read in a terminal before their day and after it, on a real desk whose clock the test moves. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openRequestDesk, type RequestDesk } from '../../../../test/fixtures/request-desk.ts';
import { detailLines, listLines, metricLines } from './request-lines.ts';

let desk: RequestDesk;
let open = '';
let answered = '';
beforeAll(async () => {
  desk = await openRequestDesk('2026-11-02');
  const { requests } = desk.agent;
  const ask = { kind: 'access', manner: 'web-form', claims: ['u-1'], residence: 'US-CA' } as const;
  open = (await requests.receive(ask)).id;
  answered = (await requests.receive(ask)).id;
  await requests.deny(answered, 'suspected-fraud', '', 'ada');
});
afterAll(() => desk.close());

const shown = async (id: string): Promise<string> => detailLines(await desk.agent.requests.show(id)).join('\n');
const listed = async (): Promise<string> => listLines(await desk.agent.requests.list('open')).join('\n');

// In the order of the days: the clock only goes on.
describe('a request on the terminal', () => {
  it('in time has its days left, and an extension that can be taken', async () => {
    desk.moveTo('2026-12-16T12:00:00Z');
    expect(await shown(open)).toMatch(/^due +2026-12-17, 1 day left$/m);
    expect(await shown(open)).toMatch(/^extension +possible, to 2027-01-31$/m);
    expect(await listed()).toMatch(/ 2026-12-17 +1$/m);
  });

  it('overdue says by how many days, and that it is too late to extend', async () => {
    desk.moveTo('2026-12-18T12:00:00Z');
    expect(await shown(open)).toMatch(/^due +2026-12-17, 1 day late$/m);
    desk.moveTo('2027-07-25T12:00:00Z');
    expect(await shown(open)).toMatch(/^due +2026-12-17, 220 days late$/m);
    expect(await shown(open)).toMatch(/^extension +too late to extend$/m);
    expect(await listed()).toMatch(/ 2026-12-17 +220 days late$/m);
  });

  it('answered says nothing of an extension', async () => {
    expect(await shown(answered)).toMatch(/^due +2026-12-17$/m);
    expect(await shown(answered)).not.toMatch(/^extension/m);
  });

  it('open and overdue has a figure of its own in those of the year', async () => {
    const [, , head = '', row = ''] = metricLines(await desk.agent.requests.metrics(2026));
    const figures = row.trim().split(/ {2,}/);
    const heads = head.trim().split(/ {2,}/);
    const figure = (name: string): string | undefined => figures[heads.indexOf(name)];
    expect([figure('open'), figure('open late'), figure('late')]).toEqual(['1', '1', '0']);
  });
});
