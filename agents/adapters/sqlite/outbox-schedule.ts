/** When a message that was not acknowledged is tried again. */
import { createHash } from 'node:crypto';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** Waits before the first attempt, the second, and so on. @see https://www.standardwebhooks.com, "Retries" */
const waitsMs: readonly number[] = [0, 5 * second, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour];

export const attemptsAllowed = waitsMs.length;

/** A receiver may ask for patience, not for oblivion. */
const longestWaitMs = 24 * hour;

/**
 * Milliseconds until the next attempt; undefined when there is none left. Up to a tenth longer than the schedule, by an amount
 * that depends on the message, so that many messages do not come back at one moment.
 * @param attempts how many were made, ≥ 1
 * @param retryAfterMs what the receiver asked for, if it did
 */
export function nextWaitMs(messageId: string, attempts: number, retryAfterMs: number | undefined): number | undefined {
  const wait = waitsMs[attempts];
  if (wait === undefined) return undefined;
  const drawn = createHash('sha256').update(`${messageId}:${attempts}`).digest().readUInt32BE(0) / 2 ** 32;
  return Math.max(Math.round(wait * (1 + drawn / 10)), Math.min(retryAfterMs ?? 0, longestWaitMs));
}
