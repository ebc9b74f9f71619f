/** Parameters of single customers from a fit with covariates, and predictions for many. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { type NamedParameters, timingFamily } from '../families.ts';
import type { HistoryColumns } from '../histories.ts';
import { type PredictionRequest, predictTiming, type TimingPrediction } from '../predict-timing.ts';
import type { NamedColumns } from './covariate-columns.ts';
import type { Coefficient, CovariateModel } from './fit-with-covariates.ts';
import { covariateLink, shiftedParameters } from './link.ts';

/** A coefficient per unit of its covariate. */
export type Effect = Pick<Coefficient, 'name' | 'value'>;

/** What prediction needs of a model; a {@link CovariateModel} has it. */
export interface CovariateEffects extends Pick<CovariateModel, 'family' | 'params'> {
  readonly purchase: readonly Effect[];
  readonly dropout: readonly Effect[];
}

/**
 * The parameters of a customer, for every function of the model's family.
 * @param covariates by name, on the scale they were given to the fit in
 * @throws {CohortiumError} NUMERIC_DOMAIN when a covariate of the model is absent or no number
 */
export function parametersOfCustomer(model: CovariateEffects, covariates: NamedParameters): NamedParameters {
  const link = covariateLink(model.family);
  const { parameters } = link.family;
  const unbounded = link.unbounded(parameters.map(({ name }) => model.params[name] ?? Number.NaN));
  const natural = shiftedParameters(link, unbounded, effectOf(model.purchase, covariates), effectOf(model.dropout, covariates));
  return Object.fromEntries(parameters.map(({ name }, index) => [name, natural[index] ?? 0]));
}

function effectOf(coefficients: readonly Effect[], covariates: NamedParameters): number {
  return coefficients.reduce((total, { name, value }) => {
    const covariate = covariates[name];
    if (covariate === undefined || !Number.isFinite(covariate)) {
      throw new CohortiumError(
        'NUMERIC_DOMAIN',
        `covariate '${name}' is ${covariate}; the model needs ${coefficients.map((own) => own.name).join(', ')}`,
      );
    }
    return total + value * covariate;
  }, 0);
}

/**
 * Predictions for histories with covariates; rows in, rows out.
 * @param covariates columns by name, as long as the histories
 * @throws {CohortiumError} NUMERIC_DOMAIN when a row is no history, or a covariate is absent or no number
 */
export function predictWithCovariates(
  model: CovariateEffects,
  data: HistoryColumns,
  covariates: NamedColumns,
  request: PredictionRequest,
): TimingPrediction {
  const names = [...new Set([...model.purchase, ...model.dropout].map(({ name }) => name))];
  const rowsOf = new Map<string, number[]>();
  for (let row = 0; row < data.x.length; row++) {
    const key = names.map((name) => covariates[name]?.[row]).join(' ');
    const rows = rowsOf.get(key);
    if (rows) rows.push(row);
    else rowsOf.set(key, [row]);
  }
  const make = (): Float64Array => new Float64Array(data.x.length);
  const all = { pAlive: make(), pAliveLater: make(), expected: make(), discounted: make(), pPurchase: make() };
  const columns = ['pAlive', 'pAliveLater', 'expected', 'discounted', 'pPurchase'] as const;
  for (const rows of rowsOf.values()) {
    const own = Object.fromEntries(names.map((name) => [name, covariates[name]?.[rows[0] ?? 0] ?? Number.NaN]));
    const pick = (column: ArrayLike<number>): number[] => rows.map((row) => column[row] ?? 0);
    const part = { x: pick(data.x), tx: pick(data.tx), T: pick(data.T) };
    const prediction = predictTiming(timingFamily(model.family), { params: parametersOfCustomer(model, own) }, part, request);
    for (const name of columns) rows.forEach((row, index) => (all[name][row] = prediction[name][index] ?? 0));
  }
  return all;
}
