/**
 * Column batches: how rows travel between effects, and the bytes that their digest is taken of. A table is written as a
 * header and chunks of 256 rows, each little-endian; its digest is the RFC 6962 Merkle root over header and chunks, so two
 * tables that differ can be compared down to the record and field.
 */
import { createHash, hash } from 'node:crypto';

import { canonicalJson } from './canonical-json.ts';
import { CohortiumError } from './errors.ts';
import type { Digest } from './ids.ts';

export type Column =
  | { readonly type: 'float64'; readonly values: Float64Array }
  | { readonly type: 'int32'; readonly values: Int32Array }
  | { readonly type: 'text'; readonly values: readonly string[] }
  /** Text that comes again and again: row n is texts[values[n]]. */
  | { readonly type: 'coded'; readonly values: Int32Array; readonly texts: readonly string[] };

/** A coded column whose texts were made as bytes. It is written as `coded`, and that is how it is read back. */
export interface PackedColumn {
  readonly type: 'packed';
  readonly values: Int32Array;
  readonly texts: PackedTexts;
}

/** Texts one after the other, as a table is written: length in bytes (uint32, little-endian), then UTF-8. */
export interface PackedTexts {
  readonly count: number;
  readonly bytes: Uint8Array;
}

export interface Table {
  readonly rows: number;
  readonly columns: Readonly<Record<string, Column>>;
}

/** A table before it is written; none that was read has a packed column. */
export interface TableToWrite {
  readonly rows: number;
  readonly columns: Readonly<Record<string, Column | PackedColumn>>;
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
  coded: (values: Int32Array, texts: readonly string[]): Column => ({ type: 'coded', values, texts }),
  packed: (values: Int32Array, texts: PackedTexts): PackedColumn => ({ type: 'packed', values, texts }),
};

/**
 * Makes a table and checks that all columns are equally long.
 * @throws {CohortiumError} TABLE_INVALID when they are not
 */
