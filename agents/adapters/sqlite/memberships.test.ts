import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { column, type ContentStore, makeTable, type Ref } from '../../../skills/sdk/index.ts';
import { createMemoryContent } from '../../../test/fixtures/memory-content.ts';
import { createMemberships, type SqliteMemberships } from './memberships.ts';

describe('memberships', () => {
  let directory: string;
  let content: ContentStore;
  let store: SqliteMemberships;
  let serial = 0;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'memberships-'));
    content = createMemoryContent();
    store = createMemberships({ directory, content });
  });
  afterEach(() => {
    store.close();
    rmSync(directory, { recursive: true });
  });

  const publish = (
    assigned: Readonly<Record<string, string>>,
    asOf = '2026-01-31',
    idempotencyKey = `key-${serial++}`,
    axis = 'location',
  ): Promise<{ version: number; joined: number; left: number }> => {
    const customers = Object.keys(assigned).sort();
    const accounts: Ref = content.putTable(makeTable({ customerId: column.text(customers) }));
    const memberships = content.putTable(
      makeTable({
        account: column.int32(Int32Array.from(customers.keys())),
        axis: column.text(customers.map(() => axis)),
        cohort: column.text(customers.map((customer) => assigned[customer] ?? '')),
      }),
    );
    return store.publish({ runs: null, customers: null, memberships, accounts, asOf }, { signal: new AbortController().signal, idempotencyKey });
  };
  const all = (cohort: string): readonly string[] =>
    store.members({ axis: 'location', cohort, limit: 100 }).members.map(({ customerId }) => customerId);

  it('counts who joined and who left between versions', async () => {
    expect(await publish({ anna: 'Berlin', bert: 'Paris' })).toEqual({ version: 1, joined: 2, left: 0 });
    expect(await publish({ anna: 'Berlin', bert: 'Berlin', cleo: 'Paris' }, '2026-02-28')).toEqual({ version: 2, joined: 2, left: 1 });
    expect(all('Berlin')).toEqual(['anna', 'bert']);
    expect(store.members({ axis: 'location', cohort: 'Berlin', limit: 10 })).toMatchObject({
      version: 2,
      size: 2,
      members: [
        { customerId: 'anna', since: '2026-01-31' },
        { customerId: 'bert', since: '2026-02-28' },
      ],
    });
    expect(store.changesOf(2).map(({ change, customerId, cohort }) => `${customerId} ${change} ${cohort}`)).toEqual([
      'bert left Paris',
      'bert joined Berlin',
      'cleo joined Paris',
    ]);
    expect(store.cohortsOf('bert')).toEqual({ location: 'Berlin' });
  });

  it('makes no version when nothing changed', async () => {
    await publish({ anna: 'Berlin' });
    expect(await publish({ anna: 'Berlin' }, '2026-02-28')).toEqual({ version: 1, joined: 0, left: 0 });
  });

  it('answers a repeated publication as before and changes nothing', async () => {
    const first = await publish({ anna: 'Berlin' }, '2026-01-31', 'same');
    await publish({ anna: 'Paris' });
    expect(await publish({ anna: 'Berlin' }, '2026-01-31', 'same')).toEqual(first);
    expect(store.cohorts('location')).toEqual([{ cohort: 'Paris', size: 1 }]);
  });

  it('finishes a list on the version it was begun on', async () => {
    await publish({ anna: 'Berlin', bert: 'Berlin', cleo: 'Berlin' });
    const first = store.members({ axis: 'location', cohort: 'Berlin', limit: 2 });
    await publish({ anna: 'Berlin', bert: 'Berlin' });
    const second = store.members({ axis: 'location', cohort: 'Berlin', limit: 2, cursor: first.nextCursor ?? '' });
    expect([...first.members, ...second.members].map(({ customerId }) => customerId)).toEqual(['anna', 'bert', 'cleo']);
    expect(second).toMatchObject({ version: 1, size: 3, nextCursor: null });
    expect(store.members({ axis: 'location', cohort: 'Berlin', limit: 2 })).toMatchObject({ version: 2, size: 2, nextCursor: null });
  });

  it('says which axes and cohorts there are when asked for another', async () => {
    expect(() => store.members({ axis: 'location', cohort: 'Berlin', limit: 1 })).toThrow(/none yet/);
    await publish({ anna: 'Berlin' });
    expect(() => store.members({ axis: 'place', cohort: 'Berlin', limit: 1 })).toThrow(/axes are location/);
    expect(() => store.members({ axis: 'location', cohort: 'Rome', limit: 1 })).toThrow(/cohorts are Berlin/);
    expect(() => store.members({ axis: 'location', cohort: 'Berlin', limit: 0 })).toThrow(/limit/);
    expect(() => store.members({ axis: 'location', cohort: 'Berlin', limit: 1, cursor: 'nonsense' })).toThrow(/cursor/);
  });

  it('survives a restart', async () => {
    await publish({ anna: 'Berlin' });
    store.close();
    store = createMemberships({ directory, content });
    expect(all('Berlin')).toEqual(['anna']);
  });

  it('is, after any sequence of publications, the last one, and its changes replay to it', async () => {
    const assignment = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('x', 'y', 'z'), {
      minKeys: 1,
      noNullPrototype: true,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(assignment, { minLength: 1, maxLength: 5 }), fc.uuid(), async (assignments, axis) => {
        let version = 0;
        for (const assigned of assignments) ({ version } = await publish(assigned, '2026-01-31', `key-${serial++}`, axis));
        const last = assignments.at(-1) ?? {};
        // Publishing one axis ends the memberships of the others, so only this axis is left.
        const replayed = new Map<string, string>();
        for (let step = 1; step <= version; step++) {
          for (const { change, axis: on, customerId, cohort } of store.changesOf(step)) {
            if (on !== axis) continue;
            if (change === 'joined') replayed.set(customerId, cohort);
            else if (replayed.get(customerId) === cohort) replayed.delete(customerId);
          }
        }
        expect(Object.fromEntries(replayed)).toEqual(last);
        expect(Object.fromEntries(store.cohorts(axis).map(({ cohort, size }) => [cohort, size]))).toEqual(
          Object.fromEntries(
            Object.entries(Object.groupBy(Object.values(last), (cohort) => cohort)).map(([cohort, found]) => [cohort, found?.length]),
          ),
        );
      }),
      { numRuns: 20 },
    );
  });
});
