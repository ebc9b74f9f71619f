/** A signal as a sender writes it, before anybody has checked it. */
export interface RawSignal {
  readonly id: string;
  readonly type: string;
  readonly customer: { readonly userId?: string; readonly emailHash?: string; readonly loyaltyId?: string; readonly anonymousId?: string };
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly location?: string;
  readonly channel?: string;
  readonly brand?: string;
  readonly properties: Readonly<Record<string, unknown>>;
}
