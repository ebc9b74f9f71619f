import { createHash } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { column, makeTable, textColumn } from '../../../skills/sdk/index.ts';
import { jsonWithout, nameFinder, personNames, textWithout } from './person-names.ts';
import { rowsOf, tableWithout } from './table-without.ts';

const emailHash = createHash('sha256').update('a.person@example.org').digest('hex');
const names = personNames(
  [
    { kind: 'user', value: 'c0771' },
    { kind: 'email', value: emailHash },
    { kind: 'loyalty', value: '17' },
  ],
  ['c0771'],
  'ab12',
);
const finder = nameFinder(names);

describe('names of a person', () => {
  it.each([
    ['the id alone', 'c0771', true],
    ['with its kind', 'user:c0771', true],
    ['inside a longer id, apart', 'c0771-o3', true],
    ['in a sentence', 'as c0771 asked', true],
    ['an address in the clear', 'write to A.Person@example.org please', true],
    ['its hash', `email:${emailHash}`, true],
    ['as a part of a digest', '4f2ac07719be', false],
    ['as the beginning of another id', 'c07712', false],
    ['a short value that fills the field', '17', true],
    ['a short value inside a text', '17 of 20 rows', false],
    ['another address', 'b.person@example.org', false],
  ])('are told from what only looks like them: %s', (_, text, isThere) => {
    expect(finder.mentions(text)).toBe(isThere);
    expect(finder.mentions(textWithout(text, finder, 'remove'))).toBe(false);
  });

  it('leave lists of items, and stay as zeros where places count', () => {
    const items = [
      { customerId: 'c0771', clv: 5 },
      { customerId: 'c2', clv: 7 },
    ];
    expect(jsonWithout({ items, at: 3 }, finder, 'remove')).toEqual({ items: [{ customerId: 'c2', clv: 7 }], at: 3 });
    expect(jsonWithout(items, finder, 'blank')).toEqual([
      { customerId: 'erased:ab12', clv: 0 },
      { customerId: 'c2', clv: 7 },
    ]);
    expect(jsonWithout({ byCustomer: { c0771: 5, c2: 7 } }, finder, 'remove')).toEqual({ byCustomer: { c2: 7 } });
    // A message inside of a line, as JSON in JSON.
    const line = JSON.stringify({ body: JSON.stringify({ data: { items } }) });
    expect(textWithout(line, finder, 'remove')).not.toContain('c0771');
    expect(textWithout('{ c0771 and no JSON', finder, 'remove')).toBe('{ erased:ab12 and no JSON');
  });
});

describe('a table', () => {
  const table = makeTable({
    customerId: column.text(['c1', 'c0771', 'c3']),
    account: column.int32(Int32Array.of(0, 1, 2)),
    spend: column.float64(Float64Array.of(1, 2, 3)),
    tier: column.text(['low', 'high', 'low']),
    city: column.coded(Int32Array.of(0, 1, 0), ['Rome', 'Oslo']),
  });

  it('keeps the place of every row, and nothing of the person', () => {
    const after = tableWithout(table, names, finder, new Set());
    expect(textColumn(after, 'customerId')).toEqual(['c1', 'erased:ab12', 'c3']);
    expect([...(after.columns['spend']?.values ?? [])]).toEqual([1, 0, 3]);
    expect([...(after.columns['account']?.values ?? [])]).toEqual([0, 1, 2]);
    expect(textColumn(after, 'city')).toEqual(['Rome', '', 'Rome']);
    expect(JSON.stringify(after.columns['city'])).not.toContain('Oslo');
  });

  it('is the same when it is done again, and has rows by their place alone blanked', () => {
    const once = tableWithout(table, names, finder, new Set([2]));
    expect([...(once.columns['spend']?.values ?? [])]).toEqual([1, 0, 0]);
    expect(rowsOf(once, names, finder)).toEqual(new Set([1, 2]));
    expect(tableWithout(once, names, finder, new Set())).toEqual(once);
  });
});
