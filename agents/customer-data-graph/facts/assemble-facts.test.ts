import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { column, makeTable } from '../../../skills/sdk/index.ts';
import { callOptions, openGraph, rowsOf, type SealedGraph } from '../../../test/fixtures/sealed-graph.ts';
import { createGraph } from './assemble-facts.ts';

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
    const { facts } = await port.assembleFacts({ snapshot, accounts, asOf }, callOptions);
    return rowsOf(graph.content.getTable(facts));
  };

  it('are unknown where nothing was said, and no record where the question is what is on record', async () => {
    expect(await assemble([say('anna', '2026-01-01', 'visit', {})], ['anna'])).toEqual([
      { customerId: 'anna', residency: '', optedOut: '', profilingObjection: '', marketingConsent: 'false', gpc: '', minor: 'false' },
    ]);
  });

  it('take silence for a no when the operator has every opt-out on record', async () => {
    expect(await assemble([say('anna', '2026-01-01', 'visit', {})], ['anna'], '2026-01-31')).toMatchObject([
      { residency: '', optedOut: 'false', profilingObjection: 'false', gpc: 'false' },
    ]);
  });

  it('leave silence unknown as of a day on which opt-outs were not all on record yet', async () => {
    expect(await assemble([say('anna', '2026-01-01', 'visit', {})], ['anna'], '2026-02-01')).toMatchObject([
      { optedOut: '', profilingObjection: '', gpc: '' },
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
      { optedOut: 'true', marketingConsent: 'false' },
      { optedOut: 'false', marketingConsent: 'true' },
    ]);
  });

  it('ignore what was said after the as-of day', async () => {
    const signals = [consent('anna', '2026-01-31T23:59:59Z', 'gpc', false), consent('anna', '2026-02-01', 'profiling', false)];
    expect(await assemble(signals, ['anna'])).toMatchObject([{ gpc: 'true', profilingObjection: '' }]);
  });

  it('know a Global Privacy Control signal only where somebody looked for it, and take it for no other opt-out', async () => {
    const signals = [
      consent('anna', '2026-01-01', 'gpc', false),
      consent('bert', '2026-01-01', 'gpc', true),
      say('cleo', '2026-01-01', 'visit', {}),
    ];
    const customers = ['anna', 'bert', 'cleo'];
    expect(await assemble(signals, customers)).toMatchObject([
      { gpc: 'true', optedOut: '', profilingObjection: '' },
      { gpc: 'false', optedOut: '', profilingObjection: '' },
      { gpc: '', optedOut: '', profilingObjection: '' },
    ]);
    expect((await assemble([], customers, '2024-01-01')).map(({ gpc }) => gpc)).toEqual(['true', 'false', 'false']);
  });

  it('count one refused purpose as an opt-out although another was granted', async () => {
    const signals = [consent('anna', '2026-01-01', 'marketing', true), consent('anna', '2026-01-02', 'sale', false)];
    expect(await assemble(signals, ['anna'])).toMatchObject([{ optedOut: 'true', marketingConsent: 'true' }]);
  });

  it('know a minor by declaration or birth year, in the year of the 18th birthday too', async () => {
    const signals = [
      declare('anna', '2026-01-01', 'minor', 'true'),
      declare('bert', '2026-01-01', 'birthYear', '2008'),
      declare('cleo', '2026-01-01', 'birthYear', '2007'),
      declare('dora', '2020-01-01', 'minor', 'true'),
      declare('dora', '2026-01-01', 'birthYear', '2001'),
    ];
    const rows = await assemble(signals, ['anna', 'bert', 'cleo', 'dora']);
    expect(rows.map((row) => row['minor'])).toEqual(['true', 'true', 'false', 'false']);
  });

  it('belong to the customer, whichever identity said it', async () => {
    const signals = [
      { ...say('anna', '2026-01-01', 'visit', {}), customer: { userId: 'anna', loyaltyId: 'L1' } },
      { ...declare('', '2026-01-02', 'residency', 'US-CA'), customer: { loyaltyId: 'L1' } },
    ];
    expect(await assemble(signals, ['anna', 'nobody'])).toMatchObject([{ residency: 'US-CA' }, { customerId: 'nobody', residency: '' }]);
  });
});
