/**
 * Where each fact about one customer comes from, so that whoever decides can look at the evidence and not at a boolean. Types
 * only; facts-with-sources.ts answers. A fact without evidence says why it has none.
 */

/** How a customer came to say yes or no, with the row of the consent store that says so. */
export interface ConsentEvidence {
  /** Row of the consent store. */
  readonly consent: string;
  /** Id of the consent-event signal in the log. */
  readonly event: string;
  readonly purpose: string;
  readonly granted: boolean;
  /** Such as `gpc`, `preference-centre` or `tcf`; null where the signal does not say. */
  readonly method: string | null;
  /** Version of the notice that was shown; null where the signal does not say. */
  readonly noticeVersion: string | null;
  /** Id under which that notice was served to this customer. */
  readonly servedNotice: string | null;
  /** ISO 8601, when the customer said so. */
  readonly at: string;
}

export type FactSource =
  /** Consents on record; the first one decides. */
  | { readonly kind: 'consent'; readonly consents: readonly [ConsentEvidence, ...ConsentEvidence[]] }
  /** A Global Privacy Control signal. */
  | { readonly kind: 'gpc'; readonly consents: readonly [ConsentEvidence, ...ConsentEvidence[]] }
  /** A declared attribute as it stands. */
  | { readonly kind: 'attribute'; readonly attribute: string; readonly declared: string; readonly event: string; readonly by: string }
  /** Worked out from a declared attribute, such as the age band from the birth year. */
  | {
      readonly kind: 'derived';
      readonly attribute: string;
      readonly declared: string;
      readonly event: string;
      readonly by: string;
      readonly how: string;
    }
  /** Nobody said anything. A date means that the operator has every refusal since then, so silence is a no. */
  | { readonly kind: 'silence'; readonly completeSince: string | null }
  /** Nothing is on record, and the question is what is on record. */
  | { readonly kind: 'not-on-record' }
  /** A default of the facts' declaration, the stricter reading. */
  | { readonly kind: 'default'; readonly says: string }
  /** The operator, the use or the run states it. */
  | { readonly kind: 'stated'; readonly by: 'operator' | 'use' | 'run' };

export interface SourcedFact {
  readonly name: string;
  /** Null is unknown. */
  readonly value: string | number | boolean | null;
  readonly source: FactSource;
  /** ISO 8601, when what decides was said; null where nothing was. */
  readonly at: string | null;
}

export interface FactsDoor {
  /**
   * Every fact about a customer with its source, by name.
   * @param customer a customer id, or any identity as `kind:value`
   * @param asOf ISO date; what was said later is left out
   * @throws {CohortiumError} CUSTOMER_NOT_FOUND when nothing is known of the customer by then; ARGUMENT_INVALID
   */
  factsWithSources(customer: string, asOf: string): Promise<readonly SourcedFact[]>;
}
