import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { bgBb, type BgBbParameters, logProbabilityActiveAtEnd } from '../../skills/cohort/core/clv/bg-bb/index.ts';
import { fitTiming } from '../../skills/cohort/core/clv/fit-timing.ts';

const shared = join(import.meta.dirname, '..', '..', '..', 'shared');
const vectorsFile = join(shared, 'vectors', 'clv-reference-vectors.json');
const casesFile = join(shared, 'vectors', 'clv-peer-cases.json');
const donationsFile = join(shared, 'data', 'donations', 'donations.csv');

interface Vector {
  readonly id: string;
  readonly model: string;
  readonly params: BgBbParameters;
  readonly inputs: Readonly<Record<string, number>>;
  readonly outputs: Readonly<Record<string, number>>;
}

/** Of the donations, from the reference. */
const maximum = { alpha: 1.2035223516, beta: 0.749716358173, gamma: 0.656718208442, delta: 2.78344223258 };

/** Parameters that BTYD stops at differ from the maximum in their fifth digit, and so do its results. */
const off = (found: number, reference: number): number => Math.abs(found / reference - 1);

describe.skipIf(!existsSync(vectorsFile))('BG/BB against 50 digits (skipped where the folder of vectors is absent)', () => {
  it('has every vector within 1e-9, those with long histories too', () => {
    const { vectors } = JSON.parse(readFileSync(vectorsFile, 'utf8')) as { readonly vectors: readonly Vector[] };
    const misses: string[] = [];
    let compared = 0;
    for (const { id, model, params, inputs, outputs } of vectors) {
      if (model !== 'BG/BB') continue;
      const history = { x: inputs['x'] ?? 0, tx: inputs['t_x'] ?? 0, T: inputs['n'] ?? 0 };
      const ours: Readonly<Record<string, () => number>> = {
        log_likelihood: () => bgBb.logLikelihood(params, history),
        p_alive_at_n_plus_1: () => Math.exp(bgBb.logProbabilityAlive(params, history)),
        p_alive_at_n: () => Math.exp(logProbabilityActiveAtEnd(params, history)),
        conditional_expected_transactions: () => bgBb.conditionalExpectation(params, history, inputs['n_star'] ?? 0),
        dert_annual_d_0_1: () => bgBb.discountedExpectation(params, history, Number.POSITIVE_INFINITY, Math.log(1.1)),
        expected_transactions: () => bgBb.expectedPurchases(params, inputs['n'] ?? 0),
      };
      for (const [name, reference] of Object.entries(outputs)) {
        if (Math.abs(reference) < 1e-300) continue;
        const found = ours[name]?.() ?? Number.NaN;
        const scale = name.startsWith('log_') ? Math.max(1, Math.abs(reference)) : Math.abs(reference);
        compared += 1;
        if (!(Math.abs(found - reference) <= 1e-9 * scale)) misses.push(`${id} ${name}: ${found} instead of ${reference}`);
      }
    }
    expect(misses).toEqual([]);
    expect(compared).toBeGreaterThan(400);
  });

  it('has the DERT of BTYD for seven customers to its 12 digits', () => {
    const { measured_peers: peers } = JSON.parse(readFileSync(vectorsFile, 'utf8')) as {
      readonly measured_peers: { readonly btyd_dert_bgbb: { readonly x: number[]; readonly t_x: number[]; readonly dert: number[] } };
    };
    const { x, t_x: tx, dert } = peers.btyd_dert_bgbb;
    const params = { alpha: 1.2, beta: 0.75, gamma: 0.66, delta: 2.78 };
    dert.forEach((reference, row) => {
      const history = { x: x[row] ?? 0, tx: tx[row] ?? 0, T: 6 };
      expect(bgBb.discountedExpectation(params, history, Number.POSITIVE_INFINITY, Math.log(1.1))).toBeCloseTo(reference, 11);
    });
  });
});

describe.skipIf(!existsSync(casesFile))("BG/BB against peers' test cases (skipped where the folder of vectors is absent)", () => {
  interface Case {
    readonly id: string;
    readonly params: BgBbParameters;
    readonly x: number[];
    readonly t_x: number[];
    readonly logp: number[];
    readonly values: number[];
  }
  const cases = (): readonly Case[] => JSON.parse(readFileSync(casesFile, 'utf8')) as readonly Case[];
  const caseOf = (id: string): Case => {
    const found = cases().find((one) => one.id === id);
    if (!found) throw new Error(`no case ${id}`);
    return found;
  };

  // The spreadsheet has the parameters where its solver stopped; at the maximum its cells are right to 4e-6.
  it("has the log-likelihoods of the 22 cells of Hardie's spreadsheet within 1e-5", () => {
    const { x, t_x: tx, logp } = caseOf('pymc-bgbb-excel');
    expect(logp).toHaveLength(22);
    logp.forEach((reference, row) => {
      expect(Math.abs(bgBb.logLikelihood(maximum, { x: x[row] ?? 0, tx: tx[row] ?? 0, T: 6 }) - reference)).toBeLessThan(1e-5);
    });
  });

  it('has E[X(n)] for n = 1 … 11 to the four printed decimals', () => {
    const params = { alpha: 1.2035, beta: 0.7497, gamma: 0.6567, delta: 2.7834 };
    const { values } = caseOf('pymc-bgbb-mean');
    values.forEach((reference, index) => expect(Math.abs(bgBb.expectedPurchases(params, index + 1) - reference)).toBeLessThan(1.5e-4));
  });
});

