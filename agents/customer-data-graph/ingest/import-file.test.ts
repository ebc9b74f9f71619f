import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';

import { createMemoryContent } from '../../../test/fixtures/memory-content.ts';
import { createEventLog, type SqliteEventLog } from '../../adapters/sqlite/event-log.ts';
import { captureSignals } from './capture-signals.ts';
import { importFile, type ImportDeps } from './import-file.ts';
import type { IngestReport } from './ingest-interface.ts';
import { listQuarantine, resubmitSignal } from './quarantine-door.ts';
import { readPlainSignal } from './read-message.ts';

const logs: SqliteEventLog[] = [];

afterEach(async () => {
  await Promise.all(logs.splice(0).map((log) => log.close()));
});

interface Bench {
  readonly folder: string;
  readonly log: SqliteEventLog;
  readonly importText: (text: string | Uint8Array, map?: string, deps?: Partial<ImportDeps>) => Promise<IngestReport>;
}

function bench(): Bench {
  const folder = mkdtempSync(join(tmpdir(), 'cohortium-import-'));
  const log = createEventLog({ directory: join(folder, 'state'), currency: 'EUR', content: createMemoryContent() });
  logs.push(log);
  return {
    folder,
    log,
    importText: (text, map = simpleMap, deps = {}) => {
      const file = join(folder, 'sales.csv');
      writeFileSync(file, text);
      writeFileSync(join(folder, 'map.yaml'), map);
      return importFile({ file, map: join(folder, 'map.yaml') }, { log, currency: 'EUR', ...deps });
    },
  };
}

const simpleMap = 'columns: { customer: customer, at: date, amount: amount }';
const head = 'customer,date,amount\n';

function codes(report: IngestReport): Readonly<Record<string, number>> {
  expect(report.accepted + report.duplicates + report.quarantined).toBe(report.lines);
  return report.reasons;
}

