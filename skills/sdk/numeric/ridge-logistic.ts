/** Logistic regression with a ridge on all weights but the intercept, by Newton's method. Small and dense: tens of columns. */
import { factorCholesky, solveCholesky } from './cholesky.ts';
import { sigmoid } from './special.ts';

/** Rows beside each other in one array; the first column is the intercept, so 1 in every row. */
export interface DesignRows {
  readonly rows: Float64Array;
  readonly width: number;
}

export interface RidgeOptions {
  /** On standardised columns, in rows. */
  readonly ridge: number;
  readonly newtonSteps: number;
}

/**
 * @param label in [0, 1] per row: a class, or the probability of one
 * @param chosen the rows to learn from, in this order
 * @returns weights, the intercept first; those reached so far where a step cannot be taken
 */
export function fitRidgeLogistic(
  { rows, width }: DesignRows,
  label: ArrayLike<number>,
  chosen: ArrayLike<number>,
  { ridge, newtonSteps }: RidgeOptions,
): Float64Array {
  const weights = new Float64Array(width);
  for (let step = 0; step < newtonSteps; step++) {
    const gradient = new Float64Array(width);
    const information = new Float64Array(width * width);
    for (let place = 0; place < chosen.length; place++) {
      const row = chosen[place] ?? 0;
      const at = row * width;
      const share = sigmoid(linearPredictor({ rows, width }, row, weights));
      const [error, spread] = [(label[row] ?? 0) - share, Math.max(share * (1 - share), 1e-6)];
      for (let one = 0; one < width; one++) {
        const value = rows[at + one] ?? 0;
        gradient[one] = (gradient[one] ?? 0) + error * value;
        for (let other = 0; other <= one; other++) {
          information[one * width + other] = (information[one * width + other] ?? 0) + spread * value * (rows[at + other] ?? 0);
        }
      }
    }
    for (let one = 0; one < width; one++) {
      const penalty = one === 0 ? 1e-6 : ridge;
      gradient[one] = (gradient[one] ?? 0) - penalty * (weights[one] ?? 0);
      information[one * width + one] = (information[one * width + one] ?? 0) + penalty;
      for (let other = 0; other < one; other++) information[other * width + one] = information[one * width + other] ?? 0;
    }
    const factor = factorCholesky(information, width);
    if (!factor) return weights;
    const move = solveCholesky(factor, gradient);
    for (let one = 0; one < width; one++) weights[one] = (weights[one] ?? 0) + (move[one] ?? 0);
  }
  return weights;
}

/** Weights times one row. */
export function linearPredictor({ rows, width }: DesignRows, row: number, weights: Float64Array): number {
  const at = row * width;
  let total = 0;
  for (let one = 0; one < width; one++) total += (rows[at + one] ?? 0) * (weights[one] ?? 0);
  return total;
}
