/**
 * What persons can ask for, how it reaches the operator, how sure one is of who asks, and which words of a regime's rights give which
 * of it. The law itself stands in the regimes; a right in words that are not known here gives nothing.
 */

export const requestKinds = ['know', 'access', 'correct', 'erase', 'port', 'opt-out', 'opt-in', 'human-review', 'appeal'] as const;
export type RequestKind = (typeof requestKinds)[number];

/** What each is, for people. */
export const kindSays: Readonly<Record<RequestKind, string>> = {
  know: 'which categories of data are held, from where, what for, and who gets them',
  access: 'the data themselves, with the decisions that rest on them and their logic',
  correct: 'to have data corrected',
  erase: 'to have data erased',
  port: 'what was provided or observed, to take elsewhere',
  'opt-out': 'to refuse a use',
  'opt-in': 'to allow a use again',
  'human-review': 'to have a person look again at a decision that was taken by automated means',
  appeal: 'to have a denied request looked at again',
};

/** How a request came in: the manner that 11 CCR § 7101(b) asks to keep. */
export const manners = ['web-form', 'e-mail', 'mail', 'phone', 'in-person', 'drp', 'open-dsr'] as const;
export type Manner = (typeof manners)[number];

/** How sure one is of who asks, least first. @see 11 CCR §§ 7060 to 7062 */
export const identityLevels = ['unverified', 'reasonable', 'reasonably-high'] as const;
export type IdentityLevel = (typeof identityLevels)[number];

export function isAtLeast(level: IdentityLevel, needed: IdentityLevel): boolean {
  return identityLevels.indexOf(level) >= identityLevels.indexOf(needed);
}

/** Beginnings of rights as regimes word them. Rights of parents and of people who are told something beforehand are no requests. */
const rightWords: readonly (readonly [words: RegExp, kinds: readonly RequestKind[]])[] = [
  // Of the logic of a technology, which the answer to every request for access has.
  [/^access to purpose/, []],
  [/^a parent may|by a parent$/, []],
  [/^(?:know and access|confirm and access|access)\b/, ['know', 'access']],
  [/^(?:confirmation|information)\b/, ['know']],
  [/^copy\b/, ['access']],
  [/^(?:correction and erasure)\b/, ['correct', 'erase']],
  [/^(?:correct|correction|rectification)\b/, ['correct']],
  [/^(?:delete|erasure|anonymisation or deletion)\b/, ['erase']],
  [/^portability\b/, ['port']],
  [/^(?:opt out|limit sensitive information|object|objection|opposition|withdraw consent)\b/, ['opt-out', 'opt-in']],
  // Contesting a decision and saying one's view are done before the person who looks at it.
  [
    /^(?:human intervention|contest the decision|(?:meaningful )?human review|question the result of profiling|review of automated decisions|be heard by a person)\b/,
    ['human-review'],
  ],
  [/^appeal\b/, ['appeal']],
];

/** A right as requests know it. */
export interface GivenRight {
  readonly kinds: readonly RequestKind[];
  /** ISO date where the words have one, such as `correct (since 2026-07-01)`. */
  readonly since: string | null;
}

export function rightOf(words: string): GivenRight {
  const [, kinds = []] = rightWords.find(([form]) => form.test(words)) ?? [];
  return { kinds, since: /\b(?:since|from) (\d{4}-\d{2}-\d{2})\b/.exec(words)?.[1] ?? null };
}

/** Uses that can be refused, as the purposes of consent-events that say so. */
export const refusablePurposes = [
  'marketing',
  'profiling',
  'analytics',
  'sale',
  'sharing',
  'targeted-advertising',
  'automated-decision',
  'sensitive-data',
] as const;
export type RefusablePurpose = (typeof refusablePurposes)[number];
