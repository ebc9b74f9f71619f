import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { writeNewFile } from './write-new-file.ts';

const makeFolder = (): string => mkdtempSync(join(tmpdir(), 'cohortium-new-file-'));

describe('writeNewFile', () => {
  it('makes the file with its mode and leaves nothing else', () => {
    const folder = makeFolder();
    expect(writeNewFile(join(folder, 'key'), 'secret', 0o600)).toBe(true);
    expect(readdirSync(folder)).toEqual(['key']);
    expect(readFileSync(join(folder, 'key'), 'utf8')).toBe('secret');
    if (process.platform !== 'win32') expect(statSync(join(folder, 'key')).mode & 0o777).toBe(0o600);
  });

  it('leaves a file that is there as it is', () => {
    const folder = makeFolder();
    writeFileSync(join(folder, 'key'), 'first');
    expect(writeNewFile(join(folder, 'key'), 'second', 0o600)).toBe(false);
    expect(readdirSync(folder)).toEqual(['key']);
    expect(readFileSync(join(folder, 'key'), 'utf8')).toBe('first');
  });

  it('is not misled by what a killed process left beside it', () => {
    const folder = makeFolder();
    writeFileSync(join(folder, 'key.0.tmp'), 'hal');
    expect(writeNewFile(join(folder, 'key'), 'whole', 0o600)).toBe(true);
    expect(readFileSync(join(folder, 'key'), 'utf8')).toBe('whole');
  });

  it('fails when there is no such folder', () => {
    expect(() => writeNewFile(join(makeFolder(), 'none', 'key'), 'x', 0o600)).toThrow(/ENOENT/);
  });
});
