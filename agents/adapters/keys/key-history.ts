/**
 * Which key signed checkpoints up to which size: `registries/attestations/verifier-keys.json`, for who verifies. Written with the first
 * rotation, and only added to. Each key but the first is signed for by the one before it and by itself; where the one before was lost,
 * that signature is absent, and whoever verifies has to be told of the new key in another way.
 */
import { createPublicKey, randomUUID, verify } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { z } from 'zod';

import { CohortiumError, isCohortiumError } from '../../../skills/sdk/index.ts';
import { flushFolder } from '../files/write-new-file.ts';
import { rawKeyOf } from './verifier-key.ts';

const keySchema = z.strictObject({
  /** C2SP verifier key. */
  key: z.string(),
  /** Checkpoints of more records than this are signed by it, up to the next key's. */
  after: z.int().min(0),
  /** Ed25519 over `handoverText`, base64; null for the first key. */
  signatures: z.strictObject({ before: z.string().nullable(), itself: z.string() }).nullable(),
});

const personKeySchema = z.strictObject({
  key: z.string(),
  /** Leaves of the ledger when it was entered, and those that it may have signed; null while it is in force. */
  after: z.int().min(0),
  upTo: z.int().min(0).nullable(),
});

const historySchema = z.strictObject({
  format: z.literal('cohortium/verifier-keys@1'),
  /** First line of every checkpoint; stays when keys change. */
  origin: z.string(),
  checkpoint: z.array(keySchema).min(1),
  /** Of the service, in the order of their time; `after` is the size of the ledger then. */
  attestor: z.array(keySchema),
  /** Keys of persons as the registry has them. No key signs for them: of each revocation the ledger has a record. */
  people: z.array(personKeySchema).default([]),
});

export type PersonKeyEntry = z.infer<typeof personKeySchema>;
export type VerifierKeyEntry = z.infer<typeof keySchema>;
export type KeyHistory = z.infer<typeof historySchema>;

export function keyHistoryPath(attestations: string): string {
  return join(attestations, 'verifier-keys.json');
}

/** What both keys sign when one takes the place of the other. */
export function handoverText(role: 'checkpoint' | 'attestor', origin: string, after: number, before: string, key: string): string {
  return `cohortium/key-handover@1\n${role}\n${origin}\n${after}\n${before}\n${key}\n`;
}

/**
 * @returns undefined where no key was ever replaced
 * @throws {CohortiumError} LEDGER_SIGNATURE_INVALID when it is no such file, is out of order, or a signature in it is not of its key
 */
export function readKeyHistory(attestations: string): KeyHistory | undefined {
  const path = keyHistoryPath(attestations);
  if (!existsSync(path)) return undefined;
  const parsed = historySchema.safeParse(parseJson(readFileSync(path, 'utf8')));
  if (!parsed.success) throw new CohortiumError('LEDGER_SIGNATURE_INVALID', `${path} is not a list of verifier keys; restore it`);
  for (const role of ['checkpoint', 'attestor'] as const) {
    const fault = faultOf(parsed.data, role);
    if (fault !== undefined) throw new CohortiumError('LEDGER_SIGNATURE_INVALID', `${path}: ${fault}; restore it from a backup`);
  }
  return parsed.data;
}

/** The key that signs a checkpoint of this size. */
export function keyForSize(keys: readonly VerifierKeyEntry[], size: number): string | undefined {
  return keys.findLast(({ after }) => after === 0 || after < size)?.key;
}

/** Puts the list in place whole, on disk when this returns. */
export function writeKeyHistory(attestations: string, history: KeyHistory): void {
  mkdirSync(attestations, { recursive: true });
  const path = keyHistoryPath(attestations);
  const temporary = `${path}.${randomUUID()}.tmp`;
  const file = openSync(temporary, 'wx', 0o644);
  try {
    writeSync(file, `${JSON.stringify(history, undefined, 2)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  flushFolder(dirname(path));
}

function faultOf(history: KeyHistory, role: 'checkpoint' | 'attestor'): string | undefined {
  for (const [at, { key, after, signatures }] of history[role].entries()) {
    const before = history[role][at - 1];
    if (before === undefined) {
      if (signatures !== null || after !== 0) return `the first ${role} key has a key before it`;
      continue;
    }
    if (after < before.after) return `${role} keys are not in the order of their sizes`;
    const text = Buffer.from(handoverText(role, history.origin, after, before.key, key));
    if (signatures === null || !isSigned(key, text, signatures.itself))
      return `the ${role} key from ${after} records on did not sign for itself`;
    if (signatures.before !== null && !isSigned(before.key, text, signatures.before)) {
      return `the ${role} key from ${after} records on was not signed for by the key before it`;
    }
  }
  return undefined;
}

function isSigned(verifierKey: string, text: Buffer, signature: string): boolean {
  try {
    const x = rawKeyOf(verifierKey).toString('base64url');
    return verify(null, text, createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }), Buffer.from(signature, 'base64'));
  } catch (error) {
    if (isCohortiumError(error)) return false; // no verifier key at all
    throw error;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema says what is wrong
  }
}