describe('importing a good file', () => {
  it('takes every row, and the same file again changes nothing', async () => {
    const { importText, log } = bench();
    const text = `${head}u1,2026-01-01,1.50\nu2,2026-01-02,2\n`;
    expect(await importText(text)).toMatchObject({ lines: 2, accepted: 2, duplicates: 0, quarantined: 0, reasons: {} });
    expect(await importText(text)).toMatchObject({ lines: 2, accepted: 0, duplicates: 2, quarantined: 0 });
    expect(log.counts()).toEqual({ inbox: 2, quarantined: 0 });
  });

  it('counts equal rows of one file as many times as they stand there, unless told to drop them', async () => {
    const text = `${head}u1,2026-01-01,1\nu1,2026-01-01,1\nu1,2026-01-01,1\n`;
    expect(await bench().importText(text)).toMatchObject({ accepted: 3, duplicates: 0 });
    expect(await bench().importText(text, `${simpleMap}\nonDuplicate: drop`)).toMatchObject({ accepted: 1, duplicates: 2 });
  });

  it('recognises the old rows of an export that has grown', async () => {
    const { importText } = bench();
    await importText(`${head}u1,2026-01-01,1\nu1,2026-01-01,1\n`);
    expect(await importText(`${head}u1,2026-01-01,1\nu1,2026-01-01,1\nu1,2026-01-01,1\nu2,2026-01-01,1\n`)).toMatchObject({
      accepted: 2,
      duplicates: 2,
    });
  });

  it('reads gzip, quotes, tabs and blanks', async () => {
    const plain = `${head}"u,1",2026-01-01,"1.50"\n`;
    expect(await bench().importText(gzipSync(plain))).toMatchObject({ accepted: 1 });
    expect(await bench().importText(plain.replaceAll('"u,1"', 'u1').replaceAll(',', '\t'), `delimiter: tab\n${simpleMap}`)).toMatchObject({
      accepted: 1,
    });
    const blanks = ' 00004 0001 19970101  2   29.33\r\n 00004 0001 19970118  2   29.73\r\n';
    const map =
      'delimiter: whitespace\nheader: [master, customer, date, cds, amount]\ndateFormat: yyyyMMdd\ncolumns: { customer: customer, at: date, amount: amount, quantity: cds }';
    expect(await bench().importText(blanks, map)).toMatchObject({ lines: 2, accepted: 2 });
  });

  it('reads JSON Lines with a map, and without one when each line is a signal', async () => {
    const { importText, folder, log } = bench();
    const rows = '{"customer":"u1","date":"2026-01-01","amount":1.5}\n{"customer":"u2","date":"2026-01-01","amount":"2"}\nnot json\n';
    expect(codes(await importText(rows, `format: jsonl\n${simpleMap}`))).toEqual({ CSV_ROW_INVALID: 1 });
    const file = join(folder, 'signals.jsonl');
    const visit = { id: 'v1', type: 'visit', customer: { userId: 'u1' }, at: '2026-01-01', properties: {} };
    writeFileSync(file, `${JSON.stringify(visit)}\n${JSON.stringify({ ...visit, id: 'v2', type: 'teleport' })}\n[]\n`);
    expect(codes(await importFile({ file }, { log, currency: 'EUR' }))).toEqual({ SIGNAL_TYPE_UNKNOWN: 1, SIGNAL_INVALID: 1 });
  });

  it('turns negative purchases into returns when the map says so, per piece too', async () => {
    const map = 'columns: { customer: customer, at: date, amount: amount, quantity: n }\namountPer: piece\nnegative: return';
    expect(await bench().importText('customer,date,amount,n\nu1,2026-01-01,2.55,6\nu1,2026-01-02,2.55,-6\n', map)).toMatchObject({
      accepted: 2,
    });
  });

  it('makes declared attributes signals of their own, once per change, and counts lines all the same', async () => {
    const { importText, log } = bench();
    const text = 'customer,date,amount,country\nu1,2026-01-01,1,Germany\nu1,2026-01-02,1,Germany\nu1,2026-01-03,1,FR\nu2,2026-01-03,1,\n';
    const map = `${simpleMap}\nattributes: { residency: { column: country, values: { Germany: DE } } }`;
    expect(await importText(text, map)).toMatchObject({ lines: 4, accepted: 4 });
    expect(log.counts().inbox).toBe(4 + 2);
    expect(await importText(text, map)).toMatchObject({ accepted: 0, duplicates: 4 });
  });

  it('takes the type, further properties and constants from the map', async () => {
    const map = [
      'type: { column: kind, values: { newsletter: consent-event } }',
      'columns: { customer: customer, at: date, channel: { const: web } }',
      'properties: { purpose: { const: marketing }, granted: yes_no }',
    ].join('\n');
    expect(await bench().importText('kind,customer,date,yes_no\nnewsletter,u1,2026-01-01,no\n', map)).toMatchObject({ accepted: 1 });
  });

  it('says how far it is, never that it is done, and stops when asked', async () => {
    const { folder, log } = bench();
    const file = join(folder, 'big.csv');
    writeFileSync(file, `${head}${Array.from({ length: 500 }, (_, row) => `u${row},2026-01-01,1\n`).join('')}`);
    writeFileSync(join(folder, 'map.yaml'), simpleMap);
    const request = { file, map: join(folder, 'map.yaml') };
    const fractions: number[] = [];
    const deps = { log, currency: 'EUR', batchRows: 100 };
    const controller = new AbortController();
    const stopped = importFile(request, deps, {
      signal: controller.signal,
      onProgress: ({ fraction }) => {
        fractions.push(fraction);
        if (fractions.length === 2) controller.abort();
      },
    });
    await expect(stopped).rejects.toThrow('aborted');
    expect(Math.max(...fractions)).toBeLessThan(1);
    expect(log.counts().inbox).toBe(fractions.length * 100 - 1);
    expect(await importFile(request, deps)).toMatchObject({ lines: 500, duplicates: 199, accepted: 301 });
  });
});

