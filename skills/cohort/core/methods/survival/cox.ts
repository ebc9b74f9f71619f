/**
 * Cox's proportional hazards: how much sooner the event comes to customers with more of a covariate, whatever the hazard of all
 * is. Newton's method with halved steps; where the likelihood has no maximum the covariates at fault are named and the effects
 * are held by a weak prior.
 */
import { CohortiumError } from '../../../../sdk/errors.ts';
import {
  chiSquareTail,
  exp,
  factorCholesky,
  invertCholesky,
  normalCdf,
  normalQuantile,
  solveCholesky,
} from '../../../../sdk/numeric/index.ts';
import { scaleOf } from '../quality/standardise.ts';
import { type Concordance, concordance } from './concordance.ts';
import { layOutRiskSets, type RiskSets, type RiskSums, sweepRiskSets, type Ties } from './risk-sets.ts';
import { checkSurvivalRows, strataOf, type SurvivalRows } from './rows.ts';
import { solveIndependent } from './solve-independent.ts';
import { type Timeline, timelineOf } from './timeline.ts';

export interface CoxConfig {
  /** How events of one day share their risk set, default `efron`. */
  readonly ties?: Ties;
  /** Of the intervals, in (0, 1), default 0.95. */
  readonly level?: number;
}

export interface CoxEffect {
  readonly feature: string;
  /** Logarithm of the hazard ratio of one unit more. */
  readonly coefficient: number;
  readonly standardError: number;
  /** Of one unit more, with its interval. */
  readonly hazardRatio: number;
  readonly low: number;
  readonly high: number;
  /** Wald's. */
  readonly z: number;
  readonly p: number;
  /** Logarithm of the hazard ratio of one standard deviation more. */
  readonly standardised: number;
}

export interface ChiSquareTest {
  readonly chiSquare: number;
  readonly degrees: number;
  readonly p: number;
}

/** Cumulative hazard of a customer with average covariates. */
export interface BaselineHazard {
  /** Days with events, ascending. */
  readonly day: readonly number[];
  readonly hazard: readonly number[];
}

/** Plain JSON. */
export interface CoxModel {
  readonly features: readonly string[];
  /** Mean and standard deviation of each feature. */
  readonly mean: readonly number[];
  readonly sd: readonly number[];
  readonly ties: Ties;
  readonly level: number;
  readonly rows: number;
  readonly events: number;
  /** One per feature that has an effect of its own. */
  readonly effects: readonly CoxEffect[];
  /** Of the coefficients in the order of `effects`. */
  readonly covariance: readonly (readonly number[])[];
  /** Constant, or sums of those before them: without effect of their own. */
  readonly unused: readonly string[];
  /** Along which the likelihood rises for ever; their effects are those under the prior. */
  readonly monotone: readonly string[];
  /** Precision of a normal prior on the standardised effects; 0 unless the likelihood is monotone. */
  readonly prior: number;
  readonly logLikelihood: { readonly none: number; readonly fitted: number };
  readonly likelihoodRatio: ChiSquareTest;
  readonly scoreTest: ChiSquareTest;
  readonly wald: ChiSquareTest;
  readonly iterations: number;
  readonly concordance: Concordance;
  /** One for all rows, or one per stratum. */
  readonly strata: readonly string[];
  readonly baseline: readonly BaselineHazard[];
}

const mostIterations = 60;
/** Newton's promise of height, as a part of the height, from which one more step is the last. */
const nearSummit = 1e-11;
/** Steps of this many standard deviations after the likelihood has ceased to rise are steps towards infinity. */
const endlessStep = 0.02;

/**
 * @throws {CohortiumError} NUMERIC_DOMAIN when rows or configuration are not usable, or no event happened
 * @see Cox (1972), "Regression models and life-tables"; Bryson & Johnson (1981) on monotone likelihood
 */
export function fitCox(config: CoxConfig, data: SurvivalRows): CoxModel {
  return fitCoxWithSets(config, data).model;
}

