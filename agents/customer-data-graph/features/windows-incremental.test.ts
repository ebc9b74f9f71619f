/**
 * What is kept between calls changes nothing: windows of a log that grew late, twice and backwards, with identities that were joined
 * and parted, are bit for bit those of the same signals in one segment; touched customers have the rows of everybody's tables; and who
 * is not touched has the rows of before.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { windowDays, windowIds } from '../../../skills/cohort/definitions/definition.ts';
import { type ContentStore, type Ref, type WindowReply } from '../../../skills/sdk/index.ts';
import { callOptions, openGraph, rowsOf, type SealedGraph } from '../../../test/fixtures/sealed-graph.ts';

type Row = Readonly<Record<string, string | number>>;

const email = (letter: string): string => letter.repeat(64);

const customer = fc.constantFrom<object>(
  { userId: 'u1' },
  { userId: 'u2' },
  { userId: 'u3', loyaltyId: 'L3' },
  { userId: 'u1', loyaltyId: 'L1' },
  { userId: 'u2', loyaltyId: 'L1' },
  { loyaltyId: 'L1' },
  { loyaltyId: 'L3' },
  { userId: 'u2', emailHash: email('a') },
  { emailHash: email('a'), anonymousId: 'web-1' },
  { anonymousId: 'web-1' },
  { userId: 'u4' },
  { userId: 'guest', loyaltyId: 'guest' },
);

const identity = fc.constantFrom(
  { kind: 'user', value: 'u1' },
  { kind: 'user', value: 'u2' },
  { kind: 'loyalty', value: 'L1' },
  { kind: 'loyalty', value: 'L3' },
  { kind: 'anonymous', value: 'web-1' },
);

/** Around the edges of the windows of the as-of days below, on purpose. */
const day = fc.oneof(fc.integer({ min: -380, max: 40 }), fc.constantFrom(-335, -334, -60, -59, 2, 3, 4, 24, 25, 29, 30, 31));

const signal = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('behaviour' as const),
      customer,
      day,
      type: fc.constantFrom('purchase', 'return', 'browse'),
      amount: fc.nat(900),
      place: fc.constantFrom('P', 'Q'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('statement' as const), customer, day, left: identity, right: identity, isLink: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('declaration' as const), customer, day, value: fc.constantFrom('DE', 'FR') }) },
);

const growth = fc.record({
  signals: fc.array(signal, { minLength: 2, maxLength: 24 }),
  /** How many are there at first; the others come later, whenever they happened. */
  atFirst: fc.nat(24),
  asOfBefore: fc.constantFrom(24, 30),
  asOf: fc.constantFrom(24, 30, 31, 37),
});

const isoDay = (number: number): string => new Date(Date.UTC(2026, 0, 1 + number)).toISOString().slice(0, 10);

describe('windows of a log that grows', () => {
  it('are those of the same signals at once, and those of touched customers are theirs', async () => {
    await fc.assert(
      fc.asyncProperty(growth, async ({ signals, atFirst, asOfBefore, asOf }) => {
        const sent = signals.map(asSignal);
        const growing = openGraph();
        const atOnce = openGraph();
        try {
          const { snapshot: before } = await growing.with(sent.slice(0, atFirst));
          const previous = { snapshot: before, asOf: isoDay(asOfBefore) };
          const rowsBefore = readRows(growing.content, await growing.warehouse.buildWindows(previous, callOptions));
          const { snapshot } = await growing.with([...sent.slice(0, 3), ...sent.slice(atFirst)].toReversed());
          const request = { snapshot, asOf: isoDay(asOf) };
          const everybody = await growing.warehouse.buildWindows(request, callOptions);
          expect(everybody).toEqual(await windowsOf(atOnce, sent, request.asOf));

          const { touched } = await growing.warehouse.touchedSince({ previous, ...request }, callOptions);
          const asked = readRows(growing.content, await growing.warehouse.buildWindows({ ...request, only: touched }, callOptions));
          const all = readRows(growing.content, everybody);
          for (const [customerId, rows] of asked) expect(rows).toEqual(all.get(customerId));
          for (const [customerId, rows] of all) {
            if (asked.has(customerId)) continue;
            const known = rowsBefore.get(customerId);
            expect(known && aged(known, asOf - asOfBefore)).toEqual(rows);
          }
          if (asOf < asOfBefore) return;
          const named = new Set(rowsOf(growing.content.getTable(touched)).map((row) => String(row['customerId'])));
          for (const gone of rowsBefore.keys()) if (!all.has(gone)) expect(named).toContain(gone.includes(':') ? gone : `user:${gone}`);
        } finally {
          await growing.close();
          await atOnce.close();
        }
      }),
      { numRuns: 20 },
    );
  }, 240_000);
});

