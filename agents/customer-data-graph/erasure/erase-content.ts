/**
 * Takes a person out of the content store: every object that names the person, or has rows that are the person's by their place, is
 * written again without, and so is every object that names one of these by its digest. The old one is removed, and a name that says
 * nothing stands for its digest from then on. Snapshots name the segments that were written anew. What is about the person nowhere
 * keeps its bytes and its digest.
 */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { type ContentStore, decodeTable, isCohortiumError, type Json, type Ref, type Table } from '../../../skills/sdk/index.ts';
import { isoDate } from '../../../skills/sdk/numeric/index.ts';
import type { SegmentEntry, Snapshot } from '../../adapters/duckdb/segment-schema.ts';
import { erasureOf, markAgain, markedPaths, markErased } from '../../adapters/files/erased-content.ts';
import { relistObjects } from '../../adapters/files/object-list.ts';
import type { DerivedDigests } from '../../adapters/sqlite/derived-digests.ts';
import type { Finding, Sought } from './eraser-interface.ts';
import { digestsIn } from './gone-digests.ts';
import { jsonWithout, searchedTokens } from './person-names.ts';
import type { PlacedRows } from './rows-by-place.ts';
import { rowsOf, subjectColumns, tableRenamed, tableWithout } from './table-without.ts';

export interface ContentPlace {
  /** Folder of the store. */
  readonly directory: string;
  readonly content: ContentStore;
  readonly placed: PlacedRows;
  /** Segments that were written anew: by the old digest; null for one that is empty now. */
  readonly segments: ReadonlyMap<string, SegmentEntry | null>;
  /** Digests that were made of digests. */
  readonly derived: readonly DerivedDigests[];
  /** Called with all that goes before anything does, so that it is known after a crash. */
  readonly rememberGone: (gone: readonly string[]) => void;
}

/** Objects that would be written again. */
export function findContent(place: ContentPlace, sought: Sought): readonly Finding[] {
  let count = 0;
  for (const object of objectsOf(place.directory)) if (changedObject(object, place, sought)) count += 1;
  return count > 0 ? [{ store: 'content', what: 'objects', count }] : [];
}

export function eraseContent(place: ContentPlace, sought: Sought): readonly Finding[] {
  const { gone } = sought;
  findGone(place, sought);
  place.rememberGone(gone.all());
  let count = 0;
  for (const object of objectsOf(place.directory)) {
    if (!gone.has(object.digest)) continue;
    const changed = changedObject(object, place, sought);
    if (!changed) continue;
    const ref: Ref = changed.kind === 'table' ? place.content.putTable(changed.table) : place.content.putJson(changed.value);
    markErased(pathOf(place.directory, gone.nameOf(object.digest)), { erasure: sought.erasure, replacement: ref.digest });
    rmSync(object.path);
    count += 1;
  }
  markWhatWasMarked(place.directory, sought);
  relistObjects(place.directory);
  return count > 0 ? [{ store: 'content', what: 'objects', count }] : [];
}

/** Adds what goes: objects of the person, what names them by their digests, what was made of these, and so on. */
function findGone(place: ContentPlace, sought: Sought): void {
  const { gone } = sought;
  const objects = [...objectsOf(place.directory)];
  const known = new Set([...objects.map(({ digest }) => digest), ...place.derived.flatMap(({ digests }) => digests), ...gone.all()]);
  /** Digests that an object names, of those that can go at all. */
  const named = new Map<string, readonly string[]>();
  for (const object of objects) {
    if (changedObject(object, place, sought)) gone.add([object.digest]);
    const inside = digestsIn(readFileSync(object.path, 'latin1')).filter((digest) => known.has(digest));
    if (inside.length > 0) named.set(object.digest, inside);
  }
  const names = new Set(gone.all().map(gone.nameOf));
  const { mentions } = sought.finder();
  // What was named before, by a process that was killed, has its name.
  const derived = place.derived.filter(({ digests }) => !digests.some((digest) => names.has(digest)));
  for (let before = -1; before < gone.size();) {
    before = gone.size();
    for (const { digests, from } of derived) if (from === null || gone.isIn(from) || mentions(from)) gone.add(digests);
    for (const [digest, inside] of named) if (inside.some(gone.has)) gone.add([digest]);
  }
}

/** What an earlier erasure left of an object may have been written again by this one. */
function markWhatWasMarked(directory: string, { gone }: Sought): void {
  for (const path of markedPaths(directory)) {
    const mark = erasureOf(path);
    if (!mark?.replacement || !gone.has(mark.replacement)) continue;
    const again = erasureOf(pathOf(directory, gone.nameOf(mark.replacement)));
    if (again) markAgain(path, { erasure: mark.erasure, replacement: again.replacement });
  }
}

function pathOf(directory: string, digest: string): string {
  return join(directory, digest.slice(0, 2), digest);
}

interface StoredObject {
  readonly digest: string;
  readonly path: string;
}

