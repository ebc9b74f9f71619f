/**
 * The agent's keys as files: the Ed25519 key that signs ledger checkpoints, the key that subjects are committed to with, and
 * one secret per webhook subscriber. Made at random on first use. Refuses a key that others can read, and never replaces one.
 */
import { createHash, createHmac, createPrivateKey, createPublicKey, randomBytes, sign } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { z } from 'zod';

import { canonicalJson, CohortiumError } from '../../../skills/sdk/index.ts';
import { writeNewFile } from './write-new-file.ts';

export interface KeyringOptions {
  /** Derives the keys instead of drawing them, for demonstrations only: whoever knows the seed can sign. */
  readonly demonstrationSeed?: string;
}

export interface Keyring {
  /** Name of the checkpoint key and first line of every checkpoint. */
  readonly origin: string;
  /** Public key as C2SP signed notes write it; also in `ledger.vkey`. Hand it to whoever verifies. */
  readonly verifierKey: string;
  /** True when the keys were derived from a seed and prove nothing to others. */
  readonly isDemonstration: boolean;
  /** Ed25519 signature, 64 bytes. */
  readonly sign: (message: Uint8Array) => Buffer;
  /** Keyed commitment to texts, 64 hex digits; without the key it cannot be computed, so it cannot be guessed at. */
  readonly commit: (...texts: readonly string[]) => string;
  /**
   * Secret shared with a webhook subscriber, made at first use.
   * @param subscriber kebab-case id
   * @returns `whsec_` and base64 of 32 bytes
   */
  readonly webhookSecret: (subscriber: string) => string;
}

const keyFileSchema = z.strictObject({
  format: z.literal('cohortium/key@1'),
  purpose: z.string(),
  /** Why the key should not be trusted; null for a real one. */
  demonstration: z.string().nullable(),
  /** 32 bytes, base64. */
  key: z.string().regex(/^[A-Za-z0-9+/]{43}=$/),
});
type KeyFile = z.infer<typeof keyFileSchema>;

const demonstrationLabel = 'DEMONSTRATION KEY, derived from a seed: proves nothing to others. Never use it for real data.';
/** DER before the 32 bytes of an Ed25519 private key. @see RFC 8410 section 7 */
const privateKeyPrefix = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * Opens the keyring of a folder, or makes it.
 * @param directory folder of the key files, made with mode 0700
 * @throws {CohortiumError} LEDGER_KEY_UNSAFE when a key file can be read by others or is not a key file
 */
export function openKeyring(directory: string, { demonstrationSeed }: KeyringOptions = {}): Keyring {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const load = (purpose: string): KeyFile => loadOrMake(directory, purpose, demonstrationSeed);
  const signing = load('ledger-signing');
  const subjectKey = Buffer.from(load('subject-commitment').key, 'base64');
  const der = Buffer.concat([privateKeyPrefix, Buffer.from(signing.key, 'base64')]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const raw = Buffer.from(createPublicKey(privateKey).export({ format: 'jwk' }).x ?? '', 'base64url');
  const origin = `cohortium.local/ledger/${createHash('sha256').update(raw).digest('hex').slice(0, 16)}`;
  const verifierKey = `${origin}+${noteKeyId(origin, raw).toString('hex')}+${Buffer.concat([Buffer.from([1]), raw]).toString('base64')}`;
  const publicFile = join(directory, 'ledger.vkey');
  if (!existsSync(publicFile)) writeNewFile(publicFile, `${verifierKey}\n`, 0o644);
  return {
    origin,
    verifierKey,
    isDemonstration: signing.demonstration !== null,
    sign: (message) => sign(null, message, privateKey),
    commit: (...texts) => createHmac('sha256', subjectKey).update(canonicalJson(texts)).digest('hex'),
    webhookSecret: (subscriber) => `whsec_${load(`webhook-${subscriber}`).key}`,
  };
}

/**
 * First four bytes that a signed note writes before a signature.
 * @see https://c2sp.org/signed-note, Ed25519 signatures (type 0x01)
 */
export function noteKeyId(name: string, rawKey: Uint8Array): Buffer {
  const hash = createHash('sha256')
    .update(`${name}\n`)
    .update(Buffer.from([1]))
    .update(rawKey);
  return hash.digest().subarray(0, 4);
}

/**
 * The public key inside a verifier key `name+id+base64`, 32 bytes.
 * @throws {CohortiumError} ARGUMENT_INVALID when it is not an Ed25519 verifier key
 */
export function rawKeyOf(verifierKey: string): Buffer {
  const [name = '', id = '', ...rest] = verifierKey.split('+'); // base64 itself may hold a plus
  const bytes = Buffer.from(rest.join('+'), 'base64');
  const raw = bytes.subarray(1);
  if (bytes[0] !== 1 || raw.length !== 32 || noteKeyId(name, raw).toString('hex') !== id) {
    throw new CohortiumError('ARGUMENT_INVALID', `'${verifierKey}' is not an Ed25519 verifier key; keys/ledger.vkey holds one`);
  }
  return raw;
}

function loadOrMake(directory: string, purpose: string, seed: string | undefined): KeyFile {
  const path = join(directory, `${purpose}.json`);
  if (!existsSync(path)) {
    const bytes = seed === undefined ? randomBytes(32) : createHmac('sha256', `cohortium demonstration ${seed}`).update(purpose).digest();
    const demonstration = seed === undefined ? null : demonstrationLabel;
    const file: KeyFile = { format: 'cohortium/key@1', purpose, demonstration, key: bytes.toString('base64') };
    writeNewFile(path, `${JSON.stringify(file, null, 2)}\n`, 0o600);
  }
  refuseReadable(path);
  const parsed = keyFileSchema.safeParse(parseJson(readFileSync(path, 'utf8')));
  if (!parsed.success || parsed.data.purpose !== purpose) {
    throw new CohortiumError('LEDGER_KEY_UNSAFE', `${path} is not a key file for '${purpose}'; restore it from a backup`);
  }
  return parsed.data;
}

function refuseReadable(path: string): void {
  if (process.platform === 'win32') return; // no such mode bits there
  const mode = statSync(path).mode & 0o777;
  if ((mode & 0o077) === 0) return;
  const found = mode.toString(8).padStart(4, '0');
  throw new CohortiumError('LEDGER_KEY_UNSAFE', `${path} has mode ${found}, so others can read it; run 'chmod 600 ${path}'`, {
    detail: { path, mode: found },
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema says what is wrong
  }
}
