import { describe, expect, it } from 'vitest';

import { defaultIdentityRules } from '../../../../registries/identity/identity-rules.ts';
import {
  carriedBy,
  duplicatePeople,
  pairsOfLabels,
  type PersonRecord,
  profilesOf,
  scorePairs,
} from '../../../../test/fixtures/duplicate-people.ts';
import { type Identity, ownerOf } from '../identity.ts';
import { type PairStatement, resolveIdentities } from '../resolve-identities.ts';
import { comparePair, comparisonLevels, comparisonNames, levelIn } from './comparisons.ts';
import { matchProfiles } from './match-profiles.ts';
import { makeProfileTable } from './profile-table.ts';

const records = duplicatePeople({ seed: 'first', people: 8000 });
const table = makeProfileTable(profilesOf(records));
const result = matchProfiles(table, defaultIdentityRules.matching);

function ownerRecord({ userId, loyaltyId, emailHash }: PersonRecord): Identity {
  if (userId !== '') return { kind: 'user', value: userId };
  return loyaltyId === '' ? { kind: 'email', value: emailHash } : { kind: 'loyalty', value: loyaltyId };
}

/** Customer of each record by the rules, with what persons confirmed. */
function customersOf(statements: readonly PairStatement[]): number[] {
  const { customers, identities } = resolveIdentities(carriedBy(records), statements);
  const rowOf = new Map(identities.map(({ identity, customer }) => [ownerOf(identity), customer]));
  expect(customers.length).toBeGreaterThan(0);
  return records.map((record) => rowOf.get(ownerOf(ownerRecord(record))) ?? -1);
}

const confirmed = (threshold: number): PairStatement[] =>
  result.pairs
    .filter(({ probability }) => probability >= threshold)
    .map(({ left, right }) => ({
      left: ownerRecord(records[left] as PersonRecord),
      right: ownerRecord(records[right] as PersonRecord),
      isLink: true,
    }));

/** Pairs at or above a probability, as rows of records. */
const probable = (threshold: number): (readonly [number, number])[] =>
  result.pairs.filter(({ probability }) => probability >= threshold).map(({ left, right }) => [left, right] as const);

describe('against a simulated truth of 8,000 people and 10,677 records', () => {
  it('rules alone put few wrong pairs together, and miss most of those who came twice', () => {
    const { precision, recall } = scorePairs(records, pairsOfLabels(customersOf([])));
    expect(precision).toBeGreaterThan(0.95);
    expect(recall).toBeGreaterThan(0.3);
  });

  it('likeness alone finds most of them at 0.9, and hardly any wrong pair at 0.99', () => {
    expect(scorePairs(records, probable(0.5)).recall).toBeGreaterThan(0.86);
    const high = scorePairs(records, probable(0.9));
    expect(high.precision).toBeGreaterThan(0.98);
    expect(high.recall).toBeGreaterThan(0.78);
    expect(scorePairs(records, probable(0.99)).precision).toBeGreaterThan(0.99);
  });

  it('rules and the likenesses that a person confirms find more than either', () => {
    const both = scorePairs(records, pairsOfLabels(customersOf(confirmed(0.9))));
    expect(both.precision).toBeGreaterThan(0.95);
    expect(both.recall).toBeGreaterThan(0.82);
  });

  it('the probabilities mean what they say', () => {
    const bands = [
      [0.5, 0.9],
      [0.9, 0.99],
      [0.99, 1.01],
    ] as const;
    for (const [from, to] of bands) {
      const inBand = result.pairs.filter(({ probability }) => probability >= from && probability < to);
      const mean = inBand.reduce((sum, { probability }) => sum + probability, 0) / inBand.length;
      const share = inBand.filter(({ left, right }) => records[left]?.person === records[right]?.person).length / inBand.length;
      expect(Math.abs(mean - share)).toBeLessThan(0.1);
    }
  });

  it('the model finds the share of true pairs and their levels of agreement again', () => {
    const counts = comparisonNames.map((name) => comparisonLevels[name].map(() => 0));
    let truePairs = 0;
    for (const [left, right] of pairsOfLabels(records.map(({ person }) => person))) {
      const pattern = comparePair(table, left, right);
      truePairs += 1;
      for (const comparison of comparisonNames.keys()) {
        const level = levelIn(pattern, comparison);
        if (level > 0) counts[comparison]![level - 1]! += 1;
      }
    }
    const lambda = truePairs / ((records.length * (records.length - 1)) / 2);
    expect(Math.abs(result.model.lambda / lambda - 1)).toBeLessThan(0.1);
    for (const [comparison, name] of comparisonNames.entries()) {
      const total = counts[comparison]!.reduce((sum, count) => sum + count, 0);
      for (const [level, count] of counts[comparison]!.entries()) {
        expect(Math.abs(result.model.comparisons[name].m[level]! - count / total)).toBeLessThan(0.04);
      }
    }
  });

  it('and what strangers agree on', () => {
    const counts = comparisonNames.map((name) => comparisonLevels[name].map(() => 0));
    for (let left = 0; left < records.length; left += 7) {
      for (let right = left + 1; right < records.length; right += 11) {
        if (records[left]?.person === records[right]?.person) continue;
        const pattern = comparePair(table, left, right);
        for (const comparison of comparisonNames.keys()) {
          const level = levelIn(pattern, comparison);
          if (level > 0) counts[comparison]![level - 1]! += 1;
        }
      }
    }
    expect(counts.flat().filter((count) => count > 100).length).toBeGreaterThan(10);
    for (const [comparison, name] of comparisonNames.entries()) {
      const total = counts[comparison]!.reduce((sum, count) => sum + count, 0);
      for (const [level, count] of counts[comparison]!.entries()) {
        const [found, truth] = [result.model.comparisons[name].u[level]!, count / total];
        // Rare levels are compared as logarithms, within a factor of one and a half.
        if (count > 100) expect(Math.abs(Math.log2(found / truth))).toBeLessThan(0.6);
      }
    }
  });
});

