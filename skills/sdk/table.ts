/**
 * Column batches: how rows travel between effects, and the bytes that their digest is taken of. A table is written as a
 * header and chunks of 256 rows, each little-endian; its digest is the RFC 6962 Merkle root over header and chunks, so two
 * tables that differ can be compared down to the record and field.
 */
import { createHash } from 'node:crypto';

import { canonicalJson } from './canonical-json.ts';
import { CohortiumError } from './errors.ts';
import type { Digest } from './ids.ts';

export type Column =
  | { readonly type: 'float64'; readonly values: Float64Array }
  | { readonly type: 'int32'; readonly values: Int32Array }
  | { readonly type: 'text'; readonly values: readonly string[] };

export interface Table {
  readonly rows: number;
  readonly columns: Readonly<Record<string, Column>>;
}

export const chunkRows = 256;
export const tableMedia = 'application/vnd.cohortium.table';
export const jsonMedia = 'application/json';

const format = 'cohortium/table@1';

/** Shorthands that make a column of each type. */
export const column = {
  float64: (values: Float64Array): Column => ({ type: 'float64', values }),
  int32: (values: Int32Array): Column => ({ type: 'int32', values }),
  text: (values: readonly string[]): Column => ({ type: 'text', values }),
};

/**
 * Makes a table and checks that all columns are equally long.
 * @throws {CohortiumError} TABLE_INVALID when they are not
 */
export function makeTable(columns: Readonly<Record<string, Column>>): Table {
  const names = Object.keys(columns);
  const first = names[0] === undefined ? undefined : columns[names[0]];
  const rows = first?.values.length ?? 0;
  for (const name of names) {
    const length = columns[name]?.values.length ?? 0;
    if (length !== rows) throw new CohortiumError('TABLE_INVALID', `column '${name}' has ${length} rows, '${names[0]}' has ${rows}`);
  }
  return { rows, columns };
}

/** The float64 column of that name. @throws {CohortiumError} TABLE_INVALID when absent or of another type */
export function float64Column(table: Table, name: string): Float64Array {
  const found = table.columns[name];
  if (found?.type === 'float64') return found.values;
  throw wrongColumn(table, name, 'float64');
}

/** The int32 column of that name. @throws {CohortiumError} TABLE_INVALID when absent or of another type */
export function int32Column(table: Table, name: string): Int32Array {
  const found = table.columns[name];
  if (found?.type === 'int32') return found.values;
  throw wrongColumn(table, name, 'int32');
}

/** The text column of that name. @throws {CohortiumError} TABLE_INVALID when absent or of another type */
export function textColumn(table: Table, name: string): readonly string[] {
  const found = table.columns[name];
  if (found?.type === 'text') return found.values;
  throw wrongColumn(table, name, 'text');
}

/** Header bytes and one byte string per chunk of 256 rows: the leaves of the table's digest. */
export function tableLeaves(table: Table): Uint8Array[] {
  const names = Object.keys(table.columns);
  const header = canonicalJson({
    format,
    rows: table.rows,
    columns: names.map((name) => ({ name, type: table.columns[name]?.type ?? 'text' })),
  });
  const leaves: Uint8Array[] = [Buffer.from(`${header}\n`, 'utf8')];
  for (let start = 0; start < table.rows; start += chunkRows) {
    const end = Math.min(start + chunkRows, table.rows);
    leaves.push(
      Buffer.concat(
        names.map((name) => {
          const found = table.columns[name];
          if (!found) throw wrongColumn(table, name, 'any type');
          return encodeSlice(found, start, end);
        }),
      ),
    );
  }
  return leaves;
}

/** Bytes of a table, and the digest that names them. */
export function encodeTable(table: Table): { readonly bytes: Uint8Array; readonly digest: Digest } {
  const leaves = tableLeaves(table);
  return { bytes: Buffer.concat(leaves), digest: merkleRoot(leaves) };
}

/**
 * Reads a table back; its digest is computed on the way so that a caller can compare it.
 * @throws {CohortiumError} TABLE_INVALID when the bytes are not a table
 */
