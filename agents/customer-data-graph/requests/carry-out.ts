/**
 * What is done once a request may be answered: an export is handed over, an objection is recorded and told to recipients, data are
 * corrected or erased. Judges nothing: whoever calls has done that. Says of everything what was done, what was kept and why, and how
 * recipients stand.
 */
import { CohortiumError } from '../../../skills/sdk/index.ts';
import type { CallContext } from '../call-context.ts';
import type { ConsentDoor, PropagatedOptOut } from '../consents/consent-interface.ts';
import { carryOutCorrection, carryOutErasure, type ErasingDoors, followErasure, wouldErase } from './carry-out-erasure.ts';
import type { RequestPreview } from './request-interface.ts';
import type { Manner } from './request-kinds.ts';
import { answerKindOf, finalStatuses, isIdentityEnough, type Outcome, type RequestState, type ReviewedDecision } from './request.ts';

export interface CarryingDoors extends ErasingDoors {
  readonly consents: ConsentDoor;
  /** What counsel decided on a contested decision; undefined while it has not. */
  readonly decisionOn: (request: string) => ReviewedDecision | undefined;
}

export const nothingDone: Outcome = { done: [], kept: [], sinks: [], records: [], document: null };

/** How a consent-event calls the way in which a choice came. */
const methodOf: Readonly<Record<Manner, string>> = {
  'web-form': 'form',
  'e-mail': 'e-mail',
  mail: 'form',
  phone: 'phone',
  'in-person': 'agent',
  drp: 'agent',
  'open-dsr': 'agent',
};

/** @throws {CohortiumError} REQUEST_REFUSED where something else has to come first */
export async function carryOut(doors: CarryingDoors, state: RequestState, by: string, context?: CallContext): Promise<Outcome> {
  switch (state.kind) {
    case 'know':
    case 'access':
    case 'port':
      return handedOver(state);
    case 'appeal':
      return { ...nothingDone, done: [`The decision on ${state.appealOf ?? 'the request'} was taken back; it is answered anew.`] };
    case 'opt-out':
    case 'opt-in':
      return recorded(doors, state, context);
    case 'human-review':
      return reviewed(doors, state, context);
    case 'correct':
      return carryOutCorrection(doors, state, by, context);
    default:
      return carryOutErasure(doors, state, by, context);
  }
}

/** What it would do, and what stands in its way. */
export async function previewOf(doors: CarryingDoors, state: RequestState, context?: CallContext): Promise<RequestPreview> {
  const isDestructive = state.kind === 'erase' || state.kind === 'correct';
  const refusal = finalStatuses.has(state.status)
    ? `request ${state.id} is ${state.status}`
    : isIdentityEnough(state) || answerKindOf(state) !== null
      ? null
      : `who asks in request ${state.id} is not known well enough: ${state.level}, and ${state.kind} needs ${state.needed}`;
  const base = { id: state.id, kind: state.kind, isDestructive, refusal };
  // Nothing about anybody before it is known who asks, not even to the operator's own model.
  if (refusal !== null) return { ...base, would: [] };
  switch (state.kind) {
    case 'erase':
      return { ...base, would: await wouldErase(doors, state, context) };
    case 'correct':
      return { ...base, would: state.corrections.map(({ attribute }) => `declare ${attribute} anew, and keep that it was corrected`) };
    case 'opt-out':
    case 'opt-in':
      return { ...base, would: [`record ${state.kind} of ${state.purposes.join(', ')}, and tell every recipient of a value`] };
    case 'human-review':
      return {
        ...base,
        would: [
          state.referred
            ? `end it by what counsel decides in ${state.referred.review}: the decision stands, stands on conditions, or is taken back`
            : 'nothing: no decision about the person is before counsel',
        ],
      };
    case 'appeal':
      return { ...base, would: [`take back the decision on ${state.appealOf ?? 'the request'}, which is then answered anew`] };
    default:
      return { ...base, would: [state.exported ? 'take note that the export was handed over' : 'nothing yet: export the answer first'] };
  }
}

/** How recipients stand now. */
export async function followSinks(doors: CarryingDoors, state: RequestState, context: CallContext = {}): Promise<Outcome['sinks']> {
  if (state.kind === 'erase') return followErasure(doors, state, context);
  const told = await propagationOf(doors, state, state.outcome?.reviewed?.refused ?? state.purposes, context);
  return (state.outcome?.sinks ?? []).map((sink) => ({ ...sink, state: told.find((one) => one.sink === sink.sink)?.state ?? sink.state }));
}

