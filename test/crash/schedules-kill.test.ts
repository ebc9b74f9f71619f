/**
 * A year of schedules that start real runs of a real pipeline, in a process that is killed again and again. Every time of the year
 * has happened once in the end, each by one run.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { afterAll, describe, expect, it } from 'vitest';

import { initOperatorDirectory, openAgent } from '../../agents/customer-data-graph/index.ts';
import { makeRng } from '../../skills/sdk/numeric/index.ts';
import { timesOfYear, yearOfSchedules } from '../fixtures/year-of-schedules.ts';

const worker = fileURLToPath(new URL('schedules-worker.ts', import.meta.url));
/** In UTC; New York's last time of the year is on it. */
const lastDay = '2026-12-31';
/** Ends the test with a message instead of a timeout when nothing moves on any more. */
const mostStarts = 60;

const children = new Set<ChildProcess>();
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

const isDaily = (id: string): boolean => id.startsWith('daily');
/** What is daily starts a command instead: 730 more runs of the pipeline would take minutes and show nothing else. */
const schedules = yearOfSchedules.map((one) => ({ ...one, ...(isDaily(one.id) ? { command: 'verify' } : { run: 'signals' }) }));

async function makeDirectory(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'cohortium-schedules-kill-'));
  await initOperatorDirectory(directory, { merchant: 'Kill test', currency: 'EUR' });
  writeFileSync(
    join(directory, 'pipelines', 'signals.yaml'),
    'pipeline: signals\nversion: 1\nsteps:\n  - id: signals\n    skill: signal-capture\n',
  );
  const config = join(directory, 'cohortium.yaml');
  // JSON is YAML too.
  writeFileSync(config, `${readFileSync(config, 'utf8')}\nschedules: ${JSON.stringify(schedules)}\n`);
  const agent = await openAgent(directory);
  await agent.capture(
    [{ id: 'v-1', type: 'visit', customer: { userId: 'c-1' }, at: '2025-12-30T09:00:00Z', channel: 'web', properties: { page: '/' } }],
    'test',
  );
  await agent.close();
  return directory;
}

function setClock(directory: string, day: string): void {
  const config = join(directory, 'cohortium.yaml');
  const text = readFileSync(config, 'utf8').replace(/^clock: .*$/m, `clock: { kind: simulated, at: ${day} }`);
  writeFileSync(config, text);
}

/** Runs the worker and kills it some milliseconds after so many lines, unless it ends before. @returns what it said */
async function work(directory: string, afterLines: number, afterMs: number): Promise<readonly string[]> {
  const child = spawn(process.execPath, ['--conditions=cohortium-source', worker, directory, lastDay], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  let said = '';
  let lines = 0;
  let complaint = '';
  let kill: Promise<unknown> | undefined;
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  child.stdout.on('data', (chunk: Buffer) => {
    const text = chunk.toString();
    said += text;
    lines += text.split('\n').length - 1;
    if (lines >= afterLines) kill ??= sleep(afterMs).then(() => child.kill('SIGKILL'));
  });
  const code = await new Promise<number | null>((resolve) => {
    child.on('close', resolve);
  });
  await kill;
  children.delete(child);
  expect(complaint).toBe('');
  expect(code === null || code === 0, `the worker ended with ${code}`).toBe(true);
  return said.split('\n').slice(0, -1);
}

describe('a year of five schedules in a process that is killed', () => {
  it('has every time once, each by one completed run as of the day before', async () => {
    const directory = await makeDirectory();
    const rng = makeRng('kill the schedules');
    let day = '2025-12-31';
    let kills = 0;
    let wentOn = 0;
    let last: readonly string[] = [];
    while (last.at(-1) !== 'ended') {
      expect(kills).toBeLessThan(mostStarts);
      setClock(directory, day);
      const said = await work(directory, rng.integer(200), rng.integer(30));
      const first = said[0]?.split(' ')[2];
      // What was open when it was killed goes on without being started anew.
      if (kills > 0 && first === 'completed') wentOn += 1;
      const seen = [day, ...said.flatMap((line) => (line === 'ended' ? [] : [line.slice(0, 10)]))].sort().at(-1) ?? day;
      // A machine that starts again the same day, or up to three weeks later.
      const offDays = rng.uniform() < 0.3 ? rng.integer(21) : 0;
      const back = new Date(Math.min(Date.parse(seen) + offDays * 86_400_000, Date.parse(lastDay))).toISOString().slice(0, 10);
      if (said.at(-1) !== 'ended') kills += 1;
      day = back;
      last = said;
    }
    expect(kills).toBeGreaterThanOrEqual(8);
    expect(wentOn).toBeGreaterThan(0);

    const agent = await openAgent(directory, { readonly: true });
    const runs = await agent.runs();
    const occurrences = [...(await agent.schedules.history(undefined, 10_000))].reverse();
    await agent.close();
    for (const { id } of schedules) {
      const mine = occurrences.filter(({ schedule, due }) => schedule === id && due.local.slice(4, 8) === '2026');
      expect(
        mine.map(({ due }) => due.local.slice(4)),
        id,
      ).toEqual(timesOfYear[id]);
    }
    expect(occurrences.filter(({ state, attempts }) => state !== 'completed' || attempts !== 1)).toEqual([]);

    const started = occurrences.filter(({ schedule }) => !isDaily(schedule));
    expect(runs.filter(({ status }) => status !== 'completed')).toEqual([]);
    expect(new Set(runs.map(({ runId }) => runId))).toEqual(new Set(started.map(({ runId }) => runId)));
    expect(runs).toHaveLength(started.length);
    for (const { runId, due } of started) {
      const dayBefore = new Date(Date.parse(due.utc) - 86_400_000).toISOString().slice(0, 10);
      expect(runs.find((run) => run.runId === runId)?.asOf).toBe(dayBefore);
    }
  });
});
