/** What the six windows say, through the real log, segments and DuckDB: by example, and against a plain reading of their definition. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { windowDays, windowIds } from '../../../skills/cohort/definitions/definition.ts';
import { column, makeTable, type WindowReply } from '../../../skills/sdk/index.ts';
import { callOptions, openGraph, rowsOf, type SealedGraph } from '../../../test/fixtures/sealed-graph.ts';
import type { Workspace } from '../workspace.ts';
import { featureDoor, writeWindowCsv } from './export-windows.ts';
import { featureSql } from './feature-queries.ts';
import { maxHouseholdCustomers } from './window-links.ts';

type Rows = Record<string, string | number>[];

const asOf = '2026-01-31';

describe('windows', () => {
  let graph: SealedGraph;
  let serial = 0;

  beforeEach(() => {
    graph = openGraph();
    serial = 0;
  });
  afterEach(() => graph.close());

  const say = (type: string, userId: string, at: string, properties: object = {}, more: object = {}): object => ({
    id: `s-${serial++}`,
    type,
    customer: { userId },
    at,
    properties,
    ...more,
  });
  const buy = (userId: string, at: string, amountMinor: number, properties: object = {}, more: object = {}): object =>
    say(
      'purchase',
      userId,
      at,
      { amountMinor, currency: 'EUR', ...properties },
      { location: 'Berlin', channel: 'web', brand: 'Halden', ...more },
    );
  const windows = async (signals: readonly object[]): Promise<WindowReply & { readonly read: (name: string) => Rows }> => {
    const { snapshot } = await graph.with(signals);
    const reply = await graph.warehouse.buildWindows({ snapshot, asOf }, callOptions);
    const refOf = (name: string) => reply.windows[name] ?? reply[name as 'events']; // a window, or a table of the reply
    return { ...reply, read: (name) => rowsOf(graph.content.getTable(refOf(name))) };
  };

  it('end on the as-of day and begin their length before it', async () => {
    const days = [
      '2026-02-01',
      '2026-01-31',
      '2026-01-30',
      '2026-01-25',
      '2026-01-24',
      '2026-01-03',
      '2025-11-03',
      '2025-02-01',
      '2025-01-31',
    ];
    const { read } = await windows(days.map((day) => say('browse', 'anna', `${day}T23:59:59Z`)));
    expect(windowIds.map((id) => read(id)[0]?.['browse'])).toEqual([1, 3, 4, 6, 7, 8]);
    expect(read('lifetime')).toMatchObject([{ events: 8, activeDays: 8, tenureDays: 365, activeRecencyDays: 0 }]);
  });

  it('count days, orders, places and articles once, and money in full', async () => {
    const { read } = await windows([
      buy('anna', '2026-01-10T08:00:00Z', 1000, { orderId: 'A', sku: 'x' }),
      buy('anna', '2026-01-10T08:00:00Z', 500, { orderId: 'A', sku: 'y' }),
      buy('anna', '2026-01-20', 2000, { sku: 'x' }, { location: 'Paris' }),
      buy('anna', '2026-01-20', 30, {}, { location: 'unknown', channel: 'store' }),
      say('return', 'anna', '2026-01-25', { amountMinor: 400, currency: 'EUR', orderId: 'A' }),
      say('browse', 'anna', '2026-01-28', { sku: 'z' }),
    ]);
    expect(read('28d')).toEqual([
      {
        browse: 1,
        purchase: 4,
        return: 1,
        events: 6,
        activeDays: 4,
        purchaseDays: 2,
        orders: 2,
        locations: 2,
        channels: 2,
        brands: 1,
        skus: 2,
        recencyDays: 11,
        activeRecencyDays: 3,
        tenureDays: 21,
        spendMinor: 3130,
        grossMinor: 3530,
        returnsMinor: 400,
        meanGapDays: 10,
        location: 'Paris',
        channel: 'web',
        brand: 'Halden',
      },
    ]);
    expect(read('7d')[0]).toMatchObject({
      purchase: 0,
      orders: 0,
      spendMinor: -400,
      recencyDays: 7,
      meanGapDays: 7,
      location: '',
      brand: '',
    });
  });

  it('name the place of the most signals where nothing was bought, and none that nobody said', async () => {
    const { read } = await windows([
      say('visit', 'anna', '2026-01-30', {}, { location: 'Berlin' }),
      say('visit', 'anna', '2026-01-31', {}, { location: 'Paris' }),
      say('visit', 'anna', '2026-01-31', {}, { location: 'Paris' }),
      say('search', 'anna', '2026-01-31', { query: 'boots' }),
    ]);
    expect(read('lifetime')[0]).toMatchObject({ location: 'Paris', channel: '', locations: 0, recencyDays: 1, meanGapDays: 1 });
  });

  it('list every signal in order, and what it was about', async () => {
    const { read, dictionary } = await windows([
      say('browse', 'bert', '2026-01-02', { sku: 'b' }),
      buy('anna', '2026-01-05T10:00:00Z', 1000, { orderId: 'A', sku: 'a' }),
      buy('anna', '2026-01-05T10:00:00Z', 10, { orderId: 'A' }),
      say('browse', 'anna', '2026-01-01'),
      say('browse', 'anna', '2026-02-01'),
    ]);
    expect(graph.content.getJson(dictionary)).toEqual({
      types: ['browse', 'purchase'],
      skus: ['a', 'b'],
      orders: 1,
      locations: ['Berlin', 'unknown'],
      channels: ['unknown', 'web'],
      brands: ['Halden', 'unknown'],
    });
    expect(read('events').map(({ account, day, type, sku, order, amountMinor }) => [account, day, type, sku, order, amountMinor])).toEqual([
      [0, 20_454, 0, -1, -1, 0],
      [0, 20_458, 1, 0, 0, 1000],
      [0, 20_458, 1, -1, 0, 10],
      [1, 20_455, 0, 1, -1, 0],
    ]);
    expect(read('profiles')).toMatchObject([
      { customerId: 'anna', firstSku: 'a' },
      { customerId: 'bert', firstSku: '' },
    ]);
    expect(read('grain')).toContainEqual(
      expect.objectContaining({
        account: 0,
        location: 0,
        channel: 1,
        brand: 0,
        type: 1,
        'count:28d': 2,
        'minor:28d': 1010,
        'count:24h': 0,
      }),
    );
  });

  it('link who was referred, and who shares an address, but not a crowd', async () => {
    const lives = (userId: string, street: string, at = '2026-01-02'): object[] => [
      say('preference-change', userId, at, { attribute: 'street', value: street }),
      say('preference-change', userId, at, { attribute: 'postalCode', value: '10115' }),
    ];
    const crowd = Array.from({ length: maxHouseholdCustomers + 1 }, (_, index) => `x${index}`);
    const { read } = await windows([
      ...lives('anna', 'Linden Row 4'),
      ...lives('bert', ' linden  row 4', '2026-01-09'),
      ...crowd.flatMap((userId) => lives(userId, 'Harbour 1')),
      say('referral', 'bert', '2026-01-20', { action: 'complete', referredUserId: 'carl' }),
      say('referral', 'bert', '2026-01-10', { action: 'invite', referredUserId: 'carl' }),
      say('referral', 'bert', '2026-01-10', { action: 'invite', referredUserId: 'nobody' }),
      say('visit', 'carl', '2026-01-03'),
    ]);
    expect(read('links')).toEqual([
      { from: 0, to: 1, kind: 'household', day: 20_462 },
      { from: 1, to: 2, kind: 'referral', day: 20_463 },
    ]);
  });

  it('are empty of an empty log, and refuse a date that is none and a segment that is gone', async () => {
    const { snapshot } = await graph.seal();
    const empty = await graph.warehouse.buildWindows({ snapshot, asOf }, callOptions);
    expect([empty.customers.rows, empty.events.rows, empty.grain.rows, empty.links.rows]).toEqual([0, 0, 0, 0]);
    const full = await graph.with([buy('anna', '2026-01-01', 1)]);
    await expect(graph.warehouse.buildWindows({ snapshot: full.snapshot, asOf: '2026-02-30' }, callOptions)).rejects.toThrow(
      expect.objectContaining({ code: 'ARGUMENT_INVALID' }),
    );
    rmSync(`${graph.directory}/segments`, { recursive: true });
    await expect(graph.warehouse.buildWindows({ snapshot: full.snapshot, asOf }, callOptions)).rejects.toThrow(
      expect.objectContaining({ code: 'CONTENT_NOT_FOUND' }),
    );
  });

  it('make bucket files again that are gone, and notice ones that are damaged', async () => {
    const { snapshot } = await graph.with([buy('anna', '2026-01-01', 1)]);
    const build = () => graph.warehouse.buildWindows({ snapshot, asOf }, callOptions);
    const first = await build();
    const buckets = join(graph.directory, 'buckets');
    for (const file of readdirSync(buckets)) writeFileSync(join(buckets, file), 'PAR1');
    await expect(build()).rejects.toThrow(expect.objectContaining({ code: 'STORE_CORRUPT' }));
    await expect(build()).rejects.toThrow(/buckets.*delete it, and it is made again/s);
    rmSync(buckets, { recursive: true });
    expect(await build()).toEqual(first);
  });

  it('stop when they are cancelled', async () => {
    const { snapshot } = await graph.with([buy('anna', '2026-01-01', 1)]);
    const options = { ...callOptions, signal: AbortSignal.abort() };
    await expect(graph.warehouse.buildWindows({ snapshot, asOf }, options)).rejects.toThrow(/abort/i);
    await expect(graph.warehouse.touchedSince({ previous: { snapshot, asOf }, snapshot, asOf }, options)).rejects.toThrow(/abort/i);
  });

  it('know nobody who is asked for and is not there', async () => {
    const { snapshot } = await graph.with([buy('anna', '2026-01-01', 1)]);
    const only = graph.content.putTable(makeTable({ customerId: column.text(['nobody', 'loyalty:7']) }));
    expect((await graph.warehouse.buildWindows({ snapshot, asOf, only }, callOptions)).customers.rows).toBe(0);
  });

  it('have the lengths that the query for moved days names', () => {
    const named = [...featureSql('moved_owners').matchAll(/\$as_of_day - (\d+)/g)].map(([, days]) => Number(days));
    expect(named).toEqual(windowIds.map((id) => windowDays[id]).filter((days) => days !== Number.POSITIVE_INFINITY));
  });
});

const asOfDay = 30;
const firstDate = Date.UTC(2026, 0, 1);

interface Event {
  readonly customer: string;
  readonly day: number;
  readonly type: 'purchase' | 'return' | 'browse';
  readonly amount: number;
  readonly place: string;
  readonly order: string;
  readonly sku: string;
}

const history = fc.array(
  fc.record({
    customer: fc.constantFrom('a', 'b', 'c'),
    day: fc.integer({ min: -400, max: 35 }),
    type: fc.constantFrom('purchase', 'purchase', 'return', 'browse'),
    amount: fc.constantFrom(0, 1, 250, 1000),
    place: fc.constantFrom('P', 'Q', 'unknown'),
    order: fc.constantFrom('', '', 'o1', 'o2'),
    sku: fc.constantFrom('', 's1', 's2'),
  }),
  { minLength: 1, maxLength: 30 },
);

/** One customer's window, read off its definition. */
function expectedWindow(all: readonly Event[], length: number): Record<string, number | string> {
  const own = all.filter(({ day }) => day > asOfDay - length);
  const bought = own.filter(({ type }) => type === 'purchase');
  const distinct = (values: readonly (string | number)[]): number =>
    new Set(values.filter((value) => value !== '' && value !== 'unknown')).size;
  const sum = (events: readonly Event[]): number => events.reduce((total, { amount }) => total + amount, 0);
  const tenure = asOfDay - Math.min(...all.map(({ day }) => day));
  const none = length === Number.POSITIVE_INFINITY ? tenure : length;
  const days = [...new Set(bought.map(({ day }) => day))].toSorted((a, b) => a - b);
  const withoutOrder = bought.filter(({ order }) => order === '').map(({ day }) => day);
  const places = [...new Set(own.map(({ place }) => place))].filter((place) => place !== 'unknown').toSorted();
  const weight = (place: string): readonly [number, number] => [
    sum(bought.filter((event) => event.place === place)),
    own.filter((event) => event.place === place).length,
  ];
  places.sort((a, b) => weight(b)[0] - weight(a)[0] || weight(b)[1] - weight(a)[1]);
  const returned = own.filter(({ type }) => type === 'return');
  return {
    events: own.length,
    activeDays: distinct(own.map(({ day }) => day)),
    purchaseDays: days.length,
    orders: distinct(bought.map(({ order }) => order)) + distinct(withoutOrder),
    spendMinor: sum(bought) - sum(returned),
    grossMinor: sum(bought),
    returnsMinor: sum(returned),
    locations: distinct(bought.map(({ place }) => place)),
    skus: distinct(bought.map(({ sku }) => sku)),
    recencyDays: days.length > 0 ? asOfDay - (days.at(-1) ?? 0) : none,
    activeRecencyDays: own.length > 0 ? asOfDay - Math.max(...own.map(({ day }) => day)) : none,
    tenureDays: tenure,
    meanGapDays: days.length > 1 ? ((days.at(-1) ?? 0) - (days[0] ?? 0)) / (days.length - 1) : none,
    location: places[0] ?? '',
  };
}

