import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type Reliability, reliabilityFactNames, reliabilityFacts } from './reliability-facts.ts';

const report: Reliability = {
  eceAfter: 0.0101,
  n: 999,
  eceCI95: [0.004, 0.0301],
  picpCI95: { '0.8': [0.7, 0.9], '0.9': [0.8849, 0.915] },
  spendOOverECI95: [0.9449, 1.0551],
  fittedAt: '2026-11-20',
};

describe('reliability as facts', () => {
  it('rounds bounds, the sample and the age against the score', () => {
    expect(reliabilityFacts(report, '2026-12-15')).toEqual({
      eceBasisPoints: 150,
      eceLowerBasisPoints: 50,
      eceUpperBasisPoints: 350,
      coverage90LowerBasisPoints: 8800,
      coverage90UpperBasisPoints: 9150,
      spendRatioLowerBasisPoints: 9400,
      spendRatioUpperBasisPoints: 10_600,
      holdoutAgeDays: 30,
      holdoutCustomers: 300,
    });
  });

  it('keeps a value that stands on a step', () => {
    expect(reliabilityFacts({ eceAfter: 0.05, n: 300 })).toEqual({ eceBasisPoints: 500, holdoutCustomers: 300 });
    expect(reliabilityFacts({ eceAfter: 0.1, n: 2_000_000 })).toEqual({ eceBasisPoints: 1000, holdoutCustomers: 1_000_000 });
    expect(reliabilityFacts({ eceAfter: 0, n: 1 })).toEqual({ eceBasisPoints: 0, holdoutCustomers: 0 });
  });

  it('knows nothing but the size without a holdout', () => {
    expect(reliabilityFacts({ ...report, n: 0 }, '2026-12-15')).toEqual({ holdoutCustomers: 0 });
    expect(reliabilityFacts({ eceAfter: Number.NaN, n: 10 })).toEqual({ holdoutCustomers: 0 });
  });

  it.each<[string, Partial<Reliability>]>([
    ['an interval that is none', { eceCI95: [0.2, 0.1] }],
    ['an end that is none', { eceCI95: [Number.NaN, 0.1] }],
    ['an interval without end', { eceCI95: [0.1, Number.POSITIVE_INFINITY] }],
    ['a null', { eceCI95: null }],
  ])('leaves the bounds unknown for %s', (_, part) => {
    const facts = reliabilityFacts({ ...report, ...part });
    expect(facts).not.toHaveProperty('eceLowerBasisPoints');
    expect(facts).not.toHaveProperty('eceUpperBasisPoints');
    expect(facts).toHaveProperty('coverage90LowerBasisPoints', 8800);
  });

  it('does not know the age of evidence that is of another day than one before, or of no day', () => {
    expect(reliabilityFacts(report, '2026-11-20')).toHaveProperty('holdoutAgeDays', 0);
    expect(reliabilityFacts(report, '2026-11-19')).not.toHaveProperty('holdoutAgeDays');
    expect(reliabilityFacts(report)).not.toHaveProperty('holdoutAgeDays');
    expect(reliabilityFacts({ ...report, fittedAt: 'yesterday' }, '2026-11-20')).not.toHaveProperty('holdoutAgeDays');
    expect(reliabilityFacts({ ...report, fittedAt: '1990-01-01' }, '2026-11-20')).toHaveProperty('holdoutAgeDays', 3650);
  });

  it('decides no fact that it does not name', () => {
    expect(reliabilityFactNames).toEqual(expect.arrayContaining(Object.keys(reliabilityFacts(report, '2026-12-15'))));
  });

  it('carries no bound across a limit that stands on a step, for or against the score', () => {
    const share = fc.integer({ min: 0, max: 20_000 }).map((count) => count / 10_000 + (count % 7 === 0 ? 1e-7 : 0));
    fc.assert(
      fc.property(share, share, fc.integer({ min: 0, max: 400 }), (one, other, step) => {
        const [low, high] = one < other ? [one, other] : [other, one];
        const limit = step * 50;
        const facts = reliabilityFacts({ eceAfter: 0, n: 100, eceCI95: [low, high], picpCI95: { '0.9': [low, high] } });
        expect((facts.eceUpperBasisPoints ?? 0) > limit).toBe(high * 10_000 - limit > 1e-6);
        expect((facts.eceLowerBasisPoints ?? 0) > limit).toBe(low * 10_000 - limit > 1e-6);
        expect((facts.coverage90LowerBasisPoints ?? 0) < limit).toBe(limit - low * 10_000 > 1e-6);
        expect((facts.coverage90UpperBasisPoints ?? 0) < limit).toBe(limit - high * 10_000 > 1e-6);
      }),
    );
  });
});
