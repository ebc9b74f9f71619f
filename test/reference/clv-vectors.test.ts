import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import {
  conditionalExpectation,
  discountedExpectation,
  expectedIfAlive,
  expectedMeanSpend,
  expectedPurchasesSinceBirth,
  logLikelihood,
  logProbabilityAlive,
  purchaseCountProbability,
  spendLogLikelihood,
} from '../../skills/cohort/core/clv/index.ts';
import { exp } from '../../skills/sdk/numeric/index.ts';

const file = join(import.meta.dirname, '..', '..', '..', 'shared', 'vectors', 'clv-reference-vectors.json');

interface Vector {
  readonly id: string;
  readonly model: string;
  readonly kind: string;
  readonly params: Readonly<Record<string, number>>;
  readonly inputs: Readonly<Record<string, number>>;
  readonly outputs: Readonly<Record<string, number>>;
}

/** Distance as the vectors define it: relative to max(1, |reference|) for logarithms, relative to the reference otherwise. */
function distance(name: string, found: number, reference: number): number {
  const scale = name.startsWith('log_') ? Math.max(1, Math.abs(reference)) : Math.abs(reference) || 1;
  return Math.abs(found - reference) / scale;
}

const numbers = (record: Readonly<Record<string, number>>, ...names: string[]): number[] => names.map((name) => record[name] ?? Number.NaN);

function compute({ model, params, inputs }: Vector): Readonly<Record<string, () => number>> {
  const [x = 0, tx = 0, T = 0, t = 0, m = 0, delta = 0] = numbers(inputs, 'x', 't_x', 'T', 't', 'm', 'delta');
  if (model === 'Gamma-Gamma') {
    const [p = 0, q = 0, v = 0] = numbers(params, 'p', 'q', 'v');
    return {
      log_likelihood: () => spendLogLikelihood({ p, q, v }, x, m),
      expected_mean_spend: () => expectedMeanSpend({ p, q, v }, x, m),
    };
  }
  const [r = 0, alpha = 0, a = 0, b = 0] = numbers(params, 'r', 'alpha', 'a', 'b');
  const bgNbd = { r, alpha, a, b };
  return {
    log_likelihood: () => logLikelihood(bgNbd, x, tx, T),
    log_p_alive: () => logProbabilityAlive(bgNbd, x, tx, T),
    expected_transactions_if_alive: () => expectedIfAlive(bgNbd, x, T, t),
    conditional_expected_transactions: () => conditionalExpectation(bgNbd, x, tx, T, t),
    pmf_0: () => purchaseCountProbability(bgNbd, 0, t),
    pmf_3: () => purchaseCountProbability(bgNbd, 3, t),
    pmf_50: () => purchaseCountProbability(bgNbd, 50, t),
    // The reference has no horizon; beyond 60/δ the discount leaves nothing that a double could hold.
    dert: () => discountedExpectation(bgNbd, x, tx, T, 60 / delta, delta),
    p_alive: () => exp(logProbabilityAlive(bgNbd, x, tx, T)),
    expected_transactions: () => expectedPurchasesSinceBirth(bgNbd, t),
  };
}

describe.skipIf(!existsSync(file))('reference vectors computed with 50 digits (skipped where the folder of vectors is absent)', () => {
  const vectors = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { readonly vectors: readonly Vector[] }).vectors : [];

  it.each(['BG/NBD', 'Gamma-Gamma'])('%s: every vector is within 1e-9', (model) => {
    let compared = 0;
    const misses: string[] = [];
    for (const vector of vectors) {
      if (vector.model !== model) continue;
      const ours = compute(vector);
      for (const [name, reference] of Object.entries(vector.outputs)) {
        const value = ours[name];
        if (!value) throw new Error(`${vector.id} has an output that is not compared: ${name}`);
        // A probability below the smallest normal double has its logarithm among the vectors too, and is compared by that.
        if (Math.abs(reference) < 1e-300 && !name.startsWith('log_')) continue;
        compared += 1;
        const off = distance(name, value(), reference);
        if (!(off <= 1e-9)) misses.push(`${vector.id} ${name}: ${value()} instead of ${reference}, off by ${off}`);
      }
    }
    expect(misses).toEqual([]);
    expect(compared).toBeGreaterThan(200);
  });
});
