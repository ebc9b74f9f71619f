/**
 * Codes that make a decision a matter of two calls: the first is answered with a code, the second must bring it back with the
 * same decision. A code fits one decision, once, for ten minutes; it is no login.
 */
import { createHash, randomBytes } from 'node:crypto';

import { canonicalJson, CohortiumError, type Json } from '../../skills/sdk/index.ts';

const lifetimeMs = 10 * 60 * 1000;
/** Forgetting the oldest bounds the memory that a caller can take. */
const mostPending = 256;

export interface Confirmations {
  readonly lifetimeSeconds: number;
  issue(decision: Json): string;
  /** @throws {CohortiumError} ARGUMENT_INVALID when the code is unknown, used, expired or of another decision */
  redeem(code: string, decision: Json): void;
}

/** @param now milliseconds of any steady clock */
export function makeConfirmations(now: () => number = () => performance.now()): Confirmations {
  const pending = new Map<string, { readonly decision: string; readonly expiresAt: number }>();
  return {
    lifetimeSeconds: lifetimeMs / 1000,
    issue(decision) {
      const code = randomBytes(9).toString('base64url');
      pending.set(code, { decision: fingerprint(decision), expiresAt: now() + lifetimeMs });
      const oldest = pending.keys().next();
      if (pending.size > mostPending && !oldest.done) pending.delete(oldest.value);
      return code;
    },
    redeem(code, decision) {
      const entry = pending.get(code);
      if (!entry || entry.expiresAt < now()) {
        pending.delete(code);
        throw new CohortiumError(
          'ARGUMENT_INVALID',
          'confirm: this code is unknown, used or expired; call again without confirm for a new one',
        );
      }
      if (entry.decision !== fingerprint(decision)) {
        throw new CohortiumError(
          'ARGUMENT_INVALID',
          'confirm: this code belongs to another decision; repeat all of its arguments exactly, or call again without confirm',
        );
      }
      pending.delete(code);
    },
  };
}

function fingerprint(decision: Json): string {
  return createHash('sha256').update(canonicalJson(decision)).digest('hex');
}
