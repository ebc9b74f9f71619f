/**
 * A request of a person as the steps that were taken on it. What it is now follows from its steps alone, in their order; a step is
 * never changed. Types and the fold; which step may be taken is for judge-request.ts. Pure.
 */
import type { RecordPlace } from '../record/record-interface.ts';
import type { DenialReason } from './answers-file.ts';
import type { RequestClocks } from './request-clocks.ts';
import type { IdentityLevel, Manner, RefusablePurpose, RequestKind } from './request-kinds.ts';

/**
 * `awaiting-identity`: nobody knows well enough yet who asks. `in-progress`: to be answered. `awaiting-sinks`: carried out here, and
 * recipients have still to acknowledge. The others are final, but for an appeal.
 */
export const requestStatuses = [
  'awaiting-identity',
  'in-progress',
  'awaiting-sinks',
  'fulfilled',
  'partly-fulfilled',
  'denied',
  'withdrawn',
  'duplicate',
] as const;
export type RequestStatus = (typeof requestStatuses)[number];

export const finalStatuses: ReadonlySet<RequestStatus> = new Set(['fulfilled', 'partly-fulfilled', 'denied', 'withdrawn', 'duplicate']);

/** Somebody who asks for the person. */
export interface ActingAgent {
  readonly name: string;
  readonly proof: 'none' | 'signed-permission' | 'power-of-attorney';
  /** The person has told the operator directly that the agent may. */
  readonly isConfirmed: boolean;
}

/** A value that was declared of the person, and what it should be. Empty text: not to be held any more. */
export interface CorrectionWish {
  readonly attribute: string;
  readonly value: string;
}

/** What a person says against a decision about them. @see Regulation (EU) 2016/679, art. 22(3) */
export interface Contest {
  /** Place in the ledger of the decision that they mean; null where they named none. */
  readonly decision: RecordPlace | null;
  /** Their own point of view, in their words; empty where they said nothing. */
  readonly view: string;
}

/** How a request came by a protocol, so that its answer finds back. */
export interface ProtocolOrigin {
  readonly protocol: 'drp' | 'open-dsr';
  /** Id of the partner in registries/requesters. */
  readonly partner: string;
  /** As the partner calls the request. */
  readonly reference: string | null;
  readonly callbacks: readonly string[];
}

export interface Received {
  readonly kind: RequestKind;
  readonly manner: Manner;
  /** Identities that were claimed, `kind:value`; e-mail addresses and telephone numbers as their SHA-256. */
  readonly claims: readonly string[];
  /** ISO 3166 code of where the person lives; empty where nobody said. */
  readonly residence: string;
  /** Regimes that give the right, the law of that day; none where nothing obliges to answer. */
  readonly regimes: readonly string[];
  readonly clocks: RequestClocks;
  readonly needed: IdentityLevel;
  readonly purposes: readonly RefusablePurpose[];
  readonly corrections: readonly CorrectionWish[];
  readonly agent: ActingAgent | null;
  /** People of a household that it is about; null for one person. */
  readonly household: { readonly members: number; readonly verified: number } | null;
  /** Of a request for a human review alone. */
  readonly contest?: Contest;
  /** The denied request that an appeal is about. */
  readonly appealOf: string | null;
  readonly origin: ProtocolOrigin | null;
  /** Where to write to; gone when the request is purged. */
  readonly contact: string | null;
}

/** What was looked at to know who asks. Says how many points agreed, never what they were. */
export interface IdentityEvidence {
  readonly method: 'account' | 'data-points' | 'document' | 'agent' | 'protocol' | 'other';
  /** Points of data that agreed with what is held. */
  readonly points: number;
  /** A declaration under penalty of perjury was signed. */
  readonly isDeclared: boolean;
  readonly note: string;
}

/** What persons decided who looked again at a decision: it stands, it stands on conditions, or it was taken back. */
export interface ReviewedDecision {
  /** The case before counsel; what was signed stands in registries/precedents under its name. */
  readonly review: string;
  readonly outcome: 'upheld' | 'changed' | 'withdrawn';
  readonly because: string;
  readonly conditions: readonly string[];
  /** Who decided, each with the signature over what they said. */
  readonly by: readonly {
    readonly person: string;
    readonly role: string;
    readonly at: string;
    readonly key: string;
    readonly signature: string;
  }[];
  /** Uses that were refused in the name of the person because of it. */
  readonly refused: readonly RefusablePurpose[];
}

