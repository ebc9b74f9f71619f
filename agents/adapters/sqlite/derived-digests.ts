/**
 * Digests that stores keep of other digests and of names: what an effect was computed from, what a decision rested on, which customers were
 * assigned, whose refusal a message tells. Where what is underneath goes, these would be a way to guess at it. Reads only.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { openDatabase } from './open-database.ts';

export interface DerivedDigests {
  readonly digests: readonly string[];
  /** What they are of; null where that is not kept, and anybody may have been in it. */
  readonly from: string | null;
}

interface Place {
  readonly store: string;
  /** Answers a row of a JSON list of digests, and what they are of. */
  readonly sql: string;
}

const places: readonly Place[] = [
  {
    store: 'runs.db',
    sql: `SELECT json_array(json_extract(body, '$.digest'), json_extract(body, '$.stage.inputs')) AS digests, effect.input AS origin
      FROM fingerprint JOIN effect ON effect.id = fingerprint.effect_id`,
  },
  { store: 'outbox.db', sql: 'SELECT json_array(message) AS digests, json_array(customer, event) AS origin FROM opt_out' },
  { store: 'consents.db', sql: 'SELECT json_array(digest) AS digests, body AS origin FROM basis' },
  {
    store: 'experiments.db',
    sql: "SELECT json_array(json_extract(body, '$.customers')) AS digests, NULL AS origin FROM entry WHERE kind = 'assigned'",
  },
];

/** @param directory state folder */
export function derivedDigests(directory: string): readonly DerivedDigests[] {
  return places.flatMap(({ store, sql }) => {
    const path = join(directory, store);
    if (!existsSync(path)) return [];
    const database = openDatabase(path, '', { readonly: true });
    try {
      const rows = database.prepare<[], { readonly digests: string; readonly origin: string | null }>(sql).all();
      return rows.map(({ digests, origin }) => ({
        digests: (JSON.parse(digests) as readonly unknown[]).filter((digest) => typeof digest === 'string'), // a list by the statement
        from: origin,
      }));
    } finally {
      database.close();
    }
  });
}
