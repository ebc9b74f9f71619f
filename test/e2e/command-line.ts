/** Runs the command line as a user does: a child process from the repository, its output kept apart from its progress. */
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const repositoryRoot = join(import.meta.dirname, '..', '..');
export const sharedFolder = join(repositoryRoot, '..', 'shared');

export interface Finished {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs any command in the repository folder. */
export function runCommand(
  command: string,
  parameters: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, parameters, {
      cwd: repositoryRoot,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output: string[] = [];
    const progress: string[] = [];
    child.stdout.setEncoding('utf8').on('data', (text: string) => output.push(text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => progress.push(text));
    child.on('error', reject);
    child.on('close', (status) => resolve({ status: status ?? 1, stdout: output.join(''), stderr: progress.join('') }));
  });
}

/** Runs `cohortium …` with a given Node, by default the one that runs the test. */
export function cohortium(parameters: readonly string[], node: string = process.execPath): Promise<Finished> {
  return runCommand(node, ['--conditions=cohortium-source', join(repositoryRoot, 'mcp-server', 'cli', 'main.ts'), ...parameters]);
}

/** The JSON answer of a command that must succeed. */
export async function cohortiumJson<Answer>(parameters: readonly string[], node?: string): Promise<Answer> {
  const finished = await cohortium([...parameters, '--json'], node);
  if (finished.status !== 0)
    throw new Error(`cohortium ${parameters.join(' ')} ended with ${finished.status}:\n${finished.stdout}\n${finished.stderr}`);
  return JSON.parse(finished.stdout) as Answer; // the caller names the documented shape
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'cohortium-e2e-'));
}
