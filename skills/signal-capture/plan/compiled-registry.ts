/**
 * The signal registry as the doors use it: every declaration checked, every path and schema ready, one lookup per event name.
 * Refuses a plan with faults, because half a tracking plan would let through what it was written to stop.
 */
import type { z } from 'zod';

import { CohortiumError, digestOf } from '../../sdk/index.ts';
import { floorOf, type PlannedProperty, type PropertyKind, schemaOf } from '../signals/property-kinds.ts';
import { type SignalType, signalTypeIds, signalTypes } from '../signals/signal-types.ts';
import {
  type IdentityKind,
  identityKinds,
  type SignalRegistryPlan,
  type SignalTypePlan,
  type WireCall,
  wireCalls,
  type WirePath,
  type WireRule,
  type WireSource,
} from './registry-plan.ts';
import { type CompiledPath, compilePath } from './wire-path.ts';

/** Lists of paths that lead to identities, in clear or hashed. */
export const identityLists = [...identityKinds, 'emailHash', 'phoneHash'] as const;

/** What every type demands, whatever an operator plans. */
export const signalFloor: Readonly<Record<string, Readonly<Record<string, PlannedProperty>>>> = Object.fromEntries(
  signalTypeIds.map((type) => [type, floorOf(signalTypes[type].properties)]),
);

export interface CompiledSource {
  readonly property: string;
  readonly kind: PropertyKind;
  readonly from: readonly CompiledPath[];
  readonly as: WireSource['as'];
  readonly values: ReadonlyMap<string, string> | undefined;
  readonly otherwise: string | number | boolean | undefined;
}

export interface CompiledRule {
  readonly type: CompiledType;
  readonly when: readonly CompiledPath[];
  readonly each: readonly CompiledPath[];
  readonly set: Readonly<Record<string, string | number | boolean>>;
  readonly take: readonly CompiledSource[];
  readonly amount:
    | { readonly total: readonly CompiledPath[]; readonly price: readonly CompiledPath[]; readonly pieces: readonly CompiledPath[] }
    | undefined;
  readonly channel: string | undefined;
  readonly links: WireRule['links'];
  readonly consents: readonly CompiledPath[];
  /** Names in `properties` and in a line that are no surprise. */
  readonly known: ReadonlySet<string>;
  readonly knownInLine: ReadonlySet<string>;
}

export interface CompiledType {
  readonly id: SignalType;
  readonly plan: SignalTypePlan;
  /** Properties of the log's own schema that are planned. */
  readonly planned: ReadonlySet<string>;
  /** Their schemas as the log has them. */
  readonly floor: ReadonlyMap<string, z.ZodType>;
  /** Of the planned ones, those that the plan narrows. */
  readonly narrowed: ReadonlyMap<string, z.ZodType>;
  /** Planned properties that the log's own schema does not have; kept under `extra`. */
  readonly extras: ReadonlyMap<string, z.ZodType>;
  /** Properties that the plan demands and the log's own schema does not. */
  readonly demanded: readonly string[];
  /** True when the plan is no narrower than the log's own schema. */
  readonly isFloor: boolean;
}

export interface CompiledSignalRegistry {
  /** SHA-256 of the canonical plan. */
  readonly digest: string;
  readonly plan: SignalRegistryPlan;
  readonly types: ReadonlyMap<SignalType, CompiledType>;
  /** By {@link eventKey}, and by the names as the registry writes them, which most senders use. */
  readonly track: ReadonlyMap<string, CompiledRule>;
  readonly calls: ReadonlyMap<WireCall, readonly CompiledRule[]>;
  readonly passes: ReadonlySet<string>;
  readonly identities: Readonly<Record<IdentityKind | 'emailHash' | 'phoneHash', readonly CompiledPath[]>>;
  readonly places: Readonly<Record<'location' | 'channel' | 'brand', readonly CompiledPath[]>>;
  /** Traits that are no surprise. */
  readonly knownTraits: ReadonlySet<string>;
}

/** Event names are one name whatever their case, and whether words are parted by blanks, `_` or `-`. */
export function eventKey(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, ' ');
}

/** Every event name of a rule, as written. */
export function namesOf(rule: WireRule): readonly string[] {
  return [...rule.events, ...rule.ga4, ...rule.own];
}

/**
 * @param plan without faults, see registryFaults
 * @throws {CohortiumError} CONFIG_INVALID when the plan lacks a type or has a path that is none
 */