describe.skipIf(!existsSync(donationsFile))('BG/BB on 11,104 donors in 22 weighted rows (skipped where the data folder is absent)', () => {
  const rows = existsSync(donationsFile)
    ? readFileSync(donationsFile, 'utf8')
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.split(',').map(Number))
    : [];
  const column = (index: number): number[] => rows.map((row) => row[index] ?? 0);
  const data = { x: column(0), tx: column(1), T: column(2), weight: column(3) };
  const histories = rows.map(([x = 0, tx = 0, T = 0, weight = 0]) => ({ history: { x, tx, T }, weight }));

  it('has the maximum of the reference to 1e-9 relative, its standard errors to their digits', () => {
    const { params, logLikelihood, standardErrors, boundary, customers } = fitTiming(bgBb, data);
    expect(params.alpha / 1.2035223516).toBeCloseTo(1, 9);
    expect(params.beta / 0.749716358173).toBeCloseTo(1, 9);
    expect(params.gamma / 0.656718208442).toBeCloseTo(1, 9);
    expect(params.delta / 2.78344223258).toBeCloseTo(1, 9);
    expect(logLikelihood).toBeCloseTo(-33225.58127434701, 7);
    expect(standardErrors.map((error) => Number(error?.toPrecision(4)))).toEqual([0.06939, 0.02945, 0.05101, 0.3208]);
    expect([boundary, customers]).toEqual([null, 11104]);
  });

  it('expects 12884.157 donations in the next five years (reference; the paper prints 12,884.2)', () => {
    const { params } = fitTiming(bgBb, data);
    const total = histories.reduce((sum, { history, weight }) => sum + weight * bgBb.conditionalExpectation(params, history, 5), 0);
    expect(total).toBeCloseTo(12884.1568488, 4);
  });

  it("has the numbers of BTYD's walkthrough: two donors, and the table by frequency and by recency", () => {
    const expected = (x: number, tx: number, horizon: number): number => bgBb.conditionalExpectation(maximum, { x, tx, T: 6 }, horizon);
    expect(off(bgBb.expectedPurchases(maximum, 10), 3.179805)).toBeLessThan(1e-4);
    expect(off(expected(0, 0, 10), 0.1302169)).toBeLessThan(1e-4);
    expect(off(expected(4, 5, 10), 3.627858)).toBeLessThan(1e-4);
    const meanBy = (key: 'x' | 'tx', value: number): number => {
      const chosen = histories.filter(({ history }) => history[key] === value);
      const weight = chosen.reduce((sum, one) => sum + one.weight, 0);
      return chosen.reduce((sum, { history, weight: share }) => sum + share * bgBb.conditionalExpectation(maximum, history, 5), 0) / weight;
    };
    const byFrequency = [0.07286318, 0.3248841, 0.7089417, 1.333666, 2.031203, 2.784482, 3.7525];
    byFrequency.forEach((reference, x) => expect(off(meanBy('x', x), reference)).toBeLessThan(1e-4));
    const byRecency = [0.07286318, 0.0856939, 0.1798423, 0.4041111, 0.8510811, 1.726323, 3.02719];
    byRecency.forEach((reference, tx) => expect(off(meanBy('tx', tx), reference)).toBeLessThan(1e-4));
  });

  it('has the expected donations of the cohort in each of eleven years (BTYD)', () => {
    const yearly = [5535.833, 4717.059, 4147.621, 3724.665, 3395.888, 3131.647, 2913.778, 2730.482, 2573.731, 2437.854, 2318.727];
    yearly.forEach((reference, index) => {
      const added = bgBb.expectedPurchases(maximum, index + 1) - bgBb.expectedPurchases(maximum, index);
      expect(off(11104 * added, reference)).toBeLessThan(1e-4);
    });
  });

  it('has P(alive) of lifetimes for three donors, and the expected numbers of donors who give never and always', () => {
    const published = { alpha: 1.204, beta: 0.75, gamma: 0.657, delta: 2.783 };
    const alive = [
      [0, 0],
      [2, 4],
      [6, 6],
    ].map(([x = 0, tx = 0]) => Math.exp(bgBb.logProbabilityAlive(published, { x, tx, T: 6 })));
    expect(alive.map((p) => Number(p.toFixed(2)))).toEqual([0.11, 0.59, 0.93]);
    expect(11104 * bgBb.countProbability(maximum, 0, 6)).toBeCloseTo(3454.9, 1);
    expect(11104 * bgBb.countProbability(maximum, 6, 6)).toBeCloseTo(1253.1, 1);
  });
});
