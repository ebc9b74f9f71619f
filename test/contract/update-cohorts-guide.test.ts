/** docs/how-to/update-cohorts.md: every command runs as printed, in order, on the signals that are shown, and says what is shown. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, describe, expect, it } from 'vitest';

import { configSchema } from '../../skills/cohort/schemas.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
const text = readFileSync(join(root, 'docs', 'how-to', 'update-cohorts.md'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'update-cohorts-guide-'));

afterAll(() => rmSync(folder, { recursive: true }));

/** Code blocks in order, with their language. */
const blocks = [...text.matchAll(/^```(\w+)\n([^]*?)^```/gm)].map(([, language = '', code = '']) => ({ language, code }));

describe('the guide to updates of cohorts', () => {
  it('runs as printed', async () => {
    let said = '';
    for (const { language, code } of blocks) {
      if (language === 'json') writeFileSync(join(folder, 'new.jsonl'), code);
      if (language === 'text') expect(said).toContain(code.trim());
      if (language !== 'sh') continue;
      for (const line of code.trim().split('\n')) {
        const program = [
          '--conditions=cohortium-source',
          join(root, 'mcp-server', 'cli', 'main.ts'),
          ...line.replace(/^cohortium /, '').split(' '),
        ];
        said = (await run(process.execPath, program, { cwd: folder })).stdout;
      }
    }
    expect(said).toMatch(/rfm-segments +lifetime/);
  }, 180_000);

  it('shows a configuration that the step refuses only for the lack of definitions', () => {
    const { success, error } = configSchema.safeParse({ value: false, cohorts: true, refit: false });
    expect(success).toBe(false);
    expect(error?.issues.map(({ path }) => path.join('.'))).toEqual(['definitions']);
    expect(configSchema.safeParse({ refit: false }).error?.issues.map(({ path }) => path.join('.'))).toContain('refit');
  });
});
