/**
 * The form of an attestation: who says that which records were in the ledger before they were used. One file per append,
 * `attestation-<size>.json`, readable without this project. Names nobody but the attestor.
 */
import { z } from 'zod';

import { canonicalJson } from '../../skills/sdk/index.ts';

export const attestationSchema = z.strictObject({
  format: z.literal('cohortium/attestation@1'),
  /** Name of the key that signs. */
  attestor: z.string().min(1),
  statement: z.literal('recorded-before-use'),
  /** Id of the effect that asked for the records; the run store has it. */
  effect: z.string(),
  /** Record numbers `first` up to, not including, `size`. */
  records: z.strictObject({ first: z.int().min(0), size: z.int().min(1) }),
  /** When they were recorded, ISO 8601. */
  time: z.string(),
  /** Signed note over size and root of the ledger. */
  checkpoint: z.string(),
  /** Ed25519 over the canonical JSON of everything above, base64. */
  signature: z.string(),
});
export type Attestation = z.infer<typeof attestationSchema>;

/** What the signature is over. */
export function attestedBytes({ signature: _signature, ...statement }: Attestation): Uint8Array {
  return new TextEncoder().encode(canonicalJson(statement));
}

export function attestationFile(size: number): string {
  return `attestation-${size}.json`;
}
