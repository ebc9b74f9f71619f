/**
 * What the key of the vault is used for, each use under a key of its own (HKDF): the pages of the file, the wrapping of data keys
 * (AES-KW), the codes that subjects are found by. Refuses wrapped keys that were changed or belong to another vault.
 * @see RFC 5869, RFC 3394
 */
import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';

import { unwrapKey, wrapKey } from '../keys/key-wrap.ts';

/** Bytes of the vault key and of every data key: AES-256. */
export const keyBytes = 32;

export interface VaultCipher {
  /** Hex, as `PRAGMA key` takes it raw: no derivation at every open. */
  readonly pageKey: string;
  /** @returns 40 bytes */
  readonly wrap: (key: Uint8Array) => Buffer;
  /** @returns undefined when it was wrapped by another key, or changed since */
  readonly unwrap: (wrapped: Uint8Array) => Buffer | undefined;
  /** Key that subjects are coded with in a vault that begins with this key; kept when the vault key is replaced. */
  readonly firstSubjectKey: Buffer;
}

/** @param vaultKey 32 bytes */
export function vaultCipher(vaultKey: Uint8Array): VaultCipher {
  const derived = (use: string): Buffer => Buffer.from(hkdfSync('sha256', vaultKey, '', `cohortium/vault@1 ${use}`, keyBytes));
  const wrapping = createSecretKey(derived('data keys')); // once: of bytes, every cipher would make one
  return {
    pageKey: derived('pages').toString('hex'),
    wrap: (key) => wrapKey(wrapping, key),
    unwrap: (wrapped) => unwrapKey(wrapping, wrapped),
    firstSubjectKey: derived('subjects'),
  };
}

/** Code of a subject, 16 bytes: computed by who has the key, guessed by nobody else. */
export function subjectCode(subjectKey: Uint8Array | KeyObject, subject: string): Buffer {
  return createHmac('sha256', subjectKey).update(subject).digest().subarray(0, 16);
}

/**
 * Key id and data key of a demonstration: the same from the same seed, so that its ledger is the same. Whoever knows the seed has
 * them, also after they were shredded.
 * @param generation how many keys of this subject and class were shredded before
 */
export function derivedDataKey(
  seed: string,
  subject: string,
  recordClass: string,
  generation: number,
): { readonly kid: Buffer; readonly key: Buffer } {
  const text = JSON.stringify([subject, recordClass, generation]);
  const derived = (use: string): Buffer => createHmac('sha256', `cohortium demonstration ${seed}`).update(`${use} ${text}`).digest();
  return { kid: derived('kid').subarray(0, 16), key: derived('data key') };
}
