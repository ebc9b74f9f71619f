/** docs/how-to/train-and-approve-a-model.md: every command runs as printed, in order, and says what is shown. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { readGuide } from '../fixtures/guide.ts';
import { realCli } from '../fixtures/real-cli.ts';

const { blocks } = readGuide('train-and-approve-a-model');
const folder = mkdtempSync(join(tmpdir(), 'train-and-approve-guide-'));

afterAll(() => rmSync(folder, { recursive: true }));

describe('the guide to value models', () => {
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
    const files = readdirSync(join(folder, 'shop'), { recursive: true, encoding: 'utf8' });
    expect(files.filter((name) => name.endsWith('.png'))).toHaveLength(2);
    expect(files.filter((name) => /models\/cards\/clv_model_\w+\.(?:json|cdx\.json|md)$/.test(name))).toHaveLength(3);
    expect(existsSync(join(folder, 'shop', 'models', 'champion_manifest.csv'))).toBe(true);
  });
});
