import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { bundleOf } from '../../../../test/conformance/engines/bundle-of.ts';
import { randomPolicy } from '../../../../test/conformance/engines/random-policies.ts';
import { exportFormats } from './engine-interface.ts';
import { exportPolicies } from './export-policies.ts';

const bundle = bundleOf(randomPolicy('export', 20));
const folder = (): string => mkdtempSync(join(tmpdir(), 'export-'));

describe.each(exportFormats)('an export to %s', (format) => {
  it('gives equal bytes for equal rules, and replaces its own files', () => {
    const out = folder();
    const first = exportPolicies(bundle, format, out);
    expect(exportPolicies(bundle, format, out)).toEqual(first);
    expect(first.rules).toBe(20);
    for (const { path, bytes } of first.files) expect(readFileSync(join(out, path)).length).toBe(bytes);
  });

  it('carries the digest of the policy, or has no place for one', () => {
    const out = folder();
    const text = exportPolicies(bundle, format, out)
      .files.map(({ path }) => readFileSync(join(out, path), 'utf8'))
      .join('');
    expect(text.includes(bundle.digest)).toBe(format !== 'casbin');
  });

  it('touches no file of somebody else', () => {
    const out = folder();
    const [file] = exportPolicies(bundle, format, folder()).files;
    const path = join(out, file?.path.split('/').at(-1) ?? '');
    if (file?.path.includes('/')) return;
    writeFileSync(path, 'mine');
    expect(() => exportPolicies(bundle, format, out)).toThrow(/no export wrote it/);
    expect(readFileSync(path, 'utf8')).toBe('mine');
    expect(readdirSync(out)).toHaveLength(1);
  });

  it('names the rules that only Cedar can say', () => {
    const rules = bundle.rules.map((rule, at) => (at === 3 ? { ...rule, condition: null } : rule));
    expect(exportPolicies({ ...bundle, rules }, format, folder()).unsayable).toEqual(format === 'cedar' ? [] : ['rule-3']);
  });
});

it('makes the folder where there is none', () => {
  const out = join(folder(), 'a', 'b');
  exportPolicies(bundle, 'rego', out);
  expect(existsSync(join(out, 'gate.rego'))).toBe(true);
});
