/** A time stamp request as DER: SHA-256 of the data, a nonce, and that the certificate be in the answer. @see RFC 3161 section 2.4.1 */
import { createHash } from 'node:crypto';

/** SEQUENCE { OID 2.16.840.1.101.3.4.2.1, NULL }. */
const sha256Algorithm = Buffer.from('300d06096086480165030402010500', 'hex');

/**
 * @param data what is to be stamped; only its hash leaves
 * @param nonce 8 random bytes, the first of them from 1 to 127, so that they are a positive integer as they stand
 */
export function timeStampRequest(data: Uint8Array, nonce: Uint8Array): Buffer {
  const imprint = sequence(sha256Algorithm, tagged(0x04, createHash('sha256').update(data).digest()));
  const version = Buffer.from([0x02, 0x01, 0x01]);
  const certReq = Buffer.from([0x01, 0x01, 0xff]);
  return sequence(version, imprint, tagged(0x02, nonce), certReq);
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

/** Nothing here is longer than 127 bytes, where a length is one byte. */
function tagged(tag: number, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([tag, content.length]), content]);
}
