/** Schedules of a real operator directory: real pipelines, a real ledger, a simulated clock. */
import { appendFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { openAgent } from '../agent.ts';
import type { CustomerDataGraph } from '../interface.ts';
import { initOperatorDirectory } from '../operator-directory.ts';
import type { OccurrenceReport } from './schedule-interface.ts';

const step = '  - id: signals\n    skill: signal-capture\n';

async function shop(schedules: string, pipelines: Readonly<Record<string, string>> = {}, clock = '{ kind: simulated, at: 2026-01-01 }') {
  const directory = mkdtempSync(join(tmpdir(), 'cohortium-schedule-door-'));
  await initOperatorDirectory(directory, {});
  for (const [name, steps] of Object.entries({ small: step, ...pipelines })) {
    writeFileSync(join(directory, 'pipelines', `${name}.yaml`), `pipeline: ${name}\nversion: 1\nsteps:\n${steps}`);
  }
  const config = join(directory, 'cohortium.yaml');
  const setClock = (text: string): void => {
    writeFileSync(config, readFileSync(config, 'utf8').replace(/^clock: .*$/m, `clock: ${text}`));
  };
  setClock(clock);
  appendFileSync(config, `schedules:\n${schedules}`);
  const use = async <T>(work: (agent: CustomerDataGraph) => Promise<T>): Promise<T> => {
    const agent = await openAgent(directory);
    try {
      return await work(agent);
    } finally {
      await agent.close();
    }
  };
  return { directory, use, setClock };
}

async function run(agent: CustomerDataGraph, untilDay: string): Promise<readonly OccurrenceReport[]> {
  const told: OccurrenceReport[] = [];
  await agent.schedules.run({ untilDay, onOccurrence: (occurrence) => told.push(occurrence) });
  return told;
}

const visit = { id: 'v-1', type: 'visit', customer: { userId: 'c-1' }, at: '2025-12-30T09:00:00Z', channel: 'web', properties: {} };

describe('the list of schedules', () => {
  it('has no time as next that has happened already, after the clock was set back', async () => {
    const { use } = await shop('  - { id: a, command: verify, every: daily, at: 06:00 }\n');
    // A simulated clock begins anew with each opening.
    await use((agent) => run(agent, '2026-01-03'));
    await use(async (agent) => {
      const [listed] = await agent.schedules.list(2);
      expect(listed?.next.map(({ utc }) => utc)).toEqual(['2026-01-04T06:00:00.000Z', '2026-01-05T06:00:00.000Z']);
      expect(listed?.last).toMatchObject({ state: 'completed', due: { utc: '2026-01-03T06:00:00.000Z' } });
      expect((await run(agent, '2026-01-04')).map(({ due }) => due.utc)).toEqual(['2026-01-04T06:00:00.000Z', '2026-01-04T06:00:00.000Z']);
    });
  });
});

describe('a scheduled run', () => {
  it('is a run like any other, as of the UTC day before its time', async () => {
    const { use } = await shop(
      '  - { id: a, run: small, every: daily, at: 00:30, timezone: Europe/Berlin }\n  - { id: b, run: small, every: weekly, at: 21:00, timezone: America/New_York, with: { daysBack: 3 } }\n',
    );
    await use(async (agent) => {
      await agent.capture([visit], 'test');
      const told = await run(agent, '2026-01-06');
      const runs = await agent.runs();
      const asOf = (id: string) =>
        told.flatMap(({ schedule, state, runId, due }) =>
          schedule === id && state === 'completed' ? [[due.local, runs.find((one) => one.runId === runId)?.asOf]] : [],
        );
      // Half past midnight in Berlin is still the day before in UTC, and 21:00 in New York the day after.
      expect(asOf('a').slice(0, 2)).toEqual([
        ['Fri 2026-01-02 00:30', '2025-12-31'],
        ['Sat 2026-01-03 00:30', '2026-01-01'],
      ]);
      expect(asOf('b')).toEqual([['Mon 2026-01-05 21:00', '2026-01-03']]);
      expect(new Set(runs.map(({ status }) => status))).toEqual(new Set(['completed']));
    });
  });

  it('is the same run when the same id is asked for again, whatever became of the file', async () => {
    const { use, directory } = await shop('  []\n');
    await use(async (agent) => {
      await agent.capture([visit], 'test');
      const request = { pipeline: 'small.yaml', asOf: '2025-12-31', runId: 'run-of-a-schedule' };
      const first = await agent.run(request);
      writeFileSync(join(directory, 'pipelines', 'small.yaml'), 'nothing of the kind');
      expect(await agent.run(request)).toEqual(first);
      expect(await agent.runs()).toHaveLength(1);
      await expect(agent.run({ ...request, runId: 'run-of-another' })).rejects.toMatchObject({ code: 'PIPELINE_INVALID' });
    });
  });

  it('that fails is shown with its code, tried again as declared, and named by doctor', async () => {
    const { use } = await shop('  - { id: value, run: clv, every: weekly, at: 06:00, retry: { attempts: 2, backoff: 10m } }\n');
    await use(async (agent) => {
      const told = await run(agent, '2026-01-05');
      expect(told.map(({ state, attempts }) => [state, attempts])).toEqual([
        ['started', 1],
        ['retrying', 1],
        ['started', 2],
        ['failed', 2],
      ]);
      expect(told[1]).toMatchObject({ next: { utc: '2026-01-05T06:10:00.000Z' }, error: { code: 'GRAPH_EMPTY' } });
      const [summary] = await agent.schedules.list(1);
      expect(summary?.last).toMatchObject({ state: 'failed', attempts: 2, error: { code: 'GRAPH_EMPTY' } });
      const check = (await agent.doctor()).checks.find(({ name }) => name === 'schedules');
      expect(check).toMatchObject({ ok: false, found: expect.stringContaining('value, 2026-01-05T06:00:00.000Z: GRAPH_EMPTY') });
    });
  });

  it('whose pipeline was broken since fails with the fault, and does not keep others from running', async () => {
    const { use, directory } = await shop('  - { id: a, run: broken, every: daily }\n  - { id: b, run: small, every: daily }\n', {
      broken: step,
    });
    writeFileSync(join(directory, 'pipelines', 'broken.yaml'), 'pipeline: broken\nversion: 1\nsteps:\n  - { id: x, skill: none }\n');
    await use(async (agent) => {
      await agent.capture([visit], 'test');
      const ended = (await run(agent, '2026-01-02')).filter(({ state }) => state !== 'started');
      expect(ended.map(({ schedule, state }) => `${schedule} ${state}`)).toEqual(['a failed', 'b completed']);
      expect(ended[0]?.error).toMatchObject({ code: 'PIPELINE_SKILL_UNKNOWN', message: expect.stringContaining('broken.yaml:4') });
    });
  });

  it('that waits for a person keeps its schedule busy until it was answered', async () => {
    const { use, setClock } = await shop('  - { id: a, run: asked, every: daily }\n', { asked: `${step}    approval: { by: Ada }\n` });
    const waiting = await use(async (agent) => {
      await agent.capture([visit], 'test');
      const told = await run(agent, '2026-01-04');
      expect(told.map(({ state }) => state)).toEqual(['started']);
      await expect(agent.schedules.runNow('a')).rejects.toMatchObject({
        code: 'SCHEDULE_BUSY',
        message: expect.stringContaining(told[0]?.runId ?? '-'),
      });
      return told[0]?.runId ?? '';
    });
    setClock('{ kind: simulated, at: 2026-01-04 }');
    await use(async (agent) => {
      expect(await agent.schedules.due()).toEqual([
        { schedule: 'a', due: { utc: '2026-01-02T00:00:00.000Z', local: 'Fri 2026-01-02 00:00' }, timezone: 'UTC', isOpen: true },
      ]);
      await agent.approveStep(waiting, 'signals', true, 'Ada');
      const told = await run(agent, '2026-01-04');
      expect(told.map(({ state, due }) => `${due.local.slice(4, 14)} ${state}`)).toEqual([
        '2026-01-02 completed',
        '2026-01-03 skipped',
        '2026-01-04 started',
      ]);
    });
  });
});

describe('a scheduled command', () => {
  it('verifies the ledger, and fails with its fault where it was tampered with', async () => {
    const { use, directory } = await shop('  - { id: a, command: verify, every: daily }\n');
    await use(async (agent) => {
      expect((await run(agent, '2026-01-02')).at(-1)).toMatchObject({ state: 'completed', runId: null, attempts: 1 });
      writeFileSync(join(directory, '.cohortium', 'ledger.db'), 'nothing of the kind');
      const { faults } = await agent.verify();
      expect(faults).not.toEqual([]);
      const ended = (await run(agent, '2026-01-03')).at(-1);
      expect(ended).toMatchObject({
        state: 'failed',
        error: { code: faults[0]?.code, message: expect.stringContaining(faults[0]?.message ?? '-') },
      });
    });
  });
});

describe('a start by hand', () => {
  it('is kept apart from the calendar, and once at one instant', async () => {
    const { use } = await shop('  - { id: a, run: small, every: monthly, on: last, paused: true }\n');
    await use(async (agent) => {
      await agent.capture([visit], 'test');
      const first = await agent.schedules.runNow('a');
      expect(first).toMatchObject({ trigger: 'manual', state: 'completed', due: { utc: '2026-01-01T00:00:00.000Z' } });
      expect(await agent.schedules.runNow('a')).toEqual(first);
      expect(await agent.runs()).toHaveLength(1);
      expect(await agent.schedules.list(1)).toMatchObject([{ isPaused: true, next: [], last: first }]);
    });
  });

  it('of a schedule that there is not is refused with those that there are', async () => {
    const { use } = await shop('  - { id: a, run: small, every: daily }\n');
    await use(async (agent) => {
      await expect(agent.schedules.runNow('b')).rejects.toMatchObject({
        code: 'SCHEDULE_NOT_FOUND',
        message: expect.stringContaining('there are: a'),
      });
      await expect(agent.schedules.history('b', 5)).rejects.toMatchObject({ code: 'SCHEDULE_NOT_FOUND' });
      expect(await agent.schedules.history('a', 5)).toEqual([]);
    });
  });
});

describe('running the schedules', () => {
  it('is refused on a simulated clock that would never stop, and for a day that is none', async () => {
    const { use } = await shop('  - { id: a, run: small, every: daily }\n');
    await use(async (agent) => {
      await expect(agent.schedules.run()).rejects.toMatchObject({ code: 'ARGUMENT_INVALID', message: expect.stringContaining('--until') });
      await expect(agent.schedules.run({ untilDay: '2026-02-30' })).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
      await expect(agent.schedules.run({ isStill: true })).resolves.toBeUndefined();
    });
  });

  it('is refused while a pipeline that it needs is not there, and so is looking at them', async () => {
    const { use } = await shop('  - { id: a, run: smal, every: daily }\n');
    await use(async (agent) => {
      for (const call of [
        agent.schedules.list(1),
        agent.schedules.due(),
        agent.schedules.run({ isOnce: true }),
        agent.schedules.runNow('a'),
      ]) {
        await expect(call).rejects.toMatchObject({ code: 'CONFIG_INVALID', diagnostics: [{ at: { file: 'cohortium.yaml' } }] });
      }
      expect((await agent.lint([])).map(({ message }) => message)).toContainEqual(
        expect.stringContaining('there is no pipelines/smal.yaml'),
      );
    });
  });

  it('ends on a real clock when it is told to, without waiting for the next time', async () => {
    const { use } = await shop('  - { id: a, run: small, every: monthly }\n', {}, '{ kind: system }');
    await use(async (agent) => {
      const stop = new AbortController();
      const running = agent.schedules.run({ signal: stop.signal });
      setTimeout(() => stop.abort(), 50);
      await expect(running).resolves.toBeUndefined();
    });
  });
});
