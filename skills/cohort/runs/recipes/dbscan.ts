/** Dense groups, and those who are unlike everybody: they are in no cohort. */
import { type Assignment, dbscan, type DbscanModel, hdbscan, type HdbscanModel } from '../../core/methods/index.ts';
import type { Reasons } from '../../core/runs/top-reasons.ts';
import { type MethodParameters, parameterSchemas } from '../../definitions/parameters.ts';
import type { CohortRecipe, Described, RecipeRequest, Subject } from '../recipe.ts';
import { placeCustomers, runMethod } from '../run-method.ts';
import {
  type CentresContext,
  centresOf,
  distanceReasons,
  isSkipped,
  type Numbers,
  readNumbers,
  scaleNumbers,
  scatterPicture,
  takeColumns,
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
  assign({ frame, parameters, features, context, ...models }) {
    const { hierarchical, logarithms } = parameterSchemas.dbscan.parse(parameters);
    const { scale, centres } = context as CentresContext; // put there by compute
    const numbers = scaleNumbers(frame, features, logarithms, scale);
    const placing = {
      data: numbers.data,
      features: numbers.data.names,
      reasons: (_: unknown, { label }: Assignment) => meanReasons(numbers, label, centres),
    };
    return hierarchical
      ? placeCustomers<Numbers['data'], HdbscanModel>(frame, { ...placing, assign: hdbscan.assign }, models)
      : placeCustomers<Numbers['data'], DbscanModel>(frame, { ...placing, assign: dbscan.assign }, models);
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
  return {
    cohorts: wordsOfTraits(numbers, assignment.label, cohorts),
    features: numbers.data.names,
    reasons: meanReasons(numbers, assignment.label, centres),
    context: { scale: numbers.scale, centres },
    own,
    picture: scatterPicture(numbers, assignment),
  };
}

function meanReasons({ standard }: Numbers, label: Int32Array, centres: CentresContext['centres']): Reasons {
  const all = standard.map(() => 0);
  return distanceReasons(
    standard,
    label,
    (cohort) => centres[cohort] ?? all,
    () => all,
  );
}
