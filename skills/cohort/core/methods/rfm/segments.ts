/** Names for RFM scores, as marketers use them: by how recent, and by the mean of how often and how much. */

export interface Segment {
  readonly name: string;
  /** One sentence on who they are. */
  readonly meaning: string;
}

const champions = { name: 'champions', meaning: 'Bought just now, and buy often or much.' };
const loyal = { name: 'loyal', meaning: 'Buy often or much, and not long ago.' };
const potential = { name: 'potential loyalists', meaning: 'Bought lately, more than once or for more than a little.' };
const recent = { name: 'new', meaning: 'Bought just now, little so far.' };
const promising = { name: 'promising', meaning: 'Bought lately, little so far.' };
const attention = { name: 'need attention', meaning: 'In the middle of everything: neither recent nor long gone.' };
const sleepy = { name: 'about to sleep', meaning: 'Bought little, and not lately.' };
const risk = { name: 'at risk', meaning: 'Bought a fair amount, long ago.' };
const cannotLose = { name: 'cannot lose', meaning: 'Were among the best, and have not bought for long.' };
const hibernating = { name: 'hibernating', meaning: 'Bought little, long ago.' };

/** By recency 1 … 5 (across) and frequency and money 1 … 5 (down). */
const grid: readonly (readonly Segment[])[] = [
  [hibernating, hibernating, sleepy, promising, recent],
  [hibernating, hibernating, sleepy, potential, potential],
  [risk, risk, attention, potential, potential],
  [risk, risk, loyal, loyal, champions],
  [cannotLose, cannotLose, loyal, loyal, champions],
];

/** Every segment, the best first. */
export const segments: readonly Segment[] = [
  champions,
  loyal,
  potential,
  recent,
  promising,
  attention,
  sleepy,
  risk,
  cannotLose,
  hibernating,
];

/**
 * The segment of three scores 1 … quantiles; with other than five classes a score counts as the fifth that its middle lies in.
 * Frequency and money count as their mean, a half rounded up.
 */
export function segmentOf(recency: number, frequency: number, money: number, quantiles: number): Segment {
  const fifth = (score: number): number => 1 + Math.floor((5 * (score - 0.5)) / quantiles);
  const worth = Math.floor((fifth(frequency) + fifth(money) + 1) / 2);
  return grid[worth - 1]?.[fifth(recency) - 1] ?? hibernating;
}
