/** Files of messages as SDKs and CloudEvents senders make them, by the shipped signal registry. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, describe, expect, it } from 'vitest';

import { createMemoryContent } from '../../../test/fixtures/memory-content.ts';
import { registryWith } from '../../../test/fixtures/signal-registry.ts';
import { createEventLog, type SqliteEventLog } from '../../adapters/sqlite/event-log.ts';
import { importFile } from './import-file.ts';
import type { IngestReport, IngestRequest } from './ingest-interface.ts';
import { listQuarantine } from './quarantine-door.ts';
import { makeMessageReader } from './read-message.ts';

const logs: SqliteEventLog[] = [];

afterEach(async () => {
  await Promise.all(logs.splice(0).map((log) => log.close()));
});

function bench(plan = ''): {
  readonly log: SqliteEventLog;
  readonly take: (lines: readonly unknown[], request?: Partial<IngestRequest>) => Promise<IngestReport>;
} {
  const folder = mkdtempSync(join(tmpdir(), 'cohortium-messages-'));
  const log = createEventLog({ directory: join(folder, 'state'), currency: 'EUR', content: createMemoryContent() });
  logs.push(log);
  const read = makeMessageReader(registryWith(plan), 'EUR');
  return {
    log,
    take: (lines, request = {}) => {
      const file = join(folder, 'archive.ndjson');
      writeFileSync(file, lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(''));
      return importFile({ file, ...request }, { log, currency: 'EUR', read });
    },
  };
}

const viewed = (messageId: string, changes: object = {}): object => ({
  type: 'page',
  messageId,
  userId: 'u-1',
  timestamp: '2026-01-31T10:00:00.000Z',
  properties: { path: '/shoes' },
  ...changes,
});

describe('an archive of Segment calls', () => {
  it('becomes signals, once each, and calls that say nothing are counted as such', async () => {
    const { take, log } = bench();
    const lines = [
      viewed('m-1'),
      viewed('m-2'),
      viewed('m-1'),
      { type: 'identify', messageId: 'm-3', userId: 'u-1', traits: {} },
      'not json',
    ];
    const report = await take(lines, { format: 'segment' });
    expect(report).toMatchObject({ lines: 5, accepted: 2, duplicates: 1, empty: 1, reasons: { CSV_ROW_INVALID: 1 } });
    expect(report.accepted + report.duplicates + report.quarantined + report.empty).toBe(report.lines);
    expect(await take(lines, { format: 'segment' })).toMatchObject({ accepted: 0, duplicates: 3 });
    expect(log.counts()).toEqual({ inbox: 2, quarantined: 1 });
  });

  it('keeps no address in clear of what it refuses', async () => {
    const { take, log } = bench();
    const lines = [
      { type: 'track', event: 'Ghost Seen', messageId: 'm-1', userId: 'u-1', timestamp: '2026-01-31', traits: { email: 'jo@example.org' } },
    ];
    expect(await take(lines, { format: 'segment' })).toMatchObject({ quarantined: 1 });
    expect(listQuarantine({}, 1, log)[0]?.raw).not.toContain('jo@');
    expect(log.health().surprises).toMatchObject([{ kind: 'unplanned-event', name: 'Ghost Seen', times: 1 }]);
  });
});

describe('a plan that leaves out what it does not know', () => {
  it('has events counted that no type claims, although nothing of them is kept', async () => {
    const { take, log } = bench('version: 1\ndefaults: { surprises: { events: omit } }');
    const ghost = { type: 'track', event: 'Ghost Seen', userId: 'u-1', timestamp: '2026-01-31' };
    expect(
      await take([{ ...ghost, messageId: 'm-1' }, { ...ghost, messageId: 'm-2' }, viewed('m-3')], { format: 'segment' }),
    ).toMatchObject({
      lines: 3,
      accepted: 1,
      empty: 2,
      quarantined: 0,
    });
    expect(log.health().surprises).toMatchObject([{ kind: 'unplanned-event', name: 'Ghost Seen', action: 'omit', times: 2 }]);
  });
});

describe('a file of CloudEvents', () => {
  it('becomes signals', async () => {
    const { take } = bench();
    const event = {
      specversion: '1.0',
      id: 'e-1',
      source: '/shop',
      type: 'com.example.signal.visit.v1',
      time: '2026-01-31T10:00:00Z',
      subject: 'user:u-1',
      data: {},
    };
    const report = await take([event, event, { ...event, specversion: '9' }], { format: 'cloud-event' });
    expect(report).toMatchObject({ lines: 3, accepted: 1, duplicates: 1, quarantined: 1 });
  });
});

describe('a format', () => {
  it('is not given together with a map', async () => {
    const { take } = bench();
    const map = join(mkdtempSync(join(tmpdir(), 'cohortium-map-')), 'map.yaml');
    writeFileSync(map, 'columns: { customer: customer, at: date, amount: amount }');
    await expect(take([{}], { map, format: 'segment' })).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
  });
});
