/** Questions about memberships, and one membership explained in sentences. Every number in them is one of the facts. */
import { CohortiumError } from '../../skills/sdk/index.ts';
import type { Membership, MembershipDoor, MembershipExplanation, MembershipQuestion } from './interface.ts';
import type { Workspace } from './workspace.ts';

export function membershipDoor(workspace: Pick<Workspace, 'memberships'>): MembershipDoor {
  return {
    members: async (request) => workspace.memberships().members(request),
    customerMemberships: async (request) => workspace.memberships().memberships(request),
    transitions: async (request) => workspace.memberships().transitions(request),
    membershipChanges: async (request) => workspace.memberships().changes(request),
    async explainMembership({ customerId, definition, window, ...times }) {
      const { memberships, asOf } = workspace.memberships().memberships({ customerId, ...times });
      const membership = choose(memberships, { customerId, definition, ...(window === undefined ? {} : { window }) }, asOf);
      return explanationOf(customerId, membership);
    },
  };
}

function choose(memberships: readonly Membership[], { customerId, definition, window }: MembershipQuestion, asOf: string): Membership {
  const found = memberships.filter((one) => one.definition === definition && (window === undefined || one.window === window));
  const [only] = found;
  if (only && found.length === 1) return only;
  const others = memberships.filter((one) => one.definition === definition).map((one) => one.window);
  const has =
    others.length > 0 ? `${definition} in ${others.join(', ')}` : [...new Set(memberships.map((one) => one.definition))].join(', ');
  throw new CohortiumError(
    'ARGUMENT_INVALID',
    only
      ? `window: '${definition}' has ${found.map((one) => one.window).join(', ')} for ${customerId}; one of them was expected`
      : `${customerId} is in no cohort of '${definition}'${window === undefined ? '' : ` in window ${window}`} on ${asOf}; memberships are in ${has || 'nothing'}`,
  );
}

function explanationOf(customerId: string, membership: Membership): MembershipExplanation {
  const { definition, window, kind, name, title, since, until, reasons, pending, suppressedBy, predecessor } = membership;
  const confidence = percent(membership.confidence);
  const place = kind === 'axis' ? `on the axis ${definition}` : `of ${title} (${definition}, ${spans(window)})`;
  const strongest = reasons.map(({ feature, contribution }) => ({ feature, contribution: signed(contribution) }));
  const facts = [
    ...(membership.confidenceKind === 'rule'
      ? []
      : [{ id: 'confidence', label: `confidence (${membership.confidenceKind})`, value: confidence, unit: '%' }]),
    ...(kind === 'axis' ? [] : [{ id: 'window', label: 'window', value: window }]),
    { id: 'since', label: 'first day in the cohort', value: since },
    ...(until === null ? [] : [{ id: 'until', label: 'first day on which the window ends it', value: until }]),
    ...strongest.map(({ feature, contribution }, rank) => ({
      id: `reason${rank + 1}`,
      label: `contribution of ${feature}`,
      value: contribution,
    })),
    ...(pending === null ? [] : [{ id: 'pendingRuns', label: `runs that saw a move to ${pending.name}`, value: pending.runs }]),
    { id: 'version', label: 'version that recorded it', value: membership.version },
    { id: 'recordedAt', label: 'when', value: membership.recordedAt },
  ];
  const spoke = strongest.filter(({ contribution }) => contribution > 0);
  const against = strongest.filter(({ contribution }) => contribution < 0);
  const sentences = [
    `${customerId} has been in the cohort ${name} ${place} since ${since}${until === null ? '' : `, and stays until ${until} unless something happens`}.`,
    beginning(membership, predecessor?.name),
    ...(membership.confidenceKind === 'rule'
      ? ['The cohort follows from a rule, so it is certain.']
      : [`Confidence is ${confidence} %: ${confidenceWords(membership.confidenceKind)}.`]),
    ...(spoke.length === 0 ? [] : [`For it spoke ${listed(spoke)}.`]),
    ...(against.length === 0 ? [] : [`Against it spoke ${listed(against)}.`]),
    ...(pending === null
      ? []
      : [`A move to ${pending.name} was seen in ${pending.runs} ${pending.runs === 1 ? 'run' : 'runs'} and waits to be seen again.`]),
    ...(suppressedBy === null ? [] : [`It does not count: ${suppressedBy} goes before it in the same family and has the customer too.`]),
    `Recorded by version ${membership.version} at ${membership.recordedAt}.`,
  ];
  return { customerId, definition, window, sentences, facts };
}

/** How the stay began, in words. */
function beginning({ origin, confidenceKind }: Membership, before: string | undefined): string {
  const from = before === undefined ? '' : ` from ${before}`;
  switch (origin) {
    case 'moved':
      return `The customer moved there${from}: ${confidenceKind === 'rule' ? 'the rule gives another cohort now' : 'behaviour changed'}.`;
    case 'reassigned-by-model':
      return `The customer came there${from} because the model was fitted again: by the model before, the same behaviour still belongs to ${before ?? 'another cohort'}.`;
    case 'merged-by-identity':
      return `The customer came there${from} when another customer turned out to be the same person.`;
    case 'split-by-identity':
      return `The customer came there${from} when a link to another customer was taken back.`;
    default:
      return before === undefined
        ? 'The customer entered it from no cohort.'
        : `The customer entered it again; the stay before, in ${before}, had run out.`;
  }
}

function confidenceWords(kind: string): string {
  return kind === 'posterior'
    ? 'the probability that the method gives this cohort, as often as customers stay when it is fitted again'
    : `how often customers like this one stay when the method is fitted again, by their ${kind}`;
}

function listed(reasons: readonly { readonly feature: string; readonly contribution: number }[]): string {
  return reasons.map(({ feature, contribution }) => `${feature} (${contribution > 0 ? '+' : ''}${contribution})`).join(', ');
}

function spans(window: string): string {
  return window === 'lifetime' ? 'over the lifetime' : `over ${window}`;
}

function percent(value: number): number {
  return Math.round(value * 1000) / 10;
}

function signed(contribution: number): number {
  return Math.round(contribution * 1000) / 1000;
}
