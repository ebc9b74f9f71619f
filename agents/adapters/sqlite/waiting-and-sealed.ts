/** The log as it stands on disk: segments that are listed, and rows that wait. Reads only, beside who writes. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import type { SegmentRow } from '../duckdb/segment-digest.ts';
import type { SegmentEntry } from '../duckdb/segment-schema.ts';
import { openDatabase } from './open-database.ts';

/** @param state state folder */
export function waitingAndSealed(state: string): { readonly segments: readonly SegmentEntry[]; readonly rows: readonly SegmentRow[] } {
  const path = join(state, 'inbox.db');
  if (!existsSync(path)) return { segments: [], rows: [] };
  const database = openDatabase(path, '', { readonly: true });
  try {
    const segments = database
      .prepare<[], SegmentEntry>(
        `SELECT digest, digest || '.parquet' AS file, events, first_day AS firstDay, last_day AS lastDay FROM segment ORDER BY ordinal`,
      )
      .all();
    const rows = database
      .prepare<[], string>('SELECT signal FROM inbox ORDER BY seq')
      .pluck()
      .all()
      .map((text) => JSON.parse(text) as SegmentRow); // written by the intake and nowhere else
    return { segments, rows };
  } finally {
    database.close();
  }
}
