import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { makeRng } from '../../../../sdk/numeric/index.ts';
import type { FeatureColumns } from '../method.ts';
import { adjustedRandIndex, takeRows } from '../quality/index.ts';
import { kMeans, type KMeansModel } from './index.ts';

const named = (...columns: readonly ArrayLike<number>[]): FeatureColumns => ({
  names: columns.map((_, index) => `f${index}`),
  columns: columns.map((column) => Float64Array.from(column)),
});

/** Clouds of unit spread around centres far apart, and which cloud each row is of. */
function clouds(seed: string, rows: number, centres: readonly (readonly number[])[]) {
  const rng = makeRng(seed);
  const truth = Int32Array.from({ length: rows }, () => rng.integer(centres.length));
  const columns = (centres[0] ?? []).map((_, feature) => Float64Array.from(truth, (cloud) => centres[cloud]![feature]! + rng.normal()));
  return { truth, data: named(...columns) };
}

/** Sixty points that any language makes alike: three strips, the second feature in another unit. */
const sixty = named(
  Array.from({ length: 60 }, (_, i) => ((i * 0.6180339887498949) % 1) + 2 * (i % 3)),
  Array.from({ length: 60 }, (_, i) => ((i * i * 0.7548776662466927) % 1) * 100),
);

const sizes = (model: KMeansModel): number[] => model.profile.map(({ size }) => size);

const fourCorners = [
  [0, 0, 0],
  [20, 0, 5],
  [0, 20, -5],
  [20, 20, 0],
];

describe('k-means', () => {
  it('finds clouds that lie apart, and says where they lie in the units of the features', () => {
    const { truth, data } = clouds('apart', 2000, fourCorners);
    const model = kMeans.fit({ k: 4 }, data, 'seed');
    expect(adjustedRandIndex(kMeans.assign(model, data).label, truth)).toBe(1);
    for (const { features } of model.profile) {
      const at = ['f0', 'f1', 'f2'].map((name) => features.find(({ feature }) => feature === name)!.mean);
      const nearest = Math.min(...fourCorners.map((corner) => Math.hypot(...corner.map((value, index) => value - at[index]!))));
      expect(nearest).toBeLessThan(0.3); // the standard error of a mean of 500 is 0.045
    }
  });

  // scikit-learn 1.7.2, KMeans(k, n_init=200, random_state=0) on StandardScaler().fit_transform(points)
  it.each([
    [2, 73.69290872206687, [30, 30]],
    [3, 43.78938121869527, [24, 21, 15]],
    [4, 27.570663708322854, [22, 18, 12, 8]],
    [5, 18.916584642473026, [17, 12, 12, 11, 8]],
    [6, 13.887333063370146, [13, 12, 11, 9, 8, 7]],
  ])('reaches the inertia of scikit-learn for k = %i', (k, inertia, expected) => {
    const model = kMeans.fit({ k, restarts: 200, tolerance: 0 }, sixty, 'peer');
    expect(model.inertia / inertia).toBeCloseTo(1, 10);
    expect(sizes(model)).toEqual(expected);
  });

  it('is within one percent of them with its defaults', () => {
    expect(kMeans.fit({ k: 6 }, sixty, 'default').inertia).toBeLessThan(13.887333063370146 * 1.01);
  });

  it('refines all rows when the starts were tried on a few of them', () => {
    const { data } = clouds('sampled', 6000, [...fourCorners, [5, 5, 5], [7, 4, 6]]);
    const whole = kMeans.fit({ k: 6 }, data, 'seed');
    const sampled = kMeans.fit({ k: 6, sampleRows: 500 }, data, 'seed');
    expect(sampled.inertia / whole.inertia).toBeCloseTo(1, 3);
  });

  it('comes within a percent of that by batches', () => {
    const { data } = clouds('batches', 6000, [...fourCorners, [5, 5, 5], [7, 4, 6]]);
    const whole = kMeans.fit({ k: 6 }, data, 'seed');
    const batched = kMeans.fit({ k: 6, sampleRows: 500, miniBatchAbove: 5000, batchRows: 1000 }, data, 'seed');
    expect(batched.engine).toBe('mini-batch');
    expect(batched.inertia).toBeLessThan(whole.inertia * 1.01);
  });

  it('numbers cohorts by descending size', () => {
    const rows = 300;
    const data = named(Array.from({ length: rows }, (_, row) => (row < 30 ? 0 : row < 120 ? 100 : 200) + (row % 7)));
    const model = kMeans.fit({ k: 3 }, data, 'seed');
    expect(sizes(model)).toEqual([180, 90, 30]);
    expect(model.profile.map(({ share }) => share)).toEqual([0.6, 0.3, 0.1]);
  });

  it('continues from centroids of an earlier fit', () => {
    const { data } = clouds('again', 1000, fourCorners);
    const first = kMeans.fit({ k: 4 }, data, 'seed');
    const start = first.profile.map(({ features }) => data.names.map((name) => features.find(({ feature }) => feature === name)!.mean));
    const second = kMeans.fit({ k: 4, start }, data, 'another');
    expect(second.iterations).toBeLessThanOrEqual(2);
    expect(second.inertia).toBeCloseTo(first.inertia, 8);
  });
});

