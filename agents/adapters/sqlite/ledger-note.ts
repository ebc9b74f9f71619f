/**
 * Checkpoints: what the ledger signs about itself, as text that other tools read (C2SP tlog-checkpoint in a signed note).
 * A checkpoint says how many records there were and the root of their tree; it names nobody.
 */
import { createPublicKey, verify } from 'node:crypto';

import { type Keyring, noteKeyId, rawKeyOf } from '../files/keyring.ts';

export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  /** Hex. */
  readonly root: string;
  /** The whole signed note. */
  readonly note: string;
}

/** @see https://c2sp.org/tlog-checkpoint and https://c2sp.org/signed-note */
export function signCheckpoint(keyring: Keyring, size: number, root: Buffer): Checkpoint {
  const body = `${keyring.origin}\n${size}\n${root.toString('base64')}\n`;
  const id = noteKeyId(keyring.origin, rawKeyOf(keyring.verifierKey));
  const signature = Buffer.concat([id, keyring.sign(Buffer.from(body))]).toString('base64');
  return { origin: keyring.origin, size, root: root.toString('hex'), note: `${body}\n— ${keyring.origin} ${signature}\n` };
}

/** 68 bytes of key id and Ed25519 signature are 92 base64 characters; anything shorter was cut by a crash. */
const noteForm = /([^\n]+)\n(0|[1-9]\d*)\n([A-Za-z0-9+/]{43}=)\n\n— (\S+) ([A-Za-z0-9+/]{91}=)\n/gu;

/** Every complete checkpoint in a text, in its order. Pieces that are none are passed over. */
export function readCheckpoints(text: string): Checkpoint[] {
  return Array.from(text.matchAll(noteForm), ([note, origin = '', size, root = '']) => ({
    origin,
    size: Number(size),
    root: Buffer.from(root, 'base64').toString('hex'),
    note,
  }));
}

/** Whether the note was signed with the key of that verifier key, under its name. */
export function isSignedBy(checkpoint: Checkpoint, verifierKey: string): boolean {
  const [name = ''] = verifierKey.split('+');
  const raw = rawKeyOf(verifierKey);
  const [, , , , signer, encoded = ''] = new RegExp(noteForm.source, 'u').exec(checkpoint.note) ?? [];
  const signature = Buffer.from(encoded, 'base64');
  if (checkpoint.origin !== name || signer !== name || !signature.subarray(0, 4).equals(noteKeyId(name, raw))) return false;
  const body = checkpoint.note.slice(0, checkpoint.note.indexOf('\n\n') + 1);
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') }, format: 'jwk' });
  return verify(null, Buffer.from(body), key, signature.subarray(4));
}
