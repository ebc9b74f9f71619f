/**
 * Keys of persons who propose and approve: Ed25519, the private half as a file in the keyring folder that only its owner can read,
 * the public half a C2SP verifier key. Made at random, never replaced. Refuses a key that others can read.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { z } from 'zod';

import { CohortiumError, isCohortiumError } from '../../../skills/sdk/index.ts';
import { noteKeyId, rawKeyOf } from './keyring.ts';
import { writeNewFile } from './write-new-file.ts';

export interface PersonKey {
  /** As C2SP signed notes write it: `cohortium.local/person/<id>+<key id>+<base64>`. */
  readonly verifierKey: string;
  /** Ed25519 signature, base64. */
  readonly sign: (message: Uint8Array) => string;
}

const fileSchema = z.strictObject({
  format: z.literal('cohortium/person-key@1'),
  person: z.string(),
  /** Ed25519 private key as JSON Web Key values, base64url. */
  d: z.string(),
  x: z.string(),
});

/**
 * Makes the key of a person.
 * @param directory keyring folder, made with mode 0700
 * @returns undefined when there is one already, which is left as it is
 */
export function makePersonKey(directory: string, person: string): PersonKey | undefined {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const { d = '', x = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const text = `${JSON.stringify({ format: 'cohortium/person-key@1', person, d, x } satisfies z.infer<typeof fileSchema>, null, 2)}\n`;
  return writeNewFile(personKeyPath(directory, person), text, 0o600) ? openPersonKey(directory, person) : undefined;
}

/** @throws {CohortiumError} PERSON_NOT_FOUND without a key file; LEDGER_KEY_UNSAFE when others can read it or it is none */
export function openPersonKey(directory: string, person: string): PersonKey {
  const path = personKeyPath(directory, person);
  if (!existsSync(path)) {
    throw new CohortiumError(
      'PERSON_NOT_FOUND',
      `there is no key of '${person}' in ${directory}; 'cohortium people add ${person}' makes one`,
    );
  }
  const mode = statSync(path).mode & 0o777;
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new CohortiumError('LEDGER_KEY_UNSAFE', `${path} has mode 0${mode.toString(8)}, so others can read it; run 'chmod 600 ${path}'`);
  }
  const parsed = fileSchema.safeParse(parseJson(readFileSync(path, 'utf8')));
  if (!parsed.success || parsed.data.person !== person) {
    throw new CohortiumError('LEDGER_KEY_UNSAFE', `${path} is not a key file of '${person}'; restore it from a backup`);
  }
  const key = privateKeyOf(parsed.data);
  if (!key) throw new CohortiumError('LEDGER_KEY_UNSAFE', `${path} holds no Ed25519 key; restore it from a backup`);
  const raw = Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x ?? '', 'base64url');
  const name = `cohortium.local/person/${person}`;
  return {
    verifierKey: `${name}+${noteKeyId(name, raw).toString('hex')}+${Buffer.concat([Buffer.from([1]), raw]).toString('base64')}`,
    sign: (message) => sign(null, message, key).toString('base64'),
  };
}

/** Whether a message was signed with the private half of a verifier key. */
export function isSignedWith(verifierKey: string, message: Uint8Array, signature: string): boolean {
  try {
    const bytes = Buffer.from(signature, 'base64');
    // Decoding passes over what is no base64, so that two texts could be one signature.
    if (bytes.toString('base64') !== signature) return false;
    const x = rawKeyOf(verifierKey).toString('base64url');
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    return verify(null, message, key, bytes);
  } catch (error) {
    if (isCohortiumError(error)) return false; // no verifier key at all
    throw error;
  }
}

/** Whether two verifier keys are one key, whatever names they carry; false where one of them is none. */
export function isSameKey(one: string, other: string): boolean {
  try {
    return rawKeyOf(one).equals(rawKeyOf(other));
  } catch (error) {
    if (isCohortiumError(error)) return false; // no verifier key at all
    throw error;
  }
}

function privateKeyOf({ d, x }: Pick<z.infer<typeof fileSchema>, 'd' | 'x'>): KeyObject | undefined {
  try {
    return createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', d, x }, format: 'jwk' });
  } catch {
    return undefined; // not 32 bytes in base64url
  }
}

function personKeyPath(directory: string, person: string): string {
  return join(directory, `person-${person}.json`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema says what is wrong
  }
}
