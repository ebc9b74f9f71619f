import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';

import { type SealReport, sha256 } from '../../../skills/sdk/index.ts';
import { validateSignal } from '../../../skills/signal-capture/validate-signal.ts';
import { createMemoryContent } from '../../../test/fixtures/memory-content.ts';
import { digestOfSegment } from '../duckdb/segment-census.ts';
import { snapshotSchema } from '../duckdb/segment-schema.ts';
import { SegmentWriter } from '../duckdb/segment-writer.ts';
import type { Arrival } from './event-log-intake.ts';
import { segmentRowOf } from './event-log-schema.ts';
import { createEventLog, type EventLogOptions, type SqliteEventLog } from './event-log.ts';

const logs: SqliteEventLog[] = [];
const content = createMemoryContent();

afterEach(async () => {
  await Promise.all(logs.splice(0).map((log) => log.close()));
});

function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'cohortium-log-'));
}

function open(directory = newFolder(), options: Partial<EventLogOptions> = {}): SqliteEventLog {
  const log = createEventLog({ directory, currency: 'EUR', content, ...options });
  logs.push(log);
  return log;
}

function purchase(index: number, changes: Readonly<Record<string, unknown>> = {}): Arrival {
  const signal = {
    id: `p-${index}`,
    type: 'purchase',
    customer: { userId: `u-${index % 7}` },
    at: new Date(Date.UTC(2026, 0, 1 + ((index * 11) % 28))).toISOString(),
    location: 'Zürich 🏔',
    properties: { amountMinor: index, currency: 'EUR', source: 'a "quoted" one' },
    ...changes,
  };
  return { source: 'test', line: index, raw: () => JSON.stringify(signal), verdicts: [validateSignal(signal)] };
}

function purchases(count: number): Arrival[] {
  return Array.from({ length: count }, (_, index) => purchase(index + 1));
}

let seals = 0;
function seal(log: SqliteEventLog, idempotencyKey = `seal-${seals++}`, signal = new AbortController().signal): Promise<SealReport> {
  return log.seal({}, { signal, idempotencyKey });
}

describe('the inbox', () => {
  it('accepts, recognises repeats by id and content, and quarantines conflicts', async () => {
    const log = open();
    expect(await log.append(purchases(3))).toMatchObject({ accepted: 3, duplicates: 0, quarantined: 0 });
    expect(await log.append([purchase(2), purchase(3, { location: 'Bern' }), purchase(4)])).toMatchObject({
      accepted: 1,
      duplicates: 1,
      quarantined: 1,
      entries: [{ code: 'SIGNAL_ID_CONFLICT', line: 3 }],
    });
    expect(log.counts()).toEqual({ inbox: 4, quarantined: 1 });
  });

  it('still recognises a repeat after its signal was sealed, and after it was opened again', async () => {
    const directory = newFolder();
    const log = open(directory);
    await log.append(purchases(3));
    await seal(log);
    expect(await log.append([purchase(1)])).toMatchObject({ accepted: 0, duplicates: 1 });
    await log.close();
    logs.splice(logs.indexOf(log), 1);
    expect(await open(directory).append([purchase(1), purchase(9)])).toMatchObject({ accepted: 1, duplicates: 1 });
  });

  it('gives each of many concurrent callers their own answer', async () => {
    const log = open();
    const reports = await Promise.all(Array.from({ length: 50 }, (_, index) => log.append([purchase(index % 25)])));
    expect(reports.filter(({ accepted }) => accepted === 1)).toHaveLength(25);
    expect(reports.filter(({ duplicates }) => duplicates === 1)).toHaveLength(25);
  });

  it('takes the signals of one arrival together or not at all', async () => {
    const log = open();
    const mixed: Arrival = { ...purchase(1), verdicts: [...purchase(1).verdicts, { ok: false, code: 'SIGNAL_INVALID', message: 'no' }] };
    expect(await log.append([mixed])).toMatchObject({ accepted: 0, quarantined: 1 });
    expect(log.counts()).toEqual({ inbox: 0, quarantined: 1 });
  });

  it('refuses a second currency: of a signal, and of the whole log', async () => {
    const directory = newFolder();
    const log = open(directory);
    const dollars = purchase(1, { properties: { amountMinor: 1, currency: 'USD' } });
    expect(await log.append([dollars])).toMatchObject({ quarantined: 1, entries: [{ code: 'SIGNAL_CURRENCY_MIXED' }] });
    expect(() => open(directory, { currency: 'USD' })).toThrow(expect.objectContaining({ code: 'SIGNAL_CURRENCY_MIXED' }) as Error);
  });
});

