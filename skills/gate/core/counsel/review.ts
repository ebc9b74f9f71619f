/**
 * One case before counsel: where it stands, and what each step makes of it. A pure fold over its events; whether a person may take a
 * step is judged elsewhere. What is closed, expired or withdrawn stays so.
 */

export const reviewStates = [
  'open',
  'assigned',
  'in-review',
  'needs-info',
  'recommended',
  'approved',
  'rejected',
  'conditioned',
  'closed',
  'expired',
  'withdrawn',
] as const;
export type ReviewState = (typeof reviewStates)[number];

/** Nothing leaves these. */
export const terminalStates: ReadonlySet<ReviewState> = new Set(['closed', 'expired', 'withdrawn']);

/** Waiting for somebody, so that the clock runs. */
export const waitingStates: ReadonlySet<ReviewState> = new Set(['open', 'assigned', 'in-review', 'needs-info', 'recommended']);

export const verdicts = ['approve', 'condition', 'reject'] as const;
export type Verdict = (typeof verdicts)[number];

/** Who acted: the key tells persons apart, whatever they are called. */
export interface Signer {
  readonly by: string;
  /** Public key, in one form for equal keys. */
  readonly principal: string;
  /** Role that the step was taken in. */
  readonly role: string;
}

export type ReviewEvent =
  | { readonly kind: 'open' }
  | { readonly kind: 'assign'; readonly to: string }
  | { readonly kind: 'start' | 'ask' | 'supply' | 'return' | 'attest' | 'withdraw' | 'expire' | 'close' }
  | { readonly kind: 'recommend'; readonly verdict: Verdict; readonly signer: Signer; readonly approvers: number }
  | { readonly kind: 'decide'; readonly verdict: Verdict; readonly signer: Signer }
  | { readonly kind: 'break-glass'; readonly until: string };

export type ReviewStep = ReviewEvent['kind'];

export interface Standing {
  readonly state: ReviewState;
  readonly assignee: string | null;
  readonly recommendation: { readonly verdict: Verdict; readonly signer: Signer; readonly approvers: number } | null;
  /** Of this recommendation, in order. */
  readonly approvals: readonly { readonly verdict: Verdict; readonly signer: Signer }[];
  /** The strictest of what was approved; null before a decision. */
  readonly verdict: Verdict | null;
  /** Somebody has said that every condition is met. */
  readonly isAttested: boolean;
  /** Last day of a use that was let through in an emergency; null for none. */
  readonly emergencyUntil: string | null;
}

/** The states that a step may be taken in. */
export const transitions: Readonly<Record<ReviewStep, readonly ReviewState[]>> = {
  open: [],
  assign: ['open', 'assigned'],
  start: ['assigned'],
  ask: ['in-review'],
  supply: ['needs-info'],
  recommend: ['in-review'],
  return: ['recommended'],
  decide: ['recommended'],
  attest: ['conditioned'],
  'break-glass': [...waitingStates],
  withdraw: [...waitingStates],
  expire: [...waitingStates],
  close: ['approved', 'rejected', 'conditioned'],
};

export const opened: Standing = {
  state: 'open',
  assignee: null,
  recommendation: null,
  approvals: [],
  verdict: null,
  isAttested: false,
  emergencyUntil: null,
};

/** The stricter, the higher: nobody alone makes a decision laxer than what somebody else proposed. */
export function strictness(verdict: Verdict): number {
  return verdicts.indexOf(verdict);
}

/**
 * What an event makes of a case.
 * @returns undefined where the case does not stand so that this could happen
 */
export function afterEvent(standing: Standing, event: ReviewEvent): Standing | undefined {
  if (!transitions[event.kind].includes(standing.state)) return undefined;
  switch (event.kind) {
    case 'assign':
      return { ...standing, state: 'assigned', assignee: event.to };
    case 'recommend':
      return event.approvers < 1 ? undefined : recommended(standing, event);
    case 'return':
      return { ...standing, state: 'in-review', recommendation: null, approvals: [] };
    case 'decide':
      return decided(standing, event);
    case 'attest':
      return { ...standing, isAttested: true };
    case 'break-glass':
      return { ...standing, emergencyUntil: event.until };
    case 'withdraw':
    case 'expire':
      return { ...standing, state: plainSteps[event.kind], emergencyUntil: null };
    default:
      return event.kind === 'open' ? undefined : { ...standing, state: plainSteps[event.kind] };
  }
}

/** Steps that change nothing but the state. */
const plainSteps = {
  start: 'in-review',
  supply: 'in-review',
  ask: 'needs-info',
  withdraw: 'withdrawn',
  expire: 'expired',
  close: 'closed',
} as const;

function recommended(standing: Standing, { verdict, signer, approvers }: Extract<ReviewEvent, { kind: 'recommend' }>): Standing {
  return { ...standing, state: 'recommended', recommendation: { verdict, signer, approvers }, approvals: [] };
}

/** Where a case stands after all of its events; the first of them opened it. Undefined where one could not have happened. */
export function standingAfter(events: readonly ReviewEvent[]): Standing | undefined {
  if (events[0]?.kind !== 'open') return undefined;
  return events.slice(1).reduce<Standing | undefined>((standing, event) => standing && afterEvent(standing, event), opened);
}

/** A refusal by one is enough; anything else takes as many persons as the recommendation says. */
function decided(standing: Standing, { verdict, signer }: Extract<ReviewEvent, { kind: 'decide' }>): Standing | undefined {
  const { recommendation } = standing;
  if (!recommendation || strictness(verdict) < strictness(recommendation.verdict)) return undefined;
  const before = [recommendation.signer, ...standing.approvals.map((approval) => approval.signer)];
  if (before.some((other) => isSamePerson(other, signer))) return undefined;
  const approvals = [...standing.approvals, { verdict, signer }];
  if (verdict === 'reject') return { ...standing, approvals, verdict, state: 'rejected', emergencyUntil: null };
  if (approvals.length < recommendation.approvers) return { ...standing, approvals };
  const isConditioned = approvals.some((approval) => approval.verdict === 'condition');
  return {
    ...standing,
    approvals,
    verdict: isConditioned ? 'condition' : 'approve',
    state: isConditioned ? 'conditioned' : 'approved',
    emergencyUntil: null,
  };
}

/** Two names with one key are one person. */
export function isSamePerson(one: Pick<Signer, 'by' | 'principal'>, other: Pick<Signer, 'by' | 'principal'>): boolean {
  return one.by === other.by || one.principal === other.principal;
}
