/**
 * Progress as a client can bear it: it only grows, stays below 1 (the answer says that the work is done), comes at most ten times
 * a second, and stops with the answer.
 */
import type { Progress } from '../../agents/customer-data-graph/interface.ts';

const leastGapMs = 100;

export interface ProgressReporter {
  readonly report: (progress: Progress) => void;
  readonly stop: () => void;
}

/** @param now milliseconds of any steady clock */
export function progressReporter(
  send: (fraction: number, message: string) => Promise<void>,
  now: () => number = () => performance.now(),
): ProgressReporter {
  let last = -1;
  let lastAt = Number.NEGATIVE_INFINITY;
  let isStopped = false;
  return {
    report({ fraction, message }) {
      if (isStopped || !(fraction > last) || fraction >= 1 || now() - lastAt < leastGapMs) return;
      last = fraction;
      lastAt = now();
      // A client that went away is told nothing; its call is cancelled by the transport.
      send(fraction, message).catch(() => undefined);
    },
    stop() {
      isStopped = true;
    },
  };
}
