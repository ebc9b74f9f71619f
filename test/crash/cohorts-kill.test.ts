/**
 * Cohorts against SIGKILL: thirteen definitions in six windows, killed in the middle again and again, beside a directory with the same
 * data that nobody disturbed. What was finished is not computed again, and the end is the same, bit for bit.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, describe, expect, it } from 'vitest';

import { initOperatorDirectory, openAgent, simulateInto } from '../../agents/customer-data-graph/index.ts';

const worker = fileURLToPath(new URL('cohorts-worker.ts', import.meta.url));
const asOf = '2025-06-30';
/** Windows that a process is left alive for, one after the other. */
const lives = [3, 9, 1, 20, 14, 6];
const directories: string[] = [];

afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true });
});

async function makeDirectory(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'cohortium-cohorts-kill-'));
  directories.push(directory);
  await initOperatorDirectory(directory, { merchant: 'Kill test', currency: 'EUR' });
  const path = join(directory, 'cohortium.yaml');
  writeFileSync(path, readFileSync(path, 'utf8').replace(/^clock: .*$/m, 'clock: { kind: simulated, at: 2025-07-01 }'));
  await simulateInto(join(directory, 'data'), { seed: 'kill cohorts', customers: 200, months: 18 });
  return directory;
}

interface Life {
  readonly end: string | undefined;
  /** `definition: window` in the order in which they were there. */
  readonly windows: readonly string[];
}

/** Runs the worker; kills it as soon as so many windows are there, unless it ends before. */
async function live(directory: string, most = Number.POSITIVE_INFINITY): Promise<Life> {
  const child = spawn(process.execPath, ['--conditions=cohortium-source', worker, directory, asOf], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  const windows = (): readonly string[] => [...said.matchAll(/^window (\S+: \S+) /gm)].map(([, name]) => name ?? '');
  const code = await new Promise<number | null>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (windows().length >= most) child.kill('SIGKILL');
    });
    child.on('close', resolve);
  });
  expect(complaint).toBe('');
  expect(code === null || code === 0).toBe(true);
  return { end: /^ended (\S+)$/m.exec(said)?.[1], windows: windows() };
}

/** The runs of every definition and window, and every membership of some customers. */
async function resultsOf(directory: string) {
  const agent = await openAgent(directory);
  try {
    const [run] = await agent.runs();
    const output = run?.steps.find(({ skill }) => skill.startsWith('cohort@'))?.output;
    const { definitions } = await agent.cohortDefinitions();
    const runs = await Promise.all(
      definitions.flatMap(({ id, windows }) => windows.map((window) => agent.cohortRun({ definition: id, window }))),
    );
    const customers = await Promise.all(
      ['c001', 'c077', 'c123'].map(async (customerId) =>
        (await agent.customerMemberships({ customerId })).memberships.map(({ definition, window, cohort, confidence, until }) => [
          definition,
          window,
          cohort,
          confidence,
          until,
        ]),
      ),
    );
    return {
      runs: output?.['cohortRuns'],
      summary: output?.['cohortSummary'],
      members: runs.map(({ members }) => members?.digest),
      customers,
    };
  } finally {
    await agent.close();
  }
}

describe('a computation of cohorts that is killed', () => {
  it('goes on from the windows that are finished, and ends as if nothing had happened', async () => {
    const [disturbed, quiet] = [await makeDirectory(), await makeDirectory()];
    const whole = await live(quiet);
    expect(whole.end).toBe('completed');
    expect(new Set(whole.windows).size).toBe(78);

    const seen: string[] = [];
    let kills = 0;
    for (const most of lives) {
      const { end, windows } = await live(disturbed, most);
      if (end !== undefined) break;
      kills += 1;
      seen.push(...windows);
    }
    expect(kills).toBe(lives.length);
    const { end, windows } = await live(disturbed);
    expect(end).toBe('completed');
    // Each life began behind the definitions that the run store had answers of.
    expect(windows.length).toBeLessThan(78);
    expect(await resultsOf(disturbed)).toEqual(await resultsOf(quiet));
    // Nothing is left to do: the day is computed already.
    const again = await live(disturbed);
    expect(again.end).toBe('completed');
    expect(await resultsOf(disturbed)).toEqual(await resultsOf(quiet));
  });
});
