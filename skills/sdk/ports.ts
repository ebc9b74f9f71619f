/**
 * The interfaces that a skill may ask for; types only. Each has one embedded default that needs nothing installed. The
 * orchestrator finds a port by name and calls the method that the effect names; arguments and replies are checked
 * against the effect's schemas on both sides.
 */
import type { Json } from './canonical-json.ts';
import type { Digest } from './ids.ts';
import type { LogEvent } from './log-events.ts';
import type { Ref } from './ref.ts';
import type { Table, TableToWrite } from './table.ts';

export type PortName =
  | 'eventLog'
  | 'warehouse'
  | 'graph'
  | 'memberships'
  | 'cohortMethods'
  | 'policyEngine'
  | 'reviews'
  | 'ledger'
  | 'scoreStore'
  | 'transport';

export interface CallOptions {
  /** Aborted on cancel and on timeout. */
  readonly signal: AbortSignal;
  /** The same key means the same effect: a second call must change nothing. */
  readonly idempotencyKey: string;
  /**
   * Only on a replay: what was answered then. A port takes from it what it had from outside its input, such as the law that it decided
   * by, computes the rest again, and writes to no store of its own.
   */
  readonly recorded?: Json;
}

export type Receipt =
  | { readonly outcome: 'applied' }
  | { readonly outcome: 'noop' }
  | { readonly outcome: 'failed'; readonly certainty: 'rejected' | 'unknown'; readonly code: string; readonly message: string };

/** A method as the orchestrator sees it. */
export type PortMethod<Request, Response> = (request: Request, options: CallOptions) => Promise<Response>;

/** Immutable objects named by their digest. Synchronous: a pure effect reads its inputs through it. */
export interface ContentStore {
  readonly putTable: (table: TableToWrite) => Ref;
  readonly getTable: (ref: Ref) => Table;
  readonly putJson: (value: unknown) => Ref;
  readonly getJson: (ref: Ref) => unknown;
  readonly has: (ref: Ref) => boolean;
}

/** A time source. `now` in epoch milliseconds. The quickstart and the tests use a simulated one. */
export interface Clock {
  readonly now: () => number;
}

/** Logs events of a closed table: ids, codes, durations. There is no place for a message, a payload or an error's text. */
export interface Logger {
  readonly log: (event: LogEvent) => void;
}

/** Signals, at rest: an inbox that is sealed into immutable segments. */
export interface EventLog {
  /** Seals what is in the inbox; the snapshot lists every segment so far and pins the input of a run. */
  readonly seal: PortMethod<Record<string, never>, SealReport>;
}

export interface SealReport {
  /** JSON manifest: segments with digests, identity version. */
  readonly snapshot: Ref;
  readonly events: number;
  readonly segments: number;
  readonly customers: number;
  readonly quarantined: number;
  /** ISO 4217; the one currency of every amount in the log. */
  readonly currency: string;
  /** ISO dates; empty text when there are no events. */
  readonly firstDate: string;
  readonly lastDate: string;
}

/** Analytics over sealed segments, by portable SQL. */
export interface Warehouse {
  readonly buildFeatures: PortMethod<FeatureRequest, FeatureReply>;
}

export interface FeatureRequest {
  readonly snapshot: Ref;
  /** Last day that counts, ISO date. */
  readonly asOf: string;
  /** Days after asOf whose purchases are returned as outcomes; 0 for none. */
  readonly outcomeDays: number;
}

