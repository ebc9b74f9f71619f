/** Room for events, before a real log: what is refused, what shares a commit, and what a defect costs. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { validateSignal } from '../../../skills/signal-capture/validate-signal.ts';
import { createMemoryContent } from '../../../test/fixtures/memory-content.ts';
import type { Arrival } from '../../adapters/sqlite/event-log-intake.ts';
import { createEventLog, type SqliteEventLog } from '../../adapters/sqlite/event-log.ts';
import { IntakeQueue } from './intake-queue.ts';

let log: SqliteEventLog;
beforeAll(() => {
  log = createEventLog({ directory: mkdtempSync(join(tmpdir(), 'cohortium-queue-')), currency: 'EUR', content: createMemoryContent() });
});
afterAll(() => log.close());

let made = 0;
function arrivals(count: number): Arrival[] {
  return Array.from({ length: count }, () => {
    const signal = { id: `q-${made++}`, type: 'visit', customer: { userId: 'u' }, at: '2026-01-31', properties: {} };
    return { source: 'test', line: 1, raw: () => JSON.stringify(signal), verdicts: [validateSignal(signal)] };
  });
}

/** A log that waits for a word before it writes. */
function gated(): { readonly log: Pick<SqliteEventLog, 'append'>; readonly open: () => void } {
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  return { log: { append: async (some) => gate.then(() => log.append(some)) }, open };
}

describe('bytes', () => {
  it('are admitted up to the limit, and again when room was given back', () => {
    const queue = new IntakeQueue(log, { maxBytes: 1000, maxEvents: 10 });
    const first = queue.admit(600);
    expect(() => queue.admit(401)).toThrow(expect.objectContaining({ code: 'INTAKE_FULL' }));
    const second = queue.admit(400);
    first.release();
    first.release();
    expect(queue.load.bytes).toBe(400);
    second.release();
    expect(queue.load.bytes).toBe(0);
  });

  it('are corrected when a body turns out smaller or larger', () => {
    const queue = new IntakeQueue(log, { maxBytes: 1000, maxEvents: 10 });
    const first = queue.admit(900);
    first.resize(100);
    const second = queue.admit(800);
    expect(() => first.resize(300)).toThrow(expect.objectContaining({ code: 'INTAKE_FULL' }));
    second.release();
    first.resize(300);
    first.release();
    first.resize(999);
    expect(queue.load.bytes).toBe(0);
  });

  it('never keep a single body out of an empty queue', () => {
    const queue = new IntakeQueue(log, { maxBytes: 10, maxEvents: 10 });
    queue.admit(500).release();
    expect(queue.load.bytes).toBe(0);
  });
});

describe('events', () => {
  it('are refused while too many wait for the disk, and none of the refused is taken', async () => {
    const { log: slow, open } = gated();
    const queue = new IntakeQueue(slow, { maxBytes: 1000, maxEvents: 10 });
    const before = log.counts().inbox;
    const waiting = [queue.take(arrivals(6)), queue.take(arrivals(4))];
    await expect(queue.take(arrivals(1))).rejects.toMatchObject({ code: 'INTAKE_FULL' });
    expect(() => queue.admit(1)).toThrow(expect.objectContaining({ code: 'INTAKE_FULL' }));
    expect(queue.load.events).toBe(10);
    open();
    const reports = await Promise.all(waiting);
    expect(reports.map(({ accepted }) => accepted)).toEqual([6, 4]);
    expect(queue.load.events).toBe(0);
    expect(log.counts().inbox - before).toBe(10);
  });

  it('of one request get through an empty queue, however many they are', async () => {
    const queue = new IntakeQueue(log, { maxBytes: 1000, maxEvents: 3 });
    expect(await queue.take(arrivals(50))).toMatchObject({ accepted: 50 });
  });

  it('settle before the log is closed', async () => {
    const { log: slow, open } = gated();
    const queue = new IntakeQueue(slow);
    const taken = queue.take(arrivals(2));
    let isSettled = false;
    const settled = queue.settle().then(() => (isSettled = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isSettled).toBe(false);
    open();
    await settled;
    expect(await taken).toMatchObject({ accepted: 2 });
  });

  it('do not suffer from the defect of one that shares their commit', async () => {
    const queue = new IntakeQueue(log);
    const broken: Arrival = {
      source: 'test',
      line: 1,
      raw: () => {
        throw new TypeError('a defect');
      },
      verdicts: [{ ok: false, code: 'SIGNAL_INVALID', message: 'no' }],
    };
    const results = await Promise.allSettled([queue.take(arrivals(3)), queue.take([broken]), queue.take(arrivals(2))]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(queue.load.events).toBe(0);
  });

  it('are not acknowledged when the disk is full', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'cohortium-full-'));
    const small = createEventLog({ directory, currency: 'EUR', content: createMemoryContent(), maxInboxPages: 40 });
    const queue = new IntakeQueue(small);
    let accepted = 0;
    const outcome = await (async () => {
      for (;;) accepted += (await queue.take(arrivals(100))).accepted;
    })().catch((error: unknown) => error);
    expect(outcome).toMatchObject({ code: 'STORE_FULL' });
    expect(small.counts().inbox).toBe(accepted);
    await small.close();
  });
});
