/** Measures of disparate impact where peers give NaN or a false certainty: empty groups, nobody or everybody selected, one customer, no weight. */
import '../../../../test/property-seed.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import * as fairness from './index.ts';

const selection = fc
  .tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 60 }))
  .map(([a, b]) => ({ selected: Math.min(a, b), total: Math.max(a, b) }));

/** Every number of an answer, however deep. */
function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  if (value === null || typeof value !== 'object') return [];
  return Object.values(value).flatMap(numbersIn);
}

describe('an impact ratio', () => {
  it('is finite or null for every table there is, and so is every test of it', () => {
    fc.assert(
      fc.property(selection, selection, (group, reference) => {
        const all = [
          fairness.impactRatio(group, reference),
          fairness.logInterval(group, reference, 0.95),
          fairness.scoreInterval(group, reference, 0.95),
          fairness.twoProportionZ(group, reference),
          fairness.chiSquared(group, reference, true),
          fairness.fisherExact(group, reference),
          fairness.oddsRatio(group, reference),
          fairness.shortfall(group, reference),
          fairness.smallestExpected(group, reference),
        ];
        for (const number of numbersIn(all)) expect(Number.isFinite(number)).toBe(true);
      }),
    );
  });

  it('lies in both of its intervals, and a higher level makes them wider', () => {
    fc.assert(
      fc.property(selection, selection, (group, reference) => {
        const ratio = fairness.impactRatio(group, reference);
        if (ratio === null) return;
        const [narrow, wide] = [0.9, 0.99].map((level) => fairness.scoreInterval(group, reference, level));
        expect(narrow?.low).toBeLessThanOrEqual(ratio);
        expect(narrow?.high ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(ratio);
        expect(wide?.low).toBeLessThanOrEqual(narrow?.low ?? 0);
        expect(wide?.high ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(narrow?.high ?? 0);
      }),
    );
  });

  it('turns over when group and reference are exchanged', () => {
    fc.assert(
      fc.property(selection, selection, (group, reference) => {
        const [there, back] = [fairness.scoreInterval(group, reference, 0.95), fairness.scoreInterval(reference, group, 0.95)];
        if (!there || !back?.high || there.low === 0) return;
        expect(there.low * back.high).toBeCloseTo(1, 8);
        expect(fairness.fisherExact(group, reference)).toBeCloseTo(fairness.fisherExact(reference, group), 12);
      }),
    );
  });

  it('has the score interval that a score test gives at its ends', () => {
    // At the limits of the interval of 12/40 over 48/80 the test of that ratio has z = ±1.96, so that p is one minus the level.
    const interval = fairness.scoreInterval({ selected: 12, total: 40 }, { selected: 48, total: 80 }, 0.95);
    expect(interval?.low).toBeCloseTo(0.292673, 6);
    expect(interval?.high).toBeCloseTo(0.795257, 6);
  });

  it('is not certain about a handful of whom all were selected', () => {
    const all = { selected: 3, total: 3 };
    const [log, score] = [fairness.logInterval(all, all, 0.95), fairness.scoreInterval(all, all, 0.95)];
    expect((log?.high ?? 0) - (log?.low ?? 0)).toBeGreaterThan(0.5);
    expect(score?.low).toBeLessThan(0.8);
  });

  it('has no upper limit where nobody of the reference was selected', () => {
    expect(fairness.scoreInterval({ selected: 5, total: 10 }, { selected: 0, total: 10 }, 0.95)).toMatchObject({ high: null });
  });

  it('is refused for what are no counts', () => {
    for (const wrong of [
      { selected: 3, total: 2 },
      { selected: -1, total: 2 },
      { selected: Number.NaN, total: 2 },
    ])
      expect(() => fairness.impactRatio(wrong, { selected: 1, total: 2 })).toThrow(
        expect.objectContaining({ code: 'NUMERIC_DOMAIN' }) as Error,
      );
    expect(() => fairness.fisherExact({ selected: 1.5, total: 2 }, { selected: 1, total: 2 })).toThrow(/whole/);
    expect(() => fairness.selectionRate([1], [-1])).toThrow(/weight 0/);
  });
});

describe('weights', () => {
  const rows = fc.array(
    fc.record({ selected: fc.integer({ min: 0, max: 1 }), p: fc.double({ min: 0, max: 1, noNaN: true }), inside: fc.boolean() }),
    { maxLength: 40 },
  );

  it('never make a number that is none, weights of nothing included', () => {
    fc.assert(
      fc.property(rows, (all) => {
        const selected = all.map((row) => row.selected);
        const own = all.map((row) => row.p);
        const answers = [
          fairness.weightedImpact(
            selected,
            own,
            own.map((p) => 1 - p),
            0.95,
          ),
          fairness.weightedImpact(
            selected,
            own,
            own.map(() => 0),
            0.95,
          ),
          fairness.quantileImpact(
            own,
            own,
            own.map((p) => 1 - p),
            [10, 50],
            0.95,
          ),
          fairness.denominators.map((name) =>
            fairness.standardizedDifference(
              own,
              own,
              own.map((p) => 1 - p),
              name,
            ),
          ),
          fairness.equalOpportunity(
            selected,
            selected,
            own,
            own.map((p) => 1 - p),
            0.95,
          ),
          fairness.calibrationWithin(own, selected, own, 5),
        ];
        for (const number of numbersIn(answers)) expect(Number.isFinite(number)).toBe(true);
      }),
    );
  });

  it('of 0 and 1 give the counts, and the interval of Katz', () => {
    fc.assert(
      fc.property(rows, (all) => {
        const selected = all.map((row) => row.selected);
        const own = all.map((row) => (row.inside ? 1 : 0));
        const other = own.map((weight) => 1 - weight);
        const { group, reference, ratio, log } = fairness.weightedImpact(selected, own, other, 0.95);
        expect(ratio).toBe(fairness.impactRatio(group, reference));
        const isUsual = ratio !== null && ratio > 0 && (group.selected < group.total || reference.selected < reference.total);
        if (isUsual) expect(log?.low).toBeCloseTo(fairness.logInterval(group, reference, 0.95)?.low ?? 0, 10);
      }),
    );
  });
});

describe('strata', () => {
  it('show a reversal: nobody is worse off in any place, and all together the group seems to be', () => {
    const strata = [
      { name: 'north', group: { selected: 80, total: 100 }, reference: { selected: 560, total: 800 } },
      { name: 'south', group: { selected: 80, total: 800 }, reference: { selected: 8, total: 100 } },
    ];
    const whole = fairness.impactRatio({ selected: 160, total: 900 }, { selected: 568, total: 900 });
    expect(whole).toBeLessThan(0.3);
    expect(fairness.stratifiedImpact(strata, 0.95).ratio).toBeGreaterThan(1);
  });

  it('do not depend on their order, and leave out those where a group is missing', () => {
    const strata = fc.array(fc.record({ name: fc.string({ maxLength: 3 }), group: selection, reference: selection }), { maxLength: 8 });
    fc.assert(
      fc.property(strata, (all) => {
        const named = all.map((one, place) => ({ ...one, name: `${one.name}${place}` }));
        const found = fairness.stratifiedImpact(named, 0.95);
        expect(fairness.stratifiedImpact(named.toReversed(), 0.95)).toEqual(found);
        expect(found.strata + found.leftOut).toBe(all.length);
        for (const number of numbersIn(found)) expect(Number.isFinite(number)).toBe(true);
      }),
    );
  });

  it('of one are the plain ratio and the plain odds ratio', () => {
    const [group, reference] = [
      { selected: 12, total: 40 },
      { selected: 48, total: 80 },
    ];
    const found = fairness.stratifiedImpact([{ name: 'all', group, reference }], 0.95);
    expect(found.ratio).toBeCloseTo(0.5, 14);
    expect(found.oddsRatio).toBeCloseTo(fairness.oddsRatio(group, reference) ?? 0, 14);
    expect(found.reversed).toEqual([]);
  });
});

describe('what an audit could have found', () => {
  it('comes nearer to 1 with more customers, and is nothing for a few', () => {
    const found = [20, 200, 2000, 20_000].map((count) => fairness.detectableRatio(0.2, count, count));
    expect(found[0]).toBeNull();
    for (const [at, ratio] of found.entries()) if (at > 1) expect(ratio).toBeGreaterThan(found[at - 1] ?? 0);
  });

  it('is found by the test about as often as promised', () => {
    // 400 of 1,000 and a ratio at the edge: the test of expected counts is at the power's quantile of 0.8416 beyond 1.96.
    const ratio = fairness.detectableRatio(0.4, 1000, 1000) ?? 0;
    const z = fairness.twoProportionZ({ selected: 400 * ratio, total: 1000 }, { selected: 400, total: 1000 });
    expect(Math.abs(z?.statistic ?? 0)).toBeCloseTo(1.96 + 0.8416, 1);
  });

  it('is nothing for an empty group or a rate of 0', () => {
    expect(fairness.detectableRatio(0, 100, 100)).toBeNull();
    expect(fairness.detectableRatio(0.5, 0, 100)).toBeNull();
  });
});

describe('a verdict', () => {
  const judge = (group: fairness.Selection, reference: fairness.Selection, adjustedP: number | null = null) => {
    const interval = fairness.scoreInterval(group, reference, 0.95);
    return fairness.judgeImpact(
      {
        ratio: fairness.impactRatio(group, reference),
        low: interval?.low ?? null,
        high: interval?.high ?? null,
        adjustedP,
        customers: Math.min(group.total, reference.total),
        detectable: fairness.detectableRatio(fairness.rateOf(reference) ?? 0, group.total, reference.total),
      },
      fairness.defaultLimits,
    );
  };

  it('fails only where the upper limit is below four fifths, or the ratio is and the test says so', () => {
    expect(judge({ selected: 12, total: 40 }, { selected: 48, total: 80 })).toEqual({ outcome: 'fail', reason: 'robust-violation' });
    expect(judge({ selected: 155, total: 500 }, { selected: 240, total: 600 }, 0.003)).toEqual({
      outcome: 'fail',
      reason: 'significant-violation',
    });
    expect(judge({ selected: 155, total: 500 }, { selected: 240, total: 600 }, 0.06).outcome).toBe('counsel');
  });

  it('never passes a small sample, however even its rates are', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 29 }), fc.integer({ min: 0, max: 29 }), selection, (a, b, reference) => {
        const group = { selected: Math.min(a, b), total: Math.max(a, b) };
        expect(judge(group, reference, 1).outcome).not.toBe('pass');
      }),
    );
  });

  it('passes only with evidence: the whole interval at or above four fifths', () => {
    fc.assert(
      fc.property(selection, selection, fc.double({ min: 0, max: 1, noNaN: true }), (group, reference, p) => {
        const scaled = (own: fairness.Selection) => ({ selected: own.selected * 50, total: own.total * 50 });
        const [own, other] = [scaled(group), scaled(reference)];
        if (judge(own, other, p).outcome === 'pass') expect(fairness.scoreInterval(own, other, 0.95)?.low).toBeGreaterThanOrEqual(0.8);
      }),
    );
    expect(judge({ selected: 480, total: 1000 }, { selected: 490, total: 1000 }, 0.7)).toEqual({
      outcome: 'pass',
      reason: 'no-disparity-shown',
    });
  });

  it('sends a small but certain difference, and one to the harm of the reference, to a person', () => {
    expect(judge({ selected: 4300, total: 10_000 }, { selected: 5000, total: 10_000 }, 0.001).reason).toBe('significant-below-alert');
    expect(judge({ selected: 6500, total: 10_000 }, { selected: 5000, total: 10_000 }, 0.001).reason).toBe('reference-disadvantaged');
  });

  it('of a family is its strictest, and counsel for an empty one', () => {
    expect(fairness.strictestOutcome([])).toBe('counsel');
    expect(fairness.strictestOutcome(['pass', 'counsel', 'pass'])).toBe('counsel');
    expect(fairness.strictestOutcome(['pass', 'fail', 'counsel'])).toBe('fail');
  });
});

describe('surnames and places', () => {
  it('give no answer where the tables have nothing in common', () => {
    expect(fairness.surnameGeography([1, 0], [0, 1])).toBeNull();
  });

  it('give probabilities that add up to one', () => {
    const table = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(table, table, (surname, place) => {
        const found = fairness.surnameGeography(surname, place);
        expect(found?.reduce((total, own) => total + own, 0) ?? 1).toBeCloseTo(1, 12);
      }),
    );
  });

  it('refuse other groups and what is no probability', () => {
    expect(() => fairness.surnameGeography([1], [0.5, 0.5])).toThrow(/same groups/);
    expect(() => fairness.surnameGeography([1.5], [0.5])).toThrow(/found 1.5/);
  });

  it('read a surname as the tables write it', () => {
    expect(["O'Neill", 'Núñez', 'de la Cruz', '李', ''].map(fairness.surnameKey)).toEqual(['ONEILL', 'NUNEZ', 'DELACRUZ', '', '']);
  });
});
