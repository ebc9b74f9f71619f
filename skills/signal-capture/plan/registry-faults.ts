/**
 * What is wrong with a signal registry, all at once, each with its path in the document. A plan may narrow what the log
 * demands of a type and add to it, never loosen it: a looser plan would promise what the log refuses.
 */
import { type PlannedProperty, type PropertyKind, schemaOf } from '../signals/property-kinds.ts';
import { isSignalType, signalTypeIds } from '../signals/signal-types.ts';
import { consentPurposes } from '../signals/standing.ts';
import { eventKey, identityLists, namesOf, pathsOf, signalFloor } from './compiled-registry.ts';
import type { SignalRegistryPlan, SignalTypePlan, WireRule, WireSource } from './registry-plan.ts';
import { compilePath } from './wire-path.ts';

export interface RegistryFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Kinds that accept only what another kind accepts too. */
const narrower: Readonly<Partial<Record<PropertyKind, readonly PropertyKind[]>>> = {
  text: ['id', 'enum', 'instant', 'currency'],
  'text-or-empty': ['text', 'id', 'enum'],
  prose: ['text', 'enum'],
  'text-or-number': ['text', 'id', 'enum', 'number', 'count'],
  number: ['count', 'quantity', 'seconds', 'amount'],
};

const bounded: ReadonlySet<PropertyKind> = new Set<PropertyKind>(['number', 'count', 'quantity', 'seconds', 'amount']);

/** @returns nothing when the registry can be compiled */
export function registryFaults(plan: SignalRegistryPlan): readonly RegistryFault[] {
  const faults: RegistryFault[] = [];
  const add = (path: RegistryFault['path'], message: string): void => void faults.push({ path, message });
  const known = Object.keys(plan.types).filter(isSignalType);
  for (const type of Object.keys(plan.types))
    if (!isSignalType(type)) add(['types', type], `one of ${signalTypeIds.join(', ')} was expected`);
  for (const type of signalTypeIds) if (!known.includes(type)) add(['types'], `type '${type}' was expected, because all 25 are declared`);
  for (const type of known) {
    const typePlan = plan.types[type];
    if (!typePlan) continue;
    for (const fault of typeFaults(typePlan, floorNamesOf(type))) add(['types', type, ...fault.path], fault.message);
    for (const [index, rule] of typePlan.names.entries()) {
      for (const fault of ruleFaults(type, rule, typePlan)) add(['types', type, 'names', index, ...fault.path], fault.message);
    }
  }
  for (const fault of [...nameFaults(plan), ...pathFaults(plan), ...consentFaults(plan)]) add(fault.path, fault.message);
  return faults;
}

function typeFaults(plan: SignalTypePlan, floor: Readonly<Record<string, PlannedProperty>>): readonly RegistryFault[] {
  const faults: RegistryFault[] = [];
  for (const [name, property] of Object.entries(plan.properties)) {
    const below = Object.hasOwn(floor, name) ? floor[name] : undefined;
    const message = shapeFault(property) ?? (below && looserFault(property, below));
    if (message !== undefined) faults.push({ path: ['properties', name], message: `${name}: ${message}` });
  }
  for (const [name, { required }] of Object.entries(floor)) {
    if (required && !Object.hasOwn(plan.properties, name)) {
      faults.push({
        path: ['properties', name],
        message: `${name}: a planned property was expected, because no signal of this type is without it`,
      });
    }
  }
  return faults;
}

function shapeFault({ kind, values, min, max }: PlannedProperty): string | undefined {
  if ((kind === 'enum') !== (values !== undefined))
    return kind === 'enum' ? 'values were expected, because it is an enum' : `no values were expected, because it is ${kind}`;
  if ((min !== undefined || max !== undefined) && !bounded.has(kind)) return `no min and max were expected, because it is ${kind}`;
  if (min !== undefined && max !== undefined && min > max) return `a min of at most max was expected; found ${min} and ${max}`;
  return undefined;
}

function looserFault(property: PlannedProperty, floor: PlannedProperty): string | undefined {
  if (property.kind !== floor.kind && !narrower[floor.kind]?.includes(property.kind)) {
    return `${[floor.kind, ...(narrower[floor.kind] ?? [])].join(' or ')} was expected, as the log keeps it; found ${property.kind}`;
  }
  if (floor.required && !property.required) return 'required: true was expected, because the log demands it';
  const strange = floor.values && property.values?.find((value) => !floor.values?.includes(value));
  if (strange !== undefined) return `values among ${floor.values?.join(', ')} were expected; found '${strange}'`;
  if (floor.min !== undefined && (property.min ?? -Infinity) < floor.min) return `a min of at least ${floor.min} was expected`;
  if (floor.max !== undefined && (property.max ?? Infinity) > floor.max) return `a max of at most ${floor.max} was expected`;
  return undefined;
}

