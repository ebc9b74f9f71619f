/**
 * The key that seals the key files of a folder at rest, itself under a passphrase (argon2id) or in an age file. Without `keys.protect`
 * there is none, and the mode of the files is what keeps others out. Refuses an identity file that others can read, and a new passphrase
 * that is short.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { z } from 'zod';

import { CohortiumError } from '../../../skills/sdk/index.ts';
import type { KeyProtection } from '../../customer-data-graph/keys/keys-config.ts';
import { writeNewFile } from '../files/write-new-file.ts';
import { identityIn } from './age-file.ts';
import { refuseOpen } from './key-folder.ts';
import { askKeyService } from './key-service.ts';
import { unwrapKey, wrapKey } from './key-wrap.ts';
import { argon2idSchema, base64Form, keyOfPassphrase, newArgon2id, refuseShortPassphrase } from './passphrase.ts';

const fileSchema = z.discriminatedUnion('by', [
  z.strictObject({
    format: z.literal('cohortium/key-protection@1'),
    by: z.literal('passphrase'),
    argon2id: argon2idSchema,
    wrapped: z.string().regex(base64Form),
  }),
  z.strictObject({ format: z.literal('cohortium/key-protection@1'), by: z.literal('age'), file: z.string() }),
]);
type ProtectionFile = z.infer<typeof fileSchema>;

export interface ProtectionPlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Of the operator; a relative identity file stands there. */
  readonly operatorDirectory: string;
}

/**
 * The key of a protected folder, made at the first use.
 * @returns 32 bytes
 * @throws {CohortiumError} KEY_UNAVAILABLE without the passphrase or identity, or with a wrong one; ARGUMENT_INVALID for one that is too
 *   short to begin with; LEDGER_KEY_UNSAFE for an identity that others can read
 */
export function folderKeyOf(folder: string, protection: KeyProtection, place: ProtectionPlace): Buffer {
  const path = join(folder, 'protection.json');
  if (!existsSync(path)) {
    const key = randomBytes(32);
    writeNewFile(path, `${JSON.stringify(sealed(key, protection, place), null, 2)}\n`, 0o600);
  }
  const parsed = fileSchema.safeParse(parseJson(readFileSync(path, 'utf8')));
  if (!parsed.success) throw new CohortiumError('KEY_UNAVAILABLE', `${path} is not a key protection file; restore it from a backup`);
  const file = parsed.data;
  if (file.by !== protection.by) {
    const message = `${path} is protected by ${file.by}, and cohortium.yaml says keys.protect.by: ${protection.by}; set it to ${file.by}`;
    throw new CohortiumError('KEY_UNAVAILABLE', message);
  }
  return opened(file, protection, place, path);
}

function sealed(key: Buffer, protection: KeyProtection, place: ProtectionPlace): ProtectionFile {
  if (protection.by === 'age') {
    const keys = ageKeys(protection, place);
    if (keys.passphrase !== undefined) refuseShortPassphrase(keys.passphrase, `in ${protection.passphraseEnv}`);
    const bytes = askKeyService({ ask: 'age-seal', who: 'age', ...keys, recipients: protection.recipients, bytes: key });
    return { format: 'cohortium/key-protection@1', by: 'age', file: bytes.toString('utf8') };
  }
  const passphrase = secretIn(place, protection.env);
  refuseShortPassphrase(passphrase, `in ${protection.env}`);
  const argon2id = newArgon2id();
  const wrapped = wrapKey(keyOfPassphrase(passphrase, argon2id), key).toString('base64');
  return { format: 'cohortium/key-protection@1', by: 'passphrase', argon2id, wrapped };
}

function opened(file: ProtectionFile, protection: KeyProtection, place: ProtectionPlace, path: string): Buffer {
  if (file.by === 'age' && protection.by === 'age') {
    return askKeyService({ ask: 'age-open', who: path, ...ageKeys(protection, place), bytes: Buffer.from(file.file) });
  }
  if (file.by !== 'passphrase' || protection.by !== 'passphrase')
    throw new CohortiumError('KEY_UNAVAILABLE', `${path} is protected otherwise`);
  const key = unwrapKey(keyOfPassphrase(secretIn(place, protection.env), file.argon2id), Buffer.from(file.wrapped, 'base64'));
  if (!key) throw new CohortiumError('KEY_UNAVAILABLE', `the passphrase in ${protection.env} is not that of ${path}`);
  return key;
}

function ageKeys(
  protection: Extract<KeyProtection, { readonly by: 'age' }>,
  place: ProtectionPlace,
): { readonly passphrase?: string; readonly identity?: string } {
  if (protection.passphraseEnv !== undefined) return { passphrase: secretIn(place, protection.passphraseEnv) };
  const path = resolve(place.operatorDirectory, protection.identityFile ?? '');
  if (!existsSync(path)) throw new CohortiumError('KEY_UNAVAILABLE', `${path} does not exist; keys.protect.identityFile names it`);
  refuseOpen(path, 'read it', '600');
  return { identity: identityIn(readFileSync(path, 'utf8'), path) };
}

function secretIn({ env }: ProtectionPlace, variable: string): string {
  const value = env[variable];
  if (value !== undefined && value !== '') return value;
  throw new CohortiumError('KEY_UNAVAILABLE', `the environment variable ${variable} is not set; it opens the key files`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema says what is wrong
  }
}
