import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { simulateIntoLog } from '../../agents/customer-data-graph/index.ts';
import { initOperatorDirectory } from '../../agents/customer-data-graph/operator-directory.ts';
import { realCli } from '../fixtures/real-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'cohortium-sheet-'));
const directory = join(folder, 'shop');
const out = join(folder, 'out');
const worksheet = (rest: string) => realCli(`cohortium gate worksheet ${rest}`, directory);

const pipeline = `pipeline: values
version: 1
steps:
  - { id: signals, skill: signal-capture }
  - { id: cohort, skill: cohort, after: [signals], with: { draws: 50 } }
  - { id: recalibrate, skill: recalibrate, after: [cohort] }
  - { id: gate, skill: gate, after: [recalibrate] }
  - { id: audit, skill: audit, after: [gate] }
`;

beforeAll(async () => {
  await initOperatorDirectory(directory, { currency: 'EUR', merchant: 'Test' });
  writeFileSync(join(directory, 'pipelines', 'values.yaml'), pipeline);
  await simulateIntoLog(directory, { seed: 'sheet', customers: 200, months: 30 });
  await realCli('cohortium run pipelines/values.yaml --as-of 2026-06-30', directory);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('cohortium gate worksheet', () => {
  it('writes a page and a table, and says the number, its record and what people have to state', async () => {
    const { out: said, exitCode } = await worksheet(`--as-of 2026-06-30 --out ${join(out, 'sheet.md')}`);
    expect(said).toMatch(/^[\d ]+\.\d\d EUR expected in the 90 days after 2026-06-30, from \d+ of \d+ scored accounts\n/);
    expect(said).toMatch(/ledger record \d+, root [0-9a-f]{12}…/);
    expect(said).toContain('the first worksheet in the ledger');
    expect(said).toContain('asc606Recognition');
    expect(said).toContain('not legal or accounting advice');
    expect(readdirSync(out).toSorted()).toEqual(['sheet.csv', 'sheet.md']);
    expect(exitCode).toBe(0);
  });

  it('prints its figures as one document with --json', async () => {
    const { out: said } = await worksheet(`--as-of 2026-06-30 --out ${join(out, 'other')} --json`);
    const { figures, months, markdown } = JSON.parse(said) as { figures: { scored: { accounts: number } }; months: []; markdown: string };
    expect(markdown).toBe(join(out, 'other.md'));
    expect(figures.scored.accounts).toBeGreaterThan(100);
    expect(months.length).toBeGreaterThan(12);
  });

  it('does what the page on reporting says', async () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/concepts/law/reporting.md'), 'utf8');
    const line = /^```console\n(.+)\n```$/m.exec(page)?.[1] ?? '';
    const { exitCode } = await realCli(line, directory);
    expect(exitCode).toBe(0);
    for (const name of ['worksheet-2026-q2.md', 'worksheet-2026-q2.csv']) expect(existsSync(join(directory, name))).toBe(true);
    const headings = readFileSync(join(directory, 'worksheet-2026-q2.md'), 'utf8').match(/^## \d\. /gm);
    expect(headings).toEqual(['## 1. ', '## 2. ', '## 3. ', '## 4. ', '## 5. ', '## 6. ', '## 7. ', '## 8. ']);
  });

  it.each([
    ['--out sheet.md', 'ARGUMENT_INVALID', '--as-of'],
    ['--as-of 2026-06-30', 'ARGUMENT_INVALID', '--out'],
    ['--as-of 2026-07-31 --out late.md', 'SCORE_NOT_FOUND', 'finished runs are of 2026-06-30'],
    ['--as-of today --out late.md', 'ARGUMENT_INVALID', "found 'today'"],
  ])('refuses %j', async (rest, code, message) => {
    const { err, exitCode } = await worksheet(rest);
    expect(err).toContain(code);
    expect(err).toContain(message);
    expect(exitCode).toBeGreaterThan(0);
  });
});
