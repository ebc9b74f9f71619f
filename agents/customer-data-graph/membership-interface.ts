/**
 * What the doors can ask about memberships. Every question may name a day (`asOf`: what was so on that day) and a version or
 * time (`knownAt`: what was known by then); without them, the newest. `definition` is the id of a cohort definition or the
 * name of an axis; `window` may be left out where the definition has one.
 */
import type { MembershipRecord } from '../../registries/memberships/membership-record.ts';

/** Both times of a question. */
export interface MembershipTimes {
  /** ISO date. */
  readonly asOf?: string;
  /** A version number, an ISO date (the whole of it), or an ISO date and time. */
  readonly knownAt?: string;
}

export interface MembersRequest extends MembershipTimes {
  /** An axis, or the id of a cohort definition. */
  readonly axis: string;
  readonly window?: string;
  readonly cohort: string;
  readonly limit: number;
  /** Opaque, from the answer before. */
  readonly cursor?: string;
}

export interface MembersAnswer {
  readonly axis: string;
  readonly window: string;
  readonly cohort: string;
  /** Name of the cohort in words. */
  readonly name: string;
  readonly version: number;
  readonly asOf: string;
  readonly size: number;
  /** In the order in which customers came to the registry, by id among those who came together. */
  readonly members: readonly {
    readonly customerId: string;
    readonly since: string;
    /** Null when the window alone does not end it. */
    readonly until: string | null;
    readonly confidence: number;
  }[];
  readonly nextCursor: string | null;
}

export interface CustomerMembershipsRequest extends MembershipTimes {
  readonly customerId: string;
}

export interface Membership {
  readonly definition: string;
  readonly window: string;
  readonly kind: 'axis' | 'definition';
  readonly title: string;
  readonly method: string;
  readonly cohort: string;
  readonly name: string;
  readonly confidence: number;
  /** What the confidence is: posterior, margin, density, frequency or rule. */
  readonly confidenceKind: string;
  readonly since: string;
  readonly until: string | null;
  /** How the stay in this cohort began. */
  readonly origin: MembershipRecord['change'];
  /** What was seen last, by which version, recorded when. */
  readonly change: MembershipRecord['change'];
  readonly version: number;
  readonly recordedAt: string;
  readonly predecessor: { readonly cohort: string; readonly name: string } | null;
  readonly reasons: MembershipRecord['reasons'];
  /** Definition of the same family that counts instead of this one. */
  readonly suppressedBy: string | null;
  /** A move that was seen, and waits to be seen again. */
  readonly pending: { readonly cohort: string; readonly name: string; readonly runs: number } | null;
}

export interface CustomerMemberships {
  readonly customerId: string;
  readonly asOf: string;
  /** The newest version that the answer knows of. */
  readonly version: number;
  readonly recordedAt: string;
  /** By definition and window. */
  readonly memberships: readonly Membership[];
  /** Links and unlinks that this customer was part of, oldest first. */
  readonly identities: readonly {
    readonly version: number;
    readonly change: 'merged' | 'split';
    readonly customerId: string;
    readonly other: string;
  }[];
}

export interface TransitionsRequest {
  readonly definition: string;
  readonly window?: string;
  readonly from: string;
  readonly to: string;
  readonly knownAt?: string;
}

export interface TransitionsAnswer {
  readonly definition: string;
  readonly window: string;
  readonly title: string;
  readonly from: string;
  readonly to: string;
  readonly version: number;
  /** Cohorts of either day, with their sizes on both; the last one, with an empty key, is no cohort. */
  readonly cohorts: readonly { readonly cohort: string; readonly name: string; readonly before: number; readonly after: number }[];
  /** Customers by cohort before (row) and after (column), in the order of `cohorts`. */
  readonly counts: readonly (readonly number[])[];
  readonly stayed: number;
  readonly moved: number;
  readonly entered: number;
  readonly left: number;
}

export interface MembershipChangesRequest {
  /** The newest when left out. */
  readonly version?: number;
  readonly limit: number;
  readonly cursor?: string;
}

export interface MembershipChangesAnswer {
  readonly version: number;
  readonly asOf: string;
  readonly recordedAt: string;
  readonly joined: number;
  readonly left: number;
  readonly moved: number;
  readonly records: readonly MembershipRecord[];
  readonly nextCursor: string | null;
}

export interface MembershipQuestion extends MembershipTimes {
  readonly customerId: string;
  readonly definition: string;
  readonly window?: string;
}

export interface MembershipExplanation {
  readonly customerId: string;
  readonly definition: string;
  readonly window: string;
  /** Plain sentences whose every number is one of the facts. */
  readonly sentences: readonly string[];
  readonly facts: readonly { readonly id: string; readonly label: string; readonly value: number | string; readonly unit?: string }[];
}

export interface MembershipDoor {
  members(request: MembersRequest): Promise<MembersAnswer>;
  customerMemberships(request: CustomerMembershipsRequest): Promise<CustomerMemberships>;
  transitions(request: TransitionsRequest): Promise<TransitionsAnswer>;
  /** Everything that one version changed, page by page. */
  membershipChanges(request: MembershipChangesRequest): Promise<MembershipChangesAnswer>;
  explainMembership(request: MembershipQuestion): Promise<MembershipExplanation>;
}
