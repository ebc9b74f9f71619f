/**
 * The two things that an answer about a purpose may say: whether it was refused, and whether a consent is on record. A plain yes or
 * no says both. A question put as an opt-in says nothing of a refusal when it is answered by no, and one put as an opt-out says
 * nothing of a consent when nobody opted out. Answers are taken oldest first; the newest one that speaks of an aspect decides it.
 */

export interface ConsentAnswer {
  readonly purpose: string;
  readonly granted: boolean;
  readonly mode: 'opt-in' | 'opt-out' | null;
}

/** True when the answer says whether the purpose was refused. */
export function speaksOfRefusal({ granted, mode }: ConsentAnswer): boolean {
  return mode !== 'opt-in' || granted;
}

/** True when the answer says whether a consent is on record; a refusal withdraws one. */
export function speaksOfConsent({ granted, mode }: ConsentAnswer): boolean {
  return mode !== 'opt-out' || !granted;
}

/** What stands for each purpose after all answers so far. */
export interface ConsentState {
  /** By purpose, whether a consent is on record. */
  readonly consents: Map<string, boolean>;
  /** By purpose, whether it was refused. */
  readonly refusals: Map<string, boolean>;
}

export function emptyConsentState(): ConsentState {
  return { consents: new Map(), refusals: new Map() };
}

/** Takes the next answer. */
export function takeAnswer({ consents, refusals }: ConsentState, answer: ConsentAnswer): void {
  if (speaksOfConsent(answer)) consents.set(answer.purpose, answer.granted);
  if (speaksOfRefusal(answer)) refusals.set(answer.purpose, !answer.granted);
}