describe('windows of random histories', () => {
  it('are what the definition says', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (events) => {
        const known = events.filter(({ day }) => day <= asOfDay);
        fc.pre(known.length > 0);
        const customers = [...new Set(known.map(({ customer }) => customer))].toSorted();
        const graph = openGraph();
        try {
          const { snapshot } = await graph.with(events.map(asSignal));
          const reply = await graph.warehouse.buildWindows({ snapshot, asOf }, callOptions);
          expect(rowsOf(graph.content.getTable(reply.customers))).toEqual(customers.map((customerId) => ({ customerId })));
          for (const id of windowIds) {
            const rows = rowsOf(graph.content.getTable(reply.windows[id] ?? reply.customers));
            expect(rows).toMatchObject(
              customers.map((customer) =>
                expectedWindow(
                  known.filter((event) => event.customer === customer),
                  windowDays[id],
                ),
              ),
            );
          }
        } finally {
          await graph.close();
        }
      }),
      { numRuns: 15 },
    );
  });
});

function asSignal({ customer, day, type, amount, place, order, sku }: Event, index: number): object {
  const at = new Date(firstDate + day * 86_400_000).toISOString();
  const article = sku === '' ? {} : { sku };
  const money = { amountMinor: amount, currency: 'EUR', ...(order === '' ? {} : { orderId: order }) };
  return {
    id: `e${index}`,
    type,
    customer: { userId: customer },
    at,
    location: place,
    properties: type === 'browse' ? article : { ...money, ...article },
  };
}

