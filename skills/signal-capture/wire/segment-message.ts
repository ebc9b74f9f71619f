/**
 * One call of a Segment-style SDK (Segment, RudderStack, Jitsu) to signals, by the names and paths of the registry. It knows
 * calls, rules and lines; which event is which signal stands in the registry alone.
 */
import { canonicalJson, sha256 } from '../../sdk/index.ts';
import { type CompiledRule, type CompiledSignalRegistry, eventKey } from '../plan/compiled-registry.ts';
import { validatePlanned } from '../plan/planned-signal.ts';
import { type IdentityKind, type WireCall, wireCalls } from '../plan/registry-plan.ts';
import { surpriseName, type Surprise } from '../plan/surprise.ts';
import { type CompiledPath, firstValue, type MessageParts, ownValue, valueAt } from '../plan/wire-path.ts';
import { refuse, shown, type SignalVerdict } from '../validate-signal.ts';
import { type Identity, identityOf, idText } from './clear-identity.ts';
import { messageConsents, type PurposeChoice } from './message-consents.ts';
import { customerOf, messageIdentities } from './message-customer.ts';
import { messageTime } from './message-time.ts';
import { lineAmounts } from './order-amounts.ts';
import type { WireArrival, WireContext } from './wire-context.ts';
import { takeValue } from './wire-value.ts';

/** What an event says before it has an id. */
interface Said {
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly location: string | undefined;
  readonly channel: string | undefined;
  readonly brand: string | undefined;
  /** Further properties on the wire, by name. */
  readonly extra: Readonly<Record<string, unknown>> | undefined;
}

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
  const reading = read(call, parts, registry, context);
  if ('refused' in reading) return { id, verdicts: [reading.refused], surprises: reading.surprises };
  const customer = customerOf(messageIdentities(parts, registry));
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

