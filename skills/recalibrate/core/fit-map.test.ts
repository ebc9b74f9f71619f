import '../../../test/property-seed.ts';
import { describe, expect, it } from 'vitest';

import { makeRng, sigmoid } from '../../sdk/numeric/index.ts';
import { crossFitMap, fitMap, type MapRows, meanMethods, predictMap, probabilityMethods } from './fit-map.ts';

/** Too sure by a factor of two; cohort `b` buys more than it is given. */
function simulate(count: number, lift = 0.8): MapRows {
  const rng = makeRng('fit-map');
  const odds = Float64Array.from({ length: count }, () => 1.1 * rng.normal() - 0.4);
  const cohort = Array.from(odds, (_, row) => ['a', 'b', 'c'][row % 3] ?? 'a');
  return {
    predicted: odds.map((own) => sigmoid(2 * own)),
    outcome: odds.map((own, row) => (rng.uniform() < sigmoid(own + (cohort[row] === 'b' ? lift : 0)) ? 1 : 0)),
    cohort,
    fold: Array.from(odds, (_, row) => Math.floor(row / 3) % 4),
  };
}

const rows = simulate(900);
const expected: MapRows = { ...rows, predicted: rows.predicted.map((own) => 4 * own), outcome: rows.outcome.map((own) => 3 * own) };
const brier = (predicted: Float64Array): number =>
  predicted.reduce((total, own, row) => total + (own - (rows.outcome[row] ?? 0)) ** 2, 0) / predicted.length;

describe('a map of probabilities', () => {
  it.each(probabilityMethods)('%s is plain JSON that gives probabilities, also to a cohort it has not seen', (method) => {
    const { model, choice } = fitMap('probability', method, rows, 20);
    const read = JSON.parse(JSON.stringify({ model, choice })) as { model: typeof model; choice: typeof choice }; // written one line above
    expect(read).toEqual({ model, choice });
    const values = predictMap('probability', read.model, Float64Array.of(0, 0.4, 1), ['a', 'toString', 'new']);
    for (const value of values) expect(value >= 0 && value <= 1).toBe(true);
    expect(choice === null).toBe(method !== 'auto');
  });

  it.each(['cohort-logistic', 'platt', 'beta', 'isotonic', 'auto'] as const)('%s betters customers it has not seen', (method) => {
    expect(brier(crossFitMap('probability', method, rows))).toBeLessThan(brier(rows.predicted) - 0.01);
  });

  it('is chosen with the score, standard error and debiased error of every candidate', () => {
    const { choice } = fitMap('probability', 'auto', rows, 20);
    expect(choice).toMatchObject({ score: 'brier', folds: 4, n: 900 });
    expect(choice?.candidates.map(({ id, strength }) => `${id} ${strength ?? 'all'}`)).toContain('cohort-logistic all');
    for (const { score, standardError, ece, behind } of choice?.candidates ?? []) {
      expect(Math.min(score ?? 0, standardError ?? 0)).toBeGreaterThan(0);
      expect(ece).toMatchObject({ value: expect.any(Number), low: expect.any(Number), high: expect.any(Number) });
      expect(behind?.value).toBeGreaterThanOrEqual(0);
    }
    expect(['cohort-logistic', 'platt', 'beta', 'temperature']).toContain(choice?.candidates[choice.chosen]?.id);
  });

  it('says of churn what it says of purchase: one less the other, whichever of the two is calibrated', () => {
    const churn = fitMap('probability', 'cohort-logistic', {
      ...rows,
      predicted: rows.predicted.map((own) => 1 - own),
      outcome: rows.outcome.map((own) => 1 - own),
    }).model;
    const purchase = fitMap('probability', 'cohort-logistic', rows).model;
    for (const p of [0.05, 0.3, 0.9]) {
      for (const name of ['a', 'b', 'new']) {
        const [stays = 0] = predictMap('probability', purchase, Float64Array.of(p), [name]);
        const [leaves = 0] = predictMap('probability', churn, Float64Array.of(1 - p), [name]);
        expect(leaves).toBeCloseTo(1 - stays, 9);
      }
    }
  });

  it('leaves a row as it is where the other folds say too little to learn from', () => {
    const oneClass = { ...rows, outcome: rows.outcome.map((_, row) => (rows.fold[row] === 0 ? 1 : 0)) };
    const crossed = crossFitMap('probability', 'platt', oneClass);
    const kept = Array.from(crossed.keys()).filter((row) => rows.fold[row] === 0);
    for (const row of kept) expect(crossed[row]).toBe(rows.predicted[row]);
  });

  it('handles a cohort in which nobody bought, and one in which everybody did', () => {
    const outcome = rows.outcome.map((own, row) => (rows.cohort[row] === 'a' ? 0 : rows.cohort[row] === 'b' ? 1 : own));
    for (const method of ['cohort-logistic', 'platt', 'isotonic', 'bbq', 'venn-abers'] as const) {
      const { model } = fitMap('probability', method, { ...rows, outcome });
      const [none = 1, all = 0] = predictMap('probability', model, Float64Array.of(0.5, 0.5), ['a', 'b']);
      expect(none).toBeLessThan(0.35);
      expect(all).toBeGreaterThan(0.65);
    }
  });

  it('refuses NaN and one class with a code', () => {
    const coded = (code: string): unknown => expect.objectContaining({ code });
    const broken = { ...rows, predicted: rows.predicted.map((own, row) => (row === 5 ? Number.NaN : own)) };
    expect(() => fitMap('probability', 'platt', broken)).toThrow(coded('NUMERIC_DOMAIN') as Error);
    expect(() => fitMap('probability', 'auto', broken, 20)).toThrow(coded('NUMERIC_DOMAIN') as Error);
    const none = { ...rows, outcome: new Float64Array(900) };
    expect(() => fitMap('probability', 'platt', none)).toThrow(coded('CALIBRATION_TOO_FEW') as Error);
    expect(fitMap('probability', 'auto', none, 20).model).toMatchObject({ kind: 'identity' });
  });
});

describe('a map of expectations', () => {
  it.each(meanMethods)('%s gives finite values that are not negative, also of nothing and of all zeros', (method) => {
    for (const outcome of [expected.outcome, new Float64Array(900)]) {
      const { model } = fitMap('mean', method, { ...expected, outcome }, 20);
      const values = predictMap('mean', model, Float64Array.of(0, 1, 1e6), ['a', 'b', 'new']);
      for (const value of values) expect(value >= 0 && Number.isFinite(value)).toBe(true);
    }
  });

  it('carries a ratio over in full by mean-scale, and in part by the scale that knows of drift', () => {
    const total = (values: Float64Array): number => values.reduce((all, own) => all + own, 0);
    const of = (method: 'mean-scale' | 'cohort-scale'): number =>
      total(predictMap('mean', fitMap('mean', method, expected).model, expected.predicted, expected.cohort)) / total(expected.predicted);
    const seen = total(expected.outcome) / total(expected.predicted);
    expect(of('mean-scale')).toBeCloseTo(seen, 2);
    expect(Math.abs(of('cohort-scale') - 1)).toBeLessThan(Math.abs(seen - 1));
  });
});
