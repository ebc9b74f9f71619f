/** docs/how-to/run-an-experiment.md: every command and program runs as printed, in order, with the files and output that are shown. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { readGuide } from '../fixtures/guide.ts';
import { realCli } from '../fixtures/real-cli.ts';

const { blocks } = readGuide('run-an-experiment');
const folder = mkdtempSync(join(tmpdir(), 'experiment-guide-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the guide to experiments', () => {
  it('runs as printed', async () => {
    let said = '';
    for (const { language, code } of blocks) {
      if (language === 'js') execFileSync(process.execPath, ['--input-type=module', '-e', code], { cwd: folder });
      if (language === 'text') expect(said).toBe(code);
      if (language === 'yaml') {
        const path = join(folder, /^# (.*)$/m.exec(code)?.[1] ?? '');
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, code);
      }
      if (language !== 'sh') continue;
      for (const line of code.trim().split('\n')) {
        const { out, err, exitCode } = await realCli(line, folder);
        expect(exitCode, `${line}\n${err}${out}`).toBe(0);
        said = out;
      }
    }
    expect(said).toMatch(/^spring-voucher +customers +analysed +\S+ +1 +difference$/m);
    expect(said).toMatch(/^without-btyd +models +analysed +\S+ +1 +\S+$/m);
  });
});