/** Row order is part of the contract: customers by compareText, then location, channel, brand. */
export interface FeatureReply {
  /**
   * One row per customer with a purchase on or before asOf. Columns: customerId text; x int32 (repeat purchase days);
   * txDays, TDays int32 (day of last purchase and age at asOf, from the first purchase day); repeatSpendMinor float64
   * (net spend on the x repeat days); totalSpendMinor float64; baskets int32 (x + 1); firstDay, lastDay int32 (day_no);
   * outcomeBaskets int32, outcomeSpendMinor float64 (in the outcome window, purchase days and net spend).
   */
  readonly accounts: Ref;
  /**
   * One row per customer and cell visited on or before asOf. Columns: account int32 (row of accounts); location, channel,
   * brand text; baskets float64 (purchase days, a day split over its cells in proportion to gross spend, so that a
   * customer's cells add up to their baskets); days int32 (purchase days there, split ones too), firstDay, lastDay int32 (day_no);
   * spendMinor float64 (net).
   */
  readonly cells: Ref;
  /**
   * One row per customer, purchase day on or before asOf, and cell. Columns: account int32 (row of accounts); day int32 (day_no);
   * cell int32 (row of cells); share float64 (part of the day, by gross spend; a day adds up to one); spendMinor float64 (net).
   * Ordered by account, day, cell.
   */
  readonly visits: Ref;
  /** One row per customer, in the order of accounts; the declared attributes that axes are made of. See Graph. */
  readonly profiles: Ref;
  /**
   * One row per week from the first purchase: week int32, baskets int32, repeatBaskets int32, newCustomers int32, spendMinor
   * float64. Includes the outcome window; counts only the customers of accounts.
   */
  readonly weekly: Ref;
  /**
   * Spend of the customers of accounts by cell marginals: axis text (location|channel|brand|location-channel), value text (the
   * last axis joins its two names by `|`), spendMinor float64, outcomeSpendMinor float64.
   */
  readonly marginals: Ref;
}

/** The six windows of behaviour, over every customer with any signal. */
export interface WindowFeatures {
  readonly buildWindows: PortMethod<WindowRequest, WindowReply>;
  /**
   * Who may have other windows than before, but for ages that grow by the day: a table for `only`, column customerId text. It names
   * identities of touched customers as `kind:value`, also of some that turn out the same. A customer that is gone by now, because
   * it was joined with another, is named too, and has no row in what `buildWindows` makes of it.
   */
  readonly touchedSince: PortMethod<
    { readonly previous: { readonly snapshot: Ref; readonly asOf: string }; readonly snapshot: Ref; readonly asOf: string },
    { readonly touched: Ref }
  >;
}

export interface WindowRequest {
  readonly snapshot: Ref;
  /** Last day that counts, ISO date. */
  readonly asOf: string;
  /**
   * Table with column customerId text: only these customers, each named by its id or by any identity of it as `kind:value`. Their rows
   * are those that everybody's tables have, with accounts and orders numbered anew; `links` is empty, for it takes everybody
   * to tell them.
   */
  readonly only?: Ref;
}

/**
 * Rows are customers with a signal on or before asOf, ascending by compareText; `windows` and `profiles` have one row for each. What is
 * said about identities (`identity-link`, `identity-unlink`) is no signal here.
 */
export interface WindowReply {
  /** Column customerId text. */
  readonly customers: Ref;
  /**
   * By window id (`24h`, `7d`, `28d`, `90d`, `365d`, `lifetime`). Columns: one int32 per signal type that the log has, named by the
   * type (signals in the window); events int32 (all of them); activeDays, purchaseDays int32 (distinct days); orders int32 (distinct
   * order ids, or purchase days where there are none); spendMinor, grossMinor, returnsMinor float64; locations, channels, brands,
   * skus int32 (distinct, of purchases); recencyDays, activeRecencyDays int32 (days from the last purchase, and from the last
   * signal, to asOf; the length of the window, or the tenure in lifetime, where there is none); tenureDays int32 (from the first
   * signal ever); meanGapDays float64 (between purchase days; the length of the window, or the tenure, below two); location, channel,
   * brand text (of the most gross spend, else of the most signals; '' for none).
   */
  readonly windows: Readonly<Record<string, Ref>>;
  /** Declared attributes as of the day, '' for unknown: residency, birthYear, acquisitionSource, loyaltyTier, subscription, … text. */
  readonly profiles: Ref;
  /**
   * Every signal on or before asOf by (account, tsMs, id): account int32 (row of customers), day int32, tsMs float64, type, sku, order
   * int32 (positions in the dictionary's lists; −1 for none), amountMinor float64.
   */
  readonly events: Ref;
  /** JSON `{ types, skus, orders, locations, channels, brands }`: `orders` is a count, the lists are texts in ascending order. */
  readonly dictionary: Ref;
  /** Links between customers that signals state: from, to int32 (rows of customers), kind text (`referral`, `household`), day int32. */
  readonly links: Ref;
  /**
   * Per customer and cell and signal type: account, location, channel, brand, type int32 (positions in the dictionary's lists); then
   * per window w `count:w` int32 and `minor:w` float64. Text would be most of the bytes.
   */
  readonly grain: Ref;
}