export function makeTable(columns: Readonly<Record<string, Column>>): Table;
export function makeTable(columns: TableToWrite['columns']): TableToWrite;
export function makeTable(columns: TableToWrite['columns']): TableToWrite {
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

const written = new WeakMap<Column, readonly string[]>();

/** The text column of that name, coded or not. @throws {CohortiumError} TABLE_INVALID when absent or of another type */
export function textColumn(table: Table, name: string): readonly string[] {
  const found = table.columns[name];
  if (found?.type === 'text') return found.values;
  if (found?.type === 'coded') {
    const known = written.get(found);
    if (known) return known;
    const { values, texts } = found;
    const rows = Array.from(values, (code) => texts[code] ?? '');
    written.set(found, rows);
    return rows;
  }
  throw wrongColumn(table, name, 'text');
}

/** Header bytes and one byte string per chunk of 256 rows: the leaves of the table's digest. */
export function tableLeaves(table: TableToWrite): Uint8Array[] {
  return encodeParts(table).leaves;
}

/** A coded column of texts, numbered as they are met. */
export function codedColumn(texts: readonly string[]): Extract<Column, { readonly type: 'coded' }> {
  const codes = new Map<string, number>();
  const values = new Int32Array(texts.length);
  texts.forEach((text, row) => {
    let code = codes.get(text);
    if (code === undefined) codes.set(text, (code = codes.size));
    values[row] = code;
  });
  return { type: 'coded', values, texts: [...codes.keys()] };
}

/** Bytes of a table, and the digest that names them. */
export function encodeTable(table: TableToWrite): { readonly bytes: Uint8Array; readonly digest: Digest } {
  const { bytes, leaves } = encodeParts(table);
  return { bytes, digest: merkleRoot(leaves) };
}

/** Canonical JSON by hand: tables of a single row are many, and a general writer would take longer than their rows. */
function headerText(rows: number, names: readonly string[], columns: readonly (Column | PackedColumn)[]): string {
  const described = names.map((name, index) => {
    const source: Column | PackedColumn = columns[index] ?? column.text([]);
    const texts = source.type === 'coded' ? source.texts.length : source.type === 'packed' ? source.texts.count : undefined;
    const type = texts === undefined ? source.type : 'coded';
    return `{"name":${canonicalJson(name)},${texts === undefined ? '' : `"texts":${texts},`}"type":"${type}"}`;
  });
  return `{"columns":[${described.join(',')}],"format":${canonicalJson(format)},"rows":${rows}}`;
}

/** The leaves are views of the bytes, so that a large table is written down once. */
function encodeParts(table: TableToWrite): { readonly bytes: Buffer; readonly leaves: Uint8Array[] } {
  const names = Object.keys(table.columns);
  const columns = names.map((name): Column | PackedColumn => table.columns[name] ?? column.text([]));
  const header = headerText(table.rows, names, columns);
  const dictionaries = columns.flatMap((source): readonly (PackedTexts | Column)[] =>
    source.type === 'coded' ? [column.text(source.texts)] : source.type === 'packed' ? [source.texts] : [],
  );
  const headerBytes = Buffer.from(`${header}\n`, 'utf8');
  let size = headerBytes.length;
  for (const dictionary of dictionaries) {
    size += 'bytes' in dictionary ? dictionary.bytes.length : byteLength(dictionary, dictionary.values.length);
  }
  for (const source of columns) size += byteLength(source, table.rows);
  const bytes = Buffer.allocUnsafe(size);
  headerBytes.copy(bytes);
  const leaves: Uint8Array[] = [bytes.subarray(0, headerBytes.length)];
  let offset = headerBytes.length;
  for (const dictionary of dictionaries) {
    const from = offset;
    if ('bytes' in dictionary) {
      bytes.set(dictionary.bytes, offset);
      offset += dictionary.bytes.length;
    } else offset = writeSlice(dictionary, 0, dictionary.values.length, bytes, offset);
    leaves.push(bytes.subarray(from, offset));
  }
  for (let start = 0; start < table.rows; start += chunkRows) {
    const end = Math.min(start + chunkRows, table.rows);
    const chunkStart = offset;
    for (const source of columns) offset = writeSlice(source, start, end, bytes, offset);
    leaves.push(bytes.subarray(chunkStart, offset));
  }
  return { bytes, leaves };
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
  const leaves: Uint8Array[] = [buffer.subarray(0, headerEnd + 1)];
  let offset = headerEnd + 1;
  const columns = header.columns.map(({ name, type, texts = 0 }) => {
    if (type !== 'coded') return { name, values: emptyColumn(type, rows), texts: new TextCache() };
    const dictionary = emptyTexts(texts);
    const from = offset;
    offset = readSlice(dictionary, 0, texts, buffer, offset, new TextCache());
    leaves.push(buffer.subarray(from, offset));
    return { name, values: { type, values: new Int32Array(rows), texts: dictionary.values } as const, texts: new TextCache() };
  });
  for (let start = 0; start < rows; start += chunkRows) {
    const end = Math.min(start + chunkRows, rows);
    const chunkStart = offset;
    for (const { values, texts } of columns) offset = readSlice(values, start, end, buffer, offset, texts);
    leaves.push(buffer.subarray(chunkStart, offset));
  }
  for (const { name, values } of columns) checkCodes(name, values);
  return {
    table: { rows, columns: Object.fromEntries(columns.map(({ name, values }) => [name, values])) },
    digest: merkleRoot(leaves),
  };
}

/**
 * RFC 6962 Merkle tree hash of leaves given as bytes.
 * @see RFC 6962 section 2.1
 */
export function merkleRoot(leaves: readonly Uint8Array[]): Digest {
  let level: Buffer[] = leaves.map(hashLeaf);
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

/** Small leaves are copied behind the prefix: hashed in one call, they take a third of the time. */
function hashLeaf(leaf: Uint8Array): Buffer {
  if (leaf.length >= shortLeaf.length) return createHash('sha256').update(leafPrefix).update(leaf).digest();
  shortLeaf.set(leaf, 1);
  return Buffer.from(hash('sha256', shortLeaf.subarray(0, leaf.length + 1), 'binary'), 'latin1');
}

const shortLeaf = Buffer.alloc(8192);
const leafPrefix = Buffer.from([0]);
const nodePrefix = Buffer.from([1]);

type WritableColumn = Exclude<Column, { readonly type: 'text' }> | { readonly type: 'text'; readonly values: string[] };

function emptyTexts(rows: number): { readonly type: 'text'; readonly values: string[] } {
  return { type: 'text', values: new Array<string>(rows) };
}

/** @throws {CohortiumError} TABLE_INVALID when a code names no text */
function checkCodes(name: string, { type, ...rest }: WritableColumn): void {
  if (type !== 'coded' || !('texts' in rest)) return;
  const { values, texts } = rest;
  const row = values.findIndex((code) => code < 0 || code >= texts.length);
  if (row >= 0)
    throw new CohortiumError('TABLE_INVALID', `column '${name}' has code ${values[row]} in row ${row}, but ${texts.length} texts`);
}

function emptyColumn(type: Exclude<Column['type'], 'coded'>, rows: number): WritableColumn {
  if (type === 'float64') return { type, values: new Float64Array(rows) };
  if (type === 'int32') return { type, values: new Int32Array(rows) };
  return emptyTexts(rows);
}

function byteLength(source: Column | PackedColumn, rows: number): number {
  if (source.type !== 'text') return rows * source.values.BYTES_PER_ELEMENT;
  let size = 4 * rows;
  for (let row = 0; row < rows; row++) size += Buffer.byteLength(source.values[row] ?? '', 'utf8');
  return size;
}

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Turns numbers between this machine's order of bytes and that of the format. */
function toLittleEndian(bytes: Buffer, width: number): void {
  if (isLittleEndian) return;
  if (width === 8) bytes.swap64();
  else bytes.swap32();
}

/** @returns where the next slice goes */
function writeSlice(source: Column | PackedColumn, start: number, end: number, target: Buffer, offset: number): number {
  if (source.type !== 'text') {
    const width = source.values.BYTES_PER_ELEMENT;
    const { buffer, byteOffset } = source.values;
    target.set(new Uint8Array(buffer, byteOffset + start * width, (end - start) * width), offset);
    const next = offset + (end - start) * width;
    toLittleEndian(target.subarray(offset, next), width);
    return next;
  }
  let next = offset;
  for (let row = start; row < end; row++) {
    const length = writeText(source.values[row] ?? '', target, next + 4);
    target.writeUInt32LE(length, next);
    next += 4 + length;
  }
  return next;
}

/** Bytes of UTF-8 that were written. A loop beats a native call for the short plain names that most text is. */
function writeText(text: string, target: Buffer, offset: number): number {
  if (text.length > 40) return target.write(text, offset, 'utf8');
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 127) return target.write(text, offset, 'utf8');
    target[offset + index] = code;
  }
  return text.length;
}

