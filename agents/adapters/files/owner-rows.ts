/**
 * Texts by key in one immutable file: written once in ascending order of the keys, packed in small blocks, read for a few keys without
 * the rest. Knows nothing of what the texts mean; refuses keys that are not in order.
 *
 * Layout: deflated blocks one after another, each lines of `key TAB text`, both without line ends; then, deflated too, a JSON object with
 * the first key and the offset of each block; then the length of that object as 8 bytes, little-endian.
 */
import { closeSync, fsyncSync, fstatSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import { deflateRawSync, inflateRawSync } from 'node:zlib';

import { CohortiumError, z } from '../../../skills/sdk/index.ts';

/** Bytes of a block before it is packed, but for single texts that are longer: what one key costs to read. */
const blockBytes = 8192;
const bufferedBytes = 4 * 1024 * 1024;
const footerBytes = 8;

const indexSchema = z.object({ keys: z.array(z.string()), offsets: z.array(z.int().min(0)) });

export interface OwnerRowsWriter {
  /** @param text one line */
  add(key: string, text: string): void;
  /** The file is on disk under its name when this returns. */
  finish(): void;
  /** Takes everything back, unless it is finished. */
  close(): void;
}

/** @throws {CohortiumError} from add: INTERNAL for a key that is not after the one before, or a line end in a text */
export function writeOwnerRows(path: string): OwnerRowsWriter {
  const temporary = `${path}.${process.pid}.tmp`;
  const descriptor = openSync(temporary, 'w');
  const [keys, offsets]: [string[], number[]] = [[], [0]];
  let lines: string[] = [];
  let size = 0;
  let packed: Buffer[] = [];
  let buffered = 0;
  let written = 0;
  let last: string | undefined;
  let isOpen = true;
  const flush = (): void => {
    for (const block of packed) writeSync(descriptor, block);
    packed = [];
    buffered = 0;
  };
  const endBlock = (): void => {
    if (lines.length === 0) return;
    const block = deflateRawSync(lines.join('\n'), { level: 1 });
    packed.push(block);
    buffered += block.length;
    written += block.length;
    offsets.push(written);
    lines = [];
    size = 0;
    if (buffered >= bufferedBytes) flush();
  };
  return {
    add(key, text) {
      if ((last !== undefined && compareBytes(last, key) >= 0) || key.includes('\t') || /\n/.test(text)) {
        throw new CohortiumError('INTERNAL', `${path}: the key '${key}' does not come after '${last ?? ''}', or is no line`);
      }
      last = key;
      if (lines.length === 0) keys.push(key);
      const line = `${key}\t${text}`;
      lines.push(line);
      size += line.length;
      if (size >= blockBytes) endBlock();
    },
    finish() {
      endBlock();
      const index = deflateRawSync(JSON.stringify({ keys, offsets }), { level: 1 });
      const footer = Buffer.alloc(footerBytes);
      footer.writeBigUInt64LE(BigInt(index.length));
      packed.push(index, footer);
      flush();
      fsyncSync(descriptor);
      closeSync(descriptor);
      isOpen = false;
      renameSync(temporary, path);
    },
    close() {
      if (!isOpen) return;
      isOpen = false;
      closeSync(descriptor);
      rmSync(temporary, { force: true });
    },
  };
}

/**
 * The texts of those keys that the file has, ascending by key.
 * @param wanted ascending by bytes
 * @throws {CohortiumError} STORE_CORRUPT when the file is not as it was written
 */
export function readOwnerRows(path: string, wanted: readonly string[]): readonly string[] {
  const descriptor = openSync(path, 'r');
  try {
    const { keys, offsets } = readIndex(path, descriptor);
    const found: string[] = [];
    let at = 0;
    let lines: ReadonlyMap<string, string> = new Map();
    let read = -1;
    for (const key of wanted) {
      while (at + 1 < keys.length && compareBytes(keys[at + 1] ?? '', key) <= 0) at += 1;
      if (compareBytes(keys[at] ?? '', key) > 0) continue;
      if (read !== at) {
        lines = linesOf(inflate(path, readPart(path, descriptor, offsets[at] ?? 0, (offsets[at + 1] ?? 0) - (offsets[at] ?? 0))));
        read = at;
      }
      const text = lines.get(key);
      if (text !== undefined) found.push(text);
    }
    return found;
  } finally {
    closeSync(descriptor);
  }
}

/** As engines order text: by bytes of UTF-8, which is by code point. */
export function compareBytes(one: string, other: string): number {
  return isPlain.test(one) && isPlain.test(other)
    ? one < other
      ? -1
      : one > other
        ? 1
        : 0
    : Buffer.compare(Buffer.from(one), Buffer.from(other));
}

/** Below surrogates the order of code units is that of code points. */
const isPlain = /^[\0-\uD7FF]*$/;

function readIndex(path: string, descriptor: number): z.output<typeof indexSchema> {
  const { size } = fstatSync(descriptor);
  if (size < footerBytes) throw damaged(path);
  const length = Number(readPart(path, descriptor, size - footerBytes, footerBytes).readBigUInt64LE());
  if (length > size - footerBytes) throw damaged(path);
  const index = indexSchema.safeParse(JSON.parse(inflate(path, readPart(path, descriptor, size - footerBytes - length, length))));
  if (!index.success || index.data.offsets.length !== index.data.keys.length + 1) throw damaged(path);
  return index.data;
}

function linesOf(block: string): ReadonlyMap<string, string> {
  return new Map(
    block.split('\n').map((line) => {
      const tab = line.indexOf('\t');
      return [line.slice(0, tab), line.slice(tab + 1)];
    }),
  );
}

function inflate(path: string, bytes: Buffer): string {
  try {
    return inflateRawSync(bytes).toString('utf8');
  } catch (cause) {
    throw damaged(path, cause);
  }
}

function readPart(path: string, descriptor: number, offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length;) {
    const read = readSync(descriptor, bytes, at, length - at, offset + at);
    if (read === 0) throw damaged(path);
    at += read;
  }
  return bytes;
}

function damaged(path: string, cause?: unknown): CohortiumError {
  return new CohortiumError('STORE_CORRUPT', `${path} is not as it was written; remove it, and it is made again`, { cause });
}
