/** What a person says against a decision, for whoever looks at it again. */
import { isCohortiumError } from '../../../../skills/sdk/index.ts';
import type { SqliteRequestStore } from '../../../adapters/sqlite/request-store.ts';
import type { ReviewContest } from '../../counsel/counsel-interface.ts';

/** Null where the request was purged, or has not come before counsel. */
export function contestOf(store: Pick<SqliteRequestStore, 'one'>, request: string): ReviewContest | null {
  try {
    const { customer, contest, referred } = store.one(request);
    if (customer === null || !referred) return null;
    return { customer, view: contest?.view ?? '', decision: referred.decision, outcome: referred.outcome };
  } catch (error) {
    if (isCohortiumError(error) && error.code === 'REQUEST_NOT_FOUND') return null;
    throw error;
  }
}
