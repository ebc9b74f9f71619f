/**
 * Bad input through the real command line: each case is answered with its code, with what was found and what to do, with the
 * documented exit code and one JSON document; and nothing that was there before, nor any good line beside a bad one, is lost.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { IngestReport, QuarantineEntry, RunReport } from '../../agents/customer-data-graph/interface.ts';
import { exitCodes } from '../../mcp-server/cli/exit-codes.ts';
import type { FailureReport } from '../../mcp-server/failure-report.ts';
import { cohortium, cohortiumJson, repositoryRoot, temporaryFolder } from './command-line.ts';

const header = 'id,customer,date,amount,currency,store';
const map = `columns: { id: id, customer: customer, at: date, amount: amount, currency: currency, location: store }
currency: EUR
dateFormat: yyyy-MM-dd
`;
const folder = temporaryFolder();
const shop = join(folder, 'shop');

interface Ended<Document> {
  readonly status: number;
  readonly document: Document;
}

/** Runs a command with --json; throws unless stdout is exactly one JSON document. */
async function ended<Document>(parameters: readonly string[], directory = shop): Promise<Ended<Document>> {
  const { status, stdout } = await cohortium([...parameters, '--dir', directory, '--json']);
  return { status, document: JSON.parse(stdout) as Document }; // the caller names the documented shape
}

const failed = (parameters: readonly string[], directory = shop): Promise<Ended<{ readonly error: FailureReport }>> =>
  ended(parameters, directory);

/** Writes a CSV file and its map. @returns the parameters that ingest it */
function csv(name: string, content: string | Buffer, mapText = map): readonly string[] {
  const file = join(folder, name);
  writeFileSync(file, content);
  writeFileSync(`${file}.map.yaml`, mapText);
  return ['ingest', file, '--map', `${file}.map.yaml`];
}

const lines = (...rows: readonly string[]): string => `${[header, ...rows].join('\n')}\n`;
const goodRows = ['g-1,ada,2026-01-05,10.00,EUR,Berlin', 'g-2,ada,2026-01-19,12.50,EUR,Berlin', 'g-3,bob,2026-01-07,8.00,EUR,Hamburg'];
const good = csv('good.csv', lines(...goodRows));

/** Good lines that are still known: taking the same file again must accept nothing and refuse nothing. */
async function countKnown(): Promise<number> {
  const { accepted, duplicates, quarantined } = (await ended<IngestReport>(good)).document;
  return accepted + quarantined === 0 ? duplicates : Number.NaN;
}

beforeAll(async () => {
  await cohortiumJson(['init', shop, '--currency', 'EUR']);
  await cohortiumJson([...good, '--dir', shop]);
});

describe('a file that cannot be imported is refused before anything is taken', () => {
  it.each([
    {
      fault: 'a missing column',
      given: csv('missing.csv', 'id,customer,day,amount,currency,store\nm-1,ada,2026-01-05,10.00,EUR,Berlin\n'),
      code: 'CSV_COLUMN_MISSING',
      found: ["'date'", 'columns.at', 'id, customer, day, amount, currency, store'],
    },
    { fault: 'an empty file', given: csv('empty.csv', ''), code: 'CSV_EMPTY', found: ['empty.csv', 'no rows'] },
    { fault: 'a header and nothing else', given: csv('header.csv', `${header}\n`), code: 'CSV_EMPTY', found: ['header.csv', 'no rows'] },
    {
      fault: '1 MB on one line and nothing else',
      given: csv('one-line.csv', 'x'.repeat(1_000_000)),
      code: 'CSV_LINE_TOO_LONG',
      found: ['line 1', '65536 bytes', 'nothing was imported'],
    },
    {
      fault: 'a header that is not UTF-8',
      given: csv('latin.csv', Buffer.from('id,customer,date,amount,currency,gesch\xe4ft\n', 'latin1')),
      code: 'CSV_ENCODING',
      found: ['line 1', 'not UTF-8', 'nothing was imported'],
    },
    {
      fault: 'a map with a misspelt key',
      given: csv('map.csv', lines('m-1,ada,2026-01-05,10.00,EUR,Berlin'), map.replace('dateFormat', 'dateFormt')),
      code: 'CSV_MAP_INVALID',
      found: ['map.csv.map.yaml:3:1', "'dateFormt'"],
    },
    { fault: 'no such file', given: ['ingest', join(folder, 'absent.jsonl')], code: 'FILE_UNREADABLE', found: ['absent.jsonl'] },
  ])('$fault: $code', async ({ given, code, found }) => {
    const { status, document } = await failed(given);
    expect(document.error).toMatchObject({ code, help: expect.stringMatching(/\w/) });
    for (const words of found) expect(document.error.message).toContain(words);
    expect(status).toBe(code === 'ARGUMENT_INVALID' ? exitCodes.usage : exitCodes.badInput);
  });

  it('leaves what was there before, and an empty quarantine', async () => {
    expect(await countKnown()).toBe(goodRows.length);
    expect((await ended(['signals', 'quarantine'])).document).toEqual({ entries: [] });
  });
});

