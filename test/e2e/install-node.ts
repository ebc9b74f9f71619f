import { join } from 'node:path';

import { runCommand, temporaryFolder } from './command-line.ts';

/** Installs a Node of that major as an npm package, outside the project; tries again where the network fails for a moment. */
export async function installNode(major: number): Promise<string> {
  const prefix = temporaryFolder();
  const parameters = [
    'install',
    '--prefix',
    prefix,
    '--no-save',
    '--prefer-offline',
    '--fetch-retries=5',
    '--loglevel=error',
    `node@${major}`,
  ];
  for (let more = 2; ; more--) {
    const { status, stderr } = await runCommand('npm', parameters);
    if (status === 0) return join(prefix, 'node_modules', '.bin', 'node');
    if (more === 0) throw new Error(`node@${major} could not be installed: ${stderr}`);
  }
}
