/** Difference of the means of two arms with its variance, and Welch's test for an experiment that is looked at once. */
import { CohortiumError } from '../../../sdk/errors.ts';
import { regularizedBeta, sum, sumOf } from '../../../sdk/numeric/index.ts';

export interface MeanDifference {
  /** Mean of the treatment minus mean of the control. */
  readonly difference: number;
  /** Of the difference, ≥ 0; arms may vary differently. */
  readonly variance: number;
  /** Welch and Satterthwaite's degrees of freedom; infinite where nothing varies. */
  readonly degrees: number;
}

/**
 * @param control at least 2 finite numbers
 * @param treatment likewise
 * @throws {CohortiumError} NUMERIC_DOMAIN
 */
export function meanDifference(control: Float64Array, treatment: Float64Array): MeanDifference {
  const [a, b] = [momentsOf(control, 'control'), momentsOf(treatment, 'treatment')];
  const variance = a.ofMean + b.ofMean;
  const spread = (a.ofMean * a.ofMean) / (control.length - 1) + (b.ofMean * b.ofMean) / (treatment.length - 1);
  return {
    difference: b.mean - a.mean,
    variance,
    degrees: spread > 0 ? (variance * variance) / spread : Number.POSITIVE_INFINITY,
  };
}

/**
 * Two-sided p-value of Student's t.
 * @param degrees > 0
 * @see Welch (1947), "The generalization of 'Student's' problem when several different population variances are involved"
 */
export function studentTail(t: number, degrees: number): number {
  return regularizedBeta(degrees / (degrees + t * t), degrees / 2, 0.5);
}

/**
 * The t beyond which lies 1 − level in both tails, by bisection.
 * @param level in (0, 1)
 */
export function studentQuantile(level: number, degrees: number): number {
  let [low, high] = [0, 1];
  while (studentTail(high, degrees) > 1 - level && high < 1e150) high *= 2;
  for (let step = 0; step < 200 && high - low > 1e-14 * high; step++) {
    const middle = (low + high) / 2;
    if (studentTail(middle, degrees) > 1 - level) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function momentsOf(values: Float64Array, arm: string): { readonly mean: number; readonly ofMean: number } {
  const count = values.length;
  if (count < 2) throw new CohortiumError('NUMERIC_DOMAIN', `the ${arm} needs 2 customers or more to vary; found ${count}`);
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) throw new CohortiumError('NUMERIC_DOMAIN', `outcome ${wrong} of the ${arm} is ${values[wrong]}; it must be finite`);
  const mean = sum(values) / count;
  const squares = sumOf(count, (row) => {
    const off = (values[row] ?? 0) - mean;
    return off * off;
  });
  return { mean, ofMean: squares / (count - 1) / count };
}
