/**
 * Quick estimates of how regularly customers buy, from the times between their purchases alone: the shape k of their gamma
 * distribution. 1 is as at random, 2 and more is regular, below 1 is in bursts. No model of leaving is involved; a choice of k
 * for BG/CNBD-k by likelihood is chooseRegularity.
 */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { digamma, log, sum, sumOf, trigamma } from '../../../../sdk/numeric/index.ts';

/**
 * `wheat`: one k for all, from the last two times of each customer. The others: a k for each customer, then the median; by
 * maximum likelihood (`mle`), by two closed forms near it (`mle-minka`, `mle-thom`), or from the coefficient of variation (`cv`).
 */
export type RegularityMethod = 'wheat' | 'mle' | 'mle-minka' | 'mle-thom' | 'cv';

export interface RegularityEstimate {
  /** > 0; Infinity where all times of the customer in the middle are equal. */
  readonly k: number;
  /** Customers with enough times between purchases. */
  readonly customers: number;
}

/**
 * @param gaps times between purchases of each customer in their order, all > 0; any time unit, one for each customer
 * @param least customers with fewer times are left out; default 2 for `wheat`, 10 for the others
 * @throws {CohortiumError} NUMERIC_DOMAIN when a time is not > 0, or least is below 2
 * @throws {CohortiumError} CLV_TOO_FEW_CUSTOMERS when nobody has enough times
 * @see Wheat & Morrison (1990), "Estimating purchase regularity with two interpurchase times", Journal of Marketing Research 27(1)
 * @see Dunn, Reader & Wrigley (1983), "An investigation of the assumptions of the NBD model", Applied Statistics 32(3)
 */
export function estimateRegularity(
  gaps: readonly ArrayLike<number>[],
  method: RegularityMethod,
  least: number = method === 'wheat' ? 2 : 10,
): RegularityEstimate {
  if (!(least >= 2)) throw new CohortiumError('NUMERIC_DOMAIN', `regularity needs two times of a customer at least; found least ${least}`);
  gaps.forEach((times, customer) => {
    for (let index = 0; index < times.length; index++) {
      const time = times[index] ?? Number.NaN;
      if (!(time > 0 && Number.isFinite(time))) {
        throw new CohortiumError(
          'NUMERIC_DOMAIN',
          `customer ${customer}: a time between purchases is > 0; found ${time}; merge purchases of one day first`,
        );
      }
    }
  });
  const enough = gaps.filter((times) => times.length >= least);
  if (enough.length === 0) {
    throw new CohortiumError('CLV_TOO_FEW_CUSTOMERS', `regularity needs a customer with ${least} times between purchases; found none`);
  }
  if (method === 'wheat') return { k: fromLastTwo(enough), customers: enough.length };
  const each = Float64Array.from(enough, estimators[method]).sort();
  const [below = 1, above = 1] = [each[(each.length - 1) >> 1], each[each.length >> 1]];
  return { k: below === above ? below : (below + above) / 2, customers: enough.length };
}

/**
 * The share of one of two times in their sum is Beta(k, k), of variance 1/(8k + 4) around ½. Its mean is known, so it is not
 * estimated, and it does not matter which of the two is taken.
 */
function fromLastTwo(gaps: readonly ArrayLike<number>[]): number {
  const squares = sumOf(gaps.length, (customer) => {
    const times = gaps[customer] ?? [];
    const [before = 1, last = 1] = [times[times.length - 2], times[times.length - 1]];
    const share = before / (before + last) - 0.5;
    return share * share;
  });
  const variance = squares / gaps.length;
  return (1 - 4 * variance) / (8 * variance);
}

const estimators: Readonly<Record<Exclude<RegularityMethod, 'wheat'>, (times: ArrayLike<number>) => number>> = {
  mle: (times) => shapeOf(logRatio(times)),
  'mle-minka': (times) => minka(logRatio(times)),
  'mle-thom': (times) => thom(logRatio(times)),
  cv: (times) => {
    const mean = sum(times) / times.length;
    const squares = sumOf(times.length, (index) => ((times[index] ?? mean) - mean) * ((times[index] ?? mean) - mean));
    return squares === 0 ? Number.POSITIVE_INFINITY : (mean * mean * (times.length - 1)) / squares;
  },
};

/** Log of the arithmetic mean less the mean of logs: all that the likelihood of a gamma shape knows of the times. ≥ 0. */
function logRatio(times: ArrayLike<number>): number {
  const mean = sum(times) / times.length;
  const ratio = -sumOf(times.length, (index) => log((times[index] ?? mean) / mean)) / times.length;
  return ratio > 1e-15 ? ratio : 0;
}

/** @see Minka (2002), "Estimating a gamma distribution", the starting point of eq. 9 and after */
function minka(ratio: number): number {
  return ratio === 0 ? Number.POSITIVE_INFINITY : (3 - ratio + Math.sqrt((ratio - 3) * (ratio - 3) + 24 * ratio)) / (12 * ratio);
}

/** @see Thom (1958), "A note on the gamma distribution", Monthly Weather Review 86(4) */
function thom(ratio: number): number {
  return ratio === 0 ? Number.POSITIVE_INFINITY : (1 + Math.sqrt(1 + (4 * ratio) / 3)) / (4 * ratio);
}

/** Root of log k − ψ(k) = ratio. @see Minka (2002), Newton's method on 1/k, which takes four steps */
function shapeOf(ratio: number): number {
  let k = minka(ratio);
  // Beyond that the closed form has all digits that log k − ψ(k) has.
  if (!(k < 1e6)) return k;
  for (let step = 0; step < 50; step++) {
    const next = 1 / (1 / k + (log(k) - digamma(k) - ratio) / (k * k * (1 / k - trigamma(k))));
    if (Math.abs(next - k) <= 1e-14 * k) return next;
    k = next;
  }
  return k;
}
