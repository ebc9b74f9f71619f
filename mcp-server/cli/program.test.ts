import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { cli } from '../../test/fixtures/cli-host.ts';
import { fakeAgent } from '../../test/fixtures/fake-agent.ts';
import { commands } from './commands/index.ts';

const escape = '\u001b';

describe('help', () => {
  it('shows every command, the exit codes and a way to begin', async () => {
    const { out, exitCode } = await cli([]);
    expect(exitCode).toBe(0);
    for (const { name } of commands) expect(out).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
    expect(out).toContain('cohortium quickstart');
    expect(out).toContain('Exit codes:');
    expect(await cli(['--help'])).toMatchObject({ out, exitCode: 0 });
  });

  it.each(commands.map((spec) => [spec.name, spec] as const))('teaches %s by example', async (name, spec) => {
    const { out, exitCode } = await cli([name, '--help']);
    expect(exitCode).toBe(0);
    expect(spec.examples.length).toBeGreaterThan(0);
    for (const [line] of spec.examples) expect(out).toContain(line);
    expect(out).toContain(`Next: ${spec.next}`);
    expect(out).toContain('--json');
  });

  it('prints the version of the package', async () => {
    expect((await cli(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('simulate', () => {
  it('writes files, or with --into-log the log itself', async () => {
    expect((await cli(['simulate', '--customers', '50'])).out).toContain('transactions.csv');
    const { out } = await cli(['simulate', '--customers', '50', '--into-log']);
    expect(out).toContain('segments of the log: 1');
    expect(out).not.toContain('transactions.csv');
  });
});

const good: readonly (readonly string[])[] = [
  ['quickstart'],
  ['init', 'shop'],
  ['simulate', '--customers', '50'],
  ['ingest', 'orders.csv', '--map', 'map.yaml'],
  ['signals', 'list'],
  ['signals', 'show', 'visit'],
  ['signals', 'health'],
  ['signals', 'quarantine'],
  ['signals', 'quarantine', 'counts', '--status', 'open'],
  ['signals', 'quarantine', 'show', 'q-1'],
  ['signals', 'quarantine', 'resubmit'],
  ['signals', 'quarantine', 'discard', 'q-1', '--reason', 'a test'],
  ['signals', 'quarantine', 'resubmit', 'q-1', '--signal', '{"id":"a"}'],
  ['lint'],
  ['plan', 'pipelines/clv.yaml'],
  ['test'],
  ['features', '--as-of', '2026-01-31', '--window', '28d'],
  ['run', 'pipelines/clv.yaml', '--as-of', '2026-01-31'],
  ['runs'],
  ['runs', 'run-1'],
  ['runs', 'run-1', '--approve', 'emit', '--by', 'Ada'],
  ['runs', 'run-1', '--cancel'],
  ['score', 'c-1', '--location', 'Berlin'],
  ['explain', 'c-1'],
  ['gate', 'reviews'],
  ['gate', 'reviews', 'show', 'rev-0123456789abcdef'],
  [
    'gate',
    'reviews',
    'recommend',
    'rev-0123456789abcdef',
    '--as',
    'ada',
    '--verdict',
    'approve',
    '--checked',
    'ageBand',
    '--note',
    'checked',
  ],
  ['gate', 'reviews', 'approve', 'rev-0123456789abcdef', '--as', 'grace', '--checked', 'ageBand', '--note', 'agreed'],
  ['gate', 'reviews', 'metrics'],
  ['gate', 'precedents'],
  ['verify'],
  ['verify', '--record', '4'],
  ['replay', 'run-1'],
  ['doctor'],
];

describe('--json', () => {
  it.each(good.map((argv) => [argv.join(' '), argv] as const))('%s prints one document on stdout', async (_, argv) => {
    const { out, exitCode } = await cli([...argv, '--json'], { isTerminal: true });
    expect(exitCode).toBe(0);
    expect(typeof JSON.parse(out)).toBe('object');
    expect(out).not.toContain(escape);
  });

  it.each([
    [['score', 'nobody'], 3, 'SCORE_NOT_FOUND'],
    [['score'], 2, 'ARGUMENT_INVALID'],
    [['scroe', 'c-1'], 2, 'ARGUMENT_INVALID'],
    [['run', 'bad.yaml', '--as-of', '2026-01-31'], 3, 'PIPELINE_INVALID'],
    [['runs', '--dir', '/nowhere/busy'], 4, 'STORE_BUSY'],
    [['run', 'crash', '--as-of', '2026-01-31'], 5, 'INTERNAL'],
  ])('%j is one document, also when it fails', async (argv, code, error) => {
    const { out, exitCode } = await cli([...argv, '--json']);
    expect(exitCode).toBe(code);
    expect(JSON.parse(out)).toMatchObject({ error: { code: error, message: expect.any(String), help: expect.any(String) } });
  });
});

describe('answers for people', () => {
  it.each(good.map((argv) => [argv.join(' '), argv] as const))('%s says something and uses no colour in a pipe', async (_, argv) => {
    const { out, err, exitCode } = await cli(argv);
    expect(exitCode).toBe(0);
    expect(out.trim()).not.toBe('');
    expect(err).toBe('');
    expect(out).not.toContain(escape);
    expect(out.split('\n').filter((line) => line !== line.trimEnd())).toEqual([]);
  });

  it('shows a value with its interval and its proof', async () => {
    const { out } = await cli(['score', 'c-1', '--location', 'Berlin']);
    expect(out).toContain('1 234.56 EUR over 90 days from 2026-01-31');
    expect(out).toContain('1 000.00 EUR and 1 500.01 EUR');
    expect(out).toContain('record 4 of 10');
  });

  it('shows the rule instead of the value when the gate holds it back, and exits with 1', async () => {
    const { out, exitCode } = await cli(['score', 'c-held']);
    expect(exitCode).toBe(1);
    expect(out).toContain('gdpr-objection');
    expect(out).toContain('GDPR art. 21(2)');
    expect(out).not.toContain('1 234.56');
  });

  it('uses colour on a terminal, unless NO_COLOR is set', async () => {
    expect((await cli(['verify'], { isTerminal: true })).out).toContain(escape);
    expect((await cli(['verify'], { isTerminal: true, env: { NO_COLOR: '1' } })).out).not.toContain(escape);
    expect((await cli(['verify'], { env: { FORCE_COLOR: '1' } })).out).toContain(escape);
  });

  it('shows progress on a terminal only, on stderr only', async () => {
    const argv = ['run', 'pipelines/clv.yaml', '--as-of', '2026-01-31'];
    const onTerminal = await cli(argv, { isTerminal: true });
    expect(onTerminal.err).toContain('tick');
    expect(onTerminal.out).not.toContain('tick');
    expect((await cli(argv)).err).toBe('');
  });
});

describe('exit codes', () => {
  it.each([
    [['replay', 'run-2'], 1],
    [['run', 'failing.yaml', '--as-of', '2026-01-31'], 1],
    [['lint', 'bad.yaml'], 1],
    [['ingest', 'orders.csv', '--strict'], 1],
    [['run', 'x.yaml'], 2],
    [['run', 'x.yaml', '--as-of', 'yesterday'], 2],
    [['quickstart', '--customers', 'many'], 2],
    [['runs', 'run-1', '--approve', 'emit'], 2],
    [['runs', '--cancel'], 2],
    [['gate', 'reviews', 'approve'], 2],
    [['gate', 'reviews', 'approve', 'rev-0123456789abcdef', '--as', 'grace'], 2],
    [['gate', 'reviews', 'recommend', 'rev-0123456789abcdef', '--as', 'ada', '--verdict', 'maybe', '--note', 'x'], 2],
    [['gate', 'reviews', 'ponder'], 2],
    [['ingest'], 2],
    [['signals', 'quarantine', 'resubmit', 'q-1', '--signal', '{'], 2],
    [['ingest', 'orders.csv', '--format', 'xml'], 2],
    [['signals', 'teleport'], 2],
    [['signals', 'health', '--hours', '0'], 2],
    [['signals', 'quarantine', 'forget'], 2],
    [['signals', 'quarantine', 'discard', 'q-1'], 2],
    [['signals', 'quarantine', '--status', 'lost'], 2],
    [['serve', '--host', '0.0.0.0'], 3],
    [['signals', 'show', 'teleport'], 3],
    [['signals', 'quarantine', 'show', 'q-9'], 3],
    [['runs', 'run-9'], 3],
    [['verify', '--record', '99'], 3],
    [['signals', 'quarantine', 'resubmit', 'q-9', '--signal', '{}'], 3],
  ])('%j ends with %i', async (argv, code) => {
    expect((await cli(argv)).exitCode).toBe(code);
  });

  it('ends with 130 when it was stopped, and the agent knows', async () => {
    const agent = fakeAgent({ ticks: 200 });
    const { err, exitCode } = await cli(['run', 'pipelines/clv.yaml', '--as-of', '2026-01-31'], {
      agent,
      isTerminal: true,
      interruptWhen: (_, written) => written.includes('tick 2'),
    });
    expect(exitCode).toBe(130);
    expect(agent.cancelled).toEqual(['run']);
    expect(agent.isClosed).toBe(true);
    expect(err).toContain('stopping');
  });
});

describe('errors', () => {
  it('names code, message and help, and where each fault is', async () => {
    const { out, err } = await cli(['run', 'bad.yaml', '--as-of', '2026-01-31']);
    expect(out).toBe('');
    expect(err).toMatch(/^error PIPELINE_INVALID: bad\.yaml has 1 fault$/m);
    expect(err).toMatch(/^bad\.yaml:3:5: error PIPELINE_CYCLE: 'a' waits for 'b'$/m);
    expect(err).toMatch(/^help: \S/m);
  });

  it('prints one diagnostic a line', async () => {
    expect((await cli(['lint', 'bad.yaml'])).out).toBe("bad.yaml:3:5: error PIPELINE_CYCLE: 'a' waits for 'b'\n");
  });

  it('suggests the command and the option that were probably meant', async () => {
    expect((await cli(['verfy'])).err).toContain('(did you mean verify?)');
    expect((await cli(['run', 'x', '--as-off', '2026-01-31'])).err).toContain('(did you mean --as-of?)');
  });

  it('shows a stack trace only when COHORTIUM_DEBUG asks for it', async () => {
    const argv = ['run', 'crash', '--as-of', '2026-01-31'];
    expect((await cli(argv)).err).not.toMatch(/^\s+at /m);
    expect((await cli(argv, { env: { COHORTIUM_DEBUG: '1' } })).err).toMatch(/^\s+at /m);
  });

  it('closes the agent also after a failure', async () => {
    const agent = fakeAgent();
    await cli(['score', 'nobody'], { agent });
    expect(agent.isClosed).toBe(true);
  });
});

describe('serve', () => {
  it('says where it listens and where the token is, never the token, and stops with Ctrl-C', async () => {
    const tokenFile = join(mkdtempSync(join(tmpdir(), 'cohortium-serve-')), 'token');
    const agent = fakeAgent();
    const { out, err, exitCode } = await cli(['serve', '--port', '0', '--json', '--token-file', tokenFile], {
      agent,
      interruptWhen: (written) => written.includes('\n'),
    });
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/mcp$/), tokenFile });
    expect(err).toContain('stopping');
    expect(agent.isClosed).toBe(true);
  });
});
