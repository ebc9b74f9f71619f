/**
 * Takes a person out of sealed segments: a segment that has signals of the person, or signals of others that name the person, is written
 * anew without. The new file is on disk before the old one is let go, which the caller does when the log lists the new one.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { DuckDBInstance } from '@duckdb/node-api';

import { canonicalJson, type Json } from '../../../skills/sdk/index.ts';
import type { NameFinder, PersonNames } from '../../customer-data-graph/erasure/person-names.ts';
import type { SegmentRow } from './segment-digest.ts';
import { type SegmentEntry, segmentColumns } from './segment-schema.ts';
import { SegmentWriter } from './segment-writer.ts';

/** What a signal is in an erasure: nothing of it, to be removed, or about somebody else and naming the person. */
type Part = 'stays' | 'goes' | { readonly rewritten: SegmentRow };

const place = Object.fromEntries(segmentColumns.map(({ name }, index) => [name, index])) as Readonly<
  Record<(typeof segmentColumns)[number]['name'], number>
>;
const identityColumns = [
  ['user', place.user_id],
  ['email', place.email_hash],
  ['loyalty', place.loyalty_id],
  ['phone', place.phone_hash],
  ['anonymous', place.anonymous_id],
] as const;

/** Statements about who is whom: without one of the two they say nothing. */
const statementTypes: ReadonlySet<string> = new Set(['identity-link', 'identity-unlink']);

export function partOf(row: SegmentRow, names: PersonNames, finder: NameFinder): Part {
  if (names.owners.has(String(row[place.owner]))) return 'goes';
  const carried = identityColumns.filter(([kind, index]) => row[index] !== '' && names.owners.has(`${kind}:${row[index]}`));
  const properties = String(row[place.properties]);
  const isMentioned = finder.mentions(properties) || finder.mentions(String(row[place.order_id]));
  if (carried.length === 0 && !isMentioned) return 'stays';
  if (statementTypes.has(String(row[place.type]))) return 'goes';
  const rewritten = [...row];
  for (const [, index] of carried) rewritten[index] = '';
  if (isMentioned) {
    rewritten[place.properties] = canonicalJson(withoutMentions(JSON.parse(properties) as Json, finder)); // checked at capture
    rewritten[place.order_id] = finder.without(String(row[place.order_id]));
  }
  return { rewritten: rewritten as unknown as SegmentRow }; // the same columns
}

/** Properties that name the person go; a property that is not there says less than one that says `erased`. */
function withoutMentions(value: Json, finder: NameFinder, key = ''): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value))
    return (value as readonly Json[]).filter((one) => !isMention(one, finder, key)).map((one) => withoutMentions(one, finder, key));
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, field]): [string, Json][] =>
      field === undefined || isMention(field, finder, name) || finder.mentions(name, key)
        ? []
        : [[name, withoutMentions(field, finder, name)]],
    ),
  );
}

function isMention(value: Json, finder: NameFinder, key: string): boolean {
  return typeof value === 'string' && finder.mentions(value, key);
}

export interface SegmentParts {
  readonly segment: SegmentEntry;
  /** Ids of the signals that go. */
  readonly goes: readonly string[];
  /** Ids of signals of others that name the person. */
  readonly rewritten: readonly string[];
}

const pageRows = 20_000;

/** What of each segment goes. Segments without the person are left out. */
export async function findSignals(
  directory: string,
  segments: readonly SegmentEntry[],
  names: PersonNames,
  finder: () => NameFinder,
): Promise<readonly SegmentParts[]> {
  const found: SegmentParts[] = [];
  for (const segment of segments) {
    const goes: string[] = [];
    const rewritten: string[] = [];
    if (!existsSync(join(directory, segment.file))) continue;
    await eachPage(join(directory, segment.file), (rows) => {
      const look = finder();
      for (const row of rows) {
        const part = partOf(row, names, look);
        if (part === 'goes') goes.push(row[0]);
        else if (part !== 'stays') rewritten.push(row[0]);
      }
    });
    if (goes.length > 0 || rewritten.length > 0) found.push({ segment, goes, rewritten });
  }
  return found;
}

/**
 * Writes a segment without the person.
 * @returns the new segment; null when nothing is left
 */
export async function segmentWithout(
  directory: string,
  segment: SegmentEntry,
  names: PersonNames,
  finder: NameFinder,
): Promise<SegmentEntry | null> {
  const writer = await SegmentWriter.open(directory, segment.events);
  try {
    await eachPage(join(directory, segment.file), (rows) => {
      const kept = rows.flatMap((row): SegmentRow[] => {
        const part = partOf(row, names, finder);
        return part === 'goes' ? [] : [part === 'stays' ? row : part.rewritten];
      });
      if (kept.length > 0) writer.add(kept);
    });
    const [written] = await writer.finish();
    return written ?? null;
  } finally {
    writer.close();
  }
}

async function eachPage(path: string, visit: (rows: readonly SegmentRow[]) => void): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '1GB' });
  const connection = await instance.connect();
  try {
    const names = segmentColumns.map(({ name }) => name).join(', ');
    const result = await connection.stream(`SELECT ${names} FROM read_parquet('${path.replaceAll("'", "''")}')`);
    let page: SegmentRow[] = [];
    for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
      const columns = segmentColumns.map((_, index) => chunk.getColumnValues(index));
      for (let row = 0; row < chunk.rowCount; row++) {
        page.push(
          segmentColumns.map(({ type }, index) =>
            type === 'VARCHAR' ? String(columns[index]?.[row]) : Number(columns[index]?.[row]),
          ) as unknown as SegmentRow, // in the order of the columns
        );
      }
      if (page.length >= pageRows) {
        visit(page);
        page = [];
      }
    }
    if (page.length > 0) visit(page);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
