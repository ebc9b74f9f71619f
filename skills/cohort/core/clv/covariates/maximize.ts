/** The maximum of a likelihood with covariates, or the limit that it runs to. */
import { chiSquareTail, exp, log } from '../../../../sdk/numeric/index.ts';
import { flatCondition } from '../limit-search.ts';
import { boundaryLog, covarianceOf, type Maximum, maximizeOnLogScale } from '../maximum.ts';
import type { CovariateLimit } from './link.ts';
import type { CovariateObjective } from './objective.ts';

export interface CovariateBoundary {
  /** Id of the limit; `flat` where the likelihood is flat and no limit explains it. */
  readonly limit: string;
  readonly title: string;
  readonly likelihoodRatio: number;
  /** Of χ² with one degree of freedom: on a boundary an upper bound. */
  readonly pValue: number;
  /** Unbounded standardised estimates that the full fit ended on. */
  readonly full: readonly number[];
}

/** Log-likelihoods closer than this are the same up to the optimiser's stopping rule. */
const sameLikelihood = 0.005;

/** Unbounded standardised estimates. */
export interface Found {
  readonly values: readonly number[];
  readonly covariance: readonly number[];
  readonly maximum: Maximum;
}

/** Coefficients may be negative, so the optimiser for positive parameters gets the exponentials of all. */
export function maximizeCovariates(objective: CovariateObjective, start: readonly number[], held?: CovariateLimit): Found {
  const place = (free: readonly number[]): number[] => (held ? free.toSpliced(held.index, 0, held.value) : [...free]);
  const inner = new Float64Array(start.length);
  const begin = held ? start.toSpliced(held.index, 1) : start;
  const maximum = maximizeOnLogScale((positive, gradient) => {
    const value = objective(place(positive.map(log)), inner);
    const slopes = held ? Array.from(inner).toSpliced(held.index, 1) : inner;
    slopes.forEach((slope, index) => {
      gradient[index] = slope / (positive[index] ?? 1);
    });
    return value;
  }, begin.map(exp));
  return { values: place(maximum.parameters.map(log)), covariance: withHeld(covarianceOf(maximum), begin.length, held), maximum };
}

function withHeld(covariance: readonly number[], size: number, held: CovariateLimit | undefined): readonly number[] {
  if (!held) return covariance;
  const wide = size + 1;
  const from = (index: number): number => (index > held.index ? index - 1 : index);
  return Array.from({ length: wide * wide }, (_, cell) => {
    const [row, column] = [Math.floor(cell / wide), cell % wide];
    return row === held.index || column === held.index ? 0 : (covariance[from(row) * size + from(column)] ?? 0);
  });
}

export interface FoundLimit {
  readonly boundary: CovariateBoundary;
  /** Absent where no limit explains the flat likelihood: then the full fit stands. */
  readonly at: Found | undefined;
}

/** The first limit that is as likely as where the full fit ended, if that end is far out or flat. */
export function findLimit(
  limits: readonly CovariateLimit[],
  objective: CovariateObjective,
  full: Found,
  scales: readonly number[],
): FoundLimit | null {
  const { condition } = full.maximum;
  const isFar = full.values.slice(0, 4).some((value, index) => Math.abs(value - (scales[index] ?? 0)) > boundaryLog);
  if (!isFar && condition <= flatCondition) return null;
  for (const limit of limits) {
    const at = maximizeCovariates(
      objective,
      full.values.map((value) => Math.min(Math.max(value, -14), 14)),
      limit,
    );
    if (!(at.maximum.value <= full.maximum.value + sameLikelihood)) continue;
    const likelihoodRatio = Math.max(0, 2 * (at.maximum.value - full.maximum.value));
    const boundary = { limit: limit.id, title: limit.title, likelihoodRatio, pValue: chiSquareTail(likelihoodRatio, 1), full: full.values };
    return { boundary, at };
  }
  if (condition <= flatCondition) return null;
  const title = 'the likelihood is flat in a direction: covariates that repeat each other, or that the data say nothing of';
  return { boundary: { limit: 'flat', title, likelihoodRatio: 0, pValue: 1, full: full.values }, at: undefined };
}

/** A normal prior of the coefficients around zero. */
export function withPrior(objective: CovariateObjective, sd: number): CovariateObjective {
  return (x, gradient) => {
    let value = objective(x, gradient);
    for (let index = 4; index < gradient.length; index++) {
      const z = (x[index] ?? 0) / sd;
      value += (z * z) / 2;
      gradient[index] = (gradient[index] ?? 0) + z / sd;
    }
    return value;
  };
}
