/** The pages of docs/concepts/calibration, clv and cohorts, and of disparate impact: every example, pasted into a file as a reader would, prints what the page says it prints. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
const concepts = join(root, 'docs', 'concepts');
const pages = [
  ...['calibration', 'clv', 'cohorts'].flatMap((folder) =>
    readdirSync(join(concepts, folder))
      .filter((file) => file.endsWith('.md') && file !== 'README.md')
      .map((file) => [folder, file] as const),
  ),
  ['law', 'fairness.md'] as const,
];

/** Each program with what is printed below it. */
function examples(text: string): { readonly program: string; readonly printed: string | undefined }[] {
  return [...text.matchAll(/^```js\n([^]*?)^```\n+(?:```text\n([^]*?)^```)?/gm)].map(([, program = '', printed]) => ({ program, printed }));
}

describe.each(pages)('docs/concepts/%s/%s', (folder, file) => {
  const text = readFileSync(join(concepts, folder, file), 'utf8');

  it('prints what it shows', async () => {
    const found = examples(text);
    expect(found.length).toBeGreaterThan(0);
    for (const { program, printed } of found) {
      const { stdout } = await run(process.execPath, ['--conditions=cohortium-source', '--input-type=module', '-e', program], {
        cwd: root,
      });
      expect(stdout).toBe(printed);
    }
  });

  it('is in the list of pages', () => {
    expect(readFileSync(join(concepts, folder, 'README.md'), 'utf8')).toContain(`](${file})`);
  });
});
