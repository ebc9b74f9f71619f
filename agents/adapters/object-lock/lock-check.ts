/**
 * What makes a lock a lock: mode, date and bytes as the service gives them back, held against what was asked for. Every store ends
 * here, so that no answer of a server is taken on trust.
 */
import { createHash } from 'node:crypto';

import { CohortiumError } from '../../../skills/sdk/index.ts';
import type { LockMode, LockReadBack, LockRequest } from '../../customer-data-graph/record/anchor-interface.ts';

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Services keep seconds: the next whole one, so that a lock never ends early. @throws {CohortiumError} ARGUMENT_INVALID */
export function wholeSecond(until: string): Date {
  const ms = Date.parse(until);
  if (Number.isNaN(ms)) throw new CohortiumError('ARGUMENT_INVALID', `'${until}' is no time; an ISO 8601 time was expected`);
  return new Date(Math.ceil(ms / 1000) * 1000);
}

/**
 * Modes as services write them: `GOVERNANCE` and `COMPLIANCE` in any case (S3), `Unlocked` and `Locked` (Azure, Google).
 * @returns undefined for none, or a word that means nothing here
 */
export function modeOf(text: string | undefined): LockMode | undefined {
  const word = text?.toLowerCase();
  if (word === 'governance' || word === 'unlocked') return 'governance';
  return word === 'compliance' || word === 'locked' ? 'compliance' : undefined;
}

/** @throws {CohortiumError} ANCHOR_NOT_LOCKED when the service does not say back what it was asked to do */
export function assertLocked(store: string, asked: LockRequest, found: LockReadBack | undefined): LockReadBack {
  const fault = lockFault(asked, found);
  if (found && fault === undefined) return found;
  throw new CohortiumError('ANCHOR_NOT_LOCKED', `${store}, ${asked.key}: ${fault ?? 'nothing was read back'}`, {
    detail: { key: asked.key, mode: asked.mode, until: asked.until },
  });
}

/** What is wrong with a lock, in words; undefined for nothing. */
export function lockFault(asked: Omit<LockRequest, 'key'>, found: LockReadBack | undefined): string | undefined {
  if (!found) return 'no lock was read back: the server took the object and ignored the lock';
  const wanted = wholeSecond(asked.until);
  if (found.sha256 !== sha256Of(asked.bytes)) return `the bytes read back have SHA-256 ${found.sha256}, not ${sha256Of(asked.bytes)}`;
  if (asked.mode === 'compliance' && found.mode !== 'compliance') return `the lock has mode ${found.mode}, compliance was asked for`;
  if (Date.parse(found.until) < wanted.getTime()) return `the lock ends ${found.until}, ${wanted.toISOString()} was asked for`;
  return undefined;
}
