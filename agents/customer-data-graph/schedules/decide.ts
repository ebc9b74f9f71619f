/** Which times of a calendar have passed since the last one that was dealt with, and what becomes of each. Pure: reads no clock. */
import { durationMs } from '../../../orchestrator/index.ts';
import type { OccurrenceSource } from '../../adapters/croner/next-occurrence.ts';
import type { Schedule } from './schedule-schema.ts';

export interface Decision {
  /** The time to start for now; undefined when none is due. */
  readonly run: number | undefined;
  /** Times that will not be made up for, in order. */
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
  const due: number[] = [];
  for (let at = source.nextAfter(afterMs); at !== undefined && at <= nowMs; at = source.nextAfter(at)) {
    if (missed === 'run-all') return { run: at, skip: [] };
    due.push(at);
  }
  const last = due.at(-1);
  const isTooLate = missed === 'skip' && last !== undefined && nowMs - last > durationMs(startWithin);
  return last === undefined || isTooLate ? { run: undefined, skip: due } : { run: last, skip: due.slice(0, -1) };
}
