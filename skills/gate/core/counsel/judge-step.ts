/**
 * Who may take which step of a review: roles, four eyes, and what has to be said. Answers with the reason where it refuses; a refusal
 * is a value, for it is an expected outcome.
 */
import {
  isSamePerson,
  type ReviewState,
  type ReviewStep,
  type Signer,
  type Standing,
  strictness,
  transitions,
  type Verdict,
  waitingStates,
} from './review.ts';

export interface CounselRules {
  /** Roles that may recommend, and so be assigned a case. */
  readonly recommend: readonly string[];
  readonly approve: readonly string[];
  /** Roles that may assign, withdraw and reopen cases, and say that a condition is met. */
  readonly handle: readonly string[];
  /** Roles that may let a use through alone, for some days. */
  readonly breakGlass: readonly string[];
  /** Longest emergency, days. */
  readonly breakGlassDays: number;
  /** By purpose: persons besides the one who recommends; one where none is named. */
  readonly approvals: Readonly<Record<string, number>>;
  /** The approver must act in a role other than the one of the recommendation. */
  readonly distinctRoles: boolean;
}

export interface Actor {
  readonly by: string;
  readonly principal: string;
  readonly roles: readonly string[];
}

/** What is asked for, as far as a rule speaks of it. */
export type Step =
  | { readonly kind: 'assign'; readonly to: Actor }
  | { readonly kind: 'start' | 'ask' | 'supply' | 'return' | 'attest' | 'withdraw'; readonly note: string }
  | {
      readonly kind: 'recommend' | 'decide';
      readonly verdict: Verdict;
      readonly rationale: string;
      readonly checkedFacts: readonly string[];
      readonly conditions: readonly string[];
    }
  | { readonly kind: 'break-glass'; readonly note: string; readonly days: number };

export interface CaseInHand {
  readonly standing: Standing;
  readonly purpose: string;
  /** Names of the facts that the case rests on. */
  readonly facts: readonly string[];
  /** Who signed a change of the operator's policies that sent the case here. */
  readonly policyAuthors: readonly Pick<Signer, 'by' | 'principal'>[];
}

/** `state`: not now; `person`: not by this person; `words`: something that has to be said is missing. */
export interface Refusal {
  readonly because: 'state' | 'person' | 'words';
  readonly message: string;
}

export type Judgement = { readonly role: string } | Refusal;

/** @returns the role that the step is taken in, or why it is refused */
export function judgeStep(
  step: Step,
  actor: Actor,
  { standing, purpose, facts, policyAuthors }: CaseInHand,
  rules: CounselRules,
): Judgement {
  if (!transitions[step.kind].includes(standing.state)) return { because: 'state', message: notNow(step.kind, standing.state) };
  const role = actor.roles.find((held) => rolesFor(step.kind, rules).includes(held));
  if (role === undefined) return notAllowed(actor, step.kind, rules);
  switch (step.kind) {
    case 'assign':
      return step.to.roles.some((held) => rules.recommend.includes(held))
        ? { role }
        : refusePerson(`${step.to.by} may not recommend, for which one of these roles is needed: ${rules.recommend.join(', ')}`);
    case 'start':
    case 'ask':
      return standing.assignee === actor.by ? wordsOr(step.kind === 'ask' ? step.note : 'started', { role }) : notAssigned(standing, actor);
    case 'recommend':
      if (standing.assignee !== actor.by) return notAssigned(standing, actor);
      return missingWords(step, facts) ?? { role };
    case 'decide':
      return (
        judgeDecision(step, actor, standing, policyAuthors, rules) ??
        missingWords(step, facts) ?? { role: approvingRole(actor, standing, rules) ?? role }
      );
    case 'break-glass':
      if (approvalsFor(purpose, rules) > 1)
        return refusePerson(`a use for ${purpose} takes ${approvalsFor(purpose, rules)} approvers; nobody lets it through alone`);
      if (!Number.isInteger(step.days) || step.days < 1 || step.days > rules.breakGlassDays)
        return { because: 'words', message: `an emergency lasts 1 to ${rules.breakGlassDays} days, found ${step.days}` };
      return wordsOr(step.note, { role });
    default:
      return wordsOr(step.note, { role });
  }
}

