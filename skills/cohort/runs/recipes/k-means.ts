/** k-means: nearer to the own centroid than to the next. */
import { kMeans, type KMeansModel } from '../../core/methods/index.ts';
import { parameterSchemas } from '../../definitions/parameters.ts';
import type { CohortRecipe } from '../recipe.ts';
import { runMethod } from '../run-method.ts';
import { distanceReasons, isSkipped, nextCentre, readNumbers, scatterPicture, takeColumns, traitsOf, wordsOfTraits } from './numbers.ts';

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
          cohorts: wordsOfTraits(traitsOf(numbers, assignment.label, model.centroids.length), assignment.label),
          features: numbers.data.names,
          reasons: distanceReasons(
            numbers.standard,
            assignment.label,
            (cohort) => model.centroids[cohort] ?? [],
            nextCentre(numbers.standard, assignment.label, model.centroids),
          ),
          own: { inertia: model.inertia, iterations: model.iterations },
          picture: scatterPicture(numbers, assignment, choiceOf(model)),
        }),
      },
      run,
      frame,
    );
  },
};

function choiceOf({ choice }: KMeansModel) {
  if (!choice) return null;
  return {
    by: choice.by,
    chosen: choice.k,
    tried: choice.tried.map(({ k, score, standardError }) => ({ cohorts: k, score, error: standardError })),
  };
}