/** Fits and assigns one cohort definition in some windows, each a deterministic core; several at a time where there are processors. */
export interface CohortMethods {
  /** `runs`: JSON list of the Refs of the cohort runs, in the order of the definition's windows. */
  readonly compute: PortMethod<CohortComputation, { readonly runs: Ref }>;
  /**
   * Customers by the models of the last runs, nothing fitted. `runs`: JSON list of the Refs of runs whose members are these customers
   * only. `waiting`: JSON list `{ definition, window, why }` of those that take a computation.
   */
  readonly assign: PortMethod<CohortAssignment, { readonly runs: Ref; readonly waiting: Ref }>;
}

export interface CohortAssignment {
  /** Cohort definitions, as JSON. */
  readonly definitions: readonly Json[];
  readonly asOf: string;
  /** Of the customers to assign. */
  readonly features: WindowReply;
  /** As in a computation: the runs to assign by. */
  readonly previous: Ref | null;
}

export interface CohortComputation {
  /** A cohort definition, as JSON. */
  readonly definition: Json;
  readonly asOf: string;
  readonly seed: string;
  readonly features: WindowReply;
  /** JSON: by `definition/window`, `{ run, customers }` (Refs) of the run before, whose cohorts give their keys on; null at first. */
  readonly previous: Ref | null;
}

/** The customer graph: identities and declared attributes. */
export interface Graph {
  /**
   * `facts`: one row per account of the scores, what the gate needs to know; empty text means unknown. `ofUses`: JSON list, in the order
   * of the uses, of the facts that were measured of each.
   */
  readonly assembleFacts: PortMethod<FactsRequest, { readonly facts: Ref; readonly ofUses: Ref; readonly completeSince: string | null }>;
}

export interface FactsRequest {
  readonly snapshot: Ref;
  readonly accounts: Ref;
  readonly asOf: string;
  readonly uses: readonly {
    readonly purpose: string;
    readonly sink: string;
    /** What the operator states about it. */
    readonly facts?: Readonly<Record<string, string | number | boolean>> | undefined;
  }[];
}

/** Versioned cohort memberships, as of any day and as known at any version. */
export interface Memberships {
  /**
   * `previous` is JSON: by `definition/window`, the run and the customers that were published last; null before the first run. `since`
   * is what the memberships of these definitions rest on at least, of all when none is named: signals that came later, and days after
   * it, may have touched customers whose memberships are older; `newest` is the last day that any of them is for.
   */
  readonly latest: PortMethod<
    { readonly definitions?: readonly string[] },
    { readonly previous: Ref | null; readonly since: { readonly snapshot: Ref; readonly asOf: string; readonly newest: string } | null }
  >;
  readonly publish: PortMethod<MembershipPublication, MembershipReceipt>;
}

export interface MembershipPublication {
  /** JSON list of the Refs of cohort runs; their `account` is a row of `customers`. */
  readonly runs: Ref | null;
  /** Column customerId text. */
  readonly customers: Ref | null;
  /** The axes. Columns: account int32 (row of `accounts`), axis, cohort text. Who is not named any more has left. */
  readonly memberships: Ref | null;
  readonly accounts: Ref | null;
  readonly asOf: string;
  /** True when `customers` are only those who were computed again, or are part of another now: all others keep what they have. */
  readonly isPartial?: boolean;
  /** Of a partial publication: column customerId text, `kind:value`. Customers of before among them that `customers` lacks are gone. */
  readonly touched?: Ref | null;
  /** Sealed signals that the runs read: they tell customers who are part of another now from those who left. */
  readonly snapshot?: Ref | null;
}

