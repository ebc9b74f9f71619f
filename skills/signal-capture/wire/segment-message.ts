/**
 * One call of a Segment-style SDK (Segment, RudderStack, Jitsu) to signals, by the names and paths of the registry. It knows
 * calls, rules and lines; which event is which signal stands in the registry alone.
 */
import { canonicalJson, sha256 } from '../../sdk/index.ts';
import { type CompiledRule, type CompiledSignalRegistry, eventKey } from '../plan/compiled-registry.ts';
import { validatePlanned } from '../plan/planned-signal.ts';
import { type WireCall, wireCalls } from '../plan/registry-plan.ts';
import { surpriseName, type Surprise } from '../plan/surprise.ts';
import { firstValue, type MessageParts, ownValue } from '../plan/wire-path.ts';
import { refuse, shown, type SignalVerdict } from '../validate-signal.ts';
import { type Identity, idText } from './clear-identity.ts';
import { linksOf } from './identity-links.ts';
import { messageConsents, type PurposeChoice, withoutConsentStrings } from './message-consents.ts';
import { customerOf, messageIdentities } from './message-customer.ts';
import { messageTime } from './message-time.ts';
import { placesOf, ruleSignals, type Said, unknownIn } from './rule-signals.ts';
import type { WireArrival, WireContext } from './wire-context.ts';

/** A message gives verdicts straight away, or says something that is checked against the plan. */
type Reading =
  | { readonly said: readonly Said[]; readonly surprises: readonly Surprise[] }
  | { readonly refused: SignalVerdict; readonly surprises: readonly Surprise[] };

/** Maps one call. */
export function signalsOfCall(message: unknown, context: WireContext): WireArrival {
  const { registry } = context;
  if (typeof message !== 'object' || message === null || Array.isArray(message)) {
    return unnamed(
      refuse('SIGNAL_INVALID', `a message was expected, an object with type and messageId; found ${shown(message)}`),
      message,
      context,
    );
  }
  const call = callOf(message);
  const parts = partsOf(message);
  const at = messageTime(message, context.receivedAtMs);
  const id = idText(ownValue(message, 'messageId')) ?? madeId(message, at, context);
  if (id === undefined)
    return unnamed(refuse('SIGNAL_INVALID', 'messageId: text was expected, because no id can be made of this message'), message, context);
  if (call === undefined) {
    return {
      id,
      verdicts: [refuse('SIGNAL_INVALID', `type: one of ${wireCalls.join(', ')} was expected; found ${shown(ownValue(message, 'type'))}`)],
      surprises: [],
    };
  }
  const identities = messageIdentities(parts, registry);
  const reading = read(call, parts, identities, context);
  if ('refused' in reading) return { id, verdicts: [reading.refused], surprises: reading.surprises };
  const customer = customerOf(identities);
  const surprises = [...reading.surprises];
  const verdicts = reading.said.map(({ type, properties, location, channel, brand, extra }, index) => {
    const raw = { id: signalId(id, index), type, customer, at, location, channel, brand, properties };
    const planned = validatePlanned(raw, registry, extra);
    surprises.push(...planned.surprises);
    return planned.verdict;
  });
  return { id, verdicts, surprises: distinct(surprises) };
}

/** `<message>` for the first signal of a message, `<message>#2`, `<message>#3` … for the others. */
export function signalId(messageId: string, index: number): string {
  return index === 0 ? messageId : `${messageId}#${index + 1}`;
}

/** An arrival without an id of its own; the id says only what was found. */
export function unnamed(verdict: SignalVerdict, message: unknown, { source }: WireContext): WireArrival {
  return { id: sha256(`${source} ${shown(message)}`).slice(0, 32), verdicts: [verdict], surprises: [] };
}

function callOf(message: object): WireCall | undefined {
  const type = ownValue(message, 'type');
  if (typeof type !== 'string') return undefined;
  const name = type.trim().toLowerCase();
  return wireCalls.find((call) => call === name);
}

