import { describe, expect, it } from 'vitest';

import { createMemoryContent, pureContextOver } from '../../test/fixtures/memory-content.ts';
import { column, int32Column, makeTable, textColumn } from '../sdk/index.ts';
import { composeRecords, listReceipts } from './effects.ts';

const content = createMemoryContent();
const context = pureContextOver(content);

const scores = (value: number) =>
  content.putTable(
    makeTable({
      customerId: column.text(['ann']),
      clvMinor: column.float64(Float64Array.of(value)),
      clvLowMinor: column.float64(Float64Array.of(1)),
      clvHighMinor: column.float64(Float64Array.of(3)),
      pPurchase: column.float64(Float64Array.of(0.5)),
      pAlive: column.float64(Float64Array.of(0.9)),
      tier: column.text(['high']),
    }),
  );
const decisions = content.putTable(
  makeTable({
    account: column.int32(Int32Array.of(0, 0)),
    customerId: column.text(['ann', 'ann']),
    subscriber: column.text(['score-store', 'desk']),
    purpose: column.text(['analytics', 'credit']),
    sink: column.text(['score-store', 'desk']),
    outcome: column.text(['pass', 'fail']),
    policies: column.text(['', 'ecoa,gdpr-22']),
    vector: column.int32(Int32Array.of(0, 3)),
  }),
);
const json = content.putJson({ any: 'thing' });

function compose(value = 2) {
  const input = {
    decisions,
    calibrated: scores(value),
    calibration: json,
    model: json,
    snapshot: json,
    verdicts: json,
    policyDigest: 'abc',
    asOf: '2026-01-31',
  };
  return content.getTable(composeRecords(input, context).records);
}

describe('composing records', () => {
  it('names what the run rests on first, then every decision', () => {
    const table = compose();
    expect(textColumn(table, 'kind')).toEqual(['run', 'decision', 'decision']);
    expect(JSON.parse(textColumn(table, 'body')[0] ?? '')).toMatchObject({
      asOf: '2026-01-31',
      policies: 'abc',
      verdicts: json.digest,
      accounts: 1,
      uses: 2,
      snapshot: json.digest,
    });
    expect(JSON.parse(textColumn(table, 'body')[2] ?? '')).toMatchObject({
      purpose: 'credit',
      vector: 3,
      outcome: 'fail',
      policies: ['ecoa', 'gdpr-22'],
    });
  });

  it('keeps the customer out of every body', () => {
    const table = compose();
    expect(textColumn(table, 'body').join()).not.toContain('ann');
    expect(textColumn(table, 'subject')).toEqual(['', 'ann', 'ann']);
  });

  it('gives each decision a key of its own, and the same key for the same decision', () => {
    const keys = textColumn(compose(), 'key');
    expect(new Set(keys).size).toBe(3);
    expect(textColumn(compose(), 'key')).toEqual(keys);
  });

  it('records another decision when the score differs by one ulp', () => {
    expect(textColumn(compose(2), 'key')[1]).not.toBe(textColumn(compose(2.0000000000000004), 'key')[1]);
  });
});

describe('listing receipts', () => {
  it('leaves the record of the run out', () => {
    const indexes = content.putTable(makeTable({ record: column.int32(Int32Array.of(7, 8, 3)) }));
    expect([...int32Column(content.getTable(listReceipts({ indexes }, context).receipts), 'record')]).toEqual([8, 3]);
  });
});
