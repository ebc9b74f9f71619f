/** Bundles as a stranger may write them: whole by their digests, and hostile by what they say. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { writeBundle } from '../../adapters/files/bundle-file.ts';
import { replayBundle } from './replay-bundle.ts';

const newPath = (): string => join(mkdtempSync(join(tmpdir(), 'stranger-')), 'run.bundle');

function bundleOf(head: string): string {
  const file = newPath();
  writeBundle(file, [{ kind: 'run', name: 'run-1', media: 'application/json', bytes: Buffer.from(head) }]);
  return file;
}

const head = (steps: readonly unknown[], effects: readonly unknown[] = []): string =>
  JSON.stringify({
    format: 'cohortium/run@1',
    run: { id: 'run-1', pipeline: 'p', definition: { steps }, asOf: '2026-01-01' },
    effects,
    erased: [],
  });
const effect = (more: object): object => ({ id: 'e', step: 's', kind: 'k', skill: 'audit@1', input: {}, output: {}, ...more });
const step = { id: 's', skill: 'audit', config: {} };

describe('a bundle of a stranger', () => {
  it.each([
    ['is not JSON', 'nope'],
    ['has no step where one is', head([null])],
    ['has a step without settings', head([{ id: 's' }])],
    ['asks for what every object has', head([step], [effect({ kind: 'constructor' })])],
    ['asks for the prototype', head([step], [effect({ step: '__proto__' })])],
  ])('that %s is damaged, and no defect of ours', async (_what, text) => {
    await expect(replayBundle(bundleOf(text))).rejects.toMatchObject({ code: 'BUNDLE_DAMAGED' });
  });

  it('that would unpack to more than any run is refused before it is unpacked', async () => {
    const line = {
      bytes: 2 * 1024 ** 3,
      kind: 'object',
      media: 'application/json',
      name: 'a'.repeat(64),
      packed: 3,
      sha256: 'b'.repeat(64),
    };
    const file = newPath();
    writeFileSync(file, `cohortium/bundle@1\n${JSON.stringify(line)}\nabc`);
    await expect(replayBundle(file)).rejects.toMatchObject({
      code: 'BUNDLE_DAMAGED',
      message: expect.stringContaining('would unpack to 2147483648 bytes'),
    });
  });
});
