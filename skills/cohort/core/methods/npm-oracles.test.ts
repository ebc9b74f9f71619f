/** Our kernels beside packages of npm that do the same on small data: written by others, and slower by far. */
import { kmeans } from 'ml-kmeans';
import { quantile, silhouette as silhouetteOfPackage } from 'simple-statistics';
import { describe, expect, it } from 'vitest';

import { cloudsAndDust } from '../../../../test/fixtures/cohort-clouds.ts';
import { makeRng, quantileSorted } from '../../../sdk/numeric/index.ts';
import { bandsOfShares } from './bands/score-bands.ts';
import { kMeans } from './k-means/index.ts';
import type { FeatureColumns } from './method.ts';
import { silhouette, standardise } from './quality/index.ts';
import { rfm } from './rfm/index.ts';

/** Skewed, correlated, with heaps of one-time buyers: no clouds to be found. */
function shopping(rows: number): FeatureColumns {
  const rng = makeRng('shopping');
  const columns = Array.from({ length: 4 }, () => new Float64Array(rows));
  for (let row = 0; row < rows; row++) {
    const frequency = 1 + rng.poisson(rng.gamma(0.6) * 3);
    const values = [Math.floor(365 * rng.beta(0.8, 0.5 + frequency / 4)), frequency, frequency * (20 + 80 * rng.uniform()), rng.gamma(2)];
    values.forEach((value, at) => ((columns[at] ?? new Float64Array())[row] = value));
  }
  return { names: ['recency', 'frequency', 'money', 'gap'], columns };
}

const rowsOf = (columns: readonly Float64Array[]): number[][] =>
  Array.from({ length: columns[0]?.length ?? 0 }, (_, row) => columns.map((column) => column[row] ?? 0));

describe('k-means beside ml-kmeans', () => {
  it.each([
    ['clouds and dust', cloudsAndDust(), 3],
    ['shopping', shopping(3000), 5],
    ['shopping', shopping(3000), 8],
  ])('reaches the best inertia of twenty of its starts within one per cent (%s)', (_, data, k) => {
    const points = rowsOf(standardise(data.columns).columns);
    let best = Number.POSITIVE_INFINITY;
    for (let seed = 1; seed <= 20; seed++) {
      const { clusters, centroids } = kmeans(points, k, { seed, maxIterations: 300 });
      const inertia = points.reduce(
        (total, point, row) => total + point.reduce((sum, value, at) => sum + (value - (centroids[clusters[row]!]?.[at] ?? 0)) ** 2, 0),
        0,
      );
      best = Math.min(best, inertia);
    }
    expect(kMeans.fit({ k }, data, 'oracle').inertia / best).toBeLessThan(1.01);
  });

  it('ends where it ends from the same start', () => {
    const data = shopping(2000);
    const { columns, scale } = standardise(data.columns);
    const points = rowsOf(columns);
    const start = [100, 700, 1500, 1900].map((row) => points[row]!);
    const theirs = kmeans(points, 4, { initialization: start, maxIterations: 1000, tolerance: 1e-12 });
    const own = start.map((point) => point.map((value, at) => value * scale.sd[at]! + scale.mean[at]!));
    const model = kMeans.fit({ k: 4, start: own, tolerance: 0, maxIterations: 1000 }, data, 'oracle');
    const sorted = (centroids: readonly (readonly number[])[]): number[][] => centroids.map((c) => [...c]).sort((a, b) => a[0]! - b[0]!);
    for (const [cohort, centroid] of sorted(model.centroids).entries()) {
      for (const [at, value] of centroid.entries()) expect(value).toBeCloseTo(sorted(theirs.centroids)[cohort]![at]!, 6);
    }
  });
});

describe('measures beside simple-statistics', () => {
  it('have its silhouette', () => {
    const { columns } = standardise(cloudsAndDust().columns);
    const label = Int32Array.from({ length: 60 }, (_, row) => (row < 50 ? row % 3 : 3));
    const values = silhouetteOfPackage(rowsOf(columns), [...label]) as number[];
    expect(silhouette(columns, label).mean).toBeCloseTo(values.reduce((total, value) => total + value, 0) / 60, 12);
  });

  it('have its quantiles, and cut RFM scores between the values beside them', () => {
    const rng = makeRng('quantiles');
    const column = (): Float64Array => Float64Array.from({ length: 501 }, () => rng.gamma(2));
    const data = { names: ['recency', 'frequency', 'money'], columns: [column(), column(), column()] };
    const [, frequency] = rfm.fit({}, data, '').dimensions;
    const sorted = data.columns[1]!.toSorted();
    for (const q of [0, 0.1, 0.2, 0.37, 0.5, 0.999, 1]) expect(quantileSorted(sorted, q)).toBeCloseTo(quantile([...sorted], q), 14);
    for (const [at, fifth] of [0.2, 0.4, 0.6, 0.8].entries()) {
      // Every hundredth of 501 values is a quantile; the middle of its own rank decides which class it is in.
      const value = quantile([...sorted], fifth);
      const place = sorted.indexOf(value);
      const around = [(sorted[place - 1]! + value) / 2, (value + sorted[place + 1]!) / 2];
      expect(Math.min(...around.map((middle) => Math.abs(middle - frequency.boundaries[at]!)))).toBeLessThan(1e-12);
      expect(bandsOfShares(data.columns[1]!, 5).boundaries[at]).toBe(frequency.boundaries[at]);
    }
  });
});
