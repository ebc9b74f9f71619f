/**
 * Calibrators, measures and multiple comparisons against scikit-learn, LibSVM, MAPIE, statsmodels and R, as the oracle file and
 * its notes hold them. Needs ../shared for the file, and skips those, saying so, without it; what fits on a line is here.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import {
  adjustPValues,
  brierParts,
  brierScore,
  brownianMaximumTail,
  brownianRangeTail,
  type CalibrationRows,
  type ComparisonMethod,
  cumulativeDifferences,
  debiasedSquaredGap,
  expectedCalibrationError,
  fitPlattScores,
  isotonic,
  isotonicMean,
  kolmogorovSmirnovTest,
  kuiperTest,
  logLoss,
  maximumCalibrationError,
  platt,
  poissonDeviance,
  rejected,
  reliabilityBins,
  rootMeanSquaredCalibrationError,
  spiegelhalterTest,
  temperature,
} from '../../skills/recalibrate/core/index.ts';

const file = join(import.meta.dirname, '..', '..', '..', 'shared', 'vectors', 'gate-oracles.json');
const isAbsent = !existsSync(file);

interface Vector {
  readonly y: readonly number[];
  readonly p: readonly number[];
  readonly brier: number;
  readonly logloss: number;
  readonly ece10_equal_width: number;
  readonly mce10: number;
  readonly rmsce10: number;
  readonly ace10_equal_mass: number;
  readonly spiegelhalter_z: number;
  readonly spiegelhalter_p: number;
  readonly murphy10: Readonly<
    Record<'reliability' | 'resolution' | 'uncertainty' | 'within_bin_variance' | 'within_bin_covariance', number>
  >;
  readonly expected_mapie: Readonly<Record<string, number>>;
}

interface Oracles {
  readonly multiple: Readonly<Record<string, { readonly adjusted: readonly number[]; readonly reject: readonly boolean[] }>> & {
    readonly p: readonly number[];
  };
  readonly bh_1995_table: {
    readonly p: readonly number[];
    readonly bonferroni_rejections: number;
    readonly bh_rejections: number;
    readonly hochberg_rejections: number;
  };
  readonly calibration_mapie_uncalibrated: Vector;
  readonly calibration_mapie_calibrated: Vector;
  readonly platt_libsvm: Readonly<Record<'A_libsvm' | 'B_libsvm' | 'A_sklearn' | 'B_sklearn', number>> & {
    readonly f: readonly number[];
    readonly y: readonly number[];
  };
  readonly platt_on_mapie_calibrated_logits: { readonly AB: readonly [number, number] };
  readonly isotonic_on_mapie_calibrated: {
    readonly x_thresholds: readonly number[];
    readonly y_thresholds: readonly number[];
    readonly pred_at: readonly (readonly [number, number])[];
  };
  readonly isotonic_sklearn_docs: {
    readonly y: readonly number[];
    readonly pava: readonly number[];
    readonly weighted: Readonly<Record<'x' | 'y' | 'w' | 'expected', readonly number[]>>;
  };
  readonly temperature_on_mapie_calibrated_logits: { readonly T: number; readonly nll: number };
  readonly calibration_curve: { readonly prob_true: readonly number[]; readonly prob_pred: readonly number[] };
  readonly p_lambda_binary_ce: Readonly<Record<'p' | 'y', readonly number[]>> & { readonly l1: number; readonly l2: number };
  readonly pit_count_nonrandomised_poisson: Readonly<Record<'y' | 'lam', readonly number[]>> & { readonly mean_poisson_deviance: number };
}

const rowsOf = (predicted: readonly number[], outcome: readonly number[], weight?: readonly number[]): CalibrationRows => ({
  predicted: Float64Array.from(predicted),
  outcome: Float64Array.from(outcome),
  ...(weight && { weight: Float64Array.from(weight) }),
});
/** The wanted numbers, each to so many digits after the point. */
const near = (wanted: readonly number[], digits: number): unknown[] => wanted.map((value) => expect.closeTo(value, digits) as unknown);

