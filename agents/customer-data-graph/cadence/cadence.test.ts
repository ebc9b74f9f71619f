import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { float64Column, type Ref, textColumn } from '../../../skills/sdk/index.ts';
import { sum } from '../../../skills/sdk/numeric/index.ts';
import { withAgent } from '../../../test/fixtures/trained-shop.ts';
import { openDatabase } from '../../adapters/sqlite/open-database.ts';
import { simulateIntoLog } from '../index.ts';
import type { CadenceFeedback, CustomerDataGraph, RunReport } from '../interface.ts';
import { initOperatorDirectory } from '../operator-directory.ts';
import { performWork } from '../schedules/commands.ts';
import { openWorkspace, type Workspace } from '../workspace.ts';
import { recalibrateDue } from './recalibrate-due.ts';

const folder = mkdtempSync(join(tmpdir(), 'cohortium-cadence-'));
const directory = join(folder, 'shop');
const config = join(directory, 'cohortium.yaml');
const pipeline = `pipeline: light
version: 1
steps:
  - { id: signals, skill: signal-capture }
  - { id: cohort, skill: cohort, after: [signals], with: { horizonDays: 30, draws: 50, timing: [bg-nbd, nbd], shares: proportional-fitting } }
  - { id: recalibrate, skill: recalibrate, after: [cohort] }
`;
const coded = (code: string, text = '') => expect.objectContaining({ code, message: expect.stringContaining(text) as string }) as Error;
const open = <Found>(use: (agent: CustomerDataGraph) => Promise<Found>) => withAgent(directory, use);
const due = (agent: CustomerDataGraph, asOf: string) => recalibrateDue(agent, { pipeline: 'light', asOf });

/** What a step of a run put out, from the content store. */
async function outputOf<Found>(
  run: RunReport | null,
  name: string,
  read: (content: Workspace['content'], ref: Ref) => Found,
): Promise<Found> {
  const ref = run?.steps.find(({ id }) => id === 'cohort')?.output?.[name] as Ref; // by the schema of the step
  const workspace = openWorkspace(directory, { readonly: true });
  try {
    return read(workspace.content, ref);
  } finally {
    await workspace.close();
  }
}

interface StoredModel {
  readonly stacking: { readonly prior?: readonly { readonly cohort: string; readonly shares: readonly number[] }[] };
}

const modelOf = (run: RunReport | null) => outputOf(run, 'model', (content, ref) => content.getJson(ref) as StoredModel);

