import { describe, expect, it } from 'vitest';

import { cloudsAndDust, columnsOf, digits, labelsOf, reorder, repeated, shuffled } from '../../../../../test/fixtures/cohort-clouds.ts';
import { makeRng } from '../../../../sdk/numeric/index.ts';
import { adjustedRandIndex } from '../quality/index.ts';
import { dbscan, type DbscanConfig, type DbscanModel } from './index.ts';

const plain: DbscanConfig = { eps: 1, minPoints: 4, standardise: false };

describe('density cohorts by DBSCAN', () => {
  it('finds a chain of customers and one who lies apart', () => {
    const data = columnsOf([1], [2], [3], [4], [20]);
    const model = dbscan.fit({ eps: 1, minPoints: 2, standardise: false }, data, 's');
    const { label, confidence, kind } = dbscan.assign(model, data);
    expect(digits(label)).toBe('0000.');
    expect([...confidence]).toEqual([1, 1, 1, 1, 1 - 1 / 16]);
    expect(kind).toBe('density');
    expect(model.profile[0]).toMatchObject({ size: 4, share: 0.8 });
    expect(model.noise).toMatchObject({ cohort: -1, size: 1, share: 0.2 });
  });

  it('counts a row at exactly eps, and itself', () => {
    const data = columnsOf([0], [1]);
    expect(digits(dbscan.assign(dbscan.fit({ eps: 1, minPoints: 2, standardise: false }, data, 's'), data).label)).toBe('00');
    expect(digits(dbscan.assign(dbscan.fit({ eps: 1, minPoints: 3, standardise: false }, data, 's'), data).label)).toBe('..');
  });

  it('puts a border point to its nearest core point, and between equally near ones to the first in feature order', () => {
    const between = columnsOf([0], [0], [0], [0.5], [2.3], [4], [4.4], [4.4], [4.4]);
    const model = dbscan.fit({ eps: 1.9, minPoints: 4, standardise: false }, between, 's');
    expect(digits(dbscan.assign(model, between).label)).toBe('111100000');
    const tied = columnsOf([-2], [-2], [-2], [-1], [0], [1], [2], [2], [2]);
    expect(digits(dbscan.assign(dbscan.fit({ eps: 1, minPoints: 4, standardise: false }, tied, 's'), tied).label)).toBe('000001111');
  });

  it('finds nothing among too few rows', () => {
    const data = columnsOf([1, 2], [3, 4]);
    const model = dbscan.fit({}, data, 's');
    const { label, confidence } = dbscan.assign(model, data);
    expect(digits(label)).toBe('..');
    expect([...confidence]).toEqual([1, 1]);
    expect(digits(dbscan.assign(dbscan.fit({}, columnsOf([5]), 's'), columnsOf([5])).label)).toBe('.');
  });

  it('takes equal rows as one dense place', () => {
    const data = columnsOf(...Array.from({ length: 12 }, () => [7, 7]), [8, 9]);
    const model = dbscan.fit({ minPoints: 4 }, data, 's');
    expect(model.cores).toEqual([[7], [7]]);
    expect(dbscan.assign(model, data).label[0]).toBe(0);
  });

  it('refuses what it cannot compute with', () => {
    const fit =
      (config: DbscanConfig, data = cloudsAndDust()) =>
      () =>
        dbscan.fit(config, data, 's');
    expect(fit({ eps: 0 })).toThrow(/eps is 0/);
    expect(fit({ eps: Number.NaN })).toThrow(/eps is NaN/);
    expect(fit({ epsQuantile: 1 })).toThrow(/epsQuantile is 1/);
    expect(fit({ minPoints: 1.5 })).toThrow(/minPoints is 1.5/);
    expect(fit(plain, columnsOf([1], [Number.POSITIVE_INFINITY]))).toThrow(/Infinity in row 1/);
    expect(fit(plain, { names: ['a'], columns: [new Float64Array(0)] })).toThrow(/0 rows/);
  });

  it.each([plain, {}])('does not depend on the order of rows, nor on storage: %o', (config) => {
    const data = cloudsAndDust();
    const model = dbscan.fit(config, data, 's');
    expect(JSON.stringify(dbscan.fit(config, reorder(data, shuffled(60)), 's'))).toBe(JSON.stringify(model));
    const stored = JSON.parse(JSON.stringify(model)) as DbscanModel; // what fit returned
    const { label } = dbscan.assign(stored, data);
    expect(label).toEqual(dbscan.assign(model, data).label);
    expect(model.profile.map(({ cohort }) => label.filter((own) => own === cohort).length)).toEqual(model.profile.map(({ size }) => size));
  });

  it('counts a row that comes five times as five', () => {
    const data = cloudsAndDust();
    const once = dbscan.fit({ eps: 0.7, minPoints: 5, standardise: false }, data, 's');
    const often = dbscan.fit({ eps: 0.7, minPoints: 25, standardise: false }, repeated(data, 5), 's');
    expect(often.cores).toEqual(once.cores);
    expect(often.coreCohort).toEqual(once.coreCohort);
  });

  it('makes about the asked share of rows core points', () => {
    const rng = makeRng('share');
    const data = columnsOf(...Array.from({ length: 4000 }, () => [rng.normal(), rng.normal(), rng.normal()]));
    const model = dbscan.fit({ epsQuantile: 0.8, minPoints: 6 }, data, 's');
    expect((model.cores[0]?.length ?? 0) / 4000).toBeCloseTo(0.8, 1);
  });

  it('equals a plain search over all pairs', () => {
    const rng = makeRng('pairs');
    for (const eps of [0.15, 0.25, 0.4, 0.8]) {
      const data = columnsOf(...Array.from({ length: 500 }, () => [rng.normal(), rng.normal(), rng.uniform()]));
      const { label } = dbscan.assign(dbscan.fit({ eps, minPoints: 4, standardise: false }, data, 's'), data);
      expect(adjustedRandIndex(label, byAllPairs(data.columns, eps, 4))).toBe(1);
    }
  });

  // scikit-learn 1.7.2: DBSCAN(eps=1, min_samples=4); 45 core points, no border point with a choice.
  it('agrees with scikit-learn', () => {
    const data = cloudsAndDust();
    const model = dbscan.fit(plain, data, 's');
    const theirs = labelsOf('0120120120.201201201201201201201201201201201201201..02......');
    expect(adjustedRandIndex(dbscan.assign(model, data).label, theirs)).toBe(1);
    expect(model.coreCohort).toHaveLength(45);
  });
});

