/**
 * Moves a vault to another vault key: every data key is wrapped anew, none is changed, and bodies stay as they are. Written beside the
 * old file and put in its place at once. What was shredded is not in the copy either.
 */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';

import { CohortiumError } from '../../../skills/sdk/index.ts';
import { flushFolder } from '../files/write-new-file.ts';
import { explainSqlite } from '../sqlite/open-database.ts';
import { openEncrypted, truncateWal } from './encrypted-database.ts';
import { vaultCipher } from './vault-cipher.ts';
import { vaultPath, vaultSchema } from './vault.ts';

/**
 * @param directory folder of vault.db, which nobody has open
 * @returns data keys that were wrapped anew
 * @throws {CohortiumError} VAULT_KEY_WRONG, STORE_*
 */
export function rewrapVault(directory: string, from: Uint8Array, to: Uint8Array): number {
  const path = vaultPath(directory);
  const [before, after] = [vaultCipher(from), vaultCipher(to)];
  const beside = `${path}.new`;
  for (const end of ['', '-wal', '-shm']) rmSync(`${beside}${end}`, { force: true }); // of a killed attempt
  const old = openEncrypted(path, before.pageKey, vaultSchema, { readonly: false });
  const moved = explainSqlite(path, () => {
    try {
      const next = openEncrypted(beside, after.pageKey, vaultSchema, { readonly: false });
      try {
        const rewrapped = (wrapped: Buffer): Buffer => {
          const key = before.unwrap(wrapped);
          if (!key) throw new CohortiumError('STORE_CORRUPT', `a data key in ${path} is damaged; nothing was changed`);
          return after.wrap(key);
        };
        let count = 0;
        next.transaction(() => {
          for (const [table, columns] of Object.entries(copied)) {
            const add = next.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`);
            for (const row of old.prepare<[], Row>(`SELECT ${columns.join(', ')} FROM ${table}`).iterate()) {
              if (table === 'key') count++;
              add.run(columns.map((column) => (isWrapped(table, column, row) ? rewrapped(row[column] as Buffer) : row[column])));
            }
          }
        })();
        truncateWal(next);
        return count;
      } finally {
        next.close();
      }
    } finally {
      truncateWal(old);
      old.close();
    }
  });
  const file = openSync(beside, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  for (const end of ['-wal', '-shm']) if (existsSync(`${path}${end}`)) rmSync(`${path}${end}`); // cut to nothing above
  renameSync(beside, path);
  flushFolder(dirname(path));
  return moved;
}

type Row = Readonly<Record<string, Buffer | number | string>>;

const copied: Readonly<Record<string, readonly string[]>> = {
  vault: ['name', 'value'],
  class: ['id', 'name'],
  key: ['subject', 'class', 'kid', 'wrapped', 'created', 'held'],
  tombstone: ['kid', 'shredded'],
};

/** Blobs that the vault key wraps: data keys, and the key that subjects are coded with. */
function isWrapped(table: string, column: string, row: Row): boolean {
  return (table === 'key' && column === 'wrapped') || (table === 'vault' && column === 'value' && row['name'] === 'subjects');
}
