/**
 * An Ed25519 key that the agent signs with: a file in the key folder, or a pair on a token that a pointer file names. Has a place for
 * the key that will take over, so that a killed rotation can go on. Refuses a token that cohortium.yaml no longer names.
 */
import { sign } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { z } from 'zod';

import { CohortiumError } from '../../../skills/sdk/index.ts';
import type { CheckpointKeySetting } from '../../customer-data-graph/keys/keys-config.ts';
import { writeNewFile } from '../files/write-new-file.ts';
import { type KeyFolder, replaceSecretFile } from './key-folder.ts';
import { openToken } from './pkcs11.ts';
import { ed25519PrivateKey, rawPublicKey } from './verifier-key.ts';

export interface SigningKey {
  /** 32 bytes. */
  readonly publicKey: Buffer;
  /** Ed25519 signature, 64 bytes. */
  readonly sign: (message: Uint8Array) => Buffer;
  readonly isDemonstration: boolean;
  readonly heldBy: string;
}

export interface SigningSlot {
  readonly isHere: () => boolean;
  /** The key in use, made at the first use. */
  readonly current: () => SigningKey;
  /** The key that was made to take over, if a rotation has begun. */
  readonly next: () => SigningKey | undefined;
  readonly makeNext: () => SigningKey;
  /** Puts the next key in the place of the current one, whose private half is removed. */
  readonly promote: () => void;
}

const pointerSchema = z.strictObject({ format: z.literal('cohortium/token-key@1'), id: z.string().regex(/^[0-9a-f]+$/) });

/** @param purpose such as `ledger-signing`; names the files */
export function signingSlot(
  folder: KeyFolder,
  purpose: string,
  setting: CheckpointKeySetting,
  env: Readonly<Record<string, string | undefined>>,
): SigningSlot {
  const pointer = (name: string): string => join(folder.directory, `${name}.token.json`);
  const upcoming = `${purpose}-next`;
  const at = (name: string): SigningKey => {
    if (!existsSync(pointer(name))) return ofFile(folder, name);
    const parsed = pointerSchema.safeParse(parseJson(readFileSync(pointer(name), 'utf8')));
    if (!parsed.success) throw new CohortiumError('KEY_UNAVAILABLE', `${pointer(name)} does not name a key of a token; restore it`);
    if (setting.by !== 'pkcs11') {
      throw new CohortiumError(
        'KEY_UNAVAILABLE',
        `the key '${purpose}' stands on a token, and keys.checkpoint in cohortium.yaml names none`,
      );
    }
    return { ...openToken(setting, env).pair(parsed.data.id), isDemonstration: false, heldBy: `pkcs11:${setting.token}/${setting.label}` };
  };
  const make = (name: string): SigningKey => {
    if (setting.by === 'file') return ofFile(folder, name);
    const { id } = openToken(setting, env).makePair();
    writeNewFile(pointer(name), `${JSON.stringify({ format: 'cohortium/token-key@1', id }, null, 2)}\n`, 0o600);
    return at(name);
  };
  const has = (name: string): boolean => existsSync(pointer(name)) || folder.has(name);
  return {
    isHere: () => has(purpose),
    current: () => (has(purpose) ? at(purpose) : make(purpose)),
    next: () => (has(upcoming) ? at(upcoming) : undefined),
    makeNext: () => (has(upcoming) ? at(upcoming) : make(upcoming)),
    promote: () => {
      if (existsSync(pointer(upcoming))) {
        replaceSecretFile(pointer(purpose), readFileSync(pointer(upcoming), 'utf8'));
        folder.remove(purpose);
        folder.remove(`${upcoming}.token`);
      } else {
        folder.replace(purpose, folder.secret(upcoming).key);
        folder.remove(`${purpose}.token`);
        folder.remove(upcoming);
      }
    },
  };
}

function ofFile(folder: KeyFolder, name: string): SigningKey {
  const { key: seed, isDemonstration } = folder.secret(name);
  const key = ed25519PrivateKey(seed);
  return { publicKey: rawPublicKey(key), sign: (message) => sign(null, message, key), isDemonstration, heldBy: `${name}.json` };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema says what is wrong
  }
}
