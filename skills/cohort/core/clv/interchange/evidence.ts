/**
 * Figures that the other program printed, and their counterparts here. Parameters look alike in all papers and mean different
 * things in some programs; only a figure computed from them tells.
 */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { exp, sum, sumOf } from '../../../../sdk/numeric/index.ts';
import type { NamedColumns } from '../covariates/index.ts';
import { type AnyTimingFamily, type NamedParameters, timingFamily } from '../families.ts';
import { type HistoryColumns, summarizeHistories } from '../histories.ts';
import { expectedMeanSpend } from '../spend/index.ts';

/** One customer's history with what the other program says of it. */
export interface CustomerEvidence {
  readonly x: number;
  readonly tx: number;
  readonly T: number;
  readonly pAlive?: number;
  /** Log-likelihood of this history. */
  readonly logLikelihood?: number;
  /** Expected purchases in the `horizon` after the end of the observation. */
  readonly expected?: number;
  readonly horizon?: number;
  /** By name, where the fit has covariates. */
  readonly covariates?: NamedParameters;
}

/** What is known of the other program's results; times in the unit that the parameters are to have. */
export interface Evidence {
  readonly customers?: readonly CustomerEvidence[];
  /** Expected repeat purchases of a new customer up to age t. */
  readonly population?: readonly { readonly t: number; readonly expected: number; readonly covariates?: NamedParameters }[];
  /** The histories of the fit, with their log-likelihood; that of the document where none is given. */
  readonly data?: HistoryColumns;
  readonly logLikelihood?: number;
  /** Covariates of the histories by name, where the fit has any. */
  readonly covariates?: NamedColumns;
  /** Expected spend per purchase of a customer with x repeat purchases of that mean (Gamma-Gamma). */
  readonly spend?: readonly { readonly x: number; readonly meanSpend: number; readonly expected: number }[];
  /** Largest relative difference that still agrees; default 0.001, for draws 0.02; log-likelihoods a hundredth of it. */
  readonly tolerance?: number;
}

/** A figure of the other program beside ours. */
export interface CheckedFigure {
  readonly what: string;
  readonly claimed: number;
  readonly found: number;
}

/** A figure that can be recomputed under any parameters. */
export interface Figure {
  readonly what: string;
  readonly claimed: number;
  /** Largest difference that still agrees. */
  readonly allowed: number;
  readonly compute: (family: string, params: NamedParameters) => number;
}

/** Below this size a figure is compared absolutely: programs print four digits after the point. */
const smallest = 0.01;

/** Parameters of a customer with these covariates, from the parameters of the fit. */
export type Individualize = (params: NamedParameters, covariates: NamedParameters | undefined) => NamedParameters;

/**
 * All figures of the evidence.
 * @param ownParams for a fit with covariates
 */
export function figuresOf(evidence: Evidence, defaultTolerance: number, ownParams?: Individualize): readonly Figure[] {
  const { tolerance = defaultTolerance } = evidence;
  const figure = (what: string, claimed: number, compute: Figure['compute'], share = 1): Figure => ({
    what,
    claimed,
    compute,
    allowed: share * tolerance * Math.max(Math.abs(claimed), smallest),
  });
  const timing =
    (of: (family: AnyTimingFamily, params: NamedParameters) => number, covariates?: NamedParameters): Figure['compute'] =>
    (family, params) =>
      of(timingFamily(family), ownParams ? ownParams(params, covariates) : params);
  const figures: Figure[] = [];
  for (const customer of evidence.customers ?? []) {
    const { x, tx, T, horizon } = customer;
    const history = { x, tx, T };
    const name = `x=${x}, tx=${tx}, T=${T}`;
    if (customer.pAlive !== undefined) {
      figures.push(
        figure(
          `P(alive) at ${name}`,
          customer.pAlive,
          timing((family, params) => exp(family.logProbabilityAlive(params, history)), customer.covariates),
        ),
      );
    }
    if (customer.expected !== undefined) {
      if (horizon === undefined) {
        throw new CohortiumError(
          'ARGUMENT_INVALID',
          `the evidence at ${name} has expected purchases and no horizon that they are for; add it`,
        );
      }
      const compute = timing((family, params) => family.conditionalExpectation(params, history, horizon), customer.covariates);
      figures.push(figure(`purchases in the next ${horizon} at ${name}`, customer.expected, compute));
    }
    if (customer.logLikelihood !== undefined) {
      const compute = timing((family, params) => family.logLikelihood(params, history), customer.covariates);
      figures.push(figure(`log-likelihood at ${name}`, customer.logLikelihood, compute));
    }
  }
  for (const { t, expected, covariates } of evidence.population ?? []) {
    figures.push(
      figure(
        `purchases of a new customer up to ${t}`,
        expected,
        timing((family, params) => family.expectedPurchases(params, t), covariates),
      ),
    );
  }
  for (const { x, meanSpend, expected } of evidence.spend ?? []) {
    const compute: Figure['compute'] = (_, { p = 1, q = 1, v = 1 }) => expectedMeanSpend({ p, q, v }, x, meanSpend);
    figures.push(figure(`spend at x=${x}, mean ${meanSpend}`, expected, compute));
  }
  const { data, logLikelihood } = evidence;
  if (data && logLikelihood !== undefined) {
    const compute = ownParams ? individually(data, evidence.covariates ?? {}, ownParams) : atOnce(data);
    figures.push(figure('log-likelihood of the data', logLikelihood, compute, 0.01));
  }
  return figures;
}

function atOnce(data: HistoryColumns): Figure['compute'] {
  const statistics = summarizeHistories(data);
  return (id, params) => {
    const family = timingFamily(id);
    const vector = family.parameters.map(({ name }) => params[name] ?? Number.NaN);
    return -family.objective(statistics)(vector, new Float64Array(vector.length));
  };
}

function individually(data: HistoryColumns, columns: NamedColumns, ownParams: Individualize): Figure['compute'] {
  const covariatesOf = (row: number): NamedParameters =>
    Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, column[row] ?? Number.NaN]));
  return (id, params) =>
    sumOf(data.x.length, (row) => {
      const history = { x: data.x[row] ?? 0, tx: data.tx[row] ?? 0, T: data.T[row] ?? 0 };
      return (data.weight?.[row] ?? 1) * timingFamily(id).logLikelihood(ownParams(params, covariatesOf(row)), history);
    });
}

/** Sum of the repeat purchases, which a change of the time unit multiplies into the likelihood. */
export function repeatsOf({ x, weight }: HistoryColumns): number {
  return sum(Array.from(x, (count, row) => count * (weight?.[row] ?? 1)));
}
