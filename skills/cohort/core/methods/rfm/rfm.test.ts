import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { makeRng } from '../../../../sdk/numeric/index.ts';
import { rfmScores } from '../../rfm.ts';
import type { FeatureColumns } from '../method.ts';
import { takeRows } from '../quality/index.ts';
import { rfm, rfmDetails, type RfmModel, segmentOf, segments } from './index.ts';

const customers = (rows: readonly (readonly [number, number, number])[]): FeatureColumns => ({
  names: ['recency', 'frequency', 'money'],
  columns: [0, 1, 2].map((index) => Float64Array.from(rows, (row) => row[index]!)),
});

/** Two in three have bought once. */
function shoppers(seed: string, rows: number): FeatureColumns {
  const rng = makeRng(seed);
  return customers(
    Array.from({ length: rows }, () => {
      const frequency = rng.uniform() < 0.66 ? 1 : 2 + rng.poisson(3);
      return [rng.integer(365), frequency, Math.round(100 * frequency * (10 + 40 * rng.uniform())) / 100] as const;
    }),
  );
}

const five = customers([
  [1, 9, 500],
  [30, 4, 200],
  [60, 3, 100],
  [120, 2, 50],
  [300, 1, 10],
]);

const row = fc.tuple(fc.nat(20), fc.nat(6), fc.double({ min: -50, max: 1e4, noNaN: true }));
const rows = fc.array(row, { minLength: 1, maxLength: 60 });
const config = fc.record({ quantiles: fc.integer({ min: 2, max: 10 }), cohorts: fc.constantFrom('segment' as const, 'scores' as const) });

describe('RFM', () => {
  it('names customers by how recently, how often and for how much they bought', () => {
    const model = rfm.fit({}, five, '');
    const { label } = rfm.assign(model, five);
    expect([...label].map((cohort) => model.profile[cohort]!.name)).toEqual([
      'champions',
      'loyal',
      'need attention',
      'hibernating',
      'hibernating',
    ]);
    expect(model.profile[0]).toMatchObject({ cohort: 0, name: 'hibernating', size: 2, share: 0.4 });
    expect(model.profile[0]!.features.find(({ feature }) => feature === 'recency')!.mean).toBe(210);
    expect(model.profile).toHaveLength(segments.length);
  });

  it('makes a cohort of every combination of scores if told to', () => {
    const model = rfm.fit({ cohorts: 'scores' }, five, '');
    const { label } = rfm.assign(model, five);
    expect([...label].map((cohort) => model.profile[cohort]!.name)).toEqual(['r5f5m5', 'r4f4m4', 'r3f3m3', 'r2f2m2', 'r1f1m1']);
    expect(model.profile).toHaveLength(125);
  });

  it('says how far each customer is from the next class', () => {
    const model = rfm.fit({}, five, '');
    const { toBetter, toWorse, scores } = rfmDetails(model, five);
    // Boundaries lie half-way: after 210, 90, 45 and 15.5 days, at 1.5, 2.5, 3.5 and 6.5 purchases.
    expect([...scores.recency]).toEqual([5, 4, 3, 2, 1]);
    expect([...toBetter.recency]).toEqual([Number.POSITIVE_INFINITY, 14.5, 15, 30, 90]);
    expect([...toWorse.recency]).toEqual([14.5, 15, 30, 90, Number.POSITIVE_INFINITY]);
    expect([...toBetter.frequency]).toEqual([Number.POSITIVE_INFINITY, 2.5, 0.5, 0.5, 0.5]);
    expect([...toWorse.money]).toEqual([150, 50, 25, 20, Number.POSITIVE_INFINITY]);
  });

  it('places customers that it was not fitted on', () => {
    const model = rfm.fit({}, five, '');
    const { label } = rfm.assign(
      model,
      customers([
        [0, 100, 1e6],
        [1000, 0, -20],
      ]),
    );
    expect([...label].map((cohort) => model.profile[cohort]!.name)).toEqual(['champions', 'hibernating']);
  });

  it('is sure in the middle of a class and not at its edge, in ranks', () => {
    const data = customers(Array.from({ length: 1000 }, (_, index) => [999 - index, index, index] as const));
    const model = rfm.fit({ cohorts: 'scores' }, data, '');
    const { confidence } = rfm.assign(model, data);
    expect(confidence[100]).toBeCloseTo(1, 1); // the outermost classes have one edge only
    expect(confidence[0]).toBe(1);
    expect(confidence[300]).toBeCloseTo(1, 1);
    expect(confidence[250]).toBeCloseTo(0.5, 1);
    expect(confidence[200]).toBeLessThan(0.01);
    expect(confidence[199]).toBeLessThan(0.01);
  });

  it('gives all one-time buyers the same frequency score', () => {
    const data = shoppers('ties', 500);
    const { scores } = rfmDetails(rfm.fit({}, data, ''), data);
    expect(new Set(scores.frequency.filter((_, index) => data.columns[1]![index] === 1)).size).toBe(1);
  });
});

