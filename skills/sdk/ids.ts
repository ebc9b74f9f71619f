/**
 * Digests and the ids derived from them. An id says what a thing is made of, so the same work has the same id on every
 * machine. No clock and no randomness here.
 */
import { createHash } from 'node:crypto';

import { canonicalJson } from './canonical-json.ts';

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** SHA-256 as 64 lower-case hex digits. */
export type Digest = Branded<'Digest'>;
export type RunId = Branded<'RunId'>;
export type EffectId = Branded<'EffectId'>;

/** SHA-256 of bytes or of UTF-8 text. */
export function sha256(data: string | Uint8Array): Digest {
  return createHash('sha256').update(data).digest('hex') as Digest;
}

/** SHA-256 of the canonical JSON of a value. */
export function digestOf(value: unknown): Digest {
  return sha256(canonicalJson(value));
}

/** Idempotency key of the `index`-th effect requested by fold `seq` of an instance. */
export function effectId(instanceId: string, seq: number, index: number): EffectId {
  return digestOf(['effect', instanceId, seq, index]) as string as EffectId;
}

/**
 * Id of the `attempt`-th run of one definition on one input; the same in every store with the same history.
 * @param attempt 1-based count of runs with this definition and input in the store
 */
export function runId(definition: Digest, input: unknown, attempt: number): RunId {
  return `run-${digestOf(['run', definition, input, attempt]).slice(0, 20)}` as RunId;
}

/** Seed of a step: never depends on the run id, so a second run draws the same numbers. */
export function seedOf(definition: string, asOf: string, step: string): Digest {
  return digestOf(['seed', definition, asOf, step]);
}