/** What became of carrying it out. */
export interface Outcome {
  /** What was done, one sentence each. */
  readonly done: readonly string[];
  /** What was not, and why, with citation. */
  readonly kept: readonly { readonly what: string; readonly because: string; readonly until: string | null }[];
  /** Recipients that were told, and how that stands. */
  readonly sinks: readonly { readonly sink: string; readonly state: 'pending' | 'acknowledged' | 'dead' | 'withheld' }[];
  /** Ledger places of what was done. */
  readonly records: readonly number[];
  /** Digest of an export, or of a signed receipt. */
  readonly document: { readonly name: string; readonly sha256: string; readonly bytes: number } | null;
  /** Of a human review alone. */
  readonly reviewed?: ReviewedDecision;
}

export type RequestStep =
  | { readonly kind: 'received'; readonly received: Received }
  /** The receipt of the request was confirmed to the person. */
  | { readonly kind: 'confirmed' }
  /** The person was asked for more, to be sure who it is. */
  | { readonly kind: 'asked'; readonly note: string }
  | {
      readonly kind: 'verified';
      readonly level: IdentityLevel;
      readonly evidence: IdentityEvidence;
      /** Who it turned out to be; null where nobody of that identity is known. */
      readonly customer: string | null;
      readonly agent: ActingAgent | null;
      readonly household: Received['household'];
    }
  /** A decision about the person was laid before counsel. */
  | {
      readonly kind: 'referred';
      readonly review: string;
      readonly decision: RecordPlace;
      readonly purpose: string;
      readonly sink: string;
      /** What the gate said. */
      readonly outcome: string;
      /** How much of it is automated, as the operator stated it; null where nobody did. */
      readonly automation: string | null;
      /** Whether its effect is legal or similarly significant. */
      readonly isSignificant: 'yes' | 'no' | 'verify';
    }
  | { readonly kind: 'extended'; readonly until: string; readonly reason: string }
  | {
      readonly kind: 'denied';
      readonly reason: DenialReason;
      readonly basis: readonly { readonly regime: string; readonly citation: string }[];
      readonly note: string;
    }
  | { readonly kind: 'exported'; readonly sha256: string; readonly bytes: number; readonly ledgerSize: number; readonly at: string }
  | { readonly kind: 'carried-out'; readonly outcome: Outcome }
  | { readonly kind: 'acknowledged'; readonly sinks: Outcome['sinks'] }
  | { readonly kind: 'withdrawn'; readonly note: string }
  | { readonly kind: 'closed-as-duplicate'; readonly of: string }
  | { readonly kind: 'reopened'; readonly appeal: string };

export interface TakenStep {
  /** 0 for the receipt. */
  readonly place: number;
  /** ISO instant. */
  readonly at: string;
  /** A person of the registry, `agent` for this program, or a partner. */
  readonly by: string;
  readonly step: RequestStep;
  /** Ledger index of its record. */
  readonly record: number;
}

export interface RequestState extends Received {
  readonly id: string;
  readonly receivedAt: string;
  readonly status: RequestStatus;
  readonly level: IdentityLevel;
  /** Null until identity is verified, and where nobody is known. */
  readonly customer: string | null;
  readonly isIdentified: boolean;
  readonly confirmedAt: string | null;
  /** Last day to answer now. */
  readonly respondBy: string;
  readonly extension: { readonly until: string; readonly reason: string; readonly at: string } | null;
  readonly denial: Extract<RequestStep, { readonly kind: 'denied' }> | null;
  readonly outcome: Outcome | null;
  readonly exported: Extract<RequestStep, { readonly kind: 'exported' }> | null;
  /** When it was answered in substance. */
  readonly answeredAt: string | null;
  readonly duplicateOf: string | null;
  /** The newest case before counsel, of a request for a human review. */
  readonly referred: Extract<RequestStep, { readonly kind: 'referred' }> | null;
  readonly appeals: readonly string[];
  readonly steps: readonly TakenStep[];
}

/**
 * What a request is after its steps.
 * @param steps the receipt first
 */