function* objectsOf(directory: string): Generator<StoredObject> {
  if (!existsSync(directory)) return;
  for (const folder of readdirSync(directory)) {
    if (!/^[0-9a-f]{2}$/.test(folder)) continue;
    for (const name of readdirSync(join(directory, folder))) {
      const path = join(directory, folder, name);
      if (/^[0-9a-f]{64}$/.test(name)) yield { digest: name, path };
      else if (name.endsWith('.tmp')) rmSync(path, { force: true }); // half an object of a process that was killed
    }
  }
}

type ChangedObject = { readonly kind: 'table'; readonly table: Table } | { readonly kind: 'json'; readonly value: Json };

function changedObject({ digest, path }: StoredObject, place: ContentPlace, sought: Sought): ChangedObject | undefined {
  const bytes = readFileSync(path);
  const own = place.placed.get(digest) ?? new Set<number>();
  const names = [...searchedTokens(sought.names), ...[...sought.names.exact].filter((name) => name !== '')];
  const isNamed = names.some((name) => bytes.includes(name, 0, 'utf8'));
  const renamed = [...place.segments.keys()].filter((segment) => bytes.includes(segment));
  const isGone = sought.gone.has(digest);
  if (own.size === 0 && !isNamed && renamed.length === 0 && !isGone && !mayHideContact(bytes, sought)) return undefined;
  const table = tableOf(bytes);
  if (table) {
    const before = rowsOf(table, sought.names, sought.finder());
    if (own.size === 0 && before.size === 0 && !isNamed && !isGone) return undefined;
    const without = tableWithout(table, sought.names, sought.finder(), own);
    const after = isGone ? tableRenamed(without, sought.gone.rename) : without;
    return isSameTable(table, after) ? undefined : { kind: 'table', table: after };
  }
  const value = jsonOf(bytes);
  if (value === undefined) return undefined;
  const withSegments = renamed.length > 0 ? segmentsRenamed(value, place.segments) : value;
  const without = jsonWithout(withSegments, sought.finder(), 'blank');
  const after = isGone ? (JSON.parse(sought.gone.rename(JSON.stringify(without))) as Json) : without; // the same with other texts
  return JSON.stringify(after) === JSON.stringify(value) ? undefined : { kind: 'json', value: after };
}

/** An address in the clear is found by its hash alone. */
function mayHideContact(bytes: Buffer, { names }: Sought): boolean {
  return bytes.includes('@') && names.identities.some(({ kind }) => kind === 'email');
}

function tableOf(bytes: Buffer): Table | undefined {
  try {
    return decodeTable(bytes).table;
  } catch (error) {
    if (isCohortiumError(error)) return undefined; // JSON
    throw error;
  }
}

function jsonOf(bytes: Buffer): Json | undefined {
  try {
    return JSON.parse(bytes.toString('utf8')) as Json; // canonical JSON, or nothing of ours
  } catch {
    return undefined;
  }
}

function isSameTable(one: Table, other: Table): boolean {
  return Object.entries(one.columns).every(([name, column]) => {
    const twin = other.columns[name];
    if (twin === column) return true;
    if (twin === undefined || twin.type !== column.type) return false;
    if (column.type === 'text') return column.values.every((value, row) => value === twin.values[row]);
    if (column.type === 'coded' && twin.type === 'coded') {
      const theirs = new Set(twin.texts);
      return (
        column.texts.length === theirs.size && column.values.every((code, row) => column.texts[code] === twin.texts[twin.values[row] ?? -1])
      );
    }
    return (
      (column.values as ArrayLike<number> & Iterable<number>)[Symbol.iterator] !== undefined && sameNumbers(column.values, twin.values)
    );
  });
}

function sameNumbers(one: ArrayLike<unknown>, other: ArrayLike<unknown>): boolean {
  for (let row = 0; row < one.length; row++) if (!Object.is(one[row], other[row])) return false;
  return true;
}

/** A snapshot with what its segments are now; anything else that names a segment keeps the name. */
function segmentsRenamed(value: Json, segments: ContentPlace['segments']): Json {
  if (typeof value !== 'object' || value === null || !('format' in value) || value.format !== 'cohortium/snapshot@1') return value;
  const snapshot = value as unknown as Snapshot; // its format says so
  const entries = snapshot.segments.flatMap((entry): SegmentEntry[] => {
    const now = segments.get(entry.digest);
    return now === undefined ? [entry] : now === null ? [] : [now];
  });
  const days = entries.flatMap(({ firstDay, lastDay }) => [firstDay, lastDay]);
  return {
    ...snapshot,
    segments: entries.map((entry) => ({ ...entry })),
    events: entries.reduce((sum, { events }) => sum + events, 0),
    firstDate: days.length === 0 ? '' : isoDate(Math.min(...days)),
    lastDate: days.length === 0 ? '' : isoDate(Math.max(...days)),
  };
}

/** Every name that a table of the store has in a column for names. */
export function namesInContent(directory: string): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { path } of objectsOf(directory)) {
    const table = tableOf(readFileSync(path));
    for (const name of subjectColumns) {
      const column = table?.columns[name];
      if (column?.type === 'text') for (const value of column.values) if (value !== '') found.add(value);
      if (column?.type === 'coded') for (const value of column.texts) if (value !== '') found.add(value);
    }
  }
  return found;
}
