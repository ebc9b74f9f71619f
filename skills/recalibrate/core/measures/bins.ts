/** Rows put into bins by what was predicted: of equal width, or of about equal mass with equal predictions kept together. */
import { CohortiumError } from '../../../sdk/errors.ts';
import { sumOf } from '../../../sdk/numeric/index.ts';
import { massBins, type TallyBin } from '../calibrators/mass-bins.ts';
import type { CalibrationRows, Target } from '../calibrators/rows.ts';
import { type SortedRows, sortRows } from './sorted-rows.ts';

export interface ReliabilityBin {
  /** Smallest and largest prediction in the bin. */
  readonly low: number;
  readonly high: number;
  /** Weight of the rows. */
  readonly n: number;
  readonly meanPredicted: number;
  /** Mean outcome: for probabilities the share that happened. */
  readonly observed: number;
}

export interface Binning {
  /** `mass` by default. */
  readonly by?: 'mass' | 'width';
  /** How many at most; by default as many as hold 20 rows each, up to ten. */
  readonly bins?: number;
}

const mostBins = 10;
const leastPerBin = 20;

/**
 * Bins that hold rows, ascending. Equal width divides [0, 1], a bin holds its lower edge, the last one both.
 * @param rows probabilities and what came of them
 * @throws {CohortiumError} CALIBRATION_TOO_FEW, NUMERIC_DOMAIN for rows that cannot be used
 */
export function reliabilityBins(rows: CalibrationRows, binning: Binning = {}, target: Target = 'probability'): ReliabilityBin[] {
  const sorted = sortRows(rows, target);
  return cutRows(sorted, binning).map((bin) => summarise(sorted, bin));
}

/** Bins as runs of sorted rows. */
export function cutRows({ predicted, weight, n }: SortedRows, { by = 'mass', bins = defaultBins(n) }: Binning): TallyBin[] {
  if (!(Number.isInteger(bins) && bins >= 1)) {
    throw new CohortiumError('NUMERIC_DOMAIN', `the number of bins is a whole number ≥ 1; found ${bins}`);
  }
  const starts: number[] = [];
  if (by === 'width') {
    for (let row = 0, last = -1; row < predicted.length; row++) {
      const bin = widthBin(predicted[row] ?? 0, bins);
      if (bin !== last) starts.push(row);
      last = bin;
    }
    return runs(starts, predicted.length);
  }
  for (let row = 0; row < predicted.length; row++) if (row === 0 || predicted[row] !== predicted[row - 1]) starts.push(row);
  const ties = runs(starts, predicted.length);
  const mass = Float64Array.from(ties, ({ from, to }) => sumOf(to - from, (at) => weight[from + at] ?? 0));
  return massBins(mass, bins).map(({ from, to }) => ({ from: ties[from]?.from ?? 0, to: ties[to - 1]?.to ?? 0 }));
}

export function summarise({ predicted, outcome, weight }: SortedRows, { from, to }: TallyBin): ReliabilityBin {
  const n = sumOf(to - from, (at) => weight[from + at] ?? 0);
  const mean = (column: Float64Array): number => sumOf(to - from, (at) => (weight[from + at] ?? 0) * (column[from + at] ?? 0)) / n;
  return { low: predicted[from] ?? 0, high: predicted[to - 1] ?? 0, n, meanPredicted: mean(predicted), observed: mean(outcome) };
}

export function defaultBins(n: number): number {
  return Math.max(1, Math.min(mostBins, Math.floor(n / leastPerBin)));
}

/** Compared with the edges themselves: a product with the number of bins may round across one. */
function widthBin(predicted: number, bins: number): number {
  let bin = Math.min(bins - 1, Math.floor(predicted * bins));
  if (bin > 0 && predicted < bin / bins) bin--;
  if (bin < bins - 1 && predicted >= (bin + 1) / bins) bin++;
  return bin;
}

function runs(starts: readonly number[], end: number): TallyBin[] {
  return starts.map((from, at) => ({ from, to: starts[at + 1] ?? end }));
}
