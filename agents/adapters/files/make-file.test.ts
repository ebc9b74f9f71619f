/** What becomes of a file that is made, when others make it too or it is never finished. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { makeFile, removeAbandoned } from './make-file.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'make-file-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a file that is made', () => {
  it('is whole when two make it at once', async () => {
    const path = join(folder, 'a');
    const slowly = (text: string) => async (temporary: string) => {
      for (const letter of text) {
        writeFileSync(temporary, letter, { flag: 'a' });
        await new Promise((resume) => setImmediate(resume));
      }
    };
    await Promise.all([makeFile(path, slowly('same text')), makeFile(path, slowly('same text'))]);
    expect(readFileSync(path, 'utf8')).toBe('same text');
    expect(readdirSync(folder)).toEqual(['a']);
  });

  it('is not there when making it fails, and the one before stays', async () => {
    const path = join(folder, 'a');
    const fail = (temporary: string): never => {
      writeFileSync(temporary, 'half');
      throw new Error('the disk is full');
    };
    await expect(makeFile(path, fail)).rejects.toThrow('the disk is full');
    expect(readdirSync(folder)).toEqual([]);
    await makeFile(path, (temporary) => writeFileSync(temporary, 'whole'));
    await expect(makeFile(path, fail)).rejects.toThrow('the disk is full');
    expect(readFileSync(path, 'utf8')).toBe('whole');
  });

  it('is taken away when it was never finished, but not while somebody may still write it', () => {
    const nowMs = Date.UTC(2026, 0, 31);
    for (const [name, hours] of [
      ['old.tmp', 25],
      ['new.tmp', 1],
      ['old.parquet', 25],
    ] as const) {
      writeFileSync(join(folder, name), '');
      const seconds = nowMs / 1000 - hours * 3600;
      utimesSync(join(folder, name), seconds, seconds);
    }
    removeAbandoned(folder, nowMs);
    expect(readdirSync(folder).toSorted()).toEqual(['new.tmp', 'old.parquet']);
  });
});
