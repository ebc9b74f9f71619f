import { describe, expect, it } from 'vitest';

import { makeRng, sum } from '../../../sdk/numeric/index.ts';
import { bgNbd } from './bg-nbd/index.ts';
import { fitStatistics } from './fit-timing.ts';
import { type HistoryStatistics, summarizeHistories } from './histories.ts';
import { maximizeOnLogScale } from './maximum.ts';
import { thinHistories } from './thin-histories.ts';

function simulate(customers: number): HistoryStatistics {
  const rng = makeRng('thin');
  const rows = Array.from({ length: customers }, () => {
    const T = 20 + rng.uniform() * 60;
    const ages = bgNbd.simulate({ r: 0.6, alpha: 4, a: 0.8, b: 2.4 }, T, rng);
    return { x: ages.length, tx: ages.at(-1) ?? 0, T };
  });
  return summarizeHistories({ x: rows.map(({ x }) => x), tx: rows.map(({ tx }) => tx), T: rows.map(({ T }) => T) });
}

const many = simulate(60_000);

describe('thinHistories', () => {
  it('keeps the weight of every count', () => {
    const few = thinHistories(many);
    expect(few?.rows.count.length).toBeLessThan(11_000);
    const byCount = new Float64Array(many.customersByCount.length);
    few?.rows.count.forEach((x, row) => (byCount[x] = (byCount[x] ?? 0) + (few.rows.weight[row] ?? 0)));
    expect(byCount).toEqual(many.customersByCount);
    expect(sum(few?.rows.weight ?? [])).toBe(many.customers);
    expect(few?.rows.count.findIndex((x) => x > 0)).toBe(few?.firstRepeater);
  });

  it('leaves small data alone', () => {
    expect(thinHistories(simulate(3000))).toBeUndefined();
  });

  it('changes neither the fit nor its errors', () => {
    const plain = maximizeOnLogScale(bgNbd.objective(many), bgNbd.start(many));
    const { params, logLikelihood, iterations, covarianceLog } = fitStatistics(bgNbd, many);
    // The optimiser's stopping rule leaves about 1e-10, finite differences about 1e-6 of the covariance.
    [params.r, params.alpha, params.a, params.b].forEach((value, index) =>
      expect(Math.abs(value / (plain.parameters[index] ?? Number.NaN) - 1)).toBeLessThan(1e-8),
    );
    expect(logLikelihood).toBeCloseTo(-plain.value, 5);
    expect(iterations).toBeLessThan(plain.iterations);
    const hessianTimesCovariance = [0, 1, 2, 3].map((k) => (plain.hessian[k] ?? 0) * (covarianceLog[4 * k] ?? 0));
    expect(sum(hessianTimesCovariance)).toBeCloseTo(1, 4);
  });
});
