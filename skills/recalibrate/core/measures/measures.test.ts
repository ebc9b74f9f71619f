import '../../../../test/property-seed.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { logit, makeRng, sigmoid } from '../../../sdk/numeric/index.ts';
import type { CalibrationRows } from '../calibrators/index.ts';
import { binnedDiagram, corpDiagram } from '../diagrams/index.ts';
import {
  brierParts,
  calibrationGain,
  calibrationLine,
  classwiseError,
  cumulativeDifferences,
  debiasedCalibrationError,
  debiasedSquaredGap,
  decileLift,
  expectedCalibrationError,
  kolmogorovSmirnovTest,
  kuiperTest,
  maximumCalibrationError,
  measureMeans,
  measureProbabilities,
  negativeBinomialDeviance,
  normalisedGini,
  poissonDeviance,
  reliabilityBins,
  spiegelhalterTest,
} from './index.ts';

/** Log-odds that are `slope` times the true ones, and `shift` off. */
function simulate(seed: string, rows: number, slope = 1, shift = 0): CalibrationRows & { readonly truth: Float64Array } {
  const rng = makeRng(seed);
  const odds = Float64Array.from({ length: rows }, () => 1.2 * rng.normal() - 0.5);
  return {
    predicted: odds.map((own) => sigmoid(slope * own + shift)),
    outcome: odds.map((own) => (rng.uniform() < sigmoid(own) ? 1 : 0)),
    truth: odds.map(sigmoid),
  };
}

const coded = (code: string): Error => expect.objectContaining({ code }) as Error;
const drawnRows = fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.boolean(), fc.integer({ min: 1, max: 3 })), {
  minLength: 1,
  maxLength: 80,
});
const columnsOf = (rows: readonly (readonly [number, boolean, number])[]): Required<CalibrationRows> => ({
  predicted: Float64Array.from(rows, ([level]) => level / 20),
  outcome: Float64Array.from(rows, ([, came]) => (came ? 1 : 0)),
  weight: Float64Array.from(rows, ([, , weight]) => weight),
});
const repeat = (rows: readonly (readonly [number, boolean, number])[]) =>
  rows.flatMap(([level, came, times]) => Array.from({ length: times }, () => [level, came, 1] as const));

/** The same report, each number to seven digits. */
const nearly = (report: unknown): unknown =>
  JSON.parse(JSON.stringify(report), (_, value: unknown) => (typeof value === 'number' ? (expect.closeTo(value, 7) as unknown) : value));

describe('bins', () => {
  it('keep ties together and lose no row, by mass or width', () => {
    fc.assert(
      fc.property(drawnRows, fc.integer({ min: 1, max: 12 }), fc.constantFrom('mass', 'width'), (rows, bins, by) => {
        const columns = columnsOf(rows);
        const found = reliabilityBins(columns, { by, bins });
        const total = rows.reduce((sum, [, , weight]) => sum + weight, 0);
        expect(found.length).toBeLessThanOrEqual(bins);
        expect(found.reduce((sum, { n }) => sum + n, 0)).toBe(total);
        expect(found.every((bin, at) => at === 0 || bin.low > (found[at - 1]?.high ?? 0))).toBe(true);
      }),
    );
  });

  it('hold 20 rows each unless asked otherwise, up to ten bins', () => {
    expect(reliabilityBins(simulate('few', 45))).toHaveLength(2);
    expect(reliabilityBins(simulate('many', 4000)).map(({ n }) => n)).toEqual(Array(10).fill(400));
  });

  it('hold their lower edge when of equal width, also where edges round', () => {
    const predicted = Float64Array.from({ length: 11 }, (_, at) => at / 10);
    const bins = reliabilityBins({ predicted, outcome: new Float64Array(11) }, { by: 'width', bins: 10 });
    expect(bins.map(({ n }) => n)).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 2]);
  });

  it('refuse a number of bins that is none', () => {
    for (const bins of [0, 1.5, Number.NaN]) expect(() => reliabilityBins(simulate('bad', 30), { bins })).toThrow(coded('NUMERIC_DOMAIN'));
  });
});

