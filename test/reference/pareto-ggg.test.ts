import { describe, expect, it } from 'vitest';

import { fitParetoGgg, predictParetoGgg } from '../../skills/cohort/core/clv/pareto-ggg/index.ts';
import { sum } from '../../skills/sdk/numeric/index.ts';
import { groceryHistories, hasGrocery } from './grocery.ts';

/** A short run, for a test; the page of the model has the figures of a long one. */
const run = { seed: 'grocery', draws: 150, burnIn: 150, thin: 2, chains: 2 };

describe.skipIf(!hasGrocery)('Pareto/GGG on the grocery data (skipped where the shared folder is absent)', () => {
  it('has posterior medians within 1.5 posterior deviations of the published ones, and predicts alike', { timeout: 60_000 }, () => {
    const histories = groceryHistories();
    const model = fitParetoGgg(histories, run);
    // Platzer & Reutterer (2016), by way of BTYDplus, whose own chain is no longer than a few hundred independent draws.
    const published = { t: 1.695, gamma: 0.373, r: 0.948, alpha: 5.243, s: 0.432, beta: 4.348 };
    for (const name of ['t', 'gamma', 'r', 'alpha', 's', 'beta'] as const) {
      const { median, sd } = model.summary[name];
      expect(Math.abs(median - published[name])).toBeLessThan(1.5 * sd);
    }
    expect(model.worstRhat).toBeLessThan(1.3);
    const { expected } = predictParetoGgg(model, histories, { horizon: 52, seed: 'next year', futures: 40 });
    // Published 3815; actual 3389.
    expect(Math.abs(sum(expected) / 3815 - 1)).toBeLessThan(0.05);
  });
});