function partsOf(message: object): MessageParts {
  const context = ownValue(message, 'context');
  return {
    message,
    properties: ownValue(message, 'properties'),
    traits: [ownValue(message, 'traits'), ownValue(context, 'traits')],
    context,
    line: undefined,
  };
}

/** A message that is sent again says the same, so it gets the same id and is known again. */
function madeId(message: object, at: unknown, { source }: WireContext): string | undefined {
  try {
    return sha256(canonicalJson({ source, at: typeof at === 'string' ? at : '', message })).slice(0, 32);
  } catch {
    // Nested beyond the stack, or text that is not Unicode: there are no canonical bytes to name it by.
    return undefined;
  }
}

function read(call: WireCall, whole: MessageParts, identities: readonly Identity[], context: WireContext): Reading {
  const { registry } = context;
  const parts = withoutConsentStrings(whole);
  const isTrack = call === 'track';
  const event = ownValue(parts.message, 'event');
  if (isTrack && (typeof event !== 'string' || event.trim() === '')) {
    return { refused: refuse('SIGNAL_INVALID', `event: the name of an event was expected; found ${shown(event)}`), surprises: [] };
  }
  const trackRule = isTrack ? trackRuleOf(String(event), registry) : undefined;
  const rules = isTrack ? (trackRule ? [trackRule] : []) : (registry.calls.get(call) ?? []);
  const surprises: Surprise[] = [];
  if (isTrack && !trackRule && !registry.passes.has(eventKey(String(event).slice(0, longestEvent)))) {
    const action = registry.plan.unplannedEvents;
    surprises.push({ kind: 'unplanned-event', type: '', name: surpriseName(String(event)), action });
    if (action === 'block') {
      return {
        refused: refuse(
          'SIGNAL_EVENT_UNPLANNED',
          `event: ${shown(event)} belongs to no type of the signal registry; add it under names in registries/signals/`,
        ),
        surprises,
      };
    }
  }
  const said: Said[] = [];
  for (const rule of rules) {
    if (rule.when.length > 0 && firstValue(parts, rule.when) === undefined) continue;
    if (rule.links) said.push(...linksOf(rule, parts, identities));
    else if (rule.consents.length === 0) said.push(...ruleSignals(rule, parts, context, surprises));
  }
  if (call === 'identify') surprises.push(...unplannedTraits(parts, registry));
  const consents = messageConsents(
    whole,
    rules.flatMap((rule) => rule.consents),
    registry,
    context.hasGlobalPrivacyControl === true,
    context.readConsentString,
  );
  if (consents.fault !== undefined) return { refused: refuse('CONSENT_STRING_INVALID', consents.fault), surprises };
  said.push(...consents.choices.map((choice) => consentSignal(choice, parts, registry)));
  return { said, surprises: [...surprises, ...consents.surprises] };
}

/** Longer names are none of ours, and need not be searched. */
const longestEvent = 400;

function trackRuleOf(event: string, { track }: CompiledSignalRegistry): CompiledRule | undefined {
  return track.get(event) ?? track.get(eventKey(event.slice(0, longestEvent)));
}

function consentSignal(choice: PurposeChoice, parts: MessageParts, registry: CompiledSignalRegistry): Said {
  return { type: 'consent-event', properties: { ...choice }, ...placesOf(parts, registry, undefined), extra: undefined };
}

/** Traits are personal data: what no rule reads is left out, whatever the policy says. */
function unplannedTraits({ traits: [traits] }: MessageParts, { knownTraits }: CompiledSignalRegistry): readonly Surprise[] {
  return unknownIn(traits, knownTraits).map(([name]) => ({
    kind: 'unplanned-property',
    type: 'preference-change',
    name: surpriseName(`traits.${name}`),
    action: 'omit',
  }));
}

function distinct(surprises: readonly Surprise[]): readonly Surprise[] {
  if (surprises.length < 2) return surprises;
  return [
    ...new Map(surprises.map((surprise) => [`${surprise.kind} ${surprise.type} ${surprise.name} ${surprise.action}`, surprise])).values(),
  ];
}
