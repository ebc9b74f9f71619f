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
  ['replay', 'run-1', '--mode', 'recorded'],
  ['replay', '--record', '12/3'],
  ['replay', 'run-1', '--export', 'run.bundle'],
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
    expect(out).toContain('record 4/2 of 10, value 3/2');
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
    [['replay', 'run-2'], 2],
    [['replay', 'run-3'], 3],
    [['replay', 'run-2', '--mode', 'recorded'], 1],
    [['replay'], 2],
    [['replay', 'run-1', '--mode', 'other'], 2],
    [['replay', '--record', 'twelve'], 2],
    [['replay', 'run-1', '--digest', 'ab'], 2],
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
    [['verify', '--show', 'tier'], 2],
    [['verify', '--record', '4', '--show', 'tier'], 2],
    [['custody', '--record', '12/x'], 2],
    [['ledger', 'publish', import.meta.filename], 2],
    [['holds', 'keep', 'case-7'], 2],
    [['override', '--person', 'ada', '--reason', 'x'], 2],
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

  it('asks for the id of a request before anything else', async () => {
    expect((await cli(['requests', 'verify'])).err).toContain('the id of a request was expected');
    expect((await cli(['requests', 'verify', 'req-1'])).err).toContain('--method');
  });

  it('suggests the command and the option that were probably meant', async () => {
    expect((await cli(['verfy'])).err).toContain('(did you mean verify?)');
    expect((await cli(['run', 'x', '--as-off', '2026-01-31'])).err).toContain('(did you mean --as-of?)');
  });

  it.each(commands.flatMap((spec) => (spec.actions ? [[spec.name, spec.actions] as const] : [])))(
    'lists what %s can do where no action or an unknown one is given, and does nothing',
    async (name, actions) => {
      const [first = ''] = Object.keys(actions);
      const [none, unknown, mistyped] = [await cli([name]), await cli([name, 'teleport']), await cli([name, `${first}e`])];
      for (const { out, err, exitCode } of [none, unknown, mistyped]) {
        expect([out, exitCode]).toEqual(['', 2]);
        for (const action of Object.keys(actions)) expect(err).toMatch(new RegExp(`^  ${action} +\\S.*$`, 'm'));
        for (const line of Object.values(actions)) expect(err).toContain(line);
      }
      expect(none.err).toContain(`${name} needs an action; they are:`);
      expect(unknown.err).toContain(`'teleport' is no action of ${name}; they are:`);
      expect(mistyped.err).toContain(`(did you mean ${first}?)`);
      const help = (await cli([name, '--help'])).out;
      expect(help).toContain('<action>');
      expect(help).toContain('Actions:');
    },
  );

  it('has a list of actions for every command that takes one', () => {
    const taking = commands.filter(({ args = [] }) => args[0]?.[0] === '<action>').map(({ name }) => name);
    expect(taking.length).toBeGreaterThan(10);
    expect(commands.filter(({ actions }) => actions !== undefined).map(({ name }) => name)).toEqual(taking);
  });

  it('knows no action that there is not, and lists those that there are', async () => {
    const { err, exitCode } = await cli(['gate', 'retention', '--dir', 'shop']);
    expect(exitCode).toBe(2);
    expect(err).toContain("'retention' is no action of gate; they are:");
    expect((await cli(['erase', 'c-1', '--by', 'ada', '--why', 'asked'])).err).toContain("unknown option '--why'");
  });

  it.each([
    ['erase', 'c-1'],
    ['erase', '--lift', 'ab12'],
    ['correct', '12/3', '--set', '{"tier":"mid"}'],
    ['redact', '12/3', '--fields', 'tier'],
    ['holds', 'set', 'suit', '--matter', 'M-1', '--everything'],
    ['holds', 'release', 'suit'],
    ['people', 'revoke', 'ada'],
    ['override'],
  ])('asks for a reason: %s %s', async (...argv) => {
    const { err, exitCode } = await cli([...argv, ...(argv[0] === 'people' ? [] : ['--by', 'ada'])]);
    expect(exitCode).toBe(2);
    expect(err).toContain('--reason is needed');
  });

  it.each([
    ['--execute', '--as-of', '2028-03-01'],
    ['--execute', '--why', 'c-1'],
    ['--purge', '--as-of', '2028-03-01'],
    ['--purge', '--why', 'c-1'],
    ['--execute', '--purge'],
  ])('does not remove by retention %s while it passes over %s', async (...options) => {
    const { err, exitCode } = await cli(['retention', '--by', 'ada', ...options]);
    expect(exitCode).toBe(2);
    expect(err).toContain(`${options[0]} does not go with ${options[1]}`);
    expect(err).toContain('nothing was removed');
  });

  it('calls a reason a reason in every command', () => {
    const whys = commands.flatMap(({ name, options = [] }) =>
      options.flatMap(({ flags }) => (flags.startsWith('--why') ? [`${name} ${flags}`] : [])),
    );
    expect(whys).toEqual(['cohorts --why <definition>', 'retention --why <id>']);
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
