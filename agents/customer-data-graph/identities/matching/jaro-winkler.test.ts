import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { jaroWinkler, packTexts } from './jaro-winkler.ts';

const similarity = (one: string, other: string): number => jaroWinkler(packTexts([one, other]), 0, 1);

describe('the similarity of Jaro and Winkler', () => {
  it.each([
    ['MARTHA', 'MARHTA', 0.9611],
    ['DWAYNE', 'DUANE', 0.84],
    ['DIXON', 'DICKSONX', 0.8133],
    ['ABROMS', 'ABRAMS', 0.9222],
    ['', 'ANNA', 0],
    ['ANNA', 'OTTO', 0],
    ['ANNA', 'ANNA', 1],
  ])('of %s and %s is %d', (one, other, expected) => {
    expect(similarity(one, other)).toBeCloseTo(expected, 4);
  });

  it('is the one that DuckDB computes', async () => {
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd', 'e', ' '), minLength: 1, maxLength: 12 });
    const pairs = fc.sample(fc.tuple(text, text), 500);
    const values = pairs.map(([one, other]) => `('${one}', '${other}')`).join(', ');
    const found = await connection.runAndReadAll(`SELECT jaro_winkler_similarity(a, b) FROM (VALUES ${values}) t(a, b)`);
    connection.closeSync();
    instance.closeSync();
    const expected = found.getRows().map(([value]) => Number(value));
    for (const [row, [one, other]] of pairs.entries()) expect(similarity(one, other)).toBeCloseTo(expected[row] ?? -1, 12);
  });

  it('does not care which comes first, and stays between nothing and equal', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        const found = similarity(one, other);
        expect(found).toBeGreaterThanOrEqual(0);
        expect(found).toBeLessThanOrEqual(1);
        expect(similarity(other, one)).toBeCloseTo(found, 12);
      }),
    );
  });
});
