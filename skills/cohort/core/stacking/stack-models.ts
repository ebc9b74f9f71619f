/**
 * Stacks models per cohort: simplex weights from predictions of data that the models had not seen. Each cohort's weights are
 * pulled to the overall ones and those to equal weights, as far as cross-validation asks for, so that a small cohort does not
 * choose by chance. A mixture of expected counts is an expected count; it is not a mixture of customers.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { sumOf } from '../../../sdk/numeric/index.ts';
import { poissonDeviance, unitDeviance } from './poisson-deviance.ts';
import { fitSimplexWeights, type StackRows } from './simplex-weights.ts';

export interface StackInput extends StackRows {
  /** Cohort of each row, ≥ 0; one cohort where absent. */
  readonly cohort?: ArrayLike<number> | undefined;
  /** Rows that stay together in cross-validation, such as one customer at several origins; the row itself where absent. */
  readonly group?: ArrayLike<number> | undefined;
}

export interface StackOptions {
  /** Folds of the cross-validation, default 5. Group g is in fold g mod folds. */
  readonly folds?: number;
  /** Strengths to choose from, in purchases. Default 0, 4, 32, 256, 2048, Infinity. */
  readonly strengths?: readonly number[];
  /**
   * Weights to be pulled to in place of equal ones; each > 0, adding up to one. A cohort's own changes the overall weights, which it is
   * pulled to, in the ratio of its prior to that of all.
   */
  readonly prior?: {
    readonly overall?: readonly number[] | undefined;
    readonly cohort?: (cohort: number) => readonly number[] | undefined;
  };
}

/** Mean Poisson deviance per row on the given predictions. */
export interface StackDeviance {
  /** Of each model alone. */
  readonly single: readonly number[];
  readonly equal: number;
  /** Of the stack, on the rows that its weights come from. */
  readonly stack: number;
  /** Of the stack on rows that its weights do not come from. */
  readonly crossValidated: number;
}

export interface StackedCohort {
  readonly cohort: number;
  readonly n: number;
  /** One per model, ≥ 0, sum to one. */
  readonly weights: readonly number[];
  readonly deviance: StackDeviance;
}

/** Plain JSON. */
export interface Stack {
  readonly models: number;
  /** Weights over all cohorts: for cohorts that the stack does not know. */
  readonly overall: StackedCohort;
  readonly cohorts: readonly StackedCohort[];
  /** Chosen pulls, in purchases; null stands for infinity: equal weights, or the overall ones for every cohort. */
  readonly strength: { readonly overall: number | null; readonly cohort: number | null };
}

const defaultStrengths = [0, 4, 32, 256, 2048, Number.POSITIVE_INFINITY] as const;

/**
 * @param input predictions out of fold: by models that were fitted before what they predict; see {@link outOfFold}
 * @throws {CohortiumError} NUMERIC_DOMAIN for no model, no row, columns of unequal length, numbers that are negative or not finite
 * @see Wolpert (1992), "Stacked generalization"; Breiman (1996), "Stacked regressions", section 2 (non-negative weights)
 */
