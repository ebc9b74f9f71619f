import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { readDeclared, readEstimated, readProxies } from './read-import.ts';

const folder = mkdtempSync(join(tmpdir(), 'fairness-import-'));
afterAll(() => rmSync(folder, { recursive: true }));

let written = 0;
function file(text: string): string {
  const path = join(folder, `${written++}.csv`);
  writeFileSync(path, text);
  return path;
}

const surnames = file('surname,moss,fern\nOrlesku,0.9,0.1\n"O\'Dell",0.2,0.8\n');
const places = file('place,fern,moss\nA,0.02,0.08\nB,0,0\n');

describe('stated groups', () => {
  it('are read by column; who did not say is not known, and in no group', () => {
    const { rows, columns } = readDeclared(file('customer,sex,community\nc1,w,moss\nc2,,fern\n'));
    expect(rows).toBe(2);
    expect(columns.get('sex')).toEqual([{ customer: 'c1', group: 'w', weight: 1 }]);
    expect(columns.get('community')).toHaveLength(2);
    expect(readProxies(file('customer,postcode\nc1,10-1\n')).columns.get('postcode')).toEqual([{ customer: 'c1', value: '10-1' }]);
  });

  it.each([
    ['nothing in it', '', /empty/],
    ['no row', 'customer,sex\n', /no row below/],
    ['no column for the customer', 'id,sex\nc1,w\n', /no column 'customer'/],
    ['no attribute', 'customer\nc1\n', /no column beside customer/],
    ['a customer twice', 'customer,sex\nc1,w\nc2,m\nc1,m\n', /:4: 'c1' is in line 2/],
    ['a row without a customer', 'customer,sex\nc1,w\n,m\n', /:3: 'customer' is empty/],
    ['a column twice', 'customer,sex,sex\nc1,w,w\n', /'sex' twice/],
    ['what is no CSV', 'customer,sex\nc1,"w\n', /this is not CSV/],
  ])('are refused with %s', (_, text, message) => {
    expect(() => readDeclared(file(text))).toThrow(
      expect.objectContaining({ code: 'FAIRNESS_ROWS_INVALID', message: expect.stringMatching(message) as string }) as Error,
    );
  });

  it('are refused from a file that is not there', () => {
    expect(() => readDeclared(join(folder, 'none.csv'))).toThrow(/no such file/);
  });
});

describe('estimated groups', () => {
  const people = file('customer,surname,place\nc1,ORLESKU,A\nc2,odell,A\nc3,Nobody,A\nc4,Orlesku,B\nc5,Orlesku,Z\nc6,Orlesku,A\n');

  it('are probabilities that add up to one; without a match there is no answer', () => {
    const { groups, unmatched, refusedEu, rows } = readEstimated(people, { surnames, places }, (customer) => customer !== 'c6');
    expect({ rows, unmatched, refusedEu }).toEqual({ rows: 6, unmatched: 3, refusedEu: 1 });
    expect([...new Set(groups.map(({ customer }) => customer))]).toEqual(['c1', 'c2']);
    // 0.9 · 0.08 against 0.1 · 0.02
    expect(groups.find(({ customer, group }) => customer === 'c1' && group === 'moss')?.weight).toBeCloseTo(0.072 / 0.074, 14);
    expect(groups.filter(({ customer }) => customer === 'c2').reduce((total, { weight }) => total + weight, 0)).toBeCloseTo(1, 14);
  });

  it.each([
    ['groups that differ', 'place,fern,reed\nA,0.1,0.2\n', /its groups are fern, reed/],
    ['a probability that is none', 'place,fern,moss\nA,0.1,1.2\n', /'moss' is '1.2'/],
    ['a text for a probability', 'place,fern,moss\nA,few,0.2\n', /'fern' is 'few'/],
    ['one group only', 'place,fern\nA,1\n', /at least two groups/],
    ['a place twice', 'place,fern,moss\nA,0.1,0.2\nA,0.1,0.2\n', /'A' is in line 2/],
  ])('are refused for tables with %s', (_, text, message) => {
    expect(() => readEstimated(people, { surnames, places: file(text) }, () => true)).toThrow(message);
  });
});
