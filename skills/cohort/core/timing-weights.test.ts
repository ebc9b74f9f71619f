import { describe, expect, it } from 'vitest';

import { makeRng, sum } from '../../sdk/numeric/index.ts';
import { bgNbd, type NamedParameters, nbd, type TimingFamily } from './clv/index.ts';
import { daysAtOrigin, purchaseDaysOf, purchaseGaps, type PurchaseDays } from './purchase-days.ts';
import { evenClock } from './seasonal-clock.ts';
import { drawIndex, drawModels, uniformMix, weightRows } from './timing-mix.ts';
import { weighModels } from './timing-weights.ts';

/** Purchase days of customers of one family until a day, births over the first half of the time. */
function simulateDays<P>(family: TimingFamily<P>, params: P, customers: number, lastDay: number): PurchaseDays {
  const rng = makeRng(`days ${family.id} ${customers}`);
  const account: number[] = [];
  const day: number[] = [];
  for (let customer = 0; customer < customers; customer++) {
    const birth = rng.integer(Math.floor(lastDay / 2));
    const ages = family.simulate(params, (lastDay - birth) / 7, rng).map((weeks) => Math.floor(birth + 7 * weeks));
    for (const at of new Set([birth, ...ages])) {
      account.push(customer);
      day.push(at);
    }
  }
  return purchaseDaysOf(Int32Array.from(account), Int32Array.from(day), customers);
}

describe('purchase days', () => {
  const account = Int32Array.of(0, 0, 0, 2, 2);
  const day = Int32Array.of(10, 10, 17, 5, 40);

  it('are the distinct days of each account, also of one without any', () => {
    const { start, day: days } = purchaseDaysOf(account, day, 4);
    expect([...start]).toEqual([0, 2, 2, 4, 4]);
    expect([...days]).toEqual([10, 17, 5, 40]);
  });

  it('have gaps whose logarithms add up on any clock', () => {
    const gaps = purchaseGaps(purchaseDaysOf(account, day, 4), (at) => at / 7);
    [0, 0, Math.log(5), 0].forEach((expected, account) => expect(gaps[account]).toBeCloseTo(expected, 12));
  });

  it('at an origin are those known then, with what came in the window after', () => {
    const seen = daysAtOrigin(purchaseDaysOf(account, day, 4), 16, 10);
    expect(seen).toMatchObject({
      account: Int32Array.of(0, 2),
      x: Int32Array.of(0, 0),
      firstDay: Int32Array.of(10, 5),
      lastDay: Int32Array.of(10, 5),
      outcome: Int32Array.of(1, 0),
    });
  });
});

