/** What a person can do about refused arrivals. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, describe, expect, it } from 'vitest';

import { createMemoryContent } from '../../../test/fixtures/memory-content.ts';
import { createEventLog, type SqliteEventLog } from '../../adapters/sqlite/event-log.ts';
import { captureSignals } from './capture-signals.ts';
import { importFile } from './import-file.ts';
import {
  countQuarantine,
  discardQuarantined,
  listQuarantine,
  type QuarantineDeps,
  resubmitPassing,
  showQuarantined,
} from './quarantine-door.ts';
import { readPlainSignal } from './read-message.ts';

const logs: SqliteEventLog[] = [];
const nowMs = Date.UTC(2026, 0, 31, 8);

afterEach(async () => {
  await Promise.all(logs.splice(0).map((log) => log.close()));
});

function open(directory = mkdtempSync(join(tmpdir(), 'cohortium-quarantine-'))): QuarantineDeps & { readonly directory: string } {
  const log = createEventLog({ directory, currency: 'EUR', content: createMemoryContent(), clock: { now: () => nowMs } });
  logs.push(log);
  return { log, read: readPlainSignal, currency: 'EUR', directory };
}

const visit = (id: string, changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  id,
  type: 'visit',
  customer: { userId: 'u1' },
  at: '2026-01-01',
  properties: {},
  ...changes,
});

/** Reads signals as they are, and times that say `noon` too: as after a change of the registry. */
const lenient: QuarantineDeps['read'] = (message, format, origin) =>
  readPlainSignal(typeof message === 'object' ? { ...message, at: '2026-01-01T12:00:00Z' } : message, format, origin);

describe('looking', () => {
  it('finds entries by code, source, type and status, and counts them', async () => {
    const { log } = open();
    await captureSignals([visit('a', { at: 'noon' }), visit('b', { type: 'purchase' }), visit('c', { type: 'teleport' })], 'mcp', log);
    await captureSignals([visit('d', { at: 'noon' })], 'app', log);
    expect(listQuarantine({ code: 'SIGNAL_DATE_INVALID' }, 10, log).map(({ source }) => source)).toEqual(['mcp', 'app']);
    expect(listQuarantine({ source: 'mcp', type: 'purchase' }, 10, log)).toHaveLength(1);
    expect(listQuarantine({ type: '' }, 10, log)).toMatchObject([{ code: 'SIGNAL_TYPE_UNKNOWN' }]);
    expect(listQuarantine({ status: 'accepted' }, 10, log)).toEqual([]);
    expect(countQuarantine({ source: 'mcp' }, log)).toEqual([
      { code: 'SIGNAL_DATE_INVALID', source: 'mcp', type: 'visit', status: 'open', entries: 1 },
      { code: 'SIGNAL_INVALID', source: 'mcp', type: 'purchase', status: 'open', entries: 1 },
      { code: 'SIGNAL_TYPE_UNKNOWN', source: 'mcp', type: '', status: 'open', entries: 1 },
    ]);
  });

  it('shows one entry whole, with its time and how it is read', async () => {
    const { log } = open();
    const long = 'x'.repeat(10_000);
    await captureSignals([visit('a', { at: long })], 'mcp', log);
    const [entry] = listQuarantine({}, 1, log);
    expect(showQuarantined(entry?.id ?? '', log)).toEqual({
      ...entry,
      raw: JSON.stringify(visit('a', { at: long })),
      type: 'visit',
      form: 'signal',
      at: '2026-01-31T08:00:00.000Z',
      status: 'open',
      acceptedAs: [],
      settledAt: null,
      reason: null,
    });
    expect(() => showQuarantined('q-none', log)).toThrow(expect.objectContaining({ code: 'QUARANTINE_NOT_FOUND' }) as Error);
  });
});