describe('a window as a file', () => {
  it('has a row per customer, and quotes what a reader would take apart', async () => {
    const graph = openGraph();
    try {
      const { snapshot } = await graph.with([
        asSignal({ customer: 'a', day: 30, type: 'purchase', amount: 250, place: 'Main, "corner"', order: '', sku: 's1' }, 0),
        asSignal({ customer: '=b,1', day: 3, type: 'browse', amount: 0, place: 'P', order: '', sku: '' }, 1),
      ]);
      const reply = await graph.warehouse.buildWindows({ snapshot, asOf }, callOptions);
      const out = join(graph.directory, 'features.csv');
      const { customers, columns } = writeWindowCsv(reply, '7d', out, graph.content);
      const [header = '', ...lines] = readFileSync(out, 'utf8').trimEnd().split('\n');
      expect([customers, lines.length, header.split(',')]).toEqual([2, 2, columns]);
      expect(columns.slice(0, 4)).toEqual(['customerId', 'browse', 'purchase', 'events']);
      // A spreadsheet would compute the id.
      expect(lines[0]).toMatch(/^"'=b,1",0,0,0,/);
      expect(lines[1]).toMatch(/^a,0,1,1,.*,"Main, ""corner""",/);
    } finally {
      await graph.close();
    }
  });

  it('is refused for a window that is none', async () => {
    const door = featureDoor({} as Workspace); // refused before anything is opened
    await expect(door.exportFeatures({ asOf, window: '30d', out: 'x.csv' })).rejects.toThrow(
      "window '30d' is none; expected one of 24h, 7d",
    );
  });
});
