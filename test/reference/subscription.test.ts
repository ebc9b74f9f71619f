import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import {
  betaDiscreteWeibull,
  fitSubscription,
  type ShiftedBetaGeometricParameters,
  shiftedBetaGeometric,
  survivalTable,
} from '../../skills/cohort/core/clv/subscription/index.ts';

const shared = join(import.meta.dirname, '..', '..', '..', 'shared');
const vectorsFile = join(shared, 'vectors', 'clv-reference-vectors.json');
const survivalFile = join(shared, 'data', 'sbg', 'sbg_paper_survival.csv');

interface Reference {
  readonly vectors: readonly {
    readonly id: string;
    readonly model: string;
    readonly params: ShiftedBetaGeometricParameters;
    readonly inputs: Readonly<Record<string, number>>;
    readonly outputs: Readonly<Record<string, number>>;
  }[];
  readonly fits: readonly { readonly dataset: string; readonly survival_predicted_t1_12?: readonly number[] }[];
}

const read = (): Reference => JSON.parse(readFileSync(vectorsFile, 'utf8')) as Reference;

describe.skipIf(!existsSync(vectorsFile))('sBG against 50 digits (skipped where the folder of vectors is absent)', () => {
  it.each([shiftedBetaGeometric, betaDiscreteWeibull])('$title: every vector is within 1e-9 (BdW with c = 1)', (family) => {
    const misses: string[] = [];
    let compared = 0;
    for (const { id, model, params: given, inputs, outputs } of read().vectors) {
      if (model !== 'sBG') continue;
      const params = { ...given, c: 1 };
      const { t = 1, d = 0 } = inputs;
      // DERL of the paper: after t − 1 renewals, just before the next.
      const ours: Readonly<Record<string, () => number>> = {
        log_pmf: () => family.logChurnProbability(params, t),
        log_survival: () => family.logSurvival(params, t),
        retention: () => family.retention(params, t),
        derl_d_0_1: () => family.residualLifetime(params, t - 1, { ratePerPeriod: Math.log(1.1) }),
        derl_d_0_01: () => family.residualLifetime(params, t - 1, { ratePerPeriod: Math.log(1.01) }),
        del_at_acquisition: () => family.expectedLifetime(params, { ratePerPeriod: Math.log1p(d) }),
      };
      for (const [name, reference] of Object.entries(outputs)) {
        const found = ours[name]?.() ?? Number.NaN;
        const scale = name.startsWith('log_') ? Math.max(1, Math.abs(reference)) : Math.abs(reference);
        compared += 1;
        if (!(Math.abs(found - reference) <= 1e-9 * scale)) misses.push(`${id} ${name}: ${found} instead of ${reference}`);
      }
    }
    expect(misses).toEqual([]);
    expect(compared).toBeGreaterThan(150);
  });
});

describe.skipIf(!existsSync(survivalFile))(
  'two segments of 1,000 subscribers, Fader & Hardie 2007 (skipped where the data folder is absent)',
  () => {
    const survivors = (segment: string): number[] =>
      readFileSync(survivalFile, 'utf8')
        .trim()
        .split('\n')
        .map((line) => line.split(','))
        .filter(([name]) => name === segment)
        .map(([, , count]) => Number(count));

    it.each([
      ['regular', 0.704077298474, 1.18204302621, -1680.265188463287, [0.065599, 0.152476]],
      ['highend', 0.668088351106, 3.80609496406, -1611.1581473911565, [0.103735, 0.785532]],
    ] as const)('sBG has the maximum of the reference: %s', (segment, alpha, beta, logLikelihood, errors) => {
      const model = fitSubscription('sbg', survivalTable(survivors(segment)));
      expect(model.params.alpha / alpha).toBeCloseTo(1, 9);
      expect(model.params.beta / beta).toBeCloseTo(1, 9);
      expect(model.logLikelihood).toBeCloseTo(logLikelihood, 9);
      expect(model.standardErrors.map((error) => Number(error?.toFixed(6)))).toEqual(errors);
      expect(model.boundary).toBeNull();
      const predicted = read().fits.find(({ dataset }) =>
        dataset.includes(segment === 'regular' ? 'regular' : 'high end'),
      )?.survival_predicted_t1_12;
      expect(predicted).toHaveLength(12);
      predicted?.forEach((survival, index) => expect(shiftedBetaGeometric.survival(model.params, index + 1)).toBeCloseTo(survival, 9));
    });

    it('BdW has duration dependence above one in both segments, and a likelihood not below that of sBG', () => {
      // Maxima of this fit; an independent computation by log-gamma functions has a gradient of zero there and these log-likelihoods.
      for (const [segment, c, logLikelihood] of [
        ['highend', 1.72356485, -1605.314213214],
        ['regular', 1.28345129, -1679.602832907],
      ] as const) {
        const data = survivalTable(survivors(segment));
        const model = fitSubscription('bdw', data);
        expect(model.params.c).toBeCloseTo(c, 6);
        expect(model.logLikelihood).toBeCloseTo(logLikelihood, 8);
        expect(model.logLikelihood).toBeGreaterThan(fitSubscription('sbg', data).logLikelihood);
      }
    });
  },
);

describe('BdW against the R package foretell', () => {
  it('has the maximum that its Python port prints for the high-end segment in percent, five survivor counts', () => {
    // github.com/apwheele/retenmod, README: negative log-likelihood 122.27493182; parameters to the digits its optimiser reaches.
    const model = fitSubscription('bdw', survivalTable([100, 86.9, 74.3, 65.3, 59.3]));
    expect(model.logLikelihood).toBeCloseTo(-122.27493182, 7);
    expect(Math.abs(model.params.alpha - 0.25933745)).toBeLessThan(1e-5);
    expect(Math.abs(model.params.beta - 1.72255566)).toBeLessThan(1e-5);
    expect(Math.abs(model.params.c - 1.58435482)).toBeLessThan(1e-5);
    const projected = [54.66104739, 51.03690317, 48.10443553, 45.66884023, 43.60368795, 41.82319022];
    projected.forEach((percent, index) => {
      expect(Math.abs(100 * betaDiscreteWeibull.survival(model.params, index + 5) - percent)).toBeLessThan(1e-4);
    });
  });
});
