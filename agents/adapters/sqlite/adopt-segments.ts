/**
 * Lists segments that were written beside the inbox, by a simulation, as if they had been sealed. Refuses a log that has signals
 * already: the two could say the same thing twice. Their ids are not among the known ones.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { CohortiumError } from '../../../skills/sdk/index.ts';
import type { SegmentEntry } from '../duckdb/segment-schema.ts';
import { eventLogSchema } from './event-log-schema.ts';
import { explainSqlite, openDatabase } from './open-database.ts';

/**
 * Runs `write` and lists the segments that it wrote, in one transaction at the end.
 * @param directory state folder @param currency ISO 4217, the log's from now on
 * @throws {CohortiumError} ARGUMENT_INVALID when the log is not empty; STORE_* as the disk says
 */
export async function adoptSegments<Written extends { readonly segments: readonly SegmentEntry[] }>(
  { directory, currency }: { readonly directory: string; readonly currency: string },
  write: () => Promise<Written>,
): Promise<Written> {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, 'inbox.db');
  const database = openDatabase(path, eventLogSchema);
  try {
    const used = database.prepare('SELECT (SELECT count(*) FROM inbox) + (SELECT count(*) FROM segment)').pluck().get();
    if (Number(used) > 0) {
      throw new CohortiumError('ARGUMENT_INVALID', `the log in ${directory} has signals already; simulate into a fresh operator directory`);
    }
    const written = await write();
    explainSqlite(path, () =>
      database
        .transaction(() => {
          database
            .prepare('INSERT INTO log_currency (one, currency) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET currency = excluded.currency')
            .run(currency);
          const add = database.prepare('INSERT INTO segment (digest, events, first_day, last_day) VALUES (?, ?, ?, ?)');
          for (const entry of written.segments) add.run(entry.digest, entry.events, entry.firstDay, entry.lastDay);
        })
        .immediate(),
    );
    return written;
  } finally {
    database.close();
  }
}
