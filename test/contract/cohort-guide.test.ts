/** docs/how-to/define-a-cohort.md: every command runs as printed, in order, on the definition that is shown. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { readGuide } from '../fixtures/guide.ts';
import { realCli } from '../fixtures/real-cli.ts';

const { blocks } = readGuide('define-a-cohort');
const folder = mkdtempSync(join(tmpdir(), 'cohort-guide-'));
const file = join(folder, 'shop', 'registries', 'cohorts', 'regulars.yaml');

afterAll(() => rmSync(folder, { recursive: true }));

describe('the cohort guide', () => {
  it('runs as printed', async () => {
    let said = '';
    for (const { language, code } of blocks) {
      if (language === 'yaml' && !existsSync(file)) writeFileSync(file, code);
      if (code.includes('--labels known.csv')) writeFileSync(join(folder, 'known.csv'), 'customerId,group\nc001,a\nc002,b\nc003,a\n');
      if (language === 'text' && code.startsWith('no faults')) expect(said).toContain(code.trim());
      if (language === 'text' && code.includes('unknown parameter')) {
        const sound = readFileSync(file, 'utf8');
        writeFileSync(file, sound.replace(/^parameters: .*$/m, 'parameters: { n: 3 }'));
        const { out, err, exitCode } = await realCli('cohortium lint --dir shop', folder);
        expect(exitCode).not.toBe(0);
        expect(`${out}${err}`).toContain(code.trim());
        writeFileSync(file, sound);
      }
      if (language !== 'sh') continue;
      for (const line of code.trim().split('\n')) {
        const { out, err, exitCode } = await realCli(line, folder);
        expect(exitCode, `${line}\n${err}${out}`).toBe(0);
        said = out;
      }
    }
    expect(readdirSync(join(folder, 'pictures'))).toContain('regulars-365d-sizes.svg');
  });
});
