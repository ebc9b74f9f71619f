/**
 * CUPED: takes out of an outcome what was known of each customer before the experiment, such as spend. The difference of the arms stays
 * unbiased, since assignment knows nothing of the past, and varies less. Refuses nothing but columns of unequal length: a past that
 * explains nothing leaves the outcome as it is.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { sum, sumOf } from '../../../sdk/numeric/index.ts';

export interface CupedArm {
  /** One number per customer. */
  readonly outcome: Float64Array;
  /** Of the same customers, from before the experiment. */
  readonly pre: Float64Array;
}

export interface CupedAdjustment {
  /** Slope of the outcome on the past, the same in all arms. */
  readonly theta: number;
  /** Share of the variance inside arms that is gone, 0 to 1. */
  readonly varianceReduction: number;
  /** Outcomes of each arm after the adjustment, in the order of the customers. */
  readonly adjusted: readonly Float64Array[];
}

/**
 * Subtracts θ·(past − mean past of all customers) with θ the slope inside arms, so that no effect leaks into it.
 * @param arms at least one customer each
 * @throws {CohortiumError} NUMERIC_DOMAIN for columns of unequal length
 * @see Deng, Xu, Kohavi & Walker (2013), "Improving the sensitivity of online controlled experiments by utilizing pre-experiment data"
 */
export function adjustByPast(arms: readonly CupedArm[]): CupedAdjustment {
  for (const { outcome, pre } of arms) {
    if (outcome.length !== pre.length)
      throw new CohortiumError('NUMERIC_DOMAIN', `the past needs one number for each of ${outcome.length} customers; found ${pre.length}`);
  }
  const centred = arms.map(({ outcome, pre }) => ({ y: fromMean(outcome), x: fromMean(pre) }));
  const across = (one: 'x' | 'y', other: 'x' | 'y'): number =>
    sum(centred.map((arm) => sumOf(arm.x.length, (row) => (arm[one][row] ?? 0) * (arm[other][row] ?? 0))));
  const [xx, xy, yy] = [across('x', 'x'), across('x', 'y'), across('y', 'y')];
  const theta = xx > 0 ? xy / xx : 0;
  const customers = sum(arms.map(({ pre }) => pre.length));
  const meanPast = sum(arms.map(({ pre }) => sum(pre))) / customers;
  return {
    theta,
    varianceReduction: xx > 0 && yy > 0 ? Math.min(1, (theta * xy) / yy) : 0,
    adjusted: arms.map(({ outcome, pre }) => outcome.map((value, row) => value - theta * ((pre[row] ?? 0) - meanPast))),
  };
}

function fromMean(values: Float64Array): Float64Array {
  const mean = sum(values) / values.length;
  return values.map((value) => value - mean);
}
