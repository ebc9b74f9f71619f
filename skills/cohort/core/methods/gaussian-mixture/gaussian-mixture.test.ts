import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { makeRng } from '../../../../sdk/numeric/index.ts';
import type { FeatureColumns } from '../method.ts';
import { adjustedRandIndex } from '../quality/index.ts';
import { type GaussianMixtureConfig, gaussianMixture, mixturePosteriors } from './index.ts';

/** Three tilted groups of 40, 120 rows in all; the first is rather flat. */
function threeGroups(rows = 120, seed = 'mixture reference'): FeatureColumns & { readonly truth: Int32Array } {
  const rng = makeRng(seed);
  const columns = [new Float64Array(rows), new Float64Array(rows)] as const;
  const truth = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    const group = row % 3;
    const a = rng.normal();
    const b = rng.normal();
    columns[0][row] = [0, 4, 1][group]! + a;
    columns[1][row] = [0, 1, 5][group]! + 0.6 * a + 0.8 * b;
    truth[row] = group;
  }
  return { names: ['orders', 'spend'], columns, truth };
}

const one = (...values: number[]): FeatureColumns => ({ names: ['orders'], columns: [Float64Array.from(values)] });
const permuted = ({ names, columns }: FeatureColumns, order: readonly number[]): FeatureColumns => ({
  names,
  columns: columns.map((column) => Float64Array.from(order, (row) => column[row]!)),
});
const refusal = (message: RegExp): unknown =>
  expect.objectContaining({ code: 'NUMERIC_DOMAIN', message: expect.stringMatching(message) as string });

describe('a Gaussian mixture', () => {
  it('finds groups that overlap, and says how sure each customer is', () => {
    const data = threeGroups(600);
    const model = gaussianMixture.fit({ cohorts: 3 }, data, 'example');
    const { label, confidence, kind } = gaussianMixture.assign(model, data);
    expect(adjustedRandIndex(label, data.truth)).toBeGreaterThan(0.9);
    expect(kind).toBe('posterior');
    expect(confidence.every((value) => value > 1 / 3 && value <= 1)).toBe(true);
    expect(model.profile.map(({ size }) => size)).toEqual([0, 1, 2].map((cohort) => label.filter((value) => value === cohort).length));
  });

  it('chooses the number of cohorts by BIC and shows what it chose from', () => {
    const data = threeGroups(600);
    const model = gaussianMixture.fit({ cohorts: { from: 1, to: 5 } }, data, 'choice');
    expect(model.weights).toHaveLength(3);
    expect(model.choice.map(({ cohorts }) => cohorts)).toEqual([1, 2, 3, 4, 5]);
    expect(Math.min(...model.choice.map(({ bic }) => bic))).toBe(model.choice[2]?.bic);
  });

  it('describes each cohort in the units of the data', () => {
    const model = gaussianMixture.fit({}, one(...Array.from({ length: 50 }, (_, row) => (row < 30 ? row / 100 : 10 + row / 100))), 'units');
    expect(model.profile.map(({ cohort, size, share }) => ({ cohort, size, share }))).toEqual([
      { cohort: 0, size: 30, share: 0.6 },
      { cohort: 1, size: 20, share: 0.4 },
    ]);
    expect(model.profile[0]?.features[0]?.mean).toBeCloseTo(0.145, 12);
    expect(model.profile[1]?.features[0]?.difference).toBeCloseTo(Math.sqrt(0.6 / 0.4), 2); // as for any split into 60 and 40
    expect(model.profile[1]?.confidence).toBeCloseTo(1, 9);
  });

  it('gives probabilities of all cohorts, with sum 1', () => {
    const data = threeGroups();
    const model = gaussianMixture.fit({ cohorts: 3 }, data, 'posteriors');
    const columns = mixturePosteriors(model, data);
    const { label, confidence } = gaussianMixture.assign(model, data);
    for (let row = 0; row < 120; row++) {
      expect(columns.reduce((sum, column) => sum + column[row]!, 0)).toBeCloseTo(1, 12);
      expect(columns[label[row]!]![row]).toBe(confidence[row]);
    }
  });
});

