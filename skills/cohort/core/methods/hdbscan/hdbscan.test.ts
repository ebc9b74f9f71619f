import { describe, expect, it } from 'vitest';

import { cloudsAndDust, columnsOf, digits, labelsOf, reorder, shuffled } from '../../../../../test/fixtures/cohort-clouds.ts';
import { makeRng } from '../../../../sdk/numeric/index.ts';
import { adjustedRandIndex } from '../quality/index.ts';
import { hdbscan, type HdbscanConfig, type HdbscanModel } from './index.ts';

const plain: HdbscanConfig = { minClusterSize: 5, minSamples: 4, standardise: false };

describe('density cohorts by HDBSCAN*', () => {
  it('finds a dense and a thin group, which no single distance would', () => {
    const dense = Array.from({ length: 20 }, (_, row) => [row * 0.01]);
    const thin = Array.from({ length: 20 }, (_, row) => [50 + row * 2]);
    const data = columnsOf(...dense, ...thin);
    const model = hdbscan.fit({ ...plain, minSamples: 2 }, data, 's');
    expect(digits(hdbscan.assign(model, data).label)).toBe('0'.repeat(20) + '1'.repeat(20));
    expect(model.profile.map(({ size }) => size)).toEqual([20, 20]);
  });

  it('calls everything noise where there is no gap, unless one cohort is allowed', () => {
    const rng = makeRng('one cloud');
    const data = columnsOf(...Array.from({ length: 40 }, () => [rng.normal(), rng.normal()]));
    const config = { minClusterSize: 15, minSamples: 4 };
    expect(hdbscan.fit(config, data, 's').profile).toHaveLength(0);
    expect(hdbscan.fit({ ...config, allowSingle: true }, data, 's').profile).toHaveLength(1);
  });

  it('works on one row, and on rows that are all alike', () => {
    const one = hdbscan.fit({}, columnsOf([1, 2]), 's');
    expect(digits(hdbscan.assign(one, columnsOf([1, 2], [3, 4])).label)).toBe('..');
    const alike = columnsOf(...Array.from({ length: 8 }, () => [1, 2]));
    expect(digits(hdbscan.assign(hdbscan.fit(plain, alike, 's'), alike).label)).toBe('........');
    const single = hdbscan.fit({ ...plain, allowSingle: true }, alike, 's');
    expect(digits(hdbscan.assign(single, alike).label)).toBe('00000000');
  });

  it('keeps equal rows in one cohort, and finite', () => {
    const heap = (value: number, times: number) => Array.from({ length: times }, () => [value, value]);
    const data = columnsOf(...heap(0, 9), ...heap(1, 7), ...heap(10, 8), ...heap(11, 6), [5, 5]);
    const model = hdbscan.fit(plain, data, 's');
    const { label, confidence } = hdbscan.assign(model, data);
    for (const [row, own] of label.entries())
      if (row > 0 && data.columns[0]![row] === data.columns[0]![row - 1]) expect(own).toBe(label[row - 1]);
    expect(confidence.every((value) => value >= 0 && value <= 1)).toBe(true);
    expect(JSON.parse(JSON.stringify(model))).toEqual(model);
  });

  it('refuses what it cannot compute with', () => {
    const fit =
      (config: HdbscanConfig, data = cloudsAndDust()) =>
      () =>
        hdbscan.fit(config, data, 's');
    expect(fit({ minClusterSize: 1 })).toThrow(/minClusterSize is 1/);
    expect(fit({ minSamples: 0 })).toThrow(/minSamples is 0/);
    expect(fit({ maxRows: 0 })).toThrow(/maxRows is 0/);
    expect(fit(plain, columnsOf([Number.NaN]))).toThrow(/NaN in row 0/);
    expect(fit(plain, { names: ['a'], columns: [new Float64Array(0)] })).toThrow(/0 rows/);
  });

  it.each([plain, { maxRows: 40 }])('does not depend on the order of rows, nor on storage: %o', (config) => {
    const data = cloudsAndDust();
    const model = hdbscan.fit(config, data, 's');
    expect(JSON.stringify(hdbscan.fit(config, reorder(data, shuffled(60)), 's'))).toBe(JSON.stringify(model));
    const stored = JSON.parse(JSON.stringify(model)) as HdbscanModel; // what fit returned
    expect(hdbscan.assign(stored, data)).toEqual(hdbscan.assign(model, data));
  });

  it('places rows that were not fitted with their neighbours', () => {
    const rng = makeRng('later rows');
    const draw = (count: number) =>
      columnsOf(...Array.from({ length: count }, (_, row) => [8 * (row % 3) + rng.normal(), 8 * (row % 2) + rng.normal()]));
    const data = draw(1200);
    const model = hdbscan.fit({ minClusterSize: 40, maxRows: 600 }, data, 's');
    expect(model.rowSize.reduce((total, size) => total + size, 0)).toBe(600);
    expect(model.profile).toHaveLength(6);
    const { label } = hdbscan.assign(model, data);
    const truth = label.map((_, row) => row % 6);
    const isIn = (_: number, row: number): boolean => label[row] !== -1;
    expect(adjustedRandIndex(label.filter(isIn), truth.filter(isIn))).toBeGreaterThan(0.99);
    const far = hdbscan.assign(model, columnsOf([100, -100], [0.1, 0.1]));
    expect(digits(far.label)).toMatch(/^\.\d$/);
    expect(far.confidence[0]).toBeGreaterThan(0.98);
  });

  // scikit-learn 1.7.2: HDBSCAN(min_cluster_size=5, min_samples=4), labels_ and the first twelve probabilities_. Row 51 is as far from
  // one cohort as from the next, and these two from each other by way of it; either may have it.
  it('agrees with scikit-learn', () => {
    const data = cloudsAndDust();
    const { label, confidence } = hdbscan.assign(hdbscan.fit(plain, data, 's'), data);
    const theirs = labelsOf('1201201201201201201201201201201201201201201201201222100..12.');
    const isClear = (_: number, row: number): boolean => row !== 51;
    expect(adjustedRandIndex(label.filter(isClear), theirs.filter(isClear))).toBe(1);
    expect([label[51], theirs[51]]).not.toContain(-1);
    const strength = [
      0.6590867728, 0.9122183666, 0.6531177028, 1, 1, 0.7199299089, 0.4068698015, 0.9122183666, 1, 0.5130511398, 0.1433330721, 0.5013856409,
    ];
    for (const [row, value] of strength.entries()) expect(confidence[row]).toBeCloseTo(value, 9);
  });

  it('agrees with scikit-learn where one cohort is allowed', () => {
    const data = reorder(
      cloudsAndDust(),
      Array.from({ length: 17 }, (_, at) => 3 * at),
    );
    const { label } = hdbscan.assign(hdbscan.fit({ ...plain, allowSingle: true }, data, 's'), data);
    expect(digits(label)).toBe('.0....0.0...0.0..');
  });
});
