/**
 * Standardised mean difference of a continuous score. There are several, which differ in what the difference is divided by; each is named
 * here, because published thresholds such as 30 (in hundredths) seldom say which they mean.
 */
import { sumOf } from '../../../sdk/numeric/index.ts';

/**
 * - `pooled`: Cohen's d, the two variances weighted by their degrees of freedom.
 * - `hedges`: Cohen's d times 1 − 3/(4ν − 1) with ν = n₁ + n₂ − 2, which takes out most of its bias in small samples.
 * - `population`: the standard deviation of everybody in both groups.
 * - `average-variance`: the root of the plain mean of the two variances.
 */
export const denominators = ['pooled', 'hedges', 'population', 'average-variance'] as const;
export type Denominator = (typeof denominators)[number];

interface Moments {
  readonly weight: number;
  /** What the weights are worth in customers. */
  readonly count: number;
  readonly mean: number;
  /** Unbiased. */
  readonly variance: number;
}

/**
 * Mean of the group minus mean of the reference, over the standard deviation that is named.
 * @param score one number each
 * @param own weight of the group, ≥ 0; 1 and 0 for members and others
 * @param other weight of the reference
 * @returns null where a group is empty or too small for the denominator, or all scores are equal
 * @see Cohen (1988), ch. 2; Hedges (1981), "Distribution theory for Glass's estimator of effect size and related estimators"
 */
export function standardizedDifference(
  score: ArrayLike<number>,
  own: ArrayLike<number>,
  other: ArrayLike<number>,
  denominator: Denominator,
): number | null {
  const [a, b] = [momentsOf(score, own), momentsOf(score, other)];
  if (!a || !b) return null;
  const deviation = Math.sqrt(varianceOf(score, own, other, a, b, denominator));
  if (!(deviation > 0)) return null;
  const difference = (a.mean - b.mean) / deviation;
  return denominator === 'hedges' ? difference * (1 - 3 / (4 * (a.count + b.count - 2) - 1)) : difference;
}

function varianceOf(
  score: ArrayLike<number>,
  own: ArrayLike<number>,
  other: ArrayLike<number>,
  a: Moments,
  b: Moments,
  denominator: Denominator,
): number {
  if (denominator === 'average-variance') return a.count > 1 && b.count > 1 ? (a.variance + b.variance) / 2 : 0;
  if (denominator === 'population') {
    const weight = (row: number): number => (own[row] ?? 0) + (other[row] ?? 0);
    const mean = (a.mean * a.weight + b.mean * b.weight) / (a.weight + b.weight);
    const squares = sumOf(score.length, (row) => weight(row) * ((score[row] ?? 0) - mean) * ((score[row] ?? 0) - mean));
    return squares / (a.weight + b.weight);
  }
  const degrees = a.count + b.count - 2;
  if (!(degrees > 0)) return 0;
  return (Math.max(0, a.count - 1) * a.variance + Math.max(0, b.count - 1) * b.variance) / degrees;
}

function momentsOf(score: ArrayLike<number>, weights: ArrayLike<number>): Moments | undefined {
  const weight = sumOf(score.length, (row) => weights[row] ?? 0);
  const squares = sumOf(score.length, (row) => (weights[row] ?? 0) * (weights[row] ?? 0));
  if (!(weight > 0) || !(squares > 0)) return undefined;
  const mean = sumOf(score.length, (row) => (weights[row] ?? 0) * (score[row] ?? 0)) / weight;
  const spread = sumOf(score.length, (row) => (weights[row] ?? 0) * ((score[row] ?? 0) - mean) * ((score[row] ?? 0) - mean));
  const freedom = weight - squares / weight;
  return { weight, count: (weight * weight) / squares, mean, variance: freedom > 0 ? spread / freedom : 0 };
}
