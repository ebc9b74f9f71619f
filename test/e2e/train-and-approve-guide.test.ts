/** docs/how-to/train-and-approve-a-model.md: every command runs as printed, in order, and says what is shown. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
const text = readFileSync(join(root, 'docs', 'how-to', 'train-and-approve-a-model.md'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'train-and-approve-guide-'));

afterAll(() => rmSync(folder, { recursive: true }));

const blocks = [...text.matchAll(/^```(\w+)\n([^]*?)^```/gm)].map(([, language = '', code = '']) => ({ language, code }));

describe('the guide to value models', () => {
  it('runs as printed', async () => {
    let said = '';
    for (const { language, code } of blocks) {
      if (language === 'text') expect(said).toContain(code.trim());
      if (language !== 'sh') continue;
      for (const line of code.trim().split('\n')) {
        const program = ['--conditions=cohortium-source', join(root, 'mcp-server', 'cli', 'main.ts')];
        said = (await run(process.execPath, [...program, ...line.replace(/^cohortium /, '').split(' ')], { cwd: folder })).stdout;
      }
    }
    const files = readdirSync(join(folder, 'shop'), { recursive: true, encoding: 'utf8' });
    expect(files.filter((name) => name.endsWith('.png'))).toHaveLength(2);
    expect(files.filter((name) => /models\/cards\/clv_model_\w+\.(?:json|cdx\.json|md)$/.test(name))).toHaveLength(3);
    expect(existsSync(join(folder, 'shop', 'models', 'champion_manifest.csv'))).toBe(true);
  }, 300_000);
});
