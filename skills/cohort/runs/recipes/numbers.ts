/** Columns of numbers for the methods that look at levels: scaled, in words, with reasons by squared distances. */
import { log1p, makeRng } from '../../../sdk/numeric/index.ts';
import { type Assignment, type FeatureColumns, orderFreeSums, type Scale, standardise } from '../../core/methods/index.ts';
import { principalAxes, project } from '../../core/runs/principal-axes.ts';
import { type Reasons, keepReasons } from '../../core/runs/top-reasons.ts';
import { isDuration } from '../../definitions/feature-names.ts';
import type { CohortPicture } from '../../definitions/pictures.ts';
import type { Frame } from '../frame.ts';
import type { CohortWords, Skipped } from '../recipe.ts';
import { drawDistinct } from '../run-method.ts';
import { type MoneyUnit, nameByTraits, sayCount, sayTraits, shown, strongestTraits, type Trait } from '../words.ts';

/** What the methods on numbers look at when a definition names no features. */
export const usualFeatures: readonly string[] = ['recencyDays', 'orders', 'spendMinor', 'activeDays', 'skus'];
const leastCustomers = 20;
const pointsShown = 400;

export interface Numbers {
  /** As the method sees them. */
  readonly data: FeatureColumns;
  /** In their own units. */
  readonly plain: FeatureColumns;
  readonly scale: Scale;
  /** Mean 0 and standard deviation 1. */
  readonly standard: readonly Float64Array[];
  /** What amounts are in. */
  readonly money: MoneyUnit;
}

/** What reasons by distances rest on besides the model; plain JSON. */
export interface NumbersContext {
  readonly scale: Scale;
}

/** The same where the model has no centres of its own on that scale. */
export interface CentresContext extends NumbersContext {
  readonly centres: readonly (readonly number[])[];
}

/** @returns why not, where there are too few customers */
export function readNumbers(frame: Frame, features: readonly string[], logarithms: boolean): Numbers | Skipped {
  return tooFew(frame, leastCustomers) ?? scaleNumbers(frame, features, logarithms);
}

/** @param scale of an earlier run, for customers who are seen beside those of that run; by default that of these customers */
export function scaleNumbers(frame: Frame, features: readonly string[], logarithms: boolean, scale?: Scale): Numbers {
  const names = features.length > 0 ? features : usualFeatures;
  const plain = { names, columns: names.map((name) => frame.numbers(name)) };
  const data = {
    names,
    columns: plain.columns.map((column, at) => (logarithms && !isDuration(names[at] ?? '') ? column.map(signedLog) : column)),
  };
  const standardised = standardise(data.columns, scale);
  return { data, plain, scale: standardised.scale, standard: standardised.columns, money: frame.money };
}

/** Says that too few take part, where they are. */
export function tooFew(frame: Frame, least: number, what = 'customers took part'): Skipped | undefined {
  const customers = frame.rows.length;
  if (customers >= least) return undefined;
  return {
    skipped: `${shown(customers)} ${customers === 1 ? what.replace('customers', 'customer') : what}; at least ${least} are needed to find cohorts`,
    customers,
  };
}

export function isSkipped(value: object): value is Skipped {
  return 'skipped' in value;
}

export function takeColumns({ names, columns }: FeatureColumns, rows: Uint32Array): FeatureColumns {
  return { names, columns: columns.map((column) => Float64Array.from(rows, (row) => column[row] ?? 0)) };
}

/**
 * Per cohort what sets it apart, strongest first, by ranks: medians, and how much more probable it is that a customer of the cohort has
 * more than any other than that it is the other way round. Neither depends on a few large values or on how many have nothing.
 * @see Cliff (1993), "Dominance statistics: ordinal analyses to answer ordinal questions"
 */
export function traitsOf({ plain }: Pick<Numbers, 'plain'>, label: Int32Array, cohorts: number): Trait[][] {
  const traits = Array.from({ length: cohorts }, (): Trait[] => []);
  for (const [at, feature] of plain.names.entries()) {
    const column = plain.columns[at] ?? new Float64Array();
    const all = Float64Array.from(column).sort();
    for (const [cohort, own] of valuesIn(column, label, cohorts).entries()) {
      if (own.length === 0) continue;
      own.sort();
      traits[cohort]?.push({ feature, here: medianOf(own), all: medianOf(all), difference: dominance(own, all) });
    }
  }
  return traits.map((own) => strongestTraits(own));
}

function valuesIn(column: Float64Array, label: Int32Array, cohorts: number): Float64Array[] {
  const values = Array.from(sizesOf(label, cohorts), (size) => new Float64Array(size));
  const filled = new Int32Array(cohorts);
  for (const [row, own] of label.entries()) {
    const mine = values[own];
    if (!mine) continue;
    mine[filled[own] ?? 0] = column[row] ?? 0;
    filled[own] = (filled[own] ?? 0) + 1;
  }
  return values;
}

