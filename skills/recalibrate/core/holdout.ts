/** What was predicted at the cut-off and what came true, in columns. Refuses numbers that are none, and names row and column. */
import { CohortiumError } from '../../sdk/errors.ts';
import type { IntervalColumns } from './conformal/index.ts';

/** Columns over the customers known at the cut-off. */
export interface Holdout {
  readonly customerId: readonly string[];
  readonly cohort: readonly string[];
  readonly pPurchase: ArrayLike<number>;
  readonly expectedPurchases: ArrayLike<number>;
  readonly expectedSpendMinor: ArrayLike<number>;
  readonly actualBaskets: ArrayLike<number>;
  /** Below 0 where returns exceed purchases. */
  readonly actualSpendMinor: ArrayLike<number>;
  /** Absent where the model gave no intervals: then none are calibrated. */
  readonly intervals?: HoldoutIntervals;
}

export interface HoldoutIntervals {
  /** Purchase days up to the cut-off. */
  readonly baskets: ArrayLike<number>;
  /** Of spend, at the level of the run, holding the expectation. */
  readonly spend: IntervalColumns;
  /** Of spend between quantiles, at levels that a report names. */
  readonly judged: readonly (IntervalColumns & { readonly level: number })[];
}

/** @throws {CohortiumError} NUMERIC_DOMAIN naming the first value that cannot be used */
export function checkHoldout(holdout: Holdout): void {
  const least: readonly (readonly [keyof Holdout, ArrayLike<number>, number, number])[] = [
    ['pPurchase', holdout.pPurchase, 0, 1],
    ['expectedPurchases', holdout.expectedPurchases, 0, Number.MAX_VALUE],
    ['expectedSpendMinor', holdout.expectedSpendMinor, 0, Number.MAX_VALUE],
    ['actualBaskets', holdout.actualBaskets, 0, Number.MAX_VALUE],
    ['actualSpendMinor', holdout.actualSpendMinor, -Number.MAX_VALUE, Number.MAX_VALUE],
  ];
  for (const [name, values, low, high] of least) {
    if (values.length !== holdout.customerId.length) {
      throw new CohortiumError('NUMERIC_DOMAIN', `holdout: '${name}' has ${values.length} rows for ${holdout.customerId.length} customers`);
    }
    const wrong = Array.from(values).findIndex((value) => !(value >= low && value <= high));
    if (wrong < 0) continue;
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `holdout: '${name}' of customer '${holdout.customerId[wrong]}' is ${values[wrong]}; it has to be a number ${
        high === 1 ? 'in [0, 1]' : low === 0 ? '≥ 0' : 'of minor units'
      }`,
    );
  }
}
