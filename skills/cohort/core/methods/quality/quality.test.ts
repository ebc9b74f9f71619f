import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { makeRng } from '../../../../sdk/numeric/index.ts';
import { kMeans } from '../k-means/index.ts';
import type { FeatureColumns } from '../method.ts';
import {
  adjustedRandIndex,
  applyMatch,
  bestJaccard,
  canonicalOrder,
  compareWithTruth,
  evenSample,
  matchLabels,
  orderFreeSums,
  profileCohorts,
  resampleConfidence,
  scaleOf,
  silhouette,
  stability,
  standardise,
  takeRows,
} from './index.ts';

const labels = (...values: readonly number[]): Int32Array => Int32Array.from(values);
const sixty = [
  Float64Array.from({ length: 60 }, (_, i) => ((i * 0.6180339887498949) % 1) + 2 * (i % 3)),
  Float64Array.from({ length: 60 }, (_, i) => ((i * i * 0.7548776662466927) % 1) * 100),
];
const byThree = Int32Array.from({ length: 60 }, (_, i) => i % 3);
const bySeven = Int32Array.from({ length: 60 }, (_, i) => Math.floor(i / 7) % 4);

function normals(seed: string, rows: number, centres: readonly number[]): { data: FeatureColumns; truth: Int32Array } {
  const rng = makeRng(seed);
  const truth = Int32Array.from({ length: rows }, () => rng.integer(centres.length));
  const columns = [0, 1].map(() => Float64Array.from(truth, (own) => centres[own]! + rng.normal()));
  return { data: { names: ['a', 'b'], columns }, truth };
}

const grouping = fc.array(fc.tuple(fc.integer({ min: -1, max: 4 }), fc.integer({ min: -1, max: 4 })), { minLength: 2, maxLength: 60 });
const pairOf = (rows: readonly (readonly [number, number])[]): [Int32Array, Int32Array] => [
  Int32Array.from(rows, ([one]) => one),
  Int32Array.from(rows, ([, other]) => other),
];

describe('sums that no order changes', () => {
  it('are right where a plain sum loses everything', () => {
    expect([...orderFreeSums(Float64Array.of(1e20, 1, -1e20))]).toEqual([1]);
    expect([...orderFreeSums(Float64Array.of(1, 2, 4, 8), 2, labels(0, 1, 0, -1))]).toEqual([5, 2]);
    expect([...orderFreeSums(new Float64Array(), 2)]).toEqual([0, 0]);
  });

  it('are the same bits in every order, and close to the plain sum', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 200 }), (values) => {
        const [total] = orderFreeSums(Float64Array.from(values));
        expect(orderFreeSums(Float64Array.from(values.toReversed()))[0]).toBe(total);
        expect(orderFreeSums(Float64Array.from(values).toSorted())[0]).toBe(total);
        expect(Math.abs(values.reduce((sum, value) => sum + value, 0) - total!)).toBeLessThanOrEqual(1e-3);
      }),
    );
  });
});

describe('the canonical order', () => {
  it('lists the same values whatever order they come in', () => {
    const value = fc.constantFrom(0, -0, 1, -1, 2.5, 1e-300);
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 40 }), (rows) => {
        const columns = [0, 1].map((index) => Float64Array.from(rows, (row) => row[index]! + 0));
        const turned = columns.map((column) => column.toReversed());
        expect(takeRows(turned, canonicalOrder(turned))).toEqual(takeRows(columns, canonicalOrder(columns)));
      }),
    );
  });

  it('samples a heap of equals by its share', () => {
    const column = Float64Array.from({ length: 1000 }, (_, row) => (row < 600 ? 1 : row));
    const sample = evenSample(canonicalOrder([column]), 100, 0.3);
    expect(new Set(sample).size).toBe(100);
    const ones = sample.filter((row) => row < 600).length;
    expect(Math.abs(ones - 60)).toBeLessThanOrEqual(1);
  });
});

describe('standardising', () => {
  it('gives mean 0 and standard deviation 1, and 0 for a constant column', () => {
    const { scale, columns } = standardise([Float64Array.of(1, 2, 3, 4), Float64Array.of(0.1, 0.1, 0.1, 0.1)]);
    expect(scale.mean[0]).toBe(2.5);
    expect(scale.sd).toEqual([Math.sqrt(1.25), 0]);
    expect([...columns[0]!]).toEqual([-1.5, -0.5, 0.5, 1.5].map((value) => value * (1 / Math.sqrt(1.25))));
    expect([...columns[1]!]).toEqual([0, 0, 0, 0]);
    expect(() => scaleOf([new Float64Array()])).toThrow(/no rows/u);
  });

  it('profiles what distinguishes a cohort most first', () => {
    const data = { names: ['days', 'euros'], columns: [Float64Array.of(1, 2, 1, 2), Float64Array.of(10, 10, 30, 50)] };
    const [first, second] = profileCohorts(data, labels(0, 0, 1, -1), 2, scaleOf(data.columns));
    expect(first!.features.map(({ feature, mean }) => [feature, mean])).toEqual([
      ['euros', 10],
      ['days', 1.5],
    ]);
    expect([second!.size, second!.share]).toEqual([1, 0.25]);
  });
});

