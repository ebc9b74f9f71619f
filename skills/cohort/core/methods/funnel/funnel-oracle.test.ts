/** The one-pass funnel against an oracle that tries every attempt of a customer. */
import { describe, expect, it } from 'vitest';

import { makeRng } from '../../../../sdk/numeric/index.ts';
import type { TimedEvents } from '../event-columns.ts';
import { type FunnelConfig, traceFunnel } from './index.ts';

const names = ['a', 'b', 'c', 'd', 'x'];
const step = (event: string, more: object = {}): FunnelConfig['steps'][number] => ({ events: [event], ...more });

interface OracleEvent {
  readonly name: string;
  readonly time: number;
}

interface OracleTrace {
  readonly reached: number;
  /** Of the attempts that got furthest first, the one entered last. */
  readonly entry: number;
  /** When the furthest step was first reached. */
  readonly at: number;
  readonly excluded: boolean;
}

interface Attempt {
  readonly done: ReadonlySet<number>;
  readonly entry: number;
  readonly last: number;
}

function traceByTrying(config: FunnelConfig, history: readonly OracleEvent[]): OracleTrace {
  const { steps, window, order = 'between', exclusions = [], attempt = 'best' } = config;
  const rank = ({ name }: OracleEvent): number => steps.findIndex(({ events }) => events.includes(name));
  const code = (a: OracleEvent, b: OracleEvent): number => (a.name < b.name ? -1 : 1);
  const events = history.toSorted((a, b) => a.time - b.time || rank(a) - rank(b) || (a.name === b.name ? 0 : code(a, b)));
  const group = steps.map((_, step) => steps.slice(0, step + 1).filter(({ anyOrder }) => !anyOrder).length);
  const isPast = (done: ReadonlySet<number>, step: number): boolean =>
    done.has(step) || [...done].some((own) => group[own]! > group[step]!);
  const passedBy = (done: ReadonlySet<number>): number => {
    const here = Math.max(...[...done].map((step) => group[step]!));
    return group.filter((own) => own < here).length + [...done].filter((step) => group[step] === here).length;
  };
  const endsAt = ({ done }: Attempt, at: number): boolean =>
    exclusions.some(
      ({ events: names, after, before }) => names.includes(events[at]!.name) && isPast(done, after - 1) && !isPast(done, before - 1),
    );
  const fits = ({ done, entry }: Attempt, at: number, step: number): boolean =>
    steps[step]!.events.includes(events[at]!.name) &&
    !done.has(step) &&
    events[at]!.time - entry <= window &&
    steps.every(({ optional }, other) => optional || group[other]! >= group[step]! || done.has(other)) &&
    [...done].every((own) => group[own]! <= group[step]!);

  const all: Attempt[] = [];
  const extend = (one: Attempt): void => {
    all.push(one);
    for (let at = one.last + 1; at < events.length; at++) {
      if (endsAt(one, at)) return;
      for (let step = 0; step < steps.length; step++) {
        if (fits(one, at, step)) extend({ done: new Set([...one.done, step]), entry: one.entry, last: at });
      }
      if (order === 'strict') return;
    }
  };
  for (let at = 0; at < events.length; at++) {
    const time = events[at]!.time;
    const entries = steps.flatMap(({ events: names }, step) => (group[step] === 1 && names.includes(events[at]!.name) ? [step] : []));
    for (const step of entries) extend({ done: new Set([step]), entry: time, last: at });
    if (attempt === 'first' && entries.length > 0) break;
  }

  const reached = Math.max(0, ...all.map(({ done }) => passedBy(done)));
  const furthest = all.filter(({ done }) => passedBy(done) === reached);
  const last = Math.min(...furthest.map((one) => one.last));
  const excluded =
    reached < steps.length &&
    furthest.some((one) => {
      for (let at = one.last + 1; at < events.length && events[at]!.time - one.entry <= window; at++) {
        if (endsAt(one, at)) return true;
        if (order === 'strict') return false;
      }
      return false;
    });
  return {
    reached,
    entry: Math.max(...furthest.filter((one) => one.last === last).map(({ entry }) => entry)),
    at: events[last]?.time ?? Number.NaN,
    excluded,
  };
}

function columnsOf(histories: readonly (readonly OracleEvent[])[]): TimedEvents {
  const offsets = new Int32Array(histories.length + 1);
  for (const [row, history] of histories.entries()) offsets[row + 1] = offsets[row]! + history.length;
  const all = histories.flat();
  return {
    names,
    offsets,
    events: Int32Array.from(all, ({ name }) => names.indexOf(name)),
    times: Float64Array.from(all, ({ time }) => time),
  };
}

describe('funnel against the oracle that tries every attempt', () => {
  const shapes: readonly FunnelConfig['steps'][] = [
    [step('a'), step('b'), step('c')],
    [step('a'), step('b', { optional: true }), step('c'), step('d')],
    [step('a'), step('b', { optional: true }), step('c', { optional: true }), step('d')],
    [step('a'), step('b', { anyOrder: true }), step('c', { anyOrder: true })],
    [step('a'), step('b'), step('c', { anyOrder: true }), step('d')],
    [step('a'), step('b'), step('a'), step('b')],
    [{ events: ['a', 'b'] }, { events: ['b', 'c'], anyOrder: true }, step('a')],
    [step('a')],
  ];
  const rng = makeRng('funnel oracle');
  const histories = Array.from({ length: 250 }, () =>
    Array.from({ length: rng.integer(9) }, () => ({ name: names[rng.integer(5)]!, time: rng.integer(8) })).sort((a, b) => a.time - b.time),
  );
  const data = columnsOf(histories);

  it.each(shapes.map((steps, index) => ({ steps, index })))('agrees on shape $index in every mode', ({ steps }) => {
    for (const order of ['between', 'strict'] as const) {
      for (const attempt of ['best', 'first'] as const) {
        for (const excluding of [false, true]) {
          if (excluding && steps.length === 1) continue;
          const exclusions = excluding
            ? [{ events: ['x'], after: 1, before: steps.length - 1 || 2 }].filter(({ before }) => before > 1)
            : [];
          const config: FunnelConfig = { steps, window: 4, order, attempt, exclusions };
          const trace = traceFunnel(config, data);
          for (const [row, history] of histories.entries()) {
            const want = traceByTrying(config, history);
            const own = Array.from(trace.times.subarray(row * steps.length, (row + 1) * steps.length)).filter(
              (time) => !Number.isNaN(time),
            );
            const got = {
              reached: trace.reached[row],
              entry: want.reached > 0 ? trace.entry[row] : Number.NEGATIVE_INFINITY,
              at: own.length > 0 ? Math.max(...own) : Number.NaN,
              excluded: trace.excluded[row] === 1,
            };
            expect(got, JSON.stringify({ config, history })).toEqual(want);
            if (own.length > 0) expect(Math.min(...own)).toBe(trace.entry[row]);
          }
        }
      }
    }
  });
});
