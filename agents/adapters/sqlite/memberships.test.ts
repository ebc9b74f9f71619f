import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { membershipLines, readMembershipLines } from '../../../registries/memberships/membership-record.ts';
import type { ContentStore } from '../../../skills/sdk/index.ts';
import { axesPublication, type RunOutline, runsPublication } from '../../../test/fixtures/membership-publications.ts';
import { createMemoryContent } from '../../../test/fixtures/memory-content.ts';
import { createMemberships, type SqliteMemberships } from './memberships.ts';

let directory: string;
let content: ContentStore;
let store: SqliteMemberships;
let now: number;
let serial = 0;
/** What the graph says of ids that are part of another customer. */
let owners: Map<string, string>;

const open = (): SqliteMemberships =>
  createMemberships({
    directory,
    content,
    clock: { now: () => (now += 1000) },
    customersOf: async (ids) => new Map(ids.map((id) => [id, owners.get(id) ?? id])),
  });
const call = (idempotencyKey = `key-${serial++}`) => ({ signal: new AbortController().signal, idempotencyKey });

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'memberships-'));
  content = createMemoryContent();
  now = Date.UTC(2026, 5, 1);
  owners = new Map();
  store = open();
});
afterEach(() => {
  store.close();
  rmSync(directory, { recursive: true });
});

