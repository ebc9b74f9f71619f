/** docs/how-to/run-on-a-schedule.md: every command runs as printed, in order, with the configuration and output that are shown. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { scheduleCommands } from '../../agents/customer-data-graph/schedules/commands.ts';
import { readGuide } from '../fixtures/guide.ts';
import { realCli } from '../fixtures/real-cli.ts';

const { text, blocks } = readGuide('run-on-a-schedule');
const folder = mkdtempSync(join(tmpdir(), 'schedules-guide-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function run(line: string): Promise<string> {
  const { out, err, exitCode } = await realCli(line, folder);
  expect(exitCode, `${line}\n${err}${out}`).toBe(0);
  return out;
}

describe('the guide to schedules', () => {
  it('runs as printed', async () => {
    const said: string[] = [];
    const config = join(folder, 'shop', 'cohortium.yaml');
    for (const { language, code } of blocks) {
      if (language === 'yaml') writeFileSync(config, `${readFileSync(config, 'utf8').replace(/^clock: .*\n/m, '')}\n${code}`);
      if (language === 'text') expect(said.at(-1)).toBe(code);
      if (language !== 'sh') continue;
      for (const line of code.trim().split('\n')) said.push(await run(line));
    }
    const told = said.join('\n');
    expect(told).toMatch(/^Mon 2025-07-07 06:00 Europe\/Berlin {2}value-weekly {2}completed {2}run-\w+$/m);
    expect(told).toMatch(/^Mon 2025-07-07 07:00 Europe\/Berlin {2}calibration {2}completed {2}run-\w+$/m);
    expect(told).toMatch(/^10 completed$/m);
    expect(told).toMatch(/^value-weekly +Mon 2025-07-07 06:00 +Europe\/Berlin +2025-07-07 04:00 +completed +1 +run-/m);
    expect(told).toMatch(/^Nothing is due\.$/m);
    expect(told).toMatch(/^Mon 2025-06-30 20:00 America\/New_York {2}ledger {2}completed$/m);
  });

  it('names every command that a schedule may start', () => {
    const row = text.split('\n').find((line) => line.startsWith('| `command`'));
    for (const name of Object.keys(scheduleCommands)) expect(row).toContain(`\`${name}\``);
  });

  it('is true of serve: what is due runs beside it, and Ctrl-C ends it', async () => {
    const config = join(folder, 'shop', 'cohortium.yaml');
    writeFileSync(config, readFileSync(config, 'utf8').replace('at: 2025-07-01 }', 'at: 2025-07-10 }'));
    const said = /^Wed 2025-07-09 02:30 America\/New_York {2}ledger {2}skipped$/m;
    const { out, err, exitCode } = await realCli('cohortium serve --port 0 --dir shop', folder, (_, heard) => said.test(heard));
    expect(out).toContain('schedule value-weekly: next Mon 2025-07-14 06:00 Europe/Berlin\n');
    expect(err).toMatch(said);
    expect(exitCode).toBe(0);
  });
});
