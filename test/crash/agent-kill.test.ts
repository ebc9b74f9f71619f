/**
 * The whole agent against SIGKILL, from the first line of a file to the last acknowledged message, beside a directory with the
 * same data that nobody disturbed. Both have a simulated clock and demonstration keys, so that everything can be compared.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { afterAll, describe, expect, it } from 'vitest';

import { openDatabase } from '../../agents/adapters/sqlite/open-database.ts';
import { initOperatorDirectory, openAgent, simulateInto } from '../../agents/customer-data-graph/index.ts';
import { makeRng } from '../../skills/sdk/numeric/index.ts';

const worker = fileURLToPath(new URL('agent-worker.ts', import.meta.url));
const asOf = '2025-06-30';
/** While files are taken in; the others fall anywhere in the run. */
const ingestKills = 8;
/** Ends the test with a message instead of a timeout when nothing moves on any more. */
const mostKills = 90;

const children = new Set<ChildProcess>();
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

async function makeDirectory(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'cohortium-agent-kill-'));
  await initOperatorDirectory(directory, { merchant: 'Kill test', currency: 'EUR', demonstration: true });
  const edit = (file: string, change: (text: string) => string): void => {
    const path = join(directory, file);
    writeFileSync(path, change(readFileSync(path, 'utf8')));
  };
  edit('cohortium.yaml', (text) =>
    text
      .replace(/^clock: .*$/m, 'clock: { kind: simulated, at: 2025-07-01 }')
      .replace(/^keys: .*$/m, 'keys: { kind: demonstration, seed: kill }'),
  );
  // Small batches, so that delivery is many messages long. For analytics, because so few customers calibrate nothing that a tier or an
  // offer could rest on.
  const forAnalytics = (text: string): string => text.replaceAll(/tier-assignment|offer-eligibility/g, 'analytics');
  for (const id of ['loyalty-desk', 'offers']) edit(`registries/subscribers/${id}.yaml`, forAnalytics);
  edit('pipelines/clv.yaml', (text) => forAnalytics(text).replace('skill: emission', 'skill: emission\n    with: { batchSize: 4 }'));
  await simulateInto(join(directory, 'data'), { seed: 'kill', customers: 250, months: 18 });
  return directory;
}

type Moment =
  /** Milliseconds after the files begin to be taken in. */
  | { readonly during: 'ingest'; readonly afterMs: number }
  /** Milliseconds after the pipeline begins or goes on: in the middle of whatever is performed. */
  | { readonly during: 'run'; readonly afterMs: number }
  /** Milliseconds after the first effect that this process performed, most often before its answer was stored. */
  | { readonly during: 'effect'; readonly afterMs: number };

const markOf = { ingest: /^ready$/m, run: /^ingested$/m, effect: /^effect /m } as const;

interface Work {
  readonly hasEnded: boolean;
  /** Effects performed, in order. */
  readonly effects: readonly string[];
  /** Milliseconds from the beginning of the pipeline to the end of the process. */
  readonly runMs: number;
}

/** Runs the worker; kills it at the moment given, unless it ends before. */
async function work(directory: string, moment?: Moment): Promise<Work> {
  const child = spawn(process.execPath, ['--conditions=cohortium-source', worker, directory, asOf], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  let said = '';
  let complaint = '';
  let kill: Promise<unknown> | undefined;
  let beganMs = 0;
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  const [code] = await new Promise<[number | null]>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (beganMs === 0 && markOf.run.test(said)) beganMs = performance.now();
      if (moment && markOf[moment.during].test(said)) kill ??= sleep(moment.afterMs).then(() => child.kill('SIGKILL'));
    });
    child.on('close', (exit) => resolve([exit]));
  });
  await kill;
  children.delete(child);
  expect(complaint).toBe('');
  expect(code === null || code === 0, `the worker ended with ${code}`).toBe(true);
  return {
    hasEnded: /^ended$/m.test(said),
    effects: [...said.matchAll(/^effect (\S+)$/gm)].map(([, kind]) => kind ?? ''),
    runMs: performance.now() - beganMs,
  };
}

