/**
 * The vault in SQLite: a data key per subject and retention class, in a file of its own that is encrypted as a whole, each key
 * wrapped besides. Subjects stand in it as codes. Shredding deletes, writes the file anew and cuts the WAL before it returns, and leaves
 * a tombstone that names nobody. Refuses to shred what is held. What lies below the file (snapshots, copy on write, worn flash cells)
 * is out of its reach.
 */
import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { type Clock, CohortiumError } from '../../../skills/sdk/index.ts';
import type { DataKey, KeyEntry, Vault } from '../../customer-data-graph/record/vault-interface.ts';
import { explainSqlite } from '../sqlite/open-database.ts';
import { type EncryptedDatabase, openEncrypted, rewritePages, truncateWal } from './encrypted-database.ts';
import { derivedDataKey, keyBytes, subjectCode, vaultCipher, type VaultCipher } from './vault-cipher.ts';

export interface VaultOptions {
  /** Folder of vault.db. */
  readonly directory: string;
  /** 32 bytes, unwrapped. */
  readonly vaultKey: Uint8Array;
  readonly clock: Clock;
  /** Reads only; there need not be a file. */
  readonly readonly?: boolean;
  /** Derives data keys instead of drawing them, for demonstrations only; passed over in a vault that was made without. */
  readonly demonstrationSeed?: string;
}

export const vaultSchema = `
  CREATE TABLE IF NOT EXISTS vault (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS class (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE IF NOT EXISTS key (
    subject BLOB NOT NULL, class INTEGER NOT NULL REFERENCES class (id), kid BLOB NOT NULL UNIQUE, wrapped BLOB NOT NULL,
    created INTEGER NOT NULL, held INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (subject, class)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS tombstone (kid BLOB PRIMARY KEY, shredded INTEGER NOT NULL) STRICT, WITHOUT ROWID`;

const demonstrationLabel = 'DEMONSTRATION KEYS, derived from a seed: shredding them hides nothing from who knows it.';
/** Keys made in one transaction. */
const chunkRows = 50_000;

export function vaultPath(directory: string): string {
  return join(directory, 'vault.db');
}

/**
 * Opens the vault of a folder, or makes it. Finishes what a killed process had begun to shred.
 * @throws {CohortiumError} VAULT_KEY_WRONG when the file does not open with the key
 * @throws {CohortiumError} STORE_BUSY, STORE_FULL, STORE_FORBIDDEN, STORE_CORRUPT, STORE_DURABILITY
 */
