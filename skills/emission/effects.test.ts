import { describe, expect, it } from 'vitest';

import { createMemoryContent, pureContextOver } from '../../test/fixtures/memory-content.ts';
import { column, makeTable, textColumn } from '../sdk/index.ts';
import { composeEmissions } from './effects.ts';

const content = createMemoryContent();
const context = pureContextOver(content);
const floats = (...values: number[]) => column.float64(Float64Array.from(values));
const integers = (...values: number[]) => column.int32(Int32Array.from(values));

const calibrated = content.putTable(
  makeTable({
    customerId: column.text(['ann', 'bob']),
    clvMinor: floats(100.4, 200.6),
    clvLowMinor: floats(50, 100),
    clvHighMinor: floats(150, 300),
    pPurchase: floats(0.5, 0.25),
    tier: column.text(['high', 'low']),
  }),
);
const calibratedCells = content.putTable(
  makeTable({
    account: integers(0, 0, 1),
    location: column.text(['x', 'y', 'x']),
    channel: column.text(['web', 'web', 'app']),
    brand: column.text(['n', 'n', 'n']),
    clvMinor: floats(60.2, 40.2, 200.6),
  }),
);

function compose(outcomes: readonly string[], records: readonly number[], batchSize = 100, subscribers = outcomes.map(() => 'desk')) {
  const decisions = content.putTable(
    makeTable({
      account: integers(...outcomes.map((_, row) => row % 2)),
      subscriber: column.text(subscribers),
      purpose: column.text(outcomes.map(() => 'tier-assignment')),
      sink: column.text(subscribers),
      outcome: column.text(outcomes),
    }),
  );
  const receipts = content.putTable(
    makeTable({
      record: integers(...records),
      item: integers(...records.map(() => 5)),
      scoreRecord: integers(...records),
      scoreItem: integers(...records.map(() => -1)),
    }),
  );
  const input = {
    decisions,
    receipts,
    calibrated,
    calibratedCells,
    ledgerSize: 10,
    ledgerRoot: 'ff',
    currency: 'EUR',
    asOf: '2026-01-31',
    batchSize,
  };
  const { emissions, items } = composeEmissions(input, context);
  const table = content.getTable(emissions);
  const bodies = textColumn(table, 'body').map(
    (body) => JSON.parse(body) as { id: string; data: { items: { customerId: string; cells: unknown[] }[] } },
  ); // written above
  return { table, bodies, items };
}

describe('composing emissions', () => {
  it('sends what passed, with its cells and its record, and nothing else', () => {
    const { bodies, items } = compose(['pass', 'fail', 'counsel'], [3, 4, 5]);
    expect(items).toBe(1);
    expect(bodies).toHaveLength(1);
    expect(bodies[0]?.data.items).toEqual([
      {
        customerId: 'ann',
        clvMinor: 100,
        lowMinor: 50,
        highMinor: 150,
        pPurchase: 0.5,
        tier: 'high',
        records: { decision: { index: 3, item: 5 }, score: { index: 3, item: null } },
        cells: [
          { location: 'x', channel: 'web', brand: 'n', clvMinor: 60 },
          { location: 'y', channel: 'web', brand: 'n', clvMinor: 40 },
        ],
      },
    ]);
  });

  it('leaves the score store out, which has its own way', () => {
    expect(compose(['pass', 'pass'], [1, 2], 100, ['score-store', 'desk']).items).toBe(1);
  });

  it('keeps batches within their size, and gives each its own id', () => {
    const { bodies, table } = compose(['pass', 'pass', 'pass'], [1, 2, 3], 2);
    expect(bodies.map(({ data }) => data.items.length)).toEqual([2, 1]);
    expect(new Set(textColumn(table, 'messageId')).size).toBe(2);
    expect(bodies.map(({ id }) => id)).toEqual(textColumn(table, 'messageId'));
  });

  it('gives the same messages for the same decisions', () => {
    expect(compose(['pass', 'pass'], [1, 2]).table).toEqual(compose(['pass', 'pass'], [1, 2]).table);
  });

  it.each([
    ['fewer records than decisions', ['pass', 'pass'], [1]],
    ['a record that the ledger does not have', ['pass'], [10]],
    ['no record', ['pass'], [-1]],
  ])('refuses %s', (_name, outcomes, records) => {
    expect(() => compose(outcomes, records)).toThrow(expect.objectContaining({ code: 'EMISSION_UNRECORDED' }));
  });
});
