/** What the ledger says of erasures without the opening of a body: for who opens a directory and has to know before anything is read. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { explainSqlite, openForReading } from '../open-for-reading.ts';
import { ledgerPath } from './tables.ts';

/** Milliseconds to wait for who writes to the ledger. */
const patience = 5000;

export interface ErasuresOnRecord {
  /** Indexes of records that say an erasure is through. */
  readonly completed: readonly number[];
  /** Keys whose bodies were deleted, hex. */
  readonly kids: readonly string[];
}

/** Empty where there is no ledger. @param directory state folder */
export function erasuresOnRecord(directory: string): ErasuresOnRecord {
  const path = ledgerPath(directory);
  if (!existsSync(path)) return { completed: [], kids: [] };
  const database = explainSqlite(path, () => openForReading(path, patience));
  try {
    return explainSqlite(path, () => {
      const tables = new Set(database.prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all());
      if (!tables.has('erasure')) return { completed: [], kids: [] };
      return {
        completed: database.prepare<[], number>("SELECT idx FROM entry WHERE kind = 'erasure.completed' ORDER BY idx").pluck().all(),
        kids: database
          .prepare<[], Buffer>('SELECT kid.kid FROM erasure JOIN kid ON kid.id = erasure.kid')
          .pluck()
          .all()
          .map((kid) => kid.toString('hex')),
      };
    });
  } finally {
    database.close();
  }
}

/** How many erasures are through in the state folder that a store is in, or in a folder of. @param store path of its file */
export function erasuresBeside(store: string): number {
  const folders = [dirname(store), join(dirname(store), '..')];
  const state = folders.find((folder) => existsSync(ledgerPath(folder)));
  return state === undefined || store === ledgerPath(state) ? 0 : erasuresOnRecord(state).completed.length;
}
