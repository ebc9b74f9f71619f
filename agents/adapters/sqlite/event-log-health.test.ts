import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';

import { validateSignal } from '../../../skills/signal-capture/validate-signal.ts';
import { createMemoryContent } from '../../../test/fixtures/memory-content.ts';
import { mergeCounts, noCounts } from '../../customer-data-graph/ingest/health-counters.ts';
import { type HealthRecord, otherNames } from './event-log-health.ts';
import type { Arrival } from './event-log-intake.ts';
import { createEventLog, type EventLogOptions, type SqliteEventLog } from './event-log.ts';

const logs: SqliteEventLog[] = [];
const hourMs = 3_600_000;
const start = Date.UTC(2026, 0, 5, 12);

afterEach(async () => {
  await Promise.all(logs.splice(0).map((log) => log.close()));
});

function open(options: Partial<EventLogOptions> = {}): SqliteEventLog & { setTime(ms: number): void } {
  let now = start;
  const log = createEventLog({
    directory: mkdtempSync(join(tmpdir(), 'cohortium-health-')),
    currency: 'EUR',
    content: createMemoryContent(),
    clock: { now: () => now },
    ...options,
  });
  logs.push(log);
  return Object.assign(log, {
    setTime: (ms: number) => {
      now = ms;
    },
  });
}

function visit(index: number, changes: Readonly<Record<string, unknown>> = {}, source = 'web'): Arrival {
  const signal = {
    id: `v-${index}`,
    type: 'visit',
    customer: { userId: 'u' },
    at: new Date(start - index * 60_000).toISOString(),
    properties: {},
    ...changes,
  };
  return { source, line: index, raw: () => JSON.stringify(signal), verdicts: [validateSignal(signal)] };
}

const arrivals: fc.Arbitrary<Arrival> = fc
  .tuple(fc.nat(12), fc.constantFrom('web', 'app', 'import.csv'), fc.constantFrom('visit', 'purchase', 'teleport'), fc.nat(3))
  .map(([index, source, type, pieces]) =>
    visit(
      index,
      { type, properties: type === 'purchase' ? { amountMinor: 1, currency: 'EUR', ...(pieces > 0 ? { quantity: pieces } : {}) } : {} },
      source,
    ),
  );

describe('the counters of a log', () => {
  it('count new signals, repeats and refusals by type and source, with lag, codes and properties', async () => {
    const log = open();
    await log.append([
      visit(0),
      visit(90),
      visit(0),
      visit(7, { at: 'soon' }),
      visit(8, { type: 'teleport' }, 'app'),
      visit(9, { type: 'purchase', properties: { amountMinor: 5, currency: 'EUR', orderId: 'o', quantity: 2 } }),
    ]);
    const { rows, types, properties } = log.health();
    expect(rows.map(({ lags, ...row }) => ({ ...row, lags: lags.flatMap((count, bin) => (count > 0 ? [bin] : [])) }))).toEqual([
      {
        span: 'hour',
        at: start / hourMs,
        type: '',
        source: 'app',
        signals: 0,
        repeats: 0,
        refused: 1,
        newestMs: null,
        lags: [],
        codes: { SIGNAL_TYPE_UNKNOWN: 1 },
      },
      expect.objectContaining({ type: 'purchase', source: 'web', signals: 1, lags: [11] }),
      {
        span: 'hour',
        at: start / hourMs,
        type: 'visit',
        source: 'web',
        signals: 2,
        repeats: 1,
        refused: 1,
        newestMs: start,
        lags: [1, 14],
        codes: { SIGNAL_DATE_INVALID: 1 },
      },
    ]);
    expect(types).toEqual([
      { type: 'purchase', firstHour: start / hourMs, newestMs: start - 9 * 60_000, signals: 1 },
      { type: 'visit', firstHour: start / hourMs, newestMs: start, signals: 2 },
    ]);
    expect(properties.map(({ name, kind, signals }) => [name, kind, signals])).toEqual([
      ['amountMinor', 'number', 1],
      ['currency', 'text', 1],
      ['orderId', 'text', 1],
      ['quantity', 'number', 1],
    ]);
  });

  it('are the same however the same arrivals are cut into batches', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(arrivals, { minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 15 }), async (all, size) => {
        const whole = open();
        await whole.append(all);
        const parts = open();
        for (let at = 0; at < all.length; at += size) await parts.append(all.slice(at, at + size));
        expect(parts.health()).toEqual(whole.health());
      }),
      { numRuns: 15 },
    );
  });

  it('are not there for arrivals that the disk did not take', async () => {
    const log = open({ maxInboxPages: 60 });
    let appended = 0;
    for (let batch = 0; batch < 200; batch++) {
      const part = Array.from({ length: 50 }, (_, index) => visit(batch * 50 + index));
      const isTaken = await log.append(part).then(
        () => true,
        () => false,
      );
      if (!isTaken) break;
      appended += 50;
    }
    expect(appended).toBeGreaterThan(0);
    expect(sum(log.health()).signals).toBe(appended);
  });

  it('fold into days after a week without losing anything, and are dropped after 400 days', async () => {
    const log = open();
    for (let hour = 0; hour < 30; hour += 3) {
      log.setTime(start + hour * hourMs);
      await log.append([visit(hour), visit(hour + 1000, { at: 'never' })]);
    }
    const before = sum(log.health());
    log.setTime(start + 9 * 24 * hourMs);
    await log.append([visit(0)]);
    const folded = log.health();
    expect(folded.rows.map(({ span, at }) => [span, at])).toEqual([
      ['day', Math.floor(start / hourMs / 24)],
      ['day', Math.floor(start / hourMs / 24) + 1],
      ['hour', start / hourMs + 9 * 24],
    ]);
    expect(sum(folded)).toEqual({ ...before, repeats: before.repeats + 1 });
    log.setTime(start + 500 * 24 * hourMs);
    await log.append([visit(0)]);
    expect(log.health().rows).toHaveLength(1);
    expect(log.health().types).toMatchObject([{ type: 'visit', signals: 10 }]);
  });

  it('have room for a hundred sources an hour, and one name for the others', async () => {
    const log = open();
    await log.append(Array.from({ length: 130 }, (_, index) => visit(index, {}, `file-${String(index).padStart(3, '0')}.csv`)));
    await log.append([visit(0, {}, 'file-000.csv'), visit(129, {}, 'file-129.csv')]);
    const { rows } = log.health();
    expect(new Set(rows.map(({ source }) => source)).size).toBe(101);
    expect(rows.find(({ source }) => source === otherNames)).toMatchObject({ signals: 30, repeats: 1 });
    expect(rows.find(({ source }) => source === 'file-000.csv')).toMatchObject({ signals: 1, repeats: 1 });
  });

  it('have room for a hundred surprises of a type, whoever makes up names', async () => {
    const log = open();
    log.note(Array.from({ length: 300 }, (_, index) => ({ kind: 'unplanned-event', type: '', name: `e-${index}`, action: 'omit' })));
    expect(log.health().surprises).toEqual([]);
    await log.append([visit(1)]);
    const { surprises } = log.health();
    expect(surprises).toHaveLength(101);
    expect(surprises.find(({ name }) => name === otherNames)).toMatchObject({ times: 200 });
  });
});

function sum({ rows }: HealthRecord): typeof noCounts {
  let total = noCounts;
  for (const { signals, repeats, refused, newestMs, lags, codes } of rows) {
    total = mergeCounts(total, { signals, repeats, refused, newestMs, lags, codes });
  }
  return total;
}
