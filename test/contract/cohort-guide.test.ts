/** docs/how-to/define-a-cohort.md: every command runs as printed, in order, on the definition that is shown. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
const text = readFileSync(join(root, 'docs', 'how-to', 'define-a-cohort.md'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'cohort-guide-'));
const file = join(folder, 'shop', 'registries', 'cohorts', 'regulars.yaml');

afterAll(() => rmSync(folder, { recursive: true }));

/** Code blocks in order, with their language. */
const blocks = [...text.matchAll(/^```(\w+)\n([^]*?)^```/gm)].map(([, language = '', code = '']) => ({ language, code }));

async function paste(line: string): Promise<string> {
  const parameters = line.replace(/^cohortium /, '').split(' ');
  const program = ['--conditions=cohortium-source', join(root, 'mcp-server', 'cli', 'main.ts'), ...parameters];
  try {
    return (await run(process.execPath, program, { cwd: folder })).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string }; // what execFile rejects with
    return `failed: ${stdout}${stderr}`;
  }
}

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
        expect(await paste('cohortium lint --dir shop')).toContain(code.trim());
        writeFileSync(file, sound);
      }
      if (language !== 'sh') continue;
      for (const line of code.trim().split('\n')) {
        said = await paste(line);
        expect(said, line).not.toMatch(/^failed/);
      }
    }
    expect(readdirSync(join(folder, 'pictures'))).toContain('regulars-365d-sizes.svg');
  }, 180_000);
});
