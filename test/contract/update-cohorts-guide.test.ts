/** docs/how-to/update-cohorts.md: every command runs as printed, in order, on the signals that are shown, and says what is shown. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { configSchema } from '../../skills/cohort/schemas.ts';
import { readGuide } from '../fixtures/guide.ts';
import { realCli } from '../fixtures/real-cli.ts';

const { blocks } = readGuide('update-cohorts');
const folder = mkdtempSync(join(tmpdir(), 'update-cohorts-guide-'));

afterAll(() => rmSync(folder, { recursive: true }));

describe('the guide to updates of cohorts', () => {
  it('runs as printed', async () => {
    let said = '';
    for (const { language, code } of blocks) {
      if (language === 'json') writeFileSync(join(folder, 'new.jsonl'), code);
      if (language === 'text') expect(said).toContain(code.trim());
      if (language !== 'sh') continue;
      for (const line of code.trim().split('\n')) {
        const { out, err, exitCode } = await realCli(line, folder);
        expect(exitCode, `${line}\n${err}${out}`).toBe(0);
        said = out;
      }
    }
    expect(said).toMatch(/rfm-segments +lifetime/);
  });

  it('shows a configuration that the step refuses only for the lack of definitions', () => {
    const { success, error } = configSchema.safeParse({ value: false, cohorts: true, refit: false });
    expect(success).toBe(false);
    expect(error?.issues.map(({ path }) => path.join('.'))).toEqual(['definitions']);
    expect(configSchema.safeParse({ refit: false }).error?.issues.map(({ path }) => path.join('.'))).toContain('refit');
  });
});
