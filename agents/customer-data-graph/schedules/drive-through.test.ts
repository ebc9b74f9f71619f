import { describe, expect, it } from 'vitest';

import { CohortiumError } from '../../../skills/sdk/index.ts';
import { driveThrough } from './drive-through.ts';

/** Throws these one after the other, then ends. */
function drive(...errors: readonly Error[]) {
  let call = 0;
  return async (): Promise<void> => {
    const error = errors[call++];
    if (error) throw error;
  };
}

const full = new CohortiumError('STORE_FULL', 'schedules.db could not grow');
const busy = new CohortiumError('STORE_BUSY', 'schedules.db is held');

describe('trouble with the store', () => {
  it('is told, and passes', async () => {
    const told: string[] = [];
    await driveThrough(drive(full, busy, full), { signal: undefined, waitMs: 1, onTrouble: ({ message }) => told.push(message) });
    expect(told).toEqual([full.message, busy.message, full.message]);
  });

  it('does not outlast being told to stop', async () => {
    const stop = new AbortController();
    const told: string[] = [];
    await driveThrough(drive(full, busy), {
      signal: stop.signal,
      waitMs: 600_000,
      onTrouble: ({ message }) => {
        told.push(message);
        stop.abort();
      },
    });
    expect(told).toEqual([full.message]);
  });

  it('ends everything where nobody is told of it, or where it does not pass', async () => {
    await expect(driveThrough(drive(full), { signal: undefined, onTrouble: undefined })).rejects.toBe(full);
    const corrupt = new CohortiumError('STORE_CORRUPT', 'schedules.db is damaged');
    await expect(driveThrough(drive(corrupt), { signal: undefined, waitMs: 1, onTrouble: () => {} })).rejects.toBe(corrupt);
    const defect = new TypeError('a bug');
    await expect(driveThrough(drive(defect), { signal: undefined, waitMs: 1, onTrouble: () => {} })).rejects.toBe(defect);
  });
});
