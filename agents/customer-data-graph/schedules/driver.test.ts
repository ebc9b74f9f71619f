/** Schedules on a clock that the test sets; the store is the real one. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { openScheduledShop, type ScheduledShopOptions, testClock } from '../../../test/fixtures/scheduled-shop.ts';
import type { WorkOutcome } from './driver.ts';

const weekly = { id: 'weekly', run: 'clv', every: 'weekly', at: '06:00', timezone: 'Europe/Berlin' };
const daily = { id: 'daily', run: 'clv', every: 'daily', at: '06:00' };

function shop(start: string, schedules: readonly unknown[], more: Partial<ScheduledShopOptions> = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'cohortium-driver-'));
  const clock = testClock(start);
  const open = (declared = schedules, other = more) => openScheduledShop({ directory, clock, schedules: declared, ...other });
  return { ...open(), clock, directory, open };
}

/** Outcomes in order; the last one from then on. */
function ends(...outcomes: readonly ('completed' | 'waiting' | 'failed' | 'cancelled')[]) {
  let call = 0;
  return async (): Promise<WorkOutcome> => {
    const state = outcomes[Math.min(call++, outcomes.length - 1)] ?? 'completed';
    return state === 'failed' || state === 'cancelled' ? { state, error: { code: 'GRAPH_EMPTY', message: 'no purchases' } } : { state };
  };
}

describe('a schedule', () => {
  it('counts from when it was first seen, and happens once each time', async () => {
    const { until, history, calls } = shop('2026-03-20T00:00Z', [weekly]);
    await until('2026-04-07T00:00Z');
    await until('2026-04-07T00:00Z');
    expect(history()).toEqual([
      'weekly Mon 2026-03-23 06:00 completed',
      'weekly Mon 2026-03-30 06:00 completed',
      'weekly Mon 2026-04-06 06:00 completed',
    ]);
    expect(calls.map(({ dueMs }) => new Date(dueMs).toISOString().slice(0, 16))).toEqual([
      '2026-03-23T05:00',
      '2026-03-30T04:00',
      '2026-04-06T04:00',
    ]);
    expect(new Set(calls.map(({ runId }) => runId)).size).toBe(3);
  });

  it('starts what is due and no more when it is run once', async () => {
    const { once, due, history, clock } = shop('2026-01-05T12:00Z', [daily]);
    await once();
    expect([due(), history()]).toEqual([[], []]);
    clock.set('2026-01-06T06:00Z');
    expect(due()).toEqual(['daily Tue 2026-01-06 06:00']);
    await once();
    expect([due(), history()]).toEqual([[], ['daily Tue 2026-01-06 06:00 completed']]);
  });

  it('starts several that are due at once in the order of their names', async () => {
    const { until, calls } = shop(
      '2026-01-05T00:00Z',
      [
        { ...daily, id: 'b' },
        { ...daily, id: 'c' },
        { ...daily, id: 'a' },
      ].map((one, index) => ({ ...one, run: `p${index}` })),
    );
    await until('2026-01-05T07:00Z');
    expect(calls.map(({ work }) => work.name)).toEqual(['p2', 'p0', 'p1']);
  });

  it('is told to stop between two runs, not within one', async () => {
    const stop = new AbortController();
    const { until, history } = shop('2026-01-05T00:00Z', [daily], {
      perform: async () => {
        stop.abort();
        return { state: 'completed' };
      },
    });
    await until('2026-02-01T00:00Z', { signal: stop.signal });
    expect(history()).toEqual(['daily Mon 2026-01-05 06:00 completed']);
  });
});

describe('the clock on the wall', () => {
  const night = { id: 'night', run: 'clv', cron: '30 2 * * *', timezone: 'Europe/Berlin' };

  it('may skip the time: it happens right after the gap, once', async () => {
    const { until, history } = shop('2026-03-28T00:00Z', [night]);
    await until('2026-03-30T12:00Z');
    expect(history().map((line) => line.slice(6, 26))).toEqual(['Sat 2026-03-28 02:30', 'Sun 2026-03-29 03:00', 'Mon 2026-03-30 02:30']);
  });

  it('may show the time twice: it happens once, restarted within the repeated hour too', async () => {
    const { until, history, open, clock } = shop('2026-10-24T12:00Z', [night]);
    await until('2026-10-25T00:45Z');
    expect(history()).toEqual(['night Sun 2026-10-25 02:30 completed']);
    clock.set('2026-10-25T01:15Z');
    const again = open();
    await again.until('2026-10-25T12:00Z');
    expect(again.calls).toEqual([]);
    expect(again.history()).toHaveLength(1);
  });
});

