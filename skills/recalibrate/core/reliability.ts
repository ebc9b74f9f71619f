/**
 * Reliability of probabilities: bins of about equal mass with equal predictions kept together, and the expected
 * calibration error over them. The error of a finite sample is above zero even for a perfect forecast.
 */
import { sum } from '../../sdk/numeric/index.ts';

export interface ReliabilityBin {
  /** Smallest and largest prediction in the bin. */
  readonly low: number;
  readonly high: number;
  readonly n: number;
  readonly meanPredicted: number;
  /** Share of outcomes that happened. */
  readonly observed: number;
}

const mostBins = 10;
const leastPerBin = 20;

/**
 * Bins of equal mass: at most ten, of at least 20 rows where there are that many; a tie is never cut.
 * @param predicted probabilities
 * @param outcome 1 when it happened, else 0
 */
export function reliabilityBins(predicted: ArrayLike<number>, outcome: ArrayLike<number>): ReliabilityBin[] {
  const count = predicted.length;
  const order = Array.from({ length: count }, (_, row) => row).sort((a, b) => (predicted[a] ?? 0) - (predicted[b] ?? 0) || a - b);
  const wanted = Math.max(1, Math.min(mostBins, Math.floor(count / leastPerBin)));
  const bins: ReliabilityBin[] = [];
  let start = 0;
  for (let bin = 1; bin <= wanted && start < count; bin++) {
    let end = Math.max(start + 1, Math.floor((bin * count) / wanted));
    while (end < count && predicted[order[end] ?? 0] === predicted[order[end - 1] ?? 0]) end++;
    const rows = order.slice(start, end);
    bins.push({
      low: predicted[rows[0] ?? 0] ?? 0,
      high: predicted[rows.at(-1) ?? 0] ?? 0,
      n: rows.length,
      meanPredicted: sum(rows.map((row) => predicted[row] ?? 0)) / rows.length,
      observed: sum(rows.map((row) => outcome[row] ?? 0)) / rows.length,
    });
    start = end;
  }
  return bins;
}

/**
 * Expected calibration error: mean over rows of |observed − mean predicted| of their bin.
 * @returns 0 to 1; 0 for no rows
 * @see Naeini, Cooper & Hauskrecht (2015), "Obtaining well calibrated probabilities using Bayesian binning"
 */
export function expectedCalibrationError(bins: readonly ReliabilityBin[]): number {
  const total = sum(bins.map((bin) => bin.n));
  return total === 0 ? 0 : sum(bins.map((bin) => bin.n * Math.abs(bin.observed - bin.meanPredicted))) / total;
}
