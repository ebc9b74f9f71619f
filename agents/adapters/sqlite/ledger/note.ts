/**
 * Checkpoints: what the ledger signs about itself, as text that other tools read (C2SP tlog-checkpoint in a signed note).
 * A checkpoint says how many leaves there were and the root of their tree; it names nobody. The first line of signatures is Ed25519;
 * one by ML-DSA-44 may follow, which quantum computers are not known to forge.
 */
import { createPublicKey, verify } from 'node:crypto';

import type { Keyring } from '../../keys/keyring.ts';
import { noteKeyId, rawKeyOf } from '../../keys/verifier-key.ts';

export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  /** Hex. */
  readonly root: string;
  /** The whole signed note. */
  readonly note: string;
}

/** Adds a line to a checkpoint. */
export interface Cosigner {
  readonly name: string;
  /** C2SP verifier key. */
  readonly verifierKey: string;
  /** @returns key id and signature over the tree, as they stand in the line */
  readonly sign: (tree: Omit<Checkpoint, 'note'>) => Buffer;
}

/** @see https://c2sp.org/tlog-checkpoint and https://c2sp.org/signed-note */
export function signCheckpoint(keyring: Keyring, size: number, root: Buffer, cosigners: readonly Cosigner[] = []): Checkpoint {
  const { origin } = keyring;
  const body = `${origin}\n${size}\n${root.toString('base64')}\n`;
  const id = noteKeyId(origin, rawKeyOf(keyring.verifierKey));
  const tree = { origin, size, root: root.toString('hex') };
  const lines = [
    [origin, Buffer.concat([id, keyring.sign(Buffer.from(body))])] as const,
    ...cosigners.map((cosigner) => [cosigner.name, cosigner.sign(tree)] as const),
  ];
  return { ...tree, note: `${body}\n${lines.map(([name, signature]) => `— ${name} ${signature.toString('base64')}\n`).join('')}` };
}

/** 68 bytes of key id and Ed25519 signature are 92 base64 characters; anything shorter was cut by a crash. */
const noteForm = /([^\n]+)\n(0|[1-9]\d*)\n([A-Za-z0-9+/]{43}=)\n\n— (\S+) ([A-Za-z0-9+/]{91}=)\n(?:— \S+ [A-Za-z0-9+/]+=*\n)*/gu;

/** Every complete checkpoint in a text, in its order. Pieces that are none are passed over. */
export function readCheckpoints(text: string): Checkpoint[] {
  return Array.from(text.matchAll(noteForm), ([note, origin = '', size, root = '']) => ({
    origin,
    size: Number(size),
    root: Buffer.from(root, 'base64').toString('hex'),
    note,
  }));
}

/** Whether the first line of the note was signed with the key of that verifier key, under its name. */
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
