import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { fitTiming } from '../../skills/cohort/core/clv/fit-timing.ts';
import { expectedIfAlive } from '../../skills/cohort/core/clv/pareto-nbd/expectations.ts';
import { paretoNbd, type ParetoNbdParameters } from '../../skills/cohort/core/clv/pareto-nbd/index.ts';
import { exp, log } from '../../skills/sdk/numeric/index.ts';

const shared = join(import.meta.dirname, '..', '..', '..', 'shared');
const vectorFile = join(shared, 'vectors', 'clv-reference-vectors.json');
const caseFile = join(shared, 'vectors', 'clv-peer-cases.json');
const cdnow = join(shared, 'data', 'cdnow', 'btyd_cdnowSummary_cbs.csv');
const cdnowCopy = join(shared, 'data', 'cdnow', 'cdnow_customers_summary.csv');
const grocery = join(shared, 'data', 'grocery', 'groceryElog.csv');

interface Vector {
  readonly id: string;
  readonly model: string;
  readonly params: ParetoNbdParameters;
  readonly inputs: Readonly<Record<string, number>>;
  readonly outputs: Readonly<Record<string, number>>;
}

interface Fit {
  readonly dataset: string;
  readonly model: string;
  readonly params: ParetoNbdParameters;
  readonly log_likelihood: number;
  readonly se: ParetoNbdParameters;
  readonly cov_log_params: readonly (readonly number[])[];
}

interface Reference {
  readonly fits: readonly Fit[];
  readonly vectors: readonly Vector[];
}

const reference: Reference = existsSync(vectorFile)
  ? (JSON.parse(readFileSync(vectorFile, 'utf8')) as Reference) // the file is ours to trust
  : { fits: [], vectors: [] };

/** Distance as the vectors define it: relative to max(1, |reference|) for logarithms, relative to the reference otherwise. */
function distance(name: string, found: number, value: number): number {
  return Math.abs(found - value) / (name.startsWith('log_') ? Math.max(1, Math.abs(value)) : Math.abs(value) || 1);
}

function quantities({ params, inputs }: Vector): Readonly<Record<string, () => number>> {
  const { x = 0, t_x: tx = 0, T = 0, t = 0, delta = 0 } = inputs;
  const history = { x, tx, T };
  return {
    log_likelihood: () => paretoNbd.logLikelihood(params, history),
    log_p_alive: () => paretoNbd.logProbabilityAlive(params, history),
    p_alive: () => exp(paretoNbd.logProbabilityAlive(params, history)),
    expected_transactions_if_alive: () => expectedIfAlive(params, history, t),
    conditional_expected_transactions: () => paretoNbd.conditionalExpectation(params, history, t),
    expected_transactions: () => paretoNbd.expectedPurchases(params, t),
    dert: () => paretoNbd.discountedExpectation(params, history, Number.POSITIVE_INFINITY, delta),
  };
}

describe.skipIf(!existsSync(vectorFile))(
  'Pareto/NBD vectors computed with 50 digits (skipped where the folder of vectors is absent)',
  () => {
    it('are all met within 1e-9', () => {
      let compared = 0;
      const misses: string[] = [];
      for (const vector of reference.vectors) {
        if (vector.model !== 'Pareto/NBD') continue;
        const ours = quantities(vector);
        for (const [name, value] of Object.entries(vector.outputs)) {
          const found = ours[name];
          if (!found) throw new Error(`${vector.id} has an output that is not compared: ${name}`);
          // A probability below the smallest normal double has its logarithm among the vectors too, and is compared by that.
          if (Math.abs(value) < 1e-300 && !name.startsWith('log_')) continue;
          compared += 1;
          const off = distance(name, found(), value);
          if (!(off <= 1e-9)) misses.push(`${vector.id} ${name}: ${found()} instead of ${value}, off by ${off}`);
        }
      }
      expect(misses).toEqual([]);
      expect(compared).toBeGreaterThan(600);
    });

    it('of the log-likelihood are met within 1e-12', () => {
      const off = reference.vectors
        .filter(({ model, outputs }) => model === 'Pareto/NBD' && 'log_likelihood' in outputs)
        .map((vector) => distance('log_', quantities(vector)['log_likelihood']?.() ?? Number.NaN, vector.outputs['log_likelihood'] ?? 0));
      expect(Math.max(...off)).toBeLessThan(1e-12);
    });
  },
);

function readColumns(file: string, columns: readonly number[]): number[][] {
  const rows = readFileSync(file, 'utf8').trim().split('\n').slice(1);
  const fields = rows.map((row) => row.split(','));
  return columns.map((column) => fields.map((row) => Number(row[column])));
}

interface Histories {
  readonly x: number[];
  readonly tx: number[];
  readonly T: number[];
}