describe.skipIf(isAbsent)('the oracle file (skipped where ../shared is absent)', () => {
  const oracles = (isAbsent ? {} : JSON.parse(readFileSync(file, 'utf8'))) as Oracles; // a fixed file

  describe.each(['calibration_mapie_uncalibrated', 'calibration_mapie_calibrated'] as const)('%s', (name) => {
    const vector = isAbsent ? ({ y: [], p: [] } as unknown as Vector) : oracles[name];
    const rows = rowsOf(vector.p, vector.y);

    it('has the errors and scores of the file', () => {
      const width = reliabilityBins(rows, { by: 'width', bins: 10 });
      expect(brierScore(rows)).toBeCloseTo(vector.brier, 14);
      expect(logLoss(rows)).toBeCloseTo(vector.logloss, 14);
      expect(expectedCalibrationError(width)).toBeCloseTo(vector.ece10_equal_width, 14);
      expect(maximumCalibrationError(width)).toBeCloseTo(vector.mce10, 14);
      expect(rootMeanSquaredCalibrationError(width)).toBeCloseTo(vector.rmsce10, 14);
      expect(expectedCalibrationError(reliabilityBins(rows, { bins: 10 }))).toBeCloseTo(vector.ace10_equal_mass, 14);
    });

    it('has the Murphy decomposition of the file, within-bin terms and all', () => {
      const parts = brierParts(rows, { by: 'width', bins: 10 });
      const { murphy10 } = vector;
      expect(parts.reliability).toBeCloseTo(murphy10.reliability, 14);
      expect(parts.resolution).toBeCloseTo(murphy10.resolution, 14);
      expect(parts.uncertainty).toBeCloseTo(murphy10.uncertainty, 14);
      expect(parts.withinBinVariance).toBeCloseTo(murphy10.within_bin_variance, 14);
      expect(parts.withinBinCovariance).toBeCloseTo(murphy10.within_bin_covariance, 14);
    });

    it('has the two-sided Spiegelhalter test of the file', () => {
      const test = spiegelhalterTest(rows);
      expect(test?.statistic).toBeCloseTo(vector.spiegelhalter_z, 12);
      expect((test?.p ?? 0) / vector.spiegelhalter_p).toBeCloseTo(1, 10);
    });
  });

  it('has the statistics and p-values of MAPIE, whose Spiegelhalter test is one-sided', () => {
    const { y, p, expected_mapie: wrong } = oracles.calibration_mapie_uncalibrated;
    const sure = rowsOf(p, y);
    expect(spiegelhalterTest(sure)?.statistic).toBeCloseTo(wrong['spiegelhalter'] ?? 0, 6);
    expect(kolmogorovSmirnovTest(sure)?.statistic).toBeCloseTo(wrong['ks_stat'] ?? 0, 6);
    // MAPIE takes the range of the sums after the first row; ours counts the start at 0, as the distribution does.
    const [, ...sums] = cumulativeDifferences(sure) ?? [];
    expect(Math.max(...sums) - Math.min(...sums)).toBeCloseTo(wrong['kuiper_stat'] ?? 0, 6);
    expect(kuiperTest(sure)?.statistic).toBeCloseTo(Math.max(...sums, 0) - Math.min(...sums, 0), 12);

    const { expected_mapie: right, ...fair } = oracles.calibration_mapie_calibrated;
    const calibrated = rowsOf(fair.p, fair.y);
    expect((spiegelhalterTest(calibrated)?.p ?? 0) / 2).toBeCloseTo(right['spiegelhalter_p'] ?? 0, 6);
    expect(kolmogorovSmirnovTest(calibrated)?.p).toBeCloseTo(right['ks_p'] ?? 0, 4);
    expect(kuiperTest(calibrated)?.p).toBeCloseTo(right['kuiper_p'] ?? 0, 6);
  });

  it('has the Platt lines of LibSVM and scikit-learn', () => {
    const { f, y, A_libsvm: a, B_libsvm: b, A_sklearn: own, B_sklearn: other } = oracles.platt_libsvm;
    const order = [1, 2, 0];
    const scores = {
      predicted: Float64Array.from(order, (row) => f[row] ?? 0),
      weight: Float64Array.of(1, 1, 1),
      total: Float64Array.from(order, (row) => (y[row] === 1 ? 1 : 0)),
    };
    // LibSVM stops at a gradient of 1e-5, and so do we when asked to.
    const loose = fitPlattScores(scores, { tolerance: 1e-5 });
    expect(-loose.slope).toBeCloseTo(a, 14);
    expect(-loose.intercept).toBeCloseTo(b, 14);
    const tight = fitPlattScores(scores);
    expect(-tight.slope).toBeCloseTo(own, 6);
    expect(-tight.intercept).toBeCloseTo(other, 6);
  });

  it('has the Platt line and the temperature of scikit-learn on log-odds', () => {
    const { p, y } = oracles.calibration_mapie_calibrated;
    const rows = rowsOf(p, y);
    const line = platt.fit({}, rows);
    const [a, b] = oracles.platt_on_mapie_calibrated_logits.AB;
    expect(-line.slope).toBeCloseTo(a, 6);
    expect(-line.intercept).toBeCloseTo(b, 6);
    const { T, nll } = oracles.temperature_on_mapie_calibrated_logits;
    const model = temperature.fit({}, rows);
    expect(model.temperature).toBeCloseTo(T, 6);
    expect(logLoss({ ...rows, predicted: temperature.predict(model, rows.predicted) })).toBeCloseTo(nll, 12);
  });

  it('has the isotonic thresholds and predictions of scikit-learn', () => {
    const { p, y } = oracles.calibration_mapie_calibrated;
    const { x_thresholds: x, y_thresholds: levels, pred_at: points } = oracles.isotonic_on_mapie_calibrated;
    const model = isotonic.fit({}, rowsOf(p, y));
    expect(model.x).toEqual(x);
    expect(Array.from(model.y)).toEqual(near(levels, 14));
    expect(
      Array.from(
        isotonic.predict(
          model,
          Float64Array.from(points, ([at]) => at),
        ),
      ),
    ).toEqual(
      near(
        points.map(([, value]) => value),
        14,
      ),
    );
  });

  it('has the pools of the scikit-learn documentation, weighted and not', () => {
    const { y, pava, weighted } = oracles.isotonic_sklearn_docs;
    const at = y.map((_, row) => row + 1);
    expect(Array.from(isotonicMean.predict(isotonicMean.fit({}, rowsOf(at, y)), Float64Array.from(at)))).toEqual(near(pava, 14));
    const model = isotonicMean.fit({}, rowsOf(weighted.x, weighted.y, weighted.w));
    expect(Array.from(isotonicMean.predict(model, Float64Array.from(weighted.x)))).toEqual(near(weighted.expected, 12));
  });

  it('has the errors of verified calibration', () => {
    const { p, y, l1, l2 } = oracles.p_lambda_binary_ce;
    const bins = reliabilityBins(rowsOf(p, y), { bins: 2 });
    expect(expectedCalibrationError(bins)).toBeCloseTo(l1, 14);
    expect(rootMeanSquaredCalibrationError(bins)).toBeCloseTo(l2, 14);
    expect(debiasedSquaredGap(bins)).toBeCloseTo(0, 15); // the file has its root, 4e-9, which is rounding
  });

  it('has the calibration curve of scikit-learn', () => {
    const bins = reliabilityBins(rowsOf([0, 0.1, 0.2, 0.8, 0.9, 1], [0, 0, 0, 1, 1, 1]), { by: 'width', bins: 2 });
    expect(Array.from(bins.map(({ observed }) => observed))).toEqual(near(oracles.calibration_curve.prob_true, 14));
    expect(Array.from(bins.map(({ meanPredicted }) => meanPredicted))).toEqual(near(oracles.calibration_curve.prob_pred, 14));
  });

  it('has the Poisson deviance of scikit-learn', () => {
    const { y, lam, mean_poisson_deviance: deviance } = oracles.pit_count_nonrandomised_poisson;
    expect(poissonDeviance(rowsOf(lam, y))).toBeCloseTo(deviance, 14);
  });

  const names: Readonly<Record<string, ComparisonMethod>> = {
    bonferroni: 'bonferroni',
    holm: 'holm',
    sidak: 'sidak',
    'holm-sidak': 'holm-sidak',
    'simes-hochberg': 'hochberg',
    fdr_bh: 'benjamini-hochberg',
    fdr_by: 'benjamini-yekutieli',
  };

  it.each(Object.entries(names))('has the adjusted p-values of statsmodels: %s', (name, method) => {
    const { p } = oracles.multiple;
    const adjusted = adjustPValues(p, method);
    const wanted = oracles.multiple[name];
    expect(Array.from(adjusted)).toEqual(near(wanted?.adjusted ?? [], 14));
    expect(rejected(adjusted, 0.05)).toEqual(wanted?.reject);
  });

  it('rejects as many as Benjamini and Hochberg did in 1995', () => {
    const { p, ...wanted } = oracles.bh_1995_table;
    const rejections = (method: ComparisonMethod): number => rejected(adjustPValues(p, method), 0.05).filter(Boolean).length;
    expect(rejections('bonferroni')).toBe(wanted.bonferroni_rejections);
    expect(rejections('hochberg')).toBe(wanted.hochberg_rejections);
    expect(rejections('benjamini-hochberg')).toBe(wanted.bh_rejections);
  });
});

