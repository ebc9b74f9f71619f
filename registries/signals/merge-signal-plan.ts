/**
 * The shipped registry and one file of an operator put together: numbers and policies go in place of the shipped ones, names and
 * properties are added, and an event name that the operator claims changes its owner.
 */
import type { NameRule, PropertyChange, PropertyPlan, ShippedTypes, SignalPlan, SignalRegistry } from './signal-registry-schema.ts';

/** The shipped registry alone. */
export function withDefaults({ defaults, types, identities, places, consent, passes, ignored }: ShippedTypes): SignalRegistry {
  const { events, ...policy } = defaults.surprises;
  return {
    identities,
    places,
    consent,
    passes,
    ignored,
    unplannedEvents: events,
    types: mapValues(types, (type) => ({
      ...type,
      subject: type.subject ?? defaults.subject,
      surprises: { ...policy, ...definedOf(type.surprises ?? {}) },
    })),
  };
}

/** @param plan one file of the operator */
export function mergePlan(registry: SignalRegistry, plan: SignalPlan): SignalRegistry {
  const { events, ...policy } = plan.defaults?.surprises ?? {};
  const renamed = new Set(
    Object.values(plan.types)
      .flatMap(({ names = [] }) => names.flatMap(allNames))
      .map(key),
  );
  return {
    ...registry,
    unplannedEvents: events ?? registry.unplannedEvents,
    identities: { ...registry.identities, ...definedOf(plan.identities ?? {}) },
    places: { ...registry.places, ...definedOf(plan.places ?? {}) },
    consent: {
      from: plan.consent?.from ?? registry.consent.from,
      categories: { ...registry.consent.categories, ...plan.consent?.categories },
    },
    passes: {
      ...Object.fromEntries(Object.entries(registry.passes).filter(([name]) => !renamed.has(key(name)))),
      ...plan.passes,
    },
    ignored: {
      properties: [...registry.ignored.properties, ...(plan.ignored?.properties ?? [])],
      traits: [...registry.ignored.traits, ...(plan.ignored?.traits ?? [])],
    },
    types: mergeTypes(registry, plan, renamed, definedOf(policy)),
  };
}

type Types = SignalRegistry['types'];

function mergeTypes(
  registry: SignalRegistry,
  plan: SignalPlan,
  renamed: ReadonlySet<string>,
  policy: Partial<Types[string]['surprises']>,
): Types {
  const passed = new Set(Object.keys(plan.passes ?? {}).map(key));
  const isFree = (name: string): boolean => !renamed.has(key(name)) && !passed.has(key(name));
  const entries = Object.entries(registry.types).map(([id, type]): [string, Types[string]] => {
    const over = Object.hasOwn(plan.types, id) ? plan.types[id] : undefined;
    return [
      id,
      {
        ...type,
        purpose: over?.purpose ?? type.purpose,
        retentionDays: over?.retentionDays ?? type.retentionDays,
        freshnessHours: over?.freshnessHours ?? type.freshnessHours,
        subject: over?.subject ?? plan.defaults?.subject ?? type.subject,
        surprises: { ...type.surprises, ...policy, ...definedOf(over?.surprises ?? {}) },
        properties: mergeProperties(type.properties, over?.properties ?? {}),
        // An event has one type: where the operator claims a name, the shipped rule lets go of it.
        names: [...type.names.flatMap((shipped) => without(shipped, isFree)), ...(over?.names ?? [])],
      },
    ];
  });
  // A type that is none of the 25 is kept for the faults to name.
  const strange = Object.keys(plan.types).filter((id) => !Object.hasOwn(registry.types, id));
  return Object.fromEntries([...entries, ...strange.map((id): [string, Types[string]] => [id, strangeType])]);
}

const strangeType: Types[string] = {
  version: 1,
  title: '',
  says: '',
  purpose: '',
  retentionDays: 1,
  freshnessHours: 1,
  subject: ['user'],
  surprises: { properties: 'block', invalid: 'block' },
  properties: {},
  names: [],
};

function mergeProperties(
  shipped: Readonly<Record<string, PropertyPlan>>,
  over: Readonly<Record<string, false | PropertyChange>>,
): Record<string, PropertyPlan> {
  const merged = new Map(Object.entries(shipped));
  for (const [name, change] of Object.entries(over)) {
    if (change === false) {
      merged.delete(name);
      continue;
    }
    const before = merged.get(name);
    // `values` alone makes a text an enum.
    const kind = change.kind ?? (change.values ? 'enum' : (before?.kind ?? 'text'));
    const isSame = kind === before?.kind;
    merged.set(name, {
      ...(isSame ? before : { required: before?.required ?? false }),
      ...definedOf(change),
      kind,
    });
  }
  return Object.fromEntries(merged);
}

function without(shipped: NameRule, isFree: (name: string) => boolean): readonly NameRule[] {
  if (shipped.call !== 'track') return [shipped];
  const rest = { ...shipped, events: shipped.events.filter(isFree), ga4: shipped.ga4.filter(isFree), own: shipped.own.filter(isFree) };
  return allNames(rest).length === 0 ? [] : [rest];
}

function allNames({ events, ga4, own }: NameRule): readonly string[] {
  return [...events, ...ga4, ...own];
}

/** Names are compared as the wire compares them. */
function key(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, ' ');
}

function mapValues<Value, Result>(record: Readonly<Record<string, Value>>, map: (value: Value) => Result): Record<string, Result> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}

/** As Value, but what is there is not undefined. */
type Defined<Value> = { [Key in keyof Value]: Exclude<Value[Key], undefined> };

function definedOf<Value extends object>(value: Value): Defined<Value> {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Defined<Value>; // only the undefined ones are left out
}
