/** Recomputes what another program printed, and refuses parameters that do not give it. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { type CovariateEffects, parametersOfCustomer } from '../covariates/index.ts';
import type { NamedParameters } from '../families.ts';
import { type CheckedFigure, type Evidence, type Figure, figuresOf, type Individualize } from './evidence.ts';
import { explainMismatch } from './explain-mismatch.ts';

export interface ParametersToCheck {
  /** Id of a timing family, or `gamma-gamma`. */
  readonly family: string;
  readonly params: NamedParameters;
  /** Effects of covariates; each customer of the evidence then needs its own. */
  readonly covariates?: CovariateEffects | null;
}

export interface CheckOptions {
  /** Draws whose mean each figure is, in place of the parameters. */
  readonly draws?: readonly NamedParameters[];
  /** What lifetimes divided time by, to recognise parameters on it. */
  readonly timeScale?: number | undefined;
}

/**
 * Compares figures of the other program with ours.
 * @returns the figures, all of which agree; empty when the evidence has none
 * @throws {CohortiumError} ARGUMENT_INVALID when one differs by more than the tolerance, with the worst of them and the
 *   mix-up that would explain all
 */
export function checkParameters(model: ParametersToCheck, evidence: Evidence, options: CheckOptions = {}): readonly CheckedFigure[] {
  const { draws } = options;
  const { covariates } = model;
  const ownParams: Individualize | undefined = covariates
    ? (params, own = {}) => parametersOfCustomer({ ...covariates, params }, own)
    : undefined;
  // The likelihood of a posterior mean is no figure that a program prints.
  const given = draws ? { ...evidence, logLikelihood: undefined } : evidence;
  const figures = figuresOf(given as Evidence, draws ? 0.02 : 0.001, ownParams).map((figure) =>
    draws ? overDraws(figure, draws) : figure,
  ); // absent and undefined mean the same here
  const checked = figures.map((figure) => ({ figure, found: figure.compute(model.family, model.params) }));
  const wrong = checked
    .map(({ figure, found }) => ({ figure, found, excess: Math.abs(found - figure.claimed) / figure.allowed }))
    .filter(({ excess }) => !(excess <= 1))
    .sort((one, other) => other.excess - one.excess);
  const [worst] = wrong;
  if (!worst) return checked.map(({ figure, found }) => ({ what: figure.what, claimed: figure.claimed, found }));
  const cause = draws
    ? explainMismatch(model.family, model.params, figuresOf(given as Evidence, 0.02), options.timeScale)
    : explainMismatch(model.family, model.params, figures, options.timeScale);
  throw new CohortiumError(
    'ARGUMENT_INVALID',
    `${wrong.length} of ${figures.length} figures do not follow from these parameters of ${model.family}: ${worst.figure.what} is ` +
      `${worst.figure.claimed} there and ${worst.found} here. ${cause ? `${cause[0]?.toUpperCase()}${cause.slice(1)}.` : 'No usual mix-up explains it; compare the formulas.'}`,
    { detail: { figures: checked.map(({ figure, found }) => ({ what: figure.what, claimed: figure.claimed, found })) } },
  );
}

function overDraws(figure: Figure, draws: readonly NamedParameters[]): Figure {
  return { ...figure, compute: (family) => draws.reduce((total, params) => total + figure.compute(family, params), 0) / draws.length };
}
