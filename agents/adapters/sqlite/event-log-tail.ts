/**
 * What is new in the log since somebody looked last, of one type of signal: segments that were sealed, and rows that wait in the inbox.
 * Both are read in one transaction, so that what is sealed meanwhile is seen in one place or the other and never in none.
 */
import type { SegmentRow } from '../duckdb/segment-digest.ts';
import type { SegmentEntry } from '../duckdb/segment-schema.ts';
import type { Database } from './open-database.ts';

/** How far somebody has read. Sealing empties the inbox, whose numbers begin anew: they count within one ordinal only. */
export interface LogPlace {
  /** Of the newest segment; 0 for none. */
  readonly ordinal: number;
  /** Of the newest row of the inbox that was there. */
  readonly seq: number;
}

export interface LogTail {
  readonly segments: readonly (SegmentEntry & { readonly ordinal: number })[];
  readonly rows: readonly SegmentRow[];
  readonly place: LogPlace;
}

export function readTail(database: Database, type: string, after: LogPlace): LogTail {
  return database.transaction((): LogTail => {
    const segments = database
      .prepare<[number], SegmentEntry & { readonly ordinal: number }>(
        `SELECT ordinal, digest, digest || '.parquet' AS file, events, first_day AS firstDay, last_day AS lastDay FROM segment
         WHERE ordinal > ? ORDER BY ordinal`,
      )
      .all(after.ordinal);
    const since = segments.length === 0 ? after.seq : 0;
    const last = database.prepare<[], number | null>('SELECT max(seq) FROM inbox').pluck().get() ?? 0;
    // The type is the second element of the array that a row is; the exact test below is for text that only looks like it.
    const rows =
      last <= since
        ? []
        : database
            .prepare<[number, string], { readonly signal: string }>(
              'SELECT signal FROM inbox WHERE seq > ? AND instr(signal, ?) > 0 ORDER BY seq',
            )
            .all(since, `"${type}"`)
            .map(({ signal }) => JSON.parse(signal) as SegmentRow) // written by the intake and nowhere else
            .filter((row) => row[1] === type);
    return { segments, rows, place: { ordinal: segments.at(-1)?.ordinal ?? after.ordinal, seq: Math.max(last, since) } };
  })();
}
