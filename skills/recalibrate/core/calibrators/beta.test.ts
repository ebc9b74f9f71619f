import { describe, expect, it } from 'vitest';

import { log, makeRng, sigmoid } from '../../../sdk/numeric/index.ts';
import { beta } from './beta.ts';

describe('beta calibration', () => {
  it('is the closed form of its parameters, and one half at the point that they say', () => {
    const model = { kind: 'beta', a: 0.7, b: 1.9, n: 1, c: 1.9 * log(1 - 0.3) - 0.7 * log(0.3) } as const;
    const at = Float64Array.from({ length: 40 }, (_, step) => (step + 0.5) / 40);
    beta.predict(model, at).forEach((own, step) => {
      const s = at[step] ?? 0;
      // 1 / (1 + 1 / (e^c · s^a / (1 − s)^b)), as in the paper
      expect(own).toBeCloseTo(1 / (1 + 1 / ((Math.exp(model.c) * s ** model.a) / (1 - s) ** model.b)), 13);
    });
    expect(beta.predict(model, Float64Array.of(0.3))[0]).toBeCloseTo(0.5, 14);
  });

  it('finds the parameters that made the outcomes', () => {
    const rng = makeRng('beta');
    const predicted = Float64Array.from({ length: 40_000 }, () => 0.02 + 0.96 * rng.uniform());
    const outcome = predicted.map((p) => (rng.uniform() < sigmoid(0.4 + 0.5 * log(p) - 1.6 * log(1 - p)) ? 1 : 0));
    const { a, b, c } = beta.fit({}, { predicted, outcome });
    // Standard errors are about 0.03 at this many rows.
    expect(Math.abs(a - 0.5)).toBeLessThan(0.1);
    expect(Math.abs(b - 1.6)).toBeLessThan(0.1);
    expect(Math.abs(c - 0.4)).toBeLessThan(0.1);
  });

  it('drops the end that would fall, and fits the other again', () => {
    // Rises at the low end, flat and a little falling at the high end.
    const predicted = Float64Array.from({ length: 4000 }, (_, row) => (row + 0.5) / 4000);
    const outcome = predicted.map((p, row) => ((row * 0.618034) % 1 < (p < 0.5 ? p : 0.6 - 0.2 * p) ? 1 : 0));
    const { a, b } = beta.fit({}, { predicted, outcome });
    expect(b).toBe(0);
    expect(a).toBeGreaterThan(0);
  });

  it('stays finite where outcomes are told apart without error', () => {
    const model = beta.fit({}, { predicted: Float64Array.of(0.1, 0.2, 0.7, 0.9), outcome: Float64Array.of(0, 0, 1, 1) });
    for (const value of [model.a, model.b, model.c]) expect(Number.isFinite(value)).toBe(true);
  });
});
