/**
 * Keeps schedules running through a full disk or a busy store: what was due is still due a minute later. Refuses to go on after anything
 * else: a defect that repeats every minute would pass for a schedule that runs.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { isCohortiumError } from '../../../skills/sdk/index.ts';

const passing: readonly string[] = ['STORE_BUSY', 'STORE_FULL'];

interface Trouble {
  readonly signal: AbortSignal | undefined;
  /** Absent where nobody waits for it to pass. */
  readonly onTrouble: ((error: Error) => void) | undefined;
  readonly waitMs?: number;
}

/** @throws what the drive throws, unless it may pass and somebody is told of it */
export async function driveThrough(drive: () => Promise<void>, { signal, onTrouble, waitMs = 60_000 }: Trouble): Promise<void> {
  for (;;) {
    try {
      await drive();
      return;
    } catch (error) {
      if (!onTrouble || !isCohortiumError(error) || !passing.includes(error.code)) throw error;
      onTrouble(error);
      await sleep(waitMs, undefined, signal ? { signal } : {}).catch(() => {}); // looked at next
      if (signal?.aborted === true) return;
    }
  }
}
