/**
 * Cuts a stream of bytes into records without ever holding more than one record over the limit. Knows quotes just enough
 * to keep a line break inside a quoted field. A record that cannot be right is handed over as a fault, and reading goes on
 * with the line after it.
 */
import { isUtf8 } from 'node:buffer';

export interface RecordText {
  /** 1-based physical line on which it starts. */
  readonly line: number;
  readonly text: string;
}

export interface RecordFault {
  readonly line: number;
  readonly code: 'CSV_LINE_TOO_LONG' | 'CSV_ENCODING' | 'CSV_ROW_INVALID';
  readonly message: string;
  /** The beginning of it, with U+FFFD for bytes that are not UTF-8. */
  readonly raw: string;
}

export type FileRecord = RecordText | RecordFault;

export interface LineOptions {
  /** Bytes of one record at most. */
  readonly maxBytes: number;
  /** Keep line breaks inside double quotes. */
  readonly isQuoted: boolean;
}

const newline = 10;
const carriageReturn = 13;
const quote = 34;

/** Bytes of a faulty line that are kept. */
const keptBytes = 4096;

/**
 * Records of a file, in order; blank lines are left out.
 * @param chunks the file's bytes, a UTF-8 byte order mark allowed
 */
export async function* readRecords(chunks: AsyncIterable<Uint8Array>, options: LineOptions): AsyncGenerator<FileRecord[], void, undefined> {
  const cutter = new RecordCutter(options);
  for await (const chunk of chunks) yield cutter.take(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
  yield cutter.end();
}

/** Records of a text that is complete. */
export function recordsOf(text: string, firstLine: number, options: LineOptions): FileRecord[] {
  const cutter = new RecordCutter(options, firstLine);
  return [...cutter.take(Buffer.from(text, 'utf8')), ...cutter.end()];
}

export function isFault(record: FileRecord): record is RecordFault {
  return 'code' in record;
}

class RecordCutter {
  readonly #options: LineOptions;
  /** Bytes that do not make a record yet; at most maxBytes and one chunk. */
  #rest: Buffer = Buffer.alloc(0);
  #line: number;
  #isFirst: boolean;
  /** Inside a line that was reported as too long: skip to its end. */
  #isSkipping = false;

  constructor(options: LineOptions, firstLine = 1) {
    this.#options = options;
    this.#line = firstLine;
    this.#isFirst = firstLine === 1;
  }

  take(chunk: Buffer): FileRecord[] {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    return this.#cut(this.#withoutMark(bytes), false);
  }

  end(): FileRecord[] {
    return this.#cut(this.#withoutMark(this.#rest), true);
  }

  #withoutMark(bytes: Buffer): Buffer {
    if (!this.#isFirst || bytes.length < 3) return bytes;
    this.#isFirst = false;
    return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
  }

  #cut(bytes: Buffer, isEnd: boolean): FileRecord[] {
    const records: FileRecord[] = [];
    let start = 0;
    while (start < bytes.length) {
      if (this.#isSkipping) {
        const end = bytes.indexOf(newline, start);
        if (end < 0) {
          start = bytes.length;
          break;
        }
        this.#isSkipping = false;
        this.#line++;
        start = end + 1;
        continue;
      }
      const record = this.#findRecord(bytes, start, isEnd);
      if (record === undefined) break;
      if (record.fault !== undefined) records.push(this.#fault(record.fault, bytes.subarray(start, record.end)));
      else this.#push(records, bytes.subarray(start, record.end));
      this.#isSkipping = record.isCut;
      if (!record.isCut) this.#line += record.lines;
      start = record.end + (record.isCut ? 0 : 1);
    }
    // A copy, so that the chunk that it came from can be freed.
    this.#rest = Buffer.from(bytes.subarray(Math.min(start, bytes.length)));
    return records;
  }

  /** Where the record that begins at `start` ends, or undefined when more bytes are needed to know. */
  #findRecord(bytes: Buffer, start: number, isEnd: boolean): Found | undefined {
    const { maxBytes, isQuoted } = this.#options;
    let lines = 0;
    let firstEnd = -1;
    let isOpen = false;
    for (let from = start; ;) {
      const found = bytes.indexOf(newline, from);
      const end = found < 0 ? bytes.length : found;
      if (found >= 0 || isEnd) lines++;
      if (firstEnd < 0 && found >= 0) firstEnd = found;
      const isTooLong = end - start > maxBytes;
      if (isTooLong && firstEnd < 0) return { end: start + maxBytes, lines, isCut: true, fault: 'CSV_LINE_TOO_LONG' };
      if (isTooLong && firstEnd === found) return { end, lines, isCut: false, fault: 'CSV_LINE_TOO_LONG' };
      // The quote that opened on the first line never closes nearby: that line is wrong, the ones after it are not.
      if (isTooLong) return { end: firstEnd, lines: 1, isCut: false, fault: 'CSV_ROW_INVALID' };
      if (isQuoted && hasOddQuotes(bytes, from, end)) isOpen = !isOpen;
      if (!isOpen && (found >= 0 || isEnd)) return { end, lines, isCut: false };
      if (found < 0) {
        if (!isEnd) return undefined;
        return { end: firstEnd < 0 ? end : firstEnd, lines: 1, isCut: false, fault: 'CSV_ROW_INVALID' };
      }
      from = found + 1;
    }
  }

  #push(records: FileRecord[], bytes: Buffer): void {
    const content = bytes.at(-1) === carriageReturn ? bytes.subarray(0, -1) : bytes;
    if (!isUtf8(content)) {
      records.push(this.#fault('CSV_ENCODING', content));
      return;
    }
    const text = content.toString('utf8');
    if (text.trim() !== '') records.push({ line: this.#line, text });
  }

  #fault(code: RecordFault['code'], bytes: Buffer): RecordFault {
    const limit = this.#options.maxBytes;
    const messages = {
      CSV_LINE_TOO_LONG: `line ${this.#line} is longer than ${limit} bytes; its beginning is kept`,
      CSV_ENCODING: `line ${this.#line} has bytes that are not UTF-8`,
      CSV_ROW_INVALID: `line ${this.#line} opens a quote that is not closed within ${limit} bytes`,
    };
    // Of a line that is too long, what is kept must not depend on how much of it had arrived when that was seen.
    const kept = code === 'CSV_LINE_TOO_LONG' ? Math.min(keptBytes, limit) : keptBytes;
    return { line: this.#line, code, message: messages[code], raw: bytes.toString('utf8', 0, kept) };
  }
}

interface Found {
  /** Offset of the byte after the record: its line end, or where it was cut. */
  readonly end: number;
  /** Physical lines in it. */
  readonly lines: number;
  /** True when the rest of the line is still to come. */
  readonly isCut: boolean;
  readonly fault?: RecordFault['code'];
}

function hasOddQuotes(bytes: Buffer, start: number, end: number): boolean {
  let isOdd = false;
  // A loop and not indexOf, which would search to the end of the chunk for every line that has no quotes.
  for (let at = start; at < end; at++) if (bytes[at] === quote) isOdd = !isOdd;
  return isOdd;
}
