/**
 * How far observed shares lie from predictions, bin by bin. The plain errors of a finite sample are above zero even for a
 * perfect forecast; the debiased one is right in the mean. Never judge by a plain error without an interval.
 */
import { sum } from '../../../sdk/numeric/index.ts';
import type { ReliabilityBin } from './bins.ts';

/**
 * Expected calibration error: mean over rows of |observed − mean predicted| of their bin.
 * @returns 0 to 1; 0 for no bins
 * @see Naeini, Cooper & Hauskrecht (2015), "Obtaining well calibrated probabilities using Bayesian binning"
 */
export function expectedCalibrationError(bins: readonly ReliabilityBin[]): number {
  return meanOverBins(bins, gap);
}

/** Root of the mean squared gap, over rows. */
export function rootMeanSquaredCalibrationError(bins: readonly ReliabilityBin[]): number {
  return Math.sqrt(meanSquaredGap(bins));
}

/** The largest gap of any bin: noisy, as small bins count as much as large ones. */
export function maximumCalibrationError(bins: readonly ReliabilityBin[]): number {
  return bins.reduce((most, bin) => Math.max(most, gap(bin)), 0);
}

/** Mean squared gap, over rows. */
export function meanSquaredGap(bins: readonly ReliabilityBin[]): number {
  return meanOverBins(bins, (bin) => gap(bin) * gap(bin));
}

/**
 * Mean squared gap less what chance adds to it, observed·(1 − observed)/(n − 1) per bin: right in the mean, so it may be
 * negative. Bins of fewer than two rows keep what chance adds, since it cannot be told from them.
 * @see Bröcker (2012); Ferro & Fricker (2012); Kumar, Liang & Ma (2019), "Verified uncertainty calibration"
 */
export function debiasedSquaredGap(bins: readonly ReliabilityBin[]): number {
  return meanOverBins(bins, (bin) => gap(bin) * gap(bin) - (bin.n < 2 ? 0 : (bin.observed * (1 - bin.observed)) / (bin.n - 1)));
}

function gap({ observed, meanPredicted }: ReliabilityBin): number {
  return Math.abs(observed - meanPredicted);
}

function meanOverBins(bins: readonly ReliabilityBin[], term: (bin: ReliabilityBin) => number): number {
  const rows = sum(bins.map(({ n }) => n));
  return rows === 0 ? 0 : sum(bins.map((bin) => bin.n * term(bin))) / rows;
}