/** The definition, with border points to their nearest core point. */
function byAllPairs(columns: readonly Float64Array[], eps: number, minPoints: number): Int32Array {
  const rows = columns[0]!.length;
  const squared = (a: number, b: number): number => columns.reduce((total, column) => total + (column[a]! - column[b]!) ** 2, 0);
  const all = Array.from({ length: rows }, (_, row) => row);
  const isCore = all.map((row) => all.filter((other) => squared(row, other) <= eps * eps).length >= minPoints);
  const label = new Int32Array(rows).fill(-1);
  let groups = 0;
  for (const seed of all) {
    if (!isCore[seed] || label[seed]! >= 0) continue;
    const open = [seed];
    label[seed] = groups;
    for (let row = open.pop(); row !== undefined; row = open.pop()) {
      for (const other of all) {
        if (!isCore[other] || label[other]! >= 0 || squared(row, other) > eps * eps) continue;
        label[other] = groups;
        open.push(other);
      }
    }
    groups += 1;
  }
  for (const row of all) {
    if (isCore[row]) continue;
    const near = all.filter((other) => isCore[other] && squared(row, other) <= eps * eps).sort((a, b) => squared(row, a) - squared(row, b));
    if (near[0] !== undefined) label[row] = label[near[0]]!;
  }
  return label;
}