describe('times that were missed', () => {
  const off = async (missed: string, more: Readonly<Record<string, unknown>> = {}, back = '2026-01-26T12:00Z') => {
    const { once, until, clock, open } = shop('2026-01-01T00:00Z', [{ ...daily, missed, ...more }]);
    await until('2026-01-05T12:00Z');
    clock.set(back);
    await once();
    return open().history().slice(5);
  };

  it('are made up for by the latest, the others are kept as skipped', async () => {
    const found = await off('run-latest');
    expect(found).toHaveLength(21);
    expect(found.slice(0, 20).every((line) => line.endsWith('skipped'))).toBe(true);
    expect(found.at(-1)).toBe('daily Mon 2026-01-26 06:00 completed');
  });

  it('are all made up for, in order', async () => {
    const found = await off('run-all');
    expect(found).toHaveLength(21);
    expect(found.every((line) => line.endsWith('completed'))).toBe(true);
  });

  it('are not made up for, unless the last one is not yet late', async () => {
    expect((await off('skip')).every((line) => line.endsWith('skipped'))).toBe(true);
    expect((await off('skip', {}, '2026-01-26T07:00Z')).at(-1)).toBe('daily Mon 2026-01-26 06:00 completed');
    expect((await off('skip', {}, '2026-01-26T07:01Z')).at(-1)).toBe('daily Mon 2026-01-26 06:00 skipped');
    expect((await off('skip', { startWithin: '10h' })).at(-1)).toBe('daily Mon 2026-01-26 06:00 completed');
  });

  it('are not those before it was first seen, nor those while it was paused or taken out', async () => {
    const { until, once, clock, open } = shop('2026-01-01T00:00Z', [daily]);
    await until('2026-01-02T12:00Z');
    await open([{ ...daily, paused: true }]).once();
    clock.set('2026-01-10T12:00Z');
    const back = open();
    await back.once();
    expect(back.history()).toHaveLength(2);
    await open([]).once();
    clock.set('2026-01-20T12:00Z');
    await once();
    expect(back.history()).toHaveLength(2);
    await open().until('2026-01-21T12:00Z');
    expect(back.history().at(-1)).toBe('daily Wed 2026-01-21 06:00 completed');
  });

  it('of a month on the 31st and of a leap day are those that there are', async () => {
    const { once, clock, history } = shop('2027-12-31T12:00Z', [
      { id: 'cron', run: 'clv', cron: '0 6 31 * *', missed: 'run-all' },
      { id: 'leap', run: 'clv', cron: '0 6 29 2 *', missed: 'run-all' },
      { id: 'month', run: 'clv', every: 'monthly', on: 31, at: '06:00', missed: 'run-all' },
    ]);
    await once();
    clock.set('2028-05-01T00:00Z');
    await once();
    const of = (id: string): string[] => history().flatMap((line) => (line.startsWith(`${id} `) ? [line.split(' ')[2] ?? ''] : []));
    expect(of('cron')).toEqual(['2028-01-31', '2028-03-31']);
    expect(of('leap')).toEqual(['2028-02-29']);
    expect(of('month')).toEqual(['2028-01-31', '2028-02-29', '2028-03-31', '2028-04-30']);
  });
});

describe('a clock that is set back', () => {
  it('brings no time a second time, and holds none up', async () => {
    const { until, history, clock, calls } = shop('2026-01-01T00:00Z', [daily]);
    await until('2026-01-05T12:00Z');
    clock.set('2026-01-03T00:00Z');
    await until('2026-01-07T12:00Z');
    expect(history()).toHaveLength(7);
    expect(new Set(calls.map(({ dueMs }) => dueMs)).size).toBe(calls.length);
  });

  it('from years ahead does not silence the schedule until then', async () => {
    const { until, once, history, clock } = shop('2030-01-01T00:00Z', [daily]);
    await until('2030-01-02T12:00Z');
    clock.set('2026-01-01T00:00Z');
    await once();
    await until('2026-01-02T12:00Z');
    expect(history()).toEqual([
      'daily Thu 2026-01-01 06:00 completed',
      'daily Fri 2026-01-02 06:00 completed',
      'daily Tue 2030-01-01 06:00 completed',
      'daily Wed 2030-01-02 06:00 completed',
    ]);
  });
});

