/**
 * Reliability diagram by bins, as data: what was foretold against what came, and between which shares each bin would lie if
 * the predictions were right. A bin outside its bar is wrong; one off the diagonal need not be.
 */
import type { CalibrationRows } from '../calibrators/rows.ts';
import { type Binning, cutRows, type ReliabilityBin, summarise } from '../measures/bins.ts';
import { rowsToDraw, weightedRows } from '../measures/bootstrap.ts';
import { expectedCalibrationError } from '../measures/calibration-error.ts';
import { sortRows } from '../measures/sorted-rows.ts';
import { consistencyRange, type ResamplingOptions } from './foretold-outcomes.ts';

export interface DiagramBin extends ReliabilityBin {
  /** Consistency bar: observed shares of resamples in which predictions are right. */
  readonly expectedLow: number;
  readonly expectedHigh: number;
}

/** Plain JSON. */
export interface BinnedDiagram {
  readonly kind: 'binned';
  readonly n: number;
  /** Share of resamples inside the bars. */
  readonly level: number;
  /** Expected calibration error over these bins. */
  readonly ece: number;
  readonly bins: readonly DiagramBin[];
}

/**
 * @throws {CohortiumError} CALIBRATION_TOO_FEW, NUMERIC_DOMAIN for rows or options that cannot be used
 * @see Bröcker & Smith (2007), "Increasing the reliability of reliability diagrams"
 */
export function binnedDiagram(rows: CalibrationRows, options: Binning & ResamplingOptions = {}): BinnedDiagram {
  const sorted = sortRows(rows, 'probability');
  const cut = cutRows(sorted, options);
  const bins = cut.map((run) => summarise(sorted, run));
  const binOf = new Uint32Array(sorted.predicted.length);
  cut.forEach(({ from, to }, bin) => binOf.fill(bin, from, to));
  const mass = weightedRows(sorted.weight);
  const size = rowsToDraw(mass);
  const count = new Float64Array(cut.length);
  const events = new Float64Array(cut.length);
  const ranges = consistencyRange(cut.length, options, (uniform, shares) => {
    count.fill(0);
    events.fill(0);
    for (let at = 0; at < size; at++) {
      const row = mass.rowAt(uniform());
      const bin = binOf[row] ?? 0;
      count[bin] = (count[bin] ?? 0) + 1;
      if (uniform() < (sorted.predicted[row] ?? 0)) events[bin] = (events[bin] ?? 0) + 1;
    }
    for (let bin = 0; bin < shares.length; bin++) if ((count[bin] ?? 0) > 0) shares[bin] = (events[bin] ?? 0) / (count[bin] ?? 1);
  });
  return {
    kind: 'binned',
    n: sorted.n,
    level: options.level ?? 0.9,
    ece: expectedCalibrationError(bins),
    bins: bins.map((bin, at) => ({
      ...bin,
      expectedLow: ranges[at]?.low ?? bin.meanPredicted,
      expectedHigh: ranges[at]?.high ?? bin.meanPredicted,
    })),
  };
}
