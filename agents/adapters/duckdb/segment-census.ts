/** Questions about sealed segments that need no warehouse: who is in them, and do they still say what their name says. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { CohortiumError, type Digest, z } from '../../../skills/sdk/index.ts';
import { resultColumn } from '../../customer-data-graph/features/feature-queries.ts';
import { makeFile } from '../files/make-file.ts';
import { withDuckdb } from './duckdb-session.ts';
import { rowDigest, SegmentDigest, type SegmentRow } from './segment-digest.ts';
import { folderBeside, type SegmentFileKind, SegmentFiles } from './segment-files.ts';
import { type SegmentEntry, segmentColumns } from './segment-schema.ts';

/** What was counted last: segments never change, so only new ones are looked at. Made again when it is gone. */
const censusSchema = z.object({ segments: z.array(z.string()), customers: z.int().min(0) });
type Census = z.output<typeof censusSchema>;

const keys = ['user_id', 'email_hash', 'loyalty_id', 'phone_hash', 'anonymous_id'];

const keysOfSignals = `SELECT DISTINCT ${keys.join(', ')} FROM signals`;

/** The distinct combinations of one segment. */
const keptKeys: SegmentFileKind = {
  name: 'keys',
  recipe: keysOfSignals,
  extension: 'parquet',
  write: (engine, path) => engine.writeFile(keysOfSignals, noDay, path),
};

/** No query here asks for a day. */
const noDay = { asOfDay: 0, endDay: 0 };

/** Nobody cancels a census: it comes after what it counts was listed. */
const never = { signal: new AbortController().signal };

/**
 * Distinct combinations of identities over segments, before identities are resolved. Those of each segment are kept beside the segments
 * (`buckets`), and what was counted last with them, so that a few new signals do not take the time of a long log.
 * @param directory folder of the segments
 * @param beside folder of what is kept of them
 * @throws {CohortiumError} CONTENT_NOT_FOUND when a segment file is absent
 */
export async function countCustomerKeys(
  directory: string,
  segments: readonly SegmentEntry[],
  beside = folderBeside(directory),
): Promise<number> {
  if (segments.length === 0) return 0;
  for (const { file } of segments) presentFile(directory, file);
  const path = join(beside, 'census.json');
  const wanted = new Set<string>(segments.map(({ digest }) => digest));
  const known = readCensus(path);
  // Counted with a segment that is not asked for now, it says nothing of these.
  const counted = known?.segments.every((digest) => wanted.has(digest)) === true ? known : { segments: [], customers: 0 };
  const isCounted = new Set(counted.segments);
  const fresh = segments.filter(({ digest }) => !isCounted.has(digest));
  if (fresh.length === 0) return counted.customers;
  const files = new SegmentFiles({ segments: directory }, beside, [keptKeys]);
  await files.complete(segments, never);
  const pathsOf = (entries: readonly SegmentEntry[]): string[] => entries.map((entry) => files.path(entry, keptKeys));
  const customers = await withDuckdb({ segments: directory }, never, async (engine) => {
    const old = segments.filter(({ digest }) => isCounted.has(digest));
    await engine.viewFiles('fresh', pathsOf(fresh));
    if (old.length > 0) await engine.viewFiles('old', pathsOf(old));
    const isSame = keys.map((key) => `o.${key} = f.${key}`).join(' AND ');
    const isKnown = old.length === 0 ? 'false' : `EXISTS (SELECT 1 FROM old o WHERE ${isSame})`;
    const distinct = `SELECT DISTINCT ${keys.join(', ')} FROM fresh`;
    const found = await engine.select(`SELECT count(*) AS customers FROM (${distinct}) f WHERE NOT ${isKnown}`, noDay);
    return counted.customers + Number(resultColumn(found, 'customers')[0] ?? 0);
  });
  const census = JSON.stringify({ segments: [...wanted], customers } satisfies Census);
  await makeFile(path, (temporary) => writeFileSync(temporary, census));
  return customers;
}

function readCensus(path: string): Census | undefined {
  try {
    return censusSchema.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data;
  } catch {
    // Absent, or cut short by a power cut: everything is counted again.
    return undefined;
  }
}

/**
 * The digest that a segment file should be named by, computed again from its rows.
 * @throws {CohortiumError} CONTENT_NOT_FOUND when the file is absent
 */
export async function digestOfSegment(directory: string, file: string): Promise<Digest> {
  return (await describeSegment(directory, file)).digest;
}

/** What a snapshot says of a segment, computed again from its rows. @throws {CohortiumError} CONTENT_NOT_FOUND when the file is absent */
export async function describeSegment(
  directory: string,
  file: string,
): Promise<Omit<SegmentEntry, 'digest' | 'file'> & { readonly digest: Digest }> {
  const path = presentFile(directory, file);
  const digest = new SegmentDigest();
  let [events, firstDay, lastDay] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  await withDuckdb({ segments: directory }, never, async (engine) => {
    await engine.viewFiles('rows_of_file', [path]);
    const names = segmentColumns.map(({ name }) => name);
    const found = await engine.select(`SELECT ${names.join(', ')} FROM rows_of_file ORDER BY ts_ms, id`, noDay);
    const columns = names.map((name) => resultColumn(found, name));
    for (const row of columns[0]?.keys() ?? []) {
      const cells = columns.map((column) => column[row]) as unknown as SegmentRow; // the columns are in the order of SegmentRow
      digest.add(rowDigest(cells));
      events += 1;
      firstDay = Math.min(firstDay, cells[dayPlace]);
      lastDay = Math.max(lastDay, cells[dayPlace]);
    }
  });
  return { digest: digest.finish(), events, firstDay, lastDay };
}

/** Of day_no in a row. */
const dayPlace = 9;

function presentFile(directory: string, file: string): string {
  const path = join(directory, file);
  if (existsSync(path)) return path;
  throw new CohortiumError('CONTENT_NOT_FOUND', `segment ${path} is absent, but the log lists it; restore it from a backup`);
}
