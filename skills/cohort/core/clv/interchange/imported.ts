/** What is read of another program's fit, before and after it is understood. */
import type { CovariateEffects } from '../covariates/index.ts';
import type { NamedParameters } from '../families.ts';
import type { ParameterDraws } from '../intervals/draws.ts';
import type { CheckedFigure } from './evidence.ts';

/** Programs whose parameters can be read and written. */
export type ParameterSource = 'lifetimes' | 'pymc-marketing' | 'clvtools' | 'btyd' | 'btydplus' | 'stan';

/** What a reader finds in a document: columns of numbers by the names that the document gives them. */
export interface FoundParameters {
  /** Values of one parameter, one per draw; a point estimate has one. */
  readonly columns: ReadonlyMap<string, readonly number[]>;
  /** Family that the document names. */
  readonly family?: string | undefined;
  readonly logLikelihood?: number | undefined;
  /** By parameter name, natural scale. */
  readonly standardErrors?: NamedParameters | undefined;
  /** Largest age of the data over 10, where the program fits on time divided by it (lifetimes). */
  readonly timeScale?: number | undefined;
  /** Mean negative log-likelihood on rescaled time, without its penalty (lifetimes). */
  readonly meanNegativeLogLikelihood?: number | undefined;
  readonly warnings: readonly string[];
}

/** Parameters fitted elsewhere, by the names of this project. */
export interface ImportedParameters {
  readonly kind: 'imported';
  readonly source: ParameterSource;
  /** Id of a timing family, or `gamma-gamma`. */
  readonly family: string;
  /** The point estimate, or the mean of the draws. */
  readonly params: NamedParameters;
  /** Effects of covariates, for `parametersOfCustomer`; `params` then are those of a customer whose covariates are all zero. */
  readonly covariates: CovariateEffects | null;
  /** Draws where the document has more than one. */
  readonly draws: ParameterDraws | null;
  /** As the document states it. */
  readonly logLikelihood: number | null;
  readonly standardErrors: NamedParameters | null;
  /** Figures that were recomputed and agreed; empty when the import was given no evidence. */
  readonly checked: readonly CheckedFigure[];
  readonly warnings: readonly string[];
}
