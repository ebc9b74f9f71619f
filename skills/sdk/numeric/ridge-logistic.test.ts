import { describe, expect, it } from 'vitest';

import { fitRidgeLogistic, linearPredictor } from './ridge-logistic.ts';
import { makeRng } from './rng.ts';
import { log, sigmoid } from './special.ts';

const rng = makeRng('logistic');
const count = 4000;
const rows = new Float64Array(count * 2);
const label = new Float64Array(count);
for (let row = 0; row < count; row++) {
  rows[2 * row] = 1;
  rows[2 * row + 1] = rng.normal();
  label[row] = rng.uniform() < sigmoid(0.5 - 1.2 * (rows[2 * row + 1] ?? 0)) ? 1 : 0;
}
const all = Int32Array.from(label.keys());
const options = { ridge: 1e-9, newtonSteps: 8 };

describe('a logistic regression', () => {
  it('finds the weights that made the labels', () => {
    const [intercept, slope] = fitRidgeLogistic({ rows, width: 2 }, label, all, options);
    // Four standard errors of about 0.04.
    expect(intercept).toBeGreaterThan(0.34);
    expect(intercept).toBeLessThan(0.66);
    expect(slope).toBeGreaterThan(-1.4);
    expect(slope).toBeLessThan(-1);
  });

  it('has the log odds of the share for its intercept where there is nothing else', () => {
    const ones = new Float64Array(10).fill(1);
    const share = Float64Array.from([1, 1, 1, 0, 0, 0, 0, 0, 0, 0]);
    const [intercept] = fitRidgeLogistic({ rows: ones, width: 1 }, share, Int32Array.from(share.keys()), options);
    expect(intercept).toBeCloseTo(log(3 / 7), 5);
  });

  it('takes probabilities for labels: half of two rows is one row', () => {
    const points = { rows: Float64Array.from([1, -1, 1, 1, 1, 1]), width: 2 };
    const twice = { rows: Float64Array.from([1, -1, 1, -1, 1, 1, 1, 1, 1, 1, 1, 1]), width: 2 };
    const once = fitRidgeLogistic(points, [0.5, 1, 0], [0, 1, 2], { ridge: 0.5, newtonSteps: 8 });
    const doubled = fitRidgeLogistic(twice, [1, 0, 1, 1, 0, 0], [0, 1, 2, 3, 4, 5], { ridge: 1, newtonSteps: 8 });
    expect(linearPredictor(points, 1, once)).toBeCloseTo(linearPredictor(points, 1, doubled), 5);
  });

  it('stays finite where the label can be told for certain', () => {
    const points = { rows: Float64Array.from([1, -1, 1, 1]), width: 2 };
    const weights = fitRidgeLogistic(points, [0, 1], [0, 1], { ridge: 1, newtonSteps: 5 });
    for (const weight of weights) expect(Number.isFinite(weight)).toBe(true);
  });
});