function cdnowInWeeks(): Histories {
  const [x = [], tx = [], T = []] = readColumns(cdnow, [1, 2, 3]);
  const toDays = (week: number): number => Math.round(week * 7) / 7;
  return { x, tx: tx.map(toDays), T: T.map(toDays) };
}

function cdnowTwoDecimals(): Histories {
  const [x = [], tx = [], T = []] = readColumns(cdnowCopy, [1, 2, 3]);
  return { x, tx, T };
}

function groceryInWeeks(): Histories {
  const end = Date.parse('2006-12-31') / 86_400_000;
  const days = new Map<string, Set<number>>();
  for (const line of readFileSync(grocery, 'utf8').trim().split('\n').slice(1)) {
    const [customer = '', date = ''] = line.replaceAll('"', '').split(',');
    const day = Date.parse(date) / 86_400_000;
    const seen = days.get(customer) ?? new Set<number>();
    if (day <= end) days.set(customer, seen.add(day));
  }
  const sorted = [...days.values()].map((seen) => [...seen].sort((one, other) => one - other));
  return {
    x: sorted.map((seen) => seen.length - 1),
    tx: sorted.map((seen) => ((seen.at(-1) ?? 0) - (seen[0] ?? 0)) / 7),
    T: sorted.map((seen) => (end - (seen[0] ?? 0)) / 7),
  };
}

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

describe.skipIf(!existsSync(cdnow) || !existsSync(vectorFile))('Pareto/NBD fits (skipped where the data folder is absent)', () => {
  const referenceFit = (dataset: string): Fit | undefined =>
    reference.fits.find((fit) => fit.model === 'Pareto/NBD' && fit.dataset.includes(dataset));

  it.each([
    ['exact weeks', cdnowInWeeks],
    ['two-decimal weeks', cdnowTwoDecimals],
    ['grocery', groceryInWeeks],
  ] as const)('%s: parameters to 1e-7, log-likelihood to 1e-8, standard errors to the digits given', (dataset, read) => {
    const expected = referenceFit(dataset);
    const model = fitTiming(paretoNbd, read());
    expect(model.boundary).toBeNull();
    for (const { name } of paretoNbd.parameters) {
      expect(Math.abs(model.params[name] / (expected?.params[name] ?? Number.NaN) - 1)).toBeLessThan(1e-7);
    }
    expect(model.logLikelihood).toBeCloseTo(expected?.log_likelihood ?? Number.NaN, 8);
    paretoNbd.parameters.forEach(({ name }, index) => {
      expect(Math.abs((model.standardErrors[index] ?? Number.NaN) / (expected?.se[name] ?? Number.NaN) - 1)).toBeLessThan(1e-5);
    });
    const covariance = expected?.cov_log_params.flat() ?? [];
    covariance.forEach((value, index) => expect(model.covarianceLog[index]).toBeCloseTo(value, 6));
  });

  it.each([
    ['CDNOW', cdnowInWeeks, 39, 1665.51310721],
    ['grocery', groceryInWeeks, 52, 3990.73210405],
  ] as const)('%s: expects the total of the reference after the observation', (_, read, horizon, expected) => {
    const { x, tx, T } = read();
    const { params } = fitTiming(paretoNbd, { x, tx, T });
    const found = total(
      x.map((count, row) => paretoNbd.conditionalExpectation(params, { x: count, tx: tx[row] ?? 0, T: T[row] ?? 0 }, horizon)),
    );
    expect(Math.abs(found - expected)).toBeLessThan(1e-4);
  });

  it('gives the totals of CLVTools at 10% a year, as far as its fit stops short of the maximum', () => {
    // CLVTools 0.12.1 on CDNOW: sum P(alive) 1051.9710, CET over 39 weeks 1665.6880, DERT 9012.3006.
    const { x, tx, T } = cdnowInWeeks();
    const params = { r: 0.55315, alpha: 10.57633, s: 0.60625, beta: 11.6715 };
    const histories = x.map((count, row) => ({ x: count, tx: tx[row] ?? 0, T: T[row] ?? 0 }));
    const rate = log(1.1) / 52;
    expect(total(histories.map((history) => exp(paretoNbd.logProbabilityAlive(params, history))))).toBeCloseTo(1051.971, 1);
    expect(total(histories.map((history) => paretoNbd.conditionalExpectation(params, history, 39)))).toBeCloseTo(1665.688, 0);
    const dert = total(histories.map((history) => paretoNbd.discountedExpectation(params, history, Number.POSITIVE_INFINITY, rate)));
    expect(Math.abs(dert / 9012.3006 - 1)).toBeLessThan(1e-3);
  });
});

