/**
 * Lends the segments of a snapshot to questions about identities, with the rules that the snapshot pins. Keeps nothing between
 * calls; writes nothing.
 */
import type { IdentityRules } from '../../../registries/identity/identity-rules.ts';
import type { CallOptions, ContentStore, Ref } from '../../../skills/sdk/index.ts';
import type { QueryEngine } from '../../customer-data-graph/features/query-engine.ts';
import { withSegments } from './duckdb-session.ts';
import { readSnapshot, rulesOfSnapshot } from './read-snapshot.ts';

export interface GraphReader {
  /**
   * @param lastDay day_no; segments that begin later are left out
   * @throws {CohortiumError} ARGUMENT_INVALID, CONTENT_NOT_FOUND, STORE_CORRUPT
   */
  readonly lend: <Result>(
    snapshot: Ref,
    lastDay: number,
    options: Pick<CallOptions, 'signal'>,
    work: (engine: QueryEngine, rules: IdentityRules) => Promise<Result>,
  ) => Promise<Result>;
}

/** @param segments folder of the segments */
export function createGraphReader({
  segments: directory,
  content,
}: {
  readonly segments: string;
  readonly content: ContentStore;
}): GraphReader {
  return {
    lend: async (ref, lastDay, options, work) => {
      const snapshot = readSnapshot(content, ref);
      const rules = rulesOfSnapshot(content, snapshot);
      const needed = snapshot.segments.filter(({ firstDay }) => firstDay <= lastDay);
      return withSegments({ segments: directory }, needed, options, (engine) => work(engine, rules));
    },
  };
}