describe('silhouette', () => {
  // scikit-learn 1.7.2, silhouette_score(StandardScaler().fit_transform(points), labels)
  it('is that of scikit-learn', () => {
    const { columns } = standardise(sixty);
    expect(silhouette(columns, byThree)).toMatchObject({ mean: expect.closeTo(0.28353219888019665, 12), standardError: 0, rows: 60 });
    expect(silhouette(columns, bySeven).mean).toBeCloseTo(-0.10392377103848403, 12);
  });

  it('of a sample lies within its error of that of all rows', () => {
    const { data, truth } = normals('silhouette', 4000, [0, 4, 8]);
    const { columns } = standardise(data.columns);
    const whole = silhouette(columns, truth).mean;
    const sampled = Array.from({ length: 12 }, (_, index) => silhouette(columns, truth, { sampleRows: 300, seed: `${index}` }));
    const off = sampled.map(({ mean, standardError }) => (mean - whole) / standardError);
    const rootMeanSquare = Math.sqrt(off.reduce((total, value) => total + value * value, 0) / off.length);
    expect(rootMeanSquare).toBeGreaterThan(0.5); // 1 if the error is right; 12 samples scatter by 0.2
    expect(rootMeanSquare).toBeLessThan(1.6);
  });

  it('leaves out rows in no cohort, is 0 for cohorts of one and NaN for one cohort', () => {
    expect(silhouette([Float64Array.of(0, 1, 9, 50)], labels(0, 0, 1, -1))).toMatchObject({ rows: 3, byCohort: [expect.any(Number), 0] });
    expect(silhouette([Float64Array.of(0, 1)], labels(0, 0)).mean).toBeNaN();
    expect(silhouette([new Float64Array()], labels()).mean).toBeNaN();
    expect(silhouette([Float64Array.of(2, 2, 2, 2)], labels(0, 0, 1, 1)).mean).toBe(0);
  });
});

describe('agreement of groupings', () => {
  // scikit-learn 1.7.2, adjusted_rand_score
  it('has the adjusted Rand index of scikit-learn', () => {
    const bySix = Int32Array.from({ length: 60 }, (_, i) => i % 6);
    const noisy = byThree.map((own, i) => (i % 5 === 0 ? -1 : own));
    expect(adjustedRandIndex(byThree, bySeven)).toBeCloseTo(-0.03931792559188275, 14);
    expect(adjustedRandIndex(byThree, bySix)).toBeCloseTo(0.549618320610687, 14);
    expect(adjustedRandIndex(noisy, byThree)).toBeCloseTo(0.6674182638105975, 14);
    expect(adjustedRandIndex(labels(0, 0, 0), labels(0, 0, 0))).toBe(1);
    expect(() => adjustedRandIndex(labels(0), labels(0, 1))).toThrow(/1 and of 2 customers/u);
  });

  it('is symmetric, at most 1, and 1 for the same grouping by other names', () => {
    fc.assert(
      fc.property(grouping, (rows) => {
        const [one, other] = pairOf(rows);
        expect(adjustedRandIndex(one, other)).toBeCloseTo(adjustedRandIndex(other, one), 12);
        expect(adjustedRandIndex(one, other)).toBeLessThanOrEqual(1 + 1e-12);
        expect(
          adjustedRandIndex(
            one,
            one.map((own) => (own < 0 ? -1 : 4 - own)),
          ),
        ).toBeCloseTo(1, 12);
      }),
    );
  });

  it('compares each cohort by its best Jaccard coefficient', () => {
    expect([...bestJaccard(labels(0, 0, 0, 1, 1, -1), labels(2, 2, 1, 1, 1, 1))]).toEqual([2 / 3, 0.5]);
  });
});