describe('a calendar that is changed between two starts', () => {
  it('counts from then on, without what the old or the new one would have had before', async () => {
    const { until, clock, open } = shop('2026-01-01T00:00Z', [daily]);
    await until('2026-01-02T12:00Z');
    clock.set('2026-01-06T12:00Z');
    const changed = open([{ ...daily, at: '05:00', missed: 'run-all' }]);
    await changed.until('2026-01-07T12:00Z');
    expect(changed.history()).toEqual([
      'daily Thu 2026-01-01 06:00 completed',
      'daily Fri 2026-01-02 06:00 completed',
      'daily Wed 2026-01-07 05:00 completed',
    ]);
  });

  it('does not happen again where the new one has a time of the old one', async () => {
    const { until, open } = shop('2026-01-05T00:00Z', [daily]);
    await until('2026-01-05T06:00Z');
    const changed = open([{ id: 'daily', run: 'clv', cron: '0 */6 * * *' }]);
    await changed.until('2026-01-05T12:00Z');
    expect(changed.history()).toEqual(['daily Mon 2026-01-05 06:00 completed', 'daily Mon 2026-01-05 12:00 completed']);
  });

  it('keeps counting where only what it starts has changed', async () => {
    const { until, clock, open } = shop('2026-01-05T00:00Z', [daily]);
    await until('2026-01-05T12:00Z');
    clock.set('2026-01-06T12:00Z');
    const changed = open([{ ...daily, run: 'cohorts' }]);
    await changed.once();
    expect(changed.calls.map(({ work }) => work.name)).toEqual(['cohorts']);
  });
});

describe('a run that failed', () => {
  it('is tried again as declared, each attempt a run of its own, and completes', async () => {
    const retry = { attempts: 3, backoff: '10m', factor: 3 };
    const { until, store, calls } = shop('2026-01-05T00:00Z', [{ ...daily, retry }], { perform: ends('failed', 'failed', 'completed') });
    const told: string[] = [];
    await until('2026-01-05T12:00Z', { onEntry: ({ state, atMs }) => told.push(`${state} ${new Date(atMs).toISOString().slice(11, 16)}`) });
    expect(told).toEqual(['started 06:00', 'retrying 06:00', 'started 06:10', 'retrying 06:10', 'started 06:40', 'completed 06:40']);
    expect(new Set(calls.map(({ runId }) => runId)).size).toBe(3);
    expect(store.latest('daily', 9)).toMatchObject([{ state: 'completed', attempt: 3 }]);
  });

  it('has failed after the last attempt, with the reason, and the next time is not held up', async () => {
    const retry = { attempts: 2, backoff: '1h' };
    const { until, store } = shop('2026-01-05T00:00Z', [{ ...daily, retry }], { perform: ends('failed', 'failed', 'completed') });
    await until('2026-01-06T12:00Z');
    expect(store.latest('daily', 9)).toMatchObject([
      { state: 'completed', attempt: 1 },
      { state: 'failed', attempt: 2, error: { code: 'GRAPH_EMPTY', message: 'no purchases' } },
    ]);
  });

  it('holds the next time of its schedule up until it has ended, and others not', async () => {
    const hourly = { id: 'hourly', run: 'clv', cron: '0 * * * *', retry: { attempts: 2, backoff: '150m' } };
    const { until, history } = shop('2026-01-05T00:30Z', [hourly, { ...daily, at: '02:00' }], { perform: ends('failed', 'completed') });
    await until('2026-01-05T04:30Z');
    // Tried again at 03:30; of 02:00 and 03:00, missed meanwhile, the latest is made up for.
    expect(history()).toEqual([
      'hourly Mon 2026-01-05 01:00 completed',
      'hourly Mon 2026-01-05 02:00 skipped',
      'daily Mon 2026-01-05 02:00 completed',
      'hourly Mon 2026-01-05 03:00 completed',
      'hourly Mon 2026-01-05 04:00 completed',
    ]);
  });

  it('is tried again within a year, however long the wait that is declared', async () => {
    for (const retry of [
      { attempts: 2, backoff: `${'9'.repeat(400)}d` },
      { attempts: 20, backoff: '400000000d', factor: 10 },
    ]) {
      const { once, clock, store } = shop('2026-01-05T00:00Z', [{ ...daily, retry }], { perform: ends('failed') });
      await once();
      clock.set('2026-01-05T06:00Z');
      await once();
      const [entry] = store.latest('daily', 1);
      expect(entry).toMatchObject({ state: 'retrying', nextMs: Date.UTC(2027, 0, 6, 6) });
    }
  });

  it('is tried again at once when the clock was set back meanwhile', async () => {
    const retry = { attempts: 2, backoff: '1h' };
    const { once, clock, open } = shop('2026-01-05T00:00Z', [{ ...daily, retry }], { perform: ends('failed', 'completed') });
    await once();
    clock.set('2026-01-05T06:00Z');
    await once();
    clock.set('2026-01-04T06:00Z');
    await once();
    expect(open().history()).toEqual(['daily Mon 2026-01-05 06:00 completed']);
  });

  it('has ended when it was cancelled', async () => {
    const retry = { attempts: 3, backoff: '10m' };
    const { until, history } = shop('2026-01-05T00:00Z', [{ ...daily, retry }], { perform: ends('cancelled') });
    await until('2026-01-05T12:00Z');
    expect(history()).toEqual(['daily Mon 2026-01-05 06:00 cancelled']);
  });

  it('of a schedule that was taken out is not tried again', async () => {
    const { once, clock, open } = shop('2026-01-05T00:00Z', [{ ...daily, retry: { attempts: 2, backoff: '1h' } }], {
      perform: ends('failed'),
    });
    await once();
    clock.set('2026-01-05T06:00Z');
    await once();
    clock.set('2026-01-05T07:00Z');
    const rest = open([]);
    await rest.once();
    expect(rest.history()).toEqual(['daily Mon 2026-01-05 06:00 failed']);
  });
});

