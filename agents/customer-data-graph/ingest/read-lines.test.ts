import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type FileRecord, type LineOptions, readRecords } from './read-lines.ts';

const quoted: LineOptions = { maxBytes: 64, isQuoted: true };

async function read(bytes: Uint8Array, chunkBytes: number, options = quoted): Promise<FileRecord[]> {
  async function* chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield await Promise.resolve(bytes.subarray(at, at + chunkBytes));
  }
  const records: FileRecord[] = [];
  for await (const part of readRecords(chunks(), options)) records.push(...part);
  return records;
}

async function lines(text: string, options = quoted): Promise<string[]> {
  const records = await read(Buffer.from(text, 'latin1'), 7, options);
  return records.map((record) => `${record.line} ${'code' in record ? record.code : record.text}`);
}

describe('reading records', () => {
  it('leaves out blank lines and carriage returns, and counts physical lines', async () => {
    expect(await lines('a,b\r\n\r\n  \nc,d')).toEqual(['1 a,b', '4 c,d']);
  });

  it('drops a byte order mark', async () => {
    expect(await lines('\xef\xbb\xbfa\nb')).toEqual(['1 a', '2 b']);
  });

  it('keeps a line break inside quotes', async () => {
    expect(await lines('a,"b\nc"\nd,e\n')).toEqual(['1 a,"b\nc"', '3 d,e']);
  });

  it('loses only its own line when a quote never closes', async () => {
    expect(await lines(`a,"b\n${'c,d\n'.repeat(30)}`)).toHaveLength(31);
    expect(await lines('a,"b\nc,d\n')).toEqual(['1 CSV_ROW_INVALID', '2 c,d']);
  });

  it('reports a line over the limit once and goes on after it', async () => {
    expect(await lines(`a\n${'x'.repeat(1000)}\nb\n`)).toEqual(['1 a', '2 CSV_LINE_TOO_LONG', '3 b']);
    expect(await lines('x'.repeat(1000))).toEqual(['1 CSV_LINE_TOO_LONG']);
    expect(await lines(`${'x'.repeat(64)}\n${'y'.repeat(65)}\nz`)).toEqual([`1 ${'x'.repeat(64)}`, '2 CSV_LINE_TOO_LONG', '3 z']);
  });

  it('reports bytes that are not UTF-8 and goes on after them', async () => {
    expect(await lines('a\n\xff\xfe\nb')).toEqual(['1 a', '2 CSV_ENCODING', '3 b']);
  });

  it('gives the same records however the bytes are cut into chunks', async () => {
    const piece = fc.constantFrom('a', ',', '"', '\n', '\r\n', 'ü', '\xff', 'x'.repeat(40), '""');
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 60 }),
        fc.integer({ min: 1, max: 50 }),
        fc.boolean(),
        async (pieces, chunkBytes, isQuoted) => {
          const bytes = Buffer.concat(pieces.map((text) => Buffer.from(text, text === '\xff' ? 'latin1' : 'utf8')));
          const options = { maxBytes: 32, isQuoted };
          expect(await read(bytes, chunkBytes, options)).toEqual(await read(bytes, Math.max(bytes.length, 1), options));
        },
      ),
      { numRuns: 500 },
    );
  });
});