describe('all measures', () => {
  it('count events in whole numbers whatever the number of rows', () => {
    for (let n = 20; n < 120; n++) {
      for (const events of [7, 13, 15]) {
        const outcome = Float64Array.from({ length: n }, (_, row) => (row < events ? 1 : 0));
        expect(measureProbabilities({ predicted: outcome.map(() => 0.5), outcome }, { draws: 20 }).events).toBe(events);
      }
    }
  });

  it('take weights as repeated rows, in any order', () => {
    fc.assert(
      fc.property(drawnRows, (rows) => {
        const weighted = measureProbabilities(columnsOf(rows), { draws: 20 });
        const repeated = measureProbabilities(columnsOf(repeat(rows).reverse()), { draws: 20 });
        // Sums of a weight times a value and of the value so many times differ by rounding, roots of them by its root.
        expect(repeated).toEqual(nearly(weighted));
      }),
      { numRuns: 40 },
    );
  });

  it('are plain numbers or null, however odd the rows', () => {
    const odd: CalibrationRows[] = [
      { predicted: Float64Array.of(0, 1, 0.5), outcome: Float64Array.of(1, 0, 1) },
      { predicted: Float64Array.of(0, 0, 0), outcome: Float64Array.of(0, 0, 0) },
      { predicted: Float64Array.of(0.3), outcome: Float64Array.of(1) },
    ];
    for (const rows of odd) {
      for (const report of [measureProbabilities(rows), measureMeans(rows)]) {
        expect(JSON.parse(JSON.stringify(report))).toEqual(report); // NaN and infinity would come back as null
      }
    }
    expect(measureProbabilities(odd[1]!)).toMatchObject({ brier: { skill: null }, spiegelhalter: null, kuiper: null, line: null });
    expect(measureMeans(odd[1]!)).toMatchObject({ observedOverExpected: null, normalisedGini: null });
  });

  it('refuse no rows and NaN with a code', () => {
    const empty = { predicted: new Float64Array(), outcome: new Float64Array() };
    const broken = { predicted: Float64Array.of(0.2, Number.NaN), outcome: Float64Array.of(0, 1) };
    for (const measure of [
      measureProbabilities,
      measureMeans,
      brierParts,
      calibrationLine,
      spiegelhalterTest,
      decileLift,
      normalisedGini,
    ]) {
      expect(() => measure(empty)).toThrow(coded('CALIBRATION_TOO_FEW'));
      expect(() => measure(broken)).toThrow(coded('NUMERIC_DOMAIN'));
    }
    expect(() => debiasedCalibrationError(simulate('draws', 50), { draws: 5 })).toThrow(coded('NUMERIC_DOMAIN'));
    expect(() => debiasedCalibrationError(simulate('level', 50), { level: 1 })).toThrow(coded('NUMERIC_DOMAIN'));
  });
});

describe('the Brier score', () => {
  it('is the sum of its parts', () => {
    fc.assert(
      fc.property(drawnRows, fc.integer({ min: 1, max: 8 }), fc.constantFrom('mass', 'width'), (rows, bins, by) => {
        const parts = brierParts(columnsOf(rows), { by, bins });
        const sum = parts.reliability - parts.resolution + parts.uncertainty + parts.withinBinVariance - parts.withinBinCovariance;
        expect(parts.brier).toBeCloseTo(sum, 13);
      }),
    );
  });

  it('has a skill of 0 for the share of all, and 1 for the outcome itself', () => {
    const { outcome } = simulate('skill', 200);
    const share = outcome.reduce((total, own) => total + own, 0) / 200;
    expect(brierParts({ predicted: new Float64Array(200).fill(share), outcome }).skill).toBeCloseTo(0, 12);
    expect(brierParts({ predicted: outcome, outcome }).skill).toBe(1);
  });
});