async function windowsOf(graph: SealedGraph, signals: readonly object[], asOf: string): Promise<WindowReply> {
  const { snapshot } = await graph.with(signals);
  return graph.warehouse.buildWindows({ snapshot, asOf }, callOptions);
}

interface CustomerRows {
  /** By window; counts of signal types that are zero are left out, because a type may be new to the log. */
  readonly windows: Readonly<Record<string, Row>>;
  readonly profile: Row;
  readonly events: readonly Row[];
  readonly grain: readonly Row[];
}

function readRows(content: ContentStore, reply: WindowReply): ReadonlyMap<string, CustomerRows> {
  const read = (ref: Ref | undefined): Row[] => (ref ? rowsOf(content.getTable(ref)) : []);
  const names = content.getJson(reply.dictionary) as Readonly<Record<string, readonly string[]>>;
  const named = (row: Row, columns: Readonly<Record<string, string>>): Row => ({
    ...row,
    ...Object.fromEntries(Object.entries(columns).map(([name, list]) => [name, names[list]?.[Number(row[name])] ?? ''])),
  });
  const [events, grain] = [read(reply.events), read(reply.grain)];
  return new Map(
    read(reply.customers).map(({ customerId }, account) => [
      String(customerId),
      {
        windows: Object.fromEntries(
          windowIds.map((id) => {
            const row = Object.entries(read(reply.windows[id])[account] ?? {});
            return [id, Object.fromEntries(row.filter(([name, value]) => value !== 0 || !names['types']?.includes(name)))];
          }),
        ),
        profile: read(reply.profiles)[account] ?? {},
        // Accounts and orders have numbers of their own in each reply.
        events: events
          .filter((row) => row['account'] === account)
          .map((row) => ({ ...named(row, { type: 'types', sku: 'skus' }), account: 0, order: Number(row['order']) < 0 ? -1 : 0 })),
        grain: grain
          .filter((row) => row['account'] === account)
          .map((row) => ({
            ...named(row, { type: 'types', location: 'locations', channel: 'channels', brand: 'brands' }),
            account: 0,
          })),
      },
    ]),
  );
}

/** Rows of a customer that nothing has happened to, some days on. */
function aged(rows: CustomerRows, days: number): CustomerRows {
  const older = (row: Row, name: string, isAging: boolean): Row => (isAging ? { ...row, [name]: Number(row[name]) + days } : row);
  const windows = Object.entries(rows.windows).map(([id, row]) => {
    const isLifetime = windowDays[id as keyof typeof windowDays] === Number.POSITIVE_INFINITY;
    let aging = older(row, 'tenureDays', true);
    aging = older(aging, 'recencyDays', isLifetime || Number(row['purchaseDays']) > 0);
    aging = older(aging, 'activeRecencyDays', isLifetime || Number(row['events']) > 0);
    return [id, older(aging, 'meanGapDays', isLifetime && Number(row['purchaseDays']) < 2)];
  });
  return { ...rows, windows: Object.fromEntries(windows) };
}

type Drawn = (typeof signal extends fc.Arbitrary<infer One> ? One : never) & object;

function asSignal(drawn: Drawn, index: number): object {
  const envelope = { id: `e${index}`, customer: drawn.customer, at: `${isoDay(drawn.day)}T${String(index % 24).padStart(2, '0')}:00:00Z` };
  if (drawn.kind === 'statement') {
    const { left, right, isLink } = drawn;
    return { ...envelope, type: isLink ? 'identity-link' : 'identity-unlink', properties: { left, right, reason: 'test' } };
  }
  if (drawn.kind === 'declaration')
    return { ...envelope, type: 'preference-change', properties: { attribute: 'residency', value: drawn.value } };
  const { type, amount, place } = drawn;
  const money = { amountMinor: amount, currency: 'EUR', orderId: `o${index % 3}`, sku: `s${index % 2}` };
  return { ...envelope, type, location: place, properties: type === 'browse' ? { sku: 's1' } : money };
}
