/**
 * The nearest customer whom the model would have scored otherwise: what would have had to be different, in as few and as small steps
 * as can be. Says what the model would have scored, never what would come of it. Changes only features that are named as actionable.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { type Rng, sumOf } from '../../../sdk/numeric/index.ts';

export interface CounterfactualFeature {
  readonly name: string;
  /** False for what a person cannot change, and for protected attributes and their proxies: it is never touched. */
  readonly isActionable: boolean;
  /** Ways that it may move. */
  readonly direction: 'up' | 'down' | 'either';
  readonly least: number;
  readonly most: number;
  /** Median absolute deviation over customers, > 0: what counts as one step. */
  readonly scale: number;
  /** 1 for counts and days; 0 where any number will do. */
  readonly grid: number;
}

export interface CounterfactualQuestion {
  readonly features: readonly CounterfactualFeature[];
  readonly row: ArrayLike<number>;
  /** What the model gives for a row. */
  readonly score: (row: Float64Array) => number;
  /** Whether that is what was asked for. */
  readonly isReached: (score: number) => boolean;
  /** Which way the score has to go. */
  readonly towards: 'higher' | 'lower';
  /** Real customers; what is proposed lies no farther from them than they lie from each other. Empty: not checked. */
  readonly others: readonly ArrayLike<number>[];
}

export interface Counterfactual {
  readonly row: Float64Array;
  readonly score: number;
  readonly changes: readonly { readonly feature: string; readonly from: number; readonly to: number }[];
  /** Sum of the changes over their scales. */
  readonly distance: number;
}

/** Restarts of the search from random orders of the features. */
const restarts = 8;
/** Steps of one line, halved until the smallest change that does it is found. */
const halvings = 24;
/** A proposal may be as far from its nearest customers as nine tenths of customers are from theirs. */
const nearest = 5;
const densityShare = 0.9;

/**
 * Searches greedily for the smallest change that reaches the target: one feature at a time, the cheapest first, then restarts with
 * other orders; what is found is scored again, undone where it was not needed, and checked against real customers.
 * @returns null when no change of the actionable features reaches it
 * @throws {CohortiumError} NUMERIC_DOMAIN when scales or bounds are none
 * @see Wachter, Mittelstadt & Russell (2018), "Counterfactual explanations without opening the black box"; Mothilal, Sharma & Tan (2020)
 */
export function findCounterfactual(question: CounterfactualQuestion, rng: Rng): Counterfactual | null {
  checkFeatures(question);
  const start = Float64Array.from(question.row);
  if (question.isReached(question.score(start))) return finish(question, start);
  const actionable = question.features.flatMap(({ isActionable }, index) => (isActionable ? [index] : []));
  const isPlausible = plausibility(question);
  let best: Counterfactual | null = null;
  for (let restart = 0; restart <= restarts; restart++) {
    const order = restart === 0 ? cheapestFirst(question, start, actionable) : shuffle(actionable, rng);
    const found = search(question, start, order);
    if (!found) continue;
    const candidate = finish(question, shrink(question, start, found));
    if (!isPlausible(candidate.row)) continue;
    if (best === null || isBetter(candidate, best)) best = candidate;
  }
  return best;
}

/** Moves one feature after the other as far as it helps, the last one only as far as it has to. */
function search(question: CounterfactualQuestion, start: Float64Array, order: readonly number[]): Float64Array | null {
  const row = start.slice();
  for (const index of order) {
    const limit = farthest(question, row, index);
    if (limit === null) continue;
    const moved = row.slice();
    moved[index] = limit;
    if (!question.isReached(question.score(moved))) {
      row[index] = limit;
      continue;
    }
    row[index] = smallest(question, row, index, limit);
    return row;
  }
  return null;
}

/** The end of a feature's range at which the score is farthest the wanted way; null where no end helps. */
function farthest({ features, score, towards }: CounterfactualQuestion, row: Float64Array, index: number): number | null {
  const feature = features[index];
  if (!feature) return null;
  const own = row[index] ?? 0;
  const ends = [...(feature.direction === 'up' ? [] : [feature.least]), ...(feature.direction === 'down' ? [] : [feature.most])];
  const gain = (value: number): number => {
    const moved = row.slice();
    moved[index] = value;
    return (score(moved) - score(row)) * (towards === 'higher' ? 1 : -1);
  };
  const useful = ends.filter((end) => end !== own && gain(end) > 0).sort((a, b) => gain(b) - gain(a));
  return useful[0] ?? null;
}

