/**
 * An update against assigning everybody by the same models: in a copy of the same directory, after the same signals. Touched customers
 * have the same memberships in both, all others have those of before.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { linkedMethods } from '../../../skills/cohort/definitions/definition.ts';
import { type Json, textColumn } from '../../../skills/sdk/index.ts';
import { callOptions } from '../../../test/fixtures/sealed-graph.ts';
import { openAgent, simulateIntoLog } from '../index.ts';
import type { CustomerDataGraph, CustomerMemberships } from '../interface.ts';
import { initOperatorDirectory } from '../operator-directory.ts';
import { openWorkspace } from '../workspace.ts';

const folder = mkdtempSync(join(tmpdir(), 'update-cohorts-'));
const [first, dayAfter, asOf, later] = ['2024-12-24', '2024-12-25', '2024-12-31', '2025-01-03'];
const windows = ['28d', '365d', 'lifetime'];
let customers: readonly string[];

/** By definition and window, without what says when it was recorded and by which version. */
function said({ memberships, identities }: CustomerMemberships): unknown {
  return {
    memberships: memberships.map(({ version: _version, recordedAt: _recorded, ...membership }) => membership),
    identities: identities.map(({ version: _version, ...identity }) => identity),
  };
}

async function membershipsOf(agent: CustomerDataGraph, ids: readonly string[], day: string): Promise<ReadonlyMap<string, unknown>> {
  const found = new Map<string, unknown>();
  for (const customerId of ids) {
    try {
      found.set(customerId, said(await agent.customerMemberships({ customerId, asOf: day })));
    } catch {
      found.set(customerId, 'unknown');
    }
  }
  return found;
}

const signalsOf = (ids: readonly string[], day: string): readonly object[] => [
  ...ids.slice(0, 12).flatMap((userId, at) => [
    { id: `new-${day}-${at}`, type: 'browse', customer: { userId }, at: `${day}T10:00:00Z`, channel: 'web', properties: { sku: 'sku-1' } },
    {
      id: `late-${day}-${at}`,
      type: 'purchase',
      customer: { userId },
      at: `2024-12-${String(2 + at).padStart(2, '0')}T10:00:00Z`,
      location: 'Berlin',
      channel: 'store',
      properties: { amountMinor: 90_000 + at, currency: 'EUR', orderId: `late-${day}-${at}`, sku: 'sku-2' },
    },
  ]),
  { id: `who-${day}`, type: 'visit', customer: { userId: `stranger-${day}` }, at: `${day}T11:00:00Z`, location: 'Berlin', properties: {} },
  {
    id: `link-${day}`,
    type: 'identity-link',
    customer: { userId: ids[20] },
    at: `${day}T12:00:00Z`,
    properties: { left: { kind: 'user', value: ids[20] }, right: { kind: 'user', value: ids[21] }, reason: 'test' },
  },
];

async function capture(agent: CustomerDataGraph, signals: readonly object[]): Promise<void> {
  const report = await agent.capture(signals, 'test');
  if (report.quarantined > 0) throw new Error(JSON.stringify(report.entries[0]));
}

/** Everybody by the models that are there, published as a whole. */
async function assignEverybody(directory: string, day: string): Promise<readonly string[]> {
  const workspace = openWorkspace(directory);
  try {
    const { definitions } = workspace.cohortDefinitions();
    const { snapshot } = await workspace.eventLog().seal({}, { ...callOptions, idempotencyKey: 'everybody' });
    const { previous, since } = await workspace
      .memberships()
      .latest({ definitions: definitions.filter(({ method }) => !linkedMethods.includes(method)).map(({ id }) => id) }, callOptions);
    if (!since) throw new Error('nothing was computed');
    const { touched } = await workspace.warehouse().touchedSince({ previous: since, snapshot, asOf: day }, callOptions);
    const features = await workspace.warehouse().buildWindows({ snapshot, asOf: day }, callOptions);
    const { runs } = await workspace.cohortMethods().assign(
      {
        definitions: definitions.map(
          (one) => ({ ...one, windows: one.windows.filter((window) => windows.includes(window)) }) as unknown as Json,
        ), // plain JSON by its schema
        asOf: day,
        features,
        previous,
      },
      callOptions,
    );
    const publication = { runs, customers: features.customers, memberships: null, accounts: null, asOf: day, snapshot };
    await workspace.memberships().publish(publication, { ...callOptions, idempotencyKey: 'everybody published' });
    return textColumn(workspace.content.getTable(touched), 'customerId').map((id) => id.replace(/^user:/, ''));
  } finally {
    await workspace.close();
  }
}

async function withAgent<T>(directory: string, work: (agent: CustomerDataGraph) => Promise<T>): Promise<T> {
  const agent = await openAgent(directory);
  try {
    return await work(agent);
  } finally {
    await agent.close();
  }
}

const computed = join(folder, 'computed');

