/** Dense groups, and those who are unlike everybody: they are in no cohort. */
import { type Assignment, dbscan, type DbscanModel, hdbscan, type HdbscanModel } from '../../core/methods/index.ts';
import { type MethodParameters, parameterSchemas } from '../../definitions/parameters.ts';
import type { CohortRecipe, Described, RecipeRequest, Subject } from '../recipe.ts';
import { runMethod } from '../run-method.ts';
import {
  centresOf,
  distanceReasons,
  isSkipped,
  type Numbers,
  readNumbers,
  scatterPicture,
  takeColumns,
  traitsOf,
  wordsOfTraits,
} from './numbers.ts';

/** Above this a sample is fitted: neighbours of a million customers take minutes, and a sample has the same dense places. */
const fitRows = 100_000;
const hierarchicalFitRows = 20_000;

export const dbscanRecipe: CohortRecipe = {
  method: 'dbscan',
  identity: 'overlap',
  compute({ frame, parameters, features, ...run }: RecipeRequest) {
    const chosen = parameterSchemas.dbscan.parse(parameters);
    const numbers = readNumbers(frame, features, chosen.logarithms);
    if (isSkipped(numbers)) return numbers;
    const customers = frame.rows.length;
    return chosen.hierarchical
      ? runMethod(hierarchicalSubject(chosen, numbers, customers), run, frame)
      : runMethod(flatSubject(chosen, numbers, customers), run, frame);
  },
};

type Parameters = MethodParameters<'dbscan'>;

function flatSubject(
  { eps, epsQuantile, minPoints }: Parameters,
  numbers: Numbers,
  customers: number,
): Subject<Numbers['data'], DbscanModel> {
  const config = { epsQuantile, ...(eps !== undefined && { eps }), ...(minPoints !== undefined && { minPoints }) };
  return {
    ...shared(numbers, customers, (model: DbscanModel) => ({
      eps: model.eps,
      minPoints: model.minPoints,
      corePoints: model.coreCohort.length,
    })),
    fit: (data, seed) => dbscan.fit(config, data, seed),
    assign: dbscan.assign,
    fitRows,
    resampling: { refits: 9, rows: 10_000 },
  };
}

function hierarchicalSubject(
  { minClusterSize, minPoints }: Parameters,
  numbers: Numbers,
  customers: number,
): Subject<Numbers['data'], HdbscanModel> {
  const config = {
    maxRows: hierarchicalFitRows,
    ...(minClusterSize !== undefined && { minClusterSize }),
    ...(minPoints !== undefined && { minSamples: minPoints }),
  };
  return {
    ...shared(numbers, customers, (model: HdbscanModel) => ({ minClusterSize: model.minClusterSize, minSamples: model.minSamples })),
    fit: (data, seed) => hdbscan.fit(config, data, seed),
    assign: hdbscan.assign,
    fitRows: Number.POSITIVE_INFINITY,
    resampling: { refits: 6, rows: 3000 },
  };
}

function shared<Model extends { readonly profile: readonly unknown[] }>(
  numbers: Numbers,
  customers: number,
  ownOf: (model: Model) => Readonly<Record<string, number>>,
): Pick<Subject<Numbers['data'], Model>, 'data' | 'customers' | 'take' | 'cohortsOf' | 'silhouette' | 'describe'> {
  return {
    data: numbers.data,
    customers,
    take: takeColumns,
    cohortsOf: (model) => model.profile.length,
    silhouette: numbers.standard,
    describe: (model, assignment) => describe(numbers, assignment, model.profile.length, ownOf(model)),
  };
}

/** A dense group has no centre to be near to, so reasons compare the mean of the cohort with that of all. */
function describe(numbers: Numbers, assignment: Assignment, cohorts: number, own: Readonly<Record<string, number>>): Described {
  const centres = centresOf(numbers.standard, assignment.label, cohorts);
  const all = numbers.standard.map(() => 0);
  return {
    cohorts: wordsOfTraits(traitsOf(numbers, assignment.label, cohorts), assignment.label),
    features: numbers.data.names,
    reasons: distanceReasons(
      numbers.standard,
      assignment.label,
      (cohort) => centres[cohort] ?? all,
      () => all,
    ),
    own,
    picture: scatterPicture(numbers, assignment),
  };
}
