import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { formatDiagnostic, isCohortiumError } from '../../skills/sdk/index.ts';
import { readSubscribers } from './subscriber.ts';

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'cohortium-subscribers-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

function faults(files: Readonly<Record<string, string>>): string[] {
  try {
    readSubscribers(folderWith(files));
  } catch (error) {
    if (isCohortiumError(error)) return error.diagnostics.map(formatDiagnostic);
  }
  return [];
}

const webhook = (url: string, more = '') => `id: a\nsink: a\npurposes: [analytics]\nkind: webhook\nurl: ${url}\n${more}`;

describe('subscriber files', () => {
  it('are read in the order of their ids, with defaults', () => {
    const folder = folderWith({
      'b.yaml': 'id: b\nsink: b\npurposes: [analytics]\nkind: in-process\n',
      'a.yaml': webhook('https://example.test/hook'),
    });
    expect(readSubscribers(folder)).toMatchObject([
      { id: 'a', timeoutSeconds: 15, allowPrivate: false },
      { id: 'b', kind: 'in-process' },
    ]);
  });

  it('may be absent', () => {
    expect(readSubscribers('/nowhere/at/all')).toEqual([]);
  });

  it('are refused when values would travel in the clear', () => {
    expect(faults({ 'a.yaml': webhook('http://example.test/hook') })).toEqual([
      'registries/subscribers/a.yaml:5:1: error SUBSCRIBER_INVALID: url: an https address was expected, or allowPrivate: true for a receiver on a private network; found "http://example.test/hook"',
    ]);
    expect(faults({ 'a.yaml': webhook('http://127.0.0.1:9/hook', 'allowPrivate: true\n') })).toEqual([]);
  });

  it('are refused when the address holds a password', () => {
    expect(faults({ 'a.yaml': webhook('https://user:word@example.test/hook') })).toEqual([
      expect.stringMatching(/^registries\/subscribers\/a\.yaml:5:1: error SUBSCRIBER_INVALID: url: an address without user name/),
    ]);
  });

  it('are refused when they are empty or no YAML', () => {
    expect(faults({ 'a.yaml': '' })).toHaveLength(1);
    expect(faults({ 'a.yaml': 'id: [' })[0]).toContain('error SUBSCRIBER_INVALID');
  });

  it('report every fault of every file', () => {
    const found = faults({
      'a.yaml': webhook('ftp://x', 'colour: red\n'),
      'b.yaml': 'id: c\nsink: b\npurposes: [analytics]\nkind: in-process\n',
    });
    expect(found.some((line) => line.startsWith("registries/subscribers/a.yaml:6:1: error SUBSCRIBER_INVALID: unknown key 'colour'"))).toBe(
      true,
    );
    expect(found.some((line) => line.startsWith("registries/subscribers/b.yaml:1:1: error SUBSCRIBER_INVALID: id 'c' was expected"))).toBe(
      true,
    );
  });
});