export function stackModels(input: StackInput, options: StackOptions = {}): Stack {
  checkInput(input);
  const { folds = 5, strengths = defaultStrengths, prior } = options;
  checkOptions(folds, strengths);
  const models = input.predictions.length;
  const rows = input.actual.length;
  const all = Array.from({ length: rows }, (_, row) => row);
  const foldOf = (row: number): number => (input.group?.[row] ?? row) % folds;
  const cohortOf = (row: number): number => input.cohort?.[row] ?? 0;
  const equal = new Array<number>(models).fill(1 / models);
  const base = prior?.overall ?? equal;
  const training = Array.from({ length: folds }, (_, fold) => all.filter((row) => foldOf(row) !== fold));

  // Weights of all rows together, pulled to equal ones.
  const overallByFold = strengths.map((strength) => training.map((list) => fitSimplexWeights(input, base, strength, list).weights));
  const overallTries = overallByFold.map((byFold) => mix(input, (row) => byFold[foldOf(row)] ?? base));
  const overallAt = choosePull(overallTries, input, strengths);
  const overall = fitSimplexWeights(input, base, strengths[overallAt] ?? 0).weights;

  // Each cohort's own, pulled to the overall ones of the same fold.
  const members = [...Map.groupBy(all, cohortOf)].sort(([a], [b]) => a - b);
  const hasCohorts = members.length > 1;
  const targetOf = (cohort: number, weights: readonly number[]): readonly number[] =>
    interior(tilted(weights, base, prior?.cohort?.(cohort)));
  const pulledTo = (fold: number): readonly number[] => overallByFold[overallAt]?.[fold] ?? base;
  const cohortTries = hasCohorts
    ? strengths.map((strength) => {
        const weights = new Map(
          members.map(([cohort, list]) => [
            cohort,
            training.map((_, fold) => {
              const seen = list.filter((row) => foldOf(row) !== fold);
              return fitSimplexWeights(input, targetOf(cohort, pulledTo(fold)), strength, seen).weights;
            }),
          ]),
        );
        return mix(input, (row) => weights.get(cohortOf(row))?.[foldOf(row)] ?? equal);
      })
    : [];
  const cohortAt = hasCohorts ? choosePull(cohortTries, input, strengths) : -1;
  const cohortStrength = hasCohorts ? (strengths[cohortAt] ?? 0) : Number.POSITIVE_INFINITY;
  const unseen = cohortTries[cohortAt] ?? overallTries[overallAt] ?? new Float64Array(rows);

  const describe = (cohort: number, list: readonly number[], weights: readonly number[], crossValidated: Float64Array): StackedCohort => {
    const scored = (column: ArrayLike<number>): number => devianceOf(input, column, list);
    return {
      cohort,
      n: list.length,
      weights,
      deviance: {
        single: input.predictions.map(scored),
        equal: scored(mix(input, () => equal)),
        stack: scored(mix(input, () => weights)),
        crossValidated: scored(crossValidated),
      },
    };
  };
  return {
    models,
    overall: describe(-1, all, overall, overallTries[overallAt] ?? new Float64Array(rows)),
    cohorts: members.map(([cohort, list]) => {
      const weights = hasCohorts ? fitSimplexWeights(input, targetOf(cohort, overall), cohortStrength, list).weights : overall;
      return describe(cohort, list, weights, unseen);
    }),
    strength: { overall: finiteOrNull(strengths[overallAt] ?? 0), cohort: finiteOrNull(cohortStrength) },
  };
}

/**
 * Mixes predictions by the weights of each row's cohort; a cohort that the stack does not know gets the overall weights. Serves
 * any column that models share: expected counts, P(alive), discounted expectations.
 * @throws {CohortiumError} NUMERIC_DOMAIN when there is another number of models or a column of another length
 */
export function applyStack(
  stack: Pick<Stack, 'models' | 'overall' | 'cohorts'>,
  predictions: readonly ArrayLike<number>[],
  cohort?: ArrayLike<number>,
): Float64Array {
  if (predictions.length !== stack.models) {
    throw new CohortiumError('NUMERIC_DOMAIN', `the stack has weights for ${stack.models} models; found ${predictions.length} columns`);
  }
  const rows = predictions[0]?.length ?? 0;
  for (const column of [...predictions, ...(cohort ? [cohort] : [])]) {
    if (column.length !== rows)
      throw new CohortiumError('NUMERIC_DOMAIN', `the columns need one length; found ${rows} and ${column.length}`);
  }
  const byCohort = new Map(stack.cohorts.map((entry) => [entry.cohort, entry.weights]));
  return mixColumns(predictions, rows, (row) => (cohort ? byCohort.get(cohort[row] ?? -1) : undefined) ?? stack.overall.weights);
}

function mix(input: StackRows, weightsOf: (row: number) => readonly number[]): Float64Array {
  return mixColumns(input.predictions, input.actual.length, weightsOf);
}

function mixColumns(predictions: readonly ArrayLike<number>[], rows: number, weightsOf: (row: number) => readonly number[]): Float64Array {
  return Float64Array.from({ length: rows }, (_, row) => {
    const weights = weightsOf(row);
    let mixed = 0;
    for (let model = 0; model < predictions.length; model++) mixed += (weights[model] ?? 0) * (predictions[model]?.[row] ?? 0);
    return mixed;
  });
}

/**
 * The strongest pull that is not clearly worse than the best: within one standard error of the paired difference. Pulls differ
 * by little, and the lowest of many scores is lowest partly by chance.
 * @see Hastie, Tibshirani & Friedman (2009), "The Elements of Statistical Learning", section 7.10.1 (one-standard-error rule)
 */