/** The value nearest to where the feature stands at which the target is reached, by halving. */
function smallest({ features, score, isReached }: CounterfactualQuestion, row: Float64Array, index: number, limit: number): number {
  const grid = features[index]?.grid ?? 0;
  const own = row[index] ?? 0;
  const reachedAt = (value: number): boolean => {
    const moved = row.slice();
    moved[index] = value;
    return isReached(score(moved));
  };
  let [near, far] = [own, limit];
  for (let round = 0; round < halvings; round++) {
    const middle = onGrid((near + far) / 2, grid, far);
    if (middle === near || middle === far) break;
    if (reachedAt(middle)) far = middle;
    else near = middle;
  }
  return far;
}

/** Takes back what turned out not to be needed, the largest changes first. */
function shrink(question: CounterfactualQuestion, start: Float64Array, found: Float64Array): Float64Array {
  const row = found.slice();
  const changed = question.features
    .map((_, index) => index)
    .filter((index) => row[index] !== start[index])
    .sort((a, b) => cost(question, start, row, b) - cost(question, start, row, a));
  for (const index of changed) {
    const back = row.slice();
    back[index] = start[index] ?? 0;
    if (question.isReached(question.score(back))) row[index] = start[index] ?? 0;
    else row[index] = smallest(question, back, index, row[index] ?? 0);
  }
  return row;
}

function finish(question: CounterfactualQuestion, row: Float64Array): Counterfactual {
  const start = Float64Array.from(question.row);
  return {
    row,
    score: question.score(row),
    changes: question.features.flatMap(({ name }, index) =>
      row[index] === start[index] ? [] : [{ feature: name, from: start[index] ?? 0, to: row[index] ?? 0 }],
    ),
    distance: sumOf(row.length, (index) => cost(question, start, row, index)),
  };
}

function cost({ features }: CounterfactualQuestion, start: Float64Array, row: Float64Array, index: number): number {
  return Math.abs((row[index] ?? 0) - (start[index] ?? 0)) / (features[index]?.scale ?? 1);
}

/** Fewer changes first, then smaller ones. */
function isBetter(one: Counterfactual, other: Counterfactual): boolean {
  return one.changes.length - other.changes.length < 0 || (one.changes.length === other.changes.length && one.distance < other.distance);
}

function cheapestFirst(question: CounterfactualQuestion, start: Float64Array, actionable: readonly number[]): number[] {
  const price = (index: number): number => {
    const limit = farthest(question, start, index);
    if (limit === null) return Number.POSITIVE_INFINITY;
    const moved = start.slice();
    moved[index] = limit;
    if (!question.isReached(question.score(moved))) return Number.MAX_VALUE;
    moved[index] = smallest(question, start, index, limit);
    return cost(question, start, moved, index);
  };
  const prices = new Map(actionable.map((index) => [index, price(index)]));
  return [...actionable].sort((a, b) => (prices.get(a) ?? 0) - (prices.get(b) ?? 0) || a - b);
}

function shuffle(items: readonly number[], rng: Rng): number[] {
  const order = [...items];
  for (let at = order.length - 1; at > 0; at--) {
    const chosen = rng.integer(at + 1);
    const kept = order[at] ?? 0;
    order[at] = order[chosen] ?? 0;
    order[chosen] = kept;
  }
  return order;
}

/** Whether a row has customers near it, as far as most customers have. */
function plausibility({ others, features }: CounterfactualQuestion): (row: ArrayLike<number>) => boolean {
  if (others.length <= nearest) return () => true;
  const distance = (one: ArrayLike<number>, other: ArrayLike<number>): number =>
    sumOf(features.length, (index) => Math.abs((one[index] ?? 0) - (other[index] ?? 0)) / (features[index]?.scale ?? 1));
  const toNearest = (row: ArrayLike<number>, skip: number): number =>
    Float64Array.from(others.flatMap((other, at) => (at === skip ? [] : [distance(row, other)]))).sort()[nearest - 1] ?? 0;
  const usual = Float64Array.from(others, (other, at) => toNearest(other, at)).sort();
  const farthestUsual = usual[Math.min(usual.length - 1, Math.floor(densityShare * usual.length))] ?? 0;
  return (row) => toNearest(row, -1) <= farthestUsual;
}

function onGrid(value: number, grid: number, towards: number): number {
  if (grid === 0) return value;
  const steps = value / grid;
  return (towards > value ? Math.floor(steps) : Math.ceil(steps)) * grid;
}

function checkFeatures({ features, row }: CounterfactualQuestion): void {
  const wrong = features.find(({ scale, least, most }) => !(scale > 0) || !(least <= most));
  if (wrong) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `feature '${wrong.name}': a scale above 0 and least ≤ most were expected; found ${wrong.scale}, ${wrong.least}, ${wrong.most}`,
    );
  }
  if (row.length !== features.length)
    throw new CohortiumError('NUMERIC_DOMAIN', `${features.length} features need as many values; found ${row.length}`);
}
