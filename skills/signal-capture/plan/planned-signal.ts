/**
 * A signal against the tracking plan: what the plan narrows is checked, what it does not expect is blocked, left out or kept,
 * as the plan says for the type. The log's own schema has the last word, so no plan can let in what the log refuses.
 */
import type { z } from 'zod';

import { isSignalType } from '../signals/signal-types.ts';
import { refuse, shown, type SignalVerdict, validateExtended, validateSignal } from '../validate-signal.ts';
import type { CompiledSignalRegistry, CompiledType } from './compiled-registry.ts';
import { type IdentityKind, identityKinds } from './registry-plan.ts';
import { storable } from './storable.ts';
import { surpriseName, type Surprise } from './surprise.ts';
import { ownValue } from './wire-path.ts';

/** A signal's verdict under a plan, and what the plan did not expect. */
export interface PlannedVerdict {
  readonly verdict: SignalVerdict;
  readonly surprises: readonly Surprise[];
}

const customerFields: Readonly<Record<IdentityKind, string>> = {
  user: 'userId',
  loyalty: 'loyaltyId',
  email: 'emailHash',
  phone: 'phoneHash',
  anonymous: 'anonymousId',
};

/**
 * Checks one signal, in the form that the log takes, against the plan of its type.
 * @param extra further properties found on the wire, by name; they are kept only when the plan names or allows them
 */
export function validatePlanned(raw: unknown, registry: CompiledSignalRegistry, extra?: Readonly<Record<string, unknown>>): PlannedVerdict {
  const id = ownValue(raw, 'type');
  const type = isSignalType(id) ? registry.types.get(id) : undefined;
  const given = ownValue(raw, 'properties');
  if (!type || typeof raw !== 'object' || typeof given !== 'object' || given === null || Array.isArray(given)) {
    return { verdict: validateSignal(raw), surprises: [] };
  }
  if (type.isFloor && extra === undefined) {
    const verdict = validateSignal(raw);
    const { properties, invalid } = type.plan.surprises;
    if (verdict.ok || (properties === 'block' && invalid === 'block')) return { verdict, surprises: drift(verdict, given, type) };
  }
  const check = new PlanCheck(type);
  const kept = check.properties(given, extra ?? {});
  const customer = check.customer(ownValue(raw, 'customer'));
  const [fault] = check.faults;
  if (fault !== undefined) return { verdict: refuse('SIGNAL_INVALID', check.faults.join('. ')), surprises: check.surprises };
  const verdict = validateExtended({ ...raw, customer, properties: kept.properties }, kept.extra);
  return { verdict, surprises: check.surprises };
}

/** Names of a refused signal that no plan has; they are counted although the log's own schema refused them. */
function drift(verdict: SignalVerdict, given: object, { id, planned }: CompiledType): readonly Surprise[] {
  if (verdict.ok) return [];
  return Object.keys(given)
    .filter((name) => !planned.has(name))
    .map((name) => ({ kind: 'unplanned-property', type: id, name: surpriseName(name), action: 'block' }));
}

/** One signal under the plan of its type; collects faults and surprises. */
class PlanCheck {
  readonly faults: string[] = [];
  readonly surprises: Surprise[] = [];
  readonly #type: CompiledType;

  constructor(type: CompiledType) {
    this.#type = type;
  }

  properties(
    given: object,
    wire: Readonly<Record<string, unknown>>,
  ): { readonly properties: object; readonly extra: Readonly<Record<string, unknown>> | undefined } {
    const { planned, narrowed, demanded } = this.#type;
    const properties: [string, unknown][] = [];
    const extra: [string, unknown][] = [];
    for (const [name, value] of Object.entries(given)) {
      if (value === undefined) continue;
      if (!planned.has(name)) this.#extra(name, value, extra);
      else if (this.#isKept(name, value, narrowed.get(name))) properties.push([name, value]);
    }
    for (const [name, value] of Object.entries(wire)) this.#extra(name, value, extra);
    for (const name of demanded) {
      if (![...properties, ...extra].some(([there]) => there === name)) {
        this.faults.push(`properties.${name}: a value was expected, because the tracking plan demands it; found nothing`);
      }
    }
    // fromEntries defines own properties, so that a name such as __proto__ is a name like any other.
    return { properties: Object.fromEntries(properties), extra: extra.length === 0 ? undefined : Object.fromEntries(extra) };
  }

  /** Identities that the plan does not let the type carry are left out; validateSignal refuses when none remains. */
  customer(given: unknown): unknown {
    const { subject } = this.#type.plan;
    if (typeof given !== 'object' || given === null || identityKinds.every((kind) => subject.includes(kind))) return given;
    const unplanned = identityKinds.filter((kind) => !subject.includes(kind) && ownValue(given, customerFields[kind]) !== undefined);
    for (const kind of unplanned) this.#surprise('unplanned-identity', kind, 'omit');
    const names = new Set(unplanned.map((kind) => customerFields[kind]));
    return Object.fromEntries(Object.entries(given).filter(([name]) => !names.has(name)));
  }

  #extra(name: string, value: unknown, extra: [string, unknown][]): void {
    const schema = this.#type.extras.get(name);
    if (schema) {
      if (this.#isKept(name, value, schema)) this.#keep(name, value, extra);
      return;
    }
    const action = this.#type.plan.surprises.properties;
    if (action === 'block') this.faults.push(`unknown key ${shown(name).replaceAll('"', "'")} in properties`);
    if (action === 'allow') this.#keep(name, value, extra, true);
    else this.#surprise('unplanned-property', name, action);
  }

  #keep(name: string, value: unknown, extra: [string, unknown][], isSurprise = false): void {
    const isStored = storable(name) && storable(value);
    if (isStored) extra.push([name, value]);
    if (isSurprise || !isStored) this.#surprise('unplanned-property', name, isStored ? 'allow' : 'omit');
  }

  /** False when the plan refuses the value and it is left out; a value that may not be left out is a fault. */
  #isKept(name: string, value: unknown, narrowed: z.ZodType | undefined): boolean {
    const { plan, floor } = this.#type;
    const isOptional = plan.properties[name]?.required !== true;
    // Only where the policy differs from the log's own: it refuses the whole signal.
    const schema = narrowed ?? (isOptional && plan.surprises.invalid === 'omit' ? floor.get(name) : undefined);
    const parsed = schema?.safeParse(value);
    if (!parsed || parsed.success) return true;
    const action = isOptional ? plan.surprises.invalid : 'block';
    this.#surprise('invalid-property', name, action);
    if (action === 'block') {
      this.faults.push(`properties.${name}: ${parsed.error.issues[0]?.message ?? 'another value was expected'}; found ${shown(value)}`);
    }
    return false;
  }

  #surprise(kind: Surprise['kind'], name: string, action: Surprise['action']): void {
    this.surprises.push({ kind, type: this.#type.id, name: surpriseName(name), action });
  }
}
