import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { findImpurities } from './impurities.ts';

const root = join(import.meta.dirname, '..', '..');

describe('deterministic cores', () => {
  const files = globSync(['skills/*/core/**/*.ts', 'skills/sdk/numeric/**/*.ts'], { cwd: root }).filter(
    (file) => !file.endsWith('.test.ts'),
  );

  it('are found at all', () => {
    expect(files.length).toBeGreaterThan(5);
  });

  it.each(files)('%s uses nothing that differs between machines', (file) => {
    expect(findImpurities(readFileSync(join(root, file), 'utf8'))).toEqual([]);
  });
});

describe('the check itself', () => {
  it.each([
    ['const y = Math.exp(1);', 'Math.exp'],
    ['const y = 2 ** 3;', '**'],
    ['let y = 2; y **= 3;', '**='],
    ['const y = Date.now();', 'Date'],
    ['const y = Math.random();', 'Math.random'],
    ["import { readFileSync } from 'node:fs';", 'import node:fs'],
    ["const y = 'a'.localeCompare('b');", 'localeCompare'],
  ])('finds %s', (source, what) => {
    expect(findImpurities(`// é\n${source}`)).toEqual([{ found: what, line: 2 }]);
  });

  it('reads past comments, strings and property names', () => {
    expect(findImpurities("// Math.exp\nconst a = 'Date'; const b = { process: 1 }; const c = b.process; const d = Math.sqrt(2);")).toEqual(
      [],
    );
  });
});
