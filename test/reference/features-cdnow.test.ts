/**
 * Features of the CDNOW sample against the summary published with BTYD (cdnowSummary, 2,357 customers, calibration period to
 * 1997-09-30): x, t.x, T.cal in exact weeks and m.x, the mean spend on repeat days.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { importFile } from '../../agents/customer-data-graph/ingest/import-file.ts';
import { float64Column, int32Column, type FeatureReply, type Table, textColumn } from '../../skills/sdk/index.ts';
import { callOptions, openGraph, type SealedGraph } from '../fixtures/sealed-graph.ts';

const folder = join(import.meta.dirname, '..', '..', '..', 'shared', 'data', 'cdnow');
const summaryFile = join(folder, 'btyd_cdnowSummary_cbs.csv');

describe.skipIf(!existsSync(summaryFile))('features of CDNOW (skipped where the data folder is absent)', () => {
  let graph: SealedGraph;
  let reply: FeatureReply;
  let accounts: Table;
  const outcomeDays = 273;

  beforeAll(async () => {
    graph = openGraph('USD');
    const map = join(graph.directory, 'map.yaml');
    writeFileSync(
      map,
      'delimiter: whitespace\nheader: [master, customer, date, cds, dollars]\ndateFormat: yyyyMMdd\ncolumns: { customer: customer, at: date, amount: dollars }\n',
    );
    await importFile({ file: join(folder, 'CDNOW_sample.txt'), map }, { log: graph.log, currency: 'USD' });
    const { snapshot } = await graph.seal();
    reply = await graph.warehouse.buildFeatures({ snapshot, asOf: '1997-09-30', outcomeDays }, callOptions);
    accounts = graph.content.getTable(reply.accounts);
  });
  afterAll(() => graph.close());

  it('equal the published summary for every customer', () => {
    const summary = readFileSync(summaryFile, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(',').map((field) => Number(field.replaceAll('"', ''))));
    expect(accounts.rows).toBe(summary.length);
    const [x, tx, T] = ['x', 'txDays', 'TDays'].map((name) => int32Column(accounts, name));
    const repeat = float64Column(accounts, 'repeatSpendMinor');
    // The published file numbers customers 1…2357 in the order of their ids.
    expect(textColumn(accounts, 'customerId').map(Number)).toEqual(summary.map(([number]) => number));
    const found = summary.map((_, row) => [x?.[row], tx?.[row], T?.[row]]);
    expect(found).toEqual(
      summary.map(([, frequency, txWeeks, tWeeks]) => [frequency, Math.round((txWeeks ?? 0) * 7), Math.round((tWeeks ?? 0) * 7)]),
    );
    for (const [row, [number, frequency = 0, txWeeks = 0, tWeeks = 0, , mean = 0]] of summary.entries()) {
      // Weeks are printed with about 15 digits, money in dollars: an exact day is within 1e-9, an exact cent within 1e-6.
      expect(Math.abs((tx?.[row] ?? 0) - txWeeks * 7), `customer ${number}`).toBeLessThan(1e-9);
      expect(Math.abs((T?.[row] ?? 0) - tWeeks * 7)).toBeLessThan(1e-9);
      const ours = frequency === 0 ? 0 : (repeat[row] ?? 0) / frequency / 100;
      // m.x of customers without a repeat is the first spend in the published file; the models do not use it.
      if (frequency > 0) expect(Math.abs(ours - mean), `customer ${number}: ${ours} and ${mean}`).toBeLessThan(1e-6);
    }
  });

  it('count the holdout purchases of x.star', () => {
    const outcomes = int32Column(accounts, 'outcomeBaskets');
    const published = readFileSync(summaryFile, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => Number(line.split(',')[4]));
    expect([...outcomes]).toEqual(published);
  });

  it('add up over weeks, cells and marginals', () => {
    const total = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, value) => sum + value, 0);
    const weekly = graph.content.getTable(reply.weekly);
    const baskets = total(int32Column(accounts, 'baskets'));
    expect(total(int32Column(weekly, 'baskets'))).toBe(baskets + total(int32Column(accounts, 'outcomeBaskets')));
    expect(total(int32Column(weekly, 'newCustomers'))).toBe(accounts.rows);
    expect(total(float64Column(graph.content.getTable(reply.cells), 'baskets'))).toBe(baskets);
    const spend = total(float64Column(accounts, 'totalSpendMinor'));
    const marginals = graph.content.getTable(reply.marginals);
    const axes = textColumn(marginals, 'axis');
    for (const axis of ['location', 'channel', 'brand', 'location-channel']) {
      expect(total(float64Column(marginals, 'spendMinor').filter((_, row) => axes[row] === axis))).toBe(spend);
    }
  });
});
