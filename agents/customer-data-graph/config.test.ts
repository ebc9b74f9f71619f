import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { formatDiagnostic, isCohortiumError } from '../../skills/sdk/index.ts';
import { findOperatorDirectory, operatorPaths, readConfig } from './config.ts';

function directoryWith(text: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'cohortium-config-'));
  writeFileSync(join(directory, 'cohortium.yaml'), text);
  return directory;
}

describe('cohortium.yaml', () => {
  it('fills in defaults', () => {
    const config = readConfig(operatorPaths(directoryWith('cohortium: 1\nmerchant: A\ncurrency: EUR\n')));
    expect(config).toMatchObject({ clock: { kind: 'system' }, keys: { kind: 'random' }, skills: [], consent: {} });
  });

  it('explains every fault at its place', () => {
    const directory = directoryWith('cohortium: 1\nmerchant: A\ncurrency: euro\nclokc: { kind: system }\n');
    try {
      readConfig(operatorPaths(directory));
      expect.unreachable();
    } catch (error) {
      const lines = isCohortiumError(error) ? error.diagnostics.map(formatDiagnostic) : [];
      expect(lines).toEqual([
        'cohortium.yaml:3:1: error CONFIG_INVALID: currency: an ISO 4217 code such as EUR was expected; found "euro"',
        "cohortium.yaml:4:1: error CONFIG_INVALID: unknown key 'clokc'",
      ]);
    }
  });

  it('is found from a folder inside', () => {
    const directory = directoryWith('cohortium: 1\nmerchant: A\ncurrency: EUR\n');
    const inside = join(directory, 'a', 'b');
    mkdirSync(inside, { recursive: true });
    expect(findOperatorDirectory(inside)).toBe(directory);
  });

  it('says what to do when there is none', () => {
    expect(() => findOperatorDirectory('/')).toThrow(/cohortium init/);
  });
});