export function requestAfter(id: string, steps: readonly TakenStep[]): RequestState {
  const [first, ...rest] = steps;
  if (first?.step.kind !== 'received') throw new Error(`request ${id} does not begin with its receipt`);
  const { received } = first.step;
  let state: RequestState = {
    ...received,
    id,
    receivedAt: first.at,
    status: received.needed === 'unverified' && isAgentEnough(received) ? 'in-progress' : 'awaiting-identity',
    level: 'unverified',
    customer: null,
    isIdentified: false,
    confirmedAt: null,
    respondBy: received.clocks.respond.due,
    extension: null,
    denial: null,
    outcome: null,
    exported: null,
    answeredAt: null,
    duplicateOf: null,
    referred: null,
    appeals: [],
    steps,
  };
  for (const taken of rest) state = { ...state, ...change(state, taken) };
  return state;
}

function change(state: RequestState, { step, at }: TakenStep): Partial<RequestState> {
  switch (step.kind) {
    case 'received':
    case 'asked':
      return {};
    case 'confirmed':
      return { confirmedAt: state.confirmedAt ?? at };
    case 'verified': {
      const next = { ...state, level: step.level, agent: step.agent, household: step.household };
      return {
        level: step.level,
        customer: step.customer,
        isIdentified: true,
        agent: step.agent,
        household: step.household,
        status: state.status === 'awaiting-identity' && isIdentityEnough(next) ? 'in-progress' : state.status,
      };
    }
    case 'referred':
      return { referred: step };
    case 'extended':
      return { extension: { until: step.until, reason: step.reason, at }, respondBy: step.until };
    case 'denied':
      return { denial: step, status: 'denied', answeredAt: at };
    case 'exported':
      return { exported: step };
    case 'carried-out':
      return { outcome: step.outcome, status: statusOf(step.outcome), answeredAt: state.answeredAt ?? at };
    case 'acknowledged': {
      const outcome = state.outcome && { ...state.outcome, sinks: step.sinks };
      return { outcome, status: outcome ? statusOf(outcome) : state.status };
    }
    case 'withdrawn':
      return { status: 'withdrawn', answeredAt: at };
    case 'closed-as-duplicate':
      return { status: 'duplicate', duplicateOf: step.of, answeredAt: at };
    default:
      return {
        status: isIdentityEnough(state) ? 'in-progress' : 'awaiting-identity',
        denial: null,
        appeals: [...state.appeals, step.appeal],
      };
  }
}

function statusOf({ sinks, kept }: Outcome): RequestStatus {
  if (sinks.some(({ state }) => state === 'pending')) return 'awaiting-sinks';
  return kept.length > 0 ? 'partly-fulfilled' : 'fulfilled';
}

const order = ['unverified', 'reasonable', 'reasonably-high'] as const;

type Asking = Pick<RequestState, 'kind' | 'agent' | 'needed' | 'level' | 'household'>;

/** Whether who asks may have an answer in full. */
export function isIdentityEnough(asking: Asking): boolean {
  return order.indexOf(asking.level) >= order.indexOf(asking.needed) && isAgentEnough(asking) && isHouseholdEnough(asking);
}

/**
 * Whether an agent has shown enough: a signed permission for opt-outs; for all else a power of attorney, or the permission with the
 * person's own word. @see 11 CCR §§ 7026(j), 7063
 */
export function isAgentEnough({ kind, agent }: Pick<Asking, 'kind' | 'agent'>): boolean {
  if (!agent) return true;
  if (agent.proof === 'power-of-attorney') return true;
  if (agent.proof === 'none') return false;
  return kind === 'opt-out' || kind === 'opt-in' || agent.isConfirmed;
}

/**
 * What an answer holds: a request for the data themselves by somebody who is known well enough for categories only is answered with
 * those. Null where nothing is answered so. @see 11 CCR § 7024(a)
 */
export function answerKindOf(asking: Asking): 'know' | 'access' | 'port' | 'human-review' | null {
  const { kind, level } = asking;
  if (kind !== 'know' && kind !== 'access' && kind !== 'port' && kind !== 'human-review') return null;
  if (isIdentityEnough(asking)) return kind;
  return kind === 'access' && level === 'reasonable' && isAgentEnough(asking) && isHouseholdEnough(asking) ? 'know' : null;
}

/** Every member has asked together and was verified. */
export function isHouseholdEnough({ household }: Pick<Asking, 'household'>): boolean {
  return household === null || household.verified >= household.members;
}
