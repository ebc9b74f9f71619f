/**
 * A folder of secret files: each 32 bytes for one purpose, mode 0600 in a folder of mode 0700, sealed under the folder's key where
 * `keys.protect` says so: those that were made before it are sealed when the folder is opened. Made at the first use, replaced only by a
 * rotation. Refuses a folder or file that others can enter or read.
 */
import { createHmac, hkdfSync, randomBytes, randomUUID } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

import { z } from 'zod';

import { CohortiumError } from '../../../skills/sdk/index.ts';
import { flushFolder, writeNewFile } from '../files/write-new-file.ts';
import { unwrapKey, wrapKey } from './key-wrap.ts';

const keyFileSchema = z.union([
  z.strictObject({
    format: z.literal('cohortium/key@1'),
    purpose: z.string(),
    /** Why the key should not be trusted; null for a real one. */
    demonstration: z.string().nullable(),
    /** 32 bytes, base64. */
    key: z.string().regex(/^[A-Za-z0-9+/]{43}=$/),
  }),
  z.strictObject({
    format: z.literal('cohortium/sealed-key@1'),
    purpose: z.string(),
    /** As above; absent for a real one. */
    demonstration: z.string().optional(),
    /** 40 bytes, base64: AES key wrap under the folder's key. */
    sealed: z.string().regex(/^[A-Za-z0-9+/]{54}==$/),
  }),
]);
type KeyFile = z.infer<typeof keyFileSchema>;

export interface Secret {
  /** 32 bytes. */
  readonly key: Buffer;
  readonly isDemonstration: boolean;
}

export interface KeyFolder {
  readonly directory: string;
  /** The secret of a purpose, made at the first use. @throws {CohortiumError} LEDGER_KEY_UNSAFE, KEY_UNAVAILABLE */
  readonly secret: (purpose: string) => Secret;
  readonly has: (purpose: string) => boolean;
  /** Puts a secret in the place of another, at once or not at all. */
  readonly replace: (purpose: string, key: Buffer) => void;
  readonly remove: (purpose: string) => void;
  /** Whether the file of a purpose is sealed as it lies there. */
  readonly isSealed: (purpose: string) => boolean;
  /** Whether files that are made are sealed. */
  readonly isProtected: boolean;
}

export interface KeyFolderOptions {
  /** Derives the secrets instead of drawing them, for demonstrations only: whoever knows the seed has them. */
  readonly demonstrationSeed?: string;
  /** Seals files at rest; called once, when a file is first sealed or opened. */
  readonly folderKey?: () => Buffer;
}

const demonstrationLabel = 'DEMONSTRATION KEY, derived from a seed: proves nothing to others. Never use it for real data.';

