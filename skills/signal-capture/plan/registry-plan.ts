/**
 * What the signal registry says, as plain data: the tracking plan of each type and the names by which the world sends it. The
 * YAML of it lives with the registry; here stands what the skill needs of it.
 */
import type { PlannedProperty } from '../signals/property-kinds.ts';

export const identityKinds = ['user', 'loyalty', 'email', 'phone', 'anonymous'] as const;
export type IdentityKind = (typeof identityKinds)[number];

/** block: the message goes to quarantine. omit: left out and counted. allow: kept under `extra`. */
export type SurpriseAction = 'block' | 'omit' | 'allow';

export interface SurprisePolicy {
  /** Properties that the plan does not name. */
  readonly properties: SurpriseAction;
  /** Optional properties with a value that the plan does not accept. */
  readonly invalid: 'block' | 'omit';
}

/**
 * A path into a message: `sku` is properties.sku, and the first part may also be `properties`, `line` (one product of an order),
 * `traits`, `context` or `message`.
 */
export type WirePath = string;

/** Where a property comes from: the first path that has a value, brought into shape. */
export interface WireSource {
  readonly from: readonly WirePath[];
  /** address: without query and fragment; year: of a date; region or country: of an address; milliseconds: as seconds. */
  readonly as?: 'address' | 'year' | 'region' | 'country' | 'milliseconds' | undefined;
  /** Text on the wire → value. */
  readonly values?: Readonly<Record<string, string>> | undefined;
  /** When there is no value, or none that `values` knows. */
  readonly otherwise?: string | number | boolean | undefined;
}

export const wireCalls = ['track', 'page', 'screen', 'identify', 'alias', 'group'] as const;
export type WireCall = (typeof wireCalls)[number];

/** How one call on the wire becomes a signal of a type. */
export interface WireRule {
  readonly call: WireCall;
  /** Event names of the Segment specs, which RudderStack, Jitsu and PostHog share. */
  readonly events: readonly string[];
  /** Event names of Google Analytics 4. */
  readonly ga4: readonly string[];
  /** Event names that no spec has. */
  readonly own: readonly string[];
  /** The rule holds when one of these has a value; always when empty. */
  readonly when: readonly WirePath[];
  /** One signal per item of the first list found; one signal when there is none. */
  readonly each: readonly WirePath[];
  readonly set: Readonly<Record<string, string | number | boolean>>;
  readonly take: Readonly<Record<string, WireSource>>;
  /** Money in major units: the whole, else price times pieces; a whole over several lines is split among them exactly. */
  readonly amount?:
    | { readonly total: readonly WirePath[]; readonly price: readonly WirePath[]; readonly pieces: readonly WirePath[] }
    | undefined;
  /** Channel when the message names none. */
  readonly channel?: string | undefined;
  /** together: the owner with each further identity; previous: previousId with userId. */
  readonly links?: 'together' | 'previous' | undefined;
  /** Where consent categories stand; each becomes a signal per purpose. */
  readonly consents: readonly WirePath[];
  /** Properties that are known and not kept. */
  readonly ignore: readonly string[];
}

/** The plan of one type. */
export interface SignalTypePlan {
  readonly version: number;
  readonly title: string;
  readonly says: string;
  /** Why it is captured. */
  readonly purpose: string;
  readonly retentionDays: number;
  /** A live feed that has brought none for longer is stale. */
  readonly freshnessHours: number;
  /** Kinds of identity that a signal of the type may carry. */
  readonly subject: readonly IdentityKind[];
  readonly surprises: SurprisePolicy;
  readonly properties: Readonly<Record<string, PlannedProperty>>;
  readonly names: readonly WireRule[];
}

export interface SignalRegistryPlan {
  /** What happens to events that no type claims. */
  readonly unplannedEvents: 'block' | 'omit';
  readonly identities: Readonly<Record<IdentityKind | 'emailHash' | 'phoneHash', readonly WirePath[]>> & {
    /** Type of an entry of context.externalIds → kind. */
    readonly externalIds: Readonly<Record<string, IdentityKind>>;
  };
  readonly places: Readonly<Record<'location' | 'channel' | 'brand', readonly WirePath[]>>;
  readonly consent: {
    readonly from: 'every-message' | 'changes';
    /** Category → purposes that it speaks of. */
    readonly categories: Readonly<Record<string, readonly string[]>>;
  };
  /** Events that are taken and carry no signal, with the reason. */
  readonly passes: Readonly<Record<string, string>>;
  /** Properties and traits that are known and not kept, of any event. */
  readonly ignored: { readonly properties: readonly string[]; readonly traits: readonly string[] };
  readonly types: Readonly<Record<string, SignalTypePlan>>;
}
