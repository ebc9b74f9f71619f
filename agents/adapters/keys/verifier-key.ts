/** Ed25519 public keys as C2SP signed notes write them: `name+id+base64`. @see https://c2sp.org/signed-note, type 0x01 */
import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

import { CohortiumError } from '../../../skills/sdk/index.ts';

/** DER before the 32 bytes of an Ed25519 private key. @see RFC 8410 section 7 */
const privateKeyPrefix = Buffer.from('302e020100300506032b657004220420', 'hex');

/** First four bytes that a signed note writes before a signature. */
export function noteKeyId(name: string, rawKey: Uint8Array): Buffer {
  const hash = createHash('sha256')
    .update(`${name}\n`)
    .update(Buffer.from([1]))
    .update(rawKey);
  return hash.digest().subarray(0, 4);
}

/** @param rawKey 32 bytes */
export function verifierKeyOf(name: string, rawKey: Uint8Array): string {
  return `${name}+${noteKeyId(name, rawKey).toString('hex')}+${Buffer.concat([Buffer.from([1]), rawKey]).toString('base64')}`;
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

/** @param seed 32 bytes */
export function ed25519PrivateKey(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([privateKeyPrefix, seed]), format: 'der', type: 'pkcs8' });
}

/** @returns 32 bytes */
export function rawPublicKey(key: KeyObject): Buffer {
  return Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x ?? '', 'base64url');
}
