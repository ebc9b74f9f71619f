import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { configureModels, withAgent } from '../../../../test/fixtures/trained-shop.ts';
import { simulateIntoLog } from '../../index.ts';
import type { CustomerDataGraph } from '../../interface.ts';
import { checkLaw } from '../../law/read-law.ts';
import { initOperatorDirectory } from '../../operator-directory.ts';
import { openWorkspace } from '../../workspace.ts';
import { figureChanges, methodChanges } from './compare-worksheets.ts';
import { csvWorksheet, decimalAmount } from './csv-worksheet.ts';
import { revenueMonths } from './revenue-months.ts';
import { factsToState, revenueSteps } from './worksheet-facts.ts';
import type { WorksheetReport } from './worksheet-interface.ts';

const pipeline = `pipeline: values
version: 1
steps:
  - { id: signals, skill: signal-capture }
  - { id: cohort, skill: cohort, after: [signals], with: { horizonDays: 90, draws: 50 } }
  - { id: recalibrate, skill: recalibrate, after: [cohort] }
  - id: gate
    skill: gate
    after: [recalibrate]
    with: { uses: [{ subscriber: board, purpose: investor-reporting, sink: investors }] }
  - { id: audit, skill: audit, after: [gate] }
`;

const folder = mkdtempSync(join(tmpdir(), 'cohortium-worksheet-'));
const directory = join(folder, 'shop');
const inFolder = (name: string): string => join(folder, name);
const first = '2025-06-30';
const second = '2025-08-31';
let reports: readonly WorksheetReport[];

const write = (asOf: string, name: string) => withAgent(directory, (agent) => agent.gate.worksheet({ asOf, out: inFolder(name) }));
const coded = (code: string, text: string) => expect.objectContaining({ code, message: expect.stringContaining(text) as string }) as Error;

