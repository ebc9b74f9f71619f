import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openKeyring } from '../adapters/keys/keyring.ts';
import { openAgent } from './agent.ts';
import type { CustomerDataGraph } from './interface.ts';
import { startReceiver } from './quickstart/receiver.ts';
import type { QuickstartReport } from './quickstart/report-type.ts';
import { runQuickstart } from './quickstart/run-quickstart.ts';

const directory = join(mkdtempSync(join(tmpdir(), 'cohortium-agent-')), 'merchant');
let report: QuickstartReport;
let agent: CustomerDataGraph;

beforeAll(async () => {
  report = await runQuickstart({ directory, seed: 'agent test', customers: 300 });
  agent = await openAgent(directory);
});
afterAll(() => agent.close());

describe('a value', () => {
  it('adds up over the locations of a customer', async () => {
    const account = await agent.value({ customerId: report.exampleCustomer });
    const locations = report.grain.filter(({ axis }) => axis === 'location').map(({ value }) => value);
    let total = 0;
    for (const location of locations) total += (await agent.value({ customerId: report.exampleCustomer, location })).value?.clvMinor ?? 0;
    expect(Math.abs(total / (account.value?.clvMinor ?? 0) - 1)).toBeLessThan(1e-9);
  });

  it('is withheld, with the reason, for a purpose that the gate did not pass', async () => {
    const answer = await agent.value({ customerId: report.exampleCustomer, purpose: 'credit' });
    expect(answer).toMatchObject({ outcome: 'counsel', purpose: 'credit' });
    expect(answer.value).toBeUndefined();
    const { facts, sentences } = await agent.explain({ customerId: report.exampleCustomer, purpose: 'credit' });
    expect(facts).toEqual([]);
    expect(sentences.join(' ')).toContain('may not be used for credit');
  });

  it('is refused for a purpose that there is not, which would look like one that nobody asked about', async () => {
    await expect(agent.value({ customerId: report.exampleCustomer, purpose: 'nonsense' })).rejects.toMatchObject({
      code: 'ARGUMENT_INVALID',
      message: expect.stringContaining('purposes are: analytics, '),
    });
    const { sentences } = await agent.explain({ customerId: report.exampleCustomer, purpose: 'credit' });
    expect(sentences[0]).toContain('no run has asked the gate about it');
  });

  it('is explained with no number that is not a fact', async () => {
    const { sentences, facts } = await agent.explain({ customerId: report.exampleCustomer });
    const known = new Set(facts.map(({ value }) => String(value)));
    const [first = '', ...rest] = sentences;
    const withoutNames = first.replace(report.exampleCustomer, '').replace(report.asOf, '').replace(`${report.horizonDays} days`, '');
    for (const number of [withoutNames, ...rest.slice(0, 2)].join(' ').match(/\d+(\.\d+)?/g) ?? []) expect(known).toContain(number);
  });

  it('is not found for somebody unknown', async () => {
    await expect(agent.value({ customerId: 'nobody' })).rejects.toMatchObject({ code: 'SCORE_NOT_FOUND' });
  });
});

describe('the gate', () => {
  it('answers for a customer with the facts of the graph', async () => {
    const answer = await agent.gate.evaluate({ customerId: report.exampleCustomer, purpose: 'analytics', sink: 'score-store' });
    expect(answer.outcome).toBe('pass');
  });

  it('takes stated facts over those of the graph, and names what is unknown', async () => {
    const question = { customerId: report.exampleCustomer, purpose: 'ad-audience', sink: 'ad-partner' };
    expect(await agent.gate.evaluate({ ...question, facts: { residency: 'EU', country: 'EU', marketingOptOut: true } })).toMatchObject({
      outcome: 'fail',
    });
    const unknown = await agent.gate.evaluate({
      ...question,
      facts: { residency: null, country: null, marketingOptOut: false, adsOptOut: false, gpc: false, marketingConsent: false },
    });
    expect(unknown).toMatchObject({ outcome: 'counsel', unknownFacts: expect.arrayContaining(['residency']) });
  });
});

describe('a review', () => {
  it('lets the next run pass what a person approved', async () => {
    for (const id of ['ada', 'grace']) await agent.models.addPerson(id, undefined, ['counsel']);
    const open = (await agent.gate.reviews('waiting')).find(({ purpose }) => purpose === 'ad-audience');
    const sheet = await agent.gate.review(open?.id ?? '');
    // Everything that is needed to decide stands on one screen.
    expect(sheet.rules.every(({ citation, remedy }) => citation !== '' && remedy !== '')).toBe(true);
    expect(sheet.counterfactuals.asked).toBeGreaterThan(0);
    expect(sheet.examples[0]?.customerId).toMatch(/^c/);
    const said = { rationale: 'Consent is on paper.', checkedFacts: sheet.facts.slice(0, 1).map(({ name }) => name), conditions: [] };
    await agent.gate.actOnReview(sheet.id, { kind: 'recommend', verdict: 'approve', ...said }, 'ada');
    expect(await agent.gate.actOnReview(sheet.id, { kind: 'decide', verdict: 'approve', ...said }, 'grace')).toMatchObject({
      state: 'approved',
    });
    const before = (await agent.runStatus(report.runId)).steps.find(({ id }) => id === 'gate')?.output?.['counts'] as { pass: number };
    const again = await agent.run({ pipeline: 'pipelines/clv.yaml', asOf: report.asOf });
    const after = again.steps.find(({ id }) => id === 'gate')?.output?.['counts'] as { pass: number };
    expect(again.status).toBe('completed');
    expect(after.pass).toBe(before.pass + (open?.customers ?? 0));
  });
});