describe('a mix of models', () => {
  const model = {
    kind: 'timing',
    family: 'bg-nbd',
    logLikelihood: 0,
    free: 4,
    aic: 0,
    bic: 0,
    standardErrors: [],
    boundary: null,
  } as const;
  const fitted = {
    ...model,
    params: { r: 0.5, alpha: 5, a: 0, b: 1 },
    covarianceLog: [0.04, 0, 0, 0, 0, 0.04, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    customers: 10,
    distinct: 10,
    iterations: 1,
    prior: null,
  };

  it('gives a cohort that it does not know the weights of all', () => {
    const mix = {
      ...uniformMix([fitted, fitted]),
      weights: [uniformMix([fitted, fitted]).weights[0]!, { cohort: 'Berlin', shares: [1, 0], customers: 5 }],
    };
    expect([...weightRows(mix, ['Berlin', 'Paris', 'unknown'])]).toEqual([1, 0, 0]);
    expect(mix.weights[0]?.shares).toEqual([0.5, 0.5]);
  });

  it('draws each model as often as its share says', () => {
    const rng = makeRng('shares');
    const counts = [0, 0, 0];
    for (let draw = 0; draw < 30_000; draw++) counts[drawIndex([0.2, 0, 0.8], rng)]! += 1;
    expect(counts[1]).toBe(0);
    // Four standard errors of a share of 30,000 draws.
    expect(Math.abs((counts[0] ?? 0) / 30_000 - 0.2)).toBeLessThan(4 * Math.sqrt(0.16 / 30_000));
  });

  it('draws parameters that a limit fixes as they are', () => {
    const [{ params } = { params: {} as NamedParameters }] = drawModels(uniformMix([fitted]), makeRng('draw'));
    expect(params).toMatchObject({ a: 0, b: 1 });
    expect(params['r']).not.toBe(0.5);
  });
});

describe('weights of the timing models', () => {
  const lastDay = 500;
  const clock = evenClock(lastDay, 'test');
  const loyal = simulateDays(nbd, { r: 1.2, alpha: 4 }, 900, lastDay);
  const leaving = simulateDays(bgNbd, { r: 1.2, alpha: 4, a: 1.2, b: 2.2 }, 900, lastDay);
  const cohort = Array.from({ length: 900 }, (_, row) => (row % 3 === 0 ? 'Berlin' : 'Paris'));
  const weigh = (purchaseDays: PurchaseDays, more: Partial<Parameters<typeof weighModels>[0]> = {}): ReturnType<typeof weighModels> =>
    weighModels({ families: ['nbd', 'bg-nbd'], purchaseDays, cohort, clock, horizonDays: 90, ...more });

  it('go to the model that foresaw what came, and sum to one in every cohort', () => {
    const { weights, evidence } = weigh(leaving);
    expect(weights.map((entry) => entry.cohort)).toEqual(['', 'Berlin', 'Paris']);
    for (const { shares } of weights) expect(sum(shares)).toBeCloseTo(1, 9);
    expect(weights[0]?.shares[1]).toBeGreaterThan(0.8);
    expect(evidence).toMatchObject({ windowDays: 90, origins: [410, 320], reason: '' });
    expect(evidence.deviance?.stack).toBeLessThan(evidence.deviance?.single[0] ?? 0);
  });

  it('stay equal where the models foresee alike: nobody leaves', () => {
    for (const { shares } of weigh(loyal).weights) expect(shares).toEqual([0.5, 0.5]);
  });

  it('look at nothing after the last day of the clock', () => {
    const earlier = weigh(leaving, { clock: evenClock(400, 'test') });
    const cut = purchaseDaysOf(
      Int32Array.from(
        Array.from(leaving.day.keys()).filter((at) => (leaving.day[at] ?? 0) <= 400),
        (at) => leaving.start.findIndex((begin) => begin > at) - 1,
      ),
      leaving.day.filter((day) => day <= 400),
      900,
    );
    expect(weigh(cut, { clock: evenClock(400, 'test') })).toEqual(earlier);
  });

  it.each([
    ['one model', { families: ['bg-nbd'] }, 'there is one model'],
    ['a short history', { clock: evenClock(60, 'test') }, 'shorter than 84 days'],
  ])('are equal for %s, and the evidence says why', (_, more, reason) => {
    const { weights, evidence } = weigh(leaving, more);
    expect(new Set(weights[0]?.shares).size).toBe(1);
    expect(evidence.reason).toContain(reason);
    expect(evidence.deviance).toBeNull();
  });

  it('are equal where too few customers had bought', () => {
    const few = simulateDays(bgNbd, { r: 1.2, alpha: 4, a: 1.2, b: 2.2 }, 30, lastDay);
    expect(weigh(few, { cohort: cohort.slice(0, 30) }).evidence.reason).toContain('too few customers');
  });

  describe('with a prior', () => {
    const prior = [
      { cohort: '', shares: [0.25, 0.75] },
      { cohort: 'Berlin', shares: [0.75, 0.25] },
    ];

    it('are the prior where nothing else is known', () => {
      const { weights, evidence } = weigh(leaving, { clock: evenClock(60, 'test'), prior });
      expect(weights.map(({ cohort: name, shares }) => ({ cohort: name, shares }))).toEqual(prior);
      expect(evidence.prior).toEqual(prior);
    });

    it('go where it says as far as the data do not speak', () => {
      const { weights } = weigh(loyal, { prior });
      expect(weights[0]?.shares[1]).toBeCloseTo(0.75, 9);
      const [, berlin, paris] = weights;
      expect(berlin?.shares[0]).toBeGreaterThan(0.6);
      expect(paris?.shares[1]).toBeCloseTo(0.75, 1);
    });

    it('go to the model that foresaw what came all the same', () => {
      const against = [{ cohort: '', shares: [0.9, 0.1] }];
      expect(weigh(leaving, { prior: against }).weights[0]?.shares[1]).toBeGreaterThan(0.6);
    });

    it('of equal shares are those without one, bit for bit', () => {
      const { weights } = weigh(leaving, { prior: [{ cohort: '', shares: [0.5, 0.5] }] });
      expect(weights).toEqual(weigh(leaving).weights);
      expect(weigh(leaving).evidence).not.toHaveProperty('prior');
    });

    it.each([[[0.5]], [[0.5, 0.6]], [[0, 1]], [[Number.NaN, 1]]])('refuse shares %j', (shares) => {
      expect(() => weigh(leaving, { prior: [{ cohort: '', shares }] })).toThrow(
        expect.objectContaining({ code: 'NUMERIC_DOMAIN' }) as Error,
      );
    });
  });
});
