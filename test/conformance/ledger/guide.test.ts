/** docs/how-to/verify-the-ledger.md, followed as it is printed: every command, in order, in a directory whose pipeline has run. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { beforeAll, describe, expect, it } from 'vitest';

import { initOperatorDirectory, openAgent, simulateInto } from '../../../agents/customer-data-graph/index.ts';
import { errorTable } from '../../../skills/sdk/index.ts';
import { readGuide } from '../../fixtures/guide.ts';

const main = fileURLToPath(new URL('../../../mcp-server/cli/main.ts', import.meta.url));
const guide = readGuide('verify-the-ledger');
const hasGo = spawnSync('go', ['version']).status === 0;
const directory = mkdtempSync(join(tmpdir(), 'cohortium-guide-'));
const block = (language: string): string => guide.blocks.find((one) => one.language === language)?.code ?? '';

beforeAll(async () => {
  await initOperatorDirectory(directory, { merchant: 'Guide', currency: 'EUR', demonstration: true });
  await simulateInto(join(directory, 'data'), { seed: 'guide', customers: 120, months: 12 });
  const agent = await openAgent(directory);
  await agent.ingest({ file: join(directory, 'data', 'transactions.csv'), map: join(directory, 'data', 'map.yaml') });
  await agent.run({ pipeline: 'pipelines/clv.yaml', asOf: '2024-12-31' });
  await agent.close();
  // The command as a reader has it.
  mkdirSync(join(directory, 'bin'));
  writeFileSync(
    join(directory, 'bin', 'cohortium'),
    `#!/bin/sh\nexec '${process.execPath}' --conditions=cohortium-source '${main}' "$@"\n`,
  );
  chmodSync(join(directory, 'bin', 'cohortium'), 0o755);
  writeFileSync(join(directory, 'check_proof.py'), block('python'));
  mkdirSync(join(directory, 'check'));
  writeFileSync(join(directory, 'check', 'main.go'), block('go'));
});

describe('the guide to verifying the ledger', () => {
  it('prints the programs that the other tests run', () => {
    const outside = (name: string): string => readFileSync(join(import.meta.dirname, 'outside', name), 'utf8');
    expect(block('python')).toBe(outside('check_proof.py'));
    expect(block('go')).toBe(outside('check/main.go'));
  });

  it('has commands that do what they say', () => {
    const path = [join(directory, 'bin'), join(process.execPath, '..'), process.env['PATH']].join(':');
    const commands = guide.blocks.filter(({ language }) => language === 'sh').flatMap(({ code }) => code.trimEnd().split('\n'));
    const said: string[] = [];
    for (const command of commands) {
      if (!hasGo && command.includes('check/check')) continue;
      if (!hasGo && command.includes('go mod init')) continue;
      const run = () => spawnSync('sh', ['-c', command], { cwd: directory, encoding: 'utf8', env: { ...process.env, PATH: path } });
      let answer = run();
      if (answer.status !== 0 && command.includes('go get')) {
        // The network may fail for a moment.
        rmSync(join(directory, 'check', 'go.mod'), { force: true });
        answer = run();
      }
      const { status, stdout, stderr } = answer;
      expect(status, `${command}\n${stdout}${stderr}`).toBe(0);
      said.push(`${command} → ${stdout}`);
    }
    expect(commands.length).toBeGreaterThan(12);
    expect(said[0]).toContain('→ verified');
    const answers = said.filter((one) => /^(node verify|python3|check\/check) ?/.test(one));
    expect(answers).toHaveLength(hasGo ? 6 : 4);
    for (const one of answers) expect(one).toMatch(/→ holds: (record 2\/3|the ledger of) /);
  });

  it('names the number of score that has a tier', () => {
    const run = (...words: readonly string[]) =>
      spawnSync(join(directory, 'bin', 'cohortium'), words, { cwd: directory, encoding: 'utf8', env: process.env });
    const file = readFileSync(join(directory, 'data', 'transactions.csv'), 'utf8');
    const customers = new Set(Array.from(file.matchAll(/^(c\d+)-\d+,purchase,/gm), ([, customer = '']) => customer));
    // Of some the gate holds the value back.
    const printed = customers
      .values()
      .map((customer) => /proof +record (\d+\/\d+) of \d+, value (\d+\/\d+),/.exec(run('score', customer).stdout))
      .find((found) => found !== null);
    expect(printed).toBeDefined();
    const [, record = '', value = ''] = printed ?? [];
    expect(run('verify', '--record', value, '--show', 'tier', '--out', 'tier.tlog-proof').status).toBe(0);
    expect(run('verify', '--record', record, '--show', 'tier', '--out', 'none.tlog-proof').stderr).toContain("has no field 'tier'");
  });

  it('names only codes that there are', () => {
    const named = Array.from(guide.text.matchAll(/`((?:LEDGER|STORE)_[A-Z_]+)`/g), ([, code]) => code ?? '');
    expect(named.length).toBeGreaterThan(8);
    for (const code of named) expect(Object.keys(errorTable)).toContain(code);
  });
});
