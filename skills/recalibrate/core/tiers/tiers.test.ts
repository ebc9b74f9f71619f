import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import '../../../../test/property-seed.ts';
import { makeRng } from '../../../sdk/numeric/index.ts';
import {
  defineTierRule,
  describeTierRule,
  driftStates,
  type Tier,
  type TierDemand,
  type TierEvidence,
  tierNames,
  tierOf,
  type TierRows,
  tierRule,
  validateTiers,
} from './index.ts';

const best: TierEvidence = {
  isCalibrated: true,
  cohortSupport: 500,
  cohortError: 0.05,
  calibrationError: 0.01,
  baskets: 12,
  relativeWidth: 1.5,
  evidenceAgeDays: 0,
  drift: 'none',
};

const rank = (tier: Tier): number => tierNames.indexOf(tier);

/** Mostly good, so that one input decides: of seven random ones some would be bad nearly always, and all tiers `none`. */
const mostly = <Value>(good: Value, any: fc.Arbitrary<Value>): fc.Arbitrary<Value> =>
  fc.oneof({ arbitrary: fc.constant(good), weight: 3 }, { arbitrary: any, weight: 2 });

const evidence: fc.Arbitrary<TierEvidence> = fc.record({
  isCalibrated: mostly(true, fc.boolean()),
  cohortSupport: mostly(500, fc.integer({ min: 0, max: 200 })),
  cohortError: mostly(0.05, fc.double({ min: 0, max: 1, noNaN: true })),
  calibrationError: mostly(0.01, fc.double({ min: 0, max: 0.2, noNaN: true })),
  baskets: mostly(12, fc.integer({ min: 0, max: 12 })),
  relativeWidth: mostly(1.5, fc.oneof(fc.double({ min: 0, max: 10, noNaN: true }), fc.constant(Number.POSITIVE_INFINITY))),
  evidenceAgeDays: mostly(10, fc.integer({ min: 0, max: 1000 })),
  drift: mostly('none', fc.constantFrom(...driftStates)),
});

/** Share of the way to the best; doubles at random are nearly all next to 0. */
const step = fc.nat(100).map((percent) => percent / 100);

const limits = fc.record({
  atLeast: fc.record({ baskets: fc.option(fc.nat(12)), cohortSupport: fc.option(fc.nat(200)) }),
  atMost: fc.record({
    relativeWidth: fc.option(fc.nat(10)),
    evidenceAgeDays: fc.option(fc.nat(1000)),
    cohortError: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
    calibrationError: fc.option(fc.double({ min: 0, max: 0.2, noNaN: true })),
  }),
  drift: fc.constantFrom(...driftStates),
});

/** Each input made better, the others kept. */
const improvements: Readonly<Record<keyof TierEvidence, (found: TierEvidence, by: number) => TierEvidence>> = {
  isCalibrated: (found) => ({ ...found, isCalibrated: true }),
  cohortSupport: (found, by) => ({ ...found, cohortSupport: found.cohortSupport + Math.round(200 * by) }),
  cohortError: (found, by) => ({ ...found, cohortError: found.cohortError * (1 - by) }),
  calibrationError: (found, by) => ({ ...found, calibrationError: found.calibrationError * (1 - by) }),
  baskets: (found, by) => ({ ...found, baskets: found.baskets + Math.round(10 * by) }),
  relativeWidth: (found, by) => ({
    ...found,
    relativeWidth: by === 0 ? found.relativeWidth : Math.min(found.relativeWidth, 10) * (1 - by),
  }),
  evidenceAgeDays: (found, by) => ({ ...found, evidenceAgeDays: Math.floor(found.evidenceAgeDays * (1 - by)) }),
  drift: (found, by) => ({ ...found, drift: driftStates[Math.floor(driftStates.indexOf(found.drift) * (1 - by))] ?? 'none' }),
};

