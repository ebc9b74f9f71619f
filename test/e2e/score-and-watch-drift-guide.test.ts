/** docs/how-to/score-and-watch-drift.md: every command runs as printed, in order, and says what is shown; its settings are accepted. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { configSchema } from '../../agents/customer-data-graph/config.ts';
import { holdSchema } from '../../agents/customer-data-graph/govern/retention/holds.ts';
import { subscriberSchema } from '../../registries/subscribers/subscriber.ts';
import { readGuide } from '../fixtures/guide.ts';
import { realCli } from '../fixtures/real-cli.ts';

const { text, blocks } = readGuide('score-and-watch-drift');
const folder = mkdtempSync(join(tmpdir(), 'score-guide-'));

afterAll(() => rmSync(folder, { recursive: true }));

describe('the guide to scoring and drift', () => {
  it('runs as printed', async () => {
    let said = '';
    for (const { language, code } of blocks) {
      if (language === 'text') expect(said).toContain(code.trim());
      if (language !== 'sh') continue;
      for (const line of code.trim().split('\n')) {
        const { out, err, exitCode } = await realCli(line, folder);
        expect(exitCode, `${line}\n${err}${out}`).toBe(0);
        said = out;
      }
    }
    const files = readdirSync(join(folder, 'shop', 'outputs'));
    for (const [, name = ''] of text.matchAll(/^\| `(clv_\w+_)<DATE>/gm)) {
      expect(files.filter((file) => new RegExp(`^${name}\\d{4}-\\d{2}-\\d{2}_pred6m\\.csv$`).test(file)).length).toBeGreaterThan(0);
    }
    expect(existsSync(join(folder, 'shop', 'outputs', 'score_runs', 'last_score_cutoff.json'))).toBe(true);
  });

  it('shows settings, a subscriber and a hold that are accepted', () => {
    const yaml = blocks.filter(({ language }) => language === 'yaml').map(({ code }): unknown => parse(code));
    expect(yaml).toHaveLength(4);
    const base = { cohortium: 1, merchant: 'm', currency: 'EUR' };
    for (const settings of yaml.slice(0, 2)) expect(configSchema.safeParse({ ...base, ...(settings as object) }).success).toBe(true);
    expect(subscriberSchema.safeParse(yaml[2]).success).toBe(true);
    expect(holdSchema.safeParse(yaml[3]).success).toBe(true);
  });
});
