/**
 * Maps a raw probability to a calibrated one: one slope and intercept on the log-odds for everybody, and a shift of the
 * intercept per cohort that is shrunk to zero where the cohort says little. Refuses to fit on few outcomes: the map then
 * is the identity, and says so.
 */
import { sigmoid, sum } from '../../sdk/numeric/index.ts';
import { clampedLogit } from './calibrators/log-odds.ts';
import { rowsByCohort } from './rows-by-cohort.ts';

export interface ProbabilityMap {
  readonly kind: 'logistic' | 'identity';
  /** Why the map is the identity; empty otherwise. */
  readonly reason: string;
  readonly intercept: number;
  readonly slope: number;
  /** Standard deviation τ of the cohort shifts before shrinkage, on the log-odds. */
  readonly cohortSpread: number;
  readonly cohorts: Readonly<Record<string, { readonly shift: number; readonly n: number; readonly events: number }>>;
}

export interface Outcomes {
  readonly predicted: ArrayLike<number>;
  /** 1 when the customer bought in the holdout period, else 0. */
  readonly outcome: ArrayLike<number>;
  readonly cohort: readonly string[];
}

/** Below this many buyers or non-buyers nothing is fitted. */
export const leastOutcomes = 20;

/** Weak prior: slope ~ N(1, 0.5²), intercept ~ N(0, 2²). Keeps a constant prediction and a separable sample finite. */
const slopePrecision = 4;
const interceptPrecision = 0.25;
const newtonSteps = 40;
const spreadRounds = 200;
const rounds = 5;

/** Whether there are enough of both outcomes to learn anything from. */
export function hasOutcomes(outcome: ArrayLike<number>): boolean {
  const events = sum(outcome);
  return events >= leastOutcomes && outcome.length - events >= leastOutcomes;
}

interface Line {
  readonly intercept: number;
  readonly slope: number;
}

export function identityMap(reason: string): ProbabilityMap {
  return { kind: 'identity', reason, intercept: 0, slope: 1, cohortSpread: 0, cohorts: {} };
}

/**
 * Fits the map by penalised maximum likelihood, Platt's smoothed targets in place of 0 and 1; then the shifts δ ~ N(0, τ²)
 * with τ by EM on their one-step estimates, and each δ by its posterior mode.
 * @see Platt (1999), "Probabilistic outputs for support vector machines"; Lin, Lin & Weng (2007)
 */
export function fitProbabilityMap(data: Outcomes): ProbabilityMap {
  const count = data.predicted.length;
  const events = sum(data.outcome);
  if (!hasOutcomes(data.outcome)) {
    return identityMap(
      `${events} of ${count} customers bought in the holdout period; at least ${leastOutcomes} buyers and non-buyers are needed`,
    );
  }
  const odds = Float64Array.from({ length: count }, (_, row) => clampedLogit(data.predicted[row] ?? 0));
  const targets = Float64Array.from({ length: count }, (_, row) =>
    data.outcome[row] === 1 ? (events + 1) / (events + 2) : 1 / (count - events + 2),
  );
  // Cohorts differ in their odds as well as in their shift, so line and shifts are fitted in turn until they agree.
  let line = fitLine(odds, targets, new Float64Array(count));
  let shifts = fitShifts(odds, data, line);
  for (let round = 0; round < rounds && shifts.cohortSpread > 0; round++) {
    line = fitLine(
      odds,
      targets,
      Float64Array.from(data.cohort, (name) => shifts.cohorts[name]?.shift ?? 0),
    );
    shifts = fitShifts(odds, data, line);
  }
  return { kind: 'logistic', reason: '', ...line, ...shifts };
}

/** Calibrated probability; a cohort that the map does not know gets no shift. */
export function applyProbabilityMap(map: ProbabilityMap, predicted: number, cohort: string): number {
  if (map.kind === 'identity') return predicted;
  const shift = Object.hasOwn(map.cohorts, cohort) ? (map.cohorts[cohort]?.shift ?? 0) : 0;
  return sigmoid(map.intercept + map.slope * clampedLogit(predicted) + shift);
}