describe('bad input', () => {
  it.each([
    ['a missing column', 'customer,date\nu1,2026-01-01\n', 'CSV_COLUMN_MISSING', "'amount' (map: columns.amount)"],
    ['a column that stands twice', 'customer,date,amount,amount\nu1,2026-01-01,1,2\n', 'CSV_COLUMN_MISSING', 'several columns'],
    ['nothing at all', '', 'CSV_EMPTY', 'no rows'],
    ['blank lines only', '\n \n', 'CSV_EMPTY', 'no rows'],
    ['a header only', head, 'CSV_EMPTY', 'no rows'],
    ['a header that is not UTF-8', Buffer.from([0xff, 0xfe, 0x63, 0x00, 0x0a]), 'CSV_ENCODING', 'header'],
    ['a header of 1 MB', `${'x'.repeat(1_000_000)}\n`, 'CSV_LINE_TOO_LONG', 'header'],
  ])('%s is refused before anything is imported', async (_what, text, code, clause) => {
    const { importText, log } = bench();
    await expect(importText(text)).rejects.toMatchObject({ code, message: expect.stringContaining(clause) as string });
    expect(log.counts()).toEqual({ inbox: 0, quarantined: 0 });
  });

  it.each([
    ['a wrong date', 'u1,2026-02-30,1', 'SIGNAL_DATE_INVALID', "'2026-02-30'"],
    ['a negative amount', 'u1,2026-01-01,-1', 'SIGNAL_AMOUNT_NEGATIVE', "'-1'"],
    ['an amount with a currency sign', 'u1,2026-01-01,€1', 'SIGNAL_AMOUNT_INVALID', "'€1'"],
    ['no amount', 'u1,2026-01-01,', 'SIGNAL_AMOUNT_INVALID', "''"],
    ['no customer', ',2026-01-01,1', 'SIGNAL_INVALID', 'customer'],
    ['an e-mail address as customer', 'jo@example.org,2026-01-01,1', 'SIGNAL_INVALID', 'in clear'],
    ['a field too many', 'u1,2026-01-01,1,2', 'CSV_ROW_INVALID', '3 fields were expected'],
    ['a field too few', 'u1,2026-01-01', 'CSV_ROW_INVALID', '3 fields were expected'],
    ['a quote inside a field', 'u1,2026-01-01,"1"2', 'CSV_ROW_INVALID', 'line 3'],
    ['a quote that is not closed', 'u1,2026-01-01,"1', 'CSV_ROW_INVALID', 'line 3'],
    ['1 MB on one line', `u1,2026-01-01,${'1'.repeat(1_000_000)}`, 'CSV_LINE_TOO_LONG', '65536 bytes'],
    ['invalid UTF-8', Buffer.concat([Buffer.from('u1,2026-01-01,'), Buffer.from([0xc3, 0x28])]), 'CSV_ENCODING', 'UTF-8'],
  ])('%s goes to quarantine and its neighbours go in', async (_what, line, code, clause) => {
    const { importText, log } = bench();
    const text = Buffer.concat([Buffer.from(`${head}a,2026-01-01,1\n`), Buffer.from(line), Buffer.from('\nb,2026-01-01,1\n')]);
    const report = await importText(text);
    expect(codes(report)).toEqual({ [code]: 1 });
    expect(report).toMatchObject({ lines: 3, accepted: 2, quarantined: 1 });
    const [entry] = listQuarantine({}, 10, log);
    expect(entry).toMatchObject({ source: 'sales.csv', line: 3, code, message: expect.stringContaining(clause) as string });
    expect(entry?.raw.slice(0, 10)).toBe(Buffer.from(line).toString('utf8', 0, 10));
  });

  it('a second currency goes to quarantine, whoever names it', async () => {
    const { importText } = bench();
    const map = 'columns: { customer: customer, at: date, amount: amount, currency: currency }';
    expect(codes(await importText('customer,date,amount,currency\nu1,2026-01-01,1,EUR\nu2,2026-01-01,1,USD\n', map))).toEqual({
      SIGNAL_CURRENCY_MIXED: 1,
    });
    expect(codes(await importText(`${head}u1,2026-01-01,1\n`, `${simpleMap}\ncurrency: USD`))).toEqual({ SIGNAL_CURRENCY_MIXED: 1 });
  });

  it('a repeated id is a duplicate with the same content and a conflict with other content', async () => {
    const { importText, log } = bench();
    const map = 'columns: { id: id, customer: customer, at: date, amount: amount }';
    const report = await importText(
      'id,customer,date,amount\n1,u1,2026-01-01,1\n1,u1,2026-01-01,1\n1,u1,2026-01-01,2\n,u1,2026-01-01,2\n',
      map,
    );
    expect(codes(report)).toEqual({ SIGNAL_ID_CONFLICT: 1, SIGNAL_INVALID: 1 });
    expect(report).toMatchObject({ accepted: 1, duplicates: 1, quarantined: 2 });
    expect(listQuarantine({}, 1, log)[0]?.message).toContain("id '1' was accepted before");
  });

  it('a quote that swallows the next line costs only its own line', async () => {
    const report = await bench().importText(`${head}u1,2026-01-01,"1\nu2,2026-01-01,2\nu3,2026-01-01,"3"\n`);
    expect(codes(report)).toEqual({ CSV_ROW_INVALID: 1 });
    expect(report).toMatchObject({ lines: 3, accepted: 2 });
  });

  it('a damaged gzip keeps what came before the damage', async () => {
    const { importText, log } = bench();
    const rows = Array.from({ length: 60_000 }, (_, row) => `u${(row * 7919) % 60_000},2026-01-01,${row}\n`).join('');
    const bytes = gzipSync(head + rows);
    await expect(importText(bytes.subarray(0, bytes.length - 2000))).rejects.toMatchObject({ code: 'FILE_INCOMPLETE' });
    expect(log.counts().inbox).toBeGreaterThan(0);
    expect(await importText(bytes)).toMatchObject({ lines: 60_000, quarantined: 0 });
  });

  it('a file that is not there and a CSV without a map are refused with what to do', async () => {
    const { log, folder } = bench();
    await expect(importFile({ file: join(folder, 'none.jsonl') }, { log, currency: 'EUR' })).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
      message: expect.stringContaining('there is no such file') as string,
    });
    await expect(importFile({ file: folder, map: folder }, { log, currency: 'EUR' })).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
      message: `${folder} cannot be read: this is a folder; name a file in it`,
    });
    await expect(importFile({ file: join(folder, 'x.csv') }, { log, currency: 'EUR' })).rejects.toMatchObject({
      code: 'ARGUMENT_INVALID',
      message: expect.stringContaining('--map') as string,
    });
  });

  it('of any kind at once loses nothing: accepted + duplicates + quarantined = lines', async () => {
    const line = fc.constantFrom(
      'u1,2026-01-01,1',
      'u1,2026-01-01,1',
      'u2,2026-01-02,2',
      'u3,never,1',
      'u3,2026-01-01,-1',
      'u3,2026-01-01,x',
      ',2026-01-01,1',
      'u3,2026-01-01',
      'u3,2026-01-01,"4',
      'u3,2026-01-01,"4"',
      'u3,2026-01-01,"4"5',
      `u3,2026-01-01,${'9'.repeat(300)}`,
      '\xff\xfe',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 25 }), fc.integer({ min: 1, max: 6 }), async (lines, batchRows) => {
        const { importText, log } = bench();
        const text = Buffer.from(head + lines.join('\n'), 'latin1');
        const report = await importText(text, simpleMap, { maxLineBytes: 128, batchRows });
        expect(report.accepted + report.duplicates + report.quarantined).toBe(report.lines);
        expect(log.counts()).toEqual({ inbox: report.accepted, quarantined: report.quarantined });
        const again = await importText(text, simpleMap, { maxLineBytes: 128, batchRows: 100 });
        expect(again).toMatchObject({ lines: report.lines, accepted: 0, duplicates: report.accepted, quarantined: report.quarantined });
      }),
      { numRuns: 40 },
    );
  });
});