describe('bad lines go to quarantine and their neighbours are taken', () => {
  const rows = [
    'b-1,cyd,2026-01-05,10.00,EUR,Berlin',
    'b-2,cyd,2026-13-05,10.00,EUR,Berlin',
    'b-3,cyd,2026-01-06,-10.00,EUR,Berlin',
    'b-1,cyd,2026-01-05,10.00,EUR,Berlin',
    'b-1,cyd,2026-01-05,99.00,EUR,Berlin',
    'b-4,cyd,2026-01-07,10.00,USD,Berlin',
    'b-5,cyd,2026-01-08,10.00,EUR,M\xfcnchen',
    'x'.repeat(1_000_000),
    'b-6,cyd,2026-01-09,10.00,EUR',
    'b-7,cyd,2026-01-10,10.00,EUR,Berlin',
  ];
  const mixed = csv('mixed.csv', Buffer.from(lines(...rows), 'latin1'));
  let first: Ended<IngestReport>;
  let entries: readonly QuarantineEntry[];

  beforeAll(async () => {
    first = await ended<IngestReport>(mixed);
    ({ entries } = (await ended<{ readonly entries: readonly QuarantineEntry[] }>(['signals', 'quarantine'])).document);
  });

  it('counts every line as accepted, duplicate or quarantined', () => {
    expect(first.status).toBe(exitCodes.ok);
    expect(first.document).toMatchObject({ lines: rows.length, accepted: 2, duplicates: 1, quarantined: 7 });
    expect(entries).toHaveLength(7);
  });

  it.each([
    { line: 3, code: 'SIGNAL_DATE_INVALID', found: "'2026-13-05'" },
    { line: 4, code: 'SIGNAL_AMOUNT_NEGATIVE', found: "'-10.00'" },
    { line: 6, code: 'SIGNAL_ID_CONFLICT', found: "'b-1'" },
    { line: 7, code: 'SIGNAL_CURRENCY_MIXED', found: 'found USD' },
    { line: 8, code: 'CSV_ENCODING', found: 'line 8' },
    { line: 9, code: 'CSV_LINE_TOO_LONG', found: 'line 9 is longer than 65536 bytes' },
    { line: 10, code: 'CSV_ROW_INVALID', found: 'found 5' },
  ])('line $line: $code', ({ line, code, found }) => {
    const entry = entries.find((one) => one.line === line);
    expect(entry).toMatchObject({ source: 'mixed.csv', code, message: expect.stringContaining(found) });
    expect(entry?.raw.slice(0, 3)).toBe(rows[line - 2]?.slice(0, 3));
  });

  it('takes the corrected line in place of the refused one, once', async () => {
    const wrongDate = entries.find(({ code }) => code === 'SIGNAL_DATE_INVALID');
    const signal = JSON.stringify({
      id: 'b-2',
      type: 'purchase',
      customer: { userId: 'cyd' },
      at: '2026-01-05T00:00:00Z',
      location: 'Berlin',
      properties: { amountMinor: 1000, currency: 'EUR' },
    });
    const correct = ['signals', 'quarantine', 'resubmit', wrongDate?.id ?? '', '--signal', signal];
    expect((await ended(correct)).document).toMatchObject({ accepted: 1, quarantined: 0 });
    const { entries: left } = (await ended<{ readonly entries: readonly QuarantineEntry[] }>(['signals', 'quarantine'])).document;
    expect(left.map(({ id }) => id)).toEqual(entries.filter((entry) => entry !== wrongDate).map(({ id }) => id));
  });

  it('counts the same file again as known or still refused, and leaves what was there before', async () => {
    const { document } = await ended<IngestReport>(mixed);
    expect(document).toMatchObject({ lines: rows.length, accepted: 0, duplicates: 4, quarantined: 6 });
    expect(await countKnown()).toBe(goodRows.length);
  });

  it('ends with 1 when --strict, and when no line at all could be taken', async () => {
    expect((await ended([...mixed, '--strict'])).status).toBe(exitCodes.negative);
    const foreign = await ended<IngestReport>(csv('usd.csv', lines('u-1,ada,2026-01-05,10.00,USD,Berlin')));
    expect(foreign).toMatchObject({ status: exitCodes.negative, document: { quarantined: 1, reasons: { SIGNAL_CURRENCY_MIXED: 1 } } });
  });
});