export function openVault(options: VaultOptions): Vault {
  const path = vaultPath(options.directory);
  if (options.readonly && !existsSync(path)) return emptyVault;
  const cipher = vaultCipher(options.vaultKey);
  const database = openEncrypted(path, cipher.pageKey, vaultSchema, { readonly: options.readonly ?? false });
  return explainSqlite(path, () => {
    try {
      if (!options.readonly) {
        describe(database, cipher, options.demonstrationSeed !== undefined);
        sweep(database);
      }
      const seed = options.demonstrationSeed !== undefined && valueOf(database, 'demonstration') ? options.demonstrationSeed : undefined;
      return vaultOver(database, cipher, subjectKeyOf(database, cipher, path), options.clock, seed);
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

interface KeyRow {
  readonly kid: Buffer;
  readonly wrapped: Buffer;
}

interface StateRow {
  readonly kid: Buffer;
  readonly class: string;
  readonly created: number;
  readonly held: number;
}

function vaultOver(database: EncryptedDatabase, cipher: VaultCipher, subjectKey: KeyObject, clock: Clock, seed: string | undefined): Vault {
  const path = database.name;
  const find = database.prepare<[Buffer, number], KeyRow>('SELECT kid, wrapped FROM key WHERE subject = ? AND class = ?');
  const byKid = database.prepare<[Buffer], KeyRow & { readonly held: number }>('SELECT kid, wrapped, held FROM key WHERE kid = ?');
  const classIdOf = database.prepare<[string], { readonly id: number }>('SELECT id FROM class WHERE name = ?');
  const ofSubject = database.prepare<[Buffer], StateRow>(
    'SELECT kid, class.name AS class, created, held FROM key JOIN class ON class.id = key.class WHERE subject = ? ORDER BY class.name',
  );
  const isTombstone = database.prepare<[Buffer]>('SELECT 1 FROM tombstone WHERE kid = ?');

  const opened = ({ kid, wrapped }: KeyRow): Buffer => {
    const key = cipher.unwrap(wrapped);
    if (!key) throw new CohortiumError('STORE_CORRUPT', `the data key ${kid.toString('hex')} in ${path} is damaged; restore the vault`);
    return key;
  };

  const derived = (subject: string, recordClass: string): { readonly kid: Buffer; readonly key: Buffer } => {
    for (let generation = 0; ; generation++) {
      const made = derivedDataKey(seed ?? '', subject, recordClass, generation);
      if (!isTombstone.get(made.kid)) return made;
    }
  };

  const keysFor = (subjects: readonly string[], recordClass: string): DataKey[] => {
    const codes = subjects.map((subject) => subjectCode(subjectKey, subject));
    // In the order of the index, so that a page is written once and not once per row that falls on it.
    const order = Uint32Array.from(subjects.keys()).sort((a, b) => Buffer.compare(codes[a] ?? empty, codes[b] ?? empty));
    const keys = new Array<DataKey>(subjects.length);
    const known = classIdOf.get(recordClass)?.id;
    const missing: number[] = [];
    for (const at of order) {
      const row = known === undefined ? undefined : find.get(codes[at] ?? empty, known);
      if (row) keys[at] = { kid: row.kid.toString('hex'), key: opened(row) };
      else missing.push(at);
    }
    if (missing.length === 0) return keys;
    const classId = known ?? classMade(database, recordClass);
    const add = database.prepare('INSERT INTO key (subject, class, kid, wrapped, created) VALUES (?, ?, ?, ?, ?)');
    const created = clock.now();
    for (let from = 0; from < missing.length; from += chunkRows) {
      database
        .transaction((chunk: readonly number[]) => {
          const drawn = seed === undefined ? randomBytes(chunk.length * (16 + keyBytes)) : empty;
          chunk.forEach((at, row) => {
            const code = codes[at] ?? empty;
            const before = missing[from + row - 1];
            const twin = before !== undefined && codes[before]?.equals(code) ? keys[before] : undefined; // a subject named twice
            if (twin) {
              keys[at] = twin;
              return;
            }
            const offset = row * (16 + keyBytes);
            const made =
              seed === undefined
                ? { kid: drawn.subarray(offset, offset + 16), key: drawn.subarray(offset + 16, offset + 16 + keyBytes) }
                : derived(subjects[at] ?? '', recordClass);
            add.run(code, classId, made.kid, cipher.wrap(made.key), created);
            keys[at] = { kid: made.kid.toString('hex'), key: made.key };
          });
        })
        .immediate(missing.slice(from, from + chunkRows));
    }
    return keys;
  };

  const shred = (kids: readonly string[], atMs: number): string[] => {
    const live: string[] = [];
    database
      .transaction(() => {
        const remove = database.prepare('DELETE FROM key WHERE kid = ?');
        const remember = database.prepare('INSERT INTO tombstone (kid, shredded) VALUES (?, ?) ON CONFLICT (kid) DO NOTHING');
        for (const kid of kids) {
          const bytes = kidBytes(kid);
          const row = byKid.get(bytes);
          if (row?.held === 1) {
            throw new CohortiumError('KEY_HELD', `key ${kid} is under a legal hold; no key was shredded`, { detail: { kid } });
          }
          if (row) {
            remove.run(bytes);
            live.push(kid);
          }
          remember.run(bytes, atMs);
        }
        if (live.length > 0) database.prepare("INSERT INTO vault (name, value) VALUES (?, x'') ON CONFLICT DO NOTHING").run(unswept);
      })
      .immediate();
    sweep(database); // also when nothing was live: the call before may have ended here
    return live;
  };

  return {
    keysFor: (subjects, recordClass) => explainSqlite(path, () => keysFor(subjects, recordClass)),
    key: (kid) => {
      const row = explainSqlite(path, () => byKid.get(kidBytes(kid)));
      return row && opened(row);
    },
    stateOf: (kid) =>
      explainSqlite(path, () => {
        const row = byKid.get(kidBytes(kid));
        if (row) return row.held === 1 ? 'held' : 'live';
        return isTombstone.get(kidBytes(kid)) ? 'shredded' : 'unknown';
      }),
    entriesOf: (subject) => explainSqlite(path, () => ofSubject.all(subjectCode(subjectKey, subject))).map(entryOf),
    shred: (kids, atMs) => explainSqlite(path, () => shred(kids, atMs)),
    hold: (kids, isHeld) =>
      explainSqlite(path, () => {
        const set = database.prepare('UPDATE key SET held = ? WHERE kid = ?');
        database.transaction(() => kids.forEach((kid) => set.run(isHeld ? 1 : 0, kidBytes(kid)))).immediate();
      }),
    close: () => void database.close(),
  };
}

const empty = Buffer.alloc(0);

/** What is shredded has no row that could be linked to a subject, so only what lives is listed. */
function entryOf({ kid, class: recordClass, created, held }: StateRow): KeyEntry {
  const createdAt = new Date(created).toISOString();
  return { kid: kid.toString('hex'), class: recordClass, state: held === 1 ? 'held' : 'live', createdAt, shreddedAt: null };
}

/** What only looks sees where nothing was ever written. */
const emptyVault: Vault = {
  keysFor: (subjects) => {
    if (subjects.length === 0) return [];
    throw new CohortiumError('STORE_FORBIDDEN', 'there is no vault here, and it was opened to be read only; nothing was made');
  },
  key: () => undefined,
  stateOf: () => 'unknown',
  entriesOf: () => [],
  shred: () => [],
  hold: () => undefined,
  close: () => undefined,
};

/** @throws {CohortiumError} ARGUMENT_INVALID */
function kidBytes(kid: string): Buffer {
  if (/^[0-9a-f]{32}$/.test(kid)) return Buffer.from(kid, 'hex');
  throw new CohortiumError('ARGUMENT_INVALID', `'${kid}' is not a key id; 32 hex digits were expected`);
}

function classMade(database: EncryptedDatabase, name: string): number {
  return Number(database.prepare('INSERT INTO class (name) VALUES (?)').run(name).lastInsertRowid);
}

function describe(database: EncryptedDatabase, cipher: VaultCipher, isDemonstration: boolean): void {
  if (valueOf(database, 'subjects')) return;
  database
    .transaction(() => {
      const put = database.prepare('INSERT INTO vault (name, value) VALUES (?, ?)');
      put.run('format', Buffer.from('cohortium/vault@1'));
      put.run('subjects', cipher.wrap(cipher.firstSubjectKey));
      if (isDemonstration) put.run('demonstration', Buffer.from(demonstrationLabel));
    })
    .immediate();
}

function subjectKeyOf(database: EncryptedDatabase, cipher: VaultCipher, path: string): KeyObject {
  const wrapped = valueOf(database, 'subjects');
  const key = wrapped && cipher.unwrap(wrapped);
  if (!key)
    throw new CohortiumError('VAULT_KEY_WRONG', `${path} has no subject key that the vault key opens; restore the vault or its key`);
  return createSecretKey(key);
}

/** Stands in the file from the deletion of keys until no trace of them is left. */
const unswept = 'unswept';

function sweep(database: EncryptedDatabase): void {
  if (valueOf(database, unswept)) {
    rewritePages(database);
    database.prepare('DELETE FROM vault WHERE name = ?').run(unswept);
  }
  truncateWal(database);
}

function valueOf(database: EncryptedDatabase, name: string): Buffer | undefined {
  return database.prepare<[string], { readonly value: Buffer }>('SELECT value FROM vault WHERE name = ?').get(name)?.value;
}