describe('submitting again what passes now', () => {
  it('takes signals after the rules changed, keeps what they became, and leaves the rest open with its reason', async () => {
    const deps = open();
    const { log } = deps;
    await captureSignals(
      [visit('a', { at: 'noon' }), visit('b', { at: 'noon' }), visit('c', { at: 'noon', type: 'teleport' })],
      'mcp',
      log,
    );
    expect(await resubmitPassing({}, deps)).toEqual({
      tried: 3,
      accepted: 0,
      duplicates: 0,
      refused: { SIGNAL_DATE_INVALID: 2, SIGNAL_TYPE_UNKNOWN: 1 },
      unreadable: 0,
    });
    expect(await resubmitPassing({}, { ...deps, read: lenient })).toEqual({
      tried: 3,
      accepted: 2,
      duplicates: 0,
      refused: { SIGNAL_TYPE_UNKNOWN: 1 },
      unreadable: 0,
    });
    expect(log.counts()).toEqual({ inbox: 2, quarantined: 1 });
    const [first] = listQuarantine({ status: 'accepted' }, 1, log);
    expect(showQuarantined(first?.id ?? '', log)).toMatchObject({
      status: 'accepted',
      acceptedAs: ['a'],
      settledAt: '2026-01-31T08:00:00.000Z',
    });
    expect(await resubmitPassing({}, { ...deps, read: lenient })).toMatchObject({ tried: 1, accepted: 0 });
  });

  it('names what was accepted by its whole id, whatever is in it', async () => {
    const deps = open();
    await captureSignals([visit('web,2026,"a"', { at: 'noon' })], 'mcp', deps.log);
    await resubmitPassing({}, { ...deps, read: lenient });
    const [entry] = listQuarantine({ status: 'accepted' }, 1, deps.log);
    expect(showQuarantined(entry?.id ?? '', deps.log).acceptedAs).toEqual(['web,2026,"a"']);
  });

  it('looks only at what the query names', async () => {
    const deps = open();
    await captureSignals([visit('a', { at: 'noon' })], 'mcp', deps.log);
    await captureSignals([visit('b', { at: 'noon' })], 'app', deps.log);
    expect(await resubmitPassing({ source: 'app' }, { ...deps, read: lenient })).toMatchObject({ tried: 1, accepted: 1 });
    expect(await resubmitPassing({ type: 'purchase' }, { ...deps, read: lenient })).toMatchObject({ tried: 0 });
  });

  it('recognises what was accepted meanwhile, and never takes an id with other content', async () => {
    const deps = open();
    await captureSignals([visit('a', { at: 'noon' }), visit('b', { at: 'noon' })], 'mcp', deps.log);
    await captureSignals([visit('a', { at: '2026-01-01T12:00:00Z' }), visit('b')], 'app', deps.log);
    expect(await resubmitPassing({}, { ...deps, read: lenient })).toMatchObject({
      tried: 2,
      accepted: 1,
      duplicates: 1,
      refused: { SIGNAL_ID_CONFLICT: 1 },
    });
  });

  it('goes through more than a page of them', async () => {
    const deps = open();
    await captureSignals(
      Array.from({ length: 1203 }, (_, index) => visit(`v-${index}`, { at: 'noon' })),
      'mcp',
      deps.log,
    );
    expect(await resubmitPassing({}, { ...deps, read: lenient })).toMatchObject({ tried: 1203, accepted: 1203 });
  });

  it('leaves what was kept only in part, or without an address, for a correction by hand', async () => {
    const deps = open();
    const hash = 'ab'.repeat(32);
    await deps.log.append([
      {
        source: 's',
        line: 1,
        raw: () => JSON.stringify(visit('a', { pad: 'x'.repeat(70_000) })),
        verdicts: [{ ok: false, code: 'SIGNAL_INVALID', message: '' }],
      },
      { source: 's', line: 2, raw: () => JSON.stringify(visit('b')), verdicts: [{ ok: false, code: 'SIGNAL_TOO_LARGE', message: '' }] },
      {
        source: 's',
        line: 3,
        form: 'segment',
        raw: () => JSON.stringify(visit(hash)),
        verdicts: [{ ok: false, code: 'SIGNAL_INVALID', message: '' }],
      },
      { source: 's', line: 4, raw: () => 'not json', verdicts: [{ ok: false, code: 'SIGNAL_INVALID', message: '' }] },
    ]);
    expect(await resubmitPassing({}, deps)).toMatchObject({ tried: 4, accepted: 0, unreadable: 4 });
  });

  it('reads a message as the door of its source did', async () => {
    const deps = open();
    await deps.log.append([
      {
        source: 'shop',
        line: 1,
        form: 'segment+gpc',
        raw: () => '{"event":"x"}',
        verdicts: [{ ok: false, code: 'SIGNAL_INVALID', message: '' }],
      },
    ]);
    const asked: unknown[] = [];
    const readDelivery: NonNullable<QuarantineDeps['readDelivery']> = (message, source, delivery) => {
      asked.push([message, source, delivery]);
      return readPlainSignal(visit('m-1'), 'signal', { source, receivedAtMs: undefined }).verdicts;
    };
    expect(await resubmitPassing({}, { ...deps, readDelivery })).toMatchObject({ accepted: 1 });
    expect(asked).toEqual([[{ event: 'x' }, 'shop', { format: 'segment', hasGlobalPrivacyControl: true, receivedAtMs: nowMs }]]);
  });

  it('reads rows of a file again after the file is gone, each as often as it stood there', async () => {
    const deps = open();
    const folder = mkdtempSync(join(tmpdir(), 'cohortium-rows-'));
    const map = join(folder, 'map.yaml');
    const file = join(folder, 'sales.csv');
    writeFileSync(map, 'columns: { customer: customer, at: date, amount: amount }');
    writeFileSync(file, 'customer,date,amount\nu1,2026-01-01,1\nu1,2026-01-01,1\nu2,2026-02-30,1\n"u3, x",2026-01-01,2\n');
    const surprise = { kind: 'invalid-property', type: 'purchase', name: 'sku', action: 'block' } as const;
    const strict: QuarantineDeps['read'] = () => ({
      verdicts: [{ ok: false, code: 'SIGNAL_INVALID', message: 'sku was expected' }],
      surprises: [surprise],
    });
    const refused = { SIGNAL_INVALID: 3, SIGNAL_DATE_INVALID: 1 };
    expect(await importFile({ file, map }, { ...deps, read: strict })).toMatchObject({ quarantined: 4, reasons: refused });
    expect(deps.log.health().surprises).toMatchObject([{ ...surprise, times: 3 }]);
    expect(await resubmitPassing({}, { ...deps, read: strict })).toMatchObject({ accepted: 0, refused });
    rmSync(folder, { recursive: true });
    expect(await resubmitPassing({}, deps)).toMatchObject({ tried: 4, accepted: 3, duplicates: 0, refused: { SIGNAL_DATE_INVALID: 1 } });
    expect(deps.log.counts()).toEqual({ inbox: 3, quarantined: 1 });
    expect(listQuarantine({}, 1, deps.log)).toMatchObject([{ line: 4, raw: 'u2,2026-02-30,1' }]);
  });
});