describe('at the edges a Gaussian mixture', () => {
  it('refuses what is no table of numbers', () => {
    const fit = (data: FeatureColumns): unknown => gaussianMixture.fit({}, data, 's');
    expect(() => fit(one())).toThrow(refusal(/0 rows/));
    expect(() => fit({ names: [], columns: [] })).toThrow(refusal(/at least one column/));
    expect(() => fit(one(1, Number.NaN))).toThrow(refusal(/NaN in row 1/));
    expect(() => fit({ names: ['a', 'b'], columns: [new Float64Array(2), new Float64Array(3)] })).toThrow(refusal(/equal length/));
  });

  it('puts one customer, and customers that are all alike, into one cohort with certainty', () => {
    for (const data of [one(7), one(7, 7, 7, 7), one(0.1, 0.1, 0.1)]) {
      const model = gaussianMixture.fit({ cohorts: 4 }, data, 's');
      expect(model.profile).toHaveLength(1);
      expect(gaussianMixture.assign(model, data).confidence).toEqual(data.columns[0]!.map(() => 1));
    }
  });

  it('has no more cohorts than distinct rows', () => {
    const data = one(1, 1, 5, 5, 5);
    const model = gaussianMixture.fit({ cohorts: 4 }, data, 's');
    expect([...gaussianMixture.assign(model, data).label]).toEqual([1, 1, 0, 0, 0]);
  });

  it('keeps a feature of small integers from collapsing, and says so where the floor is taken away', () => {
    const spiked = one(...Array.from({ length: 200 }, (_, row) => (row < 120 ? 1 : row < 180 ? 2 : 3 + (row % 7))));
    const model = gaussianMixture.fit({ cohorts: 3 }, spiked, 's');
    expect(model.covariances.flat().every((value) => value >= 1e-3)).toBe(true);
    expect(() => gaussianMixture.fit({ cohorts: 3, covarianceFloor: 0 }, spiked, 's')).toThrow(refusal(/singular.*covarianceFloor/));
  });

  it('gives a row beyond all bounds a cohort and a confidence that are numbers', () => {
    const model = gaussianMixture.fit({ cohorts: 3 }, threeGroups(), 's');
    const { label, confidence } = gaussianMixture.assign(model, {
      names: model.features,
      columns: [Float64Array.of(1e150), Float64Array.of(-1e150)],
    });
    expect(label[0]).toBeGreaterThanOrEqual(0);
    expect(confidence[0]).toBeGreaterThan(0);
  });

  it('refuses a configuration out of its limits', () => {
    const bad: readonly [GaussianMixtureConfig, RegExp][] = [
      [{ cohorts: 0 }, /cohorts/],
      [{ cohorts: { from: 3, to: 2 } }, /cohorts/],
      [{ covarianceFloor: -1 }, /covarianceFloor/],
      [{ tolerance: 0 }, /tolerance/],
      [{ restarts: 0.5 }, /restarts/],
      [{ covariance: 'round' as 'full' }, /full, diagonal or tied/], // as from a file
      [{ start: { weights: [1], means: [[0]], precisions: [[1]] } }, /means of a start/],
      [{ start: { weights: [0.5], means: [[0, 0]], precisions: [[1, 0, 0, 1]] } }, /sum 1/],
      [{ start: { weights: [1], means: [[0, 0]], precisions: [[1, 2, 2, 1]] } }, /positive definite/],
    ];
    for (const [config, message] of bad) expect(() => gaussianMixture.fit(config, threeGroups(), 's')).toThrow(refusal(message));
  });

  it('asks for the columns of the fit', () => {
    const model = gaussianMixture.fit({ cohorts: 2 }, threeGroups(), 's');
    expect(() => gaussianMixture.assign(model, one(1, 2))).toThrow(refusal(/spend/));
  });
});

