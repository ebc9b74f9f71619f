/** What comes back of texts by key, and what is not believed. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';

import { compareBytes } from '../../../skills/sdk/index.ts';
import { readOwnerRows, writeOwnerRows } from './owner-rows.ts';

const folder = mkdtempSync(join(tmpdir(), 'owner-rows-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(path: string, rows: ReadonlyMap<string, string>): void {
  const writer = writeOwnerRows(path);
  try {
    for (const key of [...rows.keys()].sort(compareBytes)) writer.add(key, rows.get(key) ?? '');
    writer.finish();
  } finally {
    writer.close();
  }
}

describe('rows by owner', () => {
  it('come back for any keys, whatever is in keys and texts', () => {
    const key = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('user:a\tb', 'user:"', 'user:\\', 'user:\n', 'email:\u{10ffff}', 'user:\uffee', ''),
    );
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }).map((own) => own.replaceAll('\n', ' ')),
      fc.nat(20_000).map((length) => 'x'.repeat(length)),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(key, text), { maxLength: 60 }), fc.array(key), (rows, others) => {
        const path = join(folder, 'any.rows');
        const known = new Map(rows);
        write(path, known);
        const wanted = [...new Set([...[...known.keys()].filter((_, at) => at % 2 === 0), ...others])].sort(compareBytes);
        const expected = wanted.flatMap((one) => (known.has(one) ? [{ key: one, text: known.get(one) }] : []));
        expect(readOwnerRows(path, wanted)).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });

  it('are found in a file of many pages', () => {
    const path = join(folder, 'many.rows');
    const rows = new Map(
      Array.from({ length: 30_000 }, (_, at) => [`user:${String(at * 2).padStart(6, '0')}`, `${'row '.repeat(40)}${at}`]),
    );
    write(path, rows);
    const wanted = Array.from({ length: 300 }, (_, at) => `user:${String(at * 199).padStart(6, '0')}`);
    expect(readOwnerRows(path, wanted).map(({ key, text }) => [key, text])).toEqual(
      wanted.flatMap((key) => (rows.has(key) ? [[key, rows.get(key)]] : [])),
    );
    expect(readOwnerRows(path, ['a', 'user:', 'user:999999', 'z'])).toEqual([]);
  });

  it('are refused when keys do not ascend, and cannot be read before they are finished', () => {
    const path = join(folder, 'refused.rows');
    const writer = writeOwnerRows(path);
    writer.add('b', '1');
    expect(() => writer.add('a', '2')).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
    expect(() => writer.add('c', 'two\nlines')).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
    writer.close();
    expect(() => readOwnerRows(path, ['b'])).toThrow(expect.objectContaining({ code: 'STORE_CORRUPT' }));
  });

  it('are not believed when the file is cut or changed', () => {
    const path = join(folder, 'damaged.rows');
    write(
      path,
      new Map([
        ['a', '1'],
        ['b', '2'],
      ]),
    );
    const bytes = readFileSync(path);
    for (const broken of [Buffer.alloc(0), bytes.subarray(0, 7), bytes.subarray(3), bytes.subarray(0, bytes.length - 4)]) {
      writeFileSync(path, broken);
      expect(() => readOwnerRows(path, ['a'])).toThrow(expect.objectContaining({ code: 'STORE_CORRUPT' }));
    }
  });
});
