/** Timing models in which what is known of a customer moves the rates. */
export { type CovariateColumns, type NamedColumns } from './covariate-columns.ts';
export {
  type Coefficient,
  type CovariateFitOptions,
  type CovariateModel,
  fitWithCovariates,
  type UnboundedEstimates,
} from './fit-with-covariates.ts';
export { type CovariateFamily } from './link.ts';
export { type CovariateEffects, type Effect, parametersOfCustomer, predictWithCovariates } from './predict-with-covariates.ts';