function read(call: WireCall, parts: MessageParts, registry: CompiledSignalRegistry, context: WireContext): Reading {
  const isTrack = call === 'track';
  const event = ownValue(parts.message, 'event');
  if (isTrack && (typeof event !== 'string' || event.trim() === '')) {
    return { refused: refuse('SIGNAL_INVALID', `event: the name of an event was expected; found ${shown(event)}`), surprises: [] };
  }
  const key = isTrack ? eventKey(String(event).slice(0, 400)) : '';
  const trackRule = isTrack ? registry.track.get(key) : undefined;
  const rules = isTrack ? (trackRule ? [trackRule] : []) : (registry.calls.get(call) ?? []);
  const surprises: Surprise[] = [];
  if (isTrack && !trackRule && !registry.passes.has(key)) {
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
  const identities = messageIdentities(parts, registry);
  for (const rule of rules) {
    if (rule.when.length > 0 && firstValue(parts, rule.when) === undefined) continue;
    if (rule.links) said.push(...linksOf(rule, parts, identities));
    else if (rule.consents.length === 0) said.push(...ruleSignals(rule, parts, context, surprises));
  }
  if (call === 'identify') surprises.push(...unplannedTraits(parts, registry));
  const consents = messageConsents(
    parts,
    rules.flatMap((rule) => rule.consents),
    registry,
    context.hasGlobalPrivacyControl === true,
  );
  said.push(...consents.choices.map((choice) => consentSignal(choice, parts, registry)));
  return { said, surprises: [...surprises, ...consents.surprises] };
}

function ruleSignals(
  rule: CompiledRule,
  parts: MessageParts,
  { registry, defaultCurrency }: WireContext,
  surprises: Surprise[],
): readonly Said[] {
  const items = firstList(parts, rule.each);
  const lines = items.length === 0 ? [parts] : items.map((line) => ({ ...parts, line }));
  const taken = lines.map((line) => takeAll(rule, line));
  if (rule.when.length > 0 && taken.some((values) => values === undefined)) {
    // A trait that says nothing in the form declared: the rest of the message still counts.
    surprises.push({ kind: 'invalid-property', type: rule.type.id, name: String(rule.set['attribute'] ?? rule.type.id), action: 'omit' });
    return [];
  }
  const said = taken.find((values) => typeof values?.['currency'] === 'string')?.['currency'];
  const currency = typeof said === 'string' && /^[A-Z]{3}$/.test(said) ? said : defaultCurrency;
  const amounts = rule.amount ? lineAmounts(rule.amount, lines, currency) : [];
  return lines.map((line, index) => {
    const properties: Record<string, unknown> = { ...rule.set, ...taken[index] };
    if (amounts[index] !== undefined) properties['amountMinor'] = amounts[index];
    if (properties['amountMinor'] !== undefined) properties['currency'] ??= currency;
    return { type: rule.type.id, properties, ...placesOf(line, registry, rule.channel), extra: extraOf(rule, line) };
  });
}

/** undefined when a value was there and could not be brought into the form that the rule declares. */
function takeAll(rule: CompiledRule, parts: MessageParts): Readonly<Record<string, unknown>> | undefined {
  const values: Record<string, unknown> = {};
  for (const source of rule.take) {
    const value = takeValue(source, parts);
    if (value === undefined && source.as !== undefined && source.as !== 'address') return undefined;
    if (value !== undefined) values[source.property] = value;
  }
  return values;
}

function firstList(parts: MessageParts, paths: readonly CompiledPath[]): readonly unknown[] {
  for (const path of paths) {
    const value = valueAt(parts, path);
    if (Array.isArray(value) && value.length > 0) return value;
  }
  return [];
}

function placesOf(
  parts: MessageParts,
  { places }: CompiledSignalRegistry,
  channel: string | undefined,
): Pick<Said, 'location' | 'channel' | 'brand'> {
  return {
    location: firstText(parts, places.location),
    channel: firstText(parts, places.channel) ?? channel,
    brand: firstText(parts, places.brand),
  };
}

/** The first that is text or a number; a `location` may also be an object of coordinates, which is no place of ours. */
function firstText(parts: MessageParts, paths: readonly CompiledPath[]): string | undefined {
  for (const path of paths) {
    const text = idText(valueAt(parts, path));
    if (text !== undefined) return text;
  }
  return undefined;
}

function extraOf(rule: CompiledRule, { properties, line }: MessageParts): Readonly<Record<string, unknown>> | undefined {
  const extra = [...unknownIn(properties, rule.known), ...unknownIn(line, rule.knownInLine)];
  return extra.length === 0 ? undefined : Object.fromEntries(extra);
}

function unknownIn(value: unknown, known: ReadonlySet<string>): readonly (readonly [string, unknown])[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).filter(([name, item]) => !known.has(name) && item !== undefined && item !== null && item !== '');
}

function linksOf(rule: CompiledRule, parts: MessageParts, identities: readonly Identity[]): readonly Said[] {
  const [owner] = identities;
  const rights = rule.links === 'previous' ? [previousIdentity(parts)] : identities.slice(1);
  return rights.map((right) => ({
    type: rule.type.id,
    properties: { ...rule.set, ...(owner ? { left: owner } : {}), ...(right ? { right } : {}) },
    location: undefined,
    channel: undefined,
    brand: undefined,
    extra: undefined,
  }));
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** SDKs make anonymous ids as UUIDs; a previousId of another shape is a user id of before. */
function previousIdentity({ message }: MessageParts): Identity | undefined {
  const previous = idText(ownValue(message, 'previousId'));
  const kind: IdentityKind =
    previous !== undefined && (uuid.test(previous) || previous === idText(ownValue(message, 'anonymousId'))) ? 'anonymous' : 'user';
  return identityOf(kind, previous);
}

function consentSignal({ purpose, granted }: PurposeChoice, parts: MessageParts, registry: CompiledSignalRegistry): Said {
  return { type: 'consent-event', properties: { purpose, granted }, ...placesOf(parts, registry, undefined), extra: undefined };
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
