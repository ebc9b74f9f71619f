/** Fits a spend family by maximum likelihood, predicts and draws; models are plain JSON. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { log, type Rng } from '../../../../sdk/numeric/index.ts';
import { drawLogNormal } from '../draw-parameters.ts';
import type { FitOptions } from '../fit-timing.ts';
import { describeFit, type FittedModel } from '../fitted-model.ts';
import { type LogNormalPrior, searchAtLimit, type SearchResult, searchWithLimits } from '../limit-search.ts';
import { searchLimit } from '../parameter-pattern.ts';
import { gammaGamma, type GammaGammaParameters } from './gamma-gamma.ts';
import { normalNormal, type NormalNormalParameters } from './normal-normal.ts';
import type { SpendFamily } from './spend-family.ts';
import { type SpendColumns, type SpendRows, spendRows } from './spend-rows.ts';

interface ParametersById {
  readonly 'gamma-gamma': GammaGammaParameters;
  readonly 'normal-normal': NormalNormalParameters;
}

export type SpendFamilyId = keyof ParametersById;

/** The spend families by id. */
export const spendFamilies: { readonly [Id in SpendFamilyId]: SpendFamily<ParametersById[Id]> } = {
  'gamma-gamma': gammaGamma,
  'normal-normal': normalNormal,
};

/** A model of one family, or of any where the id is not known. */
export type SpendModel<Id extends SpendFamilyId = SpendFamilyId> = { readonly [One in Id]: FittedSpend<One> }[Id];

/** Plain JSON; the log-likelihood is 0 where everybody always pays the same: that density has no upper bound. */
export interface FittedSpend<Id extends SpendFamilyId> extends FittedModel {
  readonly kind: 'spend';
  readonly family: Id;
  /** Of the limit, embedded, where the fit ran to one. */
  readonly params: ParametersById[Id];
  /** Expected spend per purchase of a customer without purchases, in money; null where that mean is infinite (q ≤ 1). */
  readonly populationMean: number | null;
}

/** What prediction and draws need of a model. */
export type SpendParameters = {
  readonly [Id in SpendFamilyId]: { readonly family: Id; readonly params: ParametersById[Id] };
}[SpendFamilyId];

const leastCustomers = 10;

/** Means that differ by less than this share of their average are the same amount. */
const sameAmount = 1e-9;

/**
 * Fits on the customers with x ≥ 1 and a positive mean. The result does not depend on the order of rows; a weight counts as
 * that many rows.
 * @throws {CohortiumError} CLV_TOO_FEW_CUSTOMERS below 10 such customers, unless a prior is given
 * @throws {CohortiumError} NUMERIC_DOMAIN when columns or options are out of their range
 * @throws {CohortiumError} NUMERIC_NO_CONVERGENCE when the optimiser stops elsewhere than at a maximum or a limit
 */
export function fitSpend<Id extends SpendFamilyId>(id: Id, data: SpendColumns, options: FitOptions = {}): SpendModel<Id> {
  if (!Object.hasOwn(spendFamilies, id)) {
    throw new CohortiumError('NUMERIC_DOMAIN', `there is no spend model '${id}'; there are: ${Object.keys(spendFamilies).join(', ')}`);
  }
  const family: SpendFamily<ParametersById[Id]> = spendFamilies[id];
  const rows = spendRows(data);
  const { customers, unit } = rows;
  const size = family.parameters.length;
  if (!(customers >= (options.prior ? 1 : leastCustomers))) {
    throw new CohortiumError(
      'CLV_TOO_FEW_CUSTOMERS',
      `${family.title} needs ${leastCustomers} customers with a repeat purchase; found ${customers}`,
    );
  }
  const units = family.parameters.map((parameter) => (parameter.unit === 'money' ? unit : 1));
  const prior = priorOf(family, rows, options, units);
  const start = options.start ? options.start.map((value, index) => value / (units[index] ?? 1)) : family.start(rows);
  if (start.length !== size || !start.every((value) => value > 0 && Number.isFinite(value))) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `${family.title} starts from ${size} positive numbers; found ${options.start?.join(', ') ?? ''}`,
    );
  }
  const found = search(family, rows, start, prior && { ...prior, mean: prior.mean.map((mean, index) => mean - log(units[index] ?? 1)) });
  const inMoney = (values: readonly number[]): number[] => values.map((value, index) => value * (units[index] ?? 1));
  const parameters = inMoney(found.parameters);
  const params = Object.fromEntries(family.parameters.map(({ name }, index) => [name, parameters[index]])) as unknown as ParametersById[Id]; // the names are its keys
  const populationMean = family.expectedMeanSpend(params, 0, 0);
  const { boundary } = found;
  const value = boundary?.limit === 'identical' ? 0 : found.value + family.densities(rows) * log(unit);
  const scaled = { ...found, parameters, value, boundary: boundary && { ...boundary, full: inMoney(boundary.full) } };
  const model: FittedSpend<Id> = {
    kind: 'spend',
    family: id,
    params,
    ...describeFit(scaled, { customers, distinct: rows.grouped.weights.length, prior }),
    populationMean: Number.isFinite(populationMean) ? populationMean : null,
  };
  return model as SpendModel<Id>; // one family has one model: a union of ids is never fitted as such
}