describe('discarding', () => {
  it('closes entries with a reason that stays, and takes the same line again as a repeat', async () => {
    const { log } = open();
    await captureSignals([visit('a', { at: 'noon' }), visit('b', { at: 'noon' })], 'mcp', log);
    const [first] = listQuarantine({}, 2, log);
    const id = first?.id ?? '';
    expect(discardQuarantined([id], {}, ' a test ', log)).toBe(1);
    expect(showQuarantined(id, log)).toMatchObject({
      status: 'discarded',
      reason: 'a test',
      settledAt: '2026-01-31T08:00:00.000Z',
      acceptedAs: [],
    });
    expect(listQuarantine({}, 10, log)).toHaveLength(1);
    expect(listQuarantine({ status: 'discarded' }, 10, log)).toMatchObject([{ id }]);
    expect(await captureSignals([visit('a', { at: 'noon' })], 'mcp', log)).toMatchObject({ duplicates: 1, quarantined: 0 });
    expect(log.counts()).toEqual({ inbox: 0, quarantined: 1 });
  });

  it('closes all that a query names', async () => {
    const { log } = open();
    await captureSignals(
      Array.from({ length: 700 }, (_, index) => visit(`v-${index}`, { at: 'noon' })),
      'test.csv',
      log,
    );
    await captureSignals([visit('keep', { at: 'noon' })], 'shop', log);
    expect(discardQuarantined([], { source: 'test.csv' }, 'a test file', log)).toBe(700);
    expect(log.counts().quarantined).toBe(1);
  });

  it('refuses to close everything, without a reason, twice, or one that is not there, and then closes nothing', async () => {
    const { log } = open();
    await captureSignals([visit('a', { at: 'noon' })], 'mcp', log);
    const id = listQuarantine({}, 1, log)[0]?.id ?? '';
    const refusal = (code: string): Error => expect.objectContaining({ code }) as Error;
    expect(() => discardQuarantined([], {}, 'all', log)).toThrow(refusal('ARGUMENT_INVALID'));
    expect(() => discardQuarantined([id], {}, '  ', log)).toThrow(refusal('ARGUMENT_INVALID'));
    expect(() => discardQuarantined([id, 'q-none'], {}, 'both', log)).toThrow(refusal('QUARANTINE_NOT_FOUND'));
    expect(log.counts().quarantined).toBe(1);
    discardQuarantined([id], {}, 'once', log);
    expect(() => discardQuarantined([id], {}, 'twice', log)).toThrow(refusal('QUARANTINE_NOT_FOUND'));
    expect(showQuarantined(id, log).reason).toBe('once');
  });
});
