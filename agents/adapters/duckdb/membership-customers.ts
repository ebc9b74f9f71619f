/** Whose ids are that named customers once, out of the sealed signals: how a customer that was merged is told from one that left. */
import type { ContentStore } from '../../../skills/sdk/index.ts';
import { CohortiumError } from '../../../skills/sdk/index.ts';
import { dayOfIsoDate } from '../../../skills/sdk/numeric/index.ts';
import { loadIdentities, resultColumn } from '../../customer-data-graph/features/feature-queries.ts';
import { identityOf, ownerOf } from '../../customer-data-graph/identities/identity.ts';
import type { CustomersOf } from '../sqlite/membership-identities.ts';
import { withSegments } from './duckdb-session.ts';
import { readSnapshot, rulesOfSnapshot } from './read-snapshot.ts';

const owners = `SELECT s.owner AS owner, i.customer_no AS customer_no FROM suspects s JOIN identities i ON i.owner = s.owner ORDER BY s.owner`;

/** @param segments folder of the segments */
export function customersIn(segments: string, content: ContentStore): CustomersOf {
  return async (ids, { snapshot: ref, asOf }, options) => {
    const asOfDay = dayOfIsoDate(asOf);
    if (asOfDay === undefined)
      throw new CohortiumError('ARGUMENT_INVALID', `asOf: an ISO date such as 2026-01-31 was expected; found '${asOf}'`);
    const snapshot = readSnapshot(content, ref);
    const window = { asOfDay, endDay: asOfDay, rules: rulesOfSnapshot(content, snapshot) };
    const needed = snapshot.segments.filter(({ firstDay }) => firstDay <= asOfDay);
    return withSegments({ segments }, needed, options, async (engine) => {
      const customers = await loadIdentities(engine, window);
      const idOf = new Map(ids.map((id) => [ownerOf(identityOf(id)), id]));
      await engine.load('suspects', { owner: [...idOf.keys()] });
      const found = await engine.select(owners, window);
      const numbers = resultColumn(found, 'customer_no');
      return new Map(
        resultColumn(found, 'owner').map((owner, row) => [idOf.get(String(owner)) ?? '', customers[Number(numbers[row])] ?? '']),
      );
    });
  };
}
