import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, describe, expect, it } from 'vitest';

import { initOperatorDirectory, openAgent } from '../index.ts';
import type { CustomerDataGraph } from '../interface.ts';

const folders: string[] = [];
let agent: CustomerDataGraph | undefined;

afterEach(async () => {
  await agent?.close();
  agent = undefined;
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

async function shop(today?: string): Promise<{ readonly directory: string; readonly agent: CustomerDataGraph }> {
  const directory = mkdtempSync(join(tmpdir(), 'registries-'));
  folders.push(directory);
  await initOperatorDirectory(directory, today === undefined ? {} : { today });
  if (today !== undefined) {
    const config = join(directory, 'cohortium.yaml');
    writeFileSync(config, readFileSync(config, 'utf8').replace('clock: { kind: system }', `clock: { kind: simulated, at: ${today} }`));
  }
  agent = await openAgent(directory);
  return { directory, agent };
}

const only = `pipeline: only
version: 1
steps:
  - id: signals
    skill: signal-capture
`;

/** A run that uses the registries; it needs no data. */
async function use(directory: string, on: CustomerDataGraph): Promise<void> {
  writeFileSync(join(directory, 'pipelines', 'only.yaml'), only);
  await on.run({ pipeline: 'pipelines/only.yaml', asOf: '2026-01-31' });
}

function edit(directory: string, file: string, from: string, to: string): void {
  const path = join(directory, 'registries', file);
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(from);
  writeFileSync(path, text.replace(from, to));
}

describe('the registries of an operator', () => {
  it('are without fault after init, and all new before the first run', async () => {
    const { agent: fresh } = await shop();
    expect(await fresh.registryLint()).toEqual([]);
    const { entries, isRefused } = await fresh.registryDiff();
    expect(new Set(entries.map(({ status }) => status))).toEqual(new Set(['new']));
    expect(isRefused).toBe(false);
  });

  it.each(['2025-01-01', '2028-02-29', '2031-06-15'])(
    'are to be looked at again a year after init on %s, and not before',
    async (today) => {
      const { agent: fresh } = await shop(today);
      expect(await fresh.registryLint()).toEqual([]);
      const { definitions } = await fresh.cohortDefinitions();
      expect(definitions.length).toBeGreaterThan(10);
      const days = definitions.map(({ reviewBy }) => (Date.parse(reviewBy) - Date.parse(today)) / 86_400_000);
      expect(new Set(days)).toEqual(new Set([365]));
    },
  );

  it('are not made for a day that is none', async () => {
    await expect(shop('31.12.2026')).rejects.toThrow("today: an ISO date was expected; found '31.12.2026'");
  });

  it('are locked by a run: other content under the same version stops the next one, a new version does not', async () => {
    const { directory, agent: used } = await shop();
    await use(directory, used);
    expect((await used.registryDiff()).entries).toEqual([]);

    edit(directory, 'subscribers/offers.yaml', 'purposes: [offer-eligibility]', 'purposes: [offer-eligibility, analytics]');
    const refused = await used.registryDiff();
    expect(refused.isRefused).toBe(true);
    expect(refused.entries).toMatchObject([
      {
        registry: 'subscribers',
        id: 'offers',
        compatibility: 'breaking',
        changes: [{ path: 'purposes.analytics', kind: 'added', because: 'values would be used for more than was said' }],
      },
    ]);
    await expect(used.run({ pipeline: 'pipelines/only.yaml', asOf: '2026-02-28' })).rejects.toMatchObject({ code: 'REGISTRY_LOCKED' });
    expect((await used.registryLint()).map(({ code }) => code)).toEqual(['REGISTRY_LOCKED']);
    expect((await used.lint([])).map(({ code }) => code)).toEqual(['REGISTRY_LOCKED']);

    appendFileSync(join(directory, 'registries/subscribers/offers.yaml'), 'version: 2\n');
    expect(await used.registryLint()).toEqual([]);
    expect((await used.registryDiff()).isRefused).toBe(false);
    await used.run({ pipeline: 'pipelines/only.yaml', asOf: '2026-02-28' });
    expect((await used.registryDiff()).entries).toEqual([]);
  });

  it('are checked by what each of them means, not only as YAML, and one fault does not hide another', async () => {
    const { directory, agent: faulty } = await shop();
    mkdirSync(join(directory, 'registries/signals'), { recursive: true });
    mkdirSync(join(directory, 'registries/sources'), { recursive: true });
    const rule = 'names: [{ own: [Wheel Spun], set: { milestone: wheel }, take: { valeu: [prize] } }]';
    writeFileSync(join(directory, 'registries/signals/plan.yaml'), `version: 1\ntypes:\n  milestone-event:\n    version: 1\n    ${rule}\n`);
    writeFileSync(join(directory, 'registries/sources/web.yaml'), 'id: web\nkind: sdks\n');
    edit(directory, 'subscribers/offers.yaml', 'kind: in-process', 'kind: in-proces');
    edit(directory, 'cohorts/rfm-segments.yaml', 'method: rfm', 'method: rfn');
    writeFileSync(join(directory, 'registries/identity.yaml'), 'matching: { reviewAbov: 0.5 }\n');
    const files = (await faulty.registryLint()).map(({ at }) => at?.file);
    expect(new Set(files)).toEqual(
      new Set([
        'registries/cohorts/rfm-segments.yaml',
        'registries/identity.yaml',
        'registries/signals/plan.yaml',
        'registries/sources/web.yaml',
        'registries/subscribers/offers.yaml',
      ]),
    );
    expect((await faulty.lint([])).map(({ message }) => message)).toEqual(
      expect.arrayContaining((await faulty.registryLint()).map(({ message }) => message)),
    );
  });

  it('are five behind one interface, the recorded ones beside the authored ones', async () => {
    const { directory, agent: used } = await shop();
    await use(directory, used);
    const registries = await used.registries();
    expect(registries.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      'signals authored',
      'cohorts authored',
      'subscribers authored',
      'memberships recorded',
      'attestations recorded',
    ]);
    expect(registries.find(({ name }) => name === 'subscribers')).toMatchObject({ entries: 2, last: { name: 'subscribers/offers@1' } });
    expect(registries.find(({ name }) => name === 'memberships')).toMatchObject({ entries: 0, last: null });
  });

  it('do not mind comments, order of keys and white space', async () => {
    const { directory, agent: used } = await shop();
    await use(directory, used);
    edit(directory, 'subscribers/offers.yaml', 'purposes: [offer-eligibility]', 'purposes:\n  # only this\n  - offer-eligibility');
    expect((await used.registryDiff()).entries).toEqual([]);
  });

  it('name a lock that was changed by hand, and refuse to run on it', async () => {
    const { directory, agent: used } = await shop();
    await use(directory, used);
    edit(directory, 'lock.jsonl', '"id":"offers"', '"id":"offerz"');
    edit(directory, 'subscribers/offers.yaml', 'kind: in-process', 'kind: in-proces');
    const line =
      readFileSync(join(directory, 'registries/lock.jsonl'), 'utf8')
        .split('\n')
        .findIndex((one) => one.includes('offerz')) + 1;
    expect(await used.registryLint()).toMatchObject([
      { code: 'SUBSCRIBER_INVALID' },
      { code: 'REGISTRY_LOCK_DAMAGED', at: { file: 'registries/lock.jsonl', line } },
    ]);
    edit(directory, 'subscribers/offers.yaml', 'kind: in-proces', 'kind: in-process');
    await expect(used.run({ pipeline: 'pipelines/only.yaml', asOf: '2026-02-28' })).rejects.toMatchObject({
      code: 'REGISTRY_LOCK_DAMAGED',
    });
  });

  it('call what is gone breaking, and compare two directories', async () => {
    const { directory, agent: used } = await shop();
    await use(directory, used);
    const other = mkdtempSync(join(tmpdir(), 'registries-'));
    folders.push(other);
    await initOperatorDirectory(other, {});
    expect((await used.registryDiff(other)).entries).toEqual([]);
    renameSync(join(directory, 'registries/subscribers/offers.yaml'), join(directory, 'registries/offers.yaml.old'));
    expect((await used.registryDiff()).entries).toMatchObject([{ id: 'offers', status: 'removed', compatibility: 'breaking' }]);
    expect((await used.registryDiff(other)).entries).toMatchObject([{ id: 'offers', status: 'removed' }]);
  });
});

describe('the hand-over bundle', () => {
  it('has everything but keys, and sums that another program can check', async () => {
    const { directory, agent: used } = await shop();
    await used.capture(
      [
        { id: 'a', type: 'visit', customer: { userId: 'u-1' }, at: '2026-01-05T10:00:00Z', properties: {} },
        { id: 'b', type: 'purchase', customer: { userId: 'u-1' }, at: 'never', properties: { amountMinor: 1, currency: 'EUR' } },
      ],
      'test',
    );
    await use(directory, used);
    const folder = join(directory, 'handover');
    const { files, bytes } = await used.exportHandover(folder);
    const names = files.map(({ path }) => path);
    expect(names).toEqual(
      expect.arrayContaining(['cohortium.yaml', 'registries/lock.jsonl', 'quarantine.jsonl', 'ledger.jsonl', 'README.md']),
    );
    expect(names.filter((name) => name.startsWith('signals/') && name.endsWith('.parquet'))).toHaveLength(1);
    expect(names.filter((name) => /key/i.test(name))).toEqual([]);
    expect(bytes).toBeGreaterThan(1000);
    expect(readFileSync(join(folder, 'quarantine.jsonl'), 'utf8')).toContain('SIGNAL_DATE_INVALID');
    const checked = execFileSync('sha256sum', ['--check', 'SHA256SUMS'], { cwd: folder, encoding: 'utf8' });
    expect(checked.trim().split('\n')).toHaveLength(files.length);
  });

  it('refuses a folder that has something in it', async () => {
    const { directory, agent: used } = await shop();
    await expect(used.exportHandover(directory)).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
  });

  it('refuses a folder inside what is handed over, which would be copied into itself for ever', async () => {
    const { directory, agent: used } = await shop();
    for (const place of ['registries/bundle', 'policies/a/b']) {
      await expect(used.exportHandover(join(directory, place))).rejects.toMatchObject({
        code: 'ARGUMENT_INVALID',
        message: expect.stringContaining('handed over itself') as string,
      });
      expect(existsSync(join(directory, place))).toBe(false);
    }
  });

  it('has no half files of processes that were killed, and can be opened by nobody else', async () => {
    const { directory, agent: used } = await shop();
    const visit = { id: 'a', type: 'visit', customer: { userId: 'u-1' }, at: '2026-01-05T10:00:00Z', properties: {} };
    await used.capture([visit], 'test');
    await use(directory, used);
    mkdirSync(join(directory, '.cohortium/segments/spill-1-1'));
    for (const left of ['spill-1-1/rows', `${'0'.repeat(64)}.parquet`]) writeFileSync(join(directory, '.cohortium/segments', left), 'half');
    const folder = join(directory, 'handover');
    mkdirSync(folder, { mode: 0o755 });
    const { files } = await used.exportHandover(folder);
    expect(files.filter(({ path }) => path.startsWith('signals/'))).toHaveLength(1);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('is made of more files than the process may open', async () => {
    const { directory, agent: used } = await shop();
    for (let file = 0; file < 400; file++) writeFileSync(join(directory, 'policies', `note-${file}.txt`), 'x');
    await used.close();
    agent = undefined;
    const index = new URL('../index.ts', import.meta.url).href;
    const script = `
      const { openAgent } = await import(${JSON.stringify(index)});
      const agent = await openAgent(${JSON.stringify(directory)});
      const { files } = await agent.exportHandover(${JSON.stringify(join(directory, 'handover'))});
      await agent.close();
      console.log(files.length);`;
    const node = `exec "${process.execPath}" --conditions=cohortium-source --input-type=module`;
    const counted = execFileSync('sh', ['-c', `ulimit -n 200 && ${node}`], { input: script, encoding: 'utf8' });
    expect(Number(counted)).toBeGreaterThan(400);
  });
});
