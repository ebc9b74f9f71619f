/** What the feature tables say, through the real log, segments and DuckDB. Customers, days and amounts are small on purpose. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { digestOf, type FeatureReply } from '../../../skills/sdk/index.ts';
import { callOptions, openGraph, rowsOf, type SealedGraph } from '../../../test/fixtures/sealed-graph.ts';

type Rows = Record<string, string | number>[];

interface Features {
  readonly reply: FeatureReply;
  readonly accounts: Rows;
  readonly cells: Rows;
  readonly visits: Rows;
  readonly profiles: Rows;
  readonly weekly: Rows;
  readonly marginals: Rows;
}

describe('features', () => {
  let graph: SealedGraph;
  let serial = 0;

  beforeEach(() => {
    graph = openGraph();
    serial = 0;
  });
  afterEach(() => graph.close());

  const buy = (
    userId: string,
    at: string,
    amountMinor: number,
    more: { place?: readonly string[]; properties?: object; customer?: object } = {},
  ): object => {
    const [location = 'Berlin', channel = 'store', brand = 'Halden'] = more.place ?? [];
    const properties = { amountMinor, currency: 'EUR', ...more.properties };
    return { id: `p-${serial++}`, type: 'purchase', customer: more.customer ?? { userId }, at, location, channel, brand, properties };
  };
  const giveBack = (userId: string, at: string, amountMinor: number, more: Parameters<typeof buy>[3] = {}): object => ({
    ...buy(userId, at, amountMinor, more),
    type: 'return',
  });
  const features = async (signals: readonly object[], asOf: string, outcomeDays = 0): Promise<Features> => {
    const { snapshot } = await graph.with(signals);
    const reply = await graph.warehouse.buildFeatures({ snapshot, asOf, outcomeDays }, callOptions);
    const read = (name: keyof FeatureReply): Rows => rowsOf(graph.content.getTable(reply[name]));
    return {
      reply,
      accounts: read('accounts'),
      cells: read('cells'),
      visits: read('visits'),
      profiles: read('profiles'),
      weekly: read('weekly'),
      marginals: read('marginals'),
    };
  };

  it('count purchase days, not lines, from the first day of each customer', async () => {
    const { accounts } = await features(
      [
        buy('anna', '2026-01-01T08:00:00Z', 1000),
        buy('anna', '2026-01-01T23:59:59Z', 500),
        buy('anna', '2026-01-11', 2000),
        buy('anna', '2026-02-01', 9000),
        buy('bert', '2026-01-31', 700),
        buy('late', '2026-02-01', 700),
      ],
      '2026-01-31',
      10,
    );
    expect(accounts).toMatchObject([
      {
        customerId: 'anna',
        x: 1,
        baskets: 2,
        txDays: 10,
        TDays: 30,
        totalSpendMinor: 3500,
        repeatSpendMinor: 2000,
        outcomeBaskets: 1,
        outcomeSpendMinor: 9000,
      },
      {
        customerId: 'bert',
        x: 0,
        baskets: 1,
        txDays: 0,
        TDays: 0,
        totalSpendMinor: 700,
        repeatSpendMinor: 0,
        outcomeBaskets: 0,
        outcomeSpendMinor: 0,
      },
    ]);
  });

  it('take a return off the day of its order, its stated purchase, or the latest purchase before it', async () => {
    const signals = [
      buy('anna', '2026-01-01', 1000, { properties: { orderId: 'A' } }),
      buy('anna', '2026-01-10', 2000, { properties: { orderId: 'B' } }),
      buy('anna', '2026-01-20', 3000),
    ];
    const repeatAfter = async (returned: object): Promise<number> => {
      await graph.close();
      graph = openGraph();
      const { accounts } = await features([...signals, returned], '2026-01-31');
      expect(accounts[0]?.['totalSpendMinor']).toBe(5900);
      return Number(accounts[0]?.['repeatSpendMinor']);
    };
    expect(await repeatAfter(giveBack('anna', '2026-01-25', 100, { properties: { orderId: 'A' } }))).toBe(5000);
    expect(await repeatAfter(giveBack('anna', '2026-01-25', 100, { properties: { purchasedAt: '2026-01-01' } }))).toBe(5000);
    expect(await repeatAfter(giveBack('anna', '2026-01-25', 100))).toBe(4900);
    expect(await repeatAfter(giveBack('anna', '2026-01-09', 100))).toBe(5000);
  });

  it('do not know a return that comes after the as-of day, except for purchases of the outcome window', async () => {
    const { accounts } = await features(
      [
        buy('anna', '2026-01-20', 3000),
        giveBack('anna', '2026-02-01', 3000),
        buy('anna', '2026-02-02', 4000, { properties: { orderId: 'N' } }),
        giveBack('anna', '2026-02-05', 1000, { properties: { orderId: 'N' } }),
        giveBack('anna', '2026-03-01', 1000, { properties: { orderId: 'N' } }),
      ],
      '2026-01-31',
      20,
    );
    expect(accounts).toMatchObject([{ totalSpendMinor: 3000, outcomeSpendMinor: 3000 }]);
  });

  it('ignore a return of something that was bought before the log began', async () => {
    const { accounts } = await features(
      [giveBack('anna', '2026-01-01', 500), buy('anna', '2026-01-02', 1000), giveBack('bert', '2026-01-03', 1)],
      '2026-01-31',
    );
    expect(accounts).toMatchObject([{ customerId: 'anna', totalSpendMinor: 1000 }]);
  });

  it('take a return from its own cell, else from its brand, else from the largest cell', async () => {
    const signals = [
      buy('anna', '2026-01-01', 1000, { place: ['Berlin', 'store', 'Halden'] }),
      buy('anna', '2026-01-01', 3000, { place: ['Berlin', 'web', 'Mirabo'] }),
      giveBack('anna', '2026-01-02', 1, { place: ['Berlin', 'store', 'Halden'] }),
      giveBack('anna', '2026-01-02', 20, { place: ['Paris', 'store', 'Halden'] }),
      giveBack('anna', '2026-01-02', 300, { place: ['Paris', 'store', 'Ostra'] }),
    ];
    const { cells } = await features(signals, '2026-01-31');
    expect(cells.map((cell) => cell['spendMinor'])).toEqual([979, 2700]);
  });

  it('split a day over its cells by gross spend, evenly when nothing was paid', async () => {
    const signals = [
      buy('anna', '2026-01-01', 1000),
      buy('anna', '2026-01-01', 3000, { place: ['Berlin', 'web', 'Halden'] }),
      buy('anna', '2026-01-02', 500),
      buy('anna', '2026-01-03', 0),
      buy('anna', '2026-01-03', 0, { place: ['Paris', 'web', 'Halden'] }),
    ];
    const { cells, accounts, visits } = await features(signals, '2026-01-31');
    const berlin = { account: 0, location: 'Berlin', brand: 'Halden' };
    expect(cells).toEqual([
      { ...berlin, channel: 'store', baskets: 1.75, days: 3, firstDay: 20_454, lastDay: 20_456, spendMinor: 1500 },
      { ...berlin, channel: 'web', baskets: 0.75, days: 1, firstDay: 20_454, lastDay: 20_454, spendMinor: 3000 },
      { ...berlin, location: 'Paris', channel: 'web', baskets: 0.5, days: 1, firstDay: 20_456, lastDay: 20_456, spendMinor: 0 },
    ]);
    expect(visits.map(({ day, cell, share }) => [day, cell, share])).toEqual([
      [20_454, 0, 0.25],
      [20_454, 1, 0.75],
      [20_455, 0, 1],
      [20_456, 0, 0.5],
      [20_456, 2, 0.5],
    ]);
    expect(accounts[0]?.['baskets']).toBe(3);
  });

  it('are of the resolved customer', async () => {
    const { accounts } = await features(
      [
        buy('anna', '2026-01-01', 1000, { customer: { userId: 'anna', loyaltyId: 'L1' } }),
        buy('', '2026-01-05', 2000, { customer: { loyaltyId: 'L1' } }),
        buy('', '2026-01-06', 4000, { customer: { loyaltyId: 'L2' } }),
      ],
      '2026-01-31',
    );
    expect(accounts).toMatchObject([
      { customerId: 'anna', baskets: 2, totalSpendMinor: 3000 },
      { customerId: 'loyalty:L2', baskets: 1, totalSpendMinor: 4000 },
    ]);
  });

  it('have every week, also empty ones, and marginals of what is known', async () => {
    const { weekly, marginals } = await features(
      [
        buy('anna', '2026-01-01', 1000),
        buy('anna', '2026-01-20', 500, { place: ['Berlin', 'web', 'Ostra'] }),
        buy('anna', '2026-02-01', 50),
      ],
      '2026-01-31',
      3,
    );
    expect(
      weekly.map(({ week, baskets, repeatBaskets, newCustomers, spendMinor }) => [week, baskets, repeatBaskets, newCustomers, spendMinor]),
    ).toEqual([
      [0, 1, 0, 1, 1000],
      [1, 0, 0, 0, 0],
      [2, 1, 1, 0, 500],
      [3, 0, 0, 0, 0],
      [4, 1, 1, 0, 50],
    ]);
    expect(marginals).toContainEqual({ axis: 'location-channel', value: 'Berlin|store', spendMinor: 1000, outcomeSpendMinor: 50 });
    expect(marginals).toContainEqual({ axis: 'brand', value: 'Ostra', spendMinor: 500, outcomeSpendMinor: 0 });
  });

  it('know homes, first article, season and declared attributes as of the day', async () => {
    const declared = (at: string, type: string, properties: object): object => ({
      id: `d-${serial++}`,
      type,
      customer: { userId: 'anna' },
      at,
      properties,
    });
    const { profiles } = await features(
      [
        buy('anna', '2025-05-01', 1000, { properties: { sku: 'first-1', vertical: 'home', source: 'social' } }),
        buy('anna', '2025-11-01', 400, { place: ['Paris', 'web', 'Ostra'], properties: { sku: 'b', vertical: 'apparel' } }),
        buy('anna', '2025-12-01', 400, { place: ['Paris', 'web', 'Ostra'], properties: { vertical: 'apparel' } }),
        buy('bert', '2025-12-01', 400),
        declared('2025-06-01', 'loyalty-action', { action: 'tier', tier: 'silver' }),
        declared('2025-07-01', 'loyalty-action', { action: 'earn', points: 5 }),
        declared('2026-02-01', 'loyalty-action', { action: 'tier', tier: 'gold' }),
        declared('2025-06-01', 'milestone-event', { milestone: 'subscription', value: 'active' }),
      ],
      '2026-01-31',
    );
    expect(profiles).toEqual([
      {
        customerId: 'anna',
        homeLocation: 'Berlin',
        homeChannel: 'store',
        homeBrand: 'Halden',
        vertical: 'home',
        loyaltyTier: 'silver',
        subscription: 'active',
        source: 'social',
        firstSku: 'first-1',
      },
      expect.objectContaining({ customerId: 'bert', loyaltyTier: '', vertical: '', source: '', firstSku: '' }),
    ]);
  });

  it('order customers and cells as compareText does, beyond the basic plane too', async () => {
    // U+FF5E sorts after U+1F600 by UTF-16 units and before it by UTF-8 bytes.
    const names = ['～', '😀', 'Z', 'a', 'é'];
    const { accounts, cells } = await features(
      [...names.map((name) => buy(name, '2026-01-01', 1)), ...names.map((name) => buy('Z', '2026-01-01', 1, { place: [name] }))],
      '2026-01-31',
    );
    expect(accounts.map((row) => row['customerId'])).toEqual(names.toSorted());
    expect(cells.filter((row) => row['account'] === 0).map((row) => row['location'])).toEqual(['Berlin', ...names].toSorted());
  });

  it('refuse a graph without purchases, a date that is none, and a segment that is gone', async () => {
    const { snapshot } = await graph.with([buy('anna', '2026-01-01', 1)]);
    const build = (asOf: string): Promise<FeatureReply> => graph.warehouse.buildFeatures({ snapshot, asOf, outcomeDays: 0 }, callOptions);
    await expect(build('2025-12-31')).rejects.toThrow(expect.objectContaining({ code: 'GRAPH_EMPTY' }));
    await expect(build('2026-02-30')).rejects.toThrow(expect.objectContaining({ code: 'ARGUMENT_INVALID' }));
    rmSync(`${graph.directory}/segments`, { recursive: true });
    await expect(build('2026-01-31')).rejects.toThrow(expect.objectContaining({ code: 'CONTENT_NOT_FOUND' }));
  });

  it('refuse a segment that was cut short', async () => {
    const { snapshot } = await graph.with([buy('anna', '2026-01-01', 1)]);
    const segments = join(graph.directory, 'segments');
    for (const file of readdirSync(segments)) writeFileSync(join(segments, file), readFileSync(join(segments, file)).subarray(0, 200));
    const request = { snapshot, asOf: '2026-01-31', outcomeDays: 0 };
    await expect(graph.warehouse.buildFeatures(request, callOptions)).rejects.toThrow(expect.objectContaining({ code: 'STORE_CORRUPT' }));
  });

  it('stop when they are cancelled', async () => {
    const { snapshot } = await graph.with([buy('anna', '2026-01-01', 1)]);
    const request = { snapshot, asOf: '2026-01-31', outcomeDays: 0 };
    await expect(graph.warehouse.buildFeatures(request, { ...callOptions, signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  });

  it('do not depend on how signals came in: at once, in two segments, or backwards', async () => {
    const signals = Array.from({ length: 60 }, (_, index) =>
      buy(`c${index % 7}`, `2026-01-${String(1 + (index % 28)).padStart(2, '0')}`, 100 + index, {
        place: [index % 2 ? 'Paris' : 'Berlin'],
      }),
    );
    const { reply } = await features(signals, '2026-01-20', 5);
    await graph.close();
    graph = openGraph();
    await graph.with(signals.slice(30).toReversed());
    expect((await features(signals.slice(0, 30).toReversed(), '2026-01-20', 5)).reply).toEqual(reply);
  });

  it('of this fixture have had this digest since cells have days and visits are told', async () => {
    const place = (index: number): string[] => [
      ['Berlin', 'Paris', 'Vienna'][index % 3] ?? '',
      index % 2 ? 'web' : 'store',
      index % 5 ? 'Halden' : 'Ostra',
    ];
    const signals = Array.from({ length: 200 }, (_, index) => {
      const day = `2026-0${1 + (index % 3)}-${String(1 + ((index * 7) % 28)).padStart(2, '0')}`;
      const make = index % 17 === 16 ? giveBack : buy;
      return make(`c${(index * 5) % 23}`, day, 1 + ((index * 7919) % 5000), {
        place: place(index),
        properties: { sku: `s${index % 9}`, vertical: 'home' },
      });
    });
    const { reply } = await features(signals, '2026-02-28', 31);
    // A change of this value is a change of what features mean, or of their bytes: say so in the changelog.
    expect(digestOf(reply)).toBe('b270508476b058a7d16bdd59282cda2e3559461be19828c6e88ac7a3f7fbc9fe');
  });
});
