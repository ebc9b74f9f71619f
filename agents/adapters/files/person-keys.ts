/**
 * Keys of persons who propose, approve and act: Ed25519, the private half as a file in the keyring folder that only its owner can read,
 * sealed under a passphrase of the person where they want it, the public half a C2SP verifier key. Made at random, never replaced.
 * Refuses a key that others can read, and a passphrase that is not the one.
 */
import { createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { z } from 'zod';

import { CohortiumError, isCohortiumError } from '../../../skills/sdk/index.ts';
import { replaceSecretFile } from '../keys/key-folder.ts';
import { unwrapKey, wrapKey } from '../keys/key-wrap.ts';
import { argon2idSchema, base64Form, keyOfPassphrase, newArgon2id } from '../keys/passphrase.ts';
import { newPassphraseOf, passphraseOf, passphraseVariable } from '../keys/person-passphrase.ts';
import { ed25519PrivateKey, rawKeyOf, verifierKeyOf } from '../keys/verifier-key.ts';
import { writeNewFile } from './write-new-file.ts';

export interface PersonKey {
  /** As C2SP signed notes write it: `cohortium.local/person/<id>+<key id>+<base64>`. */
  readonly verifierKey: string;
  /** Ed25519 signature, base64. */
  readonly sign: (message: Uint8Array) => string;
}

const fileSchema = z.discriminatedUnion('format', [
  z.strictObject({
    format: z.literal('cohortium/person-key@1'),
    person: z.string(),
    /** Ed25519 private key as JSON Web Key values, base64url. */
    d: z.string(),
    x: z.string(),
  }),
  z.strictObject({
    format: z.literal('cohortium/sealed-person-key@1'),
    person: z.string(),
    /** Public half, base64url. */
    x: z.string(),
    argon2id: argon2idSchema,
    /** Private half, 40 bytes: AES key wrap under what argon2id makes of the passphrase. */
    sealed: z.string().regex(base64Form),
  }),
]);
type KeyFile = z.infer<typeof fileSchema>;

/** Finds a passphrase, or throws KEY_UNAVAILABLE. */
export type FindPassphrase = (person: string) => string;

/**
 * Makes the key of a person.
 * @param directory keyring folder, made with mode 0700
 * @param chosen finds the passphrase that it is sealed with from the beginning; an open key is made where absent
 * @returns undefined when there is one already, which is left as it is
 */
export function makePersonKey(directory: string, person: string, chosen?: FindPassphrase): PersonKey | undefined {
  if (existsSync(personKeyPath(directory, person))) return undefined;
  const passphrase = chosen?.(person);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const { d = '', x = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const file: KeyFile =
    passphrase === undefined
      ? { format: 'cohortium/person-key@1', person, d, x }
      : sealedFile(person, x, Buffer.from(d, 'base64url'), passphrase);
  const isNew = writeNewFile(personKeyPath(directory, person), textOf(file), 0o600);
  return isNew ? openPersonKey(directory, person, () => passphrase ?? '') : undefined;
}

/**
 * @throws {CohortiumError} PERSON_NOT_FOUND without a key file; LEDGER_KEY_UNSAFE when others can read it or it is none; KEY_UNAVAILABLE
 *   without the passphrase of a sealed one, or with another
 */
export function openPersonKey(directory: string, person: string, passphrase: FindPassphrase = passphraseOf): PersonKey {
  const path = personKeyPath(directory, person);
  const key = privateKeyOf(path, seedOf(path, readKeyFile(path, person, directory), passphrase));
  const raw = Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x ?? '', 'base64url');
  return {
    verifierKey: verifierKeyOf(`cohortium.local/person/${person}`, raw),
    sign: (message) => sign(null, message, key).toString('base64'),
  };
}

/**
 * Seals the key of a person under a passphrase, or under another one than before. The key itself stays the same.
 * @param before finds the passphrase that it is sealed with now
 * @throws {CohortiumError} as `openPersonKey`; ARGUMENT_INVALID for a passphrase that is too short, that it has already, or that was
 *   typed otherwise the second time
 */
export function sealPersonKey(
  directory: string,
  person: string,
  before: FindPassphrase = passphraseOf,
  chosen: FindPassphrase = newPassphraseOf,
): void {
  const path = personKeyPath(directory, person);
  let old: string | undefined;
  const seed = seedOf(path, readKeyFile(path, person, directory), (id) => (old = before(id)));
  const { x = '' } = createPublicKey(privateKeyOf(path, seed)).export({ format: 'jwk' });
  const passphrase = chosen(person);
  if (passphrase === old) {
    const variable = passphraseVariable(person);
    throw new CohortiumError(
      'ARGUMENT_INVALID',
      `the key of '${person}' is sealed with this passphrase already; nothing was changed. To change it, unset ${variable} and ${variable}_FILE and run 'cohortium people seal ${person}' at a terminal, which asks for the old one and for a new one`,
    );
  }
  replaceSecretFile(path, textOf(sealedFile(person, x, seed, passphrase)));
}

function sealedFile(person: string, x: string, seed: Buffer, passphrase: string): KeyFile {
  const argon2id = newArgon2id();
  const sealed = wrapKey(keyOfPassphrase(passphrase, argon2id), seed).toString('base64');
  return { format: 'cohortium/sealed-person-key@1', person, x, argon2id, sealed };
}

/** Whether the key of a person is here, and sealed. */
export function personKeyState(directory: string, person: string): 'absent' | 'open' | 'sealed' {
  const path = personKeyPath(directory, person);
  if (!existsSync(path)) return 'absent';
  return readKeyFile(path, person, directory).format === 'cohortium/sealed-person-key@1' ? 'sealed' : 'open';
}

function readKeyFile(path: string, person: string, directory: string): KeyFile {
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
  return parsed.data;
}

function seedOf(path: string, file: KeyFile, passphrase: FindPassphrase): Buffer {
  if (file.format === 'cohortium/person-key@1') return Buffer.from(file.d, 'base64url');
  const seed = unwrapKey(keyOfPassphrase(passphrase(file.person), file.argon2id), Buffer.from(file.sealed, 'base64'));
  if (!seed) throw new CohortiumError('KEY_UNAVAILABLE', `the passphrase is not that of ${path}`);
  return seed;
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

function privateKeyOf(path: string, seed: Buffer): KeyObject {
  if (seed.length === 32) return ed25519PrivateKey(seed);
  throw new CohortiumError('LEDGER_KEY_UNSAFE', `${path} holds no Ed25519 key; restore it from a backup`);
}

function textOf(file: KeyFile): string {
  return `${JSON.stringify(file, null, 2)}\n`;
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
