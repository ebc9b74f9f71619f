/** One operator directory, replayed: as it is, under another law, after an erasure, and after somebody changed what was recorded. */
import { chmodSync, cpSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import Database from 'better-sqlite3';
import { beforeAll, describe, expect, it } from 'vitest';

import { createContentStore } from '../../agents/adapters/files/content-store.ts';
import { markErased } from '../../agents/adapters/files/erased-content.ts';
import { openAgent, runQuickstart } from '../../agents/customer-data-graph/index.ts';
import type { ReplayDoor, ReplayReport } from '../../agents/customer-data-graph/interface.ts';
import { replayBundle } from '../../agents/customer-data-graph/replay/replay-bundle.ts';
import { int32Column, type Ref } from '../../skills/sdk/index.ts';
import { cohortium, temporaryFolder } from './command-line.ts';

const original = join(temporaryFolder(), 'merchant');
let runId = '';
let recorded: ReplayReport;

beforeAll(async () => {
  ({ runId } = await runQuickstart({ directory: original, seed: 'replay', customers: 200 }));
  recorded = await ask(original, (replays) => replays.run({ runId }));
});

async function ask<Answer>(directory: string, question: (replays: ReplayDoor) => Promise<Answer>): Promise<Answer> {
  const agent = await openAgent(directory, { readonly: true });
  try {
    return await question(agent.replays);
  } finally {
    await agent.close();
  }
}

const replayed = (directory: string): Promise<ReplayReport> => ask(directory, (replays) => replays.run({ runId }));

/** A copy that a test may spoil. */
function copy(): string {
  const directory = join(temporaryFolder(), 'merchant');
  cpSync(original, directory, { recursive: true });
  // A copy is open to others, and then the keys in it are refused.
  chmodSync(join(directory, '.cohortium', 'keys'), 0o700);
  return directory;
}

/** Names and bytes of everything that the agent keeps, but for what opening a database writes. */
function kept(directory: string): ReadonlyMap<string, string> {
  const state = join(directory, '.cohortium');
  return new Map(
    readdirSync(state, { recursive: true, encoding: 'utf8' })
      .filter((name) => statSync(join(state, name)).isFile() && !/\.db(-wal|-shm)?$|lock\.json$/.test(name))
      .sort()
      .map((name) => [name, readFileSync(join(state, name)).toString('base64')]),
  );
}

const stage = (report: ReplayReport, effect: string) => report.stages.find((one) => one.effect === effect);

/** What an effect of the run answered, as the store has it. */
function output(directory: string, kind: string): Readonly<Record<string, Ref>> {
  const database = new Database(join(directory, '.cohortium', 'runs.db'), { readonly: true });
  const text = database.prepare('SELECT output FROM effect WHERE run_id = ? AND kind = ?').pluck().get(runId, kind);
  database.close();
  return JSON.parse(String(text)) as Readonly<Record<string, Ref>>;
}

function pathOf(directory: string, ref: Ref | undefined): string {
  return join(directory, '.cohortium', 'content', ref?.digest.slice(0, 2) ?? '', ref?.digest ?? '');
}

describe('a replay', () => {
  it('computes capture, features, cohort, calibration, gate, audit and emission again', () => {
    expect(recorded).toMatchObject({ outcome: 'identical', firstDifference: null, followed: recorded.effects });
    const computed = recorded.stages.filter(({ verdict }) => verdict === 'identical').map(({ effect }) => effect);
    expect(computed).toEqual(expect.arrayContaining(['log.seal', 'features.build', 'clv.fit', 'calibration.apply']));
    expect(computed).toEqual(expect.arrayContaining(['facts.assemble', 'policy.decide', 'records.compose', 'emissions.compose']));
    const tiers = Object.values(stage(recorded, 'calibration.apply')?.tiers ?? {});
    expect(tiers.reduce((sum, n) => sum + n, 0)).toBe(200);
    expect(recorded.stages.every(({ fingerprint }) => fingerprint !== null)).toBe(true);
  });

  it('changes nothing that the agent keeps', async () => {
    const directory = copy();
    const before = kept(directory);
    await replayed(directory);
    expect([...kept(directory).keys()]).toEqual([...before.keys()]);
    expect(kept(directory)).toEqual(before);
  });

  it('decides by the law of then, whatever the law is by now', async () => {
    const directory = copy();
    const policy = `@id("nothing-goes")
@outcome("fail")
@anchor("governance")
@citation("Operator policy")
@remedy("None.")
forbid (principal, action, resource);
`;
    writeFileSync(join(directory, 'policies', 'nothing-goes.cedar'), policy);
    // It holds today, so a replay by the law of today would differ.
    const today = await cohortium(['lint', '--dir', directory]);
    expect(today.status, today.stdout + today.stderr).toBe(0);
    const report = await replayed(directory);
    expect(report.firstDifference).toBeNull();
    expect(stage(report, 'policy.decide')?.verdict).toBe('identical');
    expect(stage(report, 'facts.assemble')?.verdict).toBe('identical');
  });

  it('shows one customer at every stage, by the record that stands in the ledger', async () => {
    const { receipts } = output(original, 'receipts.list');
    const table = createContentStore(join(original, '.cohortium', 'content')).getTable(receipts ?? neverWritten);
    const place = { index: int32Column(table, 'scoreRecord')[7] ?? -1, item: int32Column(table, 'scoreItem')[7] ?? -1 };
    const found = await ask(original, (replays) => replays.record(place));
    expect(found).toMatchObject({ kind: 'score', customer: expect.stringMatching(/^c\d+$/) });
    expect(found.value).toMatchObject({
      currency: 'EUR',
      tier: expect.any(String),
      beforeMinor: expect.any(Number),
      afterMinor: expect.any(Number),
    });
    expect(found.decisions.map(({ subscriber }) => subscriber)).toContain('score-store');
    expect(found.decisions.filter(({ outcome }) => outcome !== 'pass').every(({ because }) => because.length > 0)).toBe(true);
    const about = found.stages.map(({ effect }) => effect);
    expect(about).toEqual(
      expect.arrayContaining(['features.build', 'clv.value', 'calibration.apply', 'decisions.join', 'records.compose']),
    );
    const scores = found.stages.flatMap((one) => one.recorded).filter(({ output: name }) => name === 'scores' || name === 'calibrated');
    expect(scores.map(({ rows: [row] }) => row?.['customerId'])).toEqual([found.customer, found.customer]);
    const unknown = ask(original, (replays) => replays.record({ index: 999_999, item: null }));
    await expect(unknown).rejects.toMatchObject({ code: 'RECORD_NOT_FOUND' });
  });
});

const neverWritten: Ref = { digest: '0'.repeat(64), media: 'none', rows: 0 };

describe('the walk through the record', () => {
  it('finds that everything fits', async () => {
    const report = await ask(original, (replays) => replays.recorded(runId));
    expect(report.faults).toEqual([]);
    expect(report).toMatchObject({ fits: true, erased: [], followed: report.effects });
    expect(report.records).toBeGreaterThan(1000);
    expect(report.objects).toBeGreaterThan(30);
  });

  it('names an object whose bytes were changed, and a reply that was exchanged', async () => {
    const directory = copy();
    const path = pathOf(directory, output(directory, 'clv.fit')['model']);
    writeFileSync(path, readFileSync(path, 'utf8').replace(/"draws":\d+/, '"draws":7'));
    const [calibrated, scores] = [output(directory, 'calibration.apply')['calibrated'], output(directory, 'clv.value')['scores']];
    const database = new Database(join(directory, '.cohortium', 'runs.db'));
    // The values before calibration in place of those after it.
    const exchange = "UPDATE effect SET output = replace(output, ?, ?) WHERE run_id = ? AND kind = 'calibration.apply'";
    database.prepare(exchange).run(calibrated?.digest, scores?.digest, runId);
    database.close();
    const found = await ask(directory, (replays) => replays.recorded(runId));
    expect(found.fits).toBe(false);
    expect(found.faults.map(({ says }) => says).join('\n')).toContain('CONTENT_DIGEST_MISMATCH');
    expect(found.faults[0]).toMatchObject({ step: 'gate', says: expect.stringContaining('input.') });
    const report = await replayed(directory);
    expect(report.outcome).toBe('diverged');
    expect(report.firstDifference).toMatchObject({ step: 'recalibrate', effect: 'calibration.apply' });
  });
});

describe('after an erasure', () => {
  it('ends with its own exit code, names the stages, and compares the others', async () => {
    const directory = copy();
    const [accounts, scores] = [output(directory, 'features.build')['accounts'], output(directory, 'clv.value')['scores']];
    const path = pathOf(directory, accounts);
    // Any table that is there stands for the one without the person.
    markErased(path, { erasure: 'hand-made', replacement: scores?.digest ?? '' });
    rmSync(path);
    const { status, stdout } = await cohortium(['replay', runId, '--json', '--dir', directory]);
    expect(status).toBe(3);
    const report = JSON.parse(stdout) as ReplayReport;
    expect(report.outcome).toBe('erased');
    expect(stage(report, 'clv.fit')).toMatchObject({ verdict: 'erased', erased: [{ object: accounts?.digest, day: null, entry: null }] });
    // From the signals themselves the erased table is made again: its digest is what was recorded.
    expect(stage(report, 'features.build')?.verdict).toBe('identical');
    expect(stage(report, 'decisions.join')?.verdict).toBe('identical');
  });

  it('of a person names day and entry, in every stage that the person was in', async () => {
    const directory = copy();
    const agent = await openAgent(directory);
    await agent.models.addPerson('ada');
    const { record } = await agent.erasure.erase({ customer: 'c092', by: 'ada', why: 'asked for' }).finally(() => agent.close());
    const report = await replayed(directory);
    expect(report).toMatchObject({ outcome: 'erased', firstDifference: null, followed: report.effects });
    for (const effect of ['log.seal', 'features.build', 'clv.value', 'facts.assemble', 'records.compose']) {
      expect(stage(report, effect)?.verdict, effect).toBe('erased');
      expect(stage(report, effect)?.erased[0]).toMatchObject({ day: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/), entry: record });
    }
    // It knows no customer: the law, and the facts of classes of them.
    expect(stage(report, 'policy.decide')?.verdict).toBe('identical');
    expect(await ask(directory, (replays) => replays.recorded(runId))).toMatchObject({ fits: true, faults: [] });
  });

  it('is another thing than a loss', async () => {
    const directory = copy();
    renameSync(pathOf(directory, output(directory, 'policy.decide')['law']), join(directory, 'law.lost'));
    const report = await replayed(directory);
    expect(report.outcome).toBe('gone');
    expect(report.stages.filter(({ verdict }) => verdict === 'gone').map(({ effect }) => effect)).toEqual(['policy.decide']);
  });
});

describe('a bundle', () => {
  it('replays where no operator directory is, and is refused when anything in it was changed', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'run.bundle');
    const exported = await ask(original, (replays) => replays.export(runId, file));
    expect(exported).toMatchObject({ runId, missing: 0, segments: 1, effects: recorded.effects });
    const report = await replayBundle(file, { digest: exported.digest });
    expect(report).toMatchObject({ outcome: 'identical', effects: recorded.effects, recomputed: recorded.recomputed });
    await expect(replayBundle(file, { digest: '0'.repeat(64) })).rejects.toMatchObject({ code: 'BUNDLE_DAMAGED' });
    const bytes = readFileSync(file);
    const middle = Math.floor(bytes.length / 2);
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    const spoilt = join(folder, 'spoilt.bundle');
    writeFileSync(spoilt, bytes);
    await expect(replayBundle(spoilt)).rejects.toMatchObject({ code: 'BUNDLE_DAMAGED' });
  });
});