/** The model with the sums that it was fitted on, for what looks at its residuals. */
export function fitCoxWithSets(
  config: CoxConfig,
  data: SurvivalRows,
): { readonly model: CoxModel; readonly sets: RiskSets; readonly timeline: Timeline; readonly beta: Float64Array } {
  const { ties = 'efron', level = 0.95 } = config;
  const rows = checkSurvivalRows(data);
  if (!(level > 0 && level < 1)) fail(`level is ${level}; give a number between 0 and 1`);
  let events = 0;
  for (let row = 0; row < rows; row++) events += data.event[row] ?? 0;
  if (events === 0) fail(`none of ${rows} rows had the event; effects on it cannot be learned`);
  const timeline = timelineOf(data);
  const { strata, stratumOf } = strataOf(data);
  const allScale = scaleOf(data.columns);
  let used = [...data.columns.keys()].filter((at) => (allScale.sd[at] ?? 0) > 0);
  const layOut = (): RiskSets =>
    layOutRiskSets(
      data,
      used.map((at) => data.columns[at] ?? new Float64Array()),
      { mean: used.map((at) => allScale.mean[at] ?? 0), sd: used.map((at) => allScale.sd[at] ?? 0) },
      timeline,
      stratumOf,
      strata.length,
    );
  let sets = layOut();
  let none = sweepRiskSets(sets, new Float64Array(used.length), ties);
  const { kept } = solveIndependent(none.information, none.score);
  if (kept.length < used.length) {
    used = kept.map((at) => used[at] ?? 0);
    sets = layOut();
    none = sweepRiskSets(sets, new Float64Array(used.length), ties);
  }

  const names = used.map((at) => data.names[at] ?? '');
  let found = climb(sets, ties, 0, none);
  const monotone = names.filter((_, at) => Math.abs(found.lastStep[at] ?? 0) > endlessStep);
  const prior = monotone.length > 0 ? 1 : 0;
  if (prior > 0) found = climb(sets, ties, prior, none);
  const { beta, sums } = found;

  const covariance = invertCholesky(found.factor, used.length);
  const z = normalQuantile((1 + level) / 2);
  const sdOf = (at: number): number => allScale.sd[used[at] ?? 0] ?? 1;
  const effects = names.map((feature, at): CoxEffect => {
    const coefficient = (beta[at] ?? 0) / sdOf(at);
    const standardError = Math.sqrt(covariance[at * used.length + at] ?? 0) / sdOf(at);
    return {
      feature,
      coefficient,
      standardError,
      hazardRatio: exp(coefficient),
      low: exp(coefficient - z * standardError),
      high: exp(coefficient + z * standardError),
      z: coefficient / standardError,
      p: 2 * normalCdf(-Math.abs(coefficient / standardError)),
      standardised: beta[at] ?? 0,
    };
  });
  const degrees = used.length;
  const test = (chiSquare: number): ChiSquareTest => ({ chiSquare, degrees, p: degrees > 0 ? chiSquareTail(chiSquare, degrees) : 1 });
  return {
    model: {
      features: data.names,
      mean: allScale.mean,
      sd: allScale.sd,
      ties,
      level,
      rows,
      events,
      effects,
      covariance: names.map((_, row) => names.map((__, column) => (covariance[row * degrees + column] ?? 0) / (sdOf(row) * sdOf(column)))),
      unused: data.names.filter((_, at) => !used.includes(at)),
      monotone,
      prior,
      logLikelihood: { none: none.logLikelihood, fitted: sums.logLikelihood },
      likelihoodRatio: test(2 * (sums.logLikelihood - none.logLikelihood)),
      scoreTest: test(quadratic(none.score, solveIndependent(none.information, none.score).solution)),
      wald: test(quadratic(beta, multiply(sums.information, beta))),
      iterations: found.iterations,
      concordance: concordance(sets, beta),
      strata,
      baseline: baselineOf(sets, beta, ties, timeline, strata.length),
    },
    sets,
    timeline,
    beta,
  };
}