describe('sealing', () => {
  it('of nothing gives an empty snapshot', async () => {
    expect(await seal(open())).toMatchObject({ events: 0, segments: 0, customers: 0, firstDate: '', lastDate: '' });
  });

  it('moves the inbox into a segment that is named by what it holds', async () => {
    const directory = newFolder();
    const log = open(directory);
    await log.append(purchases(100));
    const report = await seal(log);
    expect(report).toMatchObject({
      events: 100,
      segments: 1,
      customers: 7,
      quarantined: 0,
      currency: 'EUR',
      firstDate: '2026-01-01',
      lastDate: '2026-01-28',
    });
    expect(log.counts().inbox).toBe(0);
    const snapshot = snapshotSchema.parse(content.getJson(report.snapshot));
    const [segment] = snapshot.segments;
    expect(segment?.file).toBe(`${segment?.digest}.parquet`);
    expect(await digestOfSegment(join(directory, 'segments'), segment?.file ?? '')).toBe(segment?.digest);
    expect(readdirSync(join(directory, 'segments'))).toEqual([segment?.file]);
  });

  it('twice with nothing new gives the same snapshot; with something new, one more segment', async () => {
    const log = open();
    await log.append(purchases(10));
    const first = await seal(log);
    expect((await seal(log)).snapshot).toEqual(first.snapshot);
    await log.append([purchase(11)]);
    const second = await seal(log);
    expect(second).toMatchObject({ events: 11, segments: 2 });
    expect(second.snapshot).not.toEqual(first.snapshot);
  });

  it('under the same idempotency key gives the same answer even when signals arrived since', async () => {
    const log = open();
    await log.append(purchases(10));
    const first = await seal(log, 'key');
    await log.append([purchase(11)]);
    expect(await seal(log, 'key')).toEqual(first);
    expect(log.counts().inbox).toBe(1);
  });

  it('gives the same snapshot however the signals arrived', async () => {
    const arrivals = purchases(60);
    const reference = open();
    await reference.append(arrivals);
    const { snapshot } = await seal(reference);
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(arrivals, { minLength: 60, maxLength: 60 }),
        fc.integer({ min: 1, max: 60 }),
        async (shuffled, size) => {
          const log = open();
          for (let at = 0; at < shuffled.length; at += size) await log.append(shuffled.slice(at, at + size));
          expect((await seal(log)).snapshot).toEqual(snapshot);
        },
      ),
      { numRuns: 5 },
    );
  });

  it('splits what is too much for one file, and loses nothing at the cuts', async () => {
    const directory = newFolder();
    const log = open(directory, { maxSegmentRows: 30 });
    await log.append(purchases(100));
    const report = await seal(log);
    expect(report).toMatchObject({ events: 100, segments: 4, customers: 7 });
    const { segments } = snapshotSchema.parse(content.getJson(report.snapshot));
    expect(segments.map(({ events }) => events)).toEqual([30, 30, 30, 10]);
    for (const { digest, file } of segments) expect(await digestOfSegment(join(directory, 'segments'), file)).toBe(digest);
  });

  it('while signals arrive seals each exactly once', async () => {
    const log = open();
    await log.append(purchases(50));
    const sealing = [seal(log), seal(log)];
    await log.append(Array.from({ length: 50 }, (_, index) => purchase(index + 51)));
    await Promise.all(sealing);
    expect(await seal(log)).toMatchObject({ events: 100 });
    expect(log.counts().inbox).toBe(0);
  });

  it('that is cancelled leaves the inbox as it was', async () => {
    const log = open();
    await log.append(purchases(10));
    await expect(seal(log, 'cancelled', AbortSignal.abort())).rejects.toThrow('aborted');
    expect(log.counts().inbox).toBe(10);
    expect(await seal(log)).toMatchObject({ events: 10, segments: 1 });
  });

  it('that crashed between file and transaction is done again without loss or doubling', async () => {
    const directory = newFolder();
    const log = open(directory);
    await log.append(purchases(40));
    // What a crash leaves behind: the finished file, a half-written one, and the inbox untouched.
    const writer = await SegmentWriter.open(join(directory, 'segments'));
    writer.add(purchases(40).flatMap(({ verdicts }) => verdicts.flatMap((verdict) => (verdict.ok ? [segmentRowOf(verdict.signal)] : []))));
    const [left] = await writer.finish();
    writer.close();
    cpSync(join(directory, 'segments', left?.file ?? ''), join(directory, 'segments', 'half.parquet.tmp'));
    const report = await seal(log);
    expect(report).toMatchObject({ events: 40, segments: 1 });
    expect(readdirSync(join(directory, 'segments'))).toEqual([left?.file]);
  });

  it('says which segment file is absent', async () => {
    const directory = newFolder();
    const log = open(directory);
    await log.append(purchases(3));
    await seal(log);
    rmSync(join(directory, 'segments'), { recursive: true });
    await expect(seal(log)).rejects.toMatchObject({ code: 'CONTENT_NOT_FOUND' });
  });
});

