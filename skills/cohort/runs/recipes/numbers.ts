/** Columns of numbers for the methods that look at levels: scaled, in words, with reasons by squared distances. */
import { expm1, log1p, makeRng } from '../../../sdk/numeric/index.ts';
import { type Assignment, type FeatureColumns, orderFreeSums, type Scale, standardise } from '../../core/methods/index.ts';
import { principalAxes, project } from '../../core/runs/principal-axes.ts';
import { type Reasons, keepReasons } from '../../core/runs/top-reasons.ts';
import { isDuration } from '../../definitions/feature-names.ts';
import type { CohortPicture } from '../../definitions/pictures.ts';
import type { Frame } from '../frame.ts';
import type { CohortWords, Skipped } from '../recipe.ts';
import { drawDistinct } from '../run-method.ts';
import { nameByTraits, sayTraits, shown, strongestTraits, type Trait } from '../words.ts';

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
  return { data, plain, scale: standardised.scale, standard: standardised.columns };
}

/** Says that too few take part, where they are. */
export function tooFew(frame: Frame, least: number, what = 'customers took part'): Skipped | undefined {
  const customers = frame.rows.length;
  if (customers >= least) return undefined;
  return { skipped: `${customers} ${what}; at least ${least} are needed to find cohorts`, customers };
}

export function isSkipped(value: object): value is Skipped {
  return 'skipped' in value;
}

export function takeColumns({ names, columns }: FeatureColumns, rows: Uint32Array): FeatureColumns {
  return { names, columns: columns.map((column) => Float64Array.from(rows, (row) => column[row] ?? 0)) };
}

/**
 * Per cohort what sets it apart, strongest first. Means are taken on the scale of the method and brought back to the columns' own
 * units, so that a few large values do not make a cohort look like what most of its customers are not.
 */
export function traitsOf({ data, plain, scale }: Numbers, label: Int32Array, cohorts: number): Trait[][] {
  const sizes = new Float64Array(cohorts);
  for (const own of label) if (own >= 0) sizes[own] = (sizes[own] ?? 0) + 1;
  const seen = data.columns.map((column) => orderFreeSums(column, cohorts, label));
  const inUnits = (at: number, value: number): number => (data.columns[at] === plain.columns[at] ? value : signedExp(value));
  return Array.from(sizes, (size, cohort) =>
    strongestTraits(
      size === 0
        ? []
        : data.names.map((feature, at) => {
            const sd = scale.sd[at] ?? 0;
            const mean = (seen[at]?.[cohort] ?? 0) / size;
            return {
              feature,
              here: inUnits(at, mean),
              all: inUnits(at, scale.mean[at] ?? 0),
              difference: sd > 0 ? (mean - (scale.mean[at] ?? 0)) / sd : 0,
            };
          }),
    ),
  );
}

/** Cohorts named by their traits. */
export function wordsOfTraits(traits: readonly (readonly Trait[])[], label: Int32Array): CohortWords[] {
  const names = nameByTraits(traits);
  return traits.map((own, cohort) => ({ name: names[cohort] ?? '', says: [saySize(label, cohort), ...sayTraits(own)], traits: own }));
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
export function saySize(label: Int32Array, cohort: number): string {
  let size = 0;
  for (const own of label) if (own === cohort) size += 1;
  return `${size} customers, ${shown((100 * size) / Math.max(1, label.length))} % of those who took part.`;
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

/** Takes signedLog back. */
function signedExp(value: number): number {
  return value < 0 ? -expm1(-value) : expm1(value);
}

/** log(1 + |value|) with the sign kept: net amounts may be negative. */
function signedLog(value: number): number {
  return value < 0 ? -log1p(-value) : log1p(value) + 0;
}
