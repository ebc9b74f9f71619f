/**
 * A case that one person opened by contesting a decision about them. It is decided like any other, by two signatures; it rules no case
 * of the gate, runs out by no clock, since none may decide in a person's place, and is no matter for waivers and emergencies.
 */
import type { StoredReview } from '../../adapters/sqlite/counsel-store.ts';

const prefix = 'request ';

/** Key of the case that a request opens; no vector of a run has such a key. */
export function contestKey(request: string): string {
  return `${prefix}${request}`;
}

/** The request that opened a case; undefined for a case of the gate. */
export function contestedBy({ caseKey }: Pick<StoredReview, 'caseKey'>): string | undefined {
  return caseKey.startsWith(prefix) ? caseKey.slice(prefix.length) : undefined;
}
