import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type MatchingField, matchingFields } from '../../../../registries/identity/identity-rules.ts';
import { candidatePairs } from './blocking.ts';
import { normaliseCode, normaliseName, normaliseStreet } from './normalise.ts';
import { makeProfileTable, type ProfileValues } from './profile-table.ts';

const none = (rows: number): ProfileValues =>
  Object.fromEntries(matchingFields.map((field) => [field, Array.from({ length: rows }, () => '')])) as unknown as ProfileValues;

describe('candidate pairs', () => {
  const text = fc.constantFrom('', 'a', 'b', 'c');
  const rules: readonly (readonly MatchingField[])[] = [['givenName'], ['familyName', 'city'], ['city']];

  it('are those that agree on all fields of a rule, each once', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text, text), { maxLength: 12 }), (profiles) => {
        const table = makeProfileTable({
          ...none(profiles.length),
          givenName: profiles.map(([given]) => given),
          familyName: profiles.map(([, family]) => family),
          city: profiles.map(([, , city]) => city),
        });
        const expected: string[] = [];
        for (const [left, [given, family, city]] of profiles.entries()) {
          for (const [right, other] of profiles.entries()) {
            if (left >= right) continue;
            const agree = (one: string, two: string | undefined): boolean => one !== '' && one === two;
            if (agree(given, other[0]) || (agree(family, other[1]) && agree(city, other[2])) || agree(city, other[2]))
              expected.push(`${left} ${right}`);
          }
        }
        const { left, right } = candidatePairs(table, rules, 100);
        expect([...left].map((row, index) => `${row} ${right[index]}`).toSorted()).toEqual(expected.toSorted());
      }),
    );
  });

  it('leave out a group that is too large, and say so; another rule may still name its pairs', () => {
    const table = makeProfileTable({ ...none(5), givenName: ['a', 'a', 'a', 'a', 'b'], city: ['x', 'x', 'y', 'z', 'z'] });
    const { left, right, skippedBlocks } = candidatePairs(table, [['givenName'], ['city']], 3);
    expect([[...left], [...right], skippedBlocks]).toEqual([[0, 3], [1, 4], 1]);
  });
});

describe('texts are compared', () => {
  it.each([
    [normaliseName, '  Müller-Lüdenscheidt ', 'muller ludenscheidt'],
    [normaliseName, "O'Neill", 'oneill'],
    [normaliseName, 'ÅSE Øvrebø', 'ase ovrebo'],
    [normaliseName, 'Жанна', 'жанна'],
    [normaliseStreet, 'Lindenstr. 5a', 'lindenstrasse 5a'],
    [normaliseStreet, 'Lindenstraße 5a', 'lindenstrasse 5a'],
    [normaliseStreet, '12 Main St', '12 main street'],
    [normaliseCode, 'SW1A 1AA', 'sw1a1aa'],
  ])('%o: %s as %s', (normalise, text, expected) => {
    expect(normalise(text)).toBe(expected);
  });
});
