/** k-means: nearer to the own centroid than to the next. */
import { type Assignment, kMeans, type KMeansModel } from '../../core/methods/index.ts';
import type { Reasons } from '../../core/runs/top-reasons.ts';
import { parameterSchemas } from '../../definitions/parameters.ts';
import type { CohortRecipe } from '../recipe.ts';
import { placeCustomers, runMethod } from '../run-method.ts';
import {
  distanceReasons,
  isSkipped,
  nextCentre,
  type Numbers,
  type NumbersContext,
  readNumbers,
  scaleNumbers,
  scatterPicture,
  takeColumns,
  wordsOfTraits,
} from './numbers.ts';

export const kMeansRecipe: CohortRecipe = {
  method: 'k-means',
  identity: 'overlap',
  compute({ frame, parameters, features, ...run }) {
    const { k, by, restarts, logarithms } = parameterSchemas['k-means'].parse(parameters);
    const numbers = readNumbers(frame, features, logarithms);
    if (isSkipped(numbers)) return numbers;
    const config = { k: typeof k === 'number' ? k : { ...k, by }, restarts };
    return runMethod(
      {
        data: numbers.data,
        customers: frame.rows.length,
        take: takeColumns,
        fit: (data, seed) => kMeans.fit(config, data, seed),
        assign: kMeans.assign,
        cohortsOf: (model) => model.centroids.length,
        fitRows: Number.POSITIVE_INFINITY,
        resampling: { refits: 9, rows: 5000 },
        silhouette: numbers.standard,
        describe: (model, assignment) => ({
          cohorts: wordsOfTraits(numbers, assignment.label, model.centroids.length),
          features: numbers.data.names,
          reasons: centroidReasons(model, numbers, assignment),
          context: { scale: numbers.scale },
          own: { inertia: model.inertia, iterations: model.iterations },
          picture: scatterPicture(numbers, assignment, choiceOf(model)),
        }),
      },
      run,
      frame,
    );
  },
  assign({ frame, parameters, features, context, ...models }) {
    const { logarithms } = parameterSchemas['k-means'].parse(parameters);
    const numbers = scaleNumbers(frame, features, logarithms, (context as NumbersContext).scale); // put there by compute
    return placeCustomers(
      frame,
      {
        data: numbers.data,
        assign: kMeans.assign,
        features: numbers.data.names,
        reasons: (model: KMeansModel, assignment) => centroidReasons(model, numbers, assignment),
      },
      models,
    );
  },
};

function centroidReasons({ centroids }: KMeansModel, { standard }: Numbers, { label }: Assignment): Reasons {
  return distanceReasons(standard, label, (cohort) => centroids[cohort] ?? [], nextCentre(standard, label, centroids));
}

function choiceOf({ choice }: KMeansModel) {
  if (!choice) return null;
  return {
    by: choice.by,
    chosen: choice.k,
    tried: choice.tried.map(({ k, score, standardError }) => ({ cohorts: k, score, error: standardError })),
  };
}