describe('the number of cohorts', () => {
  it.each(['silhouette', 'gap'] as const)('is found by %s where clouds lie apart', (by) => {
    const { data } = clouds('choose', 600, fourCorners);
    const { choice, centroids } = kMeans.fit({ k: { from: 1, to: 7, by }, restarts: 4 }, data, 'seed');
    expect(choice!.k).toBe(4);
    expect(centroids).toHaveLength(4);
    expect(choice!.tried.map(({ k }) => k)).toEqual(by === 'gap' ? [1, 2, 3, 4, 5, 6, 7] : [2, 3, 4, 5, 6, 7]);
  });

  it('is one by gap in a single cloud', () => {
    const { data } = clouds('single', 500, [[0, 0]]);
    expect(kMeans.fit({ k: { from: 1, to: 4, by: 'gap' }, restarts: 4 }, data, 'seed').centroids).toHaveLength(1);
  });

  it('is one where all rows are equal', () => {
    expect(kMeans.fit({ k: { from: 2, to: 5 } }, named([3, 3, 3], [1, 1, 1]), 'seed').centroids).toEqual([[0, 0]]);
  });
});

describe('edges of k-means', () => {
  it('puts a single row into a single cohort, surely', () => {
    const data = named([5], [7]);
    const model = kMeans.fit({ k: 3 }, data, 'seed');
    expect(kMeans.assign(model, data)).toEqual({ label: Int32Array.of(0), confidence: Float64Array.of(1), kind: 'margin' });
    expect(model.inertia).toBe(0);
  });

  it('returns fewer cohorts than asked for where fewer distinct rows exist', () => {
    const data = named([1, 1, 1, 2, 2, 9]);
    const model = kMeans.fit({ k: 5 }, data, 'seed');
    expect(sizes(model)).toEqual([3, 2, 1]);
    expect([...kMeans.assign(model, data).label]).toEqual([0, 0, 0, 1, 1, 2]);
  });

  it('leaves constant features out of account', () => {
    const data = named([0, 1, 100, 101], [0.1, 0.1, 0.1, 0.1]);
    const model = kMeans.fit({ k: 2 }, data, 'seed');
    expect(model.centroids.map((centroid) => centroid[1])).toEqual([0, 0]);
    // A row with another value there is where it would be without it.
    expect([...kMeans.assign(model, named([1], [5e6])).label]).toEqual([...kMeans.assign(model, named([1], [0.1])).label]);
  });

  it('fills centroids that lose all rows', () => {
    const data = named([0, 1, 2, 50, 51, 52]);
    const model = kMeans.fit({ k: 2, start: [[25], [1e6]] }, data, 'seed');
    expect(sizes(model)).toEqual([3, 3]);
  });

  it.each([
    ['no rows', named([]), { k: 2 }, /at least one column with one row/u],
    ['no columns', named(), { k: 2 }, /at least one column with one row/u],
    ['NaN', named([1, Number.NaN]), { k: 1 }, /'f0' has NaN in row 1/u],
    ['infinity', named([1], [Number.POSITIVE_INFINITY]), { k: 1 }, /'f1' has Infinity in row 0/u],
    ['columns of unequal length', named([1, 2], [1]), { k: 1 }, /'f1' has 1 rows, 'f0' has 2/u],
    ['k 0', named([1, 2]), { k: 0 }, /whole numbers from 1/u],
    ['a range that falls', named([1, 2]), { k: { from: 4, to: 2 } }, /the smaller one first/u],
    ['a start of another shape', named([1, 2]), { k: 2, start: [[1, 2]] }, /k of them/u],
  ])('refuses %s', (_, data, config, message) => {
    expect(() => kMeans.fit(config, data, 'seed')).toThrow(message);
  });

  it('refuses columns that lack a feature of the fit, and takes them in any order', () => {
    const model = kMeans.fit({ k: 2 }, { names: ['a', 'b'], columns: [Float64Array.of(0, 9), Float64Array.of(1, 2)] }, 'seed');
    expect(() => kMeans.assign(model, named([1]))).toThrow(/fitted on 'a'/u);
    const turned = { names: ['b', 'a'], columns: [Float64Array.of(1, 2), Float64Array.of(0, 9)] };
    expect([...kMeans.assign(model, turned).confidence]).toEqual([1, 1]);
  });
});

