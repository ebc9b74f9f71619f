/**
 * The vault of an operator, opened with the key that is kept for it, and rewrapped to another. A rewrapping that was killed is finished
 * or taken back at the next open. Refuses a vault whose key is gone, rather than beginning a new one beside it.
 */
import { existsSync } from 'node:fs';

import { type Clock, isCohortiumError } from '../../../skills/sdk/index.ts';
import type { Vault } from '../../customer-data-graph/record/vault-interface.ts';
import type { VaultKeyFile } from '../keys/vault-key-file.ts';
import { openVault, vaultPath } from './vault.ts';

export interface KeptVaultOptions {
  readonly directory: string;
  readonly keys: VaultKeyFile;
  readonly clock: Clock;
  readonly readonly?: boolean;
  readonly demonstrationSeed?: string;
}

/** @throws {CohortiumError} KEY_UNAVAILABLE, VAULT_KEY_WRONG, STORE_* */
export function openKeptVault({ keys, ...options }: KeptVaultOptions): Vault {
  if (!existsSync(vaultPath(options.directory))) {
    if (options.readonly) return openVault({ ...options, vaultKey: Buffer.alloc(32) });
    return openVault({ ...options, vaultKey: keys.exists() ? (keys.next() ?? keys.current()) : keys.make() });
  }
  try {
    const vault = openVault({ ...options, vaultKey: keys.current() });
    if (!options.readonly) keys.settle('current');
    return vault;
  } catch (error) {
    const next = isCohortiumError(error) && error.code === 'VAULT_KEY_WRONG' ? keys.next() : undefined;
    if (!next) throw error;
    const vault = openVault({ ...options, vaultKey: next });
    if (!options.readonly) keys.settle('next');
    return vault;
  }
}