describe('the tier of an account', () => {
  it('is high on the best evidence, and falls by each input alone', () => {
    expect(tierOf(best)).toBe('high');
    const worse: readonly (readonly [Partial<TierEvidence>, Tier])[] = [
      [{ baskets: 5 }, 'medium'],
      [{ baskets: 2 }, 'low'],
      [{ cohortSupport: 99 }, 'medium'],
      [{ cohortSupport: 49 }, 'low'],
      [{ cohortSupport: 19 }, 'none'],
      [{ relativeWidth: 2.6 }, 'medium'],
      [{ relativeWidth: Number.POSITIVE_INFINITY }, 'low'],
      [{ evidenceAgeDays: 181 }, 'medium'],
      [{ evidenceAgeDays: 366 }, 'low'],
      [{ evidenceAgeDays: 731 }, 'none'],
      [{ cohortError: 0.21 }, 'medium'],
      [{ cohortError: 0.41 }, 'low'],
      [{ calibrationError: 0.06 }, 'medium'],
      [{ calibrationError: 0.11 }, 'low'],
      [{ drift: 'unmeasured' }, 'high'],
      [{ drift: 'warning' }, 'medium'],
      [{ drift: 'alert' }, 'none'],
      [{ isCalibrated: false }, 'none'],
    ];
    for (const [change, tier] of worse) expect([change, tierOf({ ...best, ...change })]).toEqual([change, tier]);
  });

  it('is none where a number is not known', () => {
    for (const name of ['cohortSupport', 'cohortError', 'calibrationError', 'baskets', 'relativeWidth', 'evidenceAgeDays'] as const) {
      expect(tierOf({ ...best, [name]: Number.NaN })).toBe('none');
    }
  });

  it('is never lowered by making any input better', () => {
    const name = fc.constantFrom(...(Object.keys(improvements) as (keyof TierEvidence)[]));
    const raised = new Map<keyof TierEvidence, number>();
    fc.assert(
      fc.property(evidence, name, step, (found, input, by) => {
        const [before, after] = [rank(tierOf(found)), rank(tierOf(improvements[input](found, by)))];
        expect(after).toBeLessThanOrEqual(before);
        if (after < before) raised.set(input, (raised.get(input) ?? 0) + 1);
      }),
      { numRuns: 4000 },
    );
    // A rule that ignored an input could not be caught by it.
    for (const input of Object.keys(improvements) as (keyof TierEvidence)[])
      expect([input, raised.get(input) ?? 0]).not.toEqual([input, 0]);
  });

  it('is never lowered either by any other rule that is accepted', () => {
    let accepted = 0;
    const name = fc.constantFrom(...(Object.keys(improvements) as (keyof TierEvidence)[]));
    fc.assert(
      fc.property(limits, evidence, name, step, (some, found, input, by) => {
        const ask = (tier: TierDemand['tier'], ease: number): TierDemand => ({
          tier,
          atLeast: { baskets: Math.floor((some.atLeast.baskets ?? 0) / ease), cohortSupport: some.atLeast.cohortSupport },
          atMost: { ...some.atMost, evidenceAgeDays: (some.atMost.evidenceAgeDays ?? 0) * ease },
          drift: some.drift,
        });
        const rule = defineTierRule({ version: 'test', demands: [ask('high', 1), ask('medium', 2), ask('low', 4)] });
        accepted += 1;
        expect(rank(tierOf(improvements[input](found, by), rule))).toBeLessThanOrEqual(rank(tierOf(found, rule)));
      }),
      { numRuns: 2000 },
    );
    expect(accepted).toBeGreaterThan(50);
  });
});