describe('promises of k-means', () => {
  const table = fc.record({
    rows: fc.array(fc.tuple(fc.integer({ min: -3, max: 3 }), fc.double({ min: -1e3, max: 1e3, noNaN: true })), {
      minLength: 1,
      maxLength: 60,
    }),
    k: fc.integer({ min: 1, max: 6 }),
    miniBatchAbove: fc.constantFrom(0, 1e9),
    seed: fc.string(),
  });

  it('gives the same bytes and labels for every order of rows', () => {
    fc.assert(
      fc.property(table, ({ rows, k, miniBatchAbove, seed }) => {
        const data = named(
          rows.map(([one]) => one),
          rows.map(([, other]) => other),
        );
        const order = Uint32Array.from(rows.keys()).reverse();
        const turned = { ...data, columns: takeRows(data.columns, order) };
        const config = { k, miniBatchAbove, batchRows: 20, restarts: 3, sampleRows: 40 };
        const model = kMeans.fit(config, data, seed);
        expect(JSON.stringify(kMeans.fit(config, turned, seed))).toBe(JSON.stringify(model));
        expect(kMeans.assign(model, turned).label).toEqual(kMeans.assign(model, data).label.toReversed());
      }),
      { numRuns: 60 },
    );
  });

  it('assigns the same after the model went through JSON, with confidence in [0, 1] and cohorts by size', () => {
    fc.assert(
      fc.property(table, ({ rows, k, seed }) => {
        const data = named(
          rows.map(([one]) => one),
          rows.map(([, other]) => other),
        );
        const model = kMeans.fit({ k, restarts: 2 }, data, seed);
        const stored = JSON.parse(JSON.stringify(model)) as KMeansModel;
        expect(stored).toEqual(model);
        const { label, confidence } = kMeans.assign(stored, data);
        expect(kMeans.assign(model, data)).toEqual({ label, confidence, kind: 'margin' });
        expect(confidence.every((value) => value >= 0 && value <= 1)).toBe(true);
        const counted = model.centroids.map((_, cohort) => label.filter((own) => own === cohort).length);
        expect(counted).toEqual(sizes(model));
        expect(counted.toSorted((one, other) => other - one)).toEqual(counted);
      }),
      { numRuns: 60 },
    );
  });

  it('is surest at centroids and has no confidence half-way between two', () => {
    const data = named([0, 0, 10, 10]);
    const model = kMeans.fit({ k: 2 }, data, 'seed');
    expect([...kMeans.assign(model, named([0, 5, 10, 2.5])).confidence]).toEqual([1, 0, 1, 0.5]);
  });
});
