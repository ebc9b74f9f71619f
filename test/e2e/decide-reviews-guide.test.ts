/** docs/how-to/decide-reviews.md: every command runs as printed, in order, on one case, and does what the page says. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import type { PrecedentSummary, ReviewSheet, ReviewSummary } from '../../agents/customer-data-graph/interface.ts';
import { readGuide } from '../fixtures/guide.ts';
import { realCli } from '../fixtures/real-cli.ts';

const { blocks, text } = readGuide('decide-reviews');
const folder = mkdtempSync(join(tmpdir(), 'reviews-guide-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function json<Answer>(line: string): Promise<Answer> {
  const { out, err, exitCode } = await realCli(`${line} --json`, folder);
  expect(exitCode, `${line}\n${err}`).toBe(0);
  return JSON.parse(out) as Answer; // the caller names the documented shape
}

describe('the guide to reviews', () => {
  it('runs as printed', async () => {
    let id = '<id>';
    let facts = '<facts>';
    const said = new Map<string, string>();
    for (const { language, code } of blocks) {
      if (language !== 'sh') continue;
      for (const printed of code.trim().split('\n')) {
        if (printed.includes('<id>') && id === '<id>') {
          const { reviews } = await json<{ readonly reviews: readonly ReviewSummary[] }>('cohortium gate reviews');
          const first = reviews.find(({ policies, purpose }) => policies.length === 1 && purpose !== 'analytics') ?? reviews[0];
          id = first?.id ?? '';
          const sheet = await json<ReviewSheet>(`cohortium gate reviews show ${id}`);
          facts = sheet.facts
            .filter(({ isDecisive }) => isDecisive)
            .map(({ name }) => name)
            .join(',');
        }
        const line = printed.replace('<id>', id).replace('<facts>', facts);
        const { out, err, exitCode } = await realCli(line, folder);
        expect(exitCode, `${line}\n${err}${out}`).toBe(0);
        said.set(printed, out);
        if (printed.includes('gate reviews approve')) {
          const { precedents } = await json<{ readonly precedents: readonly PrecedentSummary[] }>('cohortium gate precedents');
          expect(precedents).toMatchObject([{ review: id, verdict: 'approve', signedBy: ['ada', 'grace'], effect: 'in-force' }]);
        }
      }
    }
    const of = (printed: string): string => said.get(printed) ?? '';
    for (const title of ['Law', 'Facts that it rests on', 'What would change the outcome', 'Evidence of the numbers', 'History'])
      expect(of('cohortium gate reviews show <id>')).toContain(`\n${title}\n`);
    expect(of('cohortium gate reviews --all')).toMatch(new RegExp(`^${id} .* closed by grace$`, 'm'));
    expect(of('cohortium gate reviews metrics')).toMatch(/^decided +1$/m);
  });

  it('shows a configuration that is one', async () => {
    const { configSchema } = await import('../../agents/customer-data-graph/config.ts');
    const { parse } = await import('yaml');
    const shown = blocks.find(({ language }) => language === 'yaml')?.code ?? '';
    expect(configSchema.safeParse({ cohortium: 1, merchant: 'Guide', currency: 'EUR', ...parse(shown) }).success).toBe(true);
    expect(text).not.toContain('cohortium review ');
  });
});