function fitLine(odds: Float64Array, targets: Float64Array, offsets: Float64Array): Line {
  let intercept = 0;
  let slope = 1;
  for (let step = 0; step < newtonSteps; step++) {
    let g0 = interceptPrecision * intercept;
    let g1 = slopePrecision * (slope - 1);
    let h00 = interceptPrecision;
    let h01 = 0;
    let h11 = slopePrecision;
    for (let row = 0; row < odds.length; row++) {
      const x = odds[row] ?? 0;
      const p = sigmoid((offsets[row] ?? 0) + intercept + slope * x);
      const weight = p * (1 - p);
      const residual = p - (targets[row] ?? 0);
      g0 += residual;
      g1 += residual * x;
      h00 += weight;
      h01 += weight * x;
      h11 += weight * x * x;
    }
    const determinant = h00 * h11 - h01 * h01;
    const moveIntercept = (h11 * g0 - h01 * g1) / determinant;
    const moveSlope = (h00 * g1 - h01 * g0) / determinant;
    // A step of at most one on either parameter keeps Newton from overshooting on flat tails.
    const damping = Math.min(1, 1 / Math.max(Math.abs(moveIntercept), Math.abs(moveSlope), 1e-300));
    intercept -= damping * moveIntercept;
    slope -= damping * moveSlope;
    if (Math.max(Math.abs(moveIntercept), Math.abs(moveSlope)) < 1e-12) break;
  }
  // A falling map would reverse the ranking of customers; a flat one is as far as the data may go.
  return slope >= 0 ? { intercept, slope } : { intercept: fitShift(targets, offsets, interceptPrecision), slope: 0 };
}

/** Mode of an intercept added to fixed offsets, under N(0, 1/precision). */
function fitShift(targets: ArrayLike<number>, offsets: ArrayLike<number>, precision: number): number {
  let shift = 0;
  for (let step = 0; step < newtonSteps; step++) {
    let gradient = precision * shift;
    let curvature = precision;
    for (let row = 0; row < offsets.length; row++) {
      const p = sigmoid((offsets[row] ?? 0) + shift);
      gradient += p - (targets[row] ?? 0);
      curvature += p * (1 - p);
    }
    const move = gradient / curvature;
    shift -= Math.max(-1, Math.min(1, move));
    if (Math.abs(move) < 1e-12) break;
  }
  return shift;
}

function fitShifts(odds: Float64Array, data: Outcomes, { intercept, slope }: Line): Pick<ProbabilityMap, 'cohortSpread' | 'cohorts'> {
  const groups = rowsByCohort(data.cohort).map(([name, rows]) => {
    const offsets = rows.map((row) => intercept + slope * (odds[row] ?? 0));
    const outcomes = rows.map((row) => data.outcome[row] ?? 0);
    let score = 0;
    let information = 0;
    offsets.forEach((offset, index) => {
      const p = sigmoid(offset);
      score += (outcomes[index] ?? 0) - p;
      information += p * (1 - p);
    });
    return { name, offsets, outcomes, estimate: score / information, variance: 1 / information };
  });
  const variance = groups.length < 2 ? 0 : spreadOfMeans(groups);
  const cohorts = groups.map(({ name, offsets, outcomes }) => {
    const events = outcomes.reduce((total, value) => total + value, 0);
    const shift = variance > 1e-8 ? fitShift(outcomes, offsets, 1 / variance) : 0;
    return [name, { shift, n: outcomes.length, events }] as const;
  });
  return { cohortSpread: Math.sqrt(variance), cohorts: Object.fromEntries(cohorts) };
}

/** τ² of normal means with known variances, by EM; near zero when the means vary no more than their errors. */
function spreadOfMeans(groups: readonly { readonly estimate: number; readonly variance: number }[]): number {
  let spread = 0.25;
  for (let round = 0; round < spreadRounds; round++) {
    let total = 0;
    for (const { estimate, variance } of groups) {
      const keep = spread / (spread + variance);
      total += keep * keep * estimate * estimate + keep * variance;
    }
    spread = total / groups.length;
  }
  return spread;
}
