import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import {
  fitSpend,
  gammaGamma,
  type GammaGammaParameters,
  measureIndependence,
  predictSpend,
} from '../../skills/cohort/core/clv/spend/index.ts';

const shared = join(import.meta.dirname, '..', '..', '..', 'shared');
const vectorsFile = join(shared, 'vectors', 'clv-reference-vectors.json');
const casesFile = join(shared, 'vectors', 'clv-peer-cases.json');
const cdnowFile = join(shared, 'data', 'cdnow', 'btyd_cdnowSummary_cbs.csv');

describe.skipIf(!existsSync(vectorsFile))('Gamma-Gamma against 50 digits (skipped where the folder of vectors is absent)', () => {
  it('has every vector within 1e-9', () => {
    const { vectors } = JSON.parse(readFileSync(vectorsFile, 'utf8')) as {
      readonly vectors: readonly {
        readonly id: string;
        readonly model: string;
        readonly params: GammaGammaParameters;
        readonly inputs: { readonly x: number; readonly m: number };
        readonly outputs: Readonly<Record<string, number>>;
      }[];
    };
    const misses: string[] = [];
    let compared = 0;
    for (const { id, model, params, inputs, outputs } of vectors) {
      if (model !== 'Gamma-Gamma') continue;
      for (const [name, reference] of Object.entries(outputs)) {
        const isLog = name === 'log_likelihood';
        const found = isLog
          ? gammaGamma.logLikelihood(params, inputs.x, inputs.m)
          : gammaGamma.expectedMeanSpend(params, inputs.x, inputs.m);
        const scale = isLog ? Math.max(1, Math.abs(reference)) : Math.abs(reference);
        compared += 1;
        if (!(Math.abs(found - reference) <= 1e-9 * scale)) misses.push(`${id} ${name}: ${found} instead of ${reference}`);
      }
    }
    expect(misses).toEqual([]);
    expect(compared).toBeGreaterThan(200);
  });
});

describe.skipIf(!existsSync(casesFile))(
  'Gamma-Gamma against a test case of lifetimes (skipped where the folder of vectors is absent)',
  () => {
    it('has the expected means of ten CDNOW customers within 1e-12 of the reference and 0.1 of what lifetimes prints', () => {
      const cases = JSON.parse(readFileSync(casesFile, 'utf8')) as readonly {
        readonly id: string;
        readonly x: number[];
        readonly m: number[];
        readonly values: number[];
        readonly reference: number[];
      }[];
      const one = cases.find(({ id }) => id === 'lifetimes-gg-mean');
      expect(one?.values).toHaveLength(10);
      const params = { p: 6.25, q: 3.74, v: 15.44 };
      const found = predictSpend({ family: 'gamma-gamma', params }, { x: one?.x ?? [], meanSpend: one?.m ?? [] });
      found.forEach((mean, row) => {
        expect(Math.abs(mean / (one?.reference[row] ?? 0) - 1)).toBeLessThan(1e-12);
        expect(Math.abs(mean - (one?.values[row] ?? 0))).toBeLessThan(0.1);
      });
    });
  },
);

describe.skipIf(!existsSync(cdnowFile))(
  'spend of 946 CDNOW customers with repeat purchases (skipped where the data folder is absent)',
  () => {
    const rows = existsSync(cdnowFile)
      ? readFileSync(cdnowFile, 'utf8')
          .trim()
          .split('\n')
          .slice(1)
          .map((line) => line.split(',').slice(1).map(Number))
      : [];
    const data = { x: rows.map(([x]) => x ?? 0), meanSpend: rows.map((row) => row[4] ?? 0) };

    it('has the maximum, log-likelihood and standard errors of the reference', () => {
      const { params, logLikelihood, standardErrors, boundary, customers, distinct } = fitSpend('gamma-gamma', data);
      expect(params.p / 6.24957227132).toBeCloseTo(1, 9);
      expect(params.q / 3.74422466713).toBeCloseTo(1, 9);
      expect(params.v / 15.4435209626).toBeCloseTo(1, 9);
      expect(logLikelihood).toBeCloseTo(-4055.917694801874, 9);
      expect(standardErrors.map((error) => Number(error?.toPrecision(5)))).toEqual([1.1901, 0.29013, 4.1594]);
      expect([boundary, customers, distinct]).toEqual([null, 946, 760]);
    });

    it('is fitted to the same bits as before the spend models had a folder of their own', () => {
      // Values of the first implementation on these data; stored models depend on them.
      const { params, logLikelihood } = fitSpend('gamma-gamma', data);
      expect(params).toEqual({ p: 6.249572271324093, q: 3.7442246671319603, v: 15.443520962588055 });
      expect(logLikelihood).toBe(-4055.9176948018735);
    });

    it('depends on frequency: Spearman 0.206, as its authors find a weak correlation', () => {
      const { rho, lower, upper, pValue, customers, verdict } = measureIndependence(data);
      expect(rho).toBeCloseTo(0.2063015, 6);
      // Fisher z with the Bonett-Wright standard error, computed by hand from rho and n.
      const half = 1.959963984540054 * Math.sqrt((1 + rho ** 2 / 2) / 943);
      expect(lower).toBeCloseTo(Math.tanh(Math.atanh(rho) - half), 12);
      expect(upper).toBeCloseTo(Math.tanh(Math.atanh(rho) + half), 12);
      expect(pValue).toBeLessThan(1e-9);
      expect([customers, verdict]).toEqual([946, 'fails']);
    });

    it('is less likely normal than gamma: Normal-Normal has no room for its long tail', () => {
      const normal = fitSpend('normal-normal', data);
      expect(normal.logLikelihood).toBeLessThan(fitSpend('gamma-gamma', data).logLikelihood - 100);
      expect(normal.params.mu).toBeGreaterThan(30);
      expect(normal.params.mu).toBeLessThan(40);
    });
  },
);
