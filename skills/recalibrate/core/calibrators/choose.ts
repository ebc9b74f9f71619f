/**
 * Which calibrator to take, decided on rows that it has not seen, and why. Of those that do as well within one standard error
 * the simplest is taken; to leave predictions as they are is always a candidate worth naming.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { sum, sumOf } from '../../../sdk/numeric/index.ts';
import type { BootstrapOptions } from '../measures/bootstrap.ts';
import { logError, squaredError } from '../measures/brier.ts';
import { debiasedCalibrationError, type DebiasedError } from '../measures/debiased-error.ts';
import { poissonError } from '../measures/deviance.ts';
import type { CalibratorModel } from './calibrator.ts';
import { type Candidate, fitCandidate, strengthOf, targetOf } from './candidate.ts';
import { sortAll, tryOut } from './held-out.ts';
import { type CalibrationRows, checkRows } from './rows.ts';
import type { ShrunkModel } from './shrinkage.ts';

/** Proper scores: none is better than the truth. */
const scores = {
  brier: { target: 'probability', error: squaredError },
  log: { target: 'probability', error: logError },
  'poisson-deviance': { target: 'mean', error: poissonError },
  'squared-error': { target: 'mean', error: squaredError },
} as const;

export interface ChoiceOptions extends BootstrapOptions {
  /** `brier` for probabilities and `poisson-deviance` for means by default. */
  readonly score?: keyof typeof scores;
  /** Cohort of each row; needed by candidates with a strength. */
  readonly cohort?: readonly string[];
  /** How many standard errors still count as a tie; default 1. */
  readonly tieErrors?: number;
}

export interface CandidateEvidence {
  readonly id: string;
  readonly strength: number | null;
  readonly config: object;
  /** Mean score out of fold; null when it could not be fitted, with the reason. */
  readonly score: number | null;
  readonly standardError: number | null;
  /** Mean and standard error of score − best score, row by row. */
  readonly behind: { readonly value: number; readonly standardError: number } | null;
  /** Debiased calibration error out of fold; null for means. */
  readonly ece: DebiasedError | null;
  /** Σ observed / Σ predicted out of fold. */
  readonly observedOverExpected: number | null;
  readonly reason: string;
}

/** Plain JSON. */
export interface CalibratorChoice {
  /** Refitted on all rows; null when no candidate could be fitted. */
  readonly model: CalibratorModel | ShrunkModel | null;
  /** Position of the chosen candidate, −1 when none could be fitted. */
  readonly chosen: number;
  readonly score: keyof typeof scores;
  readonly folds: number;
  readonly n: number;
  readonly rule: string;
  readonly candidates: readonly CandidateEvidence[];
}

/**
 * @param candidates all of one target
 * @param fold number of the fold of each row, at least two of them
 * @throws {CohortiumError} NUMERIC_DOMAIN for rows, folds or cohorts that cannot be used, or candidates of two targets
 * @throws {CohortiumError} CALIBRATION_TOO_FEW for no rows, or rows of one fold only
 */
export function chooseCalibrator(
  candidates: readonly Candidate[],
  rows: CalibrationRows,
  fold: ArrayLike<number>,
  options: ChoiceOptions = {},
): CalibratorChoice {
  const { tieErrors = 1 } = options;
  const target = targetOf(candidates);
  const score = options.score ?? (target === 'probability' ? 'brier' : 'poisson-deviance');
  if (scores[score].target !== target) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `the score ${score} is for ${scores[score].target} predictions; the candidates calibrate ${target}`,
    );
  }
  checkRows(rows, target);
  const sorted = sortAll(rows, fold, options.cohort, candidates);
  const tried = candidates.map((candidate) => tryOut(candidate, sorted));
  const { outcome, weight } = sorted;
  const errors = tried.map(({ predicted }) => predicted && predicted.map((own, row) => scores[score].error(own, outcome[row] ?? 0)));
  const means = errors.map((own) => own && weightedMean(own, weight));
  const best = means.reduce<number>((least, own, at) => (own !== null && own < (means[least] ?? Number.POSITIVE_INFINITY) ? at : least), 0);
  const evidence = candidates.map((candidate, at): CandidateEvidence => {
    const { config = {} } = 'config' in candidate ? candidate : {};
    const own = { id: candidate.calibrator.id, strength: strengthOf(candidate) ?? null, config };
    const error = errors[at] ?? null;
    const { predicted, reason = '' } = tried[at] ?? {};
    if (error === null || !predicted) {
      return { ...own, score: null, standardError: null, behind: null, ece: null, observedOverExpected: null, reason };
    }
    const behind = error.map((value, row) => value - (errors[best]?.[row] ?? 0));
    const expected = weightedMean(predicted, weight);
    return {
      ...own,
      score: weightedMean(error, weight),
      standardError: standardErrorOf(error, weight),
      behind: { value: weightedMean(behind, weight), standardError: standardErrorOf(behind, weight) },
      ece: target === 'probability' ? debiasedCalibrationError({ predicted, outcome, weight }, options) : null,
      observedOverExpected: expected > 0 ? weightedMean(outcome, weight) / expected : null,
      reason: '',
    };
  });
  const chosen = simplest(candidates, evidence, tieErrors);
  const winner = candidates[chosen];
  return {
    model: winner ? fitCandidate(winner, sorted) : null,
    chosen,
    score,
    folds: new Set(Array.from(fold)).size,
    n: sum(weight),
    rule: `least ${score} out of fold; of those within ${tieErrors} standard errors of it the simplest, one map for all before one per cohort`,
    candidates: evidence,
  };
}

/** Among ties: the lower rank, one map before several, the stronger pull before the weaker, the earlier in the list. */
function simplest(candidates: readonly Candidate[], evidence: readonly CandidateEvidence[], tieErrors: number): number {
  const rank = (at: number): readonly number[] => {
    const own = candidates[at];
    return own ? [own.calibrator.complexity, -(strengthOf(own) ?? Number.POSITIVE_INFINITY), at] : [0, 0, at];
  };
  const ties = evidence.flatMap(({ behind }, at) => (behind !== null && behind.value <= tieErrors * behind.standardError ? [at] : []));
  ties.sort((a, b) => {
    const [own, other] = [rank(a), rank(b)];
    const at = own.findIndex((value, key) => value !== other[key]);
    return at < 0 ? 0 : (own[at] ?? 0) < (other[at] ?? 0) ? -1 : 1;
  });
  return ties[0] ?? -1;
}

function weightedMean(values: Float64Array, weight: Float64Array): number {
  return sumOf(values.length, (row) => (weight[row] ?? 0) * (values[row] ?? 0)) / sum(weight);
}

function standardErrorOf(values: Float64Array, weight: Float64Array): number {
  const rows = sum(weight);
  const mean = weightedMean(values, weight);
  const squares = sumOf(values.length, (row) => (weight[row] ?? 0) * squaredError(values[row] ?? 0, mean));
  return rows > 1 ? Math.sqrt(squares / rows / (rows - 1)) : 0;
}
