import { mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, describe, expect, it, vi } from 'vitest';

import { initOperatorDirectory } from './operator-directory.ts';
import { openWorkspace } from './workspace.ts';

const umask = process.umask();
afterEach(() => {
  process.umask(umask);
});

describe.skipIf(process.platform === 'win32')('the state folder', () => {
  it('is closed to everybody else, also when new files are open to all', async () => {
    process.umask(0);
    const directory = mkdtempSync(join(tmpdir(), 'cohortium-workspace-'));
    await initOperatorDirectory(directory);
    const workspace = openWorkspace(directory);
    workspace.keys();
    await workspace.close();
    const modeOf = (...path: string[]): number => statSync(join(directory, '.cohortium', ...path)).mode & 0o777;
    expect(modeOf()).toBe(0o700);
    expect(modeOf('keys')).toBe(0o700);
    expect(modeOf('keys', 'ledger-signing.json')).toBe(0o600);
    expect(modeOf('keys', 'subject-commitment.json')).toBe(0o600);
  });
});

describe('a workspace of which one part cannot be closed', () => {
  it('says so, closes the others and gives the directory free', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'cohortium-workspace-'));
    await initOperatorDirectory(directory);
    const workspace = openWorkspace(directory);
    const closeLedger = vi.spyOn(workspace.ledger(), 'close');
    Object.assign(workspace.feedback(), {
      close: () => {
        throw new Error('the disk is gone');
      },
    });
    await expect(workspace.close()).rejects.toThrow('the disk is gone');
    expect(closeLedger).toHaveBeenCalledOnce();
    await openWorkspace(directory).close();
  });
});
