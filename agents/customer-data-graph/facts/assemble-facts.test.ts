import { readFileSync } from 'node:fs';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { column, makeTable } from '../../../skills/sdk/index.ts';
import { callOptions, openGraph, rowsOf, type SealedGraph } from '../../../test/fixtures/sealed-graph.ts';
import { createGraph } from './assemble-facts.ts';
import { customerFactNames } from './customer-facts.ts';

describe('facts of customers', () => {
  let graph: SealedGraph;
  let serial = 0;

  beforeEach(() => {
    graph = openGraph();
  });
  afterEach(() => graph.close());

  const say = (userId: string, at: string, type: string, properties: object): object => ({
    id: `s-${serial++}`,
    type,
    customer: { userId },
    at,
    properties,
  });
  const consent = (userId: string, at: string, purpose: string, granted: boolean): object =>
    say(userId, at, 'consent-event', { purpose, granted });
  const declare = (userId: string, at: string, attribute: string, value: string): object =>
    say(userId, at, 'preference-change', { attribute, value });

  const assemble = async (signals: readonly object[], customers: readonly string[], completeSince?: string, asOf = '2026-01-31') => {
    const { snapshot } = await graph.with(signals);
    const accounts = graph.content.putTable(makeTable({ customerId: column.text(customers) }));
    const port = createGraph({ content: graph.content, declarations: graph.warehouse, consentCompleteSince: completeSince });
    const { facts } = await port.assembleFacts({ snapshot, accounts, asOf, uses: [] }, callOptions);
    return rowsOf(graph.content.getTable(facts));
  };

  it('are unknown where nothing was said, and no record where the question is what is on record', async () => {
    expect(await assemble([say('anna', '2026-01-01', 'visit', {})], ['anna'])).toEqual([
      {
        customerId: 'anna',
        residency: '',
        country: '',
        ageBand: 'not-on-record',
        marketingOptOut: '',
        adsOptOut: '',
        saleOptOut: '',
        profilingOptOut: '',
        automatedDecisionOptOut: '',
        gpc: '',
        sensitiveLimited: '',
        marketingConsent: 'false',
        profilingConsent: 'false',
        saleConsent: 'false',
        sensitiveConsent: 'false',
        parentalConsent: 'false',
        erasureRequestOpen: 'false',
      },
    ]);
  });

  it('have the names and values that the gate declares for customers', async () => {
    const declared = parse(readFileSync('skills/gate/regimes/facts/customer.yaml', 'utf8')) as {
      readonly facts: Readonly<Record<string, { readonly values?: readonly string[] }>>;
    };
    expect([...customerFactNames].sort()).toEqual(Object.keys(declared.facts).sort());
    const signals = ['2026', '2013', '2010', '2008', '2007'].map((year, index) => declare(`c${index}`, '2026-01-01', 'birthYear', year));
    const rows = await assemble(signals, ['c0', 'c1', 'c2', 'c3', 'c4', 'nobody']);
    expect(new Set(rows.map(({ ageBand }) => ageBand))).toEqual(new Set(declared.facts['ageBand']?.values));
  });

  it('take silence for a no when the operator has every opt-out on record', async () => {
    expect(await assemble([say('anna', '2026-01-01', 'visit', {})], ['anna'], '2026-01-31')).toMatchObject([
      { residency: '', marketingOptOut: 'false', saleOptOut: 'false', profilingOptOut: 'false', gpc: 'false' },
    ]);
  });

  it('leave silence unknown as of a day on which opt-outs were not all on record yet', async () => {
    expect(await assemble([say('anna', '2026-01-01', 'visit', {})], ['anna'], '2026-02-01')).toMatchObject([
      { marketingOptOut: '', profilingOptOut: '', gpc: '' },
    ]);
  });

  it('follow the newest answer, and the greater id when two have the same time', async () => {
    const signals = [
      consent('anna', '2026-01-01', 'marketing', true),
      consent('anna', '2026-01-05', 'marketing', false),
      consent('bert', '2026-01-05T00:00:00Z', 'marketing', false),
      consent('bert', '2026-01-05T00:00:00Z', 'marketing', true),
    ];
    expect(await assemble(signals, ['anna', 'bert'])).toMatchObject([
      { marketingOptOut: 'true', marketingConsent: 'false' },
      { marketingOptOut: 'false', marketingConsent: 'true' },
    ]);
  });

  it('ignore what was said after the as-of day', async () => {
    const signals = [consent('anna', '2026-01-31T23:59:59Z', 'gpc', false), consent('anna', '2026-02-01', 'profiling', false)];
    expect(await assemble(signals, ['anna'])).toMatchObject([{ gpc: 'true', profilingOptOut: '' }]);
  });

  it('know a Global Privacy Control signal only where somebody looked for it, and take it for no other opt-out', async () => {
    const signals = [
      consent('anna', '2026-01-01', 'gpc', false),
      consent('bert', '2026-01-01', 'gpc', true),
      say('cleo', '2026-01-01', 'visit', {}),
    ];
    const customers = ['anna', 'bert', 'cleo'];
    expect(await assemble(signals, customers)).toMatchObject([
      { gpc: 'true', saleOptOut: '', profilingOptOut: '', automatedDecisionOptOut: '' },
      { gpc: 'false', saleOptOut: '', profilingOptOut: '', automatedDecisionOptOut: '' },
      { gpc: '', saleOptOut: '', profilingOptOut: '', automatedDecisionOptOut: '' },
    ]);
    expect((await assemble([], customers, '2024-01-01')).map(({ gpc }) => gpc)).toEqual(['true', 'false', 'false']);
  });

  it('keep each opt-out apart from the others', async () => {
    const signals = [
      consent('anna', '2026-01-01', 'marketing', true),
      consent('anna', '2026-01-02', 'sale', false),
      consent('bert', '2026-01-02', 'profiling', false),
      consent('cleo', '2026-01-02', 'automated-decision', false),
    ];
    expect(await assemble(signals, ['anna', 'bert', 'cleo'])).toMatchObject([
      { marketingOptOut: 'false', marketingConsent: 'true', saleOptOut: 'true', saleConsent: 'false', adsOptOut: '', profilingOptOut: '' },
      { profilingOptOut: 'true', automatedDecisionOptOut: '', saleOptOut: '', adsOptOut: '' },
      { profilingOptOut: '', automatedDecisionOptOut: 'true' },
    ]);
  });

  it('do not take a consent to sale for one to sharing', async () => {
    const signals = [
      consent('anna', '2026-01-01', 'sale', true),
      consent('bert', '2026-01-01', 'sale', true),
      consent('bert', '2026-01-02', 'sharing', true),
    ];
    expect(await assemble(signals, ['anna', 'bert'])).toMatchObject([{ saleOptOut: '' }, { saleOptOut: 'false' }]);
  });

  it('take a consent that was not given for no objection, and nobody opting out for no consent', async () => {
    const asked = (userId: string, at: string, granted: boolean, mode: string): object =>
      say(userId, at, 'consent-event', { purpose: 'profiling', granted, mode });
    const signals = [
      asked('anna', '2026-01-01', false, 'opt-in'),
      asked('bert', '2026-01-01', true, 'opt-out'),
      consent('cleo', '2026-01-01', 'profiling', false),
      asked('cleo', '2026-01-02', false, 'opt-in'),
      consent('dora', '2026-01-01', 'profiling', true),
      asked('dora', '2026-01-02', false, 'opt-out'),
      consent('emil', '2026-01-01', 'profiling', true),
      asked('emil', '2026-01-02', false, 'opt-in'),
    ];
    expect(await assemble(signals, ['anna', 'bert', 'cleo', 'dora', 'emil'])).toMatchObject([
      { profilingOptOut: '', profilingConsent: 'false' },
      { profilingOptOut: 'false', profilingConsent: 'false' },
      { profilingOptOut: 'true', profilingConsent: 'false' },
      { profilingOptOut: 'true', profilingConsent: 'false' },
      { profilingOptOut: 'false', profilingConsent: 'false' },
    ]);
  });

  it('know whether the use of sensitive data was allowed or limited', async () => {
    const signals = [consent('anna', '2026-01-01', 'sensitive-data', true), consent('bert', '2026-01-01', 'sensitive-data', false)];
    expect(await assemble(signals, ['anna', 'bert'])).toMatchObject([
      { sensitiveConsent: 'true', sensitiveLimited: 'false' },
      { sensitiveConsent: 'false', sensitiveLimited: 'true' },
    ]);
  });

  it('have an erasure open from when it is asked for until it is answered', async () => {
    const events = [
      say('anna', '2026-01-01', 'consent-event', { purpose: 'erasure', granted: true }),
      say('bert', '2026-01-01', 'consent-event', { purpose: 'erasure', granted: true }),
      say('bert', '2026-01-20', 'consent-event', { purpose: 'erasure', granted: false }),
    ];
    expect((await assemble(events, ['anna', 'bert'])).map(({ erasureRequestOpen }) => erasureRequestOpen)).toEqual(['true', 'false']);
  });

  it('place somebody who declares only a country that leaves law to its states, without a state', async () => {
    const signals = [declare('anna', '2026-01-01', 'residency', 'US'), declare('bert', '2026-01-01', 'residency', 'DE-BY')];
    expect(await assemble(signals, ['anna', 'bert'])).toMatchObject([
      { residency: '', country: 'US' },
      { residency: 'EU', country: 'EU' },
    ]);
  });

  it('belong to the customer, whichever identity said it', async () => {
    const signals = [
      { ...say('anna', '2026-01-01', 'visit', {}), customer: { userId: 'anna', loyaltyId: 'L1' } },
      { ...declare('', '2026-01-02', 'residency', 'US-CA'), customer: { loyaltyId: 'L1' } },
    ];
    expect(await assemble(signals, ['anna', 'nobody'])).toMatchObject([
      { residency: 'US-CA', country: 'US' },
      { customerId: 'nobody', residency: '', country: '' },
    ]);
  });
});
