import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

import { describe, expect, it } from 'vitest';

import { fitBgNbd, fitGammaGamma, predictBgNbd } from '../../skills/cohort/core/clv/index.ts';

const data = join(import.meta.dirname, '..', '..', '..', 'shared', 'data');
const cdnow = join(data, 'cdnow', 'btyd_cdnowSummary_cbs.csv');
const foodmart = join(data, 'foodmart', 'foodmart_sales_1997_joined.csv.gz');

describe.skipIf(!existsSync(cdnow))('CDNOW in exact weeks (skipped where the data folder is absent)', () => {
  const rows = existsSync(cdnow)
    ? readFileSync(cdnow, 'utf8')
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.split(',').slice(1).map(Number))
    : [];
  const column = (index: number) => Float64Array.from(rows, (row) => row[index] ?? 0);
  const weeks = (index: number) => column(index).map((value) => Math.round(value * 7) / 7);
  const history = { x: column(0), tx: weeks(1), T: weeks(2) };

  it('gives the BG/NBD parameters and log-likelihood of the reference to 1e-6', () => {
    const model = fitBgNbd(history);
    expect(model.params.r).toBeCloseTo(0.24259452, 6);
    expect(model.params.alpha).toBeCloseTo(4.41360202, 6);
    expect(model.params.a).toBeCloseTo(0.79292202, 6);
    expect(model.params.b).toBeCloseTo(2.42590678, 6);
    expect(model.logLikelihood).toBeCloseTo(-9582.429207, 6);
    expect(model.boundary).toBeNull();
    // Standard errors of the reference fit, to its six digits.
    expect(model.standardErrors.map((error) => Number(error?.toPrecision(5)))).toEqual([0.012557, 0.37822, 0.18573, 0.70541]);
  });

  it('gives the covariance of the log-parameters of the reference to 1e-6', () => {
    // Row-major, the reference fit's own Hessian.
    const reference = [
      0.0026793902, 0.0034616287, -0.0004566838, 0.00011153056, 0.0034616287, 0.0073436499, -0.00081884912, 0.0009828424, -0.0004566838,
      -0.00081884912, 0.05486824, 0.064057317, 0.00011153056, 0.0009828424, 0.064057317, 0.084555187,
    ];
    fitBgNbd(history).covarianceLog.forEach((value, index) => expect(value).toBeCloseTo(reference[index] ?? Number.NaN, 6));
  });

  it('gives the reference of the copy in two-decimal weeks too', () => {
    const copy = readFileSync(join(data, 'cdnow', 'cdnow_customers_summary.csv'), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(',').map(Number));
    const part = (index: number): number[] => copy.map((row) => row[index] ?? 0);
    const { params, logLikelihood } = fitBgNbd({ x: part(1), tx: part(2), T: part(3) });
    expect(params.r).toBeCloseTo(0.242592907204, 8);
    expect(params.alpha).toBeCloseTo(4.41353156121, 8);
    expect(params.a).toBeCloseTo(0.792886148099, 8);
    expect(params.b).toBeCloseTo(2.42575343649, 8);
    expect(logLikelihood).toBeCloseTo(-9582.42556056736, 8);
  });

  it('expects 1653.4 transactions in the 39 weeks after (reference 1653.40869794)', () => {
    const prediction = predictBgNbd(fitBgNbd(history), history, 39);
    expect(prediction.expected.reduce((total, value) => total + value, 0)).toBeCloseTo(1653.40869794, 5);
  });

  it('does not depend on the order of customers, bit for bit', () => {
    const reversed = { x: history.x.toReversed(), tx: history.tx.toReversed(), T: history.T.toReversed() };
    expect(fitBgNbd(reversed)).toEqual(fitBgNbd(history));
  });

  it('gives the Gamma-Gamma of the reference', () => {
    const model = fitGammaGamma({ x: column(0), meanSpend: column(4) });
    expect(model.params.p).toBeCloseTo(6.24957227132, 5);
    expect(model.params.q).toBeCloseTo(3.74422466713, 5);
    expect(model.params.v).toBeCloseTo(15.4435209626, 4);
    expect(model.logLikelihood).toBeCloseTo(-4055.91769480187, 6);
  });
});

describe.skipIf(!existsSync(foodmart))('FoodMart 1997 (skipped where the data folder is absent)', () => {
  it('lies on the boundary, which is named, and is predicted by the limit', () => {
    const days = new Map<string, Set<number>>();
    for (const line of gunzipSync(readFileSync(foodmart)).toString('utf8').trim().split('\n').slice(1)) {
      const fields = line.split(',');
      const customer = fields[2] ?? '';
      const seen = days.get(customer) ?? new Set<number>();
      days.set(customer, seen.add(Date.parse((fields[8] ?? '').slice(0, 10)) / 86_400_000));
    }
    const end = Date.parse('1997-12-31') / 86_400_000;
    const histories = [...days.values()].map((seen) => {
      const sorted = [...seen].sort((a, b) => a - b);
      const [first = 0, last = 0] = [sorted[0], sorted.at(-1)];
      return { x: sorted.length - 1, tx: (last - first) / 7, T: (end - first) / 7 };
    });
    const history = { x: histories.map(({ x }) => x), tx: histories.map(({ tx }) => tx), T: histories.map(({ T }) => T) };
    const model = fitBgNbd(history);
    expect(model.boundary?.limit).toMatch(/nobody leaves/);
    expect(model.boundary?.likelihoodRatio).toBeLessThan(0.01);
    expect(model.params.a).toBe(0);
    const prediction = predictBgNbd(model, history, 13);
    expect(prediction.pAlive.every((p) => p === 1)).toBe(true);
    expect(prediction.expected.every(Number.isFinite)).toBe(true);
  });
});
