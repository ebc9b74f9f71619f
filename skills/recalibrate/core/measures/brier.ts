/** Squared error of probabilities, what it is made of, and the loss in logarithms. */
import { log, sumOf } from '../../../sdk/numeric/index.ts';
import { awayFromEdges } from '../calibrators/log-odds.ts';
import type { CalibrationRows } from '../calibrators/rows.ts';
import { type Binning, cutRows, summarise } from './bins.ts';
import { meanOver, sortRows } from './sorted-rows.ts';

/** `brier` = reliability − resolution + uncertainty + withinBinVariance − withinBinCovariance, exactly. */
export interface BrierParts {
  readonly brier: number;
  /** Mean squared gap between predicted and observed of a bin: less is better. */
  readonly reliability: number;
  /** How far the bins' shares lie from the share of all: more is better. */
  readonly resolution: number;
  /** Of the outcome itself: share · (1 − share). */
  readonly uncertainty: number;
  /** What predictions that differ within a bin add. */
  readonly withinBinVariance: number;
  /** Twice how predictions and outcomes go together within bins. */
  readonly withinBinCovariance: number;
  /** 1 − brier / uncertainty; 0 is as good as foretelling the share of all, `null` where all or none happened. */
  readonly skill: number | null;
  readonly bins: number;
}

/**
 * @throws {CohortiumError} CALIBRATION_TOO_FEW, NUMERIC_DOMAIN for rows that cannot be used
 * @see Murphy (1973), "A new vector partition of the probability score"; Stephenson, Coelho & Jolliffe (2008), eq. 9
 */
export function brierParts(rows: CalibrationRows, binning: Binning = {}): BrierParts {
  const sorted = sortRows(rows, 'probability');
  const share = meanOver(sorted, (_, outcome) => outcome);
  const cut = cutRows(sorted, binning).map((run) => ({ ...run, ...summarise(sorted, run) }));
  const mean = (of: (bin: (typeof cut)[number]) => number): number => sumOf(cut.length, (at) => (cut[at] ? of(cut[at]) : 0)) / sorted.n;
  const within = (bin: (typeof cut)[number], term: (predicted: number, outcome: number) => number): number =>
    sumOf(bin.to - bin.from, (at) => {
      const row = bin.from + at;
      return (sorted.weight[row] ?? 0) * term((sorted.predicted[row] ?? 0) - bin.meanPredicted, (sorted.outcome[row] ?? 0) - bin.observed);
    });
  const brier = meanOver(sorted, squaredError);
  const uncertainty = share * (1 - share);
  return {
    brier,
    reliability: mean((bin) => bin.n * squaredError(bin.meanPredicted, bin.observed)),
    resolution: mean((bin) => bin.n * squaredError(bin.observed, share)),
    uncertainty,
    withinBinVariance: mean((bin) => within(bin, (off) => off * off)),
    withinBinCovariance: mean((bin) => within(bin, (off, came) => 2 * off * came)),
    skill: uncertainty > 0 ? 1 - brier / uncertainty : null,
    bins: cut.length,
  };
}

/** Mean of (predicted − outcome)². */
export function brierScore(rows: CalibrationRows): number {
  return meanOver(sortRows(rows, 'probability'), squaredError);
}

/** Mean of −ln of the probability given to what came; predictions are kept 1e-6 from 0 and 1. */
export function logLoss(rows: CalibrationRows): number {
  return meanOver(sortRows(rows, 'probability'), logError);
}

export function squaredError(predicted: number, outcome: number): number {
  return (predicted - outcome) * (predicted - outcome);
}

export function logError(predicted: number, outcome: number): number {
  const p = awayFromEdges(predicted);
  return -(outcome === 1 ? log(p) : log(1 - p));
}
