/**
 * Texts by key in one immutable file: written once in ascending order of the keys, packed in small blocks, read for a few keys without
 * the rest. Knows nothing of what the texts mean; refuses keys that are not in order.
 *
 * Layout: parts one after another, then the length of the last one as 8 bytes, little-endian. First come blocks, deflated lines of the
 * key as JSON, a tab and the text; then pages, JSON with the first keys and the offsets of some blocks; the last part is such a page of
 * pages. So a key costs two small reads, however long the file is.
 */
import { closeSync, fstatSync, openSync, readSync, writeFileSync } from 'node:fs';
import { deflateRawSync, inflateRawSync } from 'node:zlib';

import { CohortiumError, compareBytes } from '../../../skills/sdk/index.ts';

/** Bytes of a block before it is packed, but for single texts that are longer: what one key costs to read. */
const blockBytes = 8192;
const blocksPerPage = 64;
const bufferedBytes = 4 * 1024 * 1024;
const footerBytes = 8;

/** Parts in the order of their first keys; one offset more than keys, the last is where the last part ends. */
interface Page {
  readonly keys: string[];
  readonly offsets: number[];
}

export interface OwnerRowsWriter {
  /** @param text one line */
  add(key: string, text: string): void;
  /** Writes what is left; before, the file cannot be read. */
  finish(): void;
  close(): void;
}

/**
 * @param path in place of a file of that name
 * @throws {CohortiumError} from add: INTERNAL for a key that is not after the one before, or a line end in a text
 */
export function writeOwnerRows(path: string): OwnerRowsWriter {
  const descriptor = openSync(path, 'w');
  const blocks = emptyPage();
  let lines: string[] = [];
  let size = 0;
  let packed: Buffer[] = [];
  let buffered = 0;
  let written = 0;
  let last: string | undefined;
  const flush = (): void => {
    // On a full disk a single write may take a part and say nothing.
    for (const part of packed) writeFileSync(descriptor, part);
    packed = [];
    buffered = 0;
  };
  const write = (part: Buffer): void => {
    packed.push(part);
    buffered += part.length;
    written += part.length;
    if (buffered >= bufferedBytes) flush();
  };
  const endBlock = (): void => {
    if (lines.length === 0) return;
    write(deflateRawSync(lines.join('\n'), { level: 1 }));
    blocks.offsets.push(written);
    lines = [];
    size = 0;
  };
  return {
    add(key, text) {
      if ((last !== undefined && compareBytes(last, key) >= 0) || text.includes('\n')) {
        throw new CohortiumError('INTERNAL', `${path}: the key '${key}' does not come after '${last ?? ''}', or its text is no line`);
      }
      last = key;
      if (lines.length === 0) blocks.keys.push(key);
      const line = `${JSON.stringify(key)}\t${text}`;
      lines.push(line);
      size += line.length;
      if (size >= blockBytes) endBlock();
    },
    finish() {
      endBlock();
      const pages: Page = { keys: [], offsets: [written] };
      for (let from = 0; from < blocks.keys.length; from += blocksPerPage) {
        const to = from + blocksPerPage;
        pages.keys.push(blocks.keys[from] ?? '');
        write(pageBytes({ keys: blocks.keys.slice(from, to), offsets: blocks.offsets.slice(from, to + 1) }));
        pages.offsets.push(written);
      }
      const begin = written;
      write(pageBytes(pages));
      const footer = Buffer.alloc(footerBytes);
      footer.writeBigUInt64LE(BigInt(written - begin));
      packed.push(footer);
      flush();
    },
    close() {
      closeSync(descriptor);
    },
  };
}

/** A key and what it has in one file. */
export interface OwnerRows {
  readonly key: string;
  readonly text: string;
}

/**
 * The texts of those keys that the file has, ascending by key.
 * @param wanted ascending by bytes
 * @throws {CohortiumError} STORE_CORRUPT when the file is not as it was written
 */
export function readOwnerRows(path: string, wanted: readonly string[]): readonly OwnerRows[] {
  const descriptor = openSync(path, 'r');
  try {
    const { size } = fstatSync(descriptor);
    if (size < footerBytes) throw damaged(path);
    const length = Number(readPart(path, descriptor, size - footerBytes, size).readBigUInt64LE());
    const top = readPage(path, descriptor, size - footerBytes - length, size - footerBytes);
    const toPage = partFinder(top, (from, to) => readPage(path, descriptor, from, to));
    let page: Page | undefined;
    let toBlock: (key: string) => ReadonlyMap<string, string> | undefined = () => undefined;
    const found: OwnerRows[] = [];
    for (const key of wanted) {
      const own = toPage(key);
      if (!own) continue;
      if (own !== page) {
        page = own;
        toBlock = partFinder(own, (from, to) => linesOf(readText(path, descriptor, from, to)));
      }
      const text = toBlock(key)?.get(JSON.stringify(key));
      if (text !== undefined) found.push({ key, text });
    }
    return found;
  } finally {
    closeSync(descriptor);
  }
}

/** Finds the part that a key would be in; asked in ascending order, so that each part is read once. */
function partFinder<Part>({ keys, offsets }: Page, read: (from: number, to: number) => Part): (key: string) => Part | undefined {
  let at = -1;
  let part: { readonly at: number; readonly value: Part } | undefined;
  return (key) => {
    while (at + 1 < keys.length && compareBytes(keys[at + 1] ?? '', key) <= 0) at += 1;
    if (at < 0) return undefined;
    if (part?.at !== at) part = { at, value: read(offsets[at] ?? 0, offsets[at + 1] ?? 0) };
    return part.value;
  };
}

function emptyPage(): Page {
  return { keys: [], offsets: [0] };
}

function pageBytes(page: Page): Buffer {
  return Buffer.from(JSON.stringify(page));
}

function readPage(path: string, descriptor: number, from: number, to: number): Page {
  const page = parseJson(path, readPart(path, descriptor, from, to).toString('utf8'));
  if (isPage(page)) return page;
  throw damaged(path);
}

/** A schema would take longer than all that is read. */
function isPage(value: unknown): value is Page {
  if (typeof value !== 'object' || value === null || !('keys' in value && 'offsets' in value)) return false;
  const { keys, offsets } = value;
  return (
    Array.isArray(keys) &&
    Array.isArray(offsets) &&
    offsets.length === keys.length + 1 &&
    keys.every((key) => typeof key === 'string') &&
    offsets.every((offset) => Number.isSafeInteger(offset))
  );
}

/** By key as JSON. */
function linesOf(block: string): ReadonlyMap<string, string> {
  return new Map(
    block.split('\n').map((line) => {
      const tab = line.indexOf('\t');
      return [line.slice(0, tab), line.slice(tab + 1)];
    }),
  );
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw damaged(path, cause);
  }
}

function readText(path: string, descriptor: number, from: number, to: number): string {
  const bytes = readPart(path, descriptor, from, to);
  try {
    return inflateRawSync(bytes).toString('utf8');
  } catch (cause) {
    throw damaged(path, cause);
  }
}

function readPart(path: string, descriptor: number, from: number, to: number): Buffer {
  if (from < 0 || to < from) throw damaged(path);
  const bytes = Buffer.alloc(to - from);
  for (let at = 0; at < bytes.length;) {
    const read = readSync(descriptor, bytes, at, bytes.length - at, from + at);
    if (read === 0) throw damaged(path);
    at += read;
  }
  return bytes;
}

function damaged(path: string, cause?: unknown): CohortiumError {
  return new CohortiumError('STORE_CORRUPT', `${path} is not as it was written; remove it, and it is made again`, { cause });
}
