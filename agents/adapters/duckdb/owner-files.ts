/**
 * The signals of each segment by owner, in files beside the day buckets: what some customers did is read from them without the rest of
 * the log. They hold nothing that the segments do not; a file that is gone is made again.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { type CallOptions, sha256 } from '../../../skills/sdk/index.ts';
import { compareBytes, readOwnerRows, writeOwnerRows } from '../files/owner-rows.ts';
import { type DuckdbEngine, type SessionPlace, withDuckdb } from './duckdb-session.ts';
import { type SegmentEntry, segmentColumns } from './segment-schema.ts';

/** The columns of a segment but the owner, in order. */
const packedColumns = segmentColumns.filter(({ name }) => name !== 'owner');

/** Rows of an owner as JSON arrays, comma-separated, in no order: what is made of them depends on none, and to sort them takes longest. */
const packed = `
  SELECT owner, string_agg(CAST(json_array(${packedColumns.map(({ name }) => name).join(', ')}) AS VARCHAR), ',') AS rows
  FROM signals
  GROUP BY owner
  ORDER BY owner`;

/** The rows of the table `packed` (owner, rows) as signals again. */
const unpacked = `
  SELECT ${segmentColumns
    .map(({ name, type }) =>
      name === 'owner' ? name : `CAST(fields[${packedColumns.findIndex((own) => own.name === name) + 1}] AS ${type}) AS ${name}`,
    )
    .join(', ')}
  FROM (SELECT owner, unnest(from_json('[' || rows || ']', '[["VARCHAR"]]')) AS fields FROM packed)`;

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
          await engine.eachText(packed, (owner, rows) => writer.add(owner, rows));
          writer.finish();
        } finally {
          writer.close();
        }
      }
    });
  }

  /** Makes a table `signals` of every signal of some owners; the files are complete. */
  async keepSignals(engine: DuckdbEngine, segments: readonly SegmentEntry[], owners: readonly string[]): Promise<void> {
    const wanted = [...new Set(owners)].sort(compareBytes);
    const found = segments.flatMap((segment) => readOwnerRows(this.#path(segment), wanted));
    await engine.load('packed', { owner: found.map(({ key }) => key), rows: found.map(({ text }) => text) });
    await engine.keepSignals(unpacked);
  }

  #path({ digest }: SegmentEntry): string {
    return join(this.#directory, `${digest}.by-owner-${sha256(`3${packed}`).slice(0, 8)}.rows`);
  }
}
