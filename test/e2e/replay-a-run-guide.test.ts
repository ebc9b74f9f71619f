/** docs/how-to/replay-a-run.md: every command runs as printed, in order, and says what is shown. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { exitCodes } from '../../mcp-server/cli/exit-codes.ts';
import { repositoryRoot, runCommand, temporaryFolder } from './command-line.ts';

const text = readFileSync(join(repositoryRoot, 'docs', 'how-to', 'replay-a-run.md'), 'utf8');
const folder = temporaryFolder();
const blocks = [...text.matchAll(/^```(\w+)\n([^]*?)^```/gm)].map(([, language = '', code = '']) => ({ language, code }));
const main = join(repositoryRoot, 'mcp-server', 'cli', 'main.ts');

it('the guide to replays runs as printed', async () => {
  let said = '';
  let run = '';
  let commands = 0;
  for (const { language, code } of blocks) {
    if (language === 'text') expect(said).toContain(code.trim());
    if (language !== 'sh') continue;
    for (const line of code.trim().split('\n')) {
      const words = line
        .replace('<run>', run)
        .replace(/^cohortium /, '')
        .split(' ');
      const script = `cd '${folder}' && exec "$@"`;
      const started = ['-c', script, 'sh', process.execPath, '--conditions=cohortium-source', main, ...words];
      const { status, stdout, stderr } = await runCommand('sh', started);
      expect(status, `${line}\n${stdout}${stderr}`).toBe(0);
      said = stdout;
      run = /run-[0-9a-f]{20}/.exec(stdout)?.[0] ?? run;
      commands += 1;
    }
  }
  expect(commands).toBe(8);
  expect(run).not.toBe('');
});

it('the guide to replays names the exit codes that there are', () => {
  const listed = [...text.matchAll(/^\| (\d) \|/gm)].map(([, code]) => Number(code));
  expect(listed).toEqual([exitCodes.ok, exitCodes.diverged, exitCodes.erased, exitCodes.inputsGone, exitCodes.negative]);
});
