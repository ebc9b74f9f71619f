/** docs/how-to/query-memberships.md: every command, in its order, prints what the page says it prints. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { repositoryRoot, runCommand, temporaryFolder } from './command-line.ts';

const text = readFileSync(join(repositoryRoot, 'docs', 'how-to', 'query-memberships.md'), 'utf8');
const steps = [...text.matchAll(/^```sh\n([^]*?)^```\n+(?:```text\n([^]*?)^```)?/gm)].map(([, commands = '', printed]) => ({
  commands: commands.trim().split('\n'),
  printed,
}));

it('prints what it shows', async () => {
  const folder = temporaryFolder();
  const main = join(repositoryRoot, 'mcp-server', 'cli', 'main.ts');
  expect(steps.length).toBeGreaterThan(4);
  for (const { commands, printed } of steps) {
    for (const command of commands) {
      const parameters = command
        .split(' ')
        .slice(1)
        .map((word, at, words) => (['--dir', '--out'].includes(words[at - 1] ?? '') ? join(folder, word) : word));
      const { status, stdout, stderr } = await runCommand(process.execPath, ['--conditions=cohortium-source', main, ...parameters]);
      expect(`${command}: ${status}${status === 0 ? '' : stderr}`).toBe(`${command}: 0`);
      // What to type next names this machine's folders.
      if (printed !== undefined) expect(stdout.replaceAll(`${folder}/`, '').split('\nNext:')[0]?.trim()).toBe(printed.trim());
    }
  }
});
