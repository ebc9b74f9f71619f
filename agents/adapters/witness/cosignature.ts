/** Cosignatures of witnesses over checkpoints: read, and verified with the key that the operator trusts. @see https://c2sp.org/tlog-cosignature */
import { createHash, createPublicKey, verify } from 'node:crypto';

import { CohortiumError } from '../../../skills/sdk/index.ts';

export interface WitnessKey {
  readonly name: string;
  /** Ed25519, 32 bytes. */
  readonly raw: Buffer;
  /** What stands before its signatures, 4 bytes. */
  readonly id: Buffer;
}

const cosignatureType = 0x04;

/**
 * @param verifierKey `name+id+base64`, of type 0x04 (cosignature), or 0x01 as some witnesses print the same key
 * @throws {CohortiumError} CONFIG_INVALID
 */
export function witnessKey(verifierKey: string): WitnessKey {
  const [name = '', given = '', ...rest] = verifierKey.split('+'); // base64 may hold a plus
  const bytes = Buffer.from(rest.join('+'), 'base64');
  const type = bytes[0] ?? 0;
  const raw = bytes.subarray(1);
  if (raw.length !== 32 || ![0x01, cosignatureType].includes(type) || keyId(name, type, raw).toString('hex') !== given) {
    throw new CohortiumError(
      'CONFIG_INVALID',
      `'${verifierKey}' is no key of a witness; name+id+base64 was expected, as the witness prints it`,
    );
  }
  return { name, raw, id: keyId(name, cosignatureType, raw) };
}

function keyId(name: string, type: number, raw: Buffer): Buffer {
  return createHash('sha256').update(`${name}\n`).update(Buffer.of(type)).update(raw).digest().subarray(0, 4);
}

/**
 * The first line of the witness in a text that verifies; lines of others are passed over.
 * @param note signed checkpoint, with or without the line
 * @returns undefined when there is none
 */
export function cosignatureIn(text: string, note: string, key: WitnessKey): { readonly line: string; readonly time: string } | undefined {
  const body = note.slice(0, note.indexOf('\n\n') + 1);
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: key.raw.toString('base64url') }, format: 'jwk' });
  for (const [line, name, encoded = ''] of text.matchAll(/^— (\S+) ([A-Za-z0-9+/=]+)\n/gmu)) {
    const bytes = Buffer.from(encoded, 'base64');
    if (name !== key.name || bytes.length !== 76 || !bytes.subarray(0, 4).equals(key.id)) continue;
    const seconds = bytes.readBigUInt64BE(4);
    const message = Buffer.from(`cosignature/v1\ntime ${seconds}\n${body}`);
    if (!verify(null, message, publicKey, bytes.subarray(12)) || seconds > 8_640_000_000_000n) continue;
    return { line, time: new Date(Number(seconds) * 1000).toISOString() };
  }
  return undefined;
}