describe('the ledger', () => {
  it('is found to be rolled back when an older copy of the whole state is put in its place', async () => {
    const copy = `${directory}-copy`;
    copyAgent(directory, copy);
    const state = join(copy, '.cohortium');
    const old = await openAgent(copy);
    cpSync(state, `${state}-old`, { recursive: true });
    await old.run({ pipeline: 'pipelines/clv.yaml', asOf: '2025-11-30' });
    expect(await old.verify()).toMatchObject({ verified: true });
    await old.close();
    rmSync(state, { recursive: true });
    cpSync(`${state}-old`, state, { recursive: true });
    chmodSync(join(state, 'keys'), 0o700);
    const rolledBack = await openAgent(copy);
    expect(await rolledBack.verify()).toMatchObject({ verified: false, faults: [expect.objectContaining({ code: 'LEDGER_ROLLED_BACK' })] });
    await rolledBack.close();
  });
});

describe('deliveries', () => {
  it('refuse to try a dead letter again that is none', async () => {
    await expect(agent.redeliver(['msg_none'])).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
  });

  it('wait while the receiver is gone, and arrive once it is back', async () => {
    const copy = `${directory}-offline`;
    copyAgent(directory, copy);
    const offline = await openAgent(copy);
    const run = await offline.run({ pipeline: 'pipelines/clv.yaml', asOf: '2025-11-30' });
    expect(run.status).toBe('completed');
    expect((await offline.deliveries()).pending).toBeGreaterThan(0);
    await offline.close();

    const keys = openKeyring(join(copy, '.cohortium', 'keys'), { demonstrationSeed: 'agent test' });
    const receiver = await startReceiver(() => keys.webhookSecret('offers'));
    const file = join(copy, 'registries', 'subscribers', 'offers.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^url: .*$/m, `url: ${receiver.url}`));
    const online = await openAgent(copy);
    expect(await online.redeliver([])).toMatchObject({ pending: 0, dead: 0 });
    expect(receiver.accepted()).toBeGreaterThan(0);
    expect(receiver.refused()).toBe(0);
    await online.close();
    await receiver.close();
  });
});

describe('the doctor', () => {
  it('finds nothing wrong with what the quickstart made', async () => {
    expect((await agent.doctor()).checks.filter(({ ok }) => !ok)).toEqual([]);
  });
});

describe('the registry of cohort axes', () => {
  it('decides which axes are published, and its faults are linted with their place', async () => {
    const copy = `${directory}-axes`;
    copyAgent(directory, copy);
    const file = join(copy, 'registries', 'cohorts', 'axes.yaml');
    writeFileSync(file, 'version: 2\naxes: [location]\n');
    const narrow = await openAgent(copy);
    await narrow.run({ pipeline: 'pipelines/clv.yaml', asOf: report.asOf });
    expect((await narrow.members({ axis: 'location', cohort: 'Berlin', limit: 1 })).size).toBeGreaterThan(0);
    expect((await narrow.members({ axis: 'tenure', cohort: '365+', limit: 1 })).size).toBe(0);
    await narrow.close();
    writeFileSync(file, 'version: 3\naxes: [locaton]\n');
    const broken = await openAgent(copy, { readonly: true });
    const [fault, ...others] = await broken.lint([]);
    expect(fault).toMatchObject({ code: 'CONFIG_INVALID', at: { file: 'registries/cohorts/axes.yaml', line: 2 } });
    expect(others).toEqual([]);
    await expect(broken.plan('pipelines/clv.yaml')).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await broken.close();
  });
});

describe('a run', () => {
  it.each(['2025-02-30', '31.12.2025', 'today'])('is refused as of %s', async (asOf) => {
    await expect(agent.run({ pipeline: 'pipelines/clv.yaml', asOf })).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
  });

  it('cannot be cancelled when it has ended', async () => {
    const [ended] = await agent.runs();
    await expect(agent.cancelRun(ended?.runId ?? '')).rejects.toMatchObject({
      code: 'ARGUMENT_INVALID',
      message: `${ended?.runId} is completed already; there is nothing to cancel`,
    });
  });

  it('is refused for a pipeline that does not exist', async () => {
    await expect(agent.run({ pipeline: 'pipelines/none.yaml', asOf: report.asOf })).rejects.toMatchObject({ code: 'PIPELINE_NOT_FOUND' });
  });

  it('says so when the history is too short for its holdout', async () => {
    const short = await agent.run({ pipeline: 'pipelines/clv.yaml', asOf: '2024-06-30' });
    expect(short).toMatchObject({ status: 'failed', error: { code: 'GRAPH_HISTORY_SHORT' } });
    expect(short.steps.find(({ id }) => id === 'recalibrate')).toMatchObject({ status: 'skipped', reason: "because 'cohort' failed" });
  });
});

/** A copy of a key folder is closed as the folder was. */
function copyAgent(from: string, to: string): void {
  cpSync(from, to, { recursive: true });
  chmodSync(join(to, '.cohortium', 'keys'), 0o700);
}
