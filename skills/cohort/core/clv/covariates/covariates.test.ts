import { describe, expect, it } from 'vitest';

import { makeRng } from '../../../../sdk/numeric/index.ts';
import { bgNbd } from '../bg-nbd/index.ts';
import { timingFamily } from '../families.ts';
import { predictTiming } from '../predict-timing.ts';
import { standardizeColumns } from './covariate-columns.ts';
import { type CovariateFamily, fitWithCovariates, parametersOfCustomer, predictWithCovariates } from './index.ts';
import { covariateLink } from './link.ts';
import { covariateObjective } from './objective.ts';

const families = ['bg-nbd', 'mbg-nbd', 'pareto-nbd'] as const;
const base: Readonly<Record<CovariateFamily, Readonly<Record<string, number>>>> = {
  'bg-nbd': { r: 0.9, alpha: 8, a: 0.8, b: 2.4 },
  'mbg-nbd': { r: 0.9, alpha: 8, a: 0.8, b: 2.4 },
  'pareto-nbd': { r: 0.9, alpha: 8, s: 0.8, beta: 14 },
};
const effectsOf = (family: CovariateFamily, online: number, age: number, leaving: number) => ({
  family,
  params: base[family],
  purchase: [
    { name: 'age', value: age },
    { name: 'online', value: online },
  ],
  dropout: [{ name: 'online', value: leaving }],
});

interface Sample {
  readonly x: number[];
  readonly tx: number[];
  readonly T: number[];
  readonly online: number[];
  readonly age: number[];
}

/** Customers drawn with known coefficients. */
function draw(
  family: CovariateFamily,
  customers: number,
  seed: string,
  effects = effectsOf(family, 0.6, 0.03, 0.8),
  exactAge = false,
): Sample {
  const rng = makeRng(seed);
  const sample: Sample = { x: [], tx: [], T: [], online: [], age: [] };
  for (let row = 0; row < customers; row++) {
    const online = rng.uniform() < 0.4 ? 1 : 0;
    const age = exactAge ? 40 + 10 * rng.normal() : 20 + 5 * rng.integer(8);
    const T = 30 + rng.integer(22);
    const times = timingFamily(family).simulate(parametersOfCustomer(effects, { online, age }), T, rng);
    const values = { x: times.length, tx: times.at(-1) ?? 0, T, online, age };
    for (const name of ['x', 'tx', 'T', 'online', 'age'] as const) sample[name].push(values[name]);
  }
  return sample;
}