describe('matching labels', () => {
  it('keeps numbers where cohorts are called otherwise', () => {
    const before = labels(0, 0, 0, 1, 1, 2);
    const match = matchLabels(before, labels(1, 1, 1, 2, 2, 0));
    expect([...applyMatch(match, labels(1, 1, 1, 2, 2, 0, -1))]).toEqual([0, 0, 0, 1, 1, 2, -1]);
    expect(match.ended).toEqual([]);
  });

  it('gives a new cohort a number never used, and names the one that ended', () => {
    const match = matchLabels(labels(0, 0, 1, 1, -1, -1), labels(0, 0, -1, -1, 1, 1));
    expect(match.cohorts.map(({ becomes, previous, jaccard }) => [becomes, previous, jaccard])).toEqual([
      [0, 0, 1],
      [2, -1, 0],
    ]);
    expect(match.ended).toEqual([1]);
    expect(matchLabels(labels(0), labels(0), 7).cohorts[0]!.becomes).toBe(0);
    expect(matchLabels(labels(0, -1), labels(-1, 0), 7).cohorts[0]!.becomes).toBe(7);
  });

  it('prefers the largest overlap in total to the largest of one', () => {
    // Greedily 0→0 (5/11) leaves 1 without an overlap; 0→1 and 1→0 have 3/8 each.
    const before = labels(0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0);
    const match = matchLabels(before, labels(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1));
    expect(match.cohorts.map(({ becomes, jaccard }) => [becomes, jaccard])).toEqual([
      [1, 3 / 8],
      [0, 3 / 8],
    ]);
  });

  it('is as good as the best of all permutations', () => {
    const permutations = (of: readonly number[]): number[][] =>
      of.length === 0 ? [[]] : of.flatMap((head) => permutations(of.filter((one) => one !== head)).map((tail) => [head, ...tail]));
    fc.assert(
      fc.property(grouping, (rows) => {
        const [before, after] = pairOf(rows);
        const jaccard = (next: number, previous: number): number => {
          const both = rows.filter(([one, other]) => one === previous && other === next).length;
          const either = rows.filter(([one, other]) => one === previous || other === next).length;
          return either > 0 ? both / either : 0;
        };
        const totals = permutations([0, 1, 2, 3, 4]).map((order) =>
          order.reduce((sum, previous, next) => sum + jaccard(next, previous), 0),
        );
        const { cohorts } = matchLabels(before, after);
        expect(cohorts.reduce((sum, cohort) => sum + cohort.jaccard, 0)).toBeCloseTo(Math.max(...totals), 10);
        expect(new Set(cohorts.map(({ becomes }) => becomes)).size).toBe(cohorts.length);
      }),
      { numRuns: 40 },
    );
  });
});

describe('a labelled set', () => {
  it('gives purity, precision and recall, unlabelled customers left out', () => {
    const report = compareWithTruth(labels(0, 0, 0, 1, 1, -1, 0), labels(0, 0, 1, 1, 1, 0, -1));
    expect(report).toMatchObject({ labelled: 6, coverage: 5 / 6, purity: 4 / 5 });
    expect(report.cohorts[0]).toMatchObject({ cohort: 0, group: 0, size: 3, precision: 2 / 3, recall: 2 / 3 });
    expect(report.cohorts[1]).toMatchObject({ cohort: 1, group: 1, size: 2, precision: 1, recall: 2 / 3, f1: 0.8 });
    expect(report.precision).toBeCloseTo(5 / 6, 15);
    expect(() => compareWithTruth(labels(0), labels(0, 0))).toThrow(/labels of 1 customers/u);
  });
});

describe('resampling', () => {
  const subjectOf = (centres: readonly number[], k: number, rows = 400) => {
    const { data } = normals('resampling', rows, centres);
    const config = { k, restarts: 2 };
    return { method: kMeans, config, model: kMeans.fit(config, data, 'fit'), data, seed: 'fit' };
  };

  it('finds cohorts that lie apart highly stable, and cuts through one cloud not', () => {
    const apart = stability(subjectOf([0, 10, 20], 3), { resamples: 8 });
    expect(apart.adjustedRandIndex).toBe(1);
    expect(apart.cohorts.map(({ band }) => band)).toEqual(['highly stable', 'highly stable', 'highly stable']);
    const cut = stability(subjectOf([0], 5), { resamples: 8 });
    expect(cut.adjustedRandIndex).toBeLessThan(0.8);
    expect(Math.min(...cut.cohorts.map(({ jaccard }) => jaccard))).toBeLessThan(0.75);
  });

  it('is less confident of customers between two cohorts', () => {
    const subject = subjectOf([0, 3], 2);
    const { confidence, kind } = resampleConfidence(subject, { resamples: 10 });
    expect(kind).toBe('frequency');
    const margin = kMeans.assign(subject.model, subject.data).confidence;
    const mean = (isWanted: (value: number) => boolean): number => {
      const some = confidence.filter((_, row) => isWanted(margin[row]!));
      return some.reduce((total, value) => total + value, 0) / some.length;
    };
    expect(mean((value) => value > 0.5)).toBeGreaterThan(0.99);
    expect(mean((value) => value < 0.05)).toBeLessThan(0.95);
  });

  it('does not depend on the order of rows', () => {
    const subject = subjectOf([0, 3], 3, 150);
    const order = Uint32Array.from({ length: 150 }, (_, row) => 149 - row);
    const turned = { ...subject, data: { ...subject.data, columns: takeRows(subject.data.columns, order) } };
    expect(stability(turned, { resamples: 3 })).toEqual(stability(subject, { resamples: 3 }));
    expect(resampleConfidence(turned, { resamples: 3 }).confidence).toEqual(
      resampleConfidence(subject, { resamples: 3 }).confidence.toReversed(),
    );
  });

  it('refuses a single resample', () => {
    expect(() => stability(subjectOf([0], 2, 20), { resamples: 1 })).toThrow(/at least 2 resamples/u);
  });
});
