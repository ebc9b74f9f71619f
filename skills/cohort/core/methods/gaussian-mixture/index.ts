/** Gaussian mixture: overlapping cohorts of customers as normal distributions, with the probability of each for every customer. */
import type { CohortMethod, FeatureColumns } from '../method.ts';
import { assignMixture } from './assign.ts';
import type { GaussianMixtureConfig } from './config.ts';
import { fitMixture } from './fit.ts';
import type { GaussianMixtureModel } from './model.ts';

export { mixturePosteriors } from './assign.ts';
export type { CovarianceKind, GaussianMixtureConfig, MixtureStart } from './config.ts';
export type { ChoicePoint, GaussianMixtureModel, MixtureProfile } from './model.ts';

/** @see McLachlan & Peel (2000), "Finite Mixture Models" */
export const gaussianMixture: CohortMethod<FeatureColumns, GaussianMixtureConfig, GaussianMixtureModel> = {
  id: 'gaussian-mixture',
  title: 'Gaussian mixture',
  fit: fitMixture,
  assign: assignMixture,
};
