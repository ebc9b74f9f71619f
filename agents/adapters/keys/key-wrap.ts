/** AES-256 key wrap: the form that keys are stored in under another key. @see RFC 3394 */
import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';

const initialValue = Buffer.alloc(8, 0xa6);

/** @returns 8 bytes more than the key */
export function wrapKey(wrapping: Uint8Array | KeyObject, key: Uint8Array): Buffer {
  const cipher = createCipheriv('id-aes256-wrap', wrapping, initialValue);
  return Buffer.concat([cipher.update(key), cipher.final()]);
}

/** @returns undefined when it was wrapped by another key, or changed since */
export function unwrapKey(wrapping: Uint8Array | KeyObject, wrapped: Uint8Array): Buffer | undefined {
  if (wrapped.length < 24) return undefined; // two blocks and the check, at least
  const decipher = createDecipheriv('id-aes256-wrap', wrapping, initialValue);
  try {
    return Buffer.concat([decipher.update(wrapped), decipher.final()]);
  } catch {
    return undefined; // the integrity check of the key wrap
  }
}
