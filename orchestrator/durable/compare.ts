/** Finds the first difference between what was recorded and what a replay gave, down to the field of a row. */
import { type Column, type ContentStore, type Json, type Ref, refSchema, type Table, tableMedia } from '../../skills/sdk/index.ts';
import { ulpDistance } from '../../skills/sdk/numeric/index.ts';

const chunkRows = 256;

/** @returns one clause naming the first difference, or null when equal */
export function firstDifference(content: ContentStore, recorded: Json, replayed: Json, path = 'output'): string | null {
  const [before, after] = [refIn(recorded), refIn(replayed)];
  if (before && after) return before.digest === after.digest ? null : differenceOfObjects(content, before, after, path);
  if (Array.isArray(recorded) && Array.isArray(replayed)) {
    if (recorded.length !== replayed.length) return `${path}: recorded ${recorded.length} items, replayed ${replayed.length}`;
    for (const [index, item] of recorded.entries()) {
      const found = firstDifference(content, item as Json, replayed[index] as Json, `${path}[${index}]`);
      if (found) return found;
    }
    return null;
  }
  if (isRecord(recorded) && isRecord(replayed)) {
    for (const key of [...new Set([...Object.keys(recorded), ...Object.keys(replayed)])].sort()) {
      const found = firstDifference(content, recorded[key] ?? null, replayed[key] ?? null, `${path}.${key}`);
      if (found) return found;
    }
    return null;
  }
  if (Object.is(recorded, replayed) || recorded === replayed) return null;
  return `${path}: recorded ${JSON.stringify(recorded)}, replayed ${JSON.stringify(replayed)}${ulps(recorded, replayed)}`;
}

function differenceOfObjects(content: ContentStore, before: Ref, after: Ref, path: string): string {
  if (!content.has(before))
    return `${path}: the recorded object ${before.digest} is absent, so only digests can be compared; replayed ${after.digest}`;
  if (before.media !== tableMedia || after.media !== tableMedia) {
    const found = firstDifference(content, content.getJson(before) as Json, content.getJson(after) as Json, path); // stored as canonical JSON
    return found ?? `${path}: digests differ: recorded ${before.digest}, replayed ${after.digest}`;
  }
  return differenceOfTables(content.getTable(before), content.getTable(after), path);
}

function differenceOfTables(before: Table, after: Table, path: string): string {
  const [names, otherNames] = [Object.keys(before.columns).join(', '), Object.keys(after.columns).join(', ')];
  if (names !== otherNames) return `${path}: recorded columns ${names}; replayed ${otherNames}`;
  if (before.rows !== after.rows) return `${path}: recorded ${before.rows} rows, replayed ${after.rows}`;
  for (let row = 0; row < before.rows; row++) {
    for (const [name, column] of Object.entries(before.columns)) {
      const [recorded, replayed] = [valueAt(column, row), valueAt(after.columns[name], row)];
      if (Object.is(recorded, replayed)) continue;
      return `${path}: chunk ${Math.floor(row / chunkRows)}, row ${row}, field '${name}': recorded ${recorded}, replayed ${replayed}${ulps(recorded, replayed)}`;
    }
  }
  return `${path}: the tables differ in column types`;
}

function valueAt(column: Column | undefined, row: number): string | number | undefined {
  return column?.type === 'coded' ? column.texts[column.values[row] ?? -1] : column?.values[row];
}

function ulps(a: unknown, b: unknown): string {
  return typeof a === 'number' && typeof b === 'number' ? ` (${ulpDistance(a, b)} ulps apart)` : '';
}

function refIn(value: Json): Ref | undefined {
  const parsed = refSchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

function isRecord(value: Json): value is { readonly [key: string]: Json | undefined } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