describe.each(['full', 'diagonal', 'tied'] as const)('with a %s covariance a mixture', (covariance) => {
  const data = threeGroups();

  it('is the same bytes for the same seed and for every order of rows', () => {
    const config = { cohorts: 3, covariance };
    const model = gaussianMixture.fit(config, data, 'order');
    const { label } = gaussianMixture.assign(model, data);
    fc.assert(
      fc.property(fc.shuffledSubarray([...label.keys()], { minLength: 120 }), (order) => {
        const other = gaussianMixture.fit(config, permuted(data, order), 'order');
        expect(JSON.stringify(other)).toBe(JSON.stringify(model));
        expect([...gaussianMixture.assign(other, permuted(data, order)).label]).toEqual(order.map((row) => label[row]));
      }),
      { numRuns: 5 },
    );
  });

  it('assigns the same after a round trip through JSON', () => {
    const model = gaussianMixture.fit({ cohorts: 3, covariance }, data, 'json');
    const copy = JSON.parse(JSON.stringify(model)) as typeof model;
    expect(gaussianMixture.assign(copy, data)).toEqual(gaussianMixture.assign(model, data));
  });

  it('never loses likelihood with more iterations', () => {
    const likelihoods = [1, 2, 4, 8, 16].map(
      (maxIterations) =>
        gaussianMixture.fit(
          { cohorts: 3, covariance, covarianceFloor: 0, tolerance: 1e-9, scaling: 'none', maxIterations, start: startOf(covariance) },
          data,
          's',
        ).logLikelihood,
    );
    for (const [index, value] of likelihoods.entries()) expect(value).toBeGreaterThanOrEqual((likelihoods[index - 1] ?? -100) - 1e-12);
  });

  it('is scikit-learn 1.7.2 from the same start: likelihood, BIC, iterations, weights and means', () => {
    // GaussianMixture(3, covariance_type=…, reg_covar=1e-3, max_iter=200, weights_init=…, means_init=…, precisions_init=…).fit(X), then
    // score(X), bic(X), n_iter_, weights_, means_, covariances_, bincount(predict(X)), predict_proba(X[:1]).
    const expected = reference[covariance];
    const model = gaussianMixture.fit({ covariance, scaling: 'none', start: startOf(covariance) }, data, 's');
    expect(model.logLikelihood).toBeCloseTo(expected.score, 11);
    expect(model.bic).toBeCloseTo(expected.bic, 8);
    expect(model.iterations).toBe(expected.iterations);
    const byFirstMean = model.means.map((mean, at) => ({ mean, at })).toSorted((a, b) => a.mean[0]! - b.mean[0]!);
    const found = [0, 2, 1].map((rank) => byFirstMean[rank]!.at); // as the start has them
    found.forEach((cohort, component) => {
      expect(model.weights[cohort]).toBeCloseTo(expected.weights[component]!, 11);
      expected.means[component]!.forEach((value, at) => {
        expect(model.means[cohort]![at]! + model.scale.mean[at]!).toBeCloseTo(value, 11);
      });
      expect(model.profile[cohort]?.size).toBe(expected.sizes[component]);
    });
    const [first] = found.map((cohort) => mixturePosteriors(model, data)[cohort]![0]!);
    expect(first).toBeCloseTo(expected.first, 10);
    const covariances = covariance === 'tied' ? model.covariances.flat() : found.flatMap((cohort) => model.covariances[cohort]!);
    covariances.forEach((value, at) => expect(value).toBeCloseTo(expected.covariances[at]!, 10));
  });
});

