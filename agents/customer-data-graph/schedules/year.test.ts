/**
 * A year on the simulated clock with a crash every few occurrences: before and after each write, before, within and after the work.
 * What should have happened is worked out here by counting days, without a cron pattern.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { dayOfIsoDate, isoDate, makeRng } from '../../../skills/sdk/numeric/index.ts';
import { openScheduledShop, testClock } from '../../../test/fixtures/scheduled-shop.ts';
import { zoneClock } from './local-time.ts';
import type { OccurrenceStore } from './occurrence-store.ts';

const berlin = { timezone: 'Europe/Berlin', missed: 'run-all' };
const schedules = [
  { ...berlin, id: 'fortnightly', run: 'a', every: '14 days', from: '2026-01-05', at: '05:00' },
  { ...berlin, id: 'weekly', run: 'b', every: 'weekly', on: 'monday', at: '06:00' },
  { ...berlin, id: 'first-monday', run: 'c', every: 'first monday', at: '06:00' },
  { ...berlin, id: 'daily-berlin', run: 'd', cron: '30 2 * * *' },
  { ...berlin, id: 'daily-new-york', run: 'e', every: 'daily', at: '02:30', timezone: 'America/New_York' },
];

const firstDay = dayOfIsoDate('2026-01-01') ?? 0;
const days = Array.from({ length: 365 }, (_, index) => firstDay + index);
/** 5 January 2026 is a Monday. */
const isMonday = (day: number): boolean => (day - firstDay) % 7 === 4;
const dates = (isDue: (day: number) => boolean): string[] => days.filter(isDue).map(isoDate);

/** Local dates and times of every schedule. Both zones skip 02:30 on one day of spring. */
const expected: Readonly<Record<string, readonly string[]>> = {
  fortnightly: dates((day) => isMonday(day) && (day - firstDay) % 14 === 4).map((date) => `${date} 05:00`),
  weekly: dates(isMonday).map((date) => `${date} 06:00`),
  'first-monday': dates((day) => isMonday(day) && Number(isoDate(day).slice(8)) <= 7).map((date) => `${date} 06:00`),
  'daily-berlin': dates(() => true).map((date) => `${date} ${date === '2026-03-29' ? '03:00' : '02:30'}`),
  'daily-new-york': dates(() => true).map((date) => `${date} ${date === '2026-03-08' ? '03:00' : '02:30'}`),
};

class Crash extends Error {}

describe('a year of five schedules, crashing at random', () => {
  it('has every occurrence once, begun again under the same run where a crash left it open', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'cohortium-year-'));
    const rng = makeRng('a year of schedules');
    const clock = testClock('2025-12-31T22:59:00Z');
    const crashes = new Map<string, number>();
    const mayCrash = (place: string): void => {
      if (rng.uniform() >= 0.05) return;
      crashes.set(place, (crashes.get(place) ?? 0) + 1);
      throw new Crash(place);
    };
    const crashing = (store: OccurrenceStore): OccurrenceStore => ({
      ...store,
      transact: (work) => {
        mayCrash('before a write');
        const result = store.transact(() => {
          const written = work();
          mayCrash('within a write');
          return written;
        });
        mayCrash('after a write');
        return result;
      },
    });
    /** What the work did, by run: the second time under one run it finds it done. */
    const done = new Map<string, string>();
    const began = new Map<string, number>();
    let restarts = 0;
    for (let isOver = false; !isOver;) {
      const shop = openScheduledShop({
        directory,
        clock,
        schedules,
        wrap: crashing,
        perform: async ({ runId, work, dueMs }) => {
          began.set(runId, (began.get(runId) ?? 0) + 1);
          mayCrash('before the work');
          if (!done.has(runId)) done.set(runId, `${work.name} ${dueMs}`);
          mayCrash('after the work');
          return { state: 'completed' };
        },
      });
      try {
        await shop.until('2027-01-01T04:59:00Z');
        isOver = true;
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
        restarts += 1;
        // Sometimes the machine is off for a while: up to three weeks, and once in a while the clock is set back after it.
        const offMs = rng.uniform() < 0.1 ? rng.uniform() * 21 * 86_400_000 : 0;
        const backMs = rng.uniform() < 0.05 ? 7_200_000 : 0;
        clock.set(new Date(Math.min(clock.now() + offMs - backMs, Date.parse('2027-01-01T04:58:00Z'))).toISOString());
      } finally {
        shop.close();
      }
    }
    expect(restarts).toBeGreaterThan(100);
    expect([...crashes.keys()].sort()).toEqual(['after a write', 'after the work', 'before a write', 'before the work', 'within a write']);
    expect(Math.max(...began.values())).toBeGreaterThan(1);

    const shop = openScheduledShop({ directory, clock, schedules });
    const entries = [...shop.store.latest(undefined, 1e6)].reverse();
    shop.close();
    for (const { id, timezone, run } of schedules) {
      const { text } = zoneClock(timezone);
      const mine = entries.filter(({ schedule }) => schedule === id);
      // New York is still in the old year when Berlin's begins.
      const inYear = mine.filter(({ dueMs }) => text(dueMs).slice(4, 8) === '2026');
      expect(
        inYear.map(({ dueMs }) => text(dueMs).slice(4)),
        id,
      ).toEqual(expected[id]);
      expect(mine.filter(({ state }) => state !== 'completed')).toEqual([]);
      const works = [...done.values()].filter((one) => one.startsWith(`${run} `));
      expect(works.sort()).toEqual(mine.map(({ dueMs }) => `${run} ${dueMs}`).sort());
    }
  }, 60_000);
});
