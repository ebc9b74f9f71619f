import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { codeIdentity } from './code-identity.ts';

/** A package with one skill, as source or compiled. */
function packageOf(formula: string, isCompiled: boolean): string {
  const root = mkdtempSync(join(tmpdir(), 'code-'));
  const code = isCompiled ? join(root, 'dist') : root;
  for (const folder of ['features', 'facts', 'law']) mkdirSync(join(code, 'agents', 'customer-data-graph', folder), { recursive: true });
  mkdirSync(join(code, 'skills', 'sdk'), { recursive: true });
  mkdirSync(join(code, 'skills', 'shop', 'core'), { recursive: true });
  writeFileSync(join(code, 'skills', 'shop', 'core', 'value.js'), formula);
  writeFileSync(join(root, 'package.json'), JSON.stringify({ name: 'shop', version: '1.2.3', dependencies: { numbers: '1' } }));
  return code;
}

describe('the identity of code', () => {
  it('changes with a file of the skill, and with no test or note', () => {
    const [one, other] = [packageOf('x + 1', false), packageOf('x + 2', false)];
    const digest = codeIdentity(one).treeOf('shop');
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(codeIdentity(other).treeOf('shop')).not.toBe(digest);
    writeFileSync(join(one, 'skills', 'shop', 'value.test.ts'), 'changed');
    writeFileSync(join(one, 'skills', 'shop', 'README.md'), 'changed');
    expect(codeIdentity(one).treeOf('shop')).toBe(digest);
  });

  it('is the same wherever the package lies, and unknown of a skill that is not in it', () => {
    const code = packageOf('x', true);
    const copy = mkdtempSync(join(tmpdir(), 'copy-'));
    cpSync(join(code, '..'), copy, { recursive: true });
    expect(codeIdentity(join(copy, 'dist')).treeOf('shop')).toBe(codeIdentity(code).treeOf('shop'));
    expect(codeIdentity(code).treeOf('elsewhere')).toBeNull();
    expect(codeIdentity(code)).toMatchObject({ package: 'shop', version: '1.2.3', math: 'detmath-1' });
  });

  it('takes the lockfile for the dependencies, or what is installed where there is none', () => {
    const code = packageOf('x', false);
    const installed = codeIdentity(code).dependencies;
    expect(installed).toMatch(/^installed:[0-9a-f]{64}$/);
    mkdirSync(join(code, 'node_modules', 'numbers'), { recursive: true });
    writeFileSync(join(code, 'node_modules', 'numbers', 'package.json'), '{"name":"numbers","version":"1.0.1"}');
    expect(codeIdentity(code).dependencies).not.toBe(installed);
    writeFileSync(join(code, 'package-lock.json'), '{}');
    expect(codeIdentity(code).dependencies).toMatch(/^lockfile:/);
  });

  it('is found of this package', () => {
    expect(codeIdentity().package).toBe('cohortium');
    expect(codeIdentity().treeOf('cohort')).toMatch(/^[0-9a-f]{64}$/);
  });
});
