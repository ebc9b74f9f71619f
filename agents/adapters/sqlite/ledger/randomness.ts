/**
 * Seeds of salts and initialization vectors. Drawn by the operating system; for demonstration keys derived from what is sealed,
 * so that a demonstration has the same ledger each time. Those hide nothing from who knows the seed of the demonstration.
 */
import { randomFillSync } from 'node:crypto';

import type { Keyring } from '../../keys/keyring.ts';

export interface Randomness {
  /**
   * 28 bytes: a seed (16) and an initialization vector (12).
   * @param about what is sealed; used for demonstrations only
   */
  readonly draw: (about: () => string) => Buffer;
}

const poolBytes = 28 * 2048;

export function randomnessOf(keyring: Keyring): Randomness {
  if (keyring.isDemonstration) return { draw: (about) => Buffer.from(keyring.commit('seed', about()), 'hex').subarray(0, 28) };
  const pool = Buffer.alloc(poolBytes);
  let used = poolBytes;
  return {
    draw: () => {
      if (used === poolBytes) {
        randomFillSync(pool);
        used = 0;
      }
      used += 28;
      return Buffer.from(pool.subarray(used - 28, used));
    },
  };
}