describe('segments', () => {
  it('have a place for every score, and names that are all used', () => {
    const met = new Set<string>();
    for (let r = 1; r <= 5; r++) {
      for (let f = 1; f <= 5; f++) for (let m = 1; m <= 5; m++) met.add(segmentOf(r, f, m, 5).name);
    }
    expect([...met].sort()).toEqual(segments.map(({ name }) => name).sort());
  });

  it.each([2, 3, 4, 7, 10])('keep the best and the worst with %i classes', (quantiles) => {
    const best = segmentOf(quantiles, quantiles, quantiles, quantiles).name;
    expect(quantiles === 2 ? 'loyal' : 'champions').toBe(best);
    expect(segmentOf(1, 1, 1, quantiles).name).toBe('hibernating');
  });
});

describe('edges of RFM', () => {
  it('puts equal customers into the middle, surely, and one customer too', () => {
    for (const data of [customers([[5, 2, 9]]), customers(Array.from({ length: 7 }, () => [5, 2, 9] as const))]) {
      const model = rfm.fit({}, data, '');
      const { label, confidence } = rfm.assign(model, data);
      expect(new Set(label)).toEqual(new Set([0]));
      expect(model.profile[0]!.name).toBe('need attention');
      expect(new Set(confidence)).toEqual(new Set([1]));
      expect(rfmDetails(model, data).toBetter.recency[0]).toBe(Number.POSITIVE_INFINITY);
    }
  });

  it.each([
    ['no rows', customers([]), {}, /at least one column with one row/u],
    ['NaN', customers([[1, Number.NaN, 3]]), {}, /'frequency' has NaN/u],
    ['negative days', customers([[-1, 1, 3]]), {}, /'recency' has -1 in row 0/u],
    ['columns of unequal length', { names: ['a', 'b'], columns: [Float64Array.of(1), Float64Array.of(1, 2)] }, {}, /2 rows/u],
    ['a missing column', five, { money: 'spend' }, /'spend'/u],
    ['one quantile', five, { quantiles: 1 }, /from 2 to 10/u],
  ])('refuses %s', (_, data, given, message) => {
    expect(() => rfm.fit(given, data, '')).toThrow(message);
  });
});

describe('promises of RFM', () => {
  it('scores customers of the fit as the quantile scores do', () => {
    fc.assert(
      fc.property(rows, config, (some, given) => {
        const data = customers(some);
        const model = rfm.fit(given, data, '');
        const [days, purchases, spent] = data.columns;
        expect(rfmDetails(model, data).scores).toEqual(rfmScores(days!, purchases!, spent!, given.quantiles));
      }),
    );
  });

  it('gives the same bytes and labels for every order of rows and after JSON', () => {
    fc.assert(
      fc.property(rows, config, (some, given) => {
        const data = customers(some);
        const model = rfm.fit(given, data, 'seed');
        const turned = { ...data, columns: takeRows(data.columns, Uint32Array.from(some.keys()).reverse()) };
        expect(JSON.stringify(rfm.fit(given, turned, 'other'))).toBe(JSON.stringify(model));
        const stored = JSON.parse(JSON.stringify(model)) as RfmModel;
        expect(stored).toEqual(model);
        const { label, confidence } = rfm.assign(stored, data);
        expect(rfm.assign(model, turned).label).toEqual(label.toReversed());
        expect(confidence.every((value) => value >= 0 && value <= 1)).toBe(true);
        const counted = model.profile.map(({ cohort }) => label.filter((own) => own === cohort).length);
        expect(counted).toEqual(model.profile.map(({ size }) => size));
        expect(counted.toSorted((one, other) => other - one)).toEqual(counted);
      }),
    );
  });

  it('never scores a better customer lower', () => {
    fc.assert(
      fc.property(rows, row, row, (some, one, other) => {
        const model = rfm.fit({}, customers(some), '');
        const { scores } = rfmDetails(model, customers([one, other]));
        expect((scores.recency[0]! - scores.recency[1]!) * Math.sign(other[0] - one[0])).toBeGreaterThanOrEqual(0);
        expect((scores.money[0]! - scores.money[1]!) * Math.sign(one[2] - other[2])).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
