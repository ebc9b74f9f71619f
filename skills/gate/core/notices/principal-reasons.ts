/**
 * The principal reasons of a decision, out of what counted in it: the factors that the person stands furthest behind others in, or the
 * parts that an explanation gives them. At most four, specific, the same for the same inputs. Never names a score, a standard or a
 * policy: that is no reason.
 * @see 12 CFR pt. 1002, Supp. I, comment 9(b)(2)-5: how principal reasons of a scoring system may be chosen
 */
import { compareText } from '../../../sdk/numeric/index.ts';

/** More would dilute them. */
export const mostReasons = 4;

export interface Factor {
  /** Name that the wording is found by. */
  readonly factor: string;
  /** How strongly it spoke against the person: larger is more; what is not above zero is no reason. */
  readonly against: number;
}

export interface PrincipalReason {
  readonly factor: string;
  readonly against: number;
  readonly text: string;
}

/**
 * @param wordings text by factor; a factor without one is left out, because a name of ours is no reason
 * @returns strongest first; equal ones by name
 */
export function principalReasons(factors: readonly Factor[], wordings: Readonly<Record<string, string>>): readonly PrincipalReason[] {
  return factors
    .filter(({ factor, against }) => against > 0 && Object.hasOwn(wordings, factor))
    .sort((one, other) => other.against - one.against || compareText(one.factor, other.factor))
    .slice(0, mostReasons)
    .map(({ factor, against }) => ({ factor, against, text: wordings[factor] ?? '' }));
}

/**
 * How far somebody stands behind: the share of others who stand better, less the share who stand worse, −1 to 1; 0 for the middle and
 * where all are alike.
 * @param better whether more is better
 */
export function standingAgainst(own: number, others: ArrayLike<number>, better: 'more' | 'less'): number {
  let above = 0;
  let below = 0;
  for (let at = 0; at < others.length; at++) {
    const other = others[at] ?? own;
    if (other > own) above++;
    else if (other < own) below++;
  }
  if (others.length === 0) return 0;
  return (better === 'more' ? above - below : below - above) / others.length;
}

/** Words that are no reason: that a score, a standard or a policy was not met. */
export function isNoReason(text: string): boolean {
  return /\b(?:scores?|scoring|internal|standards?|polic(?:y|ies)|criteria|qualify|model)\b/i.test(text);
}
