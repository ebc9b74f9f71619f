/** The features of random small histories against a plain reading of their definition, customer by customer, without SQL. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { callOptions, openGraph, rowsOf } from '../../../test/fixtures/sealed-graph.ts';

const asOf = '2026-01-31';
const asOfDay = 30;
const outcomeDays = 15;
const endDay = asOfDay + outcomeDays;

interface Event {
  readonly customer: string;
  readonly day: number;
  readonly amount: number;
  readonly place: string;
  readonly order: string;
  readonly isReturn: boolean;
}

const history = fc.array(
  fc.record({
    customer: fc.constantFrom('a', 'b', 'c'),
    day: fc.integer({ min: 0, max: 50 }),
    amount: fc.constantFrom(0, 1, 250, 1000),
    place: fc.constantFrom('P', 'Q'),
    order: fc.constantFrom('', '', 'o1', 'o2'),
    isReturn: fc.boolean(),
  }),
  { minLength: 1, maxLength: 25 },
);

function expectedAccounts(events: readonly Event[]): Record<string, number | string>[] {
  return ['a', 'b', 'c'].flatMap((customerId) => {
    const own = events.filter(({ customer, day }) => customer === customerId && day <= endDay);
    const purchases = own.filter(({ isReturn }) => !isReturn);
    const days = [...new Set(purchases.map(({ day }) => day))].toSorted((x, y) => x - y);
    const first = days[0];
    if (first === undefined || first > asOfDay) return [];
    const net = new Map(
      days.map((day) => [day, purchases.filter((event) => event.day === day).reduce((sum, { amount }) => sum + amount, 0)]),
    );
    for (const { day, amount, order } of own.filter(({ isReturn }) => isReturn)) {
      const ordered = purchases.filter((event) => order !== '' && event.order === order).map((event) => event.day);
      const latest = Math.min(day, ordered.length > 0 ? Math.min(...ordered) : day);
      const target = days.findLast((candidate) => candidate <= latest);
      if (target === undefined || (day > asOfDay && target <= asOfDay)) continue;
      net.set(target, (net.get(target) ?? 0) - amount);
    }
    const known = days.filter((day) => day <= asOfDay);
    const after = days.filter((day) => day > asOfDay);
    const spend = (some: readonly number[]): number => some.reduce((sum, day) => sum + (net.get(day) ?? 0), 0);
    const last = known.at(-1) ?? first;
    return [
      {
        customerId,
        x: known.length - 1,
        txDays: last - first,
        TDays: asOfDay - first,
        baskets: known.length,
        totalSpendMinor: spend(known),
        repeatSpendMinor: spend(known.slice(1)),
        outcomeBaskets: after.length,
        outcomeSpendMinor: spend(after),
      },
    ];
  });
}

describe('features of random histories', () => {
  it('are what the definition says, and cells, weeks and marginals add up to the accounts', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (events) => {
        const expected = expectedAccounts(events);
        fc.pre(expected.length > 0);
        const graph = openGraph();
        try {
          const { snapshot } = await graph.with(events.map(asSignal));
          const reply = await graph.warehouse.buildFeatures({ snapshot, asOf, outcomeDays }, callOptions);
          const [accounts, cells, weekly, marginals] = [reply.accounts, reply.cells, reply.weekly, reply.marginals].map((ref) =>
            rowsOf(graph.content.getTable(ref)),
          );
          expect(accounts).toMatchObject(expected);
          const sumOf = (rows: typeof accounts, name: string): number => (rows ?? []).reduce((sum, row) => sum + Number(row[name]), 0);
          for (const [row, { baskets, totalSpendMinor }] of expected.entries()) {
            const own = cells?.filter(({ account }) => account === row);
            expect(sumOf(own, 'baskets')).toBeCloseTo(Number(baskets), 12);
            expect(sumOf(own, 'spendMinor')).toBe(totalSpendMinor);
          }
          const money = sumOf(expected, 'totalSpendMinor');
          const outcome = sumOf(expected, 'outcomeSpendMinor');
          expect(sumOf(weekly, 'spendMinor')).toBe(money + outcome);
          expect(sumOf(weekly, 'baskets')).toBe(sumOf(expected, 'baskets') + sumOf(expected, 'outcomeBaskets'));
          const byLocation = marginals?.filter(({ axis }) => axis === 'location');
          expect([sumOf(byLocation, 'spendMinor'), sumOf(byLocation, 'outcomeSpendMinor')]).toEqual([money, outcome]);
        } finally {
          await graph.close();
        }
      }),
      { numRuns: 25 },
    );
  });
});

function asSignal({ customer, day, amount, place, order, isReturn }: Event, index: number): object {
  const at = new Date(Date.UTC(2026, 0, 1 + day)).toISOString();
  const properties = { amountMinor: amount, currency: 'EUR', ...(order === '' ? {} : { orderId: order }) };
  return { id: `e${index}`, type: isReturn ? 'return' : 'purchase', customer: { userId: customer }, at, location: place, properties };
}