/** @param sorted ascending, not empty */
function medianOf(sorted: Float64Array): number {
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** Cliff's delta of two ascending samples: P(own > all) − P(own < all). */
function dominance(own: Float64Array, all: Float64Array): number {
  let below = 0;
  let upTo = 0;
  let balance = 0;
  for (const value of own) {
    below = firstFrom(below, all, (other) => other >= value);
    upTo = firstFrom(Math.max(below, upTo), all, (other) => other > value);
    balance += below - (all.length - upTo);
  }
  return balance / (own.length * all.length);
}

/** First place from `start` where it holds, by doubling steps and then halves: a small cohort does not walk through everybody. */
function firstFrom(start: number, sorted: Float64Array, holds: (value: number) => boolean): number {
  let [low, step] = [start, 1];
  while (low + step <= sorted.length && !holds(sorted[low + step - 1] ?? 0)) {
    low += step;
    step *= 2;
  }
  let high = Math.min(sorted.length, low + step);
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(sorted[middle] ?? 0)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Cohorts named by their traits. */
export function wordsOfTraits(numbers: Pick<Numbers, 'plain' | 'money'>, label: Int32Array, cohorts: number): CohortWords[] {
  const traits = traitsOf(numbers, label, cohorts);
  const names = nameByTraits(traits);
  const sizes = saySizes(label, cohorts);
  return traits.map((own, cohort) => ({
    name: names[cohort] ?? '',
    says: [sizes[cohort] ?? '', ...sayTraits(own, numbers.money)],
    traits: own,
  }));
}

/** Of each cohort whether the mean score of its customers is below zero. */
export function isBelowZero(score: Float64Array, label: Int32Array, cohorts: number): boolean[] {
  const sum = new Float64Array(cohorts);
  const size = new Float64Array(cohorts);
  for (const [row, own] of label.entries()) {
    if (own < 0) continue;
    sum[own] = (sum[own] ?? 0) + (score[row] ?? 0);
    size[own] = (size[own] ?? 0) + 1;
  }
  return Array.from(sum, (total, own) => total / Math.max(1, size[own] ?? 0) < 0);
}

/** How many customers, and which part of those who took part. */
export function saySizes(label: Int32Array, cohorts: number): string[] {
  return Array.from(
    sizesOf(label, cohorts),
    (size) => `${sayCount(size, 'customer')}, ${shown((100 * size) / Math.max(1, label.length), 1)} % of those who took part.`,
  );
}

function sizesOf(label: Int32Array, cohorts: number): Int32Array {
  const sizes = new Int32Array(cohorts);
  for (const own of label) if (own >= 0) sizes[own] = (sizes[own] ?? 0) + 1;
  return sizes;
}

/**
 * How much nearer each feature brings a customer to the own centre than to another one: the difference of the squared distances, in
 * squared standard deviations.
 * @param centreOf centre of a cohort, standardised
 * @param otherOf what a row is compared with: the next nearest centre, or the centre of all
 */
export function distanceReasons(
  standard: readonly Float64Array[],
  label: Int32Array,
  centreOf: (cohort: number) => readonly number[],
  otherOf: (row: number) => readonly number[],
): Reasons {
  const reasons = keepReasons(label.length);
  for (const [row, own] of label.entries()) {
    if (own < 0) continue;
    const centre = centreOf(own);
    const other = otherOf(row);
    for (const [at, column] of standard.entries()) {
      const value = column[row] ?? 0;
      const near = value - (centre[at] ?? 0);
      const far = value - (other[at] ?? 0);
      reasons.offer(row, at, far * far - near * near);
    }
  }
  return reasons;
}

/** Nearest centre of a row other than its own; its own where there is no other. */
export function nextCentre(
  standard: readonly Float64Array[],
  label: Int32Array,
  centres: readonly (readonly number[])[],
): (row: number) => readonly number[] {
  return (row) => {
    const own = label[row] ?? -1;
    let next = own;
    let least = Number.POSITIVE_INFINITY;
    for (const [cohort, centre] of centres.entries()) {
      if (cohort === own) continue;
      let squared = 0;
      for (const [at, column] of standard.entries()) {
        const away = (column[row] ?? 0) - (centre[at] ?? 0);
        squared += away * away;
      }
      if (squared < least) {
        least = squared;
        next = cohort;
      }
    }
    return centres[next] ?? [];
  };
}

/** Means of the standardised columns in each cohort. */
export function centresOf(standard: readonly Float64Array[], label: Int32Array, cohorts: number): number[][] {
  const sizes = new Float64Array(cohorts);
  for (const own of label) if (own >= 0) sizes[own] = (sizes[own] ?? 0) + 1;
  const sums = standard.map((column) => orderFreeSums(column, cohorts, label));
  return Array.from(sizes, (size, cohort) => sums.map((column) => (column[cohort] ?? 0) / Math.max(1, size)));
}

type Choice = Extract<CohortPicture, { readonly kind: 'scatter' }>['data']['choice'];

/** Some of the customers along the two directions in which all differ most. */
export function scatterPicture({ data: { names }, standard }: Numbers, { label }: Assignment, choice: Choice = null): CohortPicture {
  const { loadings, share } = principalAxes(standard);
  const rows = drawDistinct(label.length, pointsShown, makeRng('points of a picture'));
  const [x, y] = loadings.map((axis) => project(standard, axis, rows));
  return {
    kind: 'scatter',
    data: {
      axes: loadings.map((axis, at) => ({
        share: share[at] ?? 0,
        loadings: names.map((feature, place) => ({ feature, weight: axis[place] ?? 0 })),
      })),
      points: Array.from(rows, (row, at) => ({ x: x?.[at] ?? 0, y: y?.[at] ?? 0, cohort: label[row] ?? -1 })),
      choice,
    },
  };
}

/** log(1 + |value|) with the sign kept: net amounts may be negative. */
function signedLog(value: number): number {
  return value < 0 ? -log1p(-value) : log1p(value) + 0;
}
