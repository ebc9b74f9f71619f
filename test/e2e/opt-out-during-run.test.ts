import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { agentOver } from '../../agents/customer-data-graph/agent.ts';
import { simulateIntoLog } from '../../agents/customer-data-graph/index.ts';
import type { CustomerDataGraph, RunReport } from '../../agents/customer-data-graph/interface.ts';
import { initOperatorDirectory } from '../../agents/customer-data-graph/operator-directory.ts';
import { openWorkspace, type Workspace } from '../../agents/customer-data-graph/workspace.ts';
import { type Ref, textColumn } from '../../skills/sdk/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'cohortium-opt-out-'));
const directory = join(folder, 'shop');
const asOf = '2025-04-01';
const sinks = ['offers', 'desk'] as const;
// The step that sends waits for a person, so that there is time between the gate and emission.
const pipeline = `pipeline: held
version: 1
steps:
  - { id: signals, skill: signal-capture }
  - { id: cohort, skill: cohort, after: [signals], with: { horizonDays: 30, draws: 50, timing: [bg-nbd], shares: proportional-fitting } }
  - { id: recalibrate, skill: recalibrate, after: [cohort] }
  - id: gate
    skill: gate
    after: [recalibrate]
    with: { uses: [${sinks.map((sink) => `{ subscriber: ${sink}, purpose: analytics, sink: ${sink} }`).join(', ')}] }
  - { id: audit, skill: audit, after: [gate] }
  - { id: emit, skill: emission, after: [audit], approval: { by: privacy }, with: { batchSize: 2 } }
`;
const policy = `@id("offers-need-no-opt-out")
@outcome("fail")
@anchor("privacy")
@citation("Our own rule")
@remedy("Leave the customer out.")
forbid (principal, action, resource) when { resource == Sink::"offers" && context.marketingOptOut };
`;

let workspace: Workspace;
let agent: CustomerDataGraph;
let run: RunReport;
/** Customers that the gate passed for both sinks, in its order. */
let passed: readonly string[];
let serial = 0;

const reopen = async (): Promise<void> => {
  await agent.close();
  workspace = openWorkspace(directory);
  agent = agentOver(workspace);
};
const say = (customer: object, type: string, properties: object): Promise<unknown> =>
  agent.capture([{ id: `late-${serial++}`, type, customer, at: '2025-04-01T00:00:00Z', properties }], 'test');
