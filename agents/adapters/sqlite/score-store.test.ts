import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { column, type ContentStore, makeTable, type ScorePublication } from '../../../skills/sdk/index.ts';
import { createMemoryContent } from '../../../test/fixtures/memory-content.ts';
import { createScoreStore, type SqliteScoreStore } from './score-store.ts';

const places = ['Berlin', 'Paris'].flatMap((location) =>
  ['store', 'web'].flatMap((channel) => ['Halden', 'Mirabo', 'Ostra'].map((brand) => ({ location, channel, brand }))),
);
const pi = places.map((_, index) => (index + 1) / 78);
const concentration = 3;

/** anna has been to two cells on four days, bert to one on one day. */
const visits = [
  { account: 0, cell: 0, days: 2.5 },
  { account: 0, cell: 7, days: 1.5 },
  { account: 1, cell: 11, days: 1 },
];
const baskets = [4, 1];
const clv = [10_000, 123.456];

describe('score store', () => {
  let directory: string;
  let content: ContentStore;
  let store: SqliteScoreStore;
  const options = (idempotencyKey: string) => ({ signal: new AbortController().signal, idempotencyKey });

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'scores-'));
    content = createMemoryContent();
    store = createScoreStore({ directory, content });
  });
  afterEach(() => {
    store.close();
    rmSync(directory, { recursive: true });
  });

  const publication = (
    changes: { readonly storeOutcomes?: readonly string[]; readonly factor?: number; readonly receipts?: number } = {},
  ): ScorePublication => {
    const shares = visits.map(
      ({ account, cell, days }) => (concentration * (pi[cell] ?? 0) + days) / (concentration + (baskets[account] ?? 0)),
    );
    const values = clv.map((value) => value * (changes.factor ?? 1));
    const visited = visits.map(({ cell }) => places[cell] ?? { location: '', channel: '', brand: '' });
    const outcomes = ['pass', 'pass', 'counsel', 'pass', 'fail', 'pass'];
    for (const [index, outcome] of (changes.storeOutcomes ?? []).entries()) outcomes[index * 3] = outcome;
    return {
      asOf: '2026-01-31',
      ledgerSize: 7,
      ledgerRoot: 'ab'.repeat(32),
      model: content.putJson({ horizonDays: 90 }),
      accounts: content.putTable(makeTable({ customerId: column.text(['anna', 'bert']) })),
      scores: content.putTable(
        makeTable({
          customerId: column.text(['anna', 'bert']),
          clvMinor: column.float64(Float64Array.from(values)),
          clvLowMinor: column.float64(Float64Array.from(values, (value) => value / 2)),
          clvHighMinor: column.float64(Float64Array.from(values, (value) => value * 2)),
          pPurchase: column.float64(Float64Array.of(0.75, 0.25)),
          pAlive: column.float64(Float64Array.of(0.9, 0.5)),
          elsewhere: column.float64(Float64Array.from(baskets, (days) => concentration / (concentration + days))),
          tier: column.text(['high', 'low']),
        }),
      ),
      cells: content.putTable(
        makeTable({
          account: column.int32(Int32Array.from(visits, ({ account }) => account)),
          location: column.text(visited.map(({ location }) => location)),
          channel: column.text(visited.map(({ channel }) => channel)),
          brand: column.text(visited.map(({ brand }) => brand)),
          share: column.float64(Float64Array.from(shares)),
          clvMinor: column.float64(Float64Array.from(shares, (share, row) => share * (values[visits[row]?.account ?? 0] ?? 0))),
        }),
      ),
      priors: content.putTable(
        makeTable({
          location: column.text(places.map(({ location }) => location)),
          channel: column.text(places.map(({ channel }) => channel)),
          brand: column.text(places.map(({ brand }) => brand)),
          share: column.float64(Float64Array.from(pi)),
        }),
      ),
      decisions: content.putTable(
        makeTable({
          account: column.int32(Int32Array.of(0, 0, 0, 1, 1, 1)),
          subscriber: column.text(['score-store', 'offers', 'price-desk', 'score-store', 'offers', 'price-desk']),
          purpose: column.text([
            'analytics',
            'offer-eligibility',
            'price-personalization',
            'analytics',
            'offer-eligibility',
            'price-personalization',
          ]),
          outcome: column.text(outcomes),
          policies: column.text(['', '', 'p-1,p-2', '', 'p-3', '']),
        }),
      ),
      receipts: content.putTable(
        makeTable({
          record: column.int32(Int32Array.from({ length: changes.receipts ?? 6 }, (_, row) => row + 1)),
          item: column.int32(Int32Array.from({ length: changes.receipts ?? 6 }, (_, row) => row)),
          scoreRecord: column.int32(new Int32Array(changes.receipts ?? 6).fill(6)),
          scoreItem: column.int32(new Int32Array(changes.receipts ?? 6).fill(-1)),
        }),
      ),
    };
  };

  it('answers the account with its interval, tier and record', async () => {
    expect(await store.publish(publication(), options('one'))).toEqual({ version: 1, accounts: 2, cells: 3 });
    expect(store.lookup({ customerId: 'anna' })).toEqual({
      customerId: 'anna',
      location: null,
      channel: null,
      brand: null,
      purpose: 'analytics',
      outcome: 'pass',
      policies: [],
      value: { clvMinor: 10_000, lowMinor: 5000, highMinor: 20_000, pPurchase: 0.75, pAlive: 0.9, tier: 'high', share: 1, isVisited: true },
      horizonDays: 90,
      asOf: '2026-01-31',
      version: 1,
      record: { index: 1, item: 0, score: { index: 6, item: null }, ledgerSize: 7, ledgerRoot: 'ab'.repeat(32) },
    });
  });

  it('gives a cell that was never visited its part of the prior', async () => {
    await store.publish(publication(), options('one'));
    const cell = store.lookup({ customerId: 'anna', location: 'Berlin', channel: 'store', brand: 'Mirabo' }).value;
    // clv × S π / (S + n) with S = 3, π = 2/78, n = 4.
    expect(cell?.clvMinor).toBeCloseTo((10_000 * 3 * (2 / 78)) / 7, 9);
    expect(cell?.isVisited).toBe(false);
    expect(cell?.highMinor).toBeCloseTo(2 * (cell?.clvMinor ?? 0), 9);
  });

  it('adds up: cells to marginals, marginals to the account, within 1e-9 of it', async () => {
    await store.publish(publication(), options('one'));
    for (const [row, customerId] of ['anna', 'bert'].entries()) {
      const value = (query: object): number => store.lookup({ customerId, ...query }).value?.clvMinor ?? Number.NaN;
      const total = (queries: readonly object[]): number => queries.reduce<number>((sum, query) => sum + value(query), 0);
      const account = clv[row] ?? 0;
      expect(Math.abs(total(places) - account)).toBeLessThan(1e-9 * account);
      for (const location of ['Berlin', 'Paris']) {
        const inside = places.filter((place) => place.location === location);
        expect(Math.abs(total(inside) - value({ location }))).toBeLessThan(1e-9 * account);
        expect(Math.abs(value({ location, channel: 'store' }) + value({ location, channel: 'web' }) - value({ location }))).toBeLessThan(
          1e-9 * account,
        );
      }
      expect(Math.abs(total(['Halden', 'Mirabo', 'Ostra'].map((brand) => ({ brand }))) - account)).toBeLessThan(1e-9 * account);
    }
  });

  it('shows no value unless the gate passed it for the purpose', async () => {
    await store.publish(publication(), options('one'));
    const counsel = store.lookup({ customerId: 'anna', purpose: 'price-personalization' });
    expect(counsel).toMatchObject({ outcome: 'counsel', policies: ['p-1', 'p-2'], record: { index: 3 } });
    expect(counsel).not.toHaveProperty('value');
    expect(store.lookup({ customerId: 'bert', purpose: 'offer-eligibility' })).not.toHaveProperty('value');
    const undecided = store.lookup({ customerId: 'anna', purpose: 'credit' });
    expect(undecided).toMatchObject({ outcome: 'counsel', record: null });
    expect(undecided).not.toHaveProperty('value');
  });

  it('does not even store a value that the gate did not pass for the store', async () => {
    await store.publish(publication({ storeOutcomes: ['fail', 'counsel'] }), options('one'));
    expect(store.lookup({ customerId: 'anna', purpose: 'offer-eligibility' })).toMatchObject({ outcome: 'fail', record: { index: 1 } });
    expect(store.lookup({ customerId: 'bert' })).not.toHaveProperty('value');
  });

  it('says what is not known', async () => {
    expect(() => store.lookup({ customerId: 'anna' })).toThrow(expect.objectContaining({ code: 'SCORE_NOT_FOUND' }));
    await store.publish(publication(), options('one'));
    expect(() => store.lookup({ customerId: 'zoe' })).toThrow(expect.objectContaining({ code: 'SCORE_NOT_FOUND' }));
    expect(() => store.lookup({ customerId: 'anna', location: 'Rome' })).toThrow(/known are Berlin, Paris/);
  });

  it('replaces all values at once, keeps one version back, and answers a repeat as before', async () => {
    const first = await store.publish(publication(), options('one'));
    await store.publish(publication({ factor: 2 }), options('two'));
    expect(store.lookup({ customerId: 'anna' })).toMatchObject({ version: 2, value: { clvMinor: 20_000 } });
    expect(await store.publish(publication(), options('one'))).toEqual(first);
    expect(store.current()).toEqual({ version: 2, asOf: '2026-01-31', accounts: 2 });
    store.close();
    store = createScoreStore({ directory, content });
    expect(store.lookup({ customerId: 'anna' })).toMatchObject({ version: 2, value: { clvMinor: 20_000 } });
  });

  it('refuses a value without a record and keeps the version before', async () => {
    await store.publish(publication(), options('one'));
    await expect(store.publish(publication({ receipts: 5 }), options('two'))).rejects.toThrow(
      expect.objectContaining({ code: 'EMISSION_UNRECORDED' }),
    );
    expect(store.current()?.version).toBe(1);
  });
});
