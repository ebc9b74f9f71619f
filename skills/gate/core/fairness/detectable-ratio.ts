/** What an audit of this size could have found at all: an audit that could not have found a ratio of 0.80 says nothing by not finding one. */
import { normalCdf, normalQuantile } from '../../../sdk/numeric/index.ts';

/**
 * Largest impact ratio below 1 that a two-sided test of two proportions would report with the given power.
 * @param referenceRate in [0, 1]
 * @param group customers of the group, > 0; an effective size for weights
 * @param reference customers of the reference, > 0
 * @param alpha level of the test, in (0, 1)
 * @param power in (0, 1), 0.8 by default
 * @returns in (0, 1); null where not even a ratio of 0 would be found, or the reference has no rate
 * @see Fleiss, Levin & Paik (2003), "Statistical Methods for Rates and Proportions", § 4.3
 */
export function detectableRatio(referenceRate: number, group: number, reference: number, alpha = 0.05, power = 0.8): number | null {
  if (!(referenceRate > 0 && referenceRate <= 1 && group > 0 && reference > 0)) return null;
  const reach = (ratio: number): number => powerAt(ratio * referenceRate, referenceRate, group, reference, alpha);
  if (!(reach(0) >= power)) return null;
  let [found, missed] = [0, 1];
  for (let middle = 0.5; middle > found && middle < missed; middle = found + (missed - found) / 2) {
    if (reach(middle) >= power) found = middle;
    else missed = middle;
    if (missed - found < 1e-12) break;
  }
  return found;
}

/** Power at two rates, the first the lower; normal approximation with the pooled variance under no difference. */
function powerAt(rate: number, referenceRate: number, group: number, reference: number, alpha: number): number {
  const pooled = (rate * group + referenceRate * reference) / (group + reference);
  const under = Math.sqrt(pooled * (1 - pooled) * (1 / group + 1 / reference));
  const beyond = Math.sqrt((rate * (1 - rate)) / group + (referenceRate * (1 - referenceRate)) / reference);
  const distance = referenceRate - rate - normalQuantile(1 - alpha / 2) * under;
  if (beyond > 0) return normalCdf(distance / beyond);
  return distance > 0 ? 1 : 0;
}
