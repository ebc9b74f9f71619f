/**
 * What the purposes of the IAB's Transparency and Consent Framework are called here. A consent that is not given is no objection:
 * the framework cannot tell an objection from a legal basis that was never claimed.
 */
import type { StringChoice } from '../../../skills/signal-capture/wire/consent-string.ts';

/** 3 profiles for advertising, 4 advertising by profile, 5 profiles for content, 10 development of services. */
const purposesOf = [
  ['profiling', [3, 5]],
  ['targeted-advertising', [4]],
  ['analytics', [10]],
] as const;

/** @param hasConsent whether the bit of a purpose, 1 to 24, is set */
export function purposeChoices(hasConsent: (purpose: number) => boolean): readonly StringChoice[] {
  return purposesOf.map(([purpose, numbers]) => ({ purpose, granted: numbers.every(hasConsent), mode: 'opt-in', jurisdiction: 'EU' }));
}