/** Counts of memberships over all definitions and windows; a move counts as a move alone. */
export interface MembershipReceipt {
  readonly version: number;
  readonly joined: number;
  readonly left: number;
  readonly moved: number;
}

/**
 * Decides distinct fact vectors; no customer is named. `vectors` is a JSON list of `{ facts, purpose, sink }`; `decisions` one
 * element per vector in its order: `{ outcome, policies: [{ id, effect, anchor, citation, remedy }], unknownFacts, key, facts }`,
 * where `key` is the digest of what the decision rests on and `facts` are the ones that were read, null for unknown. `law` is JSON:
 * everything that the engine decided by, so that a replay decides by the same, whatever the law is by then.
 */
export interface PolicyEngine {
  readonly decide: PortMethod<
    { readonly vectors: Ref; readonly asOf: string },
    { readonly decisions: Ref; readonly policyDigest: string; readonly law: Ref }
  >;
}

/**
 * Decisions that wait for a person. `decisions` is a JSON list of cases: `{ key, purpose, sink, facts, policies, unknownFacts,
 * customers }`; one answer holds for every customer of a case.
 */
export interface Reviews {
  readonly open: PortMethod<{ readonly decisions: Ref; readonly asOf: string }, { readonly opened: number; readonly known: number }>;
}

/** The append-only record. */
export interface Ledger {
  /**
   * Appends what is new. Columns of records: kind text; stream text (with kind and subject: which thing it is about; a body equal to the
   * newest one of the same thing is not written again); subject text (a customer, never stored; empty for none); class text (retention
   * class); schema text; body text (canonical JSON, an object; sealed under the key of subject and class); batch int32 (rows of one
   * number are neighbours, at most 256, and share a leaf; -1 for a leaf of its own). The same idempotency key answers with the same receipt.
   */
  readonly append: PortMethod<{ readonly records: Ref }, LedgerReceipt>;
}

export interface LedgerReceipt {
  readonly firstIndex: number;
  readonly size: number;
  /** RFC 6962 root over all leaves. */
  readonly root: string;
  /** One row per record given: record int32 (index of its leaf), item int32 (position in the batch, -1 where the leaf is the record). */
  readonly indexes: Ref;
}

/** Values as a runtime lookup answers them. */
export interface ScoreStore {
  readonly publish: PortMethod<ScorePublication, { readonly version: number; readonly accounts: number; readonly cells: number }>;
}

export interface ScorePublication {
  readonly accounts: Ref;
  readonly cells: Ref;
  readonly scores: Ref;
  readonly priors: Ref;
  /** JSON with `concentration` (S of the priors) and `horizonDays`. */
  readonly model: Ref;
  readonly decisions: Ref;
  /** One row per decision, columns int32: record and item of it, scoreRecord and scoreItem of its value; item −1: the leaf is the record. */
  readonly receipts: Ref;
  readonly asOf: string;
  readonly ledgerSize: number;
  readonly ledgerRoot: string;
}

/** Delivery to subscribers. Columns of emissions: subscriber text, messageId text, body text (canonical JSON). */
export interface Transport {
  /** Takes messages over; equal message ids are one message. */
  readonly enqueue: PortMethod<{ readonly emissions: Ref }, { readonly enqueued: number; readonly known: number }>;
  /** Attempts everything that is due, and says how the given messages stand. */
  readonly deliver: PortMethod<{ readonly emissions: Ref }, DeliveryReport>;
}

/** Counts of messages. */
export interface DeliveryReport {
  /** Attempted at least once. */
  readonly sent: number;
  readonly acknowledged: number;
  readonly dead: number;
  readonly pending: number;
  /** Milliseconds until the next attempt is due; 0 when nothing is pending. */
  readonly nextAttemptInMs: number;
}

/** One effect, as run store and replay keep it. */
export interface EffectRecord {
  readonly effectId: string;
  readonly instanceId: string;
  readonly kind: string;
  readonly input: Json;
  readonly output: Json;
  readonly digest: Digest;
}