describe('the quarantine', () => {
  it('keeps an entry until a correction is accepted, and remembers that it was', async () => {
    const { log, importText } = bench();
    const text = `${head}u1,2026-02-30,1\n`;
    await importText(text);
    const [entry] = listQuarantine({}, 10, log);
    const id = entry?.id ?? '';
    const corrected = {
      id: 'c1',
      type: 'purchase',
      customer: { userId: 'u1' },
      at: '2026-02-28',
      properties: { amountMinor: 100, currency: 'EUR' },
    };
    expect(resubmitSignal(id, { ...corrected, at: 'soon' }, { log, read: readPlainSignal })).toMatchObject({
      quarantined: 1,
      entries: [{ id, code: 'SIGNAL_DATE_INVALID' }],
    });
    expect(listQuarantine({}, 10, log)).toEqual([entry]);
    expect(resubmitSignal(id, corrected, { log, read: readPlainSignal })).toMatchObject({ accepted: 1, quarantined: 0 });
    expect(listQuarantine({}, 10, log)).toEqual([]);
    expect(() => resubmitSignal(id, corrected, { log, read: readPlainSignal })).toThrow(
      expect.objectContaining({ code: 'QUARANTINE_NOT_FOUND' }) as Error,
    );
    expect(await importText(text)).toMatchObject({ duplicates: 1, quarantined: 0 });
  });

  it('takes a correction only once even when its id is taken by something else', async () => {
    const { log } = bench();
    const visit = { id: 'v', type: 'visit', customer: { userId: 'u1' }, at: '2026-01-01', properties: {} };
    const report = await captureSignals([visit, { ...visit, at: '2026-01-02' }], 'test', log);
    expect(report).toMatchObject({ accepted: 1, quarantined: 1, entries: [{ code: 'SIGNAL_ID_CONFLICT', line: 2, source: 'test' }] });
    const id = report.entries[0]?.id ?? '';
    expect(resubmitSignal(id, { ...visit, at: '2026-01-02' }, { log, read: readPlainSignal })).toMatchObject({ quarantined: 1 });
    expect(resubmitSignal(id, { ...visit, id: 'w', at: '2026-01-02' }, { log, read: readPlainSignal })).toMatchObject({ accepted: 1 });
    expect(log.counts()).toEqual({ inbox: 2, quarantined: 0 });
  });

  it('keeps what is nested without end from taking its neighbours with it', async () => {
    const { log } = bench();
    const deep = (open: string, close: string): unknown => JSON.parse(`${open.repeat(20_000)}1${close.repeat(20_000)}`);
    const visit = { id: 'v', type: 'visit', customer: { userId: 'u1' }, at: '2026-01-01', properties: {} };
    const report = await captureSignals([visit, deep('[', ']'), { ...visit, id: 'w', properties: deep('{"a":', '}') }], 'test', log);
    expect(report).toMatchObject({ accepted: 1, quarantined: 2 });
    expect(report.entries[1]?.raw).toMatch(/^\{"id":"w",.*\{"a":"…"\}+$/);
  });

  it('shows at most 4 KiB of an entry', async () => {
    const { log } = bench();
    await captureSignals([{ type: 'visit', properties: { page: 'x'.repeat(10_000) } }], 'test', log);
    expect(listQuarantine({}, 1, log)[0]?.raw).toHaveLength(4096);
  });
});