describe.skipIf(!existsSync(caseFile))('Pareto/NBD cases of other implementations (skipped where the folder of vectors is absent)', () => {
  const manual = { r: 0.5534, alpha: 10.5802, s: 0.6061, beta: 11.6562 };

  it('lifetimes: E[X(0 … 9)] of the BTYD manual, to the 0.01 that its test allows', () => {
    const values = [0, 0.05077821, 0.09916088, 0.14542507, 0.1897993, 0.23247466, 0.27361274, 0.31335159, 0.35181024, 0.38909211];
    values.forEach((value, t) => expect(Math.abs(paretoNbd.expectedPurchases(manual, t) - value)).toBeLessThan(0.01));
  });

  it('lifetimes: the customer with 26 purchases', () => {
    const history = { x: 26, tx: 30.86, T: 31 };
    // The expectation is that of the estimates for CDNOW in exact weeks.
    const estimates = { r: 0.553277046853, alpha: 10.5776834633, s: 0.606239989128, beta: 11.6687352889 };
    expect(paretoNbd.conditionalExpectation(estimates, history, 52)).toBeCloseTo(25.456318463904456, 6);
    expect(exp(paretoNbd.logProbabilityAlive(manual, history))).toBeCloseTo(0.9979177665519067, 12);
  });

  it('lifetimes: does not underflow at 132 and 133 purchases', () => {
    const params = { r: 0.55, alpha: 10.58, s: 0.61, beta: 11.67 };
    const found = [132, 133].map((x) => paretoNbd.conditionalExpectation(params, { x, tx: 200, T: 200 }, 10));
    expect(found[0]).toBeCloseTo(6.206051788962933, 11);
    expect(found[1]).toBeCloseTo(6.252872247574497, 11);
  });

  it.each([
    [400, 5, 6, 1323.188930967818, -6.273759456489363],
    [500, 1, 37, 2594.4044546227565, -220.69952514319084],
    [500, 4, 37, 1888.8212497389407, -136.24808850218233],
  ])('lifetimes: does not overflow at x=%d (P(alive): a tenth of them), tx=%d, T=%d', (x, tx, T, logLikelihood, logAlive) => {
    const params = { r: 10.465, alpha: 0.00798565181, s: 3.0516, beta: 2.82 };
    expect(paretoNbd.logLikelihood(params, { x, tx, T })).toBeCloseTo(logLikelihood, 9);
    expect(paretoNbd.logProbabilityAlive(params, { x: x / 10, tx, T })).toBeCloseTo(logAlive, 10);
  });

  it.each([
    [221, 103.42857, 103.57143, 0.9995960523179381],
    [254, 97.14286, 97.28571, 0.9995582261230107],
    [161, 94.71429, 98, 0.7494877522581055],
    [204, 98.57143, 99.42857, 0.9942550796378959],
  ])('CLVTools: P(alive) of x=%d, tx=%d, T=%d is a number', (x, tx, T, value) => {
    const params = { r: 0.5143, alpha: 2.8845, s: 0.2856, beta: 14.1087 };
    expect(exp(paretoNbd.logProbabilityAlive(params, { x, tx, T }))).toBeCloseTo(value, 12);
  });

  it('BTYD: the walkthrough, with its paradox of increasing frequency', () => {
    const params = { r: 0.553371025, alpha: 10.579519634637, s: 0.605907381853, beta: 11.658116184257 };
    expect(paretoNbd.expectedPurchases(params, 52)).toBeCloseTo(1.4734344693661228, 12);
    const paradox = [10, 15, 20, 25].map((x) => paretoNbd.conditionalExpectation(params, { x, tx: 20, T: 39 }, 52));
    [0.7062289019064664, 0.14423959349035625, 0.022506577457011987, 0.003092670447544566].forEach((value, index) =>
      expect(Math.abs((paradox[index] ?? 0) / value - 1)).toBeLessThan(1e-11),
    );
  });

  it('BTYD: DERT of five customers, and of one at 15% a year', () => {
    const forever = Number.POSITIVE_INFINITY;
    const [x, tx] = [
      [1, 2, 3, 4, 5],
      [5, 10, 20, 30, 35],
    ];
    [1.1497229817, 1.9865308002, 5.42541898361, 10.99789065069, 15.20170920058].forEach((value, index) => {
      const history = { x: x?.[index] ?? 0, tx: tx?.[index] ?? 0, T: 39 };
      expect(paretoNbd.discountedExpectation(manual, history, forever, 0.0027)).toBeCloseTo(value, 9);
    });
    const rounded = { r: 0.553, alpha: 10.578, s: 0.606, beta: 11.669 };
    expect(paretoNbd.discountedExpectation(rounded, { x: 2, tx: 30, T: 39 }, forever, log(1.15) / 52)).toBeCloseTo(6.40953952963, 9);
  });
});