describe('a faulty pipeline', () => {
  const steps = (...list: readonly string[]): string => `pipeline: faulty\nversion: 1\nsteps:\n${list.join('\n')}\n`;
  const signals = '  - id: signals\n    skill: signal-capture';

  it.each([
    {
      fault: 'cycle',
      text: steps(`${signals}\n    after: [cohort]`, '  - id: cohort\n    skill: cohort\n    after: [signals]'),
      code: 'PIPELINE_CYCLE',
      found: ['signals', 'cohort'],
      at: { line: 6, column: 5 },
    },
    {
      fault: 'unknown-skill',
      text: steps(signals, '  - id: cohort\n    skill: cohrt\n    after: [signals]'),
      code: 'PIPELINE_SKILL_UNKNOWN',
      found: ["'cohrt'", 'signal-capture, cohort'],
      at: { line: 7, column: 5 },
    },
    {
      fault: 'bad-predicate',
      text: steps(
        signals,
        '  - id: cohort\n    skill: cohort\n    after: [signals]\n    when: { path: signals.events, op: bigger, value: 0 }',
      ),
      code: 'PIPELINE_PREDICATE_INVALID',
      found: ['"bigger"', '{ path, op, value }'],
      at: { line: 9, column: 5 },
    },
  ])('$fault: lint says $code with file, line and column, and run refuses to start', async ({ fault, text, code, found, at }) => {
    const file = `pipelines/${fault}.yaml`;
    writeFileSync(join(shop, file), text);
    const place = { file, ...at };
    const linted = await ended<{ readonly ok: boolean; readonly diagnostics: FailureReport['diagnostics'] }>(['lint', file]);
    expect(linted).toMatchObject({ status: exitCodes.negative, document: { ok: false } });
    const diagnostic = linted.document.diagnostics.find((one) => one.code === code);
    expect(diagnostic).toMatchObject({ severity: 'error', at: place });
    for (const words of found) expect(diagnostic?.message).toContain(words);

    const refused = await failed(['run', file, '--as-of', '2026-01-31']);
    expect(refused).toMatchObject({ status: exitCodes.badInput, document: { error: { code } } });
    expect(refused.document.error.message).toContain(`${file}:${at.line}:${at.column}`);
    rmSync(join(shop, file));
  });

  it('is said in words that an editor can follow, too', async () => {
    const file = 'pipelines/words.yaml';
    writeFileSync(join(shop, file), steps(signals, '  - id: cohort\n    skill: cohrt'));
    const { stdout, status } = await cohortium(['lint', file, '--dir', shop]);
    expect(status).toBe(exitCodes.negative);
    expect(stdout).toContain(`${file}:7:5: error PIPELINE_SKILL_UNKNOWN`);
    rmSync(join(shop, file));
  });

  it('leaves no run behind', async () => {
    expect((await ended(['runs'])).document).toEqual({ runs: [] });
    expect(await countKnown()).toBe(goodRows.length);
  });
});

