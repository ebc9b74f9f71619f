/** The signals of segments by owner: what some customers did is read from them without the rest of the log. */
import { type CallOptions, compareBytes } from '../../../skills/sdk/index.ts';
import { readOwnerRows, writeOwnerRows } from '../files/owner-rows.ts';
import type { DuckdbEngine, SessionPlace } from './duckdb-session.ts';
import { type SegmentFileKind, SegmentFiles } from './segment-files.ts';
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

const byOwner: SegmentFileKind = {
  name: 'by-owner',
  // The number is that of the layout of the files.
  recipe: `3${packed}`,
  extension: 'rows',
  async write(engine, path) {
    const writer = writeOwnerRows(path);
    try {
      await engine.eachText(packed, (owner, rows) => writer.add(owner, rows));
      writer.finish();
    } finally {
      writer.close();
    }
  },
};

export class OwnerFiles {
  readonly #files: SegmentFiles;

  /** @param directory folder of the files, made when absent */
  constructor(place: SessionPlace, directory: string) {
    this.#files = new SegmentFiles(place, directory, [byOwner]);
  }

  /** Makes the files that are missing. */
  complete(segments: readonly SegmentEntry[], options: Pick<CallOptions, 'signal'>): Promise<void> {
    return this.#files.complete(segments, options);
  }

  /** Makes a table `signals` of every signal of some owners; the files are complete. */
  async keepSignals(engine: DuckdbEngine, segments: readonly SegmentEntry[], owners: readonly string[]): Promise<void> {
    const wanted = [...new Set(owners)].sort(compareBytes);
    const found = segments.flatMap((segment) => readOwnerRows(this.#files.path(segment, byOwner), wanted));
    await engine.load('packed', { owner: found.map(({ key }) => key), rows: found.map(({ text }) => text) });
    await engine.keepSignals(unpacked);
  }
}