describe('the rule', () => {
  it('is written out in words with its version', () => {
    expect(describeTierRule(tierRule)).toEqual([
      'tier rule 2, first line that applies',
      'none: too few holdout outcomes to calibrate',
      'high: at least 6 purchase days, at least 100 customers of the cohort in the holdout, interval no wider than 2.5 times the value, ' +
        'newest matured window no older than 180 days, cohort spend predicted within 0.2 of actual, ' +
        'calibration error of probabilities no more than 0.05, drift no worse than unmeasured',
      'medium: at least 3 purchase days, at least 50 customers of the cohort in the holdout, interval no wider than 5 times the value, ' +
        'newest matured window no older than 365 days, cohort spend predicted within 0.4 of actual, ' +
        'calibration error of probabilities no more than 0.1, drift no worse than warning',
      'low: at least 20 customers of the cohort in the holdout, newest matured window no older than 730 days, drift no worse than warning',
      'none: everything else',
    ]);
  });

  const [high, medium, low] = tierRule.demands;
  it.each([
    ['a high tier that asks less', { ...high, atLeast: { ...high.atLeast, baskets: 1 } }, /'high' asks less than 'medium' of baskets/u],
    ['a width that high leaves open', { ...high, atMost: { ...high.atMost, relativeWidth: null } }, /of relativeWidth/u],
    ['drift that high lets through', { ...high, drift: 'alert' as const }, /of drift/u],
    ['NaN', { ...high, atMost: { ...high.atMost, cohortError: Number.NaN } }, /cohortError NaN; give a number from 0/u],
    ['demands out of order', { ...low }, /low, medium, low; give high, medium, low/u],
  ])('refuses %s', (_, first, message) => {
    expect(() => defineTierRule({ version: 'x', demands: [first, medium, low] })).toThrow(message);
  });
});

/** Each tier with a spread of its own; intervals are made for a spread of one. */
function matured(seed: string, spread: Readonly<Partial<Record<Tier, number>>>, rows: number): TierRows {
  const rng = makeRng(seed);
  const tier = tierNames.flatMap((name) => (spread[name] === undefined ? [] : Array.from({ length: rows }, () => name)));
  const predicted = Float64Array.from(tier, () => 100 + 50 * rng.uniform());
  return {
    tier,
    predicted,
    low: predicted.map((value) => value - 16.45),
    high: predicted.map((value) => value + 16.45),
    outcome: predicted.map((value, row) => Math.max(0, value + 10 * (spread[tier[row] ?? 'none'] ?? 1) * rng.normal())),
    cohort: tier.map((_, row) => `cohort-${row % 4}`),
    windowEndDay: Int32Array.from(tier, () => 20_000),
  };
}

