/** The graph commands on a real directory: docs/how-to/resolve-identities.md typed in as a reader would, and what else they refuse. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { identityRulesSchema, readIdentityRules } from '../../../registries/identity/identity-rules.ts';
import { declaredAttributes } from '../../../skills/signal-capture/signals/standing.ts';
import { loadAgentModule } from '../../open-agent.ts';
import { runCli } from '../program.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const guide = readFileSync(join(root, 'docs', 'how-to', 'resolve-identities.md'), 'utf8');

/** Runs a command line as a shell would, with the real agent. */
async function type(line: string, cwd: string): Promise<{ readonly out: string; readonly err: string; readonly exitCode: number }> {
  const written = { out: '', err: '' };
  const words = Array.from(line.matchAll(/"([^"]*)"|(\S+)/g), ([, quoted, plain]) => quoted ?? plain ?? '');
  const exitCode = await runCli(words.slice(1), {
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

function block(name: string): string {
  return new RegExp(`\`${name}\`[^\n]*\n\n\`\`\`\\w+\n([^]*?)\`\`\``).exec(guide)?.[1] ?? '';
}

describe('the guide to resolving identities', () => {
  const folder = mkdtempSync(join(tmpdir(), 'graph-guide-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('prints what it shows, command by command', async () => {
    for (const name of ['people.csv', 'people.yaml']) writeFileSync(join(folder, name), block(name));
    let cwd = folder;
    const shown = [...guide.matchAll(/^```sh\n([^]*?)^```\n+(?:```text\n([^]*?)^```)?/gm)];
    expect(shown.length).toBeGreaterThan(6);
    for (const [, commands = '', expected] of shown) {
      let printed = '';
      for (const line of commands.trim().split('\n')) {
        if (line.startsWith('cd ')) cwd = join(cwd, line.slice(3));
        else {
          const { out, err, exitCode } = await type(line, cwd);
          expect([line, exitCode, err]).toEqual([line, 0, '']);
          printed = out;
        }
      }
      if (expected !== undefined) expect(printed).toBe(expected);
    }
  });

  it('has rules that lint, and a table of every key', () => {
    const { diagnostics, rules } = readIdentityRules(block('registries/identity.yaml'), 'identity.yaml', declaredAttributes);
    expect(diagnostics).toEqual([]);
    expect(rules?.blocked.values).toEqual(['walk-in']);
    const readme = readFileSync(join(root, 'registries', 'identity', 'README.md'), 'utf8');
    const { shape } = identityRulesSchema;
    expect(Object.keys(shape).filter((key) => !readme.includes(`\`${key}`))).toEqual([]);
  });
});

describe('the graph commands', () => {
  const folder = mkdtempSync(join(tmpdir(), 'graph-commands-'));
  const shop = join(folder, 'shop');
  beforeAll(async () => {
    await type('cohortium init shop', folder);
    const signal = (id: string, customer: Readonly<Record<string, string>>): string =>
      JSON.stringify({ id, type: 'visit', customer, at: '2026-01-01', properties: {} });
    writeFileSync(
      join(folder, 'visits.jsonl'),
      [
        signal('1', { userId: 'anna', emailHash: 'a'.repeat(64) }),
        signal('2', { loyaltyId: 'L', emailHash: 'a'.repeat(64) }),
        signal('3', { userId: 'anna', loyaltyId: 'L' }),
      ].join('\n'),
    );
    await type('cohortium ingest ../visits.jsonl', shop);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('say with exit code 1 that two are one customer still, and by what', async () => {
    const { out, exitCode } = await type('cohortium graph unlink anna loyalty:L --by Ada --note "No."', shop);
    expect(exitCode).toBe(1);
    expect(out).toContain('user:anna and loyalty:L are one customer still, anna. These links join them:');
    expect(out).toContain('user:anna  email:aaaaaaaa…  event   98 %');
  });

  it('print one JSON document with everything in full', async () => {
    const { out } = await type('cohortium graph customer anna --json', shop);
    expect(JSON.parse(out)).toMatchObject({
      customerId: 'anna',
      identities: [{}, {}, { kind: 'email', value: 'a'.repeat(64) }],
      waiting: 0,
    });
    expect(JSON.parse((await type('cohortium graph links anna --json', shop)).out)).toMatchObject({
      customerId: 'anna',
      links: [{}, {}, {}, {}],
    });
    expect(JSON.parse((await type('cohortium graph links --json', shop)).out)).toEqual({ links: [], total: 0 });
  });

  it.each([
    ['graph', 2, 'graph needs an action; they are:'],
    ['graph merge', 2, "'merge' is no action of graph; they are:"],
    ['graph match anna', 2, 'takes no names'],
    ['graph links a b', 2, 'one customer at most'],
    ['graph link anna', 2, 'needs two identities'],
    ['graph link anna loyalty:M', 2, '--by is needed'],
    ['graph link anna loyalty:M --by Ada', 2, '--note is needed'],
    ['graph link anna loyalty:0000 --by Ada --note x', 3, 'IDENTITY_BLOCKED'],
    ['graph confirm link-1 --by Ada --note x', 3, 'LINK_NOT_FOUND'],
    ['graph customer berta', 3, 'CUSTOMER_NOT_FOUND'],
    ['graph customer anna --as-of yesterday', 2, 'an ISO date or instant'],
    ['graph links --limit 0', 2, '--limit'],
  ])('refuse: %s', async (line, expected, message) => {
    const { err, exitCode, out } = await type(`cohortium ${line}`, shop);
    expect([exitCode, out]).toEqual([expected, '']);
    expect(err).toContain(message);
  });
});
