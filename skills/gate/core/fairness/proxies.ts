/**
 * Proxies: how well features tell who belongs to a protected group, each alone and all together, on customers who were not learnt from. What
 * tells a group well can stand in for it whether anybody meant it to or not. How well is measured against shuffled groups, so that
 * neither the number of customers nor that of categories needs a constant.
 */
import { adjustPValues, type DesignRows, fitRidgeLogistic, linearPredictor, makeRng, type Rng, sumOf } from '../../../sdk/numeric/index.ts';
import { type Association, association } from './association.ts';
import { categoryMeans, type CodedFeature, codeFeature, type Feature, foldsOf, othersOf } from './encode-features.ts';

export interface ProxyFinding {
  /** Name of the feature; `all` for all together. */
  readonly feature: string;
  /** Probability that a member is ranked above somebody else, on customers not learnt from; 0.5 for no proxy. */
  readonly auc: number;
  /** Share of shuffles that reach it, the data themselves counted as one. */
  readonly p: number;
  /** By Benjamini and Hochberg over all findings of the group. */
  readonly adjustedP: number;
  /** Null for all together. */
  readonly association: Association | null;
  readonly categories: number;
}

export interface ProxyOptions {
  readonly seed: string;
  /** Shuffles of the group that every AUC is compared with. */
  readonly permutations: number;
  /** A random part of more customers than this is used. */
  readonly mostRows: number;
}

const folds = 5;
const logistic = { ridge: 1, newtonSteps: 4 };

/**
 * @param features of all customers
 * @param probability of belonging to the group, in [0, 1]; NaN where nothing is known, who are left out
 * @returns by feature in the order given, then all together; empty for fewer than 20 customers, or fewer than 5 on a side
 */
export function findProxies(
  features: readonly Feature[],
  probability: Float64Array,
  { seed, permutations, mostRows }: ProxyOptions,
): readonly ProxyFinding[] {
  const rng = makeRng(seed).split('proxies');
  const known = Array.from(probability.keys()).filter((row) => Number.isFinite(probability[row]));
  const rows = shuffled(Int32Array.from(known), rng.split('rows')).slice(0, mostRows);
  const label = Float64Array.from(rows, (row) => probability[row] ?? 0);
  const members = sumOf(label.length, (row) => label[row] ?? 0);
  if (features.length === 0 || rows.length < 20 || members < 5 || rows.length - members < 5) return [];
  const coded = features.map((feature) => codeFeature(feature, rows));
  const split = foldsOf(rows.length, folds);
  const measured = (target: Float64Array): Float64Array =>
    Float64Array.from([...coded.map((feature) => aucOfFeature(feature, target, split)), aucOfAll(coded, target, split)]);
  const found = measured(label);
  const reached = new Float64Array(found.length).fill(1);
  const draws = rng.split('shuffles');
  for (let draw = 0; draw < permutations; draw++) {
    measured(shuffled(label, draws)).forEach((auc, at) => {
      if (auc >= (found[at] ?? 0)) reached[at] = (reached[at] ?? 0) + 1;
    });
  }
  const p = reached.map((count) => count / (permutations + 1));
  const adjusted = adjustPValues(p, 'benjamini-hochberg');
  return Array.from(found, (auc, at): ProxyFinding => {
    const feature = coded[at];
    return {
      feature: feature?.name ?? 'all',
      auc,
      p: p[at] ?? 1,
      adjustedP: adjusted[at] ?? 1,
      association: feature ? association(feature.codes, feature.categories, label) : null,
      categories: feature?.categories ?? 0,
    };
  });
}

/** Mean over the folds of the AUC of what the other folds say of a category. */
function aucOfFeature(feature: CodedFeature, target: Float64Array, split: readonly Int32Array[]): number {
  const aucs = split.map((held, fold) => {
    const means = categoryMeans(feature, target, othersOf(split, fold));
    return weightedAuc(
      held.length,
      (at) => means[feature.codes[held[at] ?? 0] ?? 0] ?? 0,
      (at) => target[held[at] ?? 0] ?? 0,
    );
  });
  return meanOf(aucs);
}

/** The same of a logistic regression on all features; what it learns from was itself learnt on other folds. */
function aucOfAll(coded: readonly CodedFeature[], target: Float64Array, split: readonly Int32Array[]): number {
  const aucs = split.map((held, fold) => {
    const learnt = othersOf(split, fold);
    const points = designOf(coded, target, split, fold);
    const weights = fitRidgeLogistic(points, target, learnt, logistic);
    return weightedAuc(
      held.length,
      (at) => linearPredictor(points, held[at] ?? 0, weights),
      (at) => target[held[at] ?? 0] ?? 0,
    );
  });
  return meanOf(aucs);
}

/** Standardised means by category: of the rows to learn from by the folds beside their own, of the held ones by all that are learnt from. */
function designOf(coded: readonly CodedFeature[], target: Float64Array, split: readonly Int32Array[], held: number): DesignRows {
  const width = coded.length + 1;
  const rows = new Float64Array(target.length * width);
  for (let row = 0; row < target.length; row++) rows[row * width] = 1;
  const learnt = othersOf(split, held);
  const base = meanOf(Array.from(learnt, (row) => target[row] ?? 0));
  const spread = Math.max(Math.sqrt(base * (1 - base)), 1e-3);
  coded.forEach((feature, at) => {
    split.forEach((members, fold) => {
      const means = categoryMeans(feature, target, fold === held ? learnt : othersOf(split, held, fold));
      for (const row of members) rows[row * width + at + 1] = ((means[feature.codes[row] ?? 0] ?? 0) - base) / spread;
    });
  });
  return { rows, width };
}

/**
 * AUC where everybody is a member by a probability: pairs count by the product of membership of one and non-membership of the other.
 * @returns 0.5 where there are no such pairs
 */
export function weightedAuc(count: number, scoreAt: (at: number) => number, memberAt: (at: number) => number): number {
  const score = Float64Array.from({ length: count }, (_, at) => scoreAt(at));
  const order = Uint32Array.from({ length: count }, (_, at) => at).sort((a, b) => (score[a] ?? 0) - (score[b] ?? 0) || a - b);
  let [below, pairs, members, others] = [0, 0, 0, 0];
  for (let at = 0; at < count;) {
    let [own, other] = [0, 0];
    const value = score[order[at] ?? 0];
    for (; at < count && score[order[at] ?? 0] === value; at++) {
      const membership = memberAt(order[at] ?? 0);
      own += membership;
      other += 1 - membership;
    }
    pairs += own * (below + other / 2);
    below += other;
    members += own;
    others += other;
  }
  return members > 0 && others > 0 ? pairs / (members * others) : 0.5;
}

function meanOf(values: readonly number[]): number {
  return values.length > 0 ? sumOf(values.length, (at) => values[at] ?? 0) / values.length : 0;
}

function shuffled<Values extends Int32Array | Float64Array>(values: Values, rng: Rng): Values {
  const drawn = values.slice() as Values; // slice keeps the kind of array
  for (let last = drawn.length - 1; last > 0; last--) {
    const other = rng.integer(last + 1);
    const kept = drawn[last] ?? 0;
    drawn[last] = drawn[other] ?? 0;
    drawn[other] = kept;
  }
  return drawn;
}