/** Everything that must not depend on whether somebody was killed. */
async function resultsOf(directory: string) {
  const agent = await openAgent(directory);
  const runs = await agent.runs();
  const [first] = runs;
  const ledger = await agent.verify();
  const replay = await agent.replay(first?.runId ?? '');
  const quarantine = await agent.quarantine({}, 100);
  await agent.close();
  const rows = (file: string, sql: string): readonly unknown[] => {
    const database = openDatabase(join(directory, '.cohortium', file), '', { readonly: true });
    try {
      return database.prepare(sql).all();
    } finally {
      database.close();
    }
  };
  const folder = join(directory, '.cohortium', 'received');
  const received = readdirSync(folder).flatMap(
    (file) =>
      readFileSync(join(folder, file), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { readonly messageId: string; readonly body: string }), // written by received-file.ts
  );
  const anchors = join(directory, 'registries', 'attestations');
  return {
    runs,
    ledger,
    replay,
    quarantine,
    received,
    items: rows('ledger.db', 'SELECT place, hex(commitment) AS commitment FROM item ORDER BY place'),
    leaves: rows('ledger.db', 'SELECT idx, leaf FROM entry ORDER BY idx'),
    messages: rows('outbox.db', 'SELECT id, subscriber, sequence, body_digest, state FROM message ORDER BY id') as {
      readonly id: string;
      readonly state: string;
    }[], // columns of outbox-store.ts
    anchors: readdirSync(anchors).map((file) => [file, readFileSync(join(anchors, file), 'utf8')]),
  };
}

describe('the agent, killed about 30 times between the first line and the last message', () => {
  it('ends as if nobody had killed it', async () => {
    const undisturbed = await makeDirectory();
    const whole = await work(undisturbed);
    expect(whole.hasEnded).toBe(true);
    const expected = await resultsOf(undisturbed);

    const directory = await makeDirectory();
    const rng = makeRng('kill the agent');
    const killedAfter: string[] = [];
    let wasSeenRunning = false;
    /** Somewhat less than one effect takes on this machine, so that it takes as many kills on every other. */
    let paceMs = Math.ceil((0.6 * whole.runMs) / whole.effects.length);
    const killAt = async (moment: Moment): Promise<boolean> => {
      const { hasEnded, effects } = await work(directory, moment);
      if (hasEnded) return false;
      // The machine has less to do than when the pace was taken.
      if (effects.length > 2) paceMs = Math.ceil(paceMs / 2);
      killedAfter.push(effects.at(-1) ?? '');
      return true;
    };
    for (let kill = 0; kill < ingestKills; kill++) await killAt({ during: 'ingest', afterMs: rng.integer(160) });
    const next = (): Moment =>
      rng.uniform() < 0.25 ? { during: 'run', afterMs: rng.integer(2 * paceMs) } : { during: 'effect', afterMs: rng.integer(paceMs) };
    while (killedAfter.length < mostKills && (await killAt(next()))) {
      // What `cohortium runs` shows meanwhile: the run is there, open, with its steps.
      const agent = await openAgent(directory, { readonly: true });
      const [run] = await agent.runs();
      await agent.close();
      if (run?.status === 'completed') break;
      if (run === undefined) continue;
      wasSeenRunning = true;
      expect(run).toMatchObject({ status: 'running', asOf });
      expect(run.steps).toHaveLength(6);
    }
    expect((await work(directory)).hasEnded).toBe(true);
    expect(wasSeenRunning).toBe(true);
    expect(killedAfter.length).toBeGreaterThanOrEqual(16);
    expect(new Set(killedAfter).size).toBeGreaterThanOrEqual(6);

    const found = await resultsOf(directory);
    expect(found.runs.map(({ status }) => status)).toEqual(found.runs.map(() => 'completed'));
    // The first run is the interrupted one, and put out what the undisturbed one did, effect by effect.
    expect(found.runs[0]).toEqual(expected.runs[0]);
    expect(found.ledger).toEqual(expected.ledger);
    expect(found.ledger).toMatchObject({ verified: true, faults: [] });
    expect(found.items).toEqual(expected.items);
    expect(found.leaves).toEqual(expected.leaves);
    expect(found.anchors).toEqual(expected.anchors);
    expect(found.quarantine).toEqual(expected.quarantine);
    expect(found.replay).toMatchObject({ identical: true, firstDifference: null });

    expect(found.messages.length).toBeGreaterThan(20);
    expect(found.messages.filter(({ state }) => state !== 'acknowledged')).toEqual([]);
    expect(found.messages).toEqual(expected.messages);
    const ids = found.received.map(({ messageId }) => messageId);
    expect(new Set(ids).size).toBe(ids.length);
    expect([...ids].sort()).toEqual(found.messages.map(({ id }) => id));
    expect(found.received).toEqual(expected.received);
  });
});