function ruleFaults(type: string, rule: WireRule, plan: SignalTypePlan): readonly RegistryFault[] {
  const faults: RegistryFault[] = [];
  const add = (path: RegistryFault['path'], message: string): void => void faults.push({ path, message });
  const names = namesOf(rule);
  if (rule.call === 'track' && names.length === 0) add([], 'the name of an event was expected, under events, ga4 or own');
  if (rule.call !== 'track' && names.length > 0) add(['call'], `no event names were expected, because a ${rule.call} call has none`);
  if (rule.links !== undefined && (type !== 'identity-link' || (rule.call !== 'identify' && rule.call !== 'alias'))) {
    add(['links'], 'links were expected only for identity-link, from identify or alias');
  }
  if (rule.consents.length > 0 && type !== 'consent-event') add(['consents'], 'consents were expected only for consent-event');
  const isPlanned = (name: string): boolean => Object.hasOwn(plan.properties, name) || Object.hasOwn(floorNamesOf(type), name);
  for (const [name, value] of Object.entries(rule.set)) {
    if (!isPlanned(name)) add(['set', name], unplanned(type, name, plan));
    else if (!accepts(type, plan, name, value))
      add(['set', name], `${name}: a value that the plan accepts was expected; found ${JSON.stringify(value)}`);
  }
  for (const [name, source] of Object.entries(rule.take)) {
    if (!isPlanned(name)) add(['take', name], unplanned(type, name, plan));
    for (const value of constantsOf(source)) {
      if (isPlanned(name) && !accepts(type, plan, name, value)) {
        add(['take', name], `${name}: values that the plan accepts were expected; found ${JSON.stringify(value)}`);
      }
    }
  }
  if (rule.amount && !isPlanned('amountMinor')) add(['amount'], `no amount was expected, because ${type} has no amountMinor`);
  const given = new Set([...Object.keys(rule.set), ...Object.keys(rule.take), ...(rule.amount ? ['amountMinor'] : [])]);
  if (rule.links !== undefined) for (const name of ['left', 'right']) given.add(name);
  if (rule.consents.length > 0) for (const name of ['purpose', 'granted']) given.add(name);
  // The currency of an amount is the operator's when the message names none.
  if (given.has('amountMinor')) given.add('currency');
  for (const [name, { required }] of Object.entries(floorNamesOf(type))) {
    if (required && !given.has(name)) add([], `${name} was expected under set or take, because every ${type} has one`);
  }
  const usesLine = pathsOf(rule).some((path) => compilePath(path)?.root === 'line');
  if (usesLine && rule.each.length === 0) add([], 'each was expected, because a path starts with line');
  for (const path of pathsOf(rule))
    if (!compilePath(path)) add([], `'${path}' is not a path: up to 8 words joined by points were expected`);
  return faults;
}

function floorNamesOf(type: string): Readonly<Record<string, PlannedProperty>> {
  return (Object.hasOwn(signalFloor, type) ? signalFloor[type] : undefined) ?? {};
}

function constantsOf({ values, otherwise }: WireSource): readonly (string | number | boolean)[] {
  return [...Object.values(values ?? {}), ...(otherwise === undefined ? [] : [otherwise])];
}

/** By the log's own schema where it has the property: a plan that is narrower switches the rule off. */
function accepts(type: string, plan: SignalTypePlan, name: string, value: unknown): boolean {
  const floor = floorNamesOf(type);
  const properties = Object.hasOwn(floor, name) ? floor : plan.properties;
  const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
  return property === undefined || schemaOf(property).safeParse(value).success;
}

function unplanned(type: string, name: string, plan: SignalTypePlan): string {
  return `'${name}' is not a property of ${type}; it has ${Object.keys(plan.properties).join(', ')}`;
}

/** One event name, one rule: two would make one event two signals of different types. */
function nameFaults(plan: SignalRegistryPlan): readonly RegistryFault[] {
  const faults: RegistryFault[] = [];
  const owners = new Map(Object.keys(plan.passes).map((name) => [eventKey(name), 'passes']));
  for (const [type, { names }] of Object.entries(plan.types)) {
    for (const [index, rule] of names.entries()) {
      for (const name of namesOf(rule)) {
        const owner = owners.get(eventKey(name));
        if (owner !== undefined)
          faults.push({
            path: ['types', type, 'names', index],
            message: `event '${name}' belongs to ${owner} already; each name once was expected`,
          });
        owners.set(eventKey(name), type);
      }
    }
  }
  return faults;
}

function pathFaults({ identities, places }: SignalRegistryPlan): readonly RegistryFault[] {
  const lists = [
    ...identityLists.map((name) => ({ path: ['identities', name], list: identities[name] })),
    ...Object.entries(places).map(([name, list]) => ({ path: ['places', name], list })),
  ];
  return lists.flatMap(({ path, list }) =>
    list
      .filter((text) => !compilePath(text))
      .map((text) => ({ path, message: `'${text}' is not a path: up to 8 words joined by points were expected` })),
  );
}

function consentFaults({ consent }: SignalRegistryPlan): readonly RegistryFault[] {
  const purposes: readonly string[] = consentPurposes;
  return Object.entries(consent.categories).flatMap(([category, list]) =>
    list
      .filter((purpose) => !purposes.includes(purpose))
      .map((purpose) => ({
        path: ['consent', 'categories', category],
        message: `purposes among ${purposes.join(', ')} were expected; found '${purpose}'`,
      })),
  );
}