export function compileSignalRegistry(plan: SignalRegistryPlan): CompiledSignalRegistry {
  const types = new Map(signalTypeIds.map((id) => [id, compileType(id, plan.types[id])]));
  const track = new Map<string, CompiledRule>();
  const calls = new Map<WireCall, CompiledRule[]>(wireCalls.map((call) => [call, []]));
  const traits = new Set(plan.ignored.traits);
  for (const type of types.values()) {
    for (const rule of type.plan.names) {
      // A plan that no longer accepts what a rule says has switched the rule off.
      if (!isAccepted(rule, type.plan)) continue;
      const compiled = compileRule(rule, type, plan);
      if (rule.call !== 'track') calls.get(rule.call)?.push(compiled);
      for (const name of namesOf(rule)) track.set(eventKey(name), compiled).set(name, compiled);
      for (const path of pathsOf(rule)) if (compiledPath(path).root === 'traits') traits.add(compiledPath(path).steps[0] ?? '');
    }
  }
  const { identities, places } = plan;
  for (const path of compilePaths(identityPaths(plan))) if (path.root === 'traits') traits.add(path.steps[0] ?? '');
  return {
    digest: digestOf(plan),
    plan,
    types,
    track,
    calls,
    passes: new Set(Object.keys(plan.passes).map(eventKey)),
    identities: {
      user: compilePaths(identities.user),
      loyalty: compilePaths(identities.loyalty),
      email: compilePaths(identities.email),
      emailHash: compilePaths(identities.emailHash),
      phone: compilePaths(identities.phone),
      phoneHash: compilePaths(identities.phoneHash),
      anonymous: compilePaths(identities.anonymous),
    },
    places: {
      location: compilePaths(places.location),
      channel: compilePaths(places.channel),
      brand: compilePaths(places.brand),
    },
    knownTraits: traits,
  };
}

function compileType(id: SignalType, plan: SignalTypePlan | undefined): CompiledType {
  if (!plan) throw new CohortiumError('CONFIG_INVALID', `the signal registry has no type '${id}'; it needs all of the 25`);
  const floor = signalFloor[id] ?? {};
  const planned = Object.keys(plan.properties).filter((name) => Object.hasOwn(floor, name));
  const floorSchemas = new Map(Object.entries(floor).map(([name, property]) => [name, schemaOf(property)]));
  const narrowed = new Map<string, z.ZodType>();
  const extras = new Map<string, z.ZodType>();
  const demanded: string[] = [];
  for (const [name, property] of Object.entries(plan.properties)) {
    const known = Object.hasOwn(floor, name) ? floor[name] : undefined;
    if (!known) extras.set(name, schemaOf(property));
    else if (digestOf({ ...known, required: true }) !== digestOf({ ...property, required: true })) narrowed.set(name, schemaOf(property));
    if (property.required && !known?.required) demanded.push(name);
  }
  const isFloor =
    planned.length === Object.keys(floor).length &&
    narrowed.size + extras.size + demanded.length === 0 &&
    identityKinds.every((kind) => plan.subject.includes(kind));
  return { id, plan, planned: new Set(planned), floor: floorSchemas, narrowed, extras, demanded, isFloor };
}

function isAccepted(rule: WireRule, { properties }: SignalTypePlan): boolean {
  return Object.entries(rule.set).every(([name, value]) => {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
    return property === undefined || schemaOf(property).safeParse(value).success;
  });
}

function compileRule(rule: WireRule, type: CompiledType, plan: SignalRegistryPlan): CompiledRule {
  const paths = [...pathsOf(rule), ...Object.values(plan.places).flat(), ...identityPaths(plan)].map(compiledPath);
  const names = (root: CompiledPath['root']): string[] =>
    paths.flatMap((path) => (path.root === root && path.steps[0] ? [path.steps[0]] : []));
  const known = new Set([...names('properties'), ...rule.ignore, ...plan.ignored.properties]);
  return {
    type,
    when: compilePaths(rule.when),
    each: compilePaths(rule.each),
    set: Object.fromEntries(Object.entries(rule.set).filter(([name]) => Object.hasOwn(type.plan.properties, name))),
    take: Object.entries(rule.take).flatMap(([property, source]): CompiledSource[] => {
      const planned = Object.hasOwn(type.plan.properties, property) ? type.plan.properties[property] : undefined;
      if (!planned) return [];
      const { as, values, otherwise } = source;
      return [
        {
          property,
          kind: planned.kind,
          from: compilePaths(source.from),
          as,
          values: values && new Map(Object.entries(values).map(([text, value]) => [eventKey(text), value])),
          otherwise,
        },
      ];
    }),
    amount: rule.amount && {
      total: compilePaths(rule.amount.total),
      price: compilePaths(rule.amount.price),
      pieces: compilePaths(rule.amount.pieces),
    },
    channel: rule.channel,
    links: rule.links,
    consents: compilePaths(rule.consents),
    known,
    knownInLine: new Set([...names('line'), ...rule.ignore, ...plan.ignored.properties]),
  };
}

/** Every path that a rule reads. */
export function pathsOf({ when, each, take, amount, consents }: WireRule): readonly WirePath[] {
  const money = amount ? [...amount.total, ...amount.price, ...amount.pieces] : [];
  return [...when, ...each, ...Object.values(take).flatMap(({ from }) => from), ...money, ...consents];
}

function identityPaths({ identities }: SignalRegistryPlan): readonly WirePath[] {
  return identityLists.flatMap((name) => identities[name]);
}

function compilePaths(paths: readonly WirePath[]): readonly CompiledPath[] {
  return paths.map(compiledPath);
}

function compiledPath(text: WirePath): CompiledPath {
  const path = compilePath(text);
  if (!path) throw new CohortiumError('CONFIG_INVALID', `'${text}' is not a path into a message: words joined by points were expected`);
  return path;
}
