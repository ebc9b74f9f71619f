/** Every customer id and identity that fills a field of a store's rows, for who looks for somebody by a keyed hash. Reads only. */
import { join } from 'node:path';

import { openDatabase } from './open-database.ts';

/** Columns that hold a name and nothing else. */
const nameColumns: ReadonlySet<string> = new Set(['customer', 'customer_id', 'owner', 'left_identity', 'right_identity']);

/** @param state state folder @param stores paths in it */
export function namesInRows(state: string, stores: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const store of stores) {
    const database = openDatabase(join(state, store), '', { readonly: true });
    try {
      const tables = database.prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all();
      for (const table of tables) {
        const columns = database.prepare<[], { readonly name: string; readonly type: string }>(`PRAGMA table_info("${table}")`).all();
        const isMembers = table === 'customer';
        for (const { name, type } of columns) {
          if (type !== 'TEXT' || !(nameColumns.has(name) || (isMembers && name === 'id'))) continue;
          for (const value of database.prepare<[], string | null>(`SELECT DISTINCT "${name}" FROM "${table}"`).pluck().iterate()) {
            if (value !== null && value !== '') found.add(value);
          }
        }
      }
    } finally {
      database.close();
    }
  }
  return found;
}
