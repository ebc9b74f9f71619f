/** Maps from log-odds to calibrated probabilities, learned on rows that the regression did not see. */
import {
  factorCholesky,
  invertCholesky,
  isotonicBlocks,
  logit,
  normalQuantile,
  sigmoid,
  solveCholesky,
  wilsonInterval,
} from '../../../../sdk/numeric/index.ts';
import type { ScoreMap } from './model.ts';
import { tiesOf } from './ties.ts';

/** Rows of the rarer outcome from which isotonic regression has enough to go by. */
const enoughForIsotonic = 1000;

export function fitScoreMap(score: Float64Array, outcome: Uint8Array, level: number, kind?: ScoreMap['kind']): ScoreMap {
  let events = 0;
  for (const own of outcome) events += own;
  const chosen = kind ?? (Math.min(events, outcome.length - events) >= enoughForIsotonic ? 'isotonic' : 'platt');
  return chosen === 'isotonic' ? fitIsotonic(score, outcome, level) : fitPlatt(score, outcome, events);
}

export function probabilityOf(map: ScoreMap, score: number): number {
  return map.kind === 'platt' ? sigmoid(map.intercept + map.slope * score) : between(map.scores, map.probabilities, score);
}

/**
 * Interval of the probability: of the score along the map, and of the map where it stands.
 * @param error standard error of the score
 */
export function intervalOf(map: ScoreMap, score: number, error: number, level: number): { readonly low: number; readonly high: number } {
  const z = normalQuantile((1 + level) / 2);
  if (map.kind === 'platt') {
    const [ofIntercept, ofBoth, ofSlope] = map.covariance;
    const line = map.intercept + map.slope * score;
    const variance = map.slope * map.slope * error * error + ofIntercept + 2 * score * ofBoth + score * score * ofSlope;
    const half = z * Math.sqrt(Math.max(0, variance));
    return { low: sigmoid(line - half), high: sigmoid(line + half) };
  }
  const { scores, probabilities } = map;
  const probability = between(scores, probabilities, score);
  const down = probability - between(scores, probabilities, score - z * error);
  const up = between(scores, probabilities, score + z * error) - probability;
  const below = Math.max(0, probability - between(scores, map.low, score));
  const above = Math.max(0, between(scores, map.high, score) - probability);
  return {
    low: Math.max(0, probability - Math.sqrt(down * down + below * below)),
    high: Math.min(1, probability + Math.sqrt(up * up + above * above)),
  };
}

/** Least score whose probability is at least this; infinite where none is. */
export function scoreOfProbability(map: ScoreMap, probability: number): number {
  if (map.kind === 'platt') {
    const line = logit(probability) - map.intercept;
    if (map.slope > 0) return line / map.slope;
    return line <= 0 ? -unreachable : unreachable;
  }
  const { scores, probabilities } = map;
  const at = probabilities.findIndex((own) => own >= probability);
  if (at < 0) return unreachable;
  if (at === 0) return -unreachable;
  const [from, to] = [probabilities[at - 1] ?? 0, probabilities[at] ?? 1];
  const start = scores[at - 1] ?? 0;
  return start + (((scores[at] ?? 0) - start) * (probability - from)) / (to - from);
}

/** Beyond every score; finite, for JSON. */
const unreachable = 1e300;

/**
 * A line on the log-odds, with targets drawn in by one row of either outcome; level where it would fall.
 * @see Platt (1999), "Probabilistic outputs for support vector machines"; Lin, Lin & Weng (2007)
 */
function fitPlatt(score: Float64Array, outcome: Uint8Array, events: number): ScoreMap {
  const high = (events + 1) / (events + 2);
  const low = 1 / (outcome.length - events + 2);
  let line: Float64Array = Float64Array.of(logit(Math.min(1 - 1e-9, Math.max(1e-9, events / outcome.length))), 0);
  let factor: Float64Array = new Float64Array(4);
  for (let round = 0; round < 100; round++) {
    const gradient = new Float64Array(2);
    // A weak hold on both, so that equal scores leave no direction free.
    const information = Float64Array.of(1e-6, 0, 0, 1e-6);
    for (let row = 0; row < score.length; row++) {
      const x = score[row] ?? 0;
      const p = sigmoid((line[0] ?? 0) + (line[1] ?? 0) * x);
      const residual = (outcome[row] === 1 ? high : low) - p;
      const weight = p * (1 - p);
      gradient[0] = (gradient[0] ?? 0) + residual;
      gradient[1] = (gradient[1] ?? 0) + residual * x;
      information[0] = (information[0] ?? 0) + weight;
      information[1] = (information[1] ?? 0) + weight * x;
      information[3] = (information[3] ?? 0) + weight * x * x;
    }
    information[2] = information[1] ?? 0;
    factor = factorCholesky(information, 2) ?? Float64Array.of(1, 0, 0, 1);
    const step = solveCholesky(factor, gradient);
    const largest = Math.max(Math.abs(step[0] ?? 0), Math.abs(step[1] ?? 0));
    // A step of at most two keeps Newton from overshooting on flat tails.
    line = line.map((value, at) => value + (step[at] ?? 0) * Math.min(1, 2 / Math.max(largest, 1e-300)));
    if (largest < 1e-12) break;
  }
  const [ofIntercept = 0, ofBoth = 0, , ofSlope = 0] = invertCholesky(factor, 2);
  const [intercept = 0, slope = 0] = line;
  if (slope > 0) return { kind: 'platt', intercept, slope, covariance: [ofIntercept, ofBoth, ofSlope] };
  const share = (events + 1) / (outcome.length + 2);
  return { kind: 'platt', intercept: logit(share), slope: 0, covariance: [1 / (outcome.length * share * (1 - share)), 0, 0] };
}

/** Pools of neighbouring scores; between pools the map is straight, and never 0 or 1, which no number of rows could show. */
function fitIsotonic(score: Float64Array, outcome: Uint8Array, level: number): ScoreMap {
  const rows = score.length;
  const { value: distinct, count, happened } = tiesOf(score, outcome);
  const share = happened.map((events, at) => events / (count[at] ?? 1));
  const edge = 1 / (rows + 2);
  const map = { scores: [] as number[], probabilities: [] as number[], low: [] as number[], high: [] as number[] };
  for (const block of isotonicBlocks(share, count)) {
    const interval = wilsonInterval(block.level * block.weight, block.weight, level);
    const probability = Math.min(1 - edge, Math.max(edge, block.level));
    const ends = block.to - block.from > 1 ? [block.from, block.to - 1] : [block.from];
    for (const at of ends) {
      map.scores.push(distinct[at] ?? 0);
      map.probabilities.push(probability);
      map.low.push(Math.min(probability, interval.low));
      map.high.push(Math.max(probability, interval.high));
    }
  }
  return { kind: 'isotonic', ...map };
}

/** Straight between knots, level beyond. */
function between(scores: readonly number[], values: readonly number[], score: number): number {
  let low = 0;
  let high = scores.length - 1;
  if (score <= (scores[0] ?? 0)) return values[0] ?? 0;
  if (score >= (scores[high] ?? 0)) return values[high] ?? 0;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((scores[middle] ?? 0) <= score) low = middle;
    else high = middle;
  }
  const [from, to] = [scores[low] ?? 0, scores[high] ?? 0];
  const start = values[low] ?? 0;
  return start + (((values[high] ?? 0) - start) * (score - from)) / (to - from);
}
