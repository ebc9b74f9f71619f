import { describe, expect, it } from 'vitest';

import type { OccurrenceSource } from '../../adapters/croner/next-occurrence.ts';
import { decide } from './decide.ts';

const minuteMs = 60_000;

/** Every so many milliseconds, and how often it was asked. */
function every(stepMs: number): OccurrenceSource & { readonly asked: () => number } {
  let asked = 0;
  return {
    asked: () => asked,
    nextAfter: (ms) => {
      asked += 1;
      return (Math.floor(ms / stepMs) + 1) * stepMs;
    },
  };
}

describe('times that passed over ten years', () => {
  const [after, now] = [Date.UTC(2016, 0, 1), Date.UTC(2026, 0, 1)];

  it.each(['run-latest', 'skip'] as const)('minute by minute are looked for from the end, by %s', (missed) => {
    const source = every(minuteMs);
    const { run, skip } = decide({ missed, startWithin: '1h' }, source, after, now);
    expect(run).toBe(now);
    expect(skip).toHaveLength(1000);
    expect(skip.at(-1)).toBe(now - minuteMs);
    expect(skip.every((at, place) => place === 0 || at - (skip[place - 1] ?? 0) === minuteMs)).toBe(true);
    expect(source.asked()).toBeLessThan(5000);
  });

  it('minute by minute are made up for from the first, by run-all', () => {
    const source = every(minuteMs);
    expect(decide({ missed: 'run-all', startWithin: '1h' }, source, after, now)).toEqual({ run: after + minuteMs, skip: [] });
    expect(source.asked()).toBe(1);
  });

  it('a few times are all listed', () => {
    const year = 365 * 1440 * minuteMs;
    const first = Math.floor(after / year) + 1;
    const times = Array.from({ length: Math.floor(now / year) - first + 1 }, (_, at) => (first + at) * year);
    expect(times).toHaveLength(10);
    expect(decide({ missed: 'run-latest', startWithin: '1h' }, every(year), after, now)).toEqual({
      run: times.at(-1),
      skip: times.slice(0, -1),
    });
    expect(decide({ missed: 'skip', startWithin: '1h' }, every(year), after, now)).toEqual({ run: undefined, skip: times });
  });

  it('are none before the first, and none where the clock stands before what was dealt with', () => {
    for (const missed of ['run-latest', 'run-all', 'skip'] as const) {
      expect(decide({ missed, startWithin: '1h' }, every(minuteMs), now, now)).toEqual({ run: undefined, skip: [] });
      expect(decide({ missed, startWithin: '1h' }, every(minuteMs), now, after)).toEqual({ run: undefined, skip: [] });
      expect(decide({ missed, startWithin: '1h' }, { nextAfter: () => undefined }, after, now)).toEqual({ run: undefined, skip: [] });
    }
  });
});