describe('a full disk', () => {
  /** Appends until the disk is full. */
  async function fill(log: SqliteEventLog): Promise<{ readonly acknowledged: number; readonly error: unknown }> {
    let acknowledged = 0;
    try {
      for (let batch = 0; batch < 400; batch++) {
        const arrivals = Array.from({ length: 100 }, (_, index) => purchase(batch * 100 + index));
        acknowledged += (await log.append(arrivals)).accepted;
      }
    } catch (error) {
      return { acknowledged, error };
    }
    return { acknowledged, error: undefined };
  }

  /** What a fresh start finds, on a disk with room. */
  async function rescue(directory: string, log: SqliteEventLog): Promise<{ readonly inbox: number; readonly sealed: number }> {
    await log.close();
    logs.splice(logs.indexOf(log), 1);
    const copy = join(newFolder(), 'state');
    cpSync(directory, copy, { recursive: true });
    const rescued = open(copy);
    const { inbox } = rescued.counts();
    return { inbox, sealed: (await seal(rescued)).events };
  }

  it('is said with STORE_FULL, and every acknowledged signal is still there', async (context) => {
    const directory = newFolder();
    const disk = mountSmallDisk(directory);
    if (!disk.isMounted) context.skip('a small disk can only be mounted by root on Linux');
    try {
      const log = open(directory);
      const { acknowledged, error } = await fill(log);
      expect(error).toMatchObject({ code: 'STORE_FULL' });
      expect(acknowledged).toBeGreaterThan(0);
      expect(log.counts().inbox).toBe(acknowledged);
      expect(await rescue(directory, log)).toEqual({ inbox: acknowledged, sealed: acknowledged });
    } finally {
      disk.unmount();
    }
  });

  it('is said the same way when a page limit is reached', async () => {
    const directory = newFolder();
    const log = open(directory, { maxInboxPages: 300 });
    const { acknowledged, error } = await fill(log);
    expect(error).toMatchObject({ code: 'STORE_FULL' });
    expect(acknowledged).toBeGreaterThan(0);
    expect(await rescue(directory, log)).toEqual({ inbox: acknowledged, sealed: acknowledged });
  });

  it('while sealing leaves the inbox and no half-written segment', async (context) => {
    const directory = newFolder();
    mkdirSync(join(directory, 'segments'));
    const disk = mountSmallDisk(join(directory, 'segments'));
    if (!disk.isMounted) context.skip('a small disk can only be mounted by root on Linux');
    try {
      const log = open(directory);
      for (let batch = 0; batch < 30; batch++) {
        // Digests do not compress, so 30,000 of three do not fit.
        const noise = (index: number): Arrival =>
          purchase(index, { location: ['a', 'b', 'c'].map((part) => sha256(`${part}${index}`)).join('') });
        await log.append(Array.from({ length: 1000 }, (_, index) => noise(batch * 1000 + index)));
      }
      await expect(seal(log)).rejects.toMatchObject({ code: 'STORE_FULL' });
      expect(log.counts().inbox).toBe(30_000);
      expect(readdirSync(join(directory, 'segments'))).toEqual([]);
    } finally {
      disk.unmount();
    }
  });
});

function mountSmallDisk(folder: string): { readonly isMounted: boolean; readonly unmount: () => void } {
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder]).status === 0;
  return { isMounted: mounted, unmount: () => void (mounted && spawnSync('umount', ['-l', folder])) };
}