describe('scaling of a mixture', () => {
  it('makes units of no account, for a given start too', () => {
    const data = threeGroups();
    const inCents = { names: data.names, columns: [data.columns[0]!, data.columns[1]!.map((value) => 128 * value)] };
    const model = gaussianMixture.fit({ cohorts: 3 }, data, 's');
    expect(gaussianMixture.fit({ cohorts: 3 }, inCents, 's').profile.map(({ size }) => size)).toEqual(
      model.profile.map(({ size }) => size),
    );
    const start = startOf('full');
    const startInCents = {
      ...start,
      means: start.means.map(([a = 0, b = 0]) => [a, 128 * b]),
      precisions: start.precisions.map(([a = 0, b = 0, c = 0, d = 0]) => [a, b / 128, c / 128, d / 128 / 128]),
    };
    const one = gaussianMixture.fit({ start }, data, 's');
    const other = gaussianMixture.fit({ start: startInCents }, inCents, 's');
    expect(other.logLikelihood).toBeCloseTo(one.logLikelihood, 10);
  });
});

describe('sampling of a mixture', () => {
  it('fits few rows and describes all', () => {
    const data = threeGroups(3000);
    const model = gaussianMixture.fit({ cohorts: 3, maxRows: 500 }, data, 's');
    expect([model.rows, model.fittedRows]).toEqual([3000, 500]);
    expect(model.profile.reduce((sum, { size }) => sum + size, 0)).toBe(3000);
    expect(adjustedRandIndex(gaussianMixture.assign(model, data).label, data.truth)).toBeGreaterThan(0.9);
  });
});

function startOf(covariance: 'full' | 'diagonal' | 'tied') {
  const tilted = [1, 0.2, 0.2, 1];
  const precisions = {
    full: [tilted, tilted, tilted],
    diagonal: [
      [1, 1],
      [1, 0.5],
      [2, 1],
    ],
    tied: [tilted],
  }[covariance];
  return {
    weights: [0.5, 0.3, 0.2],
    means: [
      [0, 0],
      [3, 1],
      [1, 4],
    ],
    precisions,
  };
}

const reference = {
  full: {
    score: -3.6639030774159727,
    bic: 960.7240982071282,
    iterations: 4,
    weights: [0.3333625059932604, 0.3403302208188829, 0.32630727318785674],
    means: [
      [-0.2077385129312786, -0.35296363145780385],
      [3.997308627629685, 1.111922190295449],
      [1.105281059704529, 5.067479838391985],
    ],
    covariances: [
      0.6987018448223405, 0.15764941837560142, 0.15764941837560142, 1.083143657272421, 1.0455412593233708, 0.6067989541807133,
      0.6067989541807133, 1.0109961611475784, 1.057711948775862, 0.5668574293612016, 0.5668574293612016, 0.7621288027637365,
    ],
    sizes: [40, 41, 39],
    first: 0.9999614032328994,
  },
  diagonal: {
    score: -3.806073209406647,
    bic: 980.482454656544,
    iterations: 5,
    weights: [0.3505484489817552, 0.33378214227560327, 0.31566940874264154],
    means: [
      [-0.17782319322655374, -0.26383399543886865],
      [4.038392838023152, 1.1445101690105708],
      [1.1600939684656366, 5.147096641839575],
    ],
    covariances: [0.7547176716632281, 1.3055948758693197, 0.9720140051668645, 0.979840841847086, 1.0023676211449652, 0.5900146442566255],
    sizes: [42, 40, 38],
    first: 0.9999899412943172,
  },
  tied: {
    score: -3.7018887523506465,
    bic: 941.1157097347576,
    iterations: 4,
    weights: [0.33229099135480533, 0.33337397382649614, 0.3343350348186987],
    means: [
      [-0.16487351665396702, -0.4065344368741997],
      [4.041449477412428, 1.129927648926238],
      [1.0746282020568265, 5.0030971876651655],
    ],
    covariances: [0.9446329193374303, 0.4666058079102244, 0.4666058079102244, 0.9462227187998803],
    sizes: [40, 40, 40],
    first: 0.9999811082070231,
  },
} as const;
