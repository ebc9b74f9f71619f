import { describe, expect, it } from 'vitest';

import { binnedDiagram, corpDiagram, type Tier, validateTiers } from '../../../../skills/recalibrate/core/index.ts';
import { makeRng, sigmoid } from '../../../../skills/sdk/numeric/index.ts';
import { itIsAPicture } from '../../../../test/fixtures/svg-checks.ts';
import { binnedReliability, corpReliability, tierQuality } from './index.ts';

const source = { title: 'Purchase within 90 days <all>', subtitle: 'cohort web & store, calibrated by platt' };

function rows(count: number, slope: number) {
  const rng = makeRng('pictures');
  const odds = Float64Array.from({ length: count }, () => 1.2 * rng.normal() - 0.5);
  return { predicted: odds.map((own) => sigmoid(slope * own)), outcome: odds.map((own) => (rng.uniform() < sigmoid(own) ? 1 : 0)) };
}

const one = { predicted: Float64Array.of(0.3), outcome: Float64Array.of(1) };
const sure = { predicted: Float64Array.of(0, 1, 1), outcome: Float64Array.of(0, 1, 0) };
const rare = { predicted: new Float64Array(50).fill(0.004), outcome: Float64Array.from({ length: 50 }, (_, row) => (row < 2 ? 1 : 0)) };

describe.each([
  ['right', rows(2000, 1)],
  ['too sure', rows(2000, 2.2)],
  ['of one customer', one],
  ['of 0 and 1', sure],
  ['all equal and small', rare],
])('the reliability of predictions that are %s', (_, data) => {
  describe('by bins', () => {
    itIsAPicture(binnedReliability(source, binnedDiagram(data)), 'bins outside their bars');
  });
  describe('by CORP', () => {
    itIsAPicture(corpReliability(source, corpDiagram(data)), 'Miscalibration');
  });
});

describe('reliability by bins', () => {
  const outside = (slope: number): number =>
    Number(/(\d+) of 10 bins outside/.exec(binnedReliability(source, binnedDiagram(rows(2000, slope))))?.[1]);

  it('counts the bins that chance does not explain', () => {
    expect(outside(1)).toBeLessThanOrEqual(3); // ten bars of 90 %
    expect(outside(2.2)).toBeGreaterThanOrEqual(6);
  });
});

describe('reliability by CORP', () => {
  it('stays inside its square', () => {
    const svg = corpReliability(source, corpDiagram(rows(2000, 2.2)));
    for (const [, x = '', y = ''] of svg.matchAll(/[ML](-?[\d.]+) (-?[\d.]+)/g)) {
      expect(Number(x)).toBeGreaterThanOrEqual(64);
      expect(Number(x)).toBeLessThanOrEqual(528);
      expect(Number(y)).toBeGreaterThanOrEqual(116);
      expect(Number(y)).toBeLessThanOrEqual(544);
    }
  });
});

/** Spend with a spread by tier, and intervals of 90 % where the spread is that of the tier. */
function tiersOf(spread: Readonly<Partial<Record<Tier, number>>>, each: number) {
  const rng = makeRng('tiers');
  const tier = Object.keys(spread).flatMap((name) => new Array<Tier>(each).fill(name as Tier));
  const predicted = Float64Array.from(tier, () => 100);
  const outcome = Float64Array.from(tier, (own) => Math.max(0, 100 + 10 * (spread[own] ?? 1) * rng.normal()));
  const low = predicted.map((value) => value - 16.4);
  const high = predicted.map((value) => value + 16.4);
  const cohort = tier.map(() => 'all');
  return validateTiers({ cohort, tier, predicted, low, high, outcome, windowEndDay: Int32Array.from(tier, () => 10) }, 20, 0.9);
}

describe('the quality of tiers', () => {
  describe('that order', () => {
    itIsAPicture(tierQuality(tiersOf({ high: 0.5, medium: 1, low: 2 }, 400), 90), 'Higher tiers hold better and err less.');
  });
  describe('that do not', () => {
    itIsAPicture(tierQuality(tiersOf({ high: 3, medium: 1 }, 400), 90), 'Higher tiers neither hold better nor err less.');
  });
  describe('with one customer', () => {
    itIsAPicture(tierQuality(tiersOf({ none: 1 }, 1), 90), 'Fewer than two tiers to compare.');
  });
  describe('of nobody', () => {
    itIsAPicture(tierQuality(tiersOf({}, 0), 90), 'Fewer than two tiers to compare.');
  });
});