/** Persons besides the one who recommends. */
export function approvalsFor(purpose: string, rules: Pick<CounselRules, 'approvals'>): number {
  return rules.approvals[purpose] ?? 1;
}

function judgeDecision(
  { verdict }: { readonly verdict: Verdict },
  actor: Actor,
  standing: Standing,
  authors: CaseInHand['policyAuthors'],
  rules: CounselRules,
): Refusal | undefined {
  const { recommendation, approvals } = standing;
  if (!recommendation) return { because: 'state', message: 'nothing is recommended' };
  if (isSamePerson(recommendation.signer, actor))
    return refusePerson(`${recommendation.signer.by} recommended it, so somebody else has to decide, with another key`);
  if (approvals.some(({ signer }) => isSamePerson(signer, actor)))
    return refusePerson(`${actor.by} has approved it already; somebody else is needed`);
  if (authors.some((author) => isSamePerson(author, actor)))
    return refusePerson(`${actor.by} signed a policy that this case is about; somebody else has to decide`);
  if (approvingRole(actor, standing, rules) === undefined)
    return refusePerson(
      `it was recommended in the role ${recommendation.signer.role}; who decides must act in another one of: ${rules.approve.join(', ')}`,
    );
  if (strictness(verdict) < strictness(recommendation.verdict))
    return refusePerson(
      `to ${recommendation.verdict} was recommended, and one person alone does not make that laxer; return it with your reasons instead`,
    );
  return undefined;
}

function approvingRole(actor: Actor, { recommendation }: Standing, rules: CounselRules): string | undefined {
  return actor.roles.find((held) => rules.approve.includes(held) && !(rules.distinctRoles && held === recommendation?.signer.role));
}

function missingWords(
  { verdict, rationale, checkedFacts, conditions }: Extract<Step, { rationale: string }>,
  facts: readonly string[],
): Refusal | undefined {
  const words = (message: string): Refusal => ({ because: 'words', message });
  if (rationale.trim() === '') return words('a rationale is needed: what was weighed, and why this follows');
  const unknown = checkedFacts.filter((name) => !facts.includes(name));
  if (unknown.length > 0) return words(`the case does not rest on ${unknown.join(', ')}; its facts are: ${facts.join(', ')}`);
  if (checkedFacts.length === 0 && facts.length > 0) return words(`say which facts were checked; the case rests on: ${facts.join(', ')}`);
  if (conditions.some((text) => text.trim() === '')) return words('a condition is empty');
  if (verdict === 'condition' && conditions.length === 0) return words('a conditioned decision needs a condition');
  if (verdict !== 'condition' && conditions.length > 0) return words(`conditions go with the decision 'condition', found '${verdict}'`);
  return undefined;
}

function rolesFor(step: ReviewStep, rules: CounselRules): readonly string[] {
  if (step === 'start' || step === 'ask' || step === 'recommend') return rules.recommend;
  if (step === 'decide' || step === 'return') return rules.approve;
  return step === 'break-glass' ? rules.breakGlass : rules.handle;
}

function notNow(step: ReviewStep, state: ReviewState): string {
  const from = transitions[step].join(', ');
  return waitingStates.has(state)
    ? `'${nameOf(step)}' follows ${from}; the review is ${state}`
    : `the review is ${state}; '${nameOf(step)}' follows ${from}`;
}

function nameOf(step: ReviewStep): string {
  return step === 'decide' ? 'approve, condition or reject' : step;
}

function notAllowed(actor: Actor, step: ReviewStep, rules: CounselRules): Refusal {
  const held = actor.roles.length === 0 ? 'has no role' : `is ${actor.roles.join(', ')}`;
  return refusePerson(`${actor.by} ${held}; '${nameOf(step)}' takes one of: ${rolesFor(step, rules).join(', ')}`);
}

function notAssigned({ assignee }: Standing, { by }: Actor): Refusal {
  return refusePerson(assignee === null ? `nobody is assigned; assign it to ${by} first` : `it is assigned to ${assignee}, not to ${by}`);
}

function wordsOr(text: string, otherwise: Judgement): Judgement {
  return text.trim() === '' ? { because: 'words', message: 'a note is needed that says why' } : otherwise;
}

function refusePerson(message: string): Refusal {
  return { because: 'person', message };
}
