import { describe, expect, it } from 'vitest';

import { cloudsAndDust, columnsOf, digits, labelsOf, reorder, repeated, shuffled } from '../../../../../test/fixtures/cohort-clouds.ts';
import { makeRng } from '../../../../sdk/numeric/index.ts';
import { adjustedRandIndex } from '../quality/index.ts';
import { hierarchical, type HierarchicalConfig, type HierarchicalModel } from './index.ts';

const plain: HierarchicalConfig = { cut: { cohorts: 5 }, standardise: false };
const labels = (model: HierarchicalModel, data = cloudsAndDust()): Int32Array => hierarchical.assign(model, data).label;

describe('hierarchical cohorts', () => {
  it('finds two groups and how they differ from the whole', () => {
    const data = columnsOf([1, 10], [2, 11], [1, 12], [30, 10]);
    const model = hierarchical.fit({ cut: { cohorts: 2 } }, data, 'seed');
    expect(digits(labels(model, data))).toBe('0001');
    expect(model.profile.map(({ size, share }) => [size, share])).toEqual([
      [3, 0.75],
      [1, 0.25],
    ]);
    expect(model.profile[1]?.features[0]).toMatchObject({ feature: 'f0', mean: 30 });
    expect(model.dendrogram.size).toEqual([2, 3, 4]);
  });

  it('cuts at a height, the height itself included', () => {
    const data = columnsOf([0], [1], [5]);
    const cutAt = (height: number) => hierarchical.fit({ cut: { height }, standardise: false }, data, 's').profile.length;
    expect([0, 0.999, 1, 5, 6].map(cutAt)).toEqual([3, 3, 2, 2, 1]);
  });

  it('gives fewer cohorts where there are fewer distinct rows', () => {
    const data = columnsOf([1, 1], [1, 1], [2, 2], [1, 1]);
    const model = hierarchical.fit({ cut: { cohorts: 10 } }, data, 's');
    expect(digits(labels(model, data))).toBe('0010');
  });

  it('puts a single row, and rows that are all alike, into one cohort with confidence 1', () => {
    for (const data of [columnsOf([3, 4]), columnsOf([3, 4], [3, 4], [3, 4])]) {
      const { label, confidence } = hierarchical.assign(hierarchical.fit({ cut: { cohorts: 3 } }, data, 's'), data);
      expect([...label]).toEqual(Array.from(label, () => 0));
      expect([...confidence]).toEqual(Array.from(label, () => 1));
    }
  });

  it('refuses what it cannot compute with', () => {
    const fit =
      (config: HierarchicalConfig, data = cloudsAndDust()) =>
      () =>
        hierarchical.fit(config, data, 's');
    expect(fit(plain, { names: [], columns: [] })).toThrow(/at least one column/);
    expect(fit(plain, { names: ['a'], columns: [new Float64Array(0)] })).toThrow(/0 rows/);
    expect(fit(plain, columnsOf([1], [Number.NaN]))).toThrow(/NaN in row 1/);
    expect(fit(plain, { names: ['a', 'b'], columns: [new Float64Array(2), new Float64Array(3)] })).toThrow(/equal length/);
    expect(fit({ cut: { cohorts: 0 } })).toThrow(/cut.cohorts is 0/);
    expect(fit({ cut: { height: -1 } })).toThrow(/cut.height is -1/);
    const model = hierarchical.fit(plain, cloudsAndDust(), 's');
    expect(() => hierarchical.assign(model, columnsOf([1, 2]))).toThrow(/fitted on 'x'/);
  });

  it.each([{}, { exactRows: 1, landmarks: 20 }])('does not depend on the order of rows, nor on storage: %o', (options) => {
    const data = cloudsAndDust();
    const order = shuffled(60);
    const model = hierarchical.fit({ ...plain, ...options }, data, 's');
    const other = hierarchical.fit({ ...plain, ...options }, reorder(data, order), 's');
    expect(JSON.stringify(other)).toBe(JSON.stringify(model));
    const stored = JSON.parse(JSON.stringify(model)) as HierarchicalModel; // what fit returned
    expect(hierarchical.assign(stored, data)).toEqual(hierarchical.assign(model, data));
    const sizes = model.profile.map(({ cohort }) => labels(model).filter((own) => own === cohort).length);
    expect(sizes).toEqual(model.profile.map(({ size }) => size));
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
  });

  it('gives the same cohorts when every row comes twice', () => {
    const model = hierarchical.fit(plain, repeated(cloudsAndDust(), 2), 's');
    expect(adjustedRandIndex(labels(model), labels(hierarchical.fit(plain, cloudsAndDust(), 's')))).toBe(1);
  });

  it('assigns later rows to the nearest centroid, with confidence 0 half-way and 1 at a centroid', () => {
    const model = hierarchical.fit({ cut: { cohorts: 2 }, standardise: false }, columnsOf([0], [1], [2], [10], [12]), 's');
    const { label, confidence, kind } = hierarchical.assign(model, columnsOf([6], [1.5], [11], [1]));
    expect(digits(label)).toBe('0010');
    expect([...confidence]).toEqual([0, 0.9, 1, 1]);
    expect(kind).toBe('margin');
  });

  it('keeps clouds apart by landmarks as exact Ward does', () => {
    const rng = makeRng('clouds');
    const data = columnsOf(...Array.from({ length: 3000 }, (_, row) => [6 * (row % 4) + rng.normal(), rng.normal()]));
    const exact = hierarchical.fit({ cut: { cohorts: 4 }, standardise: false }, data, 's');
    const quick = hierarchical.fit({ cut: { cohorts: 4 }, standardise: false, exactRows: 1000, landmarks: 100 }, data, 's');
    expect([exact.leafKind, quick.leafKind]).toEqual(['rows', 'landmarks']);
    expect(quick.leafSize.reduce((total, size) => total + size, 0)).toBe(3000);
    expect(adjustedRandIndex(labels(exact, data), labels(quick, data))).toBeGreaterThan(0.97);
  });

  // SciPy 1.17.1: linkage(rows, 'ward'), then cut_tree(tree, 5) and fcluster(tree, 8, 'distance').
  it('agrees with SciPy', () => {
    const model = hierarchical.fit(plain, cloudsAndDust(), 's');
    const five = labelsOf('012012012012012012012012012012012012012012012012011002234013');
    expect(adjustedRandIndex(labels(model), five)).toBe(1);
    const last = [5.51434774097, 6.46180269117, 8.3733270287, 11.187520466, 30.2781767417, 40.2003118743];
    for (const [at, height] of model.dendrogram.height.slice(-6).entries()) expect(height).toBeCloseTo(last[at] ?? 0, 9);
    const atEight = hierarchical.fit({ cut: { height: 8 }, standardise: false }, cloudsAndDust(), 's');
    const eight = labelsOf('031031031031031031031031031031031031031031031031033001142034');
    expect(adjustedRandIndex(labels(atEight), eight)).toBe(1);
  });
});
