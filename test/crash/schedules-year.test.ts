/**
 * A year on the simulated clock with a crash every few occurrences: before, within and after writes, before and after the work.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { zoneClock } from '../../agents/customer-data-graph/schedules/local-time.ts';
import type { OccurrenceStore } from '../../agents/customer-data-graph/schedules/occurrence-store.ts';
import { makeRng } from '../../skills/sdk/numeric/index.ts';
import { openScheduledShop, testClock } from '../fixtures/scheduled-shop.ts';
import { timesOfYear, yearOfSchedules } from '../fixtures/year-of-schedules.ts';

const schedules = yearOfSchedules.map((one) => ({ ...one, run: one.id }));

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
    for (const { id, timezone } of schedules) {
      const { text } = zoneClock(timezone);
      const mine = entries.filter(({ schedule }) => schedule === id);
      // New York is still in the old year when Berlin's begins.
      const inYear = mine.filter(({ dueMs }) => text(dueMs).slice(4, 8) === '2026');
      expect(
        inYear.map(({ dueMs }) => text(dueMs).slice(4)),
        id,
      ).toEqual(timesOfYear[id]);
      expect(mine.filter(({ state }) => state !== 'completed')).toEqual([]);
      const works = [...done.values()].filter((one) => one.startsWith(`${id} `));
      expect(works.sort()).toEqual(mine.map(({ dueMs }) => `${id} ${dueMs}`).sort());
    }
  });
});
