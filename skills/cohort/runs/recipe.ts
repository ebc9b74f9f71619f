/**
 * What a method is to the engine: a recipe that turns a window of customers into data, says how the method is fitted and assigned on
 * them, and puts the outcome into words. The engine does what all methods share: sampling, refits, confidence, keys.
 */
import type { Assignment } from '../core/methods/index.ts';
import type { StepMap } from '../core/runs/isotonic.ts';
import type { Reasons } from '../core/runs/top-reasons.ts';
import type { CohortRun } from '../definitions/cohort-run.ts';
import type { MethodId } from '../definitions/definition.ts';
import type { CohortPicture } from '../definitions/pictures.ts';
import type { Frame } from './frame.ts';
import type { Trait } from './words.ts';

/** A cohort in words, in the order of the model's numbers. */
export interface CohortWords {
  readonly name: string;
  readonly says: readonly string[];
  readonly traits: readonly Trait[];
}

export interface Described {
  readonly cohorts: readonly CohortWords[];
  /** What the reasons point to. */
  readonly features: readonly string[];
  readonly reasons: Reasons;
  /** What reasons rest on besides the model, as plain JSON: those of a customer who is assigned later are found with it. */
  readonly context?: Readonly<Record<string, unknown>>;
  readonly own: Readonly<Record<string, number>>;
  readonly picture: CohortPicture | null;
}

/** Refits on customers drawn with replacement; null where the cohorts are a rule that no data change. */
export interface Resampling {
  readonly refits: number;
  /** Customers drawn for each, at most. */
  readonly rows: number;
}

export interface Subject<Data, Model> {
  readonly data: Data;
  /** One per row of `data` that `assign` labels. */
  readonly customers: number;
  /** The data of these customers; a customer may be taken several times. */
  readonly take: (data: Data, rows: Uint32Array) => Data;
  readonly fit: (data: Data, seed: string) => Model;
  readonly assign: (model: Model, data: Data) => Assignment;
  /** What is fitted on, where it is not the data of those who are assigned; null takes all of it. */
  readonly learning?: { readonly rows: number; readonly take: (rows: Uint32Array | null) => Data };
  /** Cohorts of a model. */
  readonly cohortsOf: (model: Model) => number;
  /** Fitted on a sample of so many rows where there are more; everybody is assigned. */
  readonly fitRows: number;
  readonly resampling: Resampling | null;
  /** Assigns some customers where their data alone do not do, as in a graph; by default from what `take` gives. */
  readonly assignSome?: (model: Model, rows: Uint32Array) => Assignment;
  /** Standardised columns that a silhouette is measured in. */
  readonly silhouette?: readonly Float64Array[];
  readonly describe: (model: Model, assignment: Assignment) => Described;
}

export interface RecipeRequest {
  readonly frame: Frame;
  /** As the definition gives them; the recipe parses them. */
  readonly parameters: unknown;
  /** Columns that the definition names; empty for the method's own. */
  readonly features: readonly string[];
  readonly seed: string;
  /** Model of the run before, where it was of the same version of the definition. */
  readonly earlierModel: unknown;
}

/** A window in which the method has nothing to work on. */
export interface Skipped {
  readonly skipped: string;
  /** Customers that took part. */
  readonly customers: number;
}

export interface Outcome {
  /** Narrowed where the method asks for more than the definition does, such as for a purchase. */
  readonly frame: Frame;
  readonly model: unknown;
  readonly assignment: Assignment;
  /** Calibrated, in [0, 1]. */
  readonly confidence: Float64Array;
  /** Of each cohort, how often customers of a confidence stay; null where nothing was refitted. */
  readonly maps: readonly StepMap[] | null;
  /** What the model of the run before says of the same customers, in its own numbers; null where there is none that fits. */
  readonly earlier: Int32Array | null;
  readonly described: Described;
  readonly quality: Pick<CohortRun['quality'], 'silhouette' | 'adjustedRandIndex' | 'calibrationError'>;
  /** Jaccard of each cohort on resamples; null where it is not resampled. */
  readonly stability: readonly (number | null)[];
}

/** Customers to assign by a model that is there already. */
export interface AssignRequest extends Pick<RecipeRequest, 'frame' | 'parameters' | 'features' | 'earlierModel'> {
  readonly model: unknown;
  /** As the run has it that the model is of. */
  readonly context: unknown;
}

/** What a model says of customers that it need not have been fitted on, each by the own row alone. */
export interface Placed {
  /** Narrowed as in a computation. */
  readonly frame: Frame;
  readonly assignment: Assignment;
  /** What the reasons point to. */
  readonly features: readonly string[];
  readonly reasons: Reasons;
  /** What the model of the run before says of them; null where there is none that fits. */
  readonly earlier: Int32Array | null;
}

export interface CohortRecipe {
  readonly method: MethodId;
  /** Cohorts go on under their names, or under the customers that they share with those of before. */
  readonly identity: 'name' | 'overlap';
  readonly compute: (request: RecipeRequest) => Outcome | Skipped;
  /** Null where a customer's cohort follows from others and not from the own row. */
  readonly assign: ((request: AssignRequest) => Placed) | null;
}