describe('fitting with covariates', () => {
  it.each(families)('finds the coefficients that %s was drawn with, within three standard errors', (family) => {
    const sample = draw(family, 3000, 'recover');
    const model = fitWithCovariates(family, sample, {
      purchase: { online: sample.online, age: sample.age },
      dropout: { online: sample.online },
    });
    const truth = [0.03, 0.6, 0.8];
    [...model.purchase, ...model.dropout].forEach(({ value, standardError }, index) => {
      expect(standardError).toBeGreaterThan(0);
      expect(Math.abs(value - (truth[index] ?? 0))).toBeLessThan(3 * standardError);
    });
    const link = covariateLink(family);
    const unbounded = link.unbounded(link.family.parameters.map(({ name }) => base[family][name] ?? 0));
    unbounded.forEach((value, index) => {
      expect(Math.abs(value - (model.original.values[index] ?? 0))).toBeLessThan(3 * (model.original.standardErrors[index] ?? 0));
    });
    expect(model.boundary).toBeNull();
  });

  it.each(families)('has the gradient of its likelihood under %s', (family) => {
    const sample = draw(family, 60, 'gradient', undefined, true);
    const columns = standardizeColumns(
      { purchase: { age: sample.age }, dropout: { age: sample.age, online: sample.online } },
      60,
      undefined,
    );
    const { objective } = covariateObjective(covariateLink(family), sample, columns);
    const x = [0.2, 1.5, -0.4, 1.1, 0.3, -0.2, 0.4];
    const gradient = new Float64Array(7);
    objective(x, gradient);
    x.forEach((value, index) => {
      const at = (shift: number): number => objective(x.with(index, value + shift), new Float64Array(7));
      const slope = (at(1e-5) - at(-1e-5)) / 2e-5;
      // Central differences are right to about 1e-8 of the value, which is some hundreds.
      expect(gradient[index]).toBeCloseTo(slope, 4);
    });
  });

  it.each(families)('is %s without covariates where all coefficients are zero', (family) => {
    const sample = draw(family, 80, 'zero');
    const columns = standardizeColumns({ purchase: { age: sample.age }, dropout: { age: sample.age } }, 80, undefined);
    const link = covariateLink(family);
    const natural = link.family.parameters.map(({ name }) => base[family][name] ?? 0);
    const { objective } = covariateObjective(link, sample, columns);
    let total = 0;
    sample.x.forEach((x, row) => {
      total -= link.family.logLikelihood(base[family], { x, tx: sample.tx[row] ?? 0, T: sample.T[row] ?? 0 });
    });
    expect(objective([...link.unbounded(natural), 0, 0], new Float64Array(6))).toBeCloseTo(total, 8);
    const effects = effectsOf(family, 0, 0, 0);
    Object.entries(parametersOfCustomer(effects, { online: 1, age: 50 })).forEach(([name, value]) => {
      expect(value).toBeCloseTo(base[family][name] ?? 0, 12);
    });
    const plain = predictTiming(link.family, { params: base[family] }, sample, { horizon: 10 });
    const covered = predictWithCovariates(effects, sample, { online: sample.online, age: sample.age }, { horizon: 10 });
    plain.expected.forEach((value, row) => expect(covered.expected[row]).toBeCloseTo(value, 10));
  });

  it('does not depend on the order of rows or of covariates, bit for bit', () => {
    const sample = draw('bg-nbd', 200, 'order');
    const { online, age } = sample;
    const one = fitWithCovariates('bg-nbd', sample, { purchase: { online, age }, dropout: { online } });
    const reversed = Object.fromEntries(Object.entries(sample).map(([name, column]) => [name, column.toReversed()])) as unknown as Sample; // same keys
    const columns = { purchase: { age: reversed.age, online: reversed.online }, dropout: { online: reversed.online } };
    expect(fitWithCovariates('bg-nbd', reversed, columns)).toEqual(one);
  });

  it('counts a weight as that many rows', () => {
    const sample = draw('bg-nbd', 120, 'weights');
    const weight = sample.x.map((_, row) => 1 + (row % 3));
    const repeat = (column: readonly number[]): number[] =>
      column.flatMap((value, row) => Array.from({ length: weight[row] ?? 0 }, () => value));
    const { x, tx, T, online } = sample;
    const weighted = fitWithCovariates('bg-nbd', { x, tx, T, weight }, { purchase: { online } });
    const repeated = fitWithCovariates('bg-nbd', { x: repeat(x), tx: repeat(tx), T: repeat(T) }, { purchase: { online: repeat(online) } });
    expect(weighted.logLikelihood).toBeCloseTo(repeated.logLikelihood, 8);
    expect(weighted.purchase[0]?.value).toBeCloseTo(repeated.purchase[0]?.value ?? 0, 6);
    expect(weighted.customers).toBe(repeated.customers);
  });

  it('gives the same customers the same parameters whatever the unit of a covariate', () => {
    const sample = draw('pareto-nbd', 300, 'units');
    const months = sample.age.map((age) => 12 * age - 100);
    const [years, other] = [sample.age, months].map((age) => fitWithCovariates('pareto-nbd', sample, { purchase: { age } }));
    expect(years?.logLikelihood).toBeCloseTo(other?.logLikelihood ?? 0, 8);
    expect((other?.purchase[0]?.value ?? 0) * 12).toBeCloseTo(years?.purchase[0]?.value ?? 0, 7);
    if (!years || !other) throw new Error('two fits were made');
    const [inYears, inMonths] = [parametersOfCustomer(years, { age: 40 }), parametersOfCustomer(other, { age: 380 })];
    expect(inYears['alpha']).toBeCloseTo(inMonths['alpha'] ?? 0, 5);
  });

  it('names the limit when nobody leaves, and predicts with it', () => {
    const rng = makeRng('stay');
    const sample = { x: [] as number[], tx: [] as number[], T: [] as number[], online: [] as number[] };
    for (let row = 0; row < 400; row++) {
      const online = row % 2;
      // e^−0.6 is about 0.55.
      const times = bgNbd.simulate({ r: 2, alpha: online ? 4.4 : 8, a: 0, b: 1 }, 40, rng);
      sample.x.push(times.length);
      sample.tx.push(times.at(-1) ?? 0);
      sample.T.push(40);
      sample.online.push(online);
    }
    const model = fitWithCovariates('bg-nbd', sample, { purchase: { online: sample.online }, dropout: { online: sample.online } });
    expect(model.boundary?.limit).toBe('nobody-leaves');
    expect(model.standardized.standardErrors[2]).toBeNull();
    expect(model.purchase[0]?.value).toBeCloseTo(0.6, 0);
    const { expected, pAlive } = predictWithCovariates(model, sample, { online: sample.online }, { horizon: 20 });
    expect(expected.every((value) => Number.isFinite(value) && value > 0)).toBe(true);
    expect(Math.min(...pAlive)).toBeGreaterThan(0.999);
  });

  it('says when covariates repeat each other, and stays finite under the prior', () => {
    const sample = draw('bg-nbd', 200, 'twice');
    const purchase = { online: sample.online, again: sample.online };
    expect(fitWithCovariates('bg-nbd', sample, { purchase }, { prior: null }).boundary?.limit).toBe('flat');
    const model = fitWithCovariates('bg-nbd', sample, { purchase });
    expect(model.boundary).toBeNull();
    expect(model.purchase[0]?.value).toBeCloseTo(model.purchase[1]?.value ?? 0, 6);
  });

  it('says what is wrong with its input', () => {
    const sample = draw('bg-nbd', 30, 'input');
    const fit =
      (covariates: Parameters<typeof fitWithCovariates>[2], options = {}): (() => unknown) =>
      () =>
        fitWithCovariates('bg-nbd', sample, covariates, options);
    expect(fit({})).toThrow(/no covariate; use fitTiming/);
    expect(fit({ purchase: { one: sample.x.map(() => 1) } })).toThrow(/'one' is 1 for everybody/);
    expect(fit({ purchase: { online: [1, 0] } })).toThrow(/'online' has 2 values for 30 histories/);
    expect(fit({ dropout: { age: sample.age.with(3, Number.NaN) } })).toThrow(/row 3: covariate 'age' is NaN/);
    expect(fit({ purchase: { age: sample.age }, dropout: { age: sample.online } })).toThrow(/give them two names/);
    expect(fit({ purchase: { age: sample.age } }, { prior: { sd: 0 } })).toThrow(/standard deviation > 0/);
    const few = { x: [1], tx: [1], T: [2] };
    expect(() => fitWithCovariates('bg-nbd', { ...few, weight: [20] }, { purchase: { age: [1] } })).toThrow(/for everybody/);
    expect(() => fitWithCovariates('nbd' as 'bg-nbd', few, { purchase: { age: [1] } })).toThrow(/'nbd' takes no covariates/);
    expect(() => fitWithCovariates('bg-nbd', { x: [0, 1], tx: [0, 1], T: [2, 2] }, { purchase: { age: [1, 2] } })).toThrow(
      /needs 10 customers/,
    );
    expect(() => parametersOfCustomer(effectsOf('bg-nbd', 1, 1, 1), { online: 1 })).toThrow(/covariate 'age' is undefined/);
  });
});
