/**
 * How unequally a benefit is spread over people and over groups. The benefit of somebody is what was predicted of them, minus what came
 * true, plus one: 2 for who got more than was right, 0 for who got less.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { log, pow, sumOf } from '../../../sdk/numeric/index.ts';

/** @param predicted 0 or 1 @param actual 0 or 1 */
export function benefits(predicted: ArrayLike<number>, actual: ArrayLike<number>): Float64Array {
  return Float64Array.from({ length: predicted.length }, (_, row) => (predicted[row] ?? 0) - (actual[row] ?? 0) + 1);
}

/**
 * Generalised entropy index; 0 when all are equal.
 * @param benefit ≥ 0 each
 * @param alpha 2 by default, half the squared coefficient of variation; 1 is Theil's index, 0 the mean logarithmic deviation
 * @returns null where there is nobody or no benefit at all, or somebody has none and alpha is 0
 * @throws {CohortiumError} NUMERIC_DOMAIN for a negative benefit
 * @see Speicher et al. (2018), "A unified approach to quantifying algorithmic unfairness", eq. 2
 */
export function generalizedEntropy(benefit: ArrayLike<number>, alpha = 2): number | null {
  const count = benefit.length;
  for (let row = 0; row < count; row++)
    if (!((benefit[row] ?? 0) >= 0)) throw new CohortiumError('NUMERIC_DOMAIN', `benefit ${row} must be from 0; found ${benefit[row]}`);
  const mean = count > 0 ? sumOf(count, (row) => benefit[row] ?? 0) / count : 0;
  if (!(mean > 0)) return null;
  const relative = (row: number): number => (benefit[row] ?? 0) / mean;
  if (alpha === 1)
    return (
      sumOf(count, (row) => {
        const own = relative(row);
        return own > 0 ? own * log(own) : 0; // the limit at 0
      }) / count
    );
  if (alpha === 0) {
    const isEverybody = Array.from({ length: count }, (_, row) => relative(row)).every((own) => own > 0);
    return isEverybody ? -sumOf(count, (row) => log(relative(row))) / count : null;
  }
  if (alpha < 0 && Array.from(benefit).some((own) => own === 0)) return null;
  return (
    sumOf(count, (row) => (alpha === 2 ? relative(row) * relative(row) : pow(relative(row), alpha)) - 1) / (count * alpha * (alpha - 1))
  );
}

/**
 * The part of the index that lies between groups: everybody has the mean benefit of their group.
 * @param groups name of the group of each
 */
export function betweenGroupEntropy(benefit: ArrayLike<number>, groups: readonly string[], alpha = 2): number | null {
  const sums = new Map<string, { total: number; count: number }>();
  groups.forEach((group, row) => {
    const known = sums.get(group) ?? { total: 0, count: 0 };
    sums.set(group, { total: known.total + (benefit[row] ?? 0), count: known.count + 1 });
  });
  const means = groups.map((group) => {
    const known = sums.get(group);
    return known ? known.total / known.count : 0;
  });
  return generalizedEntropy(means, alpha);
}

/** (group − reference) over both, in [−1, 1]; null where both are empty. */
export function classImbalance(group: number, reference: number): number | null {
  return group + reference > 0 ? (group - reference) / (group + reference) : null;
}

/**
 * Kullback–Leibler divergence of the distribution of outcomes of one group from that of another, in nats.
 * @param from shares that add up to 1
 * @param to shares that add up to 1
 * @returns null where `to` has nothing and `from` has something: the divergence is infinite
 */
export function divergence(from: ArrayLike<number>, to: ArrayLike<number>): number | null {
  for (let at = 0; at < from.length; at++) if ((from[at] ?? 0) > 0 && !((to[at] ?? 0) > 0)) return null;
  return sumOf(from.length, (at) => ((from[at] ?? 0) > 0 ? (from[at] ?? 0) * log((from[at] ?? 0) / (to[at] ?? 1)) : 0));
}

/**
 * Mean over strata, by their size, of a stratum's share of all who were turned down minus its share of all who were accepted.
 * @returns null where nobody was accepted or nobody turned down
 * @see Wachter, Mittelstadt & Russell (2021), "Why fairness cannot be automated", § 5
 */
export function conditionalDemographicDisparity(
  strata: readonly { readonly accepted: number; readonly rejected: number }[],
): number | null {
  const accepted = sumOf(strata.length, (at) => strata[at]?.accepted ?? 0);
  const rejected = sumOf(strata.length, (at) => strata[at]?.rejected ?? 0);
  if (!(accepted > 0 && rejected > 0)) return null;
  const weighted = sumOf(strata.length, (at) => {
    const own = strata[at] ?? { accepted: 0, rejected: 0 };
    return (own.accepted + own.rejected) * (own.rejected / rejected - own.accepted / accepted);
  });
  return weighted / (accepted + rejected);
}
