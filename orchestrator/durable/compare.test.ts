import { describe, expect, it } from 'vitest';

import { column, type Json, makeTable } from '../../skills/sdk/index.ts';
import { createMemoryContent } from '../../test/fixtures/memory-content.ts';
import { firstDifference } from './compare.ts';

const content = createMemoryContent();

/** Scores of 600 accounts, with one value replaced. */
function scores(row = -1, value = 0): Json {
  const clvMinor = Float64Array.from({ length: 600 }, (_, index) => index / 3);
  if (row >= 0) clvMinor[row] = value;
  const customerId = Array.from({ length: 600 }, (_, index) => `c${index}`);
  return { scores: content.putTable(makeTable({ customerId: column.text(customerId), clvMinor: column.float64(clvMinor) })) };
}

describe('the first difference', () => {
  it('is null for equal outputs', () => {
    expect(firstDifference(content, scores(), scores())).toBeNull();
    expect(firstDifference(content, { a: [1, null, 'x'] }, { a: [1, null, 'x'] })).toBeNull();
  });

  it('names chunk, row, field, both values and the distance for one bit in a table', () => {
    // 100 and the next double above it; row 300 stands in the second chunk of 256 rows.
    expect(firstDifference(content, scores(), scores(300, 100.00000000000001))).toEqual({
      path: 'output.scores',
      chunk: 1,
      record: 300,
      field: 'clvMinor',
      recorded: 100,
      replayed: 100.00000000000001,
      ulps: 1,
      bits: { recorded: '4059000000000000', replayed: '4059000000000001' },
      records: { different: 1, of: 600 },
      says: "output.scores: chunk 1, record 300, field 'clvMinor': recorded 100, replayed 100.00000000000001 (1 ulps apart)",
    });
  });

  it('shows numbers that JSON has no word for as text', () => {
    expect(firstDifference(content, scores(), scores(0, Number.NaN))).toMatchObject({
      recorded: 0,
      replayed: 'NaN',
      ulps: null,
      bits: { recorded: '0000000000000000', replayed: '7ff8000000000000' },
    });
    expect(firstDifference(content, scores(), scores(0, -0))).toMatchObject({ recorded: 0, replayed: '-0', ulps: 0 });
  });

  it('tells the signs of zero apart, as the digest does', () => {
    expect(firstDifference(content, scores(), scores(0, -0))?.says).toContain("record 0, field 'clvMinor'");
  });

  it('names the columns or the length of tables of another shape', () => {
    const table = (length: number, name = 'x'): Json => ({
      ...content.putTable(makeTable({ [name]: column.int32(new Int32Array(length)) })),
    });
    expect(firstDifference(content, table(2), table(3))?.says).toBe('output: recorded 2 rows, replayed 3');
    expect(firstDifference(content, table(2), table(2, 'y'))?.says).toBe('output: recorded columns x; replayed y');
    const wide: Json = { ...content.putTable(makeTable({ x: column.float64(new Float64Array(2)) })) };
    expect(firstDifference(content, table(2), wide)?.says).toBe('output: the tables differ in column types');
  });

  it('looks into stored JSON', () => {
    const model = (alpha: number): Json => ({ model: content.putJson({ parameters: { r: 1, alpha } }) });
    expect(firstDifference(content, model(4), model(4.5))?.says).toMatch(/^output\.model\.parameters\.alpha: recorded 4, replayed 4\.5/);
  });

  it('names fields that only one side has, and lists of another length', () => {
    expect(firstDifference(content, { a: 1 }, { a: 1, b: 2 })?.says).toMatch(/^output\.b: recorded null, replayed 2/);
    expect(firstDifference(content, { a: [1] }, { a: [1, 2] })?.says).toBe('output.a: recorded 1 items, replayed 2');
  });

  it('passes over what was erased where it was asked to, and over nothing else', () => {
    const [before, after, kept] = [content.putJson({ n: 1 }), content.putJson({ n: 2 }), content.putJson({ n: 3 })];
    const passing = { ...content, isErased: ({ digest }: { readonly digest: string }) => digest === before.digest, passesErased: true };
    expect(firstDifference(passing, { a: before }, { a: after })).toBeNull();
    expect(firstDifference(passing, { a: kept }, { a: after })).not.toBeNull();
    expect(firstDifference(passing, { a: before }, { a: 1 })).not.toBeNull();
  });

  it('says so when the recorded object was erased, and never compares with what is left of it', () => {
    const erasing = { ...content, isErased: () => true };
    expect(firstDifference(erasing, scores(), scores(300, 100.00000000000001))).toMatchObject({
      record: null,
      says: expect.stringContaining('was erased, so only digests can be compared'),
    });
  });

  it('says so when the recorded object is gone', () => {
    const gone: Json = { digest: '0'.repeat(64), media: 'application/json', rows: 1 };
    expect(firstDifference(content, gone, { ...content.putJson({}) })?.says).toContain('is absent, so only digests can be compared');
  });
});