describe('a second process on the same store', () => {
  let holder: ChildProcess;

  /** A process that holds the directory: the server, once it has said where it listens. */
  beforeAll(async () => {
    const main = join(repositoryRoot, 'mcp-server', 'cli', 'main.ts');
    const serve = ['--conditions=cohortium-source', main, 'serve', '--port', '0', '--json', '--dir', shop];
    holder = spawn(process.execPath, serve, { stdio: ['ignore', 'pipe', 'ignore'] });
    await new Promise((resolve) => holder.stdout?.once('data', resolve));
  });
  afterAll(() => holder.kill('SIGKILL'));

  it.each([
    { name: 'ingest', parameters: good },
    { name: 'run', parameters: ['run', 'pipelines/clv.yaml', '--as-of', '2026-01-31'] },
  ])('$name: STORE_BUSY, naming the process and the directory', async ({ parameters }) => {
    const { status, document } = await failed(parameters);
    expect(status).toBe(exitCodes.store);
    expect(document.error).toMatchObject({ code: 'STORE_BUSY', isRetryable: true });
    expect(document.error.message).toContain(`process ${holder.pid}`);
    expect(document.error.message).toContain(shop);
  });

  it('may look', async () => {
    expect((await ended(['runs'])).status).toBe(exitCodes.ok);
    expect((await ended(['signals', 'quarantine'])).status).toBe(exitCodes.ok);
  });

  it('can write once the first was killed', async () => {
    const gone = new Promise((resolve) => holder.once('close', resolve));
    holder.kill('SIGKILL');
    await gone;
    expect(await countKnown()).toBe(goodRows.length);
  });
});

describe('a full disk', () => {
  const disk = join(folder, 'disk');
  const directory = join(disk, 'shop');
  const ballast = join(disk, 'ballast');
  const customers = 400;
  const rows = Array.from({ length: 24_000 }, (_, at) => {
    const day = new Date(Date.UTC(2024, 0, 1 + ((at * 37) % 700))).toISOString().slice(0, 10);
    return `d-${at},customer-${(at * at) % customers},${day},${10 + (at % 90)}.00,EUR,Berlin`;
  });
  const many = csv('many.csv', lines(...rows));
  const run = ['run', 'pipelines/clv.yaml', '--as-of', '2025-11-30'];
  mkdirSync(disk);
  const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', disk]).status === 0;
  afterAll(() => void (isMounted && spawnSync('umount', ['-l', disk])));

  it('is said with STORE_FULL, keeps what was acknowledged, and work goes on once there is space', async (context) => {
    if (!isMounted) context.skip('a small disk can only be mounted by root on Linux');
    await cohortiumJson(['init', directory]);
    fill(disk, ballast, 2300);
    const full = await failed(many, directory);
    expect(full).toMatchObject({ status: exitCodes.store, document: { error: { code: 'STORE_FULL' } } });
    expect(full.document.error.message).toContain('inbox.db');

    rmSync(ballast);
    const { document } = await ended<IngestReport>(many, directory);
    expect(document.duplicates).toBeGreaterThan(0);
    expect((document.duplicates + 1) % 5000).toBe(0); // whole transactions of 5,000 records, the header being one
    expect(document).toMatchObject({ lines: rows.length, accepted: rows.length - document.duplicates, quarantined: 0 });
  });

  it('stops a run with STORE_FULL, and the run is finished once there is space', async (context) => {
    if (!isMounted) context.skip('a small disk can only be mounted by root on Linux');
    fill(disk, ballast, 700);
    const full = await failed(run, directory);
    expect(full).toMatchObject({ status: exitCodes.store, document: { error: { code: 'STORE_FULL' } } });

    rmSync(ballast);
    const { status, document } = await ended<RunReport>(run, directory);
    expect(status).toBe(exitCodes.ok);
    expect(document.steps.find(({ id }) => id === 'signals')?.output).toMatchObject({ events: rows.length, quarantined: 0 });
    const { runs } = (await ended<{ readonly runs: readonly RunReport[] }>(['runs'], directory)).document;
    expect(runs.map((one) => one.status)).toEqual(runs.map(() => 'completed'));
    expect((await ended(['verify'], directory)).document).toMatchObject({ verified: true });
  });
});

/** Fills a disk but for some KiB. */
function fill(disk: string, ballast: string, leftKib: number): void {
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(ballast, Buffer.alloc(bavail * bsize - leftKib * 1024));
}
