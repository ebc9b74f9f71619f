/** Which times of a calendar have passed since the last one that was dealt with, and what becomes of each. Pure: reads no clock. */
import { durationMs } from '../../../orchestrator/index.ts';
import type { OccurrenceSource } from '../../adapters/croner/next-occurrence.ts';
import type { Schedule } from './schedule-schema.ts';

/** Of times that were missed so many are listed, the last ones: a clock that jumps by years must not keep everything else waiting. */
const mostListed = 1000;
const hourMs = 3_600_000;

export interface Decision {
  /** The time to start for now; undefined when none is due. */
  readonly run: number | undefined;
  /** Times that will not be made up for, in order; the last thousand, where there are more. */
  readonly skip: readonly number[];
}

/**
 * @param afterMs times up to here have been dealt with, or do not count
 * @param nowMs times after this are not due
 */
export function decide(
  { missed, startWithin }: Pick<Schedule, 'missed' | 'startWithin'>,
  source: OccurrenceSource,
  afterMs: number,
  nowMs: number,
): Decision {
  if (missed === 'run-all') {
    const next = source.nextAfter(afterMs);
    return { run: next !== undefined && next <= nowMs ? next : undefined, skip: [] };
  }
  const due = lastTimes(source, afterMs, nowMs);
  const last = due.at(-1);
  const isTooLate = missed === 'skip' && last !== undefined && nowMs - last > durationMs(startWithin);
  return last === undefined || isTooLate ? { run: undefined, skip: due } : { run: last, skip: due.slice(0, -1) };
}

/** The last times after one instant up to another, looked for from the end in ever longer steps. */
function lastTimes(source: OccurrenceSource, afterMs: number, nowMs: number): readonly number[] {
  for (let span = hourMs; ; span *= 2) {
    const from = Math.max(afterMs, nowMs - span);
    const times: number[] = [];
    for (let at = source.nextAfter(from); at !== undefined && at <= nowMs; at = source.nextAfter(at)) times.push(at);
    if (from === afterMs || times.length > mostListed) return times.slice(-mostListed - 1);
  }
}