/** @throws {CohortiumError} LEDGER_KEY_UNSAFE when others can enter the folder */
export function openKeyFolder(directory: string, { demonstrationSeed, folderKey }: KeyFolderOptions = {}): KeyFolder {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  refuseOpen(directory, 'enter it', '700');
  let sealing: { readonly key: Buffer } | undefined;
  const sealingKey = (purpose: string): Buffer | undefined => {
    if (!folderKey) return undefined;
    sealing ??= { key: folderKey() };
    // One per purpose, so that two files cannot be exchanged.
    return Buffer.from(hkdfSync('sha256', sealing.key, '', `cohortium/key-file@1 ${purpose}`, 32));
  };
  const pathOf = (purpose: string): string => join(directory, `${purpose}.json`);
  const labelOfNew = demonstrationSeed === undefined ? null : demonstrationLabel;
  /** @param demonstration stays with the key, sealed or not: what is known from a seed is no secret because it was sealed later */
  const textOf = (purpose: string, key: Buffer, demonstration = labelOfNew): string => {
    const under = sealingKey(purpose);
    const file: KeyFile = under
      ? {
          format: 'cohortium/sealed-key@1',
          purpose,
          ...(demonstration === null ? {} : { demonstration }),
          sealed: wrapKey(under, key).toString('base64'),
        }
      : { format: 'cohortium/key@1', purpose, demonstration, key: key.toString('base64') };
    return `${JSON.stringify(file, null, 2)}\n`;
  };
  const read = (purpose: string): Secret => {
    const path = pathOf(purpose);
    refuseOpen(path, 'read it', '600');
    const parsed = keyFileSchema.safeParse(parseJson(readFileSync(path, 'utf8')));
    if (!parsed.success || parsed.data.purpose !== purpose) {
      throw new CohortiumError('LEDGER_KEY_UNSAFE', `${path} is not a key file for '${purpose}'; restore it from a backup`);
    }
    const file = parsed.data;
    if ('key' in file) {
      const key = Buffer.from(file.key, 'base64');
      if (folderKey) replaceSecretFile(path, textOf(purpose, key, file.demonstration)); // protection came after the key
      return { key, isDemonstration: file.demonstration !== null };
    }
    const under = sealingKey(purpose);
    if (!under) throw new CohortiumError('KEY_UNAVAILABLE', `${path} is sealed, and cohortium.yaml has no keys.protect that would open it`);
    const key = unwrapKey(under, Buffer.from(file.sealed, 'base64'));
    if (!key)
      throw new CohortiumError('KEY_UNAVAILABLE', `${path} was sealed with another folder key than protection.json holds; restore both`);
    return { key, isDemonstration: file.demonstration !== undefined };
  };
  const formatOf = (purpose: string): KeyFile['format'] | undefined => {
    const parsed = existsSync(pathOf(purpose)) ? keyFileSchema.safeParse(parseJson(readFileSync(pathOf(purpose), 'utf8'))) : undefined;
    return parsed?.data?.format;
  };
  if (folderKey) {
    for (const [, purpose = ''] of readdirSync(directory).map((name) => /^(.+)\.json$/.exec(name) ?? [])) {
      if (formatOf(purpose) === 'cohortium/key@1') read(purpose); // seals it
    }
  }
  return {
    directory,
    isProtected: folderKey !== undefined,
    isSealed: (purpose) => formatOf(purpose) === 'cohortium/sealed-key@1',
    has: (purpose) => existsSync(pathOf(purpose)),
    secret: (purpose) => {
      if (!existsSync(pathOf(purpose))) {
        const key =
          demonstrationSeed === undefined
            ? randomBytes(32)
            : createHmac('sha256', `cohortium demonstration ${demonstrationSeed}`).update(purpose).digest();
        writeNewFile(pathOf(purpose), textOf(purpose, key), 0o600);
      }
      return read(purpose);
    },
    replace: (purpose, key) => replaceSecretFile(pathOf(purpose), textOf(purpose, key)),
    remove: (purpose) => {
      rmSync(pathOf(purpose), { force: true });
      flushFolder(directory);
    },
  };
}

/** Puts a whole file in the place of another; only its owner can read it, and it is on disk when this returns. */
export function replaceSecretFile(path: string, text: string): void {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const file = openSync(temporary, 'wx', 0o600);
    try {
      chmodSync(temporary, 0o600); // whatever the umask
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
  flushFolder(dirname(path));
}

/** @throws {CohortiumError} LEDGER_KEY_UNSAFE naming the mode that was found and the command that sets it right */
export function refuseOpen(path: string, what: string, mode: '600' | '700'): void {
  if (process.platform === 'win32') return; // no such mode bits there
  const found = statSync(path).mode & 0o777;
  if ((found & 0o077) === 0) return;
  const text = found.toString(8).padStart(4, '0');
  throw new CohortiumError('LEDGER_KEY_UNSAFE', `${path} has mode ${text}, so others can ${what}; run 'chmod ${mode} ${path}'`, {
    detail: { path, mode: text },
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema says what is wrong
  }
}