export function decodeTable(bytes: Uint8Array): { readonly table: Table; readonly digest: Digest } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerEnd = buffer.indexOf(10);
  const header = parseHeader(headerEnd < 0 ? '' : buffer.toString('utf8', 0, headerEnd));
  const rows = header.rows;
  const builders = header.columns.map(({ name, type }) => ({
    name,
    type,
    float64: new Float64Array(type === 'float64' ? rows : 0),
    int32: new Int32Array(type === 'int32' ? rows : 0),
    text: type === 'text' ? new Array<string>(rows) : [],
  }));
  const leaves: Uint8Array[] = [buffer.subarray(0, headerEnd + 1)];
  let offset = headerEnd + 1;
  try {
    for (let start = 0; start < rows; start += chunkRows) {
      const end = Math.min(start + chunkRows, rows);
      const chunkStart = offset;
      for (const builder of builders) {
        for (let row = start; row < end; row++) {
          if (builder.type === 'float64') {
            builder.float64[row] = buffer.readDoubleLE(offset);
            offset += 8;
          } else if (builder.type === 'int32') {
            builder.int32[row] = buffer.readInt32LE(offset);
            offset += 4;
          } else {
            const length = buffer.readUInt32LE(offset);
            if (offset + 4 + length > buffer.length) throw new RangeError('text runs past the end');
            builder.text[row] = buffer.toString('utf8', offset + 4, offset + 4 + length);
            offset += 4 + length;
          }
        }
      }
      leaves.push(buffer.subarray(chunkStart, offset));
    }
  } catch (cause) {
    throw new CohortiumError('TABLE_INVALID', `table bytes end at ${buffer.length}, more were expected`, { cause });
  }
  const columns: Record<string, Column> = {};
  for (const { name, type, float64, int32, text } of builders) {
    columns[name] = type === 'float64' ? column.float64(float64) : type === 'int32' ? column.int32(int32) : column.text(text);
  }
  return { table: { rows, columns }, digest: merkleRoot(leaves) };
}

/**
 * RFC 6962 Merkle tree hash of leaves given as bytes.
 * @see RFC 6962 section 2.1
 */
export function merkleRoot(leaves: readonly Uint8Array[]): Digest {
  let level: Buffer[] = leaves.map((leaf) => createHash('sha256').update(leafPrefix).update(leaf).digest());
  if (level.length === 0) return createHash('sha256').digest('hex') as Digest;
  // Pairing neighbours and promoting an odd last node gives the same tree as the RFC's recursive split.
  while (level.length > 1) {
    const next: Buffer[] = [];
    for (let index = 0; index < level.length; index += 2) {
      const left = level[index];
      const right = level[index + 1];
      if (left) next.push(right ? createHash('sha256').update(nodePrefix).update(left).update(right).digest() : left);
    }
    level = next;
  }
  return level[0]?.toString('hex') as Digest;
}

const leafPrefix = Buffer.from([0]);
const nodePrefix = Buffer.from([1]);

function encodeSlice(source: Column, start: number, end: number): Buffer {
  if (source.type === 'text') {
    const parts: Buffer[] = [];
    for (let row = start; row < end; row++) {
      const text = Buffer.from(source.values[row] ?? '', 'utf8');
      const length = Buffer.alloc(4);
      length.writeUInt32LE(text.length);
      parts.push(length, text);
    }
    return Buffer.concat(parts);
  }
  const width = source.type === 'float64' ? 8 : 4;
  const out = Buffer.alloc((end - start) * width);
  for (let row = start; row < end; row++) {
    const value = source.values[row] ?? 0;
    if (source.type === 'float64') out.writeDoubleLE(value, (row - start) * width);
    else out.writeInt32LE(value, (row - start) * width);
  }
  return out;
}

interface Header {
  readonly rows: number;
  readonly columns: readonly { readonly name: string; readonly type: Column['type'] }[];
}

function parseHeader(text: string): Header {
  try {
    const header = JSON.parse(text) as Header & { readonly format: string }; // the shape is checked on the next line
    if (header.format === format && Number.isInteger(header.rows) && Array.isArray(header.columns)) return header;
  } catch {
    // falls through to the error below, which says the same about bad JSON and a wrong header
  }
  throw new CohortiumError('TABLE_INVALID', `expected a ${format} header, found '${text.slice(0, 80)}'`);
}

function wrongColumn(table: Table, name: string, type: string): CohortiumError {
  const found = Object.entries(table.columns).map(([key, value]) => `${key}: ${value.type}`);
  return new CohortiumError('TABLE_INVALID', `expected column '${name}' of ${type}, found ${found.join(', ') || 'no columns'}`);
}