function handedOver(state: RequestState): Outcome {
  const { exported } = state;
  if (!exported)
    throw new CohortiumError('REQUEST_REFUSED', `request ${state.id} is answered by an export; make it first, and hand it over`);
  const isLess = state.kind === 'access' && answerKindOf(state) === 'know';
  return {
    ...nothingDone,
    done: [`The answer was handed over: ${exported.bytes} bytes, SHA-256 ${exported.sha256}.`],
    kept: isLess
      ? [
          {
            what: 'the data themselves',
            because: `who asks is known to the degree '${state.level}', which is enough for categories only (Cal. Code Regs. tit. 11, § 7024(a); Regulation (EU) 2016/679, art. 12(6))`,
            until: null,
          },
        ]
      : [],
    document: { name: `${state.id}.zip`, sha256: exported.sha256, bytes: exported.bytes },
  };
}

async function recorded(doors: CarryingDoors, state: RequestState, context: CallContext = {}): Promise<Outcome> {
  const granted = state.kind === 'opt-in';
  // A refusal protects whoever it is about. A permission is only for whoever was verified, who need not be the first that was claimed.
  if (granted && state.customer === null) {
    throw new CohortiumError(
      'REQUEST_REFUSED',
      `nobody that was verified in request ${state.id} is known, so nothing is allowed in anybody's name; verify it with the identity that is known here`,
    );
  }
  return {
    ...nothingDone,
    done: [`${granted ? 'Allowed again' : 'Refused from now on'}: ${state.purposes.join(', ')}. What had not left stays here.`],
    sinks: await recordChoices(doors, state, state.purposes, granted, context),
  };
}

/** @returns the recipients that were told */
async function recordChoices(
  doors: CarryingDoors,
  state: RequestState,
  purposes: RequestState['purposes'],
  granted: boolean,
  context: CallContext,
): Promise<Outcome['sinks']> {
  const customer = state.customer ?? state.claims[0] ?? '';
  let told = 0;
  for (const purpose of purposes) {
    const receipt = await doors.consents.record(
      { customer, purpose, granted, method: methodOf[state.manner], ...(state.residence === '' ? {} : { jurisdiction: state.residence }) },
      context,
    );
    told += receipt.propagated;
  }
  const sinks = told === 0 ? [] : await propagationOf(doors, state, purposes, context);
  return [...new Map(sinks.map(({ sink, state: standing }) => [sink, { sink, state: standing }])).values()];
}

/** What a person said who looked again takes effect in the name of whom it is about. */
async function reviewed(doors: CarryingDoors, state: RequestState, context: CallContext = {}): Promise<Outcome> {
  const { referred } = state;
  if (!referred) {
    throw new CohortiumError(
      'REQUEST_REFUSED',
      `no decision about the person of request ${state.id} is before counsel; refer one, or deny it as no-automated-decision`,
    );
  }
  const decided = doors.decisionOn(state.id);
  if (!decided)
    throw new CohortiumError('REQUEST_REFUSED', `counsel has still to decide ${referred.review}, which ends request ${state.id}`);
  return {
    ...nothingDone,
    done: reviewWords(referred, decided),
    sinks: await recordChoices(doors, state, decided.refused, false, context),
    reviewed: decided,
  };
}

const outcomeSays = {
  upheld: 'The decision stands.',
  changed: 'The decision was changed: it stands only on conditions.',
  withdrawn: 'The decision was taken back.',
} as const;

/** For whom it is about, and so without the names of those who decided. */
function reviewWords({ purpose, sink }: NonNullable<RequestState['referred']>, decided: ReviewedDecision): readonly string[] {
  return [
    `${whoLooked(decided.by.map(({ role }) => role))} looked again at the decision on the use of your value for ${purpose} at ${sink}. ${outcomeSays[decided.outcome]}`,
    `Their reason: ${decided.because}`,
    ...decided.conditions.map((condition) => `Condition: ${condition}`),
    ...(decided.refused.length === 0
      ? []
      : [`Refused in your name from now on: ${decided.refused.join(', ')}. What had not left stays here.`]),
  ];
}

const counted = ['', '', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight', 'Nine'] as const;

/** Everybody who signed is another person; a role is said once, for however many. */
function whoLooked(roles: readonly string[]): string {
  const kinds = [...new Set(roles)].map((role) => role.replaceAll('-', ' '));
  const named = kinds.length > 1 ? `${kinds.slice(0, -1).join(', ')} and ${kinds.at(-1) ?? ''}` : (kinds[0] ?? '');
  // Of counsel, as one says of lawyers; any other role is one in which somebody acts.
  const as = named === 'counsel' ? ' of counsel' : ` of ours, acting as ${named},`;
  return roles.length === 1 ? `A person${as}` : `${counted[roles.length] ?? roles.length} persons${as}`;
}

/** Of these purposes, the newest message to each sink. */
async function propagationOf(
  doors: CarryingDoors,
  state: RequestState,
  wanted: RequestState['purposes'],
  context: CallContext,
): Promise<readonly PropagatedOptOut[]> {
  const all = await doors.consents.propagation(state.customer ?? state.claims[0], context);
  const own = all.filter(({ purposes }) => purposes.some((purpose) => wanted.some((one) => one === purpose)));
  return [...new Map(own.map((one) => [one.sink, one])).values()];
}
