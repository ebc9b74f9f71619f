/**
 * Bayesian binning into quantiles: many histograms of equally filled bins, averaged by how well each explains the outcomes.
 * No shape is assumed, nor that the map rises; it is a step function, so ranks within a step are lost.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { betaln, exp, log, sum } from '../../../sdk/numeric/index.ts';
import { makeCalibrator } from './calibrator.ts';
import { awayFromEdges } from './log-odds.ts';
import { massBins, type TallyBin } from './mass-bins.ts';
import type { Tallies } from './rows.ts';

export interface BbqModel {
  readonly kind: 'bbq';
  /** Where the steps begin, ascending from 0. */
  readonly from: readonly number[];
  /** Averaged probability of each step. */
  readonly probability: readonly number[];
  /** Histograms with a weight of at least a millionth, by number of bins. */
  readonly histograms: readonly { readonly bins: number; readonly weight: number }[];
  readonly n: number;
}

export interface BbqConfig {
  /** `beta-binomial`, the marginal likelihood of the paper, by default; `bic` is the likelihood less ½·bins·ln n. */
  readonly score?: 'beta-binomial' | 'bic';
  /** The numbers of bins tried are n^⅓ divided by this to n^⅓ times this; default 10, at least 1. */
  readonly spread?: number;
}

interface Histogram {
  readonly from: readonly number[];
  readonly probability: readonly number[];
  readonly logScore: number;
}

/** A histogram of less weight than this changes no digit that counts. */
const leastWeight = 1e-6;

/** @see Naeini, Cooper & Hauskrecht (2015), "Obtaining well calibrated probabilities using Bayesian binning", eq. 1 to 3 */
export const bbq = makeCalibrator<BbqConfig, BbqModel>({
  id: 'bbq',
  target: 'probability',
  complexity: 5,
  isMonotone: false,
  needsBothClasses: true,
  fitTallies: ({ score = 'beta-binomial', spread = 10 }, tallies) => {
    if (!(spread >= 1)) throw new CohortiumError('NUMERIC_DOMAIN', `the spread of the numbers of bins is at least 1; found ${spread}`);
    const n = sum(tallies.weight);
    // Ties are never cut, so asking for more bins may give the same ones.
    const divisions = new Map(
      binCounts(n, tallies.predicted.length, spread).map((bins) => {
        const found = massBins(tallies.weight, bins);
        return [found.map(({ to }) => to).join(), found] as const;
      }),
    );
    const histograms = [...divisions.values()].map((bins) => histogramOf(tallies, bins, score));
    return { kind: 'bbq', ...averaged(histograms), n };
  },
  mapOf:
    ({ from, probability }) =>
    (predicted) =>
      probability[stepAt(from, predicted)] ?? 0,
});

/** Whole numbers from ⌊n^⅓ / spread⌋, at least one, to ⌈spread · n^⅓⌉, at most one per distinct prediction. */
function binCounts(n: number, distinct: number, spread: number): number[] {
  let least = 1;
  while (cube((least + 1) * spread) <= n) least++;
  let most = least;
  while (cube(most) < cube(spread) * n && most < distinct) most++;
  return Array.from({ length: most - least + 1 }, (_, at) => least + at);
}

function cube(value: number): number {
  return value * value * value;
}

function histogramOf({ predicted, weight, total }: Tallies, bins: readonly TallyBin[], score: 'beta-binomial' | 'bic'): Histogram {
  const from = bins.map((bin, at) => (at === 0 ? 0 : between(predicted[bin.from - 1] ?? 0, predicted[bin.from] ?? 0)));
  const size = sum(weight);
  let logScore = score === 'bic' ? -0.5 * bins.length * log(size) : 0;
  const probability = bins.map((bin, at) => {
    const n = sum(weight.subarray(bin.from, bin.to));
    const events = Math.min(n, sum(total.subarray(bin.from, bin.to)));
    // N′ = 2B pseudo-rows in all, so two for each bin, with the middle of the bin as their mean.
    // Away from 0 and 1, where a step between neighbouring numbers would have them: a prior of no mass on one side has no density.
    const middle = awayFromEdges(((from[at] ?? 0) + (from[at + 1] ?? 1)) / 2);
    const [alpha, other] = [2 * middle, 2 * (1 - middle)];
    logScore += score === 'bic' ? logLikelihood(events, n) : betaln(events + alpha, n - events + other) - betaln(alpha, other);
    return (events + alpha) / (n + 2);
  });
  return { from, probability, logScore };
}

/** Half-way, and above the lower one where no number lies between. */
function between(lower: number, upper: number): number {
  const middle = (lower + upper) / 2;
  return middle > lower ? middle : upper;
}

function logLikelihood(events: number, n: number): number {
  const part = (count: number): number => (count > 0 ? count * log(count / n) : 0);
  return part(events) + part(n - events);
}

function averaged(all: readonly Histogram[]): Omit<BbqModel, 'kind' | 'n'> {
  const best = Math.max(...all.map(({ logScore }) => logScore));
  const mass = sum(all.map(({ logScore }) => exp(logScore - best)));
  const kept = all.map((own) => ({ ...own, weight: exp(own.logScore - best) / mass })).filter(({ weight }) => weight >= leastWeight);
  const keptMass = sum(kept.map(({ weight }) => weight));
  const from = [...new Set(kept.flatMap((own) => own.from))].sort((a, b) => a - b);
  const parts = kept.map(({ from: steps, probability, weight }) => ({ steps, probability, weight: weight / keptMass }));
  return {
    from,
    probability: from.map((start) => sum(parts.map((own) => own.weight * (own.probability[stepAt(own.steps, start)] ?? 0)))),
    histograms: parts.map(({ steps, weight }) => ({ bins: steps.length, weight })),
  };
}

/** Last step that begins at or before a value. */
function stepAt(from: readonly number[], value: number): number {
  let low = 0;
  let high = from.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((from[middle] ?? 0) <= value) low = middle;
    else high = middle;
  }
  return low;
}