const refuse = (customer: object, purpose = 'marketing'): Promise<unknown> => say(customer, 'consent-event', { purpose, granted: false });
const received = (sink: string): readonly { readonly type: string; readonly data: Readonly<Record<string, unknown>> }[] =>
  readFileSync(join(directory, '.cohortium', 'received', `${sink}.jsonl`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse((JSON.parse(line) as { body: string }).body) as ReturnType<typeof received>[number]);
const valuesOf = (sink: string): readonly string[] =>
  received(sink).flatMap(({ data }) => ((data['items'] ?? []) as readonly { customerId: string }[]).map(({ customerId }) => customerId));
const optOutsOf = (sink: string): readonly unknown[] =>
  received(sink)
    .filter(({ type }) => type === 'com.cohortium.opt-out.v1')
    .map(({ data }) => data);
const ledgerKinds = (): readonly string[] => [...workspace.ledger().records()].map((text) => (JSON.parse(text) as { kind: string }).kind);
const recordsAfterOptOut = (): number => ledgerKinds().filter((kind) => kind === 'decision-after-opt-out').length;

beforeAll(async () => {
  await initOperatorDirectory(directory, {});
  const edit = (file: string, change: (text: string) => string): void =>
    writeFileSync(join(directory, file), change(readFileSync(join(directory, file), 'utf8')));
  edit('cohortium.yaml', (text) =>
    text
      .replace(/^clock: .*$/m, `clock: { kind: simulated, at: ${asOf} }`)
      .replace(/^# consent: .*$/m, 'consent: { completeSince: 2023-01-01 }'),
  );
  writeFileSync(join(directory, 'pipelines', 'held.yaml'), pipeline);
  writeFileSync(join(directory, 'policies', 'offers.cedar'), policy);
  for (const sink of sinks) {
    const text = `id: ${sink}\nsink: ${sink}\npurposes: [analytics]\nkind: in-process\n`;
    writeFileSync(join(directory, 'registries', 'subscribers', `${sink}.yaml`), text);
  }
  await simulateIntoLog(directory, { seed: 'cadence', customers: 120, months: 18 });
  workspace = openWorkspace(directory);
  agent = agentOver(workspace);
  // Adults of a country that no regime speaks of, so that the law which comes with the gate leaves them to our own rule.
  const declared = Array.from({ length: 40 }, (_, index) => `c${String(index + 1).padStart(3, '0')}`).flatMap((userId) =>
    [
      ['residency', 'JP'],
      ['birthYear', '1980'],
    ].map(([attribute, value]) => ({
      id: `${userId}-${attribute}`,
      type: 'preference-change',
      customer: { userId },
      at: '2025-03-31',
      properties: { attribute, value },
    })),
  );
  await agent.capture(declared, 'test');
  run = await agent.run({ pipeline: 'pipelines/held.yaml', asOf });
  const gate = run.steps.find(({ id }) => id === 'gate')?.output;
  const decisions = workspace.content.getTable(gate?.['decisions'] as Ref); // by the schema of the step
  const [customers, outcomes] = [textColumn(decisions, 'customerId'), textColumn(decisions, 'outcome')];
  const uses = sinks.length + 1;
  passed = customers.filter((_, row) => row % uses === 0 && outcomes.slice(row, row + uses).every((outcome) => outcome === 'pass'));
});
afterAll(async () => {
  await agent.close();
  rmSync(folder, { recursive: true });
});

describe('an opt-out that is captured between the gate and emission', () => {
  it('stops the value that has not left, by whichever identity it was said, and nothing else', async () => {
    expect(run.status).toBe('waiting');
    expect(passed.length).toBeGreaterThan(8);
    const [first = '', second = '', third = '', granted = ''] = passed;
    await refuse({ userId: first });
    // Nobody had seen this card before, and the two signals are still in the inbox.
    await say({ userId: second, loyaltyId: 'card-2' }, 'visit', {});
    await refuse({ loyaltyId: 'card-2' });
    // What is allowed again before it leaves is no refusal.
    await refuse({ userId: third });
    await say({ userId: third }, 'consent-event', { purpose: 'marketing', granted: true });
    await say({ userId: granted }, 'consent-event', { purpose: 'profiling', granted: true });

    const done = await agent.approveStep(run.runId, 'emit', true, 'privacy');
    expect(done.status).toBe('completed');
    const sent = passed.filter((customer) => customer !== first && customer !== second);
    expect([...valuesOf('offers')].sort()).toEqual([...sent].sort());
    // The other sink's rule asks about no opt-out, so it has these two as well.
    expect(valuesOf('desk')).toEqual(expect.arrayContaining([...passed]));
    expect(await agent.deliveries()).toMatchObject({ pending: 0, dead: 0 });
    for (const customerId of [first, second]) {
      const answer = await agent.value({ customerId });
      expect(answer).toMatchObject({ outcome: 'fail', reasons: [{ policy: 'offers-need-no-opt-out' }] });
      expect(answer.value).toBeUndefined();
    }
    expect((await agent.value({ customerId: third })).value).toBeDefined();
  });

  it('is recorded in the ledger once, however often it is met', async () => {
    expect(recordsAfterOptOut()).toBe(2);
    await agent.redeliver([]);
    expect(recordsAfterOptOut()).toBe(2);
    expect(await agent.verify()).toMatchObject({ verified: true });
  });
});

describe('an opt-out that comes after delivery', () => {
  it('holds for lookups at once, and is told to every sink that has a value of the customer', async () => {
    const customer = passed[5] ?? '';
    expect((await agent.value({ customerId: customer })).outcome).toBe('pass');
    await refuse({ userId: customer });
    expect(await agent.value({ customerId: customer })).toMatchObject({ outcome: 'fail' });
    await agent.redeliver([]);
    const told = await agent.consents.propagation(customer);
    expect(told.map(({ sink, state, purposes }) => [sink, state, purposes])).toEqual(
      expect.arrayContaining([
        ['offers', 'acknowledged', ['marketing']],
        ['desk', 'acknowledged', ['marketing']],
      ]),
    );
    expect(told).toHaveLength(2);
    expect(optOutsOf('offers')).toEqual([
      { customerId: customer, sink: 'offers', purposes: ['marketing'], effectiveAt: '2025-04-01T00:00:00.000Z' },
    ]);
  });

  it('is told once, also when a browser repeats it, the store is made again, or the process was killed', async () => {
    const customer = passed[5] ?? '';
    await refuse({ userId: customer });
    await agent.redeliver([]);
    await agent.close();
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(directory, '.cohortium', `consents.db${suffix}`), { force: true });
    workspace = openWorkspace(directory);
    agent = agentOver(workspace);
    await agent.redeliver([]);
    expect(optOutsOf('offers')).toHaveLength(1);
    expect(
      (await agent.consents.show(customer)).history.filter(({ purpose, granted }) => purpose === 'marketing' && !granted),
    ).toHaveLength(2);
  });

  it('is told to sinks that were down, once they are back', async () => {
    const customer = passed[6] ?? '';
    await refuse({ userId: customer }, 'gpc');
    const { store } = workspace.consents();
    // A process that is killed after the message is enqueued and before it was sent.
    await workspace.consents().propagate(workspace.outbox().optOuts, new AbortController().signal);
    expect((await agent.consents.propagation(customer)).map(({ state }) => state)).toEqual(['pending', 'pending']);
    expect(store.head()).toBeGreaterThan(0);
    await reopen();
    await agent.redeliver([]);
    const told = await agent.consents.propagation(customer);
    expect(told.map(({ state, purposes }) => [state, purposes])).toEqual(
      Array.from({ length: 2 }, () => ['acknowledged', ['sale', 'sharing', 'targeted-advertising']]),
    );
  });
});

describe('facts of a customer', () => {
  it('point to the row that says so, or say why there is none', async () => {
    const [first = ''] = passed;
    const facts = new Map((await agent.consents.factsWithSources(first, asOf)).map((fact) => [fact.name, fact]));
    const [row] = (await agent.consents.show(first)).history.filter(({ purpose, granted }) => purpose === 'marketing' && !granted);
    expect(facts.get('marketingOptOut')).toMatchObject({
      value: true,
      at: '2025-04-01T00:00:00.000Z',
      source: { kind: 'consent', consents: [{ consent: row?.id, event: row?.event, purpose: 'marketing', granted: false }] },
    });
    expect(facts.get('automatedDecisionOptOut')).toEqual({
      name: 'automatedDecisionOptOut',
      value: false,
      source: { kind: 'silence', completeSince: '2023-01-01' },
      at: null,
    });
    expect(facts.get('parentalConsent')).toMatchObject({ value: false, source: { kind: 'not-on-record' } });
    expect(facts.get('residency')).toMatchObject({ source: { kind: 'derived', attribute: 'residency', event: expect.any(String) } });
    await expect(agent.consents.factsWithSources(first, 'today')).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
    await expect(agent.consents.factsWithSources('nobody', asOf)).rejects.toMatchObject({ code: 'CUSTOMER_NOT_FOUND' });
  });

  it('have a browser signal for what it is, and no opt-out of profiling from it', async () => {
    const facts = new Map((await agent.consents.factsWithSources(passed[6] ?? '', asOf)).map((fact) => [fact.name, fact]));
    expect(facts.get('gpc')).toMatchObject({ value: true, source: { kind: 'gpc' } });
    expect(facts.get('profilingOptOut')).toMatchObject({ value: false, source: { kind: 'silence' } });
  });
});
