/**
 * One pass over the events of each customer. For every state the attempt that was entered last is kept: it has the most time
 * left, so no other attempt in that state can get further. This is the rule of PostHog's funnels; two things differ: a strict
 * funnel lets no event at all come between, and an exclusion ends attempts without taking the customer out of the count.
 * @see PostHog, funnel-udf/src/steps.rs, commit 0c640984
 */
import { checkTimedEvents, type TimedEvents } from '../event-columns.ts';
import { compileFunnel } from './compile-funnel.ts';
import type { FunnelConfig, FunnelTrace } from './model.ts';

const never = Number.NEGATIVE_INFINITY;

/**
 * How far each customer got. Events of the same time are taken in the order of the steps, those that are no step first: whoever
 * did two steps at once is taken to have done them in order, after what else happened then.
 * @throws {CohortiumError} NUMERIC_DOMAIN when the funnel contradicts itself, or events are not in order of time
 */
export function traceFunnel(config: FunnelConfig, data: TimedEvents): FunnelTrace {
  const { steps, passed, advances, ends, rank } = compileFunnel(config, data.names);
  checkTimedEvents(data);
  const { window, order = 'between', attempt = 'best' } = config;
  const { offsets, events, times } = data;
  const rows = offsets.length - 1;
  const isStrict = order === 'strict';
  const isIdle = Uint8Array.from(data.names, (_, kind) =>
    !isStrict && (advances[kind] ?? []).length === 0 && (ends[kind] ?? []).length === 0 ? 1 : 0,
  );
  const reached = new Int32Array(rows);
  const entry = new Float64Array(rows).fill(Number.NaN);
  const done = new Float64Array(rows * steps).fill(Number.NaN);
  const excluded = new Uint8Array(rows);
  /** By state: time of the first step of the attempt there, and of each of its steps. */
  const entered = new Float64Array(passed.length);
  const stepTimes = new Float64Array(passed.length * steps);
  const setBy = new Int32Array(passed.length);

  const tied: number[] = [];
  for (let row = 0; row < rows; row++) {
    entered.fill(never);
    setBy.fill(-1);
    let furthest = 0;
    let hasEntered = false;

    /** True when the funnel is done. */
    const take = (kind: number, time: number, at: number): boolean => {
      for (const state of ends[kind] ?? []) {
        if (time - (entered[state] ?? never) <= window && passed[state] === furthest) excluded[row] = 1;
        entered[state] = never;
      }
      let isEntry = false;
      for (const { to, step, from } of advances[kind] ?? []) {
        let start = never;
        let source = -1;
        for (const state of from) {
          const other = state === 0 ? time : (entered[state] ?? never);
          if ((state === 0 && hasEntered && attempt === 'first') || time - other > window || other <= start) continue;
          start = other;
          source = state;
        }
        // When strict, what stood here before this event ends with it, so it holds no place.
        const held = isStrict && setBy[to] !== at ? never : (entered[to] ?? never);
        if (source < 0 || start <= held) continue;
        if (source === 0) stepTimes.fill(Number.NaN, to * steps, (to + 1) * steps);
        else stepTimes.copyWithin(to * steps, source * steps, (source + 1) * steps);
        entered[to] = start;
        stepTimes[to * steps + step] = time;
        setBy[to] = at;
        if ((passed[to] ?? 0) > furthest) {
          furthest = passed[to] ?? 0;
          excluded[row] = 0;
          entry[row] = start;
          done.set(stepTimes.subarray(to * steps, (to + 1) * steps), row * steps);
          if (furthest === steps) return true;
        }
        if (source === 0) isEntry = true;
      }
      hasEntered ||= isEntry;
      if (isStrict) for (let state = 1; state < passed.length; state++) if (setBy[state] !== at) entered[state] = never;
      return false;
    };

    const last = offsets[row + 1] ?? 0;
    let isDone = false;
    for (let at = offsets[row] ?? 0; at < last && !isDone;) {
      const time = times[at] ?? 0;
      if (at + 1 === last || times[at + 1] !== time) {
        const kind = events[at] ?? 0;
        if (isIdle[kind] === 0) isDone = take(kind, time, at);
        at += 1;
        continue;
      }
      tied.length = 0;
      const first = at;
      for (; at < last && times[at] === time; at++) tied.push(events[at] ?? 0);
      tied.sort((a, b) => (rank[a] ?? 0) - (rank[b] ?? 0) || a - b);
      for (let index = 0; index < tied.length && !isDone; index++) isDone = take(tied[index] ?? 0, time, first + index);
    }
    reached[row] = furthest;
  }
  return { reached, entry, times: done, excluded };
}
