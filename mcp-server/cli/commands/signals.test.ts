/** What an operator reads who takes files in and clears the quarantine, on a real directory. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { loadAgentModule } from '../../open-agent.ts';
import { exitCodes } from '../exit-codes.ts';
import { runCli } from '../program.ts';

const folder = mkdtempSync(join(tmpdir(), 'signals-cli-'));
const shop = join(folder, 'my shops', 'shop');

beforeAll(async () => {
  await type(['init', 'my shops/shop'], folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function type(
  argv: readonly string[],
  cwd = shop,
): Promise<{ readonly out: string; readonly err: string; readonly exitCode: number }> {
  const written = { out: '', err: '' };
  const exitCode = await runCli(argv, {
    command: 'cohortium',
    writeOut: (text: string) => (written.out += text),
    writeErr: (text: string) => (written.err += text),
    now: () => 0,
    isOutTerminal: false,
    isErrTerminal: false,
    columns: 100,
    env: {},
    cwd,
    loadAgentModule,
    onInterrupt: () => () => undefined,
  });
  return { ...written, exitCode };
}

async function document(argv: readonly string[]): Promise<unknown> {
  return JSON.parse((await type([...argv, '--json'])).out);
}

const map = 'columns: { id: id, customer: c, at: at, amount: a }\n';

/** Takes in a CSV file of these rows under the header id,c,at,a. */
async function ingest(name: string, rows: readonly string[], head = 'id,c,at,a'): ReturnType<typeof type> {
  writeFileSync(join(shop, 'map.yaml'), map);
  writeFileSync(join(shop, name), [head, ...rows, ''].join('\n'));
  return type(['ingest', name, '--map', 'map.yaml']);
}

async function reasons(source: string): Promise<readonly string[]> {
  const { entries } = (await document(['signals', 'quarantine', '--source', source])) as { entries: readonly { message: string }[] };
  return entries.map(({ message }) => message);
}

describe('a directory whose name has blanks', () => {
  it('is quoted in the command to go there', async () => {
    expect((await type(['init', 'other shops/shop'], folder)).out).toContain("cd 'other shops/shop'\n");
  });
});

describe('rows that are refused', () => {
  it('say what is wrong with a year, an amount that is too large, and a decimal comma', async () => {
    await ingest('values.csv', ['1,u,2999-01-01,1', '2,u,2026-02-30,1', '3,u,2026-01-01,99999999999999999999', '4,u,2026-01-01,"1,00"']);
    expect(await reasons('values.csv')).toEqual([
      "at: a year from 1900 to 2199 was expected; found '2999-01-01'",
      "at: an ISO date such as 2026-01-31 or 2026-01-31T12:00:00Z was expected; found '2026-02-30'",
      "amount: an amount below 2^53 minor units was expected; found '99999999999999999999'",
      "amount: a decimal number such as 29.33, with a point before the cents, was expected; found '1,00'",
    ]);
  });

  it('are not followed by the claim that others are in when none are', async () => {
    const { out, exitCode } = await ingest('none.csv', ['9,u,never,1']);
    expect(out).toContain('Next: cohortium signals quarantine  # shows them\n');
    expect(exitCode).toBe(exitCodes.negative);
    expect((await ingest('some.csv', ['10,u,never,1', '11,u,2026-01-01,1'])).out).toContain('# shows them; the others are in\n');
  });

  it('of JSON say in words what a signal lacks, and what a list without end is', async () => {
    const lines = [
      '{"id":"s-1","type":"visit","at":"1899-12-31"}',
      '{"id":"s-2","type":"visit","at":"1899-12-31","customer":{"userId":"u"},"properties":{}}',
    ];
    writeFileSync(join(shop, 's.jsonl'), [...lines, '['.repeat(30_000) + ']'.repeat(30_000), ''].join('\n'));
    await type(['ingest', 's.jsonl']);
    expect(await reasons('s.jsonl')).toEqual([
      'customer: an object was expected; found nothing. properties: an object was expected; found nothing',
      'at: a year from 1900 to 2199 was expected; found "1899-12-31"',
      'an object was expected; found a list',
    ]);
  });
});

describe('a file whose columns stand between other marks', () => {
  it('is refused with the delimiter to set', async () => {
    const { err, exitCode } = await ingest('marks.csv', ['1;u;2026-01-01;1'], 'id;c;at;a');
    expect(err).toContain("its columns are id;c;at;a; set delimiter: ';' in the map if that cuts them; nothing was imported");
    expect(exitCode).toBe(exitCodes.badInput);
  });
});

describe('the quarantine', () => {
  it('offers to put right only what is open', async () => {
    await ingest('settled.csv', ['20,u,never,1']);
    const open = await type(['signals', 'quarantine', '--source', 'settled.csv']);
    expect(open.out).toContain('resubmit');
    await type(['signals', 'quarantine', 'discard', '--source', 'settled.csv', '--reason', 'a test']);
    const settled = await type(['signals', 'quarantine', '--source', 'settled.csv', '--status', 'discarded']);
    expect(settled.out).toContain('settled.csv:2');
    expect(settled.out).not.toContain('resubmit');
  });

  it('says so when nothing was there to discard', async () => {
    const { out } = await type(['signals', 'quarantine', 'discard', '--source', 'absent.csv', '--reason', 'a test']);
    expect(out).toBe('Nothing was discarded: there are no such open entries.\n');
  });

  it('shows how to put one right, and how to try all, when the correction is missing', async () => {
    const { err, exitCode } = await type(['signals', 'quarantine', 'resubmit', 'q-1']);
    expect(err).toContain('cohortium signals quarantine resubmit q-1 --signal @fixed.json; without an id, all entries are read again');
    expect(exitCode).toBe(exitCodes.usage);
  });
});

describe('registry lint', () => {
  it('has a verdict in its document, as lint has', async () => {
    expect(await document(['registry', 'lint'])).toEqual({ ok: true, diagnostics: [] });
  });
});

describe('a directory that this user may not write', () => {
  // Root may write everywhere, so a test that runs as root hands over to nobody.
  const isRoot = process.getuid?.() === 0;
  const closed = mkdtempSync(join(tmpdir(), 'closed-shop-'));
  beforeAll(async () => {
    await type(['init', 'shop'], closed);
  });
  afterAll(() => {
    chmodSync(closed, 0o755);
    rmSync(closed, { recursive: true });
  });

  it.each([
    ['before its first use', ['signals', 'health']],
    ['when a file is taken in', ['ingest', 'sales.jsonl']],
  ])('%s is named as such, not as a bug', async (_when, argv) => {
    // What is above has to let nobody through.
    if (isRoot) chmodSync(dirname(closed), statSync(dirname(closed)).mode | 0o011);
    for (const place of ['', 'shop']) chmodSync(join(closed, place), 0o555);
    const main = join(import.meta.dirname, '..', 'main.ts');
    const { stdout, status } = spawnSync(
      process.execPath,
      ['--conditions=cohortium-source', main, ...argv, '--json', '--dir', join(closed, 'shop')],
      {
        encoding: 'utf8',
        cwd: closed,
        ...(isRoot ? { uid: 65_534, gid: 65_534 } : {}),
      },
    );
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: 'STORE_FORBIDDEN', message: expect.stringContaining(join(closed, 'shop', '.cohortium')) as string },
    });
    expect(status).toBe(exitCodes.store);
  });
});
