/** A year of scoring by schedule on the simulated clock: customers change their ways in the seventh month, and the model is told so. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { agentOver } from '../../agents/customer-data-graph/agent.ts';
import type { ScoreRecord } from '../../agents/customer-data-graph/interface.ts';
import { openWorkspace } from '../../agents/customer-data-graph/workspace.ts';
import { setDay, steadyShop } from '../fixtures/steady-shop.ts';

// The first day of changed ways is the one after the outcome of the cut-off of May has ended.
const shop = await steadyShop('score-year', {
  customers: 120,
  lastDay: '2025-12-31',
  driftFrom: '2025-07-06',
  config: 'schedules: [{ id: scores, command: score-run, every: weekly, on: monday, at: "06:00", timezone: Europe/Berlin }]\n',
});
afterAll(() => rmSync(shop.folder, { recursive: true }));

describe('a year on the simulated clock', () => {
  it('raises the alert in the first window that has outcomes of the changed ways, and none before, restarts included', async () => {
    const directory = shop.copy();
    const logged: unknown[] = [];
    const runUntil = async (from: string, untilDay: string): Promise<readonly ScoreRecord[]> => {
      setDay(directory, from);
      const agent = agentOver(
        openWorkspace(directory, {
          logger: { log: (event) => void (event.event === 'drift-alert' && logged.push(event.cutoff)) },
        }),
      );
      try {
        await agent.schedules.run({ untilDay });
        const states = new Set((await agent.schedules.history(undefined, 100)).map(({ state, error }) => error?.message ?? state));
        expect([...states]).toEqual(['completed']);
        return await agent.scoring.scoreRecords();
      } finally {
        await agent.close();
      }
    };
    await runUntil('2025-01-05', '2025-04-30');
    const early = await runUntil('2025-04-30', '2025-08-02');
    // August 2 is when the window of June 2 is over; it is judged on the Monday after.
    expect(early.filter(({ window }) => window?.isAlert === true)).toEqual([]);
    expect(
      early
        .filter(({ window }) => window !== null)
        .map(({ cutoff }) => cutoff)
        .at(-1),
    ).toBe('2025-05-05');
    const records = await runUntil('2025-08-02', '2025-12-31');
    const first12Weeks = '2025-01-06 2025-01-20 2025-02-03 2025-02-17 2025-03-03 2025-03-17 2025-03-31';
    const firstMondays = '2025-04-07 2025-05-05 2025-06-02 2025-07-07 2025-08-04 2025-09-01 2025-10-06 2025-11-03 2025-12-01';
    expect(records.map(({ cutoff }) => cutoff).join(' ')).toBe(`${first12Weeks} ${firstMondays}`);
    const alerts = records.filter(({ window }) => window?.isAlert === true);
    expect(alerts[0]).toMatchObject({ cutoff: '2025-06-02', window: { judgedOn: '2025-08-04', proposal: null } });
    expect(alerts.map(({ cutoff }) => cutoff)).toEqual(['2025-06-02', '2025-07-07', '2025-08-04', '2025-09-01', '2025-10-06']);
    expect(logged).toEqual(alerts.map(({ cutoff }) => cutoff));
    // The error was estimated in advance, as long as customers kept their ways; that they would not cannot be seen in who they are.
    const estimates = records.flatMap(({ cutoff, watch, window }) => {
      const [foretold, found] = [watch?.estimate?.rmse ?? Number.NaN, window?.metrics.rmse.value ?? Number.NaN];
      return window === null ? [] : [{ cutoff, ratio: found / foretold }];
    });
    for (const { cutoff, ratio } of estimates) {
      if (cutoff < '2025-06-02') expect(Math.abs(ratio - 1)).toBeLessThan(0.35);
      else expect(ratio).toBeGreaterThan(2);
    }
    // Each one who waits does so because its outcome has not ended.
    expect(records.filter(({ window }) => window === null).map(({ outcomeEnd }) => outcomeEnd)).toEqual(['2026-01-03', '2026-02-01']);
    expect(new Set(alerts.slice(1).map(({ window }) => window?.proposal)).size).toBe(1);
    expect(readdirSync(join(directory, 'models', 'artefacts'))).toEqual([`${shop.artefact}.json`]);
    expect(
      readFileSync(join(directory, 'models', 'champion_manifest.jsonl'), 'utf8')
        .trim()
        .split('\n'),
    ).toHaveLength(1);
  });
});
