/** Overlapping cohorts: how much likelier a customer's numbers are in the own one than in the next. */
import { factorCholesky, invertCholesky } from '../../../sdk/numeric/index.ts';
import { gaussianMixture, type GaussianMixtureModel, mixturePosteriors } from '../../core/methods/index.ts';
import { type Reasons, keepReasons } from '../../core/runs/top-reasons.ts';
import { parameterSchemas } from '../../definitions/parameters.ts';
import type { CohortRecipe } from '../recipe.ts';
import { placeCustomers, runMethod } from '../run-method.ts';
import {
  isSkipped,
  type Numbers,
  type NumbersContext,
  readNumbers,
  scaleNumbers,
  scatterPicture,
  takeColumns,
  wordsOfTraits,
} from './numbers.ts';

export const gaussianMixtureRecipe: CohortRecipe = {
  method: 'gaussian-mixture',
  identity: 'overlap',
  compute({ frame, parameters, features, ...run }) {
    const { cohorts, covariance, restarts, logarithms } = parameterSchemas['gaussian-mixture'].parse(parameters);
    const numbers = readNumbers(frame, features, logarithms);
    if (isSkipped(numbers)) return numbers;
    return runMethod(
      {
        data: numbers.data,
        customers: frame.rows.length,
        take: takeColumns,
        fit: (data, seed) => gaussianMixture.fit({ cohorts, covariance, restarts }, data, seed),
        assign: gaussianMixture.assign,
        cohortsOf: (model) => model.weights.length,
        fitRows: Number.POSITIVE_INFINITY,
        resampling: { refits: 6, rows: 5000 },
        silhouette: numbers.standard,
        describe: (model, assignment) => ({
          cohorts: wordsOfTraits(numbers, assignment.label, model.weights.length),
          features: numbers.data.names,
          reasons: likelihoodReasons(model, numbers, assignment.label),
          context: { scale: numbers.scale },
          own: { logLikelihood: model.logLikelihood, bic: model.bic, iterations: model.iterations },
          picture: scatterPicture(
            numbers,
            assignment,
            model.choice.length === 0
              ? null
              : {
                  by: 'bic',
                  chosen: model.weights.length,
                  tried: model.choice.map((tried) => ({ cohorts: tried.cohorts, score: tried.bic, error: null })),
                },
          ),
        }),
      },
      run,
      frame,
    );
  },
  assign({ frame, parameters, features, context, ...models }) {
    const { logarithms } = parameterSchemas['gaussian-mixture'].parse(parameters);
    const numbers = scaleNumbers(frame, features, logarithms, (context as NumbersContext).scale); // put there by compute
    return placeCustomers(
      frame,
      {
        data: numbers.data,
        assign: gaussianMixture.assign,
        features: numbers.data.names,
        reasons: (model: GaussianMixtureModel, { label }) => likelihoodReasons(model, numbers, label),
      },
      models,
    );
  },
};

/**
 * The quadratic form of a normal density is a sum over features of (x − μ) · P(x − μ); what a feature contributes is how much less of
 * it there is in the own cohort than in the next most probable one, halved: a difference of log-likelihoods.
 */
function likelihoodReasons(model: GaussianMixtureModel, numbers: Numbers, label: Int32Array): Reasons {
  const reasons = keepReasons(label.length);
  const posteriors = mixturePosteriors(model, numbers.data);
  const width = model.features.length;
  const precisions = model.weights.map((_, cohort) => precisionOf(model, cohort, width));
  const away = new Float64Array(width);
  const partOf = (cohort: number, row: number, feature: number): number => {
    const precision = precisions[cohort];
    let total = 0;
    for (let other = 0; other < width; other++) total += (precision?.[feature * width + other] ?? 0) * (away[other] ?? 0);
    return -0.5 * (away[feature] ?? 0) * total;
  };
  const setAway = (cohort: number, row: number): void => {
    for (let feature = 0; feature < width; feature++) {
      away[feature] = (numbers.standard[feature]?.[row] ?? 0) - (model.means[cohort]?.[feature] ?? 0);
    }
  };
  const own = new Float64Array(width);
  for (const [row, cohort] of label.entries()) {
    if (cohort < 0) continue;
    let next = -1;
    for (const [other, column] of posteriors.entries()) {
      if (other !== cohort && (next < 0 || (column[row] ?? 0) > (posteriors[next]?.[row] ?? 0))) next = other;
    }
    setAway(cohort, row);
    for (let feature = 0; feature < width; feature++) own[feature] = partOf(cohort, row, feature);
    if (next >= 0) setAway(next, row);
    for (let feature = 0; feature < width; feature++) {
      reasons.offer(row, feature, next < 0 ? (own[feature] ?? 0) : (own[feature] ?? 0) - partOf(next, row, feature));
    }
  }
  return reasons;
}

/** Inverse of the covariance of a cohort, row-major. */
function precisionOf({ covariance, covariances }: GaussianMixtureModel, cohort: number, width: number): Float64Array {
  const given = covariances[covariance === 'tied' ? 0 : cohort] ?? [];
  if (covariance === 'diagonal') {
    const diagonal = new Float64Array(width * width);
    for (let at = 0; at < width; at++) diagonal[at * width + at] = 1 / (given[at] ?? 1);
    return diagonal;
  }
  const factor = factorCholesky(Float64Array.from(given), width);
  return factor ? invertCholesky(factor, width) : new Float64Array(width * width);
}