describe('a run that waits for a person', () => {
  it('keeps its schedule from starting again, and goes on under the same run when it was answered', async () => {
    const { until, open, store } = shop('2026-01-05T00:00Z', [daily], { perform: ends('waiting') });
    await until('2026-01-08T00:00Z');
    expect(store.open()).toMatchObject([{ state: 'started', attempt: 1 }]);
    const [waiting] = store.open();
    const answered = open([daily], { perform: ends('completed') });
    await answered.until('2026-01-08T00:00Z');
    expect(answered.calls[0]?.runId).toBe(waiting?.runId);
    expect(answered.history()).toEqual([
      'daily Mon 2026-01-05 06:00 completed',
      'daily Tue 2026-01-06 06:00 skipped',
      'daily Wed 2026-01-07 06:00 completed',
    ]);
  });

  it('does not hold up another schedule', async () => {
    const perform = async ({ work }: { readonly work: { readonly name: string } }): Promise<WorkOutcome> => ({
      state: work.name === 'approved' ? 'waiting' : 'completed',
    });
    const { until, history } = shop('2026-01-05T00:00Z', [{ ...daily, id: 'a', run: 'approved' }, daily], { perform });
    await until('2026-01-06T12:00Z');
    expect(history().filter((line) => line.startsWith('daily'))).toHaveLength(2);
  });
});

describe('a start by hand', () => {
  it('happens beside the calendar, and once at one instant', async () => {
    const { driver, schedules, until, history, calls } = shop('2026-01-05T03:00Z', [daily]);
    const [schedule] = schedules;
    if (!schedule) throw new Error('no schedule');
    await driver.runNow(schedule);
    await driver.runNow(schedule);
    await until('2026-01-05T12:00Z');
    expect(calls).toHaveLength(2);
    expect(history()).toEqual(['daily Mon 2026-01-05 03:00 completed', 'daily Mon 2026-01-05 06:00 completed']);
  });

  it('does not stand in for a time that was missed before it', async () => {
    const { driver, schedules, once, clock, history } = shop('2026-01-05T00:00Z', [daily]);
    await once();
    clock.set('2026-01-05T08:00Z');
    const [schedule] = schedules;
    if (schedule) await driver.runNow(schedule);
    await once();
    expect(history()).toEqual(['daily Mon 2026-01-05 06:00 completed', 'daily Mon 2026-01-05 08:00 completed']);
  });
});
