/**
 * From refits on resamples to one confidence that all methods share: the probability that a customer stays in the own cohort when
 * the method is fitted on other customers. The maps are learned from some of the refits; the others say how far they are off.
 */
import { adjustedRandIndex, applyMatch, bestJaccard, matchLabels } from '../methods/quality/index.ts';
import { fitIsotonic, readIsotonic, type StepMap } from './isotonic.ts';

/** What the fit says of the compared customers, and what every refit says of them. */
export interface Refits {
  /** Cohort of each compared customer by the fit, −1 for none. */
  readonly label: Int32Array;
  /** The method's own confidence of each. */
  readonly raw: Float64Array;
  readonly cohorts: number;
  /** Cohorts of the same customers by each refit, in its own numbers; at least two refits. */
  readonly again: readonly Int32Array[];
}

export interface Staying {
  /** One per cohort; a cohort with few compared customers has the map of all. */
  readonly maps: readonly StepMap[];
  readonly adjustedRandIndex: { readonly mean: number; readonly sd: number; readonly resamples: number };
  /** Mean largest Jaccard coefficient of each cohort with one of the refit; NaN for a cohort that no compared customer is in. */
  readonly jaccard: readonly number[];
  /** Expected error of the maps on the refits that they were not learned from, in [0, 1]. */
  readonly calibrationError: number;
}

/** Compared customers that a cohort needs for a map of its own. */
const leastOwn = 200;
/** Equally filled classes of confidence that the error is counted in. */
const errorClasses = 10;

/** Confidence that a customer of this cohort stays. */
export function readStaying({ maps }: Pick<Staying, 'maps'>, cohort: number, raw: number): number {
  const map = maps[cohort];
  return map ? Math.min(1, Math.max(0, readIsotonic(map, raw))) : 0;
}

export function learnStaying({ label, raw, cohorts, again }: Refits): Staying {
  const stayed = again.map((next) => {
    const matched = applyMatch(matchLabels(label, next), next);
    return Uint8Array.from(label, (own, row) => (own >= 0 && matched[row] === own ? 1 : 0));
  });
  // Two of three refits teach, the rest examines.
  const teaching = stayed.filter((_, refit) => refit % 3 !== 2);
  const examining = stayed.filter((_, refit) => refit % 3 === 2);
  const share = meanOf(teaching, label.length);
  const rows = Uint32Array.from(label.keys()).filter((row) => (label[row] ?? -1) >= 0);
  const mapOf = (chosen: Uint32Array): StepMap => fitIsotonic(gather(raw, chosen), gather(share, chosen));
  const whole = mapOf(rows);
  const maps = Array.from({ length: cohorts }, (_, cohort) => {
    const own = rows.filter((row) => label[row] === cohort);
    return own.length >= leastOwn ? mapOf(own) : whole;
  });
  const confidence = Float64Array.from(rows, (row) => readStaying({ maps }, label[row] ?? 0, raw[row] ?? 0));
  const indices = again.map((next) => adjustedRandIndex(label, next));
  const mean = indices.reduce((total, value) => total + value, 0) / indices.length;
  const squares = indices.reduce((total, value) => total + (value - mean) * (value - mean), 0);
  const coefficients = again.map((next) => bestJaccard(label, next));
  return {
    maps,
    adjustedRandIndex: { mean, sd: Math.sqrt(squares / Math.max(1, indices.length - 1)), resamples: indices.length },
    jaccard: Array.from({ length: cohorts }, (_, cohort) =>
      rows.some((row) => label[row] === cohort)
        ? coefficients.reduce((total, values) => total + (values[cohort] ?? 0), 0) / coefficients.length
        : Number.NaN,
    ),
    calibrationError: errorOf(confidence, gather(meanOf(examining.length > 0 ? examining : teaching, label.length), rows)),
  };
}

function meanOf(stayed: readonly Uint8Array[], rows: number): Float64Array {
  const times = new Float64Array(rows);
  for (const one of stayed) for (let row = 0; row < rows; row++) times[row] = (times[row] ?? 0) + (one[row] ?? 0);
  return times.map((count) => count / stayed.length);
}

/** @see Naeini, Cooper & Hauskrecht (2015), "Obtaining well calibrated probabilities using Bayesian binning": classes of equal size */
function errorOf(confidence: Float64Array, seen: Float64Array): number {
  const order = Uint32Array.from(confidence.keys()).sort((a, b) => (confidence[a] ?? 0) - (confidence[b] ?? 0) || a - b);
  let error = 0;
  for (let part = 0; part < errorClasses; part++) {
    const from = Math.floor((part * order.length) / errorClasses);
    const to = Math.floor(((part + 1) * order.length) / errorClasses);
    let gap = 0;
    for (let at = from; at < to; at++) gap += (confidence[order[at] ?? 0] ?? 0) - (seen[order[at] ?? 0] ?? 0);
    error += Math.abs(gap);
  }
  return order.length > 0 ? error / order.length : 0;
}

function gather(values: Float64Array, rows: Uint32Array): Float64Array {
  return Float64Array.from(rows, (row) => values[row] ?? 0);
}
