import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { digestOf } from '../../../skills/sdk/index.ts';
import { callOptions, openGraph, rowsOf, type SealedGraph } from '../../../test/fixtures/sealed-graph.ts';
import { importFile } from '../ingest/import-file.ts';
import { merchantTruth } from './merchant-parameters.ts';
import { seasonalClock } from './season.ts';
import { simulateMerchant, type SimulatedMerchant } from './simulate-merchant.ts';
import { writeMerchantCsv } from './write-merchant-csv.ts';

const small = { seed: 'test', customers: 400 };

describe('the simulated merchant', () => {
  it('is the same for the same seed and another for another', () => {
    expect(digestOf(simulateMerchant(small))).toBe(digestOf(simulateMerchant(small)));
    expect(digestOf(simulateMerchant({ ...small, seed: 'other' }))).not.toBe(digestOf(simulateMerchant(small)));
  });

  it('does not change a customer when more customers are asked for', () => {
    const first = (merchant: SimulatedMerchant): unknown =>
      merchant.signals.filter(({ id }) => id.startsWith('c007-') && !id.includes('-x'));
    expect(new Set(first(simulateMerchant({ ...small, customers: 500 })) as unknown[])).toEqual(
      new Set(first(simulateMerchant(small)) as unknown[]),
    );
  });

  it('has the asked number of months, places and kinds of signals', () => {
    const { signals, truth } = simulateMerchant({ ...small, months: 12, locations: 3, channels: 2, brands: 1, startDate: '2023-04-01' });
    expect(truth.asOf).toBe('2024-03-31');
    const good = signals.filter(({ id, type }) => type === 'purchase' && !id.includes('-x'));
    expect(new Set(good.map(({ location }) => location)).size).toBe(3);
    expect(new Set(good.map(({ channel }) => channel))).toEqual(new Set(['store', 'web']));
    expect(new Set(good.map(({ brand }) => brand)).size).toBe(1);
    expect(good.every(({ at }) => at >= '2023-04-01' && at < '2024-04-01')).toBe(true);
    expect(new Set(signals.map(({ type }) => type)).size).toBeGreaterThanOrEqual(15);
  });

  it('refuses options out of range', () => {
    expect(() => simulateMerchant({ seed: 'x', locations: 13 })).toThrow(expect.objectContaining({ code: 'ARGUMENT_INVALID' }));
    expect(() => simulateMerchant({ seed: 'x', startDate: '2024-02-30' })).toThrow(/startDate/);
  });

  it('spends per occasion, in the mean, what Gamma-Gamma with its parameters says', () => {
    const { signals } = simulateMerchant({ seed: 'spend', customers: 4000 });
    const good = new Map(signals.filter(({ id, type }) => type === 'purchase' && !id.includes('-x')).map((signal) => [signal.id, signal]));
    const ofCustomer = new Map<string, { spend: number; orders: Set<unknown> }>();
    for (const { id, properties } of good.values()) {
      const customer = id.split('-')[0] ?? '';
      const known = ofCustomer.get(customer) ?? { spend: 0, orders: new Set() };
      ofCustomer.set(customer, { spend: known.spend + Number(properties['amountMinor']), orders: known.orders.add(properties['orderId']) });
    }
    const means = [...ofCustomer.values()].map(({ spend, orders }) => spend / orders.size);
    const { p, q, gammaMinor } = merchantTruth.spend;
    // Mean p·gamma/(q − 1) = 4800. Customer means spread by about 4000 at most, so 5 % is nearly 4 standard errors of 4,000.
    expect(Math.abs(means.reduce((sum, mean) => sum + mean, 0) / means.length / ((p * gammaMinor) / (q - 1)) - 1)).toBeLessThan(0.05);
  });

  it('has a season with a mean of one over the year', () => {
    const clock = seasonalClock(19_723, 800, merchantTruth.seasonByMonth);
    expect(clock.elapsed(365)).toBeCloseTo(365, 9);
    for (const day of [0, 0.25, 100.5, 399.75]) expect(clock.dayAt(clock.elapsed(day))).toBeCloseTo(day, 9);
    expect(clock.dayAt(1e9)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('a simulated merchant as files', () => {
  let graph: SealedGraph;
  let folder: string;
  const merchant = simulateMerchant({ ...small, horizonDays: 120 });

  beforeAll(() => {
    graph = openGraph();
    folder = mkdtempSync(join(tmpdir(), 'merchant-'));
  });
  afterAll(async () => {
    await graph.close();
    rmSync(folder, { recursive: true });
  });

  it('is imported with exactly the duplicates and faults that the truth counts', async () => {
    const files = writeMerchantCsv(merchant, folder);
    const sales = await importFile({ file: files.transactions, map: files.map }, { log: graph.log, currency: 'EUR' });
    const events = await importFile({ file: files.events }, { log: graph.log, currency: 'EUR' });
    expect(sales.accepted + events.accepted).toBe(merchant.truth.validSignals);
    expect(sales.duplicates + events.duplicates).toBe(merchant.truth.duplicates);
    expect(sales.quarantined).toBe(merchant.truth.invalid);
    expect(events.quarantined).toBe(0);
  });

  it('becomes one account per simulated customer', async () => {
    const { snapshot } = await graph.seal();
    const reply = await graph.warehouse.buildFeatures({ snapshot, asOf: merchant.truth.asOf, outcomeDays: 0 }, callOptions);
    expect(reply.accounts.rows).toBe(merchant.truth.customers);
  });

  it('spends in the future what the truth says, to the cent, at every grain', async () => {
    const { snapshot } = await graph.with(merchant.futureSignals);
    const { asOf, future } = merchant.truth;
    const reply = await graph.warehouse.buildFeatures({ snapshot, asOf, outcomeDays: future.horizonDays }, callOptions);
    const marginals = rowsOf(graph.content.getTable(reply.marginals));
    const outcome = (axis: string): Record<string, number> =>
      Object.fromEntries(
        marginals
          .filter((row) => row['axis'] === axis && row['outcomeSpendMinor'] !== 0)
          .map((row) => [row['value'], Number(row['outcomeSpendMinor'])]),
      );
    expect(outcome('location')).toEqual(future.byLocation);
    expect(outcome('channel')).toEqual(future.byChannel);
    expect(outcome('brand')).toEqual(future.byBrand);
    expect(outcome('location-channel')).toEqual(future.byLocationChannel);
    const accounts = rowsOf(graph.content.getTable(reply.accounts));
    expect(accounts.reduce((sum, row) => sum + Number(row['outcomeSpendMinor']), 0)).toBe(future.totalSpendMinor);
    expect(accounts.reduce((sum, row) => sum + Number(row['outcomeBaskets']), 0)).toBe(future.baskets);
  });
});
