/** Every identity that stands in the log, sealed or waiting, as `kind:value`: for who looks for somebody by a keyed hash. Reads only. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { DuckDBInstance } from '@duckdb/node-api';

import { waitingAndSealed } from '../sqlite/waiting-and-sealed.ts';

const columns = [
  ['user', 'user_id'],
  ['email', 'email_hash'],
  ['loyalty', 'loyalty_id'],
  ['phone', 'phone_hash'],
  ['anonymous', 'anonymous_id'],
] as const;

/** @param state state folder */
export async function identitiesOfSegments(state: string): Promise<ReadonlySet<string>> {
  const { segments, rows } = waitingAndSealed(state);
  const found = new Set<string>();
  for (const row of rows) {
    const [, , user, email, loyalty, phone, anonymous, owner] = row;
    found.add(owner);
    const values = [user, email, loyalty, phone, anonymous];
    for (const [at, [kind]] of columns.entries()) if (values[at]) found.add(`${kind}:${values[at]}`);
  }
  const files = segments.map(({ file }) => join(state, 'segments', file)).filter((path) => existsSync(path));
  if (files.length === 0) return found;
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '1GB' });
  const connection = await instance.connect();
  try {
    const source = `read_parquet([${files.map((path) => `'${path.replaceAll("'", "''")}'`).join(', ')}])`;
    const parts = columns.map(([kind, name]) => `SELECT '${kind}:' || ${name} AS owner FROM ${source} WHERE ${name} <> ''`);
    const result = await connection.stream(`SELECT DISTINCT owner FROM (${[`SELECT owner FROM ${source}`, ...parts].join(' UNION ALL ')})`);
    for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
      for (const owner of chunk.getColumnValues(0)) found.add(String(owner));
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
  return found;
}
