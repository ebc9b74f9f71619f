/** Intervals of timing models, each labelled with what it covers. */
export { bootstrapDraws, type BootstrapDiagnostics, type BootstrapOptions } from './bootstrap.ts';
export {
  type Covers,
  type Diagnostics,
  type DrawSummary,
  type IntervalMethod,
  type ParameterDraws,
  type ParameterInterval,
  type ParameterIntervals,
  type Resample,
  summarizeDraws,
} from './draws.ts';
export { type CustomersForecast, type CustomersRequest, forecastCustomers } from './forecast-customers.ts';
export { forecastTotals, type Quantity, type Total, type TotalsForecast, type TotalsRequest } from './forecast.ts';
export { importanceDraws, type ImportanceDiagnostics, type ImportanceOptions } from './importance.ts';
export { laplaceDraws, type LaplaceDiagnostics, laplaceIntervals } from './laplace.ts';
export { posteriorDraws, type PosteriorDiagnostics, type PosteriorOptions } from './posterior.ts';
export { type ProfileDiagnostics, type ProfileInterval, profileIntervals, type ProfileOptions } from './profile.ts';
export type { ResampleScheme } from './resample.ts';
export { reweigh } from './reweigh.ts';
export type { TimingFit } from './target.ts';