function choosePull(tries: readonly Float64Array[], data: StackRows, strengths: readonly number[]): number {
  const { actual, weight } = data;
  const scores = tries.map((expected) => poissonDeviance(expected, actual, weight));
  const lowest = scores.indexOf(Math.min(...scores));
  const best = tries[lowest] ?? new Float64Array();
  const order = [...scores.keys()].sort((a, b) => (strengths[b] ?? 0) - (strengths[a] ?? 0));
  return order.find((index) => isAlike(tries[index] ?? best, best, data)) ?? lowest;
}

function isAlike(expected: Float64Array, best: Float64Array, { actual, weight }: StackRows): boolean {
  const rows = actual.length;
  const weightOf = (row: number): number => weight?.[row] ?? 1;
  const worseBy = Float64Array.from(
    expected,
    (value, row) => unitDeviance(value, actual[row] ?? 0) - unitDeviance(best[row] ?? 0, actual[row] ?? 0),
  );
  const mean = sumOf(rows, (row) => weightOf(row) * (worseBy[row] ?? 0)) / sumOf(rows, weightOf);
  const spread = sumOf(rows, (row) => {
    const from = weightOf(row) * ((worseBy[row] ?? 0) - mean);
    return from * from;
  });
  return mean <= Math.sqrt(spread) / sumOf(rows, weightOf);
}

function devianceOf({ actual, weight }: StackRows, expected: ArrayLike<number>, list: readonly number[]): number {
  const pick = (column: ArrayLike<number>): Float64Array => Float64Array.from(list, (row) => column[row] ?? 0);
  return poissonDeviance(pick(expected), pick(actual), weight ? pick(weight) : undefined);
}

/** Weights in the ratio of a cohort's prior to that of all; as they are without one. */
function tilted(weights: readonly number[], base: readonly number[], own: readonly number[] | undefined): readonly number[] {
  if (!own) return weights;
  const raw = weights.map((weight, model) => (weight * (own[model] ?? 0)) / (base[model] ?? 1));
  const total = sumOf(raw.length, (model) => raw[model] ?? 0);
  return raw.map((weight) => weight / total);
}

/** A pull to a weight of exactly zero could not be undone by any data. */
function interior(weights: readonly number[]): readonly number[] {
  return weights.map((value) => 0.99 * value + 0.01 / weights.length);
}

function finiteOrNull(strength: number): number | null {
  return Number.isFinite(strength) ? strength : null;
}

function checkOptions(folds: number, strengths: readonly number[]): void {
  if (!Number.isInteger(folds) || folds < 2) throw new CohortiumError('NUMERIC_DOMAIN', `folds is an integer ≥ 2; found ${folds}`);
  const bad = strengths.findIndex((strength) => !(strength >= 0));
  if (strengths.length === 0 || bad >= 0) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `strengths are one number ≥ 0 or more; found ${strengths.length === 0 ? 'none' : strengths[bad]}`,
    );
  }
}

function checkInput({ predictions, actual, weight, cohort, group }: StackInput): void {
  if (predictions.length === 0 || actual.length === 0) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `stacking needs a model and a row; found ${predictions.length} models, ${actual.length} rows`,
    );
  }
  const check = (name: string, column: ArrayLike<number>, accepts: (value: number) => boolean, wanted: string): void => {
    if (column.length !== actual.length) {
      throw new CohortiumError('NUMERIC_DOMAIN', `${name} needs one number for each of ${actual.length} rows; found ${column.length}`);
    }
    for (let row = 0; row < column.length; row++) {
      const value = column[row] ?? Number.NaN;
      if (!accepts(value)) throw new CohortiumError('NUMERIC_DOMAIN', `${name} has ${value} in row ${row}; it must be ${wanted}`);
    }
  };
  const isCount = (value: number): boolean => value >= 0 && Number.isFinite(value);
  predictions.forEach((column, model) => check(`model ${model}`, column, isCount, 'finite and ≥ 0'));
  check('actual', actual, isCount, 'finite and ≥ 0');
  if (weight) check('weight', weight, (value) => value > 0 && Number.isFinite(value), 'finite and > 0');
  const isCode = (value: number): boolean => Number.isInteger(value) && value >= 0;
  if (cohort) check('cohort', cohort, isCode, 'an integer ≥ 0');
  if (group) check('group', group, isCode, 'an integer ≥ 0');
}
