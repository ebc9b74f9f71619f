/** What one rule of the registry makes of one message: a signal per line, with its money, its place and what nobody planned. */
import type { CompiledRule, CompiledSignalRegistry } from '../plan/compiled-registry.ts';
import type { Surprise } from '../plan/surprise.ts';
import { type CompiledPath, type MessageParts, valueAt } from '../plan/wire-path.ts';
import { idText } from './clear-identity.ts';
import { lineAmounts } from './order-amounts.ts';
import type { WireContext } from './wire-context.ts';
import { takeValue } from './wire-value.ts';

/** What an event says before it has an id. */
export interface Said {
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly location: string | undefined;
  readonly channel: string | undefined;
  readonly brand: string | undefined;
  /** Further properties on the wire, by name. */
  readonly extra: Readonly<Record<string, unknown>> | undefined;
}

/** @param surprises what the rule met is added here */
export function ruleSignals(
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
  // A sale without an amount is refused for the amount, not for a currency that nobody had reason to send.
  const isMoneyDemanded = rule.amount !== undefined && rule.type.plan.properties['amountMinor']?.required === true;
  const amounts = rule.amount ? lineAmounts(rule.amount, lines, currency) : [];
  return lines.map((line, index) => {
    const properties: Record<string, unknown> = { ...rule.set, ...taken[index] };
    if (amounts[index] !== undefined) properties['amountMinor'] = amounts[index];
    if (properties['amountMinor'] !== undefined || isMoneyDemanded) properties['currency'] ??= currency;
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

/** Where a message says that it happened. */
export function placesOf(
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

/** Own entries that say something and whose names are not known. */
export function unknownIn(value: unknown, known: ReadonlySet<string>): readonly (readonly [string, unknown])[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).filter(([name, item]) => !known.has(name) && item !== undefined && item !== null && item !== '');
}
