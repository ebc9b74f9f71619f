import { createHash } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { column, makeTable, textColumn } from '../../../skills/sdk/index.ts';
import { isPlain, jsonWithout, nameFinder, personNames, textWithout } from './person-names.ts';
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
    ['a short value that fills some field', '17', false],
    ['a short value inside a text', '17 of 20 rows', false],
    ['another address', 'b.person@example.org', false],
  ])('are told from what only looks like them: %s', (_, text, isThere) => {
    expect(finder.mentions(text)).toBe(isThere);
    expect(finder.mentions(textWithout(text, finder, 'remove'))).toBe(false);
  });

  it.each([
    ['a card number under a key for names', { loyaltyId: '17' }, { loyaltyId: 'erased:ab12' }],
    ['the same as JSON in JSON', { body: '{"customer":"17","clv":2}' }, { body: '{"customer":"erased:ab12","clv":0}' }],
    ['in a list of customers', { customers: ['c1', '17'] }, { customers: ['c1', 'erased:ab12'] }],
    [
      'as the id of one among customers',
      { hubs: [{ id: '17', weight: 3 }], id: '17' },
      { hubs: [{ id: 'erased:ab12', weight: 0 }], id: '17' },
    ],
    ['in a list of ids', { ids: ['16', '17'], label: [0, 1] }, { ids: ['16', 'erased:ab12'], label: [0, 1] }],
    ['as a key among customers', { byCustomer: { 17: 5, c1: 6 } }, { byCustomer: { 'erased:ab12': 0, c1: 6 } }],
    ['as an identity', { identity: { kind: 'loyalty', value: '17' } }, { identity: { kind: 'loyalty', value: '' } }],
    ['another card of that number', { kind: 'user', value: '17' }, { kind: 'user', value: '17' }],
    [
      'a number of something else',
      { week: '17', item: 17, at: '17:00', list: ['17'] },
      { week: '17', item: 17, at: '17:00', list: ['17'] },
    ],
  ])('that are short, words or numbers go by the fields that they fill: %s', (_, value, left) => {
    expect(jsonWithout(value, finder, 'blank')).toEqual(left);
    expect(finder.mentions(JSON.stringify(value))).toBe(JSON.stringify(value) !== JSON.stringify(left));
  });

  it.each(['offers', 'Zoë', 'mary jane', 'rfm-segments', '2025', '2025-04-01', '12.50', '17', 'a-b'])(
    '%s may as well be nobody',
    (name) => {
      expect(isPlain(name)).toBe(true);
    },
  );

  it.each(['c077', 'u-100', 'user:2025', 'a@example.org', 'canary-84711', '4006381333931', '0c1d7a52-1f4b-4d0e-9f5a-1b2c3d4e5f60'])(
    '%s is somebody wherever it stands',
    (name) => {
      expect(isPlain(name)).toBe(false);
    },
  );

  it('are no names where a signal is called like somebody else', () => {
    const own = personNames([{ kind: 'user', value: 'c0771' }], ['c0771'], 'ab12');
    own.signals.add('c0999');
    const look = nameFinder(own);
    const said = { customerId: 'c0999', text: 'of c0999', signalId: 'c0999', signals: ['c0999', 's-2'] };
    expect(jsonWithout(said, look, 'remove')).toEqual({ customerId: 'c0999', text: 'of c0999', signalId: 'erased:ab12', signals: ['s-2'] });
    expect(look.mentions('c0999')).toBe(false);
  });

  it('in what somebody typed are names though they are words or numbers, but not in dates and amounts', () => {
    const typed = nameFinder(personNames([{ kind: 'user', value: '2025' }], ['2025'], 'ab12')).typed;
    expect(typed.without('2025 asked, see the letter of 2025-04-01 over 1.2025 EUR')).toBe(
      'erased:ab12 asked, see the letter of 2025-04-01 over 1.2025 EUR',
    );
    expect(typed.mentions('on 01.04.2025 at 20:25')).toBe(false);
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