describe('likeness', () => {
  const alone = (people: readonly (readonly [string, string, string, string])[]) => {
    const values = profilesOf(records);
    const added = {
      ...values,
      givenName: [...values.givenName, ...people.map(([given]) => given)],
      familyName: [...values.familyName, ...people.map(([, family]) => family)],
      street: [...values.street, ...people.map(([, , street]) => street)],
      postalCode: [...values.postalCode, ...people.map(() => '10001')],
      city: [...values.city, ...people.map(() => 'Halden')],
      birthYear: [...values.birthYear, ...people.map(([, , , year]) => year)],
      emailHash: [...values.emailHash, ...people.map(() => '')],
      phoneHash: [...values.phoneHash, ...people.map(() => '')],
    };
    const found = matchProfiles(makeProfileTable(added), { ...defaultIdentityRules.matching, reviewAbove: 1e-9 });
    return (one: number, other: number): number =>
      found.pairs.find(({ left, right }) => left === records.length + one && right === records.length + other)?.weight ?? -99;
  };

  it('weighs a rare name more than a common one', () => {
    const weight = alone([
      ['Quirin', 'Zapf', 'Lindenweg 1', '1980'],
      ['Quirin', 'Zapf', '', '1980'],
      ['Anna', 'Zapf', 'Lindenweg 2', '1980'],
      ['Anna', 'Zapf', '', '1980'],
    ]);
    expect(weight(0, 1)).toBeGreaterThan(weight(2, 3) + 2);
  });

  it('tells people of a household apart, and knows names in the wrong boxes', () => {
    const weight = alone([
      ['Quirin', 'Zapf', 'Lindenweg 1', '1980'],
      ['Ottilie', 'Zapf', 'Lindenweg 1', '1955'],
      ['Zapf', 'Quirin', 'Lindenweg 1', '1980'],
    ]);
    expect(weight(0, 1)).toBeLessThan(0);
    expect(weight(0, 2)).toBeGreaterThan(3);
  });

  it('is the same twice, and asks only for pairs that are wanted', () => {
    const again = matchProfiles(table, defaultIdentityRules.matching, (left) => left % 2 === 0);
    expect(again.model).toEqual(result.model);
    expect(again.pairs).toEqual(result.pairs.filter(({ left }) => left % 2 === 0));
  });

  it.each([0, 1, 2])('has nothing to say of %i profiles', (count) => {
    const few = matchProfiles(makeProfileTable(profilesOf(records.slice(0, count))), defaultIdentityRules.matching);
    expect(few.pairs).toEqual([]);
  });
});
