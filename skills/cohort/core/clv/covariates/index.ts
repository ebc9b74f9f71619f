/** Timing models in which what is known of a customer moves the rates. */
export { type CovariateColumns, type NamedColumns } from './covariate-columns.ts';
export { type Coefficient, type CovariateFitOptions, type CovariateModel, fitWithCovariates } from './fit-with-covariates.ts';
export { type CovariateFamily } from './link.ts';
export { type CovariateEffects, type Effect, parametersOfCustomer, predictWithCovariates } from './predict-with-covariates.ts';
export { type CovariateBoundary } from './maximize.ts';
export { type UnboundedEstimates } from './original-scale.ts';