interface Summit {
  readonly beta: Float64Array;
  readonly sums: RiskSums;
  readonly factor: Float64Array;
  readonly lastStep: Float64Array;
  readonly iterations: number;
}

/** Newton's method from 0; a step that leads down is halved. */
function climb(sets: RiskSets, ties: Ties, prior: number, start: RiskSums): Summit {
  const { width } = sets;
  let beta = new Float64Array(width);
  let sums = start;
  let height = sums.logLikelihood;
  for (let iterations = 0; ; iterations++) {
    const factor = factorOf(sums, width, prior);
    const gradient = sums.score.map((value, at) => value - prior * (beta[at] ?? 0));
    const step = solveCholesky(factor, gradient);
    const promised = quadratic(gradient, step);
    if (!(promised > nearSummit * (1 + Math.abs(height))) || iterations === mostIterations) {
      // So near, a whole step squares what is left of the error, and comparing heights would compare their rounding.
      const last = beta.map((value, at) => value + (step[at] ?? 0));
      const reached = sweepRiskSets(sets, last, ties);
      const isFinite = reached.logLikelihood > Number.NEGATIVE_INFINITY;
      if (!isFinite) return { beta, sums, factor, lastStep: step, iterations };
      return { beta: last, sums: reached, factor: factorOf(reached, width, prior), lastStep: step, iterations: iterations + 1 };
    }
    let next = beta;
    let nextHeight = Number.NEGATIVE_INFINITY;
    let nextSums = sums;
    for (let scale = 1; scale > 1e-6; scale /= 2) {
      next = beta.map((value, at) => value + scale * (step[at] ?? 0));
      nextSums = sweepRiskSets(sets, next, ties);
      nextHeight = nextSums.logLikelihood - (prior * quadratic(next, next)) / 2;
      if (nextHeight >= height) break;
    }
    if (!(nextHeight >= height)) return { beta, sums, factor, lastStep: step, iterations };
    beta = next;
    sums = nextSums;
    height = nextHeight;
  }
}

function factorOf(sums: RiskSums, width: number, prior: number): Float64Array {
  const information = Float64Array.from(sums.information, (value, at) => value + (at % (width + 1) === 0 ? prior : 0));
  return factorCholesky(information, width) ?? factorCholesky(raised(information, width), width) ?? new Float64Array(width * width);
}

/** With a little more on the diagonal, where rounding has left it no root. */
function raised(matrix: Float64Array, n: number): Float64Array {
  return matrix.map((value, at) => (at % (n + 1) === 0 ? value * (1 + 1e-9) + 1e-9 : value));
}

function baselineOf(sets: RiskSets, beta: Float64Array, ties: Ties, { times }: Timeline, strata: number): BaselineHazard[] {
  const steps = Array.from({ length: strata }, () => ({ day: [] as number[], step: [] as number[] }));
  sweepRiskSets(sets, beta, ties, ({ stratum, rank, hazard }) => {
    steps[stratum]?.day.push(times[rank] ?? 0);
    steps[stratum]?.step.push(hazard);
  });
  return steps.map(({ day, step }) => {
    let total = 0;
    return { day: day.toReversed(), hazard: step.toReversed().map((value) => (total += value)) };
  });
}

export function quadratic(left: Float64Array, right: Float64Array): number {
  let total = 0;
  for (let at = 0; at < left.length; at++) total += (left[at] ?? 0) * (right[at] ?? 0);
  return total;
}

function multiply(matrix: Float64Array, vector: Float64Array): Float64Array {
  return vector.map((_, row) => quadratic(matrix.subarray(row * vector.length, (row + 1) * vector.length), vector));
}

function fail(message: string): never {
  throw new CohortiumError('NUMERIC_DOMAIN', message);
}