/** @returns where the next slice is @throws {CohortiumError} TABLE_INVALID when the bytes end before the slice does */
function readSlice(into: WritableColumn, start: number, end: number, source: Buffer, offset: number, texts: TextCache): number {
  if (into.type !== 'text') {
    const width = into.values.BYTES_PER_ELEMENT;
    const next = offset + (end - start) * width;
    if (next > source.length) throw cutShort(source);
    const target = Buffer.from(into.values.buffer, into.values.byteOffset + start * width, (end - start) * width);
    target.set(source.subarray(offset, next));
    toLittleEndian(target, width);
    return next;
  }
  let next = offset;
  for (let row = start; row < end; row++) {
    if (next + 4 > source.length) throw cutShort(source);
    const textEnd = next + 4 + source.readUInt32LE(next);
    if (textEnd > source.length) throw cutShort(source);
    into.values[row] = texts.read(source, next + 4, textEnd);
    next = textEnd;
  }
  return next;
}

function cutShort(source: Buffer): CohortiumError {
  return new CohortiumError('TABLE_INVALID', `table bytes end at ${source.length}, more were expected`);
}

/** Gives texts that come again and again in a column as one string: less to decode, and less to keep. */
class TextCache {
  readonly #starts = new Float64Array(256);
  readonly #texts = new Array<string>(256).fill('');
  readonly #lengths = new Int32Array(256);

  read(source: Buffer, start: number, end: number): string {
    const length = end - start;
    if (length === 0) return '';
    if (length > 40) return source.toString('utf8', start, end);
    let hash = length;
    for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + (source[at] ?? 0)) | 0;
    const slot = (hash ^ (hash >>> 8) ^ (hash >>> 16)) & 255;
    const known = this.#starts[slot] ?? 0;
    let isKnown = this.#lengths[slot] === length;
    for (let at = 0; isKnown && at < length; at++) isKnown = source[known + at] === source[start + at];
    if (!isKnown) {
      this.#starts[slot] = start;
      this.#lengths[slot] = length;
      this.#texts[slot] = source.toString('utf8', start, end);
    }
    return this.#texts[slot] ?? '';
  }
}

interface Header {
  readonly rows: number;
  readonly columns: readonly { readonly name: string; readonly type: Column['type']; readonly texts?: number }[];
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