beforeAll(async () => {
  await initOperatorDirectory(directory, { currency: 'EUR', merchant: 'Test' });
  writeFileSync(
    config,
    `${readFileSync(config, 'utf8').replace('clock: { kind: system }', "clock: { kind: simulated, at: '2025-07-01' }")}cadence: { leastCustomers: 5, patience: 1 }\n`,
  );
  writeFileSync(join(directory, 'pipelines', 'light.yaml'), pipeline);
  await simulateIntoLog(directory, { seed: 'cadence', customers: 120, months: 18 });
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('recalibrating by cadence', () => {
  let first: string;

  it('runs where nothing was ever run, and not again before a cohort is due', async () => {
    await open(async (agent) => {
      expect(await agent.cadence.list()).toEqual([]);
      const report = await due(agent, '2025-04-01');
      expect(report).toMatchObject({ due: null, run: { status: 'completed' }, learnt: { entries: [] } });
      first = report.run?.runId ?? '';
      expect(await due(agent, '2025-04-07')).toMatchObject({ due: [], run: null });
      const [cohort] = await agent.cadence.list();
      expect(cohort).toMatchObject({ cadence: 'weekly', error: null, windows: 0, lastRun: '2025-04-01', due: '2025-04-08' });
    });
  });

  it('learns once what came of a prediction, and not before its window is over', async () => {
    await open(async (agent) => {
      expect((await agent.cadence.learn('2025-04-30')).entries).toEqual([]);
      const { runs, entries } = await agent.cadence.learn('2025-05-01');
      expect(runs).toEqual([first]);
      expect(entries.length).toBeGreaterThan(1);
      for (const { asOf, until, error, customers, predictedMinor, losses, decision, before, cadence, reason } of entries) {
        expect([asOf, until, before]).toEqual(['2025-04-01', '2025-05-01', 'weekly']);
        expect(error).toBeGreaterThanOrEqual(0);
        expect(error).toBeLessThanOrEqual(1);
        expect(customers).toBeGreaterThan(0);
        expect(predictedMinor).toBeGreaterThan(0);
        expect(Object.keys(losses)).toEqual(['bg-nbd', 'nbd']);
        expect(reason).not.toBe('');
        // The rule as it is written: shorter above 20 %, longer below 10 %.
        const wanted = customers < 5 ? 'keep' : error > 0.2 ? 'shorten' : error < 0.1 ? 'lengthen' : 'keep';
        expect(decision).toBe(wanted);
        expect(cadence).toBe({ shorten: 'daily', lengthen: 'monthly', keep: 'weekly' }[wanted]);
      }
      expect((await agent.cadence.learn('2025-05-01')).entries).toEqual([]);
    });
  });

  it('compares with what was spent', async () => {
    const { entries, later } = await open(async (agent) => ({
      entries: await agent.cadence.history(undefined, 100),
      // The holdout of a run one horizon later is about the same customers and days.
      later: await agent.run({ pipeline: 'pipelines/light.yaml', asOf: '2025-05-01' }),
    }));
    const feedback = entries.filter((entry): entry is CadenceFeedback => entry.kind === 'feedback');
    const spent = await outputOf(later, 'holdout', (content, ref) => {
      const holdout = content.getTable(ref);
      const homes = textColumn(holdout, 'cohort');
      return (cohort: string) => sum(float64Column(holdout, 'actualSpendMinor').filter((_, row) => homes[row] === cohort));
    });
    expect(feedback.length).toBeGreaterThan(1);
    for (const { cohort, outcomeMinor } of feedback) expect(outcomeMinor).toBeCloseTo(Math.max(0, spent(cohort)), 6);
  });

  it('pulls the weights of the next models to what was recorded, as a part of the plan', async () => {
    const run = await open(async (agent) => {
      const { run: made } = await due(agent, '2025-06-15');
      expect(made?.status).toBe('completed');
      expect(await agent.replay(made?.runId ?? '')).toMatchObject({ identical: true });
      return made;
    });
    const { prior } = (await modelOf(run)).stacking;
    expect(prior?.[0]?.cohort).toBe('');
    expect(prior?.length).toBeGreaterThan(1);
    for (const { shares } of prior ?? []) expect(sum(shares)).toBeCloseTo(1, 12);
    const text = readFileSync(config, 'utf8');
    writeFileSync(config, text.replace('patience: 1', 'patience: 1, weighModels: false'));
    const without = await open((agent) => agent.run({ pipeline: 'pipelines/light.yaml', asOf: '2025-06-16' }));
    expect((await modelOf(without)).stacking).not.toHaveProperty('prior');
    writeFileSync(config, text);
  });

  it('takes the choice of a person, with the reason, inside the bounds', async () => {
    await open(async (agent) => {
      const [one] = await agent.cadence.list();
      const cohort = one?.cohort ?? '';
      expect(await agent.cadence.set(cohort, 'monthly', 'ada', 'quiet season')).toMatchObject({ cadence: 'monthly', by: 'ada' });
      expect((await agent.cadence.list())[0]).toMatchObject({ cohort, cadence: 'monthly' });
      expect((await agent.cadence.history(cohort, 1))[0]).toMatchObject({ kind: 'set', reason: 'quiet season' });
      const refused: readonly (readonly [string, string, string, string])[] = [
        ['nowhere', 'daily', 'ada', 'why'],
        [cohort, 'yearly', 'ada', 'why'],
        [cohort, 'daily', ' ', 'why'],
        [cohort, 'daily', 'ada', ''],
      ];
      for (const wrong of refused) await expect(agent.cadence.set(...wrong)).rejects.toThrow(coded('ARGUMENT_INVALID'));
      await expect(agent.cadence.history('nowhere', 5)).rejects.toThrow(coded('ARGUMENT_INVALID', "no cohort 'nowhere'"));
      await expect(agent.cadence.learn('yesterday')).rejects.toThrow(coded('ARGUMENT_INVALID'));
    });
  });

  it('is a command of schedules, safe to be performed again', async () => {
    await open(async (agent) => {
      const call = {
        schedule: 'weekly',
        runId: 'run-of-a-schedule',
        work: { kind: 'command', name: 'cadence', with: { pipeline: 'light' } },
        dueMs: Date.parse('2025-06-28T06:00:00Z'),
      } as const;
      expect(await performWork(agent, call)).toEqual({ state: 'completed' });
      const runs = (await agent.runs()).length;
      expect(await performWork(agent, call)).toEqual({ state: 'completed' });
      expect((await agent.runs()).length).toBe(runs);
      expect(await agent.runStatus('run-of-a-schedule')).toMatchObject({ asOf: '2025-06-27', status: 'completed' });
      const absent = await performWork(agent, {
        ...call,
        runId: 'run-x',
        dueMs: Date.parse('2025-08-01T06:00:00Z'),
        work: { ...call.work, with: { pipeline: 'absent' } },
      });
      expect(absent).toMatchObject({ state: 'failed', error: { code: 'PIPELINE_NOT_FOUND' } });
    });
  });

  it('refuses bounds that are crossed', async () => {
    const text = readFileSync(config, 'utf8');
    for (const bad of [
      '{ shortest: monthly, longest: daily }',
      '{ start: daily, shortest: weekly }',
      '{ shortenAbove: 0.05 }',
      '{ patience: 0 }',
      '{ shortest: hourly }',
    ]) {
      writeFileSync(config, text.replace(/^cadence: .*$/m, `cadence: ${bad}`));
      await expect(open(async () => undefined)).rejects.toThrow(coded('CONFIG_INVALID'));
    }
    writeFileSync(config, text);
  });

  it('cannot be given other errors by hand', async () => {
    const database = openDatabase(join(directory, '.cohortium', 'feedback.db'), 'DROP TRIGGER entry_stays');
    database.exec("UPDATE entry SET body = replace(body, '\"error\":', '\"error\":0') WHERE kind = 'feedback'");
    database.close();
    await open((agent) => expect(agent.cadence.list()).rejects.toThrow(coded('STORE_CORRUPT')));
  });
});
