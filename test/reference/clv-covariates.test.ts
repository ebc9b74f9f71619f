/** Static covariates on the apparel data of CLVTools, calibration of 104 weeks, against CLVTools 0.12.1 as run. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { fitWithCovariates, parametersOfCustomer, predictWithCovariates } from '../../skills/cohort/core/clv/covariates/index.ts';
import { splitCalibration } from '../../skills/cohort/core/clv/data/index.ts';
import { timingFamily } from '../../skills/cohort/core/clv/families.ts';
import { fitTiming } from '../../skills/cohort/core/clv/fit-timing.ts';
import { importParameters } from '../../skills/cohort/core/clv/interchange/index.ts';
import { paretoNbd } from '../../skills/cohort/core/clv/pareto-nbd/index.ts';
import { dayOfIsoDate } from '../../skills/sdk/numeric/index.ts';

const folder = join(import.meta.dirname, '..', '..', '..', 'shared', 'data', 'apparel');
/** The body of a skipped suite is run all the same, so it gets somebody to read of. */
const nobody = [
  ['nobody', '2005-01-02'],
  ['nobody', '2009-01-02'],
];
const rowsOf = (file: string): string[][] =>
  existsSync(join(folder, file))
    ? readFileSync(join(folder, file), 'utf8')
        .trim()
        .split(/\r?\n/)
        .slice(1)
        .map((line) => line.replaceAll('"', '').split(','))
    : nobody;
const day = (date: string): number => dayOfIsoDate(date) ?? Number.NaN;

describe.skipIf(!existsSync(folder))('apparel (skipped where the data folder is absent)', () => {
  const transactions = rowsOf('clvtools_apparelTrans.csv');
  const purchases = { customerId: transactions.map(([id]) => id ?? ''), day: transactions.map(([, date]) => day(date ?? '')) };
  const first = Math.min(...purchases.day);
  const observationEnd = Math.max(...purchases.day);
  const split = splitCalibration(purchases, { timeUnit: 'week', calibrationEnd: first + 728, observationEnd });
  const known = new Map(rowsOf('clvtools_apparelStaticCov.csv').map(([id, gender, channel]) => [id, [Number(gender), Number(channel)]]));
  const column = (index: number) => split.calibration.customerId.map((id) => known.get(id)?.[index] ?? Number.NaN);
  const covariates = { Gender: column(0), Channel: column(1) };

  // CLVTools: alpha and beta of a customer without covariates, coefficients per unit.
  const theirs = { r: 1.83784, alpha: 92.91235, s: 0.592, beta: 49.62273 };
  const theirLogLikelihood = -5821.062709;
  const fit = { purchase: covariates, dropout: covariates };

  it('gives the Pareto/NBD without covariates: 1.44898, 48.636, .56126, 46.884 and −5848.097827', () => {
    const { params, logLikelihood } = fitTiming(paretoNbd, split.calibration);
    // CLVTools stops when a step changes the likelihood little, in the fifth digit of a parameter.
    expect(logLikelihood).toBeCloseTo(-5848.097827, 6);
    expect(params.r).toBeCloseTo(1.44897679, 4);
    expect(params.alpha / 48.63608).toBeCloseTo(1, 4);
    expect(params.s).toBeCloseTo(0.56125981, 4);
    expect(params.beta / 46.88436).toBeCloseTo(1, 4);
  });

  it('computes the log-likelihood that CLVTools prints with its parameters', () => {
    const effects = {
      family: 'pareto-nbd',
      params: theirs,
      purchase: [
        { name: 'Gender', value: 0.2859 },
        { name: 'Channel', value: 0.6241 },
      ],
      dropout: [
        { name: 'Gender', value: -0.643 },
        { name: 'Channel', value: 0.7907 },
      ],
    } as const;
    const { x, tx, T } = split.calibration;
    let total = 0;
    for (let row = 0; row < x.length; row++) {
      const params = parametersOfCustomer(effects, { Gender: covariates.Gender[row] ?? 0, Channel: covariates.Channel[row] ?? 0 });
      total += timingFamily('pareto-nbd').logLikelihood(params, { x: x[row] ?? 0, tx: tx[row] ?? 0, T: T[row] ?? 0 });
    }
    // Its coefficients are known to four decimals.
    expect(total).toBeCloseTo(theirLogLikelihood, 4);
  });

  it('imports what CLVTools returns, with its log-likelihood as evidence', () => {
    const coef = { ...theirs, 'life.Gender': -0.643, 'life.Channel': 0.7907, 'trans.Gender': 0.2859, 'trans.Channel': 0.6241 };
    const evidence = { data: split.calibration, covariates };
    const found = importParameters('clvtools', { coef, logLik: theirLogLikelihood }, { evidence });
    expect(found.checked[0]?.found).toBeCloseTo(theirLogLikelihood, 4);
  });

  it('gives Pareto/NBD with Gender and Channel at a likelihood no lower than that of CLVTools, and next to its parameters', () => {
    const model = fitWithCovariates('pareto-nbd', split.calibration, fit, { prior: null });
    // CLVTools stopped 2e-5 below the maximum, where the parameters differ by less than a hundredth of a standard error.
    expect(model.logLikelihood).toBeGreaterThan(theirLogLikelihood);
    expect(model.logLikelihood).toBeCloseTo(theirLogLikelihood, 4);
    const expected = [...Object.values(theirs).map(Math.log), 0.6241, 0.2859, 0.7907, -0.643];
    expected.forEach((value, index) => {
      expect(Math.abs((model.original.values[index] ?? 0) - value)).toBeLessThan(0.01 * (model.original.standardErrors[index] ?? 0));
    });
    expect(model.boundary).toBeNull();
    expect(model.names.slice(4)).toEqual(['purchase:Channel', 'purchase:Gender', 'dropout:Channel', 'dropout:Gender']);
    const gain = 2 * (model.logLikelihood - fitTiming(paretoNbd, split.calibration).logLikelihood);
    expect(gain).toBeCloseTo(54.07, 2);
  });

  it.each(['bg-nbd', 'mbg-nbd'] as const)('ends %s inside, where CLVTools runs to a = 4582', (family) => {
    const model = fitWithCovariates(family, split.calibration, fit, { prior: null });
    expect(model.boundary).toBeNull();
    expect(model.params['a']).toBeLessThan(10);
    expect(model.logLikelihood).toBeGreaterThan(fitTiming(timingFamily(family), split.calibration).logLikelihood + 10);
    const { expected } = predictWithCovariates(model, split.calibration, covariates, { horizon: split.holdout.duration });
    expect(expected.every((value) => value >= 0 && Number.isFinite(value))).toBe(true);
  });

  it('moves a coefficient by less than a tenth of its error under the default prior', () => {
    const [plain, prior] = [null, undefined].map((own) =>
      fitWithCovariates('pareto-nbd', split.calibration, fit, own === null ? { prior: null } : {}),
    );
    plain?.purchase.forEach(({ value, standardError }, index) => {
      expect(Math.abs(value - (prior?.purchase[index]?.value ?? 0))).toBeLessThan(0.1 * standardError);
    });
    expect(prior?.prior).toEqual({ sd: 1 });
  });
});
