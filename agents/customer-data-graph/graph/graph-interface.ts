/**
 * What the doors can ask about identities: who is whom, since when and why; what is likely one person; and what a person decides.
 * Identities are written `kind:value`, a user id also without its kind. Instants are ISO 8601.
 */
import type { IdentityKind } from '../../../registries/identity/identity-rules.ts';

/** For calls that take a while. */
export interface GraphCall {
  readonly signal?: AbortSignal;
}

export interface MatchReport {
  /** Profiles that were compared; identities about which a name, an address or a hash is known. */
  readonly profiles: number;
  readonly candidates: number;
  /** Groups of profiles that were too large to compare. */
  readonly skippedBlocks: number;
  /** Share of all pairs that are one person, and that are two of one household, as estimated. */
  readonly onePersonShare: number;
  readonly householdShare: number;
  readonly iterations: number;
  readonly comparisons: readonly {
    readonly name: string;
    /** How often pairs are on this level: of one person, of two strangers. */
    readonly levels: readonly { readonly says: string; readonly m: number; readonly u: number }[];
  }[];
  /** Links that wait for a person: new ones, and all. */
  readonly proposed: number;
  readonly open: number;
  /** Links that were open and are likely no more, or needed no more. */
  readonly withdrawn: number;
  /** Likely pairs that a person has rejected before. */
  readonly rejectedBefore: number;
  /** Links that the operator's rules made by themselves. */
  readonly linked: number;
}

export type ProposalStatus = 'open' | 'confirmed' | 'rejected' | 'linked' | 'withdrawn';

/** Two identities that are likely one person. */
export interface ProposedLink {
  readonly id: string;
  readonly left: string;
  readonly right: string;
  /** Match weight in bits, and the probability of being one person. */
  readonly weight: number;
  readonly probability: number;
  /** Bits for one person against two strangers, by comparison. */
  readonly evidence: readonly { readonly comparison: string; readonly level: string; readonly bits: number }[];
  /** Both sides have a user id already, so that only a person may join them. */
  readonly needsPerson: boolean;
  readonly status: ProposalStatus;
  readonly proposedAt: string;
  readonly decidedBy: string | null;
  readonly decidedAt: string | null;
  readonly note: string | null;
}

/** A link between two identities, whether it joins or not. */
export interface IdentityLink {
  readonly left: string;
  readonly right: string;
  readonly source: 'event' | 'statement' | 'review' | 'probabilistic';
  /** How sure: declared for events, estimated for likeness, 1 for what somebody said. */
  readonly confidence: number;
  readonly firstAt: string;
  readonly lastAt: string;
  /** Events that carry the pair, or statements that say the same. */
  readonly evidence: number;
  /** Why it does not join; null when it does. */
  readonly refusal: string | null;
  /** Of the newest statement; null for a link by events. */
  readonly signalId: string | null;
  readonly reason: string | null;
}

/** A value that was declared, and where it comes from. */
export interface AttributeValue {
  readonly value: string;
  readonly source: string;
  readonly signalId: string;
  readonly at: string;
}

export interface CustomerAttribute extends AttributeValue {
  readonly name: string;
  readonly policy: string;
  /** What was declared too and does not count, newest first. */
  readonly others: readonly AttributeValue[];
}

/** A change of who the customer is. */
export interface CustomerChange {
  readonly at: string;
  readonly kind: 'began' | 'joined' | 'left' | 'renamed';
  /** What the customer is called from then on. */
  readonly customerId: string;
  /** Identities that came or went. */
  readonly identities: readonly string[];
  /** Of what came: the customers that they were before, if any; of what left: those that they are from then on. */
  readonly customers: readonly string[];
}

export interface CustomerView {
  readonly customerId: string;
  /** As it was asked for. */
  readonly asked: string;
  /** The last instant that was looked at; null: everything known. */
  readonly asOf: string | null;
  readonly identities: readonly {
    readonly kind: IdentityKind;
    readonly value: string;
    readonly since: string;
    readonly silence: string | null;
  }[];
  readonly links: readonly IdentityLink[];
  readonly attributes: readonly CustomerAttribute[];
  /** Newest answer per purpose. */
  readonly consents: readonly (AttributeValue & { readonly purpose: string })[];
  readonly history: readonly CustomerChange[];
  /** Names that this customer had before, or that were joined to it. */
  readonly previousIds: readonly string[];
  readonly signals: readonly { readonly type: string; readonly count: number; readonly firstAt: string; readonly lastAt: string }[];
  /** Signals that were accepted and are not in the answer yet: the next run seals them. */
  readonly waiting: number;
}

export interface StatementReceipt {
  readonly signalId: string;
  readonly kind: 'link' | 'unlink';
  readonly left: string;
  readonly right: string;
  /** The customers of the two, from now on. */
  readonly customers: readonly [string, string];
  readonly isOneCustomer: boolean;
  /** After an unlink: links by which the two are one customer still. */
  readonly stillJoinedBy: readonly IdentityLink[];
}

/** Who decides, and why; both are recorded for good. */
export interface Decision {
  readonly by: string;
  readonly note: string;
}

export interface GraphDoor {
  /** Compares profiles, proposes links, and withdraws proposals that do not hold any more. */
  readonly match: (context?: GraphCall) => Promise<MatchReport>;
  /** The likeliest first. */
  readonly proposals: (status: 'open' | 'all') => Promise<readonly ProposedLink[]>;
  /** @throws {CohortiumError} LINK_NOT_FOUND, LINK_DECIDED, ARGUMENT_INVALID when nobody decides */
  readonly confirm: (id: string, decision: Decision) => Promise<ProposedLink>;
  /** The pair is not proposed again. @throws as confirm */
  readonly reject: (id: string, decision: Decision) => Promise<ProposedLink>;
  /** @throws {CohortiumError} IDENTITY_BLOCKED when one of the two is a placeholder; ARGUMENT_INVALID */
  readonly link: (left: string, right: string, decision: Decision) => Promise<StatementReceipt>;
  /** @throws {CohortiumError} ARGUMENT_INVALID */
  readonly unlink: (left: string, right: string, decision: Decision) => Promise<StatementReceipt>;
  /**
   * A customer as of any time.
   * @param id a customer id, or any identity of the customer
   * @param asOf ISO date, whose whole day counts, or instant; everything known when absent
   * @throws {CohortiumError} CUSTOMER_NOT_FOUND, ARGUMENT_INVALID
   */
  readonly customer: (id: string, asOf?: string, context?: GraphCall) => Promise<CustomerView>;
}
