/**
 * A key out of a passphrase, by argon2id. What it was made with stands beside what it seals, so that stronger settings can come later.
 * @see RFC 9106 section 4, the second recommended parameters
 */
import * as crypto from 'node:crypto';

import { z } from 'zod';

import { CohortiumError } from '../../../skills/sdk/index.ts';

export const base64Form = /^[A-Za-z0-9+/]+={0,2}$/;

export const argon2idSchema = z.strictObject({
  /** KiB. */
  memory: z.int().min(8192).max(4_194_304),
  passes: z.int().min(1).max(100),
  parallelism: z.int().min(1).max(64),
  nonce: z.string().regex(base64Form),
});
export type Argon2id = z.infer<typeof argon2idSchema>;

/** The recommended settings, and a nonce of their own. */
export function newArgon2id(): Argon2id {
  return { memory: 65_536, passes: 3, parallelism: 4, nonce: crypto.randomBytes(16).toString('base64') };
}

const shortest = 12;

/**
 * Refuses a new passphrase that is too short. One that something was sealed with already stays good.
 * @param where such as `in COHORTIUM_PASSPHRASE`; nothing where it was typed
 * @throws {CohortiumError} ARGUMENT_INVALID
 */
export function refuseShortPassphrase(passphrase: string, where = ''): void {
  if (passphrase.length >= shortest) return;
  throw new CohortiumError(
    'ARGUMENT_INVALID',
    `a passphrase of ${shortest} characters at least was expected${where === '' ? '' : ` ${where}`}, found ${passphrase.length}; nothing was sealed`,
  );
}

/**
 * @returns 32 bytes
 * @throws {CohortiumError} KEY_UNAVAILABLE where this Node has no argon2id
 */
export function keyOfPassphrase(passphrase: string, { memory, passes, parallelism, nonce }: Argon2id): Buffer {
  // Absent before Node 24.7, whatever its types say.
  // Read from the module, because naming what Node 22 does not have would stop it from loading at all.
  const argon2 = crypto.argon2Sync as typeof crypto.argon2Sync | undefined;
  if (!argon2) {
    const message = `Node ${process.versions.node} has no argon2id, which passphrases need; start with Node 24.7 or later (the key folder alone can do without: keys.protect.by: age with passphraseEnv)`;
    throw new CohortiumError('KEY_UNAVAILABLE', message);
  }
  return argon2('argon2id', { message: passphrase, nonce: Buffer.from(nonce, 'base64'), memory, passes, parallelism, tagLength: 32 });
}