beforeAll(async () => {
  await initOperatorDirectory(computed);
  await simulateIntoLog(computed, { seed: 'update', customers: 240, months: 12 });
  await withAgent(computed, async (agent) => {
    // Two days, so that there are states to move from, and models of before.
    await agent.computeCohorts({ asOf: first, windows });
    await agent.computeCohorts({ asOf, windows });
  });
  const workspace = openWorkspace(computed, { readonly: true });
  try {
    const { previous } = await workspace.memberships().latest({}, callOptions);
    const latest = previous && workspace.content.getJson(previous);
    const [any] = Object.values(latest as Record<string, { readonly customers: never }>);
    customers = textColumn(workspace.content.getTable(any!.customers), 'customerId');
  } finally {
    await workspace.close();
  }
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true }));

describe.each([
  ['on the day of the last run', asOf],
  ['some days later', later],
])('an update %s', (_, day) => {
  const [updated, whole] = [join(folder, `updated-${day}`), join(folder, `whole-${day}`)];

  it('gives touched customers what assigning everybody by the same models gives, and leaves all others alone', async () => {
    cpSync(computed, updated, { recursive: true });
    const before = await withAgent(updated, async (agent) => {
      const found = await membershipsOf(agent, customers, day);
      await capture(agent, signalsOf(customers, asOf));
      return found;
    });
    cpSync(updated, whole, { recursive: true });
    const touched = new Set(await assignEverybody(whole, day));
    expect(touched.size).toBeGreaterThan(14);
    const { update, report } = await withAgent(updated, (agent) => agent.updateCohorts({ asOf: day, windows }));
    expect(report.status).toBe('completed');
    expect(update).toMatchObject({ windows: 36, membershipVersion: 3 });
    expect(update?.waiting.map(({ definition, why }) => `${definition}: ${why}`)).toEqual(
      windows.map(() => 'shopping-circles: cohorts follow from links to others'),
    );
    const everybody = [...customers, `stranger-${asOf}`];
    const isLinked = (id: string): boolean => id === customers[20] || id === customers[21];
    const [some, all] = await Promise.all(
      [updated, whole].map((directory) => withAgent(directory, (agent) => membershipsOf(agent, everybody, day))),
    );
    let moved = 0;
    for (const id of everybody) {
      const expected = touched.has(id) ? all?.get(id) : before.get(id);
      // Of links nothing is assigned here; the other store has nothing of it either, but what was before.
      expect(withoutLinks(some?.get(id)), id).toEqual(withoutLinks(expected));
      if (touched.has(id) && JSON.stringify(some?.get(id)) !== JSON.stringify(before.get(id))) moved += 1;
    }
    expect(moved).toBeGreaterThan(10);
    expect(customers.filter(isLinked).map((id) => some?.get(id))).toEqual(customers.filter(isLinked).map((id) => all?.get(id)));
  }, 300_000);

  it('finds nobody the second time, and is a run that replays', async () => {
    await withAgent(updated, async (agent) => {
      const again = await agent.updateCohorts({ asOf: day, windows });
      expect(again.update).toMatchObject({ touched: 0, customers: 0, membershipVersion: null });
      const [update] = (await agent.runs()).filter(({ steps }) => steps.some(({ output }) => output?.['cohortUpdate']));
      expect(await agent.replay(update!.runId)).toMatchObject({ identical: true, firstDifference: null });
    });
  }, 300_000);

  it('goes on from the update before', async () => {
    await withAgent(updated, async (agent) => {
      await capture(agent, [
        { id: `more-${day}`, type: 'visit', customer: { userId: customers[30] }, at: `${asOf}T20:00:00Z`, properties: {} },
      ]);
      const { update } = await agent.updateCohorts({ asOf: day, windows });
      expect(update).toMatchObject({ customers: 1 });
    });
  }, 300_000);
});

describe('an update that cannot be', () => {
  it('is refused before anything was computed, for an earlier day, and for a pipeline that computes value', async () => {
    const empty = join(folder, 'empty');
    await initOperatorDirectory(empty);
    await simulateIntoLog(empty, { seed: 'update', customers: 20, months: 6 });
    await withAgent(empty, async (agent) => {
      const { report, update } = await agent.updateCohorts({ asOf });
      expect(update).toBeNull();
      expect(report).toMatchObject({ status: 'failed', error: { message: expect.stringContaining('compute them first') } });
    });
    await withAgent(computed, async (agent) => {
      const { report } = await agent.updateCohorts({ asOf: dayAfter, windows });
      expect(report).toMatchObject({ status: 'failed', error: { message: expect.stringContaining(`as of ${asOf} already`) } });
      await expect(agent.updateCohorts({ asOf, pipeline: 'pipelines/clv.yaml' })).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
      await expect(agent.updateCohorts({ asOf: 'today' })).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
    });
  });
});

function withoutLinks(found: unknown): unknown {
  return typeof found === 'object' && found !== null && 'memberships' in found
    ? {
        ...found,
        memberships: (found.memberships as { readonly method: string }[]).filter(({ method }) => !linkedMethods.includes(method as never)),
      }
    : found;
}
