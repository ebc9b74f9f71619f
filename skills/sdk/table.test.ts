import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { column, decodeTable, encodeTable, float64Column, int32Column, makeTable, merkleRoot, tableLeaves, textColumn } from './table.ts';

const anyTable = fc
  .nat(700)
  .chain((rows) =>
    fc
      .tuple(
        fc.array(fc.double(), { minLength: rows, maxLength: rows }),
        fc.array(fc.integer(), { minLength: rows, maxLength: rows }),
        fc.array(fc.string({ unit: 'grapheme' }), { minLength: rows, maxLength: rows }),
      )
      .map(([floats, integers, texts]) =>
        makeTable({ f: column.float64(Float64Array.from(floats)), i: column.int32(Int32Array.from(integers)), t: column.text(texts) }),
      ),
  );

describe('a table', () => {
  it('comes back from its bytes unchanged, with the same digest', () => {
    fc.assert(
      fc.property(anyTable, (table) => {
        const { bytes, digest } = encodeTable(table);
        const back = decodeTable(bytes);
        expect(back.digest).toBe(digest);
        expect(back.table).toEqual(table);
      }),
      { numRuns: 30 },
    );
  });

  it('has another digest when any one value differs by one ulp', () => {
    const make = (value: number) => encodeTable(makeTable({ f: column.float64(Float64Array.from([1, value, 3])) })).digest;
    expect(make(2)).not.toBe(make(2.0000000000000004));
  });

  it('has another digest when a column is named otherwise', () => {
    const make = (name: string) => encodeTable(makeTable({ [name]: column.int32(Int32Array.of(1)) })).digest;
    expect(make('a')).not.toBe(make('b'));
  });

  it('keeps texts that come again once, and reads them as any text', () => {
    const table = makeTable({ c: column.coded(Int32Array.of(1, 0, 1), ['ä', 'b']), i: column.int32(Int32Array.of(1, 2, 3)) });
    const { bytes, digest } = encodeTable(table);
    const back = decodeTable(bytes);
    expect(back).toEqual({ table, digest });
    expect(textColumn(back.table, 'c')).toEqual(['b', 'ä', 'b']);
    expect(tableLeaves(table)).toHaveLength(3);
  });

  it('is the same bytes whether its texts were made as strings or as bytes', () => {
    const texts = ['ä', '', 'b'.repeat(300)];
    const packed = texts.map((text) => {
      const bytes = Buffer.from(text);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(bytes.length);
      return Buffer.concat([length, bytes]);
    });
    const values = Int32Array.of(2, 0, 1, 0);
    const made = encodeTable(makeTable({ c: column.packed(values, { count: texts.length, bytes: Buffer.concat(packed) }) }));
    expect(made).toEqual(encodeTable(makeTable({ c: column.coded(values, texts) })));
    expect(textColumn(decodeTable(made.bytes).table, 'c')).toEqual([texts[2], 'ä', '', 'ä']);
  });

  it('refuses a code that names no text', () => {
    const { bytes } = encodeTable(makeTable({ c: column.coded(Int32Array.of(0, 2), ['a', 'b']) }));
    expect(() => decodeTable(bytes)).toThrow("column 'c' has code 2 in row 1, but 2 texts");
  });

  it('refuses columns of different length', () => {
    expect(() => makeTable({ a: column.int32(Int32Array.of(1)), b: column.int32(Int32Array.of(1, 2)) })).toThrow(
      "column 'b' has 2 rows, 'a' has 1",
    );
  });

  it('says which columns there are when one is asked for that is not', () => {
    const table = makeTable({ a: column.int32(Int32Array.of(1)), b: column.text(['x']) });
    expect(int32Column(table, 'a')[0]).toBe(1);
    expect(textColumn(table, 'b')[0]).toBe('x');
    expect(() => float64Column(table, 'a')).toThrow("expected column 'a' of float64, found a: int32, b: text");
  });

  it('refuses bytes that are cut short or are no table', () => {
    const { bytes } = encodeTable(makeTable({ a: column.text(['abc', 'def']) }));
    expect(() => decodeTable(bytes.subarray(0, bytes.length - 2))).toThrow(/more were expected/);
    expect(() => decodeTable(Buffer.from('hello\n'))).toThrow(/expected a cohortium\/table@1 header/);
  });
});

describe('the Merkle root', () => {
  // Test vectors of the Certificate Transparency reference implementation (google/certificate-transparency, merkle tree tests).
  const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map((hex) =>
    Buffer.from(hex, 'hex'),
  );
  it.each([
    [0, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    [1, '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'],
    [3, 'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77'],
    [8, '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328'],
  ])('of the first %i published leaves is the published one', (count, root) => {
    expect(merkleRoot(leaves.slice(0, count))).toBe(root);
  });
});
