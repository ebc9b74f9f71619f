/** What others need to know of acts on the record. Types only: who may order one, and what stands signed of it. */
import type { Json } from '../../../skills/sdk/index.ts';
import type { DsseEnvelope } from './attestation-interface.ts';

/** Who orders an act: the id of a person, or a schedule. */
export type Orderer = string | { readonly schedule: string };

/** An order that was signed, such as that of an erasure that goes on after a kill. */
export interface SignedOrder {
  readonly body: Readonly<Record<string, Json>>;
  readonly attestation: DsseEnvelope;
}
