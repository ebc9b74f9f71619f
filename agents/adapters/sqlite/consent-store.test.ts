import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { validateSignal } from '../../../skills/signal-capture/validate-signal.ts';
import { type ConsentReaderDeps, readConsents } from '../../customer-data-graph/consents/consent-reader.ts';
import { createConsentSignals } from '../duckdb/consent-signals.ts';
import { createContentStore } from '../files/content-store.ts';
import { createConsentStore, type SqliteConsentStore } from './consent-store.ts';
import { createEventLog, type SqliteEventLog } from './event-log.ts';
import { openDatabase } from './open-database.ts';

const { signal } = new AbortController();

describe('the consent store', () => {
  let directory: string;
  let log: SqliteEventLog;
  let store: SqliteConsentStore;
  let deps: ConsentReaderDeps;
  let serial = 0;

  const open = (): void => {
    const content = createContentStore(join(directory, 'content'));
    log = createEventLog({ directory, currency: 'EUR', content });
    store = createConsentStore({ directory });
    deps = { log, store, signals: createConsentSignals({ segments: join(directory, 'segments'), content }) };
  };
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'cohortium-consents-'));
    open();
  });
  afterEach(async () => {
    store.close();
    await log.close();
    rmSync(directory, { recursive: true });
  });

  const append = (type: string, at: string, properties: object, userId = 'anna'): Promise<unknown> => {
    const raw = { id: `e-${serial++}`, type, customer: { userId }, at, properties };
    return log.append([{ source: 'test', line: 1, raw: () => '', verdicts: [validateSignal(raw)] }]);
  };
  const say = (at: string, purpose: string, granted: boolean, more: object = {}): Promise<unknown> =>
    append('consent-event', at, { purpose, granted, ...more });
  const seal = () => log.seal({}, { signal, idempotencyKey: `seal-${serial++}` });
  const everything = (of: SqliteConsentStore) =>
    of.answersOf(['user:anna'], Number.MAX_SAFE_INTEGER).map(({ place: _place, ...row }) => row);

  it('has a row for each consent-event, from the inbox and from segments, each once', async () => {
    await say('2026-01-01', 'marketing', true, {
      method: 'form',
      noticeVersion: '3',
      servedNotice: 'n-1',
      jurisdiction: 'EU',
      scope: 'web',
    });
    await append('visit', '2026-01-01', {});
    // Text that looks like the type is not the type.
    await append('review', '2026-01-01', { rating: 1, body: '"consent-event"' }).catch(() => undefined);
    await seal();
    await say('2026-01-02', 'marketing', false, { string: 'DBABLA~CAARAAAAAABA.YA', method: 'gpp', mode: 'opt-out' });
    await readConsents(deps, signal);
    await readConsents(deps, signal);
    expect(everything(store)).toEqual([
      expect.objectContaining({
        purpose: 'marketing',
        granted: true,
        method: 'form',
        noticeVersion: '3',
        servedNotice: 'n-1',
        jurisdiction: 'EU',
        scope: 'web',
      }),
      expect.objectContaining({ granted: false, method: 'gpp', mode: 'opt-out', string: 'DBABLA~CAARAAAAAABA.YA', noticeVersion: null }),
    ]);
    expect(store.newest('user:anna', 'marketing')?.granted).toBe(false);
    await seal();
    await readConsents(deps, signal);
    expect(everything(store)).toHaveLength(2);
  });

  it('does not miss what came in while the inbox was emptied, where its numbers begin anew', async () => {
    await say('2026-01-01', 'sale', false);
    await readConsents(deps, signal);
    await seal();
    await say('2026-01-02', 'sharing', false);
    await say('2026-01-03', 'sale', true);
    await readConsents(deps, signal);
    expect(everything(store).map(({ purpose }) => purpose)).toEqual(['sale', 'sharing', 'sale']);
  });

  it('is the same when it is made again from the log', async () => {
    await say('2026-01-02', 'sale', false);
    await seal();
    await say('2026-01-01', 'sale', true);
    await readConsents(deps, signal);
    await seal();
    await say('2026-01-02', 'profiling', false);
    await readConsents(deps, signal);
    const before = everything(store);
    store.close();
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(directory, `consents.db${suffix}`), { force: true });
    await log.close();
    open();
    await readConsents(deps, signal);
    expect(everything(store)).toEqual(before);
    expect(before).toHaveLength(3);
  });

  it('reads again what a killed process had not taken, and takes all of it or nothing', async () => {
    await say('2026-01-01', 'sale', false);
    await readConsents(deps, signal);
    await say('2026-01-02', 'sharing', false);
    await say('2026-01-03', 'marketing', false);
    const killed = () => {
      throw new Error('killed');
    };
    await expect(readConsents({ ...deps, store: { ...store, take: killed } }, signal)).rejects.toThrow('killed');
    const broken = log.tail('consent-event', store.place());
    expect(broken.rows).toHaveLength(2);
    const rows = [{ ...everything(store)[0], event: 'x' }, { event: 'y' }] as never; // the second has no owner, which the table refuses
    expect(() => store.take({ waiting: rows, sealed: [], segments: [], place: { ordinal: 0, seq: 99 } })).toThrow('NOT NULL');
    expect(everything(store)).toHaveLength(1);
    await readConsents(deps, signal);
    expect(everything(store)).toHaveLength(3);
  });

  it('refuses to change or remove a row', async () => {
    await say('2026-01-01', 'sale', false);
    await readConsents(deps, signal);
    const database = openDatabase(join(directory, 'consents.db'), '');
    expect(() => database.exec('UPDATE consent SET granted = 1')).toThrow('never changed');
    expect(() => database.exec('DELETE FROM consent')).toThrow('never removed');
    expect(() => database.exec('INSERT OR REPLACE INTO consent SELECT * FROM consent')).toThrow('never');
    database.close();
  });

  it('knows which refusals a run did not see: those after its snapshot, and those after its day', async () => {
    await say('2026-01-01', 'sale', false);
    await say('2026-02-01', 'profiling', false);
    await seal();
    const segments = log.tail('consent-event', { ordinal: 0, seq: 0 }).segments.map(({ digest }) => digest);
    await say('2025-12-01', 'marketing', false);
    await say('2026-01-01', 'sharing', true);
    await say('2027-01-01', 'gpc', false);
    await readConsents(deps, signal);
    const after = (asOf: string, now: string) =>
      store
        .refusalsAfter({ segments, asOfEndMs: Date.parse(asOf) + 86_400_000, nowMs: Date.parse(now) })
        .map(({ purpose }) => purpose)
        .sort();
    expect(after('2026-01-15', '2026-01-15')).toEqual(['marketing']);
    expect(after('2026-01-15', '2026-02-02')).toEqual(['marketing', 'profiling']);
    expect(after('2026-03-01', '2026-03-01')).toEqual(['marketing']);
  });
});
