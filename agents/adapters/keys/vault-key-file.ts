/**
 * The key of the vault at rest: `vault-key.json` in the key folder, wrapped by a key file, a KMS or a token. Holds two keys while the
 * vault is being rewrapped. Makes a key only where there is no vault yet: a new key in place of a lost one would open nothing.
 */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { z } from 'zod';

import { CohortiumError } from '../../../skills/sdk/index.ts';
import type { VaultKeySetting } from '../../customer-data-graph/keys/keys-config.ts';
import type { KeyWrapper } from '../../customer-data-graph/record/key-interface.ts';
import { type KeyFolder, replaceSecretFile } from './key-folder.ts';
import { askKeyService } from './key-service.ts';
import { unwrapKey, wrapKey } from './key-wrap.ts';
import { openToken } from './pkcs11.ts';

const base64 = z.string().regex(/^[A-Za-z0-9+/]+={0,2}$/);
const entrySchema = z.strictObject({ wrapper: z.string(), wrapped: base64 });
const fileSchema = z.strictObject({
  format: z.literal('cohortium/vault-key@1'),
  current: entrySchema,
  /** While the vault is being rewrapped. */
  next: entrySchema.nullable(),
});
type Entry = z.infer<typeof entrySchema>;

export interface VaultKeyFile {
  /** Which wrapper holds the current key; null before there is one. */
  readonly wrapper: () => string | null;
  /** @throws {CohortiumError} KEY_UNAVAILABLE when there is none, or its wrapper does not answer */
  readonly current: () => Buffer;
  readonly next: () => Buffer | undefined;
  readonly exists: () => boolean;
  /** Puts a key in place where there is none; a drawn one unless given. */
  readonly make: (key?: Buffer) => Buffer;
  /** Notes the key that the vault is about to be rewrapped to. */
  readonly announce: (key: Buffer) => void;
  /** Keeps one of the two and forgets the other. */
  readonly settle: (which: 'current' | 'next') => void;
}

/** First of 16 hex digits by which a vault key can be named: says nothing about it. */
export function vaultKeyId(key: Uint8Array): string {
  return createHash('sha256').update('cohortium vault key id').update(key).digest('hex').slice(0, 16);
}

export function vaultKeyFile(
  folder: KeyFolder,
  setting: VaultKeySetting,
  env: Readonly<Record<string, string | undefined>>,
  /** Key of a demonstration, derived. */
  demonstrationKey: Buffer | undefined,
): VaultKeyFile {
  const path = join(folder.directory, 'vault-key.json');
  const read = (): z.infer<typeof fileSchema> => {
    if (!existsSync(path)) {
      throw new CohortiumError(
        'KEY_UNAVAILABLE',
        `${path} is gone, which opened the vault; 'cohortium keys recover' puts it back from escrow`,
      );
    }
    const parsed = fileSchema.safeParse(parseJson(readFileSync(path, 'utf8')));
    if (!parsed.success)
      throw new CohortiumError('KEY_UNAVAILABLE', `${path} is not a vault key file; restore it or recover it from escrow`);
    return parsed.data;
  };
  const write = (current: Entry, next: Entry | null): void =>
    replaceSecretFile(path, `${JSON.stringify({ format: 'cohortium/vault-key@1', current, next }, null, 2)}\n`);
  const wrapped = (key: Buffer): Entry => {
    const wrapper = newWrapper(folder, setting, env);
    return { wrapper: wrapper.id, wrapped: wrapper.wrap(key).toString('base64') };
  };
  const opened = (entry: Entry): Buffer => wrapperNamed(entry.wrapper, folder, setting, env).unwrap(Buffer.from(entry.wrapped, 'base64'));
  return {
    exists: () => existsSync(path),
    wrapper: () => (existsSync(path) ? read().current.wrapper : null),
    current: () => opened(read().current),
    next: () => {
      const { next } = read();
      return next ? opened(next) : undefined;
    },
    make: (given) => {
      const key = given ?? demonstrationKey ?? randomBytes(32);
      write(wrapped(key), null);
      return key;
    },
    announce: (key) => write(read().current, wrapped(key)),
    settle: (which) => {
      const { current, next } = read();
      if (!next) return;
      const [kept, gone] = which === 'next' ? [next, current] : [current, next];
      write(kept, null);
      if (gone.wrapper.startsWith(filePrefix) && gone.wrapper !== kept.wrapper) folder.remove(gone.wrapper.slice(filePrefix.length));
    },
  };
}

const filePrefix = 'file:';

function newWrapper(folder: KeyFolder, setting: VaultKeySetting, env: Readonly<Record<string, string | undefined>>): KeyWrapper {
  // A file of its own for every wrapped key, so that replacing the key replaces what wraps it.
  const name = `${filePrefix}vault-wrapping-${folder.has('vault-wrapping-1') ? randomBytes(4).toString('hex') : '1'}`;
  return setting.by === 'file' ? fileWrapper(name, folder) : wrapperNamed(settingId(setting), folder, setting, env);
}

function wrapperNamed(
  id: string,
  folder: KeyFolder,
  setting: VaultKeySetting,
  env: Readonly<Record<string, string | undefined>>,
): KeyWrapper {
  if (id.startsWith(filePrefix)) {
    if (!folder.has(id.slice(filePrefix.length))) {
      throw new CohortiumError(
        'KEY_UNAVAILABLE',
        `${folder.directory} has no ${id.slice(filePrefix.length)}.json, which wraps the vault key`,
      );
    }
    return fileWrapper(id, folder);
  }
  if (setting.by === 'aws-kms' && id === settingId(setting)) {
    const { keyId, region, endpoint } = setting;
    const common = { who: id, keyId, ...(region === undefined ? {} : { region }), ...(endpoint === undefined ? {} : { endpoint }) };
    return {
      id,
      wrap: (key) => askKeyService({ ...common, ask: 'kms-encrypt', bytes: key }),
      unwrap: (bytes) => askKeyService({ ...common, ask: 'kms-decrypt', bytes }),
    };
  }
  if (setting.by === 'pkcs11' && id === settingId(setting)) {
    const token = openToken(setting, env);
    return { id, wrap: token.encrypt, unwrap: token.decrypt };
  }
  throw new CohortiumError(
    'KEY_UNAVAILABLE',
    `the vault key was wrapped by ${id}, and keys.vault names ${settingId(setting)}; name that one`,
  );
}

function fileWrapper(id: string, folder: KeyFolder): KeyWrapper {
  const { key: wrapping } = folder.secret(id.slice(filePrefix.length));
  return {
    id,
    wrap: (key) => wrapKey(wrapping, key),
    unwrap: (bytes) => {
      const key = unwrapKey(wrapping, bytes);
      if (!key)
        throw new CohortiumError('KEY_UNAVAILABLE', `${id.slice(filePrefix.length)}.json does not open vault-key.json; restore both`);
      return key;
    },
  };
}

function settingId(setting: VaultKeySetting): string {
  if (setting.by === 'aws-kms') return `aws-kms:${setting.keyId}`;
  return setting.by === 'pkcs11' ? `pkcs11:${setting.token}/${setting.label}` : 'a file';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema says what is wrong
  }
}
