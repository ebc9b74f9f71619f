/** Scoring, judging and watching a value model by the real agent: what is written, what is refused, and what a kill leaves. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, describe, expect, it } from 'vitest';

import { renderPng } from '../../agents/adapters/resvg/render-png.ts';
import { agentOver } from '../../agents/customer-data-graph/agent.ts';
import { initOperatorDirectory } from '../../agents/customer-data-graph/operator-directory.ts';
import { startReceiver } from '../../agents/customer-data-graph/quickstart/receiver.ts';
import { openWorkspace } from '../../agents/customer-data-graph/workspace.ts';
import { canonicalJson, type LogEvent, type Ref, sha256 } from '../../skills/sdk/index.ts';
import { setDay, steadyShop } from '../fixtures/steady-shop.ts';
import { withAgent } from '../fixtures/trained-shop.ts';

const shop = await steadyShop('score-run', { customers: 120, lastDay: '2025-10-10', driftFrom: '2025-04-08' });
afterAll(() => rmSync(shop.folder, { recursive: true }));

/** Every file of outputs/ by content. */
function outputs(directory: string): string {
  const root = join(directory, 'outputs');
  if (!existsSync(root)) return 'none';
  const files = readdirSync(root, { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
    .sort();
  return canonicalJson(files.map((file) => [file, sha256(readFileSync(join(root, file)))]));
}

const lines = (directory: string, name: string): string[] =>
  readFileSync(join(directory, 'outputs', name), 'utf8')
    .trim()
    .split('\n');

describe('a cut-off', () => {
  it('is scored once: predictions, tiers, clusters and their ranking under the names that others expect', async () => {
    const directory = shop.copy();
    const report = await withAgent(directory, ({ scoring }) => scoring.scoreRun({ cutoff: '2025-01-06', commit: true }));
    expect(report).toMatchObject({
      modelId: shop.modelId,
      judged: [],
      nextCutoff: '2025-01-20',
      waiting: [{ until: '2025-03-06' }],
      tickets: 0,
    });
    expect(
      readdirSync(join(directory, 'outputs'))
        .filter((name) => name.endsWith('.csv'))
        .toSorted(),
    ).toEqual([
      'clv_cluster_ranking_2025-01-06_pred2m.csv',
      'clv_clusters_2025-01-06_pred2m.csv',
      'clv_predictions_2025-01-06_pred2m.csv',
      'clv_ranked_predictions_2025-01-06_pred2m.csv',
    ]);
    const [record] = report.scored;
    expect(record?.tiers.map(({ name, customers }) => [name, customers])).toEqual([
      ['Top-1 %', 2],
      ['Top-5 %', 4],
      ['Top-10 %', 6],
      ['Top-20 %', 12],
      ['Top-50 %', 36],
      ['Rest', 60],
    ]);
    expect(lines(directory, 'clv_predictions_2025-01-06_pred2m.csv')).toHaveLength(121);
    expect(record?.watch?.stability[0]?.name).toBe('score');
    const before = outputs(directory);
    const again = await withAgent(directory, ({ scoring }) => scoring.scoreRun({ cutoff: '2025-01-06' }));
    expect(outputs(directory)).toBe(before);
    expect(again.scored).toEqual(report.scored);
    // Nothing is due before the next one, and that is no error.
    expect((await withAgent(directory, ({ scoring }) => scoring.scoreRun())).scored).toEqual([]);
  });

  it('that is named moves the stored one only when that is said', async () => {
    const directory = shop.copy();
    const first = await withAgent(directory, ({ scoring }) => scoring.scoreRun({ cutoff: '2024-12-30' }));
    expect(first.nextCutoff).toBeNull();
    const stored = await withAgent(directory, ({ scoring }) => scoring.scoreRun({ cutoff: '2025-01-06', commit: true }));
    expect(stored.nextCutoff).toBe('2025-01-20');
    await expect(withAgent(directory, ({ scoring }) => scoring.scoreRun({ commit: true }))).rejects.toMatchObject({
      code: 'ARGUMENT_INVALID',
    });
  });

  it('before the model has seen its own outcomes is not judged by it', async () => {
    const directory = shop.copy();
    setDay(directory, '2025-03-06');
    const { judged } = await withAgent(directory, ({ scoring }) => scoring.scoreRun({ cutoff: '2024-12-30' }));
    expect(judged.map(({ window }) => [window?.drift, window?.isAlert])).toEqual([[null, false]]);
  });
});

describe('refused, with nothing half-written, is', () => {
  it.each([
    ['a cut-off in the future', '2025-01-07', 'MODEL_CUTOFF_INVALID', 'is in the future'],
    ['a cut-off before the data', '2024-01-31', 'MODEL_CUTOFF_INVALID', 'is before the data'],
    ['a cut-off that is no day', '2025-02-30', 'ARGUMENT_INVALID', '2025-02-30'],
  ])('%s', async (_what, cutoff, code, words) => {
    const directory = shop.copy();
    await expect(withAgent(directory, ({ scoring }) => scoring.scoreRun({ cutoff }))).rejects.toMatchObject({
      code,
      message: expect.stringContaining(words),
    });
    expect(outputs(directory)).toBe('none');
  });

  it('a cut-off that the log has not reached', async () => {
    const directory = shop.copy();
    setDay(directory, '2026-01-05');
    await expect(withAgent(directory, ({ scoring }) => scoring.scoreRun({ cutoff: '2025-11-03' }))).rejects.toMatchObject({
      code: 'MODEL_CUTOFF_INVALID',
      message: expect.stringContaining('has not been reached by the log'),
    });
    expect(outputs(directory)).toBe('none');
  });

  it('scoring without a champion, and without customers', async () => {
    const directory = join(shop.folder, 'empty');
    await initOperatorDirectory(directory, {});
    await expect(withAgent(directory, ({ scoring }) => scoring.scoreRun())).rejects.toMatchObject({ code: 'CHAMPION_MISSING' });
    expect(outputs(directory)).toBe('none');
    const other = shop.copy();
    const state = join(other, '.cohortium');
    for (const name of readdirSync(state)) if (!/^(?:keys|ledger|content)/.test(name)) rmSync(join(state, name), { recursive: true });
    await expect(withAgent(other, ({ scoring }) => scoring.scoreRun())).rejects.toMatchObject({ code: 'GRAPH_EMPTY' });
    expect(outputs(other)).toBe('none');
  });

  it('a champion whose artefact was edited, and a manifest that was shortened', async () => {
    const directory = shop.copy();
    const artefact = join(directory, 'models', 'artefacts', `${shop.artefact}.json`);
    writeFileSync(artefact, readFileSync(artefact, 'utf8').replace('"predMonths":2', '"predMonths":3'));
    await expect(withAgent(directory, ({ scoring }) => scoring.scoreRun())).rejects.toMatchObject({ code: 'MODEL_FILE_CHANGED' });
    const other = shop.copy();
    writeFileSync(join(other, 'models', 'champion_manifest.jsonl'), '');
    await expect(withAgent(other, ({ scoring }) => scoring.scoreRun())).rejects.toMatchObject({ code: 'MANIFEST_DAMAGED' });
    await expect(withAgent(other, ({ scoring }) => scoring.retention(true))).rejects.toMatchObject({ code: 'MANIFEST_DAMAGED' });
    expect(outputs(directory)).toBe('none');
  });

  it.each([
    ['a prediction edited by hand', 'clv_predictions_2025-01-06_pred2m.csv', (text: string) => text.replace(/,(\d+\.\d+),EUR/, ',1,EUR')],
    ['predictions that were removed', 'clv_predictions_2025-01-06_pred2m.csv', null],
    [
      'a record edited by hand',
      'score_runs/2025-01-06_pred2m_MODEL.json',
      (text: string) => text.replace('"predMonths":2', '"predMonths":1'),
    ],
    ['a stored cut-off edited by hand', 'score_runs/last_score_cutoff.json', (text: string) => text.replace('2025-01-20', 'soon')],
  ])('%s, and other windows are judged all the same', async (_what, name, edit) => {
    const directory = shop.copy();
    for (const cutoff of ['2025-01-06', '2025-01-13'])
      await withAgent(directory, ({ scoring }) => scoring.scoreRun({ cutoff, commit: cutoff === '2025-01-06', today: cutoff }));
    const file = join(directory, 'outputs', name.replace('MODEL', shop.modelId));
    const text = readFileSync(file, 'utf8');
    if (edit === null) rmSync(file);
    else {
      expect(edit(text)).not.toBe(text);
      writeFileSync(file, edit(text));
    }
    const isPrediction = name.startsWith('clv_predictions');
    await expect(
      withAgent(directory, ({ scoring }) => scoring.scoreRun({ today: '2025-03-13', ...(isPrediction ? { cutoff: '2025-01-13' } : {}) })),
    ).rejects.toMatchObject({ code: 'SCORE_FILE_CHANGED', message: expect.stringContaining(name.replace('MODEL', shop.modelId)) });
    const actual = (cutoff: string): boolean => existsSync(join(directory, 'outputs', `clv_predictions_actual_${cutoff}_pred2m.csv`));
    expect([actual('2025-01-06'), actual('2025-01-13')]).toEqual([false, isPrediction]);
  });
});

describe('a run that is killed', () => {
  it('goes on where it was, and ends with the bytes of one that was not', async () => {
    const whole = shop.copy();
    const run = (directory: string) => withAgent(directory, ({ scoring }) => scoring.scoreRun());
    setDay(whole, '2025-01-20');
    await withAgent(whole, ({ scoring }) => scoring.scoreRun({ cutoff: '2025-01-06', commit: true, today: '2025-01-06' }));
    await run(whole);
    const killed = shop.copy();
    setDay(killed, '2025-01-20');
    await withAgent(killed, ({ scoring }) => scoring.scoreRun({ cutoff: '2025-01-06', commit: true, today: '2025-01-06' }));
    for (const name of ['clv_ranked_predictions', 'clv_clusters']) await killWhen(killed, `${name}_2025-01-20_pred2m.csv`);
    await run(killed);
    expect(outputs(killed)).toBe(outputs(whole));
  });
});

/** Starts the command line and kills it as soon as a file is there, or when it has ended. */
async function killWhen(directory: string, name: string): Promise<void> {
  const main = join(import.meta.dirname, '..', '..', 'mcp-server', 'cli', 'main.ts');
  const child: ChildProcess = spawn(process.execPath, ['--conditions=cohortium-source', main, 'score-run', '--dir', directory], {
    stdio: 'ignore',
  });
  const ended = once(child, 'exit');
  while (child.exitCode === null && !existsSync(join(directory, 'outputs', name))) await sleep(2);
  child.kill('SIGKILL');
  await ended;
}

describe('an erased customer', () => {
  const predictions = 'clv_predictions_2025-02-03_pred2m.csv';
  const lastOf = (directory: string): string => lines(directory, predictions).at(-1)?.split(',')[0] ?? '';
  const recordOf = (directory: string): string =>
    readFileSync(join(directory, 'outputs', 'score_runs', `2025-02-03_pred2m_${shop.modelId}.json`), 'utf8');
  /** A scored cut-off, and its last customer erased. */
  async function scoredAndErased(): Promise<string> {
    const directory = shop.copy();
    let before = '';
    let snapshot: Ref | undefined;
    setDay(directory, '2025-02-03');
    await withAgent(directory, async ({ models, erasure, scoring }) => {
      await scoring.scoreRun({ cutoff: '2025-02-03', commit: true });
      await models.addPerson('dpo');
      before = readFileSync(join(directory, 'outputs', predictions), 'utf8');
      ({ snapshot } = JSON.parse(recordOf(directory)) as { readonly snapshot: Ref });
      await erasure.erase({ customer: lastOf(directory), by: 'dpo', why: 'asked for' });
    });
    expect(lines(directory, predictions)).toHaveLength(120);
    // Who knows every other row could try rows until one of these fits.
    for (const digest of [sha256(before), snapshot?.digest]) expect(recordOf(directory)).not.toContain(digest);
    return directory;
  }

  it('is missing in files that are on record as they are now, and keeps no window from being judged', async () => {
    const directory = await scoredAndErased();
    setDay(directory, '2025-04-07');
    const { judged } = await withAgent(directory, ({ scoring }) => scoring.scoreRun({ cutoff: '2025-02-03' }));
    expect(judged.map(({ window }) => window?.customers)).toEqual([119]);
  });

  it('makes no edited file one that counts', async () => {
    const directory = await scoredAndErased();
    const edited = join(directory, 'outputs', predictions);
    writeFileSync(edited, readFileSync(edited, 'utf8').replace(',EUR,', ',USD,'));
    await withAgent(directory, async ({ erasure, scoring }) => {
      await erasure.erase({ customer: lastOf(directory), by: 'dpo', why: 'asked for' });
      await expect(scoring.scoreRun({ cutoff: '2025-02-03' })).rejects.toMatchObject({ code: 'SCORE_FILE_CHANGED' });
    });
  });
});

describe('a matured window', () => {
  it('raises an alert in the first one with other ways, by file, log and signed message, and the second proposes a tuning', async () => {
    const directory = shop.copy();
    const receiver = await startReceiver(() => secret);
    writeFileSync(
      join(directory, 'registries', 'subscribers', 'tickets.yaml'),
      `id: tickets\nkind: webhook\nsink: tickets\npurposes: [model-monitoring]\nurl: ${receiver.url}\nallowPrivate: true\n`,
    );
    let secret = '';
    const logged: LogEvent[] = [];
    const at = async (cutoff: string, day: string) => {
      setDay(directory, day);
      const workspace = openWorkspace(directory, {
        logger: { log: (event) => void (event.event === 'effect-done' || logged.push(event)) },
      });
      secret = workspace.keys().webhookSecret('tickets');
      const agent = agentOver(workspace);
      try {
        return await agent.scoring.scoreRun({ cutoff });
      } finally {
        await agent.close();
      }
    };
    try {
      const steady = await at('2025-02-03', '2025-04-07');
      expect(steady.judged.map(({ window }) => window?.isAlert)).toEqual([false]);
      expect([logged, receiver.accepted()]).toEqual([[], 0]);
      const first = await at('2025-04-07', '2025-06-07');
      expect(first.judged.map(({ cutoff, window }) => [cutoff, window?.isAlert, window?.proposal])).toEqual([['2025-04-07', true, null]]);
      expect(first.tickets).toBe(1);
      expect(receiver.accepted()).toBe(1);
      expect(logged).toEqual([expect.objectContaining({ event: 'drift-alert', cutoff: '2025-04-07', model: shop.modelId })]);
      const [record] = first.judged;
      const names = record?.window?.alertFiles.map(({ name }) => name) ?? [];
      expect(names).toEqual(
        ['md', '_windows.svg', '_tenths.svg', '_columns.svg'].map(
          (end) => `clv_drift_alert_2025-04-07_pred2m${end === 'md' ? '.md' : end}`,
        ),
      );
      for (const name of names.slice(1)) {
        const svg = readFileSync(join(directory, 'outputs', name), 'utf8');
        expect((await renderPng(svg, 1)).length).toBeGreaterThan(5000);
      }
      const text = readFileSync(join(directory, 'outputs', names[0] ?? ''), 'utf8');
      for (const name of names.slice(1)) expect(text).toContain(`](${name})`);
      expect(text).toContain('**above the limit**');
      expect(text).not.toMatch(/\bc-\d+\b/);
      const second = await at('2025-05-05', '2025-07-05');
      const proposal = second.judged[0]?.window?.proposal ?? '';
      expect(proposal).toMatch(/^tuning-[0-9a-f]{32}$/);
      const third = await at('2025-06-02', '2025-08-02');
      expect(third.judged[0]?.window?.proposal).toBe(proposal);
      expect([receiver.accepted(), receiver.refused()]).toEqual([3, 0]);
      const config = readFileSync(join(directory, 'cohortium.yaml'), 'utf8');
      const models = readdirSync(join(directory, 'models', 'artefacts'));
      await withAgent(directory, async (agent) => {
        expect((await agent.models.champions()).open.map(({ id }) => id)).toEqual([proposal]);
        await expect(agent.models.approve('tuning', 'drift-monitor', 'read it')).rejects.toMatchObject({ code: 'APPROVAL_REFUSED' });
        const file = join(directory, 'outputs', names[0] ?? '');
        writeFileSync(file, `${text} `);
        await expect(agent.models.approve('tuning', 'grace', 'read it')).rejects.toMatchObject({ code: 'MODEL_FILE_CHANGED' });
        writeFileSync(file, text);
        await agent.models.approve('tuning', 'grace', 'let us look');
        expect(await agent.models.checkChampions()).toMatchObject({ isGood: true, entries: 2, champions: 1 });
      });
      // A tuning is a task for people: no window was changed, and no model was made.
      expect(readFileSync(join(directory, 'cohortium.yaml'), 'utf8')).toBe(config);
      expect(readdirSync(join(directory, 'models', 'artefacts'))).toEqual(models);
    } finally {
      await receiver.close();
    }
  });
});