/** Gamma-Gamma under its own name. @throws as {@link fitSpend} */
export function fitGammaGamma(data: SpendColumns, options: FitOptions = {}): SpendModel<'gamma-gamma'> {
  return fitSpend('gamma-gamma', data, options);
}

function priorOf<P>(family: SpendFamily<P>, rows: SpendRows, { prior }: FitOptions, units: readonly number[]): LogNormalPrior | null {
  if (!prior) return null;
  const mean = prior.mean ?? family.start(rows).map((value, index) => log(value * (units[index] ?? 1)));
  if (prior.sd > 0 && mean.length === units.length && mean.every(Number.isFinite)) return { sd: prior.sd, mean };
  throw new CohortiumError(
    'NUMERIC_DOMAIN',
    `a prior needs sd > 0 and ${units.length} finite means of log-parameters; found sd ${prior.sd} and means ${mean.join(', ')}`,
  );
}

function search<P>(family: SpendFamily<P>, rows: SpendRows, start: readonly number[], prior: LogNormalPrior | null): SearchResult {
  const objective = family.objective(rows);
  const limits = family.limits(rows).map((limit) => searchLimit(objective, limit));
  if (!prior && rows.range <= sameAmount && (rows.within?.sumOfSquares ?? 0) <= sameAmount * sameAmount * rows.customers) {
    return identical(family);
  }
  const forced = family.forcedLimit(rows);
  const limit = limits.find(({ id }) => id === forced);
  if (limit && !prior) return searchAtLimit(limit, start);
  return searchWithLimits({ title: family.title, objective, start, limits, prior, isVagueAllowed: family.isVagueAllowed });
}

function identical<P>({ identical: parameters }: SpendFamily<P>): SearchResult {
  return {
    parameters,
    covarianceLog: parameters.flatMap(() => parameters.map(() => 0)),
    value: 0,
    free: 1,
    boundary: { limit: 'identical', title: 'everybody always pays the same amount', likelihoodRatio: 0, pValue: 1, full: parameters },
    iterations: 0,
  };
}

/**
 * Expected spend per purchase of each customer; rows without a purchase or a positive mean get the population mean.
 * @returns Infinity for these where the population mean does not exist (Gamma-Gamma with q ≤ 1: `populationMean` null)
 */
export function predictSpend(model: SpendParameters, { x, meanSpend }: Pick<SpendColumns, 'x' | 'meanSpend'>): Float64Array {
  const expected = expectation(model);
  return Float64Array.from({ length: x.length }, (_, row) => {
    const mean = meanSpend[row] ?? 0;
    return expected(mean > 0 ? (x[row] ?? 0) : 0, mean);
  });
}

function expectation(model: SpendParameters): (x: number, m: number) => number {
  return model.family === 'gamma-gamma'
    ? (x, m) => gammaGamma.expectedMeanSpend(model.params, x, m)
    : (x, m) => normalNormal.expectedMeanSpend(model.params, x, m);
}

/** One draw of the parameters from their normal approximation on the log scale; a parameter fixed by a limit stays. */
export function drawSpendParameters<Id extends SpendFamilyId>(
  model: Pick<FittedSpend<Id>, 'family' | 'params' | 'covarianceLog'>,
  rng: Rng,
): ParametersById[Id] {
  const family: SpendFamily<ParametersById[Id]> = spendFamilies[model.family];
  const values = family.parameters.map(({ name }) => Number(model.params[name]));
  const drawn = drawLogNormal(values, model.covarianceLog, rng);
  return Object.fromEntries(family.parameters.map(({ name }, index) => [name, drawn[index]])) as unknown as ParametersById[Id]; // the names are its keys
}

/**
 * Amounts of single purchases in one future of a customer: the customer's own mean first, then each purchase.
 * @param spent total of x observed purchases; ≤ 0 counts as no observation
 */
export function drawAmounts(model: SpendParameters, x: number, spent: number, rng: Rng): () => number {
  return model.family === 'gamma-gamma'
    ? gammaGamma.drawAmounts(model.params, x, spent, rng)
    : normalNormal.drawAmounts(model.params, x, spent, rng);
}
