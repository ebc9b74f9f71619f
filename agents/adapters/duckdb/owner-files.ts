/**
 * The signals of each segment by owner, in files beside the day buckets: what some customers did is read from them without the rest of
 * the log. They hold nothing that the segments do not; a file that is gone is made again.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { type CallOptions, sha256 } from '../../../skills/sdk/index.ts';
import { compareBytes, readOwnerRows, writeOwnerRows } from '../files/owner-rows.ts';
import { type SessionPlace, withDuckdb } from './duckdb-session.ts';
import type { SegmentRow } from './segment-digest.ts';
import { type SegmentEntry, segmentColumns } from './segment-schema.ts';

/** Rows of an owner as JSON arrays, comma-separated, so that the rows of a few owners are parsed at once. */
const rowsByOwner = `
  SELECT owner, string_agg(CAST(json_array(${segmentColumns.map(({ name }) => name).join(', ')}) AS VARCHAR), ',' ORDER BY ts_ms, id) AS rows
  FROM signals
  GROUP BY owner
  ORDER BY owner`;

export class OwnerFiles {
  readonly #place: SessionPlace;
  readonly #directory: string;

  /** @param directory folder of the files, made when absent */
  constructor(place: SessionPlace, directory: string) {
    this.#place = place;
    this.#directory = directory;
  }

  /** Makes the files that are missing. */
  async complete(segments: readonly SegmentEntry[], options: Pick<CallOptions, 'signal'>): Promise<void> {
    const missing = segments.filter((segment) => !existsSync(this.#path(segment)));
    if (missing.length === 0) return;
    mkdirSync(this.#directory, { recursive: true });
    await withDuckdb(this.#place, options, async (engine) => {
      for (const segment of missing) {
        options.signal.throwIfAborted();
        await engine.viewSegments([segment]);
        const writer = writeOwnerRows(this.#path(segment));
        try {
          await engine.eachText(rowsByOwner, (owner, rows) => writer.add(owner, rows));
          writer.finish();
        } finally {
          writer.close();
        }
      }
    });
  }

  /** Every signal of some owners; the files are complete. */
  read(segments: readonly SegmentEntry[], owners: readonly string[]): readonly SegmentRow[] {
    const wanted = [...new Set(owners)].sort(compareBytes);
    return segments.flatMap((segment) => {
      const found = readOwnerRows(this.#path(segment), wanted);
      return JSON.parse(`[${found.join(',')}]`) as SegmentRow[]; // written by the query above and nowhere else
    });
  }

  #path({ digest }: SegmentEntry): string {
    return join(this.#directory, `${digest}.by-owner-${sha256(rowsByOwner).slice(0, 8)}.rows`);
  }
}