beforeAll(async () => {
  await initOperatorDirectory(directory, { currency: 'EUR', merchant: 'Test' });
  configureModels(directory, '');
  writeFileSync(join(directory, 'pipelines', 'values.yaml'), pipeline);
  await simulateIntoLog(directory, { seed: 'worksheet', customers: 220, months: 20 });
  const run = (agent: CustomerDataGraph, asOf: string) => agent.run({ pipeline: 'pipelines/values.yaml', asOf });
  reports = await withAgent(directory, async (agent) => {
    const found: WorksheetReport[] = [];
    for (const asOf of [first, second]) {
      await run(agent, asOf);
      found.push(await agent.gate.worksheet({ asOf, out: inFolder(`${asOf}.md`) }));
    }
    return found;
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the worksheet of a run', () => {
  it('holds out of the number everybody whom the gate does not pass for investors', () => {
    for (const { figures } of reports) {
      const { scored, held, reported, heldBy } = figures;
      expect(heldBy).toEqual({ subscriber: 'board', purpose: 'investor-reporting', sink: 'investors' });
      expect(held.fail.accounts + held.counsel.accounts + reported.accounts).toBe(scored.accounts);
      // Each is rounded to a minor unit by itself.
      expect(Math.abs(held.fail.valueMinor + held.counsel.valueMinor + reported.valueMinor - scored.valueMinor)).toBeLessThanOrEqual(2);
      // Nobody has stated the facts of a report, so that nothing of it may be given to anybody.
      expect(reported).toEqual({ accounts: 0, valueMinor: 0 });
    }
  });

  it('ties the log by month to what the scores were learnt from', () => {
    for (const { figures, months, asOf } of reports) {
      expect(months.at(-1)?.month).toBe(asOf.slice(0, 7));
      expect(months.map(({ month }) => month)).toEqual(months.map(({ month }) => month).toSorted());
      for (const { grossMinor, returnedMinor, netMinor } of months) expect(netMinor).toBe(grossMinor - returnedMinor);
      expect(figures.log.netMinor).toBe(months.reduce((total, { netMinor }) => total + netMinor, 0));
      expect(figures.log.returnedMinor).toBeGreaterThan(0);
      expect(figures.featuresMinor).toBe(figures.log.netMinor);
    }
  });

  it('grows a month at a time, and leaves months that were there as they were', () => {
    const [before, after] = reports.map(({ months }) => months);
    expect(after?.slice(0, before?.length)).toEqual(before);
    expect(after).toHaveLength((before?.length ?? 0) + 2);
  });

  it('puts its figures into the ledger, without a customer, and is proven by it', async () => {
    await withAgent(directory, async (agent) => {
      expect(await agent.verify()).toMatchObject({ verified: true });
      for (const { record, figures } of reports) {
        const { record: leaf } = await agent.proof(record.index);
        expect(leaf).toMatchObject({ kind: 'worksheet', schema: 'cohortium/worksheet@1' });
        expect(leaf).not.toHaveProperty('body');
        const workspace = openWorkspace(directory, { readonly: true });
        try {
          expect(await workspace.records().at({ index: record.index, item: null })).toMatchObject({ state: 'open', body: figures });
        } finally {
          await workspace.close();
        }
      }
    });
  });

  it('is held against the newest one of an earlier day', () => {
    expect(reports.map(({ previous }) => previous)).toEqual([null, { asOf: first, index: reports[0]?.record.index }]);
    const page = readFileSync(inFolder(`${second}.md`), 'utf8');
    expect(page).toContain(`That of ${first}, ledger record ${reports[0]?.record.index}.`);
    expect(page).toMatch(/\| Sales less returns in the log \| [\d ]+\.\d\d EUR \| [\d ]+\.\d\d EUR \| [\d ]+\.\d\d EUR \| \d+\.\d % \|/);
    expect(page).toContain(`None of method since the worksheet of ${first}`);
    expect(readFileSync(inFolder(`${first}.md`), 'utf8')).toContain('There is none in the ledger.');
  });

  it('leaves blank what only people know, and names no number as one of accounting', () => {
    const page = readFileSync(inFolder(`${second}.md`), 'utf8');
    for (const line of [
      'Most directly comparable GAAP measure, with its period',
      'Revenue recognised in the ledger of accounts, same period',
    ])
      expect(page).toMatch(new RegExp(`\\| ${line} \\| _+ \\|`));
    for (const { step, fact } of revenueSteps) expect(page).toMatch(new RegExp(`\\| ${step} \\|.*\\| _+ \\| \`${fact}\` \\|`));
    expect(page).toContain('not a number of accounting and not revenue');
    expect(page).toContain('not legal or accounting advice');
    const table = readFileSync(inFolder(`${second}.csv`), 'utf8')
      .trim()
      .split('\n');
    expect(table).toHaveLength(1 + (reports[1]?.months.length ?? 0));
    for (const line of table.slice(1)) expect(line).toMatch(/,{8}$/);
  });

  it('writes the same bytes again, and one record', async () => {
    const again = await write(second, 'again.md');
    expect(again.record).toEqual(reports[1]?.record);
    const [one, two] = [`${second}.md`, 'again.md'].map((name) => readFileSync(inFolder(name), 'utf8'));
    expect(two?.replaceAll('again.csv', `${second}.csv`)).toBe(one);
  });

  it.each([
    ['a file that was filled in', second, `${second}.md`, 'ARGUMENT_INVALID', 'is there already'],
    ['a name that is no Markdown file', second, 'sheet.xlsx', 'ARGUMENT_INVALID', 'a Markdown file'],
    ['a day without a run', '2025-07-31', 'none.md', 'SCORE_NOT_FOUND', `finished runs are of ${first}, ${second}`],
    ['a day that is none', '2025-13-01', 'none.md', 'ARGUMENT_INVALID', 'ISO date'],
  ] as const)('refuses %s, and writes nothing', async (_, asOf, name, code, text) => {
    const before = await withAgent(directory, (agent) => agent.verify());
    await expect(write(asOf, name)).rejects.toThrow(coded(code, text));
    expect(await withAgent(directory, (agent) => agent.verify())).toMatchObject({ size: before.size });
  });
});

it('ends with every fact that the rules of the reporting anchor wait for', () => {
  const { rules, facts } = checkLaw().law;
  const read = new Set(rules.flatMap((rule) => (rule.anchor === 'reporting' ? rule.facts : [])));
  const waited = [...read].filter((name) => facts[name]?.of === 'use' && facts[name].default === undefined);
  // Asked for only where lease cost or an accountant's report is stated.
  expect([...factsToState, 'leasePolicyStated', 'suitableCriteria'].toSorted()).toEqual(waited.toSorted());
});

describe('the worksheet before', () => {
  it('shows every figure, and of methods only what changed', () => {
    const [before] = reports.map(({ figures }) => figures);
    if (!before) throw new Error('no worksheet');
    const after = { ...before, horizonDays: 365, digests: { ...before.digests, model: 'another', policies: 'others' } };
    expect(methodChanges(before, after)).toEqual([
      { what: 'Horizon', before: '90 days', after: '365 days' },
      { what: 'Policies (digest)', before: before.digests.policies, after: 'others' },
    ]);
    expect(figureChanges(before, after).every((change) => change.before === change.after)).toBe(true);
  });
});

describe('months of the log', () => {
  it('add days, count a return in its own month, and keep months without a signal', () => {
    const days = { day_no: [0, 0, 31, 89], type: ['loyalty-action', 'purchase', 'return', 'purchase'], signals: [3, 2, 1, 1] };
    const months = revenueMonths({ ...days, amount_minor: [0, 1000, 400, 5] });
    expect(months.map(({ month, netMinor, loyaltyActions }) => [month, netMinor, loyaltyActions])).toEqual([
      ['1970-01', 1000, 3],
      ['1970-02', -400, 0],
      ['1970-03', 5, 0],
    ]);
    const gap = revenueMonths({ day_no: [0, 400], type: ['purchase', 'purchase'], signals: [1, 1], amount_minor: [1, 1] });
    expect(gap).toHaveLength(14);
    expect(gap.map(({ month }) => month).slice(11, 13)).toEqual(['1970-12', '1971-01']);
  });

  it('are none without a signal', () => {
    expect(revenueMonths({ day_no: [], type: [], signals: [], amount_minor: [] })).toEqual([]);
    expect(csvWorksheet([], 'EUR').split('\n')).toHaveLength(2);
  });
});

it.each([
  [0, 'EUR', '0.00'],
  [-5, 'EUR', '-0.05'],
  [123_456_789, 'EUR', '1234567.89'],
  [-1234, 'JPY', '-1234'],
  [1234, 'KWD', '1.234'],
])('writes %d minor units of %s as %s', (minor, currency, text) => {
  expect(decimalAmount(minor, currency)).toBe(text);
});