describe('the calibration error', () => {
  it('is 0.1 for two halves that are off by 0.1', () => {
    // 40 rows at 0.3 of which 20 % happen, 40 at 0.6 of which 70 % happen
    const predicted = Float64Array.from({ length: 80 }, (_, row) => (row < 40 ? 0.3 : 0.6));
    const outcome = Float64Array.from({ length: 80 }, (_, row) => (row < 8 || (row >= 40 && row < 68) ? 1 : 0));
    const bins = reliabilityBins({ predicted, outcome });
    expect(expectedCalibrationError(bins)).toBeCloseTo(0.1, 12);
    expect(maximumCalibrationError(bins)).toBeCloseTo(0.1, 12);
    // by hand: 0.1² − ½·0.2·0.8/39 − ½·0.7·0.3/39
    expect(debiasedSquaredGap(bins)).toBeCloseTo(0.01 - 0.16 / 78 - 0.21 / 78, 12);
  });

  it('is right in the mean only when debiased', () => {
    const runs = Array.from({ length: 60 }, (_, run) => reliabilityBins(simulate(`right ${run}`, 200), { bins: 10 }));
    const mean = (of: (bins: (typeof runs)[number]) => number): number => runs.reduce((total, bins) => total + of(bins), 0) / runs.length;
    // Bins of 20 rows are off by 0.08 on average by chance alone; squared that is 0.01, and its mean over 60 runs errs by 0.0006.
    expect(mean(expectedCalibrationError)).toBeGreaterThan(0.06);
    expect(Math.abs(mean(debiasedSquaredGap))).toBeLessThan(0.002);
  });

  it('has an interval that holds the truth about as often as it says', () => {
    // The error of 200,000 rows stands for the truth.
    const truth = debiasedCalibrationError(simulate('truth', 200_000, 1, 0.5), { bins: 10, draws: 20 }).value;
    let held = 0;
    for (let run = 0; run < 50; run++) {
      const { low, high } = debiasedCalibrationError(simulate(`held ${run}`, 500, 1, 0.5), { bins: 10, draws: 100 });
      if (low <= truth && truth <= high) held++;
    }
    expect(held).toBeGreaterThanOrEqual(43); // of 50 at 95 %: fewer has a probability of 1 %
  });

  it('of two predictions differs, with an interval away from 0 where calibrating helps', () => {
    const { predicted, outcome, truth } = simulate('gain', 2000, 2, 0.8);
    const gain = calibrationGain({ predicted, outcome }, truth, { draws: 100 });
    expect(gain.before).toBeGreaterThan(0.1);
    expect(gain.high).toBeLessThan(0);
    const nothing = calibrationGain({ predicted: truth, outcome }, truth, { draws: 50 });
    expect(nothing).toMatchObject({ difference: 0, low: 0, high: 0 });
    expect(() => calibrationGain({ predicted, outcome }, truth.subarray(1))).toThrow(coded('NUMERIC_DOMAIN'));
  });
});

describe('the calibration line', () => {
  it('finds how predictions were distorted, within three standard errors', () => {
    // predicted odds = 2·true + 0.6, so true = ½·predicted − 0.3
    const line = calibrationLine(simulate('line', 20_000, 2, 0.6));
    expect(Math.abs((line?.slope.value ?? 0) - 0.5)).toBeLessThan(3 * (line?.slope.standardError ?? 0));
    expect(Math.abs((line?.intercept.value ?? 0) + 0.3)).toBeLessThan(3 * (line?.intercept.standardError ?? 0));
    expect(line?.slope.standardError).toBeLessThan(0.02);
  });

  it('is right in the large for a rate that is right', () => {
    // A single prediction off by a shift of log-odds: the shift is what has to be added.
    const predicted = Float64Array.of(0.2, 0.2, 0.2, 0.2, 0.2000001);
    const line = calibrationLine({ predicted, outcome: Float64Array.of(1, 0, 1, 0, 0) });
    expect(line?.inTheLarge.value).toBeCloseTo(logit(0.4) - logit(0.2), 3);
    expect(line?.observedOverExpected).toBeCloseTo(2, 5);
  });
});

describe('tests of calibration', () => {
  it('reject right predictions about as often as their level says', () => {
    for (const test of [spiegelhalterTest, kolmogorovSmirnovTest, kuiperTest]) {
      let rejections = 0;
      for (let run = 0; run < 200; run++) if ((test(simulate(`level ${run}`, 400))?.p ?? 1) < 0.1) rejections++;
      expect(rejections).toBeGreaterThan(7); // of 200 at 10 %: 20 ± 4.2
      expect(rejections).toBeLessThan(34);
    }
  });

  it('reject predictions that are too sure', () => {
    const rows = simulate('sure', 2000, 2);
    for (const test of [spiegelhalterTest, kolmogorovSmirnovTest, kuiperTest]) expect(test(rows)?.p).toBeLessThan(1e-4);
  });

  it('see equal predictions as one step, whatever the order of outcomes', () => {
    const predicted = new Float64Array(6).fill(0.5);
    expect(cumulativeDifferences({ predicted, outcome: Float64Array.of(1, 1, 1, 0, 0, 0) })).toEqual([0, 0]);
  });
});

describe('weights', () => {
  const rows = simulate('weights', 200, 1.5);
  const scaled = (by: number): CalibrationRows => ({ ...rows, weight: rows.predicted.map(() => by) });

  it('that are shares of a whole put rows into the bins that counting them does', () => {
    const counted = reliabilityBins(rows, { bins: 8 });
    for (const by of [1 / 200, 0.1, 1 / 3]) {
      const shares = reliabilityBins(scaled(by), { bins: 8 });
      expect(shares.map(({ low, high }) => [low, high])).toEqual(counted.map(({ low, high }) => [low, high]));
    }
  });

  it('of more rows than could be drawn are refused where rows are drawn, and measured elsewhere', () => {
    expect(() => debiasedCalibrationError(scaled(1e12))).toThrow(/weights count rows, and add up to 2/);
    expect(() => binnedDiagram(scaled(1e12))).toThrow(coded('NUMERIC_DOMAIN'));
    expect(() => corpDiagram(scaled(1e12))).toThrow(coded('NUMERIC_DOMAIN'));
    expect(brierParts(scaled(1e12)).brier).toBeCloseTo(brierParts(rows).brier, 12);
  });
});

