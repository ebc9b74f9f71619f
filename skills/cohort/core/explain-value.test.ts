import { describe, expect, it } from 'vitest';

import { timingModel } from '../../../test/fixtures/timing-model.ts';
import { makeRng } from '../../sdk/numeric/index.ts';
import { measureIndependence, timingFamily } from './clv/index.ts';
import { explainValues, typicalAccounts, valueGroups } from './explain-value.ts';
import { exactShapley, playOut } from './explain/index.ts';
import { expectedSpend, fitSpend, type SpendModel } from './spend.ts';
import { type TimingMix, uniformMix } from './timing-mix.ts';
import { type AccountHistory, type Horizon, valueAccounts } from './value.ts';

/** Published parameters of CDNOW, weeks (Fader, Hardie & Lee 2005, table 2). */
const mix = uniformMix(
  [
    timingModel('bg-nbd', { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 }),
    timingModel('pareto-nbd', { r: 0.553, alpha: 10.578, s: 0.606, beta: 11.669 }),
  ],
  [0.7, 0.3],
);
const pooled = {
  fit: { kind: 'pooled-mean', meanMinor: 2000, shape: 2, reason: 'test' },
  netFactor: 0.9,
  independence: measureIndependence({ x: [], meanSpend: [] }),
  fitted: 0,
} as const;

function customers(count: number) {
  const rng = makeRng('customers');
  const T = Float64Array.from({ length: count }, () => 1 + 50 * rng.uniform());
  const x = T.map(() => rng.poisson(1.5));
  const tx = T.map((age, row) => ((x[row] ?? 0) > 0 ? age * rng.uniform() : 0));
  return { x, tx, T, repeatSpendMinor: x.map((count) => count * (500 + 3000 * rng.uniform())) };
}

/** Every coalition of one account asked for by itself, in the order in which the definition has them. */
function plainly(
  by: TimingMix,
  entry: number,
  spend: SpendModel,
  history: AccountHistory,
  horizon: Horizon,
  typical: number[],
  row: number,
) {
  const featuresOf = (at: number) => {
    const [x, tx, T] = [history.x[at] ?? 0, history.tx[at] ?? 0, history.T[at] ?? 0];
    return [x, T > 0 ? Math.min(1, tx / T) : 0, T, x > 0 ? (history.repeatSpendMinor[at] ?? 0) / x : 0] as const;
  };
  const worth = playOut(4, (coalition) => {
    let total = 0;
    for (const other of typical) {
      const [own, theirs] = [featuresOf(row), featuresOf(other)];
      const [x, share, T, monetary] = own.map((value, group) => ((coalition >> group) & 1 ? value : (theirs[group] ?? 0)));
      let purchases = 0;
      for (const [index, { family, params }] of by.models.entries()) {
        const mixed = { x: x ?? 0, tx: (x ?? 0) > 0 ? (share ?? 0) * (T ?? 0) : 0, T: T ?? 0 };
        const expected = timingFamily(family).conditionalExpectation(params, mixed, (horizon.days / 7) * horizon.speed);
        purchases += (by.weights[entry]?.shares[index] ?? 0) * expected;
      }
      total += (purchases * expectedSpend(spend.fit, x ?? 0, (x ?? 0) * (monetary ?? 0)) * spend.netFactor) / typical.length;
    }
    return total;
  });
  return [worth[0], ...exactShapley(4, worth)];
}

describe('attributions of values', () => {
  const history = customers(300);
  const weightRow = new Int32Array(300);

  it.each([0, 0.15])('add up to the value, by groups and by models, discounted at %d', (discountRateAnnual) => {
    const horizon = { days: 90, speed: 1.1, discountRateAnnual };
    const { clvMinor } = valueAccounts(mix, weightRow, pooled, history, horizon);
    const { base, groups, models } = explainValues(mix, weightRow, pooled, history, horizon, typicalAccounts(clvMinor, 4));
    for (let row = 0; row < 300; row++) {
      const value = clvMinor[row] ?? 0;
      const byGroup = valueGroups.reduce((total, group) => total + (groups[group][row] ?? 0), base[row] ?? 0);
      const byModel = models.reduce((total, column) => total + (column[row] ?? 0), 0);
      expect(Math.abs(byGroup - value)).toBeLessThan(1e-9 * Math.max(1, value));
      expect(Math.abs(byModel - value)).toBeLessThan(1e-9 * Math.max(1, value));
    }
    // Everybody spends the same per purchase here.
    expect(Math.max(...groups.monetary.map(Math.abs))).toBeLessThan(1e-9);
  });

  it('are to the last bit what every coalition of every account by itself comes to', () => {
    // Rows that share a tenure, a frequency, all of a history, or everything, in no order.
    const alike = {
      x: [2, 0, 0, 3, 2, 0, 2, 1, 0, 3, 2],
      tx: [9, 0, 0, 9, 9, 0, 4, 30, 0, 12, 9],
      T: [30, 30, 12, 30, 30, 30, 30, 30, 12, 12, 30],
      repeatSpendMinor: [4000, 0, 0, 9000, 4000, 0, 3000, -50, 0, 5000, 700],
    };
    const entries = [0, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0];
    const two = { ...mix, weights: [...mix.weights, { cohort: 'other', shares: [0.25, 0.75], customers: 3 }] };
    const horizon = { days: 90, speed: 1.1, discountRateAnnual: 0 };
    const typical = [1, 0, 9];
    const { x, repeatSpendMinor } = customers(300);
    const spend = fitSpend({ x, repeatSpendMinor }, repeatSpendMinor, x);
    expect(spend.fit.kind).toBe('gamma-gamma');
    const { base, groups } = explainValues(two, entries, spend, alike, horizon, typical);
    for (const [row, entry] of entries.entries()) {
      const found = [base[row], ...valueGroups.map((group) => groups[group][row])];
      expect(found, `row ${row}`).toEqual(plainly(two, entry, spend, alike, horizon, typical, row));
    }
  });

  it('give nothing to a group in which nobody differs, and praise to who bought more often', () => {
    const alike = { x: [0, 6, 1], tx: [0, 18, 18], T: [20, 20, 20], repeatSpendMinor: [0, 6000, 1000] };
    const horizon = { days: 90, speed: 1, discountRateAnnual: 0 };
    const { groups } = explainValues(mix, [0, 0, 0], pooled, alike, horizon, [2]);
    expect([...groups.tenure]).toEqual([0, 0, 0]);
    expect(groups.frequency[1]).toBeGreaterThan(0);
    expect([...valueGroups].every((group) => groups[group][2] === 0)).toBe(true);
  });

  it('stay finite for a customer of the first day, and among customers of the first day', () => {
    const fresh = { x: [0, 0, 3], tx: [0, 0, 5], T: [0, 0, 9], repeatSpendMinor: [0, 0, -200] };
    const { base, groups } = explainValues(mix, [0, 0, 0], pooled, fresh, { days: 90, speed: 1, discountRateAnnual: 0 }, [0, 1]);
    for (const column of [base, ...Object.values(groups)]) expect(column.every(Number.isFinite)).toBe(true);
  });

  it('take typical customers from the middles of equal parts', () => {
    expect(typicalAccounts(Float64Array.from([5, 1, 4, 2, 3, 0, 7, 6]), 4)).toEqual([1, 4, 0, 6]);
    expect(typicalAccounts(Float64Array.from([3]), 4)).toEqual([0]);
  });
});
