/**
 * Escrow of the key that wraps the vault: an age file for people who do not run the agent. Data keys are not in it, so a key that was
 * shredded does not come back with it; nor are private signing keys, which are replaced when they are lost.
 */
import { z } from 'zod';

import { CohortiumError } from '../../../skills/sdk/index.ts';
import { openAge, sealAge } from './age-file.ts';

const escrowSchema = z.strictObject({
  format: z.literal('cohortium/escrow@1'),
  /** 32 bytes, base64. */
  vaultKey: z.string().regex(/^[A-Za-z0-9+/]{43}=$/),
  /** Public: what checkpoints were signed with when this was written. */
  origin: z.string(),
  checkpointKey: z.string(),
});

export interface EscrowContent {
  readonly vaultKey: Buffer;
  readonly origin: string;
  readonly checkpointKey: string;
}

/** @param to age recipients, one at least. @throws {CohortiumError} ARGUMENT_INVALID for none, or one that is none */
export async function sealEscrow({ vaultKey, origin, checkpointKey }: EscrowContent, to: readonly string[]): Promise<string> {
  if (to.length === 0)
    throw new CohortiumError('ARGUMENT_INVALID', 'escrow needs a recipient; age-keygen prints one that begins with age1');
  const text = JSON.stringify({ format: 'cohortium/escrow@1', vaultKey: vaultKey.toString('base64'), origin, checkpointKey });
  return (await sealAge(Buffer.from(text), { recipients: to })).toString('utf8');
}

/** @throws {CohortiumError} KEY_UNAVAILABLE when it does not open, or is no escrow */
export async function openEscrow(file: string, identity: string): Promise<EscrowContent> {
  const bytes = await openAge(Buffer.from(file), { identity });
  const parsed = escrowSchema.safeParse(parseJson(bytes.toString('utf8')));
  if (!parsed.success) throw new CohortiumError('KEY_UNAVAILABLE', 'the age file opens, and holds no escrow of a vault key');
  return { ...parsed.data, vaultKey: Buffer.from(parsed.data.vaultKey, 'base64') };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema says what is wrong
  }
}
