/**
 * CORP reliability diagram, as data: isotonic regression in place of bins that somebody has to choose, and the Brier score
 * split into what is miscalibrated, what is told apart, and what is uncertain to begin with.
 */
import { isotonicBlocks, sumOf } from '../../../sdk/numeric/index.ts';
import { type CalibrationRows, type Tallies, tallyRows } from '../calibrators/rows.ts';
import { rowsToDraw, weightedRows } from '../measures/bootstrap.ts';
import { brierScore } from '../measures/brier.ts';
import { consistencyRange, type ResamplingOptions } from './foretold-outcomes.ts';

/** A run of predictions that share one recalibrated probability. */
export interface CorpPool {
  /** Smallest and largest prediction of the pool. */
  readonly from: number;
  readonly to: number;
  readonly n: number;
  /** Share that happened, strictly rising from pool to pool. */
  readonly observed: number;
}

/** Plain JSON. `brier` = miscalibration − discrimination + uncertainty. */
export interface CorpDiagram {
  readonly kind: 'corp';
  readonly n: number;
  readonly pools: readonly CorpPool[];
  readonly brier: number;
  /** What recalibrating would gain, ≥ 0 (MCB). */
  readonly miscalibration: number;
  /** What the recalibrated predictions gain over the share of all, ≥ 0 (DSC). */
  readonly discrimination: number;
  /** Brier score of the share of all (UNC). */
  readonly uncertainty: number;
  /** Share of resamples inside the band at each of its points. */
  readonly level: number;
  /** Between which shares the curve would lie if the predictions were right. */
  readonly band: readonly { readonly predicted: number; readonly low: number; readonly high: number }[];
}

const bandPoints = 60;

/**
 * @throws {CohortiumError} CALIBRATION_TOO_FEW, NUMERIC_DOMAIN for rows or options that cannot be used
 * @see Dimitriadis, Gneiting & Jordan (2021), "Stable reliability diagrams for probabilistic classifiers"
 */
export function corpDiagram(rows: CalibrationRows, options: ResamplingOptions = {}): CorpDiagram {
  const tallies = tallyRows(rows, 'probability');
  const { predicted, weight, total } = tallies;
  const n = sumOf(weight.length, (at) => weight[at] ?? 0);
  const blocks = isotonicBlocks(sharesOf(tallies), weight);
  const pools = blocks.map(({ from, to, level, weight: mass }) => ({
    from: predicted[from] ?? 0,
    to: predicted[to - 1] ?? 0,
    n: mass,
    observed: level,
  }));
  const share = sumOf(total.length, (at) => total[at] ?? 0) / n;
  const uncertainty = share * (1 - share);
  const recalibrated = sumOf(pools.length, (at) => (pools[at]?.n ?? 0) * spread(pools[at]?.observed ?? 0)) / n;
  const brier = brierScore(rows);
  return {
    kind: 'corp',
    n,
    pools,
    brier,
    // Rounding may carry a difference of nothing below 0.
    miscalibration: Math.max(0, brier - recalibrated),
    discrimination: Math.max(0, uncertainty - recalibrated),
    uncertainty,
    level: options.level ?? 0.9,
    band: bandOf(tallies, options),
  };
}

function bandOf(tallies: Tallies, options: ResamplingOptions): CorpDiagram['band'] {
  const { predicted, weight } = tallies;
  rowsToDraw(weightedRows(weight));
  const points = [...new Set(Array.from({ length: bandPoints }, (_, at) => Math.round((at * (predicted.length - 1)) / (bandPoints - 1))))];
  const total = new Float64Array(predicted.length);
  const ranges = consistencyRange(points.length, options, (uniform, levels) => {
    for (let at = 0; at < total.length; at++) total[at] = eventsAmong(weight[at] ?? 0, predicted[at] ?? 0, uniform);
    const blocks = isotonicBlocks(sharesOf({ ...tallies, total }), weight);
    let block = 0;
    points.forEach((point, at) => {
      while ((blocks[block]?.to ?? Number.POSITIVE_INFINITY) <= point) block++;
      levels[at] = blocks[block]?.level ?? Number.NaN;
    });
  });
  return points.map((point, at) => ({
    predicted: predicted[point] ?? 0,
    low: ranges[at]?.low ?? 0,
    high: ranges[at]?.high ?? 1,
  }));
}

/** Events among so many rows; what is over whole rows counts as a part of one. */
function eventsAmong(rows: number, probability: number, uniform: () => number): number {
  let events = 0;
  for (let left = rows; left > 0; left -= 1) if (uniform() < probability) events += Math.min(1, left);
  return events;
}

function sharesOf({ weight, total }: Tallies): Float64Array {
  return total.map((own, at) => own / (weight[at] ?? 1));
}

function spread(share: number): number {
  return share * (1 - share);
}
