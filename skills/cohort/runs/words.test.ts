import { describe, expect, it } from 'vitest';

import { traitsOf } from './recipes/numbers.ts';
import { distinctNames, nameByTraits, sayCount, sayMoney, sayTraits, shown, type Trait } from './words.ts';

const euro = { currency: 'EUR', minorDigits: 2 };
const trait = (feature: string, difference: number, here = 6, all = 2): Trait => ({ feature, here, all, difference });

describe('what sets a cohort apart', () => {
  // Six customers of whom half have nothing: the mean of their logarithms is what none of them has.
  const spend = Float64Array.of(0, 0, 0, 6000, 6000, 20_000);
  const plain = { names: ['spendMinor'], columns: [spend] };

  it('is said by medians, which some customer has, also where many have nothing', () => {
    const [nothing, something] = traitsOf({ plain }, Int32Array.of(0, 0, 0, 1, 1, 1), 2);
    expect(nothing).toEqual([{ feature: 'spendMinor', here: 0, all: 3000, difference: -0.5 }]);
    expect(something).toEqual([{ feature: 'spendMinor', here: 6000, all: 3000, difference: 0.5 }]);
  });

  it('is Cliff’s delta: how much more probable more is than less, equal values left aside', () => {
    // Of 2 × 6 pairs with 6000: 3 above each, 2 equal, 1 below.
    const [, middle] = traitsOf({ plain }, Int32Array.of(0, 0, 0, 1, 1, -1), 2);
    expect(middle?.[0]?.difference).toBeCloseTo((3 - 1) / 6, 12);
  });

  it('leaves a cohort without customers without words', () => {
    expect(traitsOf({ plain }, Int32Array.of(0, 0, 0, 0, 0, 0), 2)[1]).toEqual([]);
  });
});

describe('sentences', () => {
  it('say money in the operator’s currency, not in minor units', () => {
    expect(sayTraits([trait('spendMinor', 0.66, 123_456, 6429)], euro)).toEqual([
      'Spend: median 1 234.56 EUR, of all 64.29 EUR; above 83 % of customers.',
    ]);
    expect(sayMoney(1234, { currency: 'JPY', minorDigits: 0 })).toBe('1 234 JPY');
    expect(sayMoney(-5, euro)).toBe('-0.05 EUR');
  });

  it('call columns by words, and signals by their type', () => {
    expect(sayTraits([trait('recencyDays', -0.7, 16, 193), trait('browse', 0.5)], euro)).toEqual([
      'Days since the last purchase: median 16, of all 193; below 85 % of customers.',
      'Browse: median 6, of all 2; above 75 % of customers.',
    ]);
  });

  it('say nothing of what hardly differs', () => {
    expect(sayTraits([trait('orders', 0.14)], euro)).toEqual([]);
    expect(nameByTraits([[trait('orders', 0.14)]])).toEqual(['like the average']);
  });

  it('write numbers as people read them', () => {
    expect([1207, 951.4, 0.0757, -0.0757, 12.5, 1_234_567, 0].map((value) => shown(value))).toEqual([
      '1 207',
      '951',
      '0.08',
      '-0.08',
      '12.5',
      '1 234 567',
      '0',
    ]);
    expect([sayCount(1, 'customer'), sayCount(2905, 'customer')]).toEqual(['1 customer', '2 905 customers']);
  });
});

describe('names', () => {
  it('take as many phrases as tell cohorts apart, and a number only where none does', () => {
    expect(distinctNames([['a', 'b'], ['a', 'c'], ['a'], []], 1, 'nothing')).toEqual(['a, b', 'a, c', 'a', 'nothing']);
    expect(distinctNames([['a'], ['a']], 1, 'nothing')).toEqual(['a', 'a (2)']);
  });

  it('say how often a name of a column comes', () => {
    expect(nameByTraits([[trait('loyaltyTier: gold', 0.6, 0.95, 0.35), trait('channel: web', -0.2, 0.1, 0.3)]])).toEqual([
      'loyalty tier almost always gold, channel seldom web',
    ]);
  });
});
