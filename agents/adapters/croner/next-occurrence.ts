/**
 * The only place that imports croner: from a cron pattern and a time zone to the next instant after a given one. Sets no timer and
 * reads no clock. A time of day that a daylight-saving change skips happens at the first instant after the gap, one that it
 * repeats happens once, the first time; patterns with `*` or steps in minute or hour go on through both.
 */
import { Cron } from 'croner';

/** Instants that a schedule happens at. */
export interface OccurrenceSource {
  /** The first occurrence strictly after an instant (epoch ms); undefined when there is none. */
  readonly nextAfter: (ms: number) => number | undefined;
}

/**
 * The occurrences of several patterns together.
 * @param patterns five fields each: minute, hour, day of month, month, day of week; `L`, `W` and `#` as croner reads them
 * @param timezone IANA name
 */
export function occurrencesOf(patterns: readonly string[], timezone: string): OccurrenceSource {
  const crons = patterns.map((pattern) => open(pattern, timezone));
  return {
    nextAfter: (ms) => {
      const found = crons.flatMap((cron) => cron.nextRun(new Date(ms))?.getTime() ?? []);
      return found.length > 0 ? Math.min(...found) : undefined;
    },
  };
}

/** What is wrong with a pattern, in words; undefined when it is one that happens. */
export function patternFault(pattern: string): string | undefined {
  // croner also reads dates and nicknames, whose meaning in a time zone is not that of a pattern.
  const fields = pattern
    .trim()
    .split(/\s+/)
    .filter((field) => field !== '').length;
  if (fields !== 5) return `a cron pattern has five fields (minute, hour, day of month, month, day of week); this has ${fields}`;
  try {
    const next = open(pattern, 'UTC').nextRun(new Date(Date.UTC(2000, 0, 1)));
    return next ? undefined : 'this cron pattern never happens';
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^Cron\w+: /, '') : String(error);
    return `no cron pattern: ${reason.charAt(0).toLowerCase()}${reason.slice(1)}`;
  }
}

function open(pattern: string, timezone: string): Cron {
  return new Cron(pattern, { timezone, mode: '5-part', fixedTimeRule: 'no-wildcard', paused: true });
}