describe('memberships on axes', () => {
  const publish = (assigned: Readonly<Record<string, string>>, asOf = '2026-01-31', key?: string, axis = 'location') =>
    store.publish(axesPublication(content, { [axis]: assigned }, asOf), call(key));
  const all = (cohort: string): readonly string[] =>
    store.members({ axis: 'location', cohort, limit: 100 }).members.map(({ customerId }) => customerId);

  it('count who joined, left and moved between versions', async () => {
    expect(await publish({ anna: 'Berlin', bert: 'Paris', dora: 'Rome' })).toEqual({ version: 1, joined: 3, left: 0, moved: 0 });
    expect(await publish({ anna: 'Berlin', bert: 'Berlin', cleo: 'Paris' }, '2026-02-28')).toEqual({
      version: 2,
      joined: 1,
      left: 1,
      moved: 1,
    });
    expect(all('Berlin')).toEqual(['anna', 'bert']);
    expect(store.members({ axis: 'location', cohort: 'Berlin', limit: 10 })).toMatchObject({
      version: 2,
      asOf: '2026-02-28',
      window: 'lifetime',
      size: 2,
      members: [
        { customerId: 'anna', since: '2026-01-31', until: null, confidence: 1 },
        { customerId: 'bert', since: '2026-02-28', until: null, confidence: 1 },
      ],
    });
    expect(
      store
        .changes({ version: 2, limit: 10 })
        .records.map(({ change, customerId, predecessor, cohort }) => [customerId, change, predecessor, cohort]),
    ).toEqual([
      ['bert', 'moved', 'Paris', 'Berlin'],
      ['dora', 'left', 'Rome', null],
      ['cleo', 'entered', null, 'Paris'],
    ]);
    expect(store.cohortsOf('bert')).toEqual({ location: 'Berlin' });
  });

  it('make no version when nothing changed', async () => {
    await publish({ anna: 'Berlin' });
    expect(await publish({ anna: 'Berlin' }, '2026-02-28')).toEqual({ version: 1, joined: 0, left: 0, moved: 0 });
    expect(readdirSync(join(directory, 'memberships')).filter((file) => file.endsWith('.rows') || file.endsWith('.tmp'))).toHaveLength(1);
  });

  it('answer a repeated publication as before and change nothing', async () => {
    const first = await publish({ anna: 'Berlin' }, '2026-01-31', 'same');
    await publish({ anna: 'Paris' });
    expect(await publish({ anna: 'Berlin' }, '2026-01-31', 'same')).toEqual(first);
    expect(store.cohorts('location')).toEqual([{ cohort: 'Paris', name: 'Paris', size: 1 }]);
  });

  it('finish a list on the version and the day that it was begun on', async () => {
    await publish({ anna: 'Berlin', bert: 'Berlin', cleo: 'Berlin' });
    const first = store.members({ axis: 'location', cohort: 'Berlin', limit: 2 });
    await publish({ anna: 'Berlin', bert: 'Berlin' });
    const second = store.members({ axis: 'location', cohort: 'Berlin', limit: 2, cursor: first.nextCursor ?? '' });
    expect([...first.members, ...second.members].map(({ customerId }) => customerId)).toEqual(['anna', 'bert', 'cleo']);
    expect(second).toMatchObject({ version: 1, size: 3, nextCursor: null });
    expect(store.members({ axis: 'location', cohort: 'Berlin', limit: 2 })).toMatchObject({ version: 2, size: 2, nextCursor: null });
  });

  it('say which axes, windows and cohorts there are when asked for another', async () => {
    expect(() => store.members({ axis: 'location', cohort: 'Berlin', limit: 1 })).toThrow(/none yet/);
    await publish({ anna: 'Berlin' });
    expect(() => store.members({ axis: 'place', cohort: 'Berlin', limit: 1 })).toThrow(/axes are location/);
    expect(() => store.members({ axis: 'location', cohort: 'Rome', limit: 1 })).toThrow(/cohorts are Berlin/);
    expect(() => store.members({ axis: 'location', window: '7d', cohort: 'Berlin', limit: 1 })).toThrow(/windows are lifetime/);
    expect(() => store.members({ axis: 'location', cohort: 'Berlin', limit: 0 })).toThrow(/limit/);
    expect(() => store.members({ axis: 'location', cohort: 'Berlin', limit: 1, cursor: 'nonsense' })).toThrow(/cursor/);
    expect(() => store.members({ axis: 'location', cohort: 'Berlin', limit: 1, asOf: 'May' })).toThrow(/asOf/);
    expect(() => store.members({ axis: 'location', cohort: 'Berlin', limit: 1, knownAt: '9' })).toThrow(/versions are 1 to 1/);
    for (const knownAt of ['May', '2026-02-30', '2026-02-30T12:00:00Z']) {
      expect(() => store.members({ axis: 'location', cohort: 'Berlin', limit: 1, knownAt })).toThrow(/knownAt/);
    }
    expect(() => store.memberships({ customerId: 'zoe' })).toThrow(/no customer 'zoe'/);
    expect(() => store.changes({ version: 7, limit: 1 })).toThrow(/newest is 1/);
  });

  it('survive a restart', async () => {
    await publish({ anna: 'Berlin' });
    store.close();
    store = open();
    expect(all('Berlin')).toEqual(['anna']);
  });

  it('do not depend on the order of rows', async () => {
    const other = mkdtempSync(join(tmpdir(), 'memberships-'));
    const second = createMemberships({ directory: other, content, clock: { now: () => 0 } });
    await publish({ anna: 'Berlin', bert: 'Aachen', cleo: 'Berlin' });
    await second.publish(axesPublication(content, { location: { cleo: 'Berlin', bert: 'Aachen', anna: 'Berlin' } }, '2026-01-31'), call());
    const names = (folder: string): string[] => readdirSync(join(folder, 'memberships')).filter((file) => file.endsWith('.rows'));
    expect(names(directory)).toEqual(names(other));
    second.close();
    rmSync(other, { recursive: true });
  });

  it('are, after any sequence of publications, the last one, and their changes replay to it', async () => {
    const assignment = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('x', 'y', 'z'), {
      minKeys: 1,
      noNullPrototype: true,
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(assignment, fc.integer({ min: 1, max: 28 })), { minLength: 1, maxLength: 6 }),
        fc.uuid(),
        async (steps, axis) => {
          const days = steps.map(([, day]) => day).sort((a, b) => a - b);
          let version = 0;
          for (const [index, [assigned]] of steps.entries()) {
            ({ version } = await publish(assigned, `2026-03-${String(days[index]).padStart(2, '0')}`, undefined, axis));
          }
          const last = steps.at(-1)?.[0] ?? {};
          const replayed = new Map<string, string>();
          for (let step = 1; step <= version; step++) {
            for (const { definition, customerId, cohort } of store.changes({ version: step, limit: 1000 }).records) {
              if (definition !== axis) continue;
              if (cohort === null) replayed.delete(customerId);
              else replayed.set(customerId, cohort);
            }
          }
          expect(Object.fromEntries(replayed)).toEqual(last);
          expect(Object.fromEntries(store.cohorts(axis).map(({ cohort, size }) => [cohort, size]))).toEqual(
            Object.fromEntries(
              Object.entries(Object.groupBy(Object.values(last), (cohort) => cohort)).map(([cohort, found]) => [cohort, found?.length]),
            ),
          );
        },
      ),
      { numRuns: 20 },
    );
  });
});

