/** What the reason of an identity-link says about where it comes from: a person in a review, likeness, or whoever else. */

export type StatementSource = 'statement' | 'review' | 'probabilistic';

/** Longest reason that a signal holds, in UTF-16 units. */
export const maxReasonLength = 200;

const review = 'review: ';
const likeness = /^probabilistic: (0\.\d+|1\.0+) /;

export function reviewReason(by: string, note: string): string {
  return `${review}${by}: ${note}`;
}

/** @param weight match weight in bits */
export function likenessReason(probability: number, weight: number): string {
  return `probabilistic: ${probability.toFixed(6)} at ${weight.toFixed(2)} bits`;
}

export function sourceOfReason(reason: string): StatementSource {
  if (likeness.test(reason)) return 'probabilistic';
  return reason.startsWith(review) ? 'review' : 'statement';
}

/** How sure a statement is: what likeness says of itself, 1 where somebody says so. */
export function confidenceOfReason(reason: string): number {
  const found = likeness.exec(reason)?.[1];
  return found === undefined ? 1 : Number(found);
}