describe('validation of tiers', () => {
  it('finds tiers in order where higher ones err less', () => {
    const found = validateTiers(matured('good', { high: 0.8, medium: 1, low: 1.5, none: 3 }, 2000), 20_000, 0.9);
    expect(found.doOrder).toBe(true);
    expect(found.demote).toEqual([]);
    expect(found.sentence).toBe('Coverage and error order by tier: high, medium, low, none.');
    expect(found.tiers.map(({ tier, n, cohorts }) => [tier, n, cohorts])).toEqual(tierNames.map((tier) => [tier, 2000, 4]));
    expect(found.tiers[1]!.interval.coverage).toBeCloseTo(0.9, 1);
    // Mean |error| 10·√(2/π) = 7.98 of a mean of 125.
    expect(found.tiers[1]!.relativeError).toBeCloseTo(7.98 / 125, 2);
  });

  it('says that they do not order, and which tier does not deserve its name', () => {
    const found = validateTiers(matured('bad', { high: 3, medium: 1, low: 1.2 }, 2000), 20_000, 0.9);
    expect(found.doOrder).toBe(false);
    expect(found.demote).toEqual(['high']);
    expect(found.pairs[0]).toMatchObject({ coverage: { verdict: 'inverted' }, error: { verdict: 'inverted' } });
    expect(found.sentence).toBe('Coverage and error do not order by tier: high holds less than medium; high errs more than medium.');
  });

  it('does not condemn a tier for what chance explains', () => {
    let undecided = 0;
    for (let run = 0; run < 40; run++) {
      const found = validateTiers(matured(`even-${run}`, { high: 1, medium: 1 }, 60), 20_000, 0.9);
      undecided += found.doOrder === false && found.demote.length === 0 ? 1 : 0;
      if (found.doOrder === false && found.demote.length === 0) expect(found.sentence).toContain('by no more than chance explains');
    }
    expect(undecided).toBeGreaterThan(10);
    expect(undecided).toBeLessThanOrEqual(40);
  });

  it('condemns equal tiers about as seldom as its confidence says', () => {
    let condemned = 0;
    for (let run = 0; run < 200; run++) {
      condemned += validateTiers(matured(`null-${run}`, { high: 1, medium: 1 }, 100), 20_000, 0.9).demote.length;
    }
    // Each of two comparisons is wrong on one side in 2.5 %, less for coverage: 5 % and three standard errors of 200.
    expect(condemned).toBeLessThanOrEqual(200 * 0.05 + 3 * Math.sqrt(200 * 0.05 * 0.95));
  });

  it('does not count it against a tier that another holds more than promised', () => {
    const rows = matured('wide', { high: 1, low: 0.2 }, 1000);
    const { pairs } = validateTiers(rows, 20_000, 0.85);
    expect(pairs[0]!.coverage.verdict).toBe('ordered');
    expect(pairs[0]!.error?.verdict).toBe('inverted');
  });

  it('leaves out rows whose window is open', () => {
    const rows = matured('open', { high: 1, low: 2 }, 50);
    const windowEndDay = rows.windowEndDay.map((day, row) => (row % 2 === 0 ? day : day + 1));
    const found = validateTiers({ ...rows, windowEndDay }, 20_000, 0.9);
    expect(found.waiting).toBe(50);
    expect(found.tiers.map(({ n }) => n)).toEqual([25, 25]);
    expect(validateTiers(rows, 19_999, 0.9)).toMatchObject({ doOrder: null, sentence: 'No window has matured: tiers are not validated.' });
    expect(validateTiers(matured('one', { low: 1 }, 5), 20_000, 0.9).sentence).toBe(
      'Only tier low has matured rows: there is nothing to order.',
    );
  });

  it('says so where nothing came true, and gives finite numbers for single rows', () => {
    const rows = matured('zero', { high: 1, low: 1 }, 30);
    const none = validateTiers({ ...rows, outcome: new Float64Array(60) }, 20_000, 0.9);
    expect(none.doOrder).toBe(false);
    expect(none.sentence).toContain('cannot be compared, since nothing came true in one');
    const single = validateTiers(matured('single', { high: 1, low: 1 }, 1), 20_000, 0.9);
    expect(single.tiers[0]!.standardError).toBeNull();
    expect(JSON.parse(JSON.stringify(single))).toEqual(single);
  });

  it('gives the same bytes for every order of rows', () => {
    const rows = matured('order', { high: 1, medium: 1.2, low: 2 }, 40);
    const order = Array.from(rows.tier.keys()).reverse();
    const turn = (column: Float64Array): Float64Array => Float64Array.from(order, (row) => column[row]!);
    const turned: TierRows = {
      tier: order.map((row) => rows.tier[row]!),
      cohort: order.map((row) => rows.cohort[row]!),
      windowEndDay: rows.windowEndDay,
      predicted: turn(rows.predicted),
      outcome: turn(rows.outcome),
      low: turn(rows.low),
      high: turn(rows.high),
    };
    expect(JSON.stringify(validateTiers(turned, 20_000, 0.9))).toBe(JSON.stringify(validateTiers(rows, 20_000, 0.9)));
  });

  it.each([
    ['a tier that is none', (rows: TierRows): TierRows => ({ ...rows, tier: rows.tier.map(() => 'best' as Tier) }), /'best' is no tier/u],
    ['a tier short', (rows: TierRows): TierRows => ({ ...rows, tier: rows.tier.slice(1) }), /19 tiers for 20 rows/u],
    ['NaN', (rows: TierRows): TierRows => ({ ...rows, outcome: rows.outcome.map(() => Number.NaN) }), /'outcome' has NaN in row 0/u],
    ['windows short', (rows: TierRows): TierRows => ({ ...rows, windowEndDay: Int32Array.of(1) }), /'windowEndDay' has 1 rows/u],
  ])('refuses %s', (_, change, message) => {
    expect(() => validateTiers(change(matured('refuse', { high: 1, low: 1 }, 10)), 20_000, 0.9)).toThrow(message);
  });
});
