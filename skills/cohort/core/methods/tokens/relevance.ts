/**
 * Which tokens tell a group from the whole. The most frequent ones are the same everywhere and the most exclusive ones are rare,
 * so tokens are ranked by a mixture of both.
 */
import { log } from '../../../../sdk/numeric/index.ts';

export interface RelevantToken {
  readonly token: string;
  /** Share of the group's tokens, in [0, 1]. */
  readonly share: number;
  /** How many times its share of all tokens that is, ≥ 0. */
  readonly lift: number;
  /** weight · log(share) + (1 − weight) · log(lift). */
  readonly relevance: number;
}

/**
 * @param inGroup weight of each token in the group, ≥ 0
 * @param overall weight of each token in all groups together, ≥ 0
 * @param weight 1 ranks by share, 0 by lift; Sievert and Shirley found 0.6 best
 * @returns at most `count`, most relevant first, ties by their order in `names`
 * @see Sievert & Shirley (2014), "LDAvis: a method for visualizing and interpreting topics", definition 1
 */
export function relevantTokens(
  names: readonly string[],
  inGroup: Float64Array,
  overall: Float64Array,
  { count, weight }: { readonly count: number; readonly weight: number },
): RelevantToken[] {
  const groupTotal = inGroup.reduce((total, value) => total + value, 0);
  const wholeTotal = overall.reduce((total, value) => total + value, 0);
  const ranked: RelevantToken[] = [];
  for (const [index, token] of names.entries()) {
    const share = (inGroup[index] ?? 0) / groupTotal;
    const lift = (share * wholeTotal) / (overall[index] ?? 0);
    if (share > 0 && lift > 0) ranked.push({ token, share, lift, relevance: weight * log(share) + (1 - weight) * log(lift) });
  }
  // Sorting is stable, so ties keep their order.
  return ranked.sort((a, b) => b.relevance - a.relevance).slice(0, count);
}