describe('classwise error', () => {
  it('is the error of each class against the others', () => {
    const { predicted, outcome } = simulate('two classes', 400, 2);
    const both = classwiseError({ probability: [predicted.map((own) => 1 - own), predicted], label: outcome });
    const own = expectedCalibrationError(reliabilityBins({ predicted, outcome }));
    expect(both.classes[1]).toBeCloseTo(own, 12);
    expect(both.maximum).toBe(Math.max(...both.classes));
    expect(both.confidence).toBeGreaterThan(0.05);
  });

  it('refuses labels and probabilities that are none', () => {
    const half = Float64Array.of(0.5);
    const two = Float64Array.of(0.5, 0.4);
    expect(() => classwiseError({ probability: [two, two], label: [0] })).toThrow(/column 0 has 2, for 1 labels/);
    expect(() => classwiseError({ probability: [half], label: [0] })).toThrow(coded('NUMERIC_DOMAIN'));
    expect(() => classwiseError({ probability: [half, half], label: [2] })).toThrow(/0 to 1; found 2/);
    expect(() => classwiseError({ probability: [half, Float64Array.of(0.4)], label: [0] })).toThrow(/add up to 1/);
    expect(() => classwiseError({ probability: [new Float64Array(), new Float64Array()], label: [] })).toThrow(
      coded('CALIBRATION_TOO_FEW'),
    );
  });
});

describe('counts and money', () => {
  const rng = makeRng('counts');
  const predicted = Float64Array.from({ length: 1000 }, () => 3 * rng.exponential());
  const outcome = predicted.map((own) => rng.poisson(own));

  it('have a least Poisson deviance at the mean, and the negative binomial tends to it', () => {
    const at = (scale: number): number => poissonDeviance({ predicted: predicted.map((own) => scale * own), outcome });
    expect(at(1)).toBeLessThan(at(0.9));
    expect(at(1)).toBeLessThan(at(1.1));
    expect(negativeBinomialDeviance({ predicted, outcome }, 1e8)).toBeCloseTo(at(1), 5);
    expect(poissonDeviance({ predicted: Float64Array.of(0), outcome: Float64Array.of(0) })).toBeLessThan(1e-8);
    expect(() => negativeBinomialDeviance({ predicted, outcome }, 0)).toThrow(coded('NUMERIC_DOMAIN'));
  });

  it('have deciles that add up to everything', () => {
    const bins = decileLift({ predicted, outcome });
    expect(bins.map(({ n }) => n)).toEqual(Array(10).fill(100));
    expect(bins[9]?.cumulativeShare).toBe(1);
    expect(bins[0]?.lift).toBeGreaterThan(2);
    expect(bins.reduce((total, { lift }) => total + (lift ?? 0), 0)).toBeCloseTo(10, 12);
    expect(bins[0]?.observedOverExpected).toBeCloseTo(1, 1);
  });

  it('have a normalised Gini of 1 in their own order, −1 reversed, 0 when all are foretold alike', () => {
    expect(normalisedGini({ predicted: outcome, outcome })).toBe(1);
    expect(normalisedGini({ predicted: outcome.map((own) => 100 - own), outcome })).toBeCloseTo(-1, 12);
    expect(normalisedGini({ predicted: new Float64Array(1000), outcome })).toBeCloseTo(0, 12);
    // 4 customers, by hand: the Lorenz curve of 0 0 1 3 against that of 0 1 0 3
    const gini = normalisedGini({ predicted: Float64Array.of(1, 2, 3, 4), outcome: Float64Array.of(0, 1, 0, 3) });
    expect(gini).toBeCloseTo((1 - (2 * (0 + 1 / 8 + 2 / 8 + 5 / 8)) / 4) / (1 - (2 * (0 + 0 + 1 / 8 + 5 / 8)) / 4), 12);
  });

  it('have a ratio with an interval', () => {
    const { observedOverExpected } = measureMeans({ predicted: predicted.map((own) => own / 2), outcome }, { draws: 100 });
    expect(observedOverExpected?.low).toBeLessThan(2);
    expect(observedOverExpected?.high).toBeGreaterThan(2);
    expect(observedOverExpected?.low).toBeGreaterThan(1.7);
  });
});
