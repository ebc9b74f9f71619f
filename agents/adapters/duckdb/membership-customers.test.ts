/** Memberships over real signals: customers that are linked and unlinked again, from the log to the registry. */
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { axesPublication } from '../../../test/fixtures/membership-publications.ts';
import { openGraph, type SealedGraph } from '../../../test/fixtures/sealed-graph.ts';
import { createMemberships, type SqliteMemberships } from '../sqlite/memberships.ts';
import { customersIn } from './membership-customers.ts';

let graph: SealedGraph;
let store: SqliteMemberships;

beforeEach(() => {
  graph = openGraph();
  const customersOf = customersIn(join(graph.directory, 'segments'), graph.content);
  store = createMemberships({ directory: graph.directory, content: graph.content, clock: { now: () => 0 }, customersOf });
});
afterEach(async () => {
  store.close();
  await graph.close();
});

const signal = { signal: new AbortController().signal };
const visit = (userId: string, day: number) => ({
  id: `visit-${userId}-${day}`,
  type: 'visit',
  customer: { userId },
  at: `2026-01-${String(day).padStart(2, '0')}`,
  properties: {},
});
const statement = (type: 'identity-link' | 'identity-unlink', day: number) => ({
  id: `${type}-${day}`,
  type,
  customer: { userId: 'anna' },
  at: `2026-01-${String(day).padStart(2, '0')}`,
  properties: { left: { kind: 'user', value: 'anna' }, right: { kind: 'user', value: 'bert' }, reason: 'asked' },
});

it('ids that named customers belong to whom the signals say, as of the day', async () => {
  const { snapshot } = await graph.with([visit('anna', 1), visit('bert', 2), visit('cleo', 3), statement('identity-link', 5)]);
  const customersOf = customersIn(join(graph.directory, 'segments'), graph.content);
  const ask = (asOf: string) => customersOf(['bert', 'cleo', 'nobody'], { snapshot, asOf }, signal);
  expect(Object.fromEntries(await ask('2026-01-31'))).toEqual({ bert: 'anna', cleo: 'cleo' });
  expect(Object.fromEntries(await ask('2026-01-04'))).toEqual({ bert: 'bert', cleo: 'cleo' });
  await expect(ask('May')).rejects.toThrow(/asOf/);
});

it('a link and its unlink leave the memberships of both as they were', async () => {
  const publish = async (signals: readonly unknown[], assigned: Record<string, string>, asOf: string) => {
    const { snapshot } = await graph.with(signals);
    await store.publish({ ...axesPublication(graph.content, { location: assigned }, asOf), snapshot }, { ...signal, idempotencyKey: asOf });
  };
  const found = () =>
    ['anna', 'bert'].map((customerId) => {
      const {
        change: _change,
        version: _version,
        recordedAt: _recordedAt,
        ...rest
      } = store.memberships({ customerId }).memberships[0] ?? {};
      return rest;
    });
  await publish([visit('anna', 1), visit('bert', 2)], { anna: 'Berlin', bert: 'Paris' }, '2026-01-04');
  const before = found();
  await publish([statement('identity-link', 5)], { anna: 'Rome' }, '2026-01-10');
  expect(store.changes({ limit: 9 }).records.map(({ customerId, change }) => `${customerId} ${change}`)).toEqual([
    'anna merged-by-identity',
    'bert merged-by-identity',
  ]);
  await publish([statement('identity-unlink', 12)], { anna: 'Berlin', bert: 'Paris' }, '2026-01-20');
  expect(found()).toEqual(before);
  expect(store.memberships({ customerId: 'anna', asOf: '2026-01-15' }).memberships).toMatchObject([{ cohort: 'Rome' }]);
});
