/**
 * How much to multiply an expectation by, from what came true in the holdout period: one ratio for everybody, and one per
 * cohort that is shrunk to it. Used for money and for purchase counts. Refuses nothing: without evidence the scale is one.
 */
import { sum } from '../../sdk/numeric/index.ts';
import { rowsByCohort } from './rows-by-cohort.ts';

export interface CohortScale {
  readonly scale: number;
  /** Relative standard error of this cohort's scale beyond that of the global one. */
  readonly relativeError: number;
  readonly n: number;
  readonly expected: number;
  readonly actual: number;
}

export interface ScaleMap {
  readonly global: number;
  /** Relative standard error of the global scale: sampling and drift. */
  readonly relativeError: number;
  /** Standard deviation of the cohorts' ratios around the global one, before shrinkage. */
  readonly cohortSpread: number;
  readonly cohorts: Readonly<Record<string, CohortScale>>;
}

/**
 * Prior of the lasting part of the global ratio: N(1, 0.1²). On CDNOW and on simulated merchants the ratio of one quarter
 * told about half of the next one's, so no ratio is carried over in full, however large the holdout.
 */
const globalPriorVariance = 0.01;

/**
 * Least drift between one period and the next, relative. One holdout shows one period, so its own ratio adds to the
 * doubt: the further it is from one, the less sure is the next.
 */
const leastDrift = 0.08;

/** No evidence: scale one, as unsure as the prior. */
export const unitScale: ScaleMap = { global: 1, relativeError: 0.1, cohortSpread: 0, cohorts: {} };

/**
 * Ratio actual / expected with shrinkage.
 *
 * Global ρ: Σactual / Σexpected, its variance from the customers' residuals and from the drift of one period, posterior
 * mean under N(1, 0.1²); what passes with the period is not carried into the next. Cohorts:
 * ρ_g / ρ − 1 ~ N(0, τ²) with τ² by the moment estimate of DerSimonian and Laird, posterior mean. The variance of a cohort's
 * ratio is φ / (ρ·E_g) + 0.08² of drift with one φ for all, residual squares over expectation: a cohort of few customers
 * who all stayed away would otherwise look certain.
 * @param expected expectation of each customer, ≥ 0
 * @param actual what came true, same unit
 * @param cohort cohort of each customer
 * @see DerSimonian & Laird (1986), "Meta-analysis in clinical trials"
 */
export function fitScale(expected: ArrayLike<number>, actual: ArrayLike<number>, cohort: readonly string[]): ScaleMap {
  const count = expected.length;
  const totalExpected = sum(expected);
  const totalActual = sum(actual);
  if (!(totalExpected > 0) || count < 2) return unitScale;
  const raw = Math.max(0, totalActual / totalExpected);
  // Where nobody bought, residuals around a ratio of zero would be zero and look certain.
  const centre = raw > 0 ? raw : 1;
  let squares = 0;
  for (let row = 0; row < count; row++) squares += square((actual[row] ?? 0) - centre * (expected[row] ?? 0));
  const sampling = ((squares / square(totalExpected)) * count) / (count - 1);
  const noise = sampling + square(leastDrift);
  const keep = globalPriorVariance / (globalPriorVariance + noise);
  const global = 1 + keep * (raw - 1);
  const drift = Math.max(leastDrift, Math.abs(global - 1) / 2);
  const relativeError = Math.sqrt((keep * noise) / square(Math.max(global, 0.1)) + square(drift));

  const groups = groupRatios(expected, actual, cohort, centre, squares / totalExpected);
  const spread = between(groups);
  const cohorts = groups.map(({ name, n, deviation, variance, totals }) => {
    const weight = spread === 0 ? 0 : spread / (spread + variance);
    return [
      name,
      {
        scale: Math.max(0, global * (1 + weight * deviation)),
        relativeError: Number.isFinite(variance) ? Math.sqrt(weight * variance) : Math.sqrt(spread),
        n,
        expected: totals.expected,
        actual: totals.actual,
      },
    ] as const;
  });
  return { global, relativeError, cohortSpread: Math.sqrt(spread), cohorts: Object.fromEntries(cohorts) };
}

/** Scale of a cohort; an unknown cohort takes the global one. */
export function scaleOf(map: ScaleMap, cohort: string): number {
  return Object.hasOwn(map.cohorts, cohort) ? (map.cohorts[cohort]?.scale ?? map.global) : map.global;
}

/** Relative standard error of a cohort beyond the global one; an unknown cohort may be anywhere in the spread. */
export function cohortErrorOf(map: ScaleMap, cohort: string): number {
  return Object.hasOwn(map.cohorts, cohort) ? (map.cohorts[cohort]?.relativeError ?? map.cohortSpread) : map.cohortSpread;
}

interface GroupRatio {
  readonly name: string;
  readonly n: number;
  /** ρ_g / ρ − 1. */
  readonly deviation: number;
  readonly variance: number;
  readonly totals: { readonly expected: number; readonly actual: number };
}

/**
 * @param centre raw ratio of everybody, before shrinkage: cohorts deviate from what was seen
 * @param dispersion φ·ρ: residual squares of all customers per unit of expectation
 */
function groupRatios(
  expected: ArrayLike<number>,
  actual: ArrayLike<number>,
  cohort: readonly string[],
  centre: number,
  dispersion: number,
): GroupRatio[] {
  return rowsByCohort(cohort).map(([name, rows]) => {
    const totals = {
      expected: sum(rows.map((row) => expected[row] ?? 0)),
      actual: sum(rows.map((row) => actual[row] ?? 0)),
    };
    const reference = centre * totals.expected;
    const hasEvidence = reference > 0 && dispersion > 0;
    return {
      name,
      n: rows.length,
      deviation: hasEvidence ? totals.actual / reference - 1 : 0,
      variance: hasEvidence ? (dispersion * totals.expected) / square(reference) + square(leastDrift) : Number.POSITIVE_INFINITY,
      totals,
    };
  });
}

/** Moment estimate of the variance between groups, never negative. */
function between(groups: readonly GroupRatio[]): number {
  const known = groups.filter((group) => Number.isFinite(group.variance));
  if (known.length < 2) return 0;
  const weights = known.map((group) => 1 / group.variance);
  const total = sum(weights);
  const mean = sum(known.map((group, index) => (weights[index] ?? 0) * group.deviation)) / total;
  const q = sum(known.map((group, index) => (weights[index] ?? 0) * square(group.deviation - mean)));
  const scale = total - sum(weights.map(square)) / total;
  return scale > 0 ? Math.max(0, (q - (known.length - 1)) / scale) : 0;
}

function square(value: number): number {
  return value * value;
}