describe('memberships of cohort definitions', () => {
  const publish = (runs: readonly RunOutline[], asOf: string, options: { readonly isPartial?: boolean; readonly key?: string } = {}) =>
    store.publish(
      { ...runsPublication(content, runs, asOf), isPartial: options.isPartial ?? false, snapshot: content.putJson('sealed') },
      call(options.key),
    );
  const cohortOf = (customerId: string, times: { readonly asOf?: string; readonly knownAt?: string } = {}, definition = 'rhythm') => {
    const found = store.memberships({ customerId, ...times }).memberships.find((one) => one.definition === definition);
    return found ? `${found.cohort} since ${found.since}` : 'none';
  };

  it('are, as of each of twelve months, what was recorded then', async () => {
    const months = Array.from({ length: 12 }, (_, month) => `2025-${String(month + 1).padStart(2, '0')}-28`);
    const customers = Array.from({ length: 40 }, (_, index) => `c-${String(index).padStart(2, '0')}`);
    const recorded: { asOf: string; version: number; answers: unknown[]; lists: unknown[] }[] = [];
    const answersFor = (times: { asOf?: string; knownAt?: string }): unknown[] =>
      customers.map((customerId) => {
        try {
          return store.memberships({ customerId, ...times }).memberships;
        } catch {
          return 'not known yet';
        }
      });
    const listsFor = (times: { asOf?: string; knownAt?: string }): unknown[] =>
      ['k0', 'k1', 'k2'].map((cohort) => store.members({ axis: 'rhythm', cohort, limit: 100, ...times }).members);
    for (const [month, asOf] of months.entries()) {
      const members = Object.fromEntries(
        customers.flatMap((customer, index) =>
          (index * 7 + month * 3) % 5 === 0
            ? []
            : [
                [
                  customer,
                  { cohort: `k${(index + Math.floor((month * (index % 4)) / 3)) % 3}`, confidence: 0.6 + ((index + month) % 4) / 10 },
                ],
              ],
        ),
      );
      const { version } = await publish([{ definition: 'rhythm', cohorts: ['k0', 'k1', 'k2'], members }], asOf);
      recorded.push({ asOf, version, answers: answersFor({}), lists: listsFor({}) });
    }
    expect(recorded.map(({ version }) => version)).toEqual(months.map((_, index) => index + 1));
    for (const { asOf, version, answers, lists } of recorded) {
      const comparable = (found: unknown[]): unknown[] =>
        found.map((one) => (Array.isArray(one) && one.length === 0 ? 'not known yet' : one));
      expect(comparable(answersFor({ asOf }))).toEqual(comparable(answers));
      expect(answersFor({ asOf, knownAt: String(version) })).toEqual(answersFor({ asOf }));
      expect(listsFor({ asOf })).toEqual(lists);
    }
  });

  it('keep what was known when a day is published again', async () => {
    await publish(
      [{ definition: 'rhythm', cohorts: ['k0', 'k1'], members: { anna: { cohort: 'k0' }, bert: { cohort: 'k0' } } }],
      '2026-01-31',
    );
    const second = await publish(
      [{ definition: 'rhythm', cohorts: ['k0', 'k1'], members: { anna: { cohort: 'k1' }, bert: { cohort: 'k0' } } }],
      '2026-02-28',
    );
    expect(second).toEqual({ version: 2, joined: 0, left: 0, moved: 1 });
    const third = await publish(
      [{ definition: 'rhythm', cohorts: ['k0', 'k1'], members: { anna: { cohort: 'k0' }, bert: { cohort: 'k1' } } }],
      '2026-02-28',
    );
    expect(third).toEqual({ version: 3, joined: 0, left: 0, moved: 2 });
    expect([cohortOf('anna'), cohortOf('bert')]).toEqual(['k0 since 2026-01-31', 'k1 since 2026-02-28']);
    expect([cohortOf('anna', { knownAt: '2' }), cohortOf('bert', { knownAt: '2' })]).toEqual([
      'k1 since 2026-02-28',
      'k0 since 2026-01-31',
    ]);
    expect([cohortOf('anna', { asOf: '2026-02-27' }), cohortOf('bert', { asOf: '2026-02-27' })]).toEqual([
      'k0 since 2026-01-31',
      'k0 since 2026-01-31',
    ]);
    expect(store.changes({ version: 3, limit: 9 }).records.map(({ customerId, change }) => `${customerId} ${change}`)).toEqual([
      'anna corrected',
      'bert moved',
    ]);
    const between = store.memberships({ customerId: 'anna', knownAt: store.memberships({ customerId: 'anna', knownAt: '2' }).recordedAt });
    expect(between.version).toBe(2);
  });

  it('of an older day are corrected without touching the newer ones', async () => {
    for (const [asOf, cohort] of [
      ['2026-01-31', 'k0'],
      ['2026-03-31', 'k1'],
    ] as const) {
      await publish([{ definition: 'rhythm', cohorts: ['k0', 'k1'], members: { anna: { cohort } } }], asOf);
    }
    await publish([{ definition: 'rhythm', cohorts: ['k0', 'k1'], members: {}, customers: ['anna'] }], '2026-02-28');
    expect(cohortOf('anna')).toBe('k1 since 2026-03-31');
    expect(cohortOf('anna', { asOf: '2026-03-01' })).toBe('none');
    expect(cohortOf('anna', { asOf: '2026-03-01', knownAt: '2' })).toBe('k0 since 2026-01-31');
  });

  it('end when the window ends them, without a publication', async () => {
    await publish(
      [{ definition: 'rhythm', window: '7d', cohorts: ['k0'], members: { anna: { cohort: 'k0', until: '2026-02-04' } } }],
      '2026-01-31',
    );
    expect(cohortOf('anna', { asOf: '2026-02-03' })).toBe('k0 since 2026-01-31');
    expect(cohortOf('anna', { asOf: '2026-02-04' })).toBe('none');
    expect(store.members({ axis: 'rhythm', cohort: 'k0', limit: 5, asOf: '2026-02-04' }).size).toBe(0);
    await publish([{ definition: 'rhythm', window: '7d', cohorts: ['k0'], members: {}, customers: ['anna'] }], '2026-02-28');
    expect(store.changes({ limit: 5 }).records).toMatchObject([
      { customerId: 'anna', change: 'expired', since: '2026-02-04', cohort: null, predecessor: 'k0' },
    ]);
  });

  it('of customers that were not computed again stay as they are', async () => {
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`c-${String(index).padStart(3, '0')}`, { cohort: 'k0' }]));
    await publish([{ definition: 'rhythm', cohorts: ['k0', 'k1'], members: many }], '2026-01-31');
    for (let round = 1; round <= 40; round++) {
      const touched = [`c-${String((round * 7) % 300).padStart(3, '0')}`, `c-${String((round * 13) % 300).padStart(3, '0')}`];
      const members = { [touched[0] ?? '']: { cohort: `k${round % 2}`, confidence: 0.9 } };
      await publish([{ definition: 'rhythm', cohorts: ['k0', 'k1'], members, customers: touched }], '2026-02-01', { isPartial: true });
      for (const [customer, cohort] of Object.entries(members)) expect(cohortOf(customer)).toContain(cohort.cohort);
      if (touched[1] !== touched[0]) expect(cohortOf(touched[1] ?? '')).toBe('none');
    }
    expect(cohortOf('c-000')).toBe('k0 since 2026-01-31');
    const { previous } = await store.latest({}, call());
    expect(previous && content.getJson(previous)).toHaveProperty(['rhythm/lifetime', 'customers', 'rows'], 300);
  });

  it('of a family exclude each other, and come back when the winner lets go', async () => {
    const family = { family: 'value', precedence: 1 };
    const runs = (strong: RunOutline['members'], weak: RunOutline['members']): RunOutline[] => [
      { definition: 'weak', cohorts: ['w'], members: weak, customers: ['anna', 'bert'], resolution: { ...family, precedence: 0 } },
      { definition: 'strong', cohorts: ['s'], members: strong, customers: ['anna', 'bert'], resolution: family },
    ];
    await publish(runs({ anna: { cohort: 's' } }, { anna: { cohort: 'w' }, bert: { cohort: 'w' } }), '2026-01-31');
    const suppressed = store.memberships({ customerId: 'anna' }).memberships.find(({ definition }) => definition === 'weak');
    expect(suppressed).toMatchObject({ cohort: 'w', suppressedBy: 'strong', change: 'suppressed' });
    expect(store.members({ axis: 'weak', cohort: 'w', limit: 9 }).members.map(({ customerId }) => customerId)).toEqual(['bert']);
    await publish(
      [{ definition: 'strong', cohorts: ['s'], members: { bert: { cohort: 's' } }, customers: ['anna', 'bert'], resolution: family }],
      '2026-02-28',
    );
    expect(store.members({ axis: 'weak', cohort: 'w', limit: 9 }).members.map(({ customerId }) => customerId)).toEqual(['anna']);
    expect(
      store.changes({ limit: 9 }).records.map(({ customerId, definition, change }) => `${customerId} ${definition} ${change}`),
    ).toEqual(['anna strong left', 'bert strong entered', 'anna weak released', 'bert weak suppressed']);
  });

  it('of two customers are, after a link and an unlink, what they were before', async () => {
    const apart: RunOutline = {
      definition: 'rhythm',
      cohorts: ['k0', 'k1', 'k2'],
      members: { anna: { cohort: 'k0', confidence: 0.8 }, bert: { cohort: 'k1', confidence: 0.7, reasons: [['orders', 0.5]] } },
    };
    await publish([{ ...apart, members: { anna: { cohort: 'k0', confidence: 0.8 } }, customers: ['anna', 'bert'] }], '2026-01-31');
    await publish([apart], '2026-02-28');
    const before = ['anna', 'bert'].map((customerId) => store.memberships({ customerId }).memberships);
    owners.set('bert', 'anna');
    await publish([{ ...apart, members: { anna: { cohort: 'k2', confidence: 0.9 } } }], '2026-03-31');
    expect(store.changes({ limit: 9 }).records.map(({ customerId, change }) => `${customerId} ${change}`)).toEqual([
      'anna merged-by-identity',
      'bert merged-by-identity',
    ]);
    expect(cohortOf('bert')).toBe('none');
    expect(store.memberships({ customerId: 'bert' }).identities).toEqual([
      { version: 3, change: 'merged', customerId: 'bert', other: 'anna' },
    ]);
    owners.clear();
    await publish([apart], '2026-04-30');
    const after = ['anna', 'bert'].map((customerId) => store.memberships({ customerId }).memberships);
    const same = ({ change: _change, version: _version, recordedAt: _recordedAt, ...rest }: (typeof after)[0][0]) => rest;
    expect(after.map((list) => list.map(same))).toEqual(before.map((list) => list.map(same)));
    expect(after.flat().map(({ change }) => change)).toEqual(['split-by-identity', 'split-by-identity']);
    expect(cohortOf('bert', { asOf: '2026-03-31' })).toBe('none');
  });

  it('say that a customer was merged whichever publication notices it first', async () => {
    const snapshot = content.putJson('sealed');
    const runs = (members: RunOutline['members'], asOf: string) => publish([{ definition: 'rhythm', cohorts: ['k0'], members }], asOf);
    const axes = (assigned: Record<string, string>, asOf: string) =>
      store.publish({ ...axesPublication(content, { location: assigned }, asOf), snapshot }, call());
    await runs({ anna: { cohort: 'k0' }, bert: { cohort: 'k0' }, cleo: { cohort: 'k0' } }, '2026-01-31');
    await axes({ anna: 'Berlin', bert: 'Paris' }, '2026-01-31');
    owners.set('bert', 'anna');
    await axes({ anna: 'Berlin' }, '2026-02-28');
    expect(store.changes({ limit: 9 }).records).toMatchObject([{ customerId: 'bert', change: 'merged-by-identity', predecessor: 'Paris' }]);
    await runs({ anna: { cohort: 'k0' }, cleo: { cohort: 'k0' } }, '2026-02-28');
    expect(store.changes({ limit: 9 }).records).toMatchObject([{ customerId: 'bert', change: 'merged-by-identity', predecessor: 'k0' }]);
    owners.clear();
    await runs({ anna: { cohort: 'k0' }, bert: { cohort: 'k0' }, cleo: { cohort: 'k0' } }, '2026-03-31');
    await axes({ anna: 'Berlin', bert: 'Paris' }, '2026-03-31');
    expect(store.memberships({ customerId: 'bert' })).toMatchObject({
      memberships: [
        { definition: 'location', cohort: 'Paris', since: '2026-01-31', change: 'split-by-identity' },
        { definition: 'rhythm', cohort: 'k0', since: '2026-01-31', change: 'split-by-identity' },
      ],
      identities: [{ change: 'merged' }, { change: 'split' }],
    });
    expect(store.memberships({ customerId: 'cleo' }).identities).toEqual([]);
  });

  it('count transitions between two days', async () => {
    const cohorts = ['k0', 'k1'];
    await publish(
      [{ definition: 'rhythm', cohorts, members: { a: { cohort: 'k0' }, b: { cohort: 'k0' }, c: { cohort: 'k1' } } }],
      '2026-01-31',
    );
    await publish(
      [{ definition: 'rhythm', cohorts, members: { a: { cohort: 'k0' }, b: { cohort: 'k1' }, d: { cohort: 'k1' } } }],
      '2026-02-28',
    );
    expect(store.transitions({ definition: 'rhythm', from: '2026-01-31', to: '2026-02-28' })).toMatchObject({
      cohorts: [
        { cohort: 'k0', before: 2, after: 1 },
        { cohort: 'k1', before: 1, after: 2 },
        { cohort: '', name: 'no cohort' },
      ],
      counts: [
        [1, 1, 0],
        [0, 0, 1],
        [0, 1, 0],
      ],
      stayed: 1,
      moved: 1,
      entered: 1,
      left: 1,
    });
    expect(() => store.transitions({ definition: 'rhythm', from: '2026-02-28', to: '2026-01-31' })).toThrow(/before/);
  });

  it('are handed on as lines that read back', async () => {
    await publish(
      [
        {
          definition: 'rhythm',
          cohorts: ['k0'],
          members: {
            anna: {
              cohort: 'k0',
              confidence: 0.75,
              reasons: [
                ['orders', 0.5],
                ['recencyDays', -0.25],
              ],
            },
          },
        },
      ],
      '2026-01-31',
    );
    const { records } = store.changes({ limit: 9 });
    expect(records).toMatchObject([
      {
        change: 'entered',
        confidence: 0.75,
        reasons: [
          { feature: 'orders', contribution: 0.5 },
          { feature: 'recencyDays', contribution: -0.25 },
        ],
      },
    ]);
    expect(readMembershipLines(membershipLines(records), 'lines')).toEqual(records);
    expect([...store.records()]).toEqual(records);
    expect(() => readMembershipLines('{}\n', 'lines')).toThrow(/lines:1/);
  });

  it('are refused whole when a run does not fit', async () => {
    const run: RunOutline = { definition: 'rhythm', cohorts: ['k0'], members: { anna: { cohort: 'k0' } } };
    await publish([run], '2026-01-31');
    await store.publish(axesPublication(content, { location: { anna: 'Berlin' } }, '2026-01-31'), call());
    const bad = (outline: RunOutline): Promise<unknown> => publish([run, outline], '2026-02-28');
    await expect(bad(run)).rejects.toThrow(/run twice/);
    await expect(bad({ ...run, definition: 'other', members: { anna: { cohort: 'k0', confidence: 1.5 } } })).rejects.toThrow(
      /confidence 1.5/,
    );
    await expect(bad({ ...run, definition: 'other', members: { anna: { cohort: 'k0', until: '2026-02-28' } } })).rejects.toThrow(
      /a day after/,
    );
    await expect(bad({ ...run, definition: 'location' })).rejects.toThrow(/name of an axis/);
    await expect(store.publish({ ...runsPublication(content, [run], '2026-02-28'), asOf: '2026-03-31' }, call())).rejects.toThrow(
      /as of 2026-02-28/,
    );
    await expect(store.publish({ ...runsPublication(content, [run], '2026-02-28'), customers: null }, call())).rejects.toThrow(/pair/);
    await expect(store.publish({ ...runsPublication(content, [], 'May') }, call())).rejects.toThrow(/asOf/);
    expect(store.changes({ limit: 1 }).version).toBe(2);
    expect(readdirSync(join(directory, 'memberships')).filter((file) => file.endsWith('.tmp'))).toEqual([]);
  });

  it('are the same whether read from changes or published at once', async () => {
    const cohorts = ['k0', 'k1', 'k2'];
    const member = fc.record({
      cohort: fc.constantFrom(...cohorts),
      confidence: fc.constantFrom(0.5, 0.8),
      days: fc.integer({ min: 1, max: 40 }),
    });
    const step = fc.record({
      members: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), member, { noNullPrototype: true }),
      isPartial: fc.boolean(),
      gap: fc.integer({ min: 0, max: 9 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 9 }), fc.uuid(), async (steps, id) => {
        const definition = `d-${id}`;
        const expected = new Map<string, string>();
        let day = 0;
        for (const { members, isPartial, gap } of steps) {
          day += gap;
          const asOf = new Date(Date.UTC(2026, 0, 1) + day * 86_400_000).toISOString().slice(0, 10);
          const untilOf = (days: number): string => new Date(Date.UTC(2026, 0, 1) + (day + days) * 86_400_000).toISOString().slice(0, 10);
          const outline = Object.fromEntries(
            Object.entries(members).map(([customer, { days, ...one }]) => [customer, { ...one, until: untilOf(days) }]),
          );
          const everybody = ['a', 'b', 'c', 'd', 'e', 'f'];
          const customers = isPartial ? everybody.slice(0, 4) : everybody;
          const named = Object.fromEntries(Object.entries(outline).filter(([customer]) => customers.includes(customer)));
          await publish([{ definition, cohorts, members: named, customers }], asOf, { isPartial });
          for (const customer of customers) {
            const one = named[customer];
            if (one) expected.set(customer, `${one.cohort} ${one.confidence} ${one.until}`);
            else expected.delete(customer);
          }
          const found = new Map(
            cohorts.flatMap((cohort) => {
              try {
                return store
                  .members({ axis: definition, cohort, limit: 100, asOf })
                  .members.map((one) => [one.customerId, `${cohort} ${one.confidence} ${one.until}`] as const);
              } catch {
                return [];
              }
            }),
          );
          for (const [customer, said] of expected) if ((said.split(' ')[2] ?? '') > asOf) expect(found.get(customer)).toBe(said);
          for (const customer of found.keys()) expect(expected.has(customer)).toBe(true);
          // One customer at a time takes another way through the files than a whole list.
          for (const [customer, said] of found) expect(cohortOf(customer, { asOf }, definition).split(' ')[0]).toBe(said.split(' ')[0]);
        }
      }),
      { numRuns: 15 },
    );
  });
});
