/** All measures of a list of predictions at once, as plain JSON: what is kept with a calibration, and what a gate reads. */
import { sumOf } from '../../../sdk/numeric/index.ts';
import type { CalibrationRows } from '../calibrators/rows.ts';
import { type Binning, defaultBins, reliabilityBins } from './bins.ts';
import { bootstrapDraws, type BootstrapInterval, type BootstrapOptions, pivotalInterval } from './bootstrap.ts';
import { type BrierParts, brierParts, logLoss } from './brier.ts';
import { expectedCalibrationError, maximumCalibrationError, rootMeanSquaredCalibrationError } from './calibration-error.ts';
import { type CalibrationLine, calibrationLine } from './calibration-line.ts';
import { type DebiasedError, debiasedCalibrationError } from './debiased-error.ts';
import { poissonDeviance } from './deviance.ts';
import { decileLift, type LiftBin, normalisedGini } from './ranking.ts';
import { meanOver, sortRows } from './sorted-rows.ts';
import { kolmogorovSmirnovTest, kuiperTest, spiegelhalterTest, type TestResult } from './tests.ts';

export interface ProbabilityReport {
  readonly n: number;
  readonly events: number;
  readonly meanPredicted: number;
  readonly brier: BrierParts;
  readonly logLoss: number;
  /** Expected calibration errors over as many bins. */
  readonly eceEqualWidth: number;
  readonly eceEqualMass: number;
  /** Over bins of equal mass, as are the two below. */
  readonly eceDebiased: DebiasedError;
  readonly rootMeanSquaredError: number;
  readonly maximumError: number;
  readonly spiegelhalter: TestResult | null;
  readonly kolmogorovSmirnov: TestResult | null;
  readonly kuiper: TestResult | null;
  readonly line: CalibrationLine | null;
}

/**
 * @throws {CohortiumError} CALIBRATION_TOO_FEW, NUMERIC_DOMAIN for rows that cannot be used
 */
export function measureProbabilities(rows: CalibrationRows, options: Pick<Binning, 'bins'> & BootstrapOptions = {}): ProbabilityReport {
  const sorted = sortRows(rows, 'probability');
  const bins = options.bins ?? defaultBins(sorted.n);
  const mass = reliabilityBins(rows, { bins });
  return {
    n: sorted.n,
    // Not n times their share: 22 · (15 / 22) is no whole number.
    events: sumOf(sorted.outcome.length, (row) => (sorted.weight[row] ?? 0) * (sorted.outcome[row] ?? 0)),
    meanPredicted: meanOver(sorted, (predicted) => predicted),
    brier: brierParts(rows, { bins }),
    logLoss: logLoss(rows),
    eceEqualWidth: expectedCalibrationError(reliabilityBins(rows, { by: 'width', bins })),
    eceEqualMass: expectedCalibrationError(mass),
    eceDebiased: debiasedCalibrationError(rows, { ...options, bins }),
    rootMeanSquaredError: rootMeanSquaredCalibrationError(mass),
    maximumError: maximumCalibrationError(mass),
    spiegelhalter: spiegelhalterTest(rows),
    kolmogorovSmirnov: kolmogorovSmirnovTest(rows),
    kuiper: kuiperTest(rows),
    line: calibrationLine(rows),
  };
}

export interface MeanReport {
  readonly n: number;
  readonly meanPredicted: number;
  readonly meanObserved: number;
  /** Σ observed / Σ expected with a bootstrap interval; null where nothing was expected. */
  readonly observedOverExpected: ({ readonly value: number } & BootstrapInterval) | null;
  readonly poissonDeviance: number;
  readonly deciles: readonly LiftBin[];
  readonly normalisedGini: number | null;
}

/**
 * @throws {CohortiumError} CALIBRATION_TOO_FEW, NUMERIC_DOMAIN for rows that cannot be used
 */
export function measureMeans(rows: CalibrationRows, options: BootstrapOptions = {}): MeanReport {
  const sorted = sortRows(rows, 'mean');
  const meanPredicted = meanOver(sorted, (predicted) => predicted);
  const meanObserved = meanOver(sorted, (_, outcome) => outcome);
  return {
    n: sorted.n,
    meanPredicted,
    meanObserved,
    observedOverExpected: meanPredicted > 0 ? ratio(sorted, meanObserved / meanPredicted, options) : null,
    poissonDeviance: poissonDeviance(rows),
    deciles: decileLift(rows),
    normalisedGini: normalisedGini(rows),
  };
}

function ratio(
  sorted: ReturnType<typeof sortRows>,
  value: number,
  options: BootstrapOptions,
): { readonly value: number } & BootstrapInterval {
  const draws = bootstrapDraws(sorted.weight, options, (drawn) => {
    let [expected, came] = [0, 0];
    for (let row = 0; row < drawn.length; row++) {
      expected += (drawn[row] ?? 0) * (sorted.predicted[row] ?? 0);
      came += (drawn[row] ?? 0) * (sorted.outcome[row] ?? 0);
    }
    return expected > 0 ? came / expected : value;
  });
  const { low, high, level } = pivotalInterval(value, value, draws, options);
  return { value, low: Math.max(0, low), high, level };
}