describe('figures of peers that fit on a line', () => {
  it('scikit-learn: ties are averaged before pooling', () => {
    const model = isotonicMean.fit({}, rowsOf([0, 1, 1, 2], [0, 1, 2, 3]));
    expect(model).toMatchObject({ x: [0, 1, 2], y: [0, 1.5, 3] });
    expect(Array.from(isotonicMean.predict(model, Float64Array.of(0, 0.5, 1, 1.5, 2)))).toEqual(near([0, 0.75, 1.5, 2.25, 3], 14));
  });

  it('scikit-learn: the curve over quantiles', () => {
    const bins = reliabilityBins(rowsOf([0, 0.1, 0.2, 0.5, 0.9, 1], [0, 0, 0, 0, 1, 1]), { bins: 2 });
    expect(Array.from(bins.flatMap(({ observed, meanPredicted }) => [observed, meanPredicted]))).toEqual(near([0, 0.1, 2 / 3, 0.8], 14));
  });

  it('verified calibration: bins of equal mass, and their plain errors', () => {
    const six = rowsOf([0.3, 0.5, 0.2, 0.3, 0.5, 0.7], [0, 1, 0, 1, 0, 1]);
    const highest = (bins: number): number[] => reliabilityBins(six, { bins }).map(({ high }) => high);
    // Edges there: 0.4, 1.0 and 0.3, 0.5, 1.0.
    expect(highest(2)).toEqual([0.3, 0.7]);
    expect(highest(3)).toEqual([0.3, 0.5, 0.7]);
    const bins = reliabilityBins(rowsOf([0.3, 0.6], [1, 0]), { bins: 2 });
    expect(expectedCalibrationError(bins)).toBeCloseTo(0.65, 14);
    expect(rootMeanSquaredCalibrationError(bins)).toBeCloseTo(0.6519202405, 10);
    expect(debiasedSquaredGap(reliabilityBins(rowsOf([0.3, 0.3, 0.6, 0.6], [1, 0, 0, 1]), { bins: 2 }))).toBeLessThan(0.025);
  });

  it('MAPIE: the distributions of the largest sum and of the range', () => {
    expect(Array.from([1, 2, 3].map((x) => 1 - brownianMaximumTail(x)))).toEqual(near([0.370777, 0.908999, 0.9946], 6));
    expect(Array.from([1, 2, 3].map((x) => 1 - brownianRangeTail(x)))).toEqual(near([0.063365, 0.818506, 0.989201], 6));
    // Both series, where one takes over from the other.
    expect(brownianMaximumTail(1 - 1e-12)).toBeCloseTo(brownianMaximumTail(1), 10);
    expect(brownianRangeTail(2 - 1e-12)).toBeCloseTo(brownianRangeTail(2), 10);
  });

  it('scikit-learn: a logistic model that is right keeps a temperature of 1', () => {
    // The outcome as often as foretold: 1 of 5 at 0.2, 1 of 2 at a half, 4 of 5 at 0.8.
    const rows = rowsOf([0.2, 0.2, 0.5, 0.5, 0.8, 0.8], [1, 0, 1, 0, 1, 0], [1, 4, 1, 1, 4, 1]);
    expect(temperature.fit({}, rows).temperature).toBeCloseTo(1, 9);
  });
});
