/** Events of customers in columns: the data of the methods that look at what comes after what. */
import { CohortiumError } from '../../../sdk/errors.ts';

/** Events in the order in which they happened, in compressed rows. */
export interface EventSequences {
  /** Names of the kinds of event. */
  readonly names: readonly string[];
  /** Ascending from 0; events of row r are at `offsets[r]` … `offsets[r + 1] − 1`. */
  readonly offsets: Int32Array;
  /** Kind of each event, a position in `names`. */
  readonly events: Int32Array;
}

/** Events with their times. */
export interface TimedEvents extends EventSequences {
  /** Never descending within a row, finite; any unit. */
  readonly times: Float64Array;
}

/** @throws {CohortiumError} NUMERIC_DOMAIN when offsets do not ascend to the events, or an event has no name */
export function checkSequences({ names, offsets, events }: EventSequences): void {
  const rows = offsets.length - 1;
  let isRight = rows >= 0 && offsets[0] === 0 && offsets[rows] === events.length;
  for (let row = 0; row < rows && isRight; row++) isRight = (offsets[row] ?? 0) <= (offsets[row + 1] ?? 0);
  if (!isRight) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `offsets of events must ascend from 0 to the ${events.length} events; found ${rows + 1} of them, the last ${String(offsets[rows])}`,
    );
  }
  for (let at = 0; at < events.length; at++) {
    const kind = events[at] ?? -1;
    if (kind >= 0 && kind < names.length) continue;
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `event ${at} has kind ${kind}; there are ${names.length} names, from 0: name it or leave it out`,
    );
  }
}

/** @throws {CohortiumError} NUMERIC_DOMAIN also when times are not finite or descend within a row */
export function checkTimedEvents(data: TimedEvents): void {
  checkSequences(data);
  const { offsets, events, times } = data;
  if (times.length !== events.length) {
    throw new CohortiumError('NUMERIC_DOMAIN', `every event needs a time; found ${times.length} times of ${events.length} events`);
  }
  for (let row = 0; row + 1 < offsets.length; row++) {
    let before = Number.NEGATIVE_INFINITY;
    const last = offsets[row + 1] ?? 0;
    for (let at = offsets[row] ?? 0; at < last; at++) {
      const time = times[at] ?? Number.NaN;
      if (!(time >= before && Math.abs(time) < Number.POSITIVE_INFINITY)) {
        throw new CohortiumError(
          'NUMERIC_DOMAIN',
          `times must be finite and never descend within a row; found ${time} after ${before} in row ${row}: sort the events of each customer by time`,
        );
      }
      before = time;
    }
  }
}
