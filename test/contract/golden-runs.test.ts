/**
 * Golden runs: what releases gave, replayed by this one without native libraries (test/e2e/replay-machines.test.ts replays them whole).
 * A difference here means that a result has changed; see test/golden/README.md for what to do about it.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { replayBundle } from '../../agents/customer-data-graph/replay/replay-bundle.ts';

const folder = join(import.meta.dirname, '..', 'golden');
const bundles = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.bundle'))
  .sort();
const page = readFileSync(join(folder, 'README.md'), 'utf8');
const { version } = JSON.parse(readFileSync(join(folder, '..', '..', 'package.json'), 'utf8')) as { readonly version: string };

describe('golden runs', () => {
  it('are there of this release, and small', () => {
    expect(bundles.filter((name) => name.startsWith(`${version}/`))).not.toEqual([]);
    expect(bundles.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)).toBeLessThan(2_000_000);
  });

  it.each(bundles)('%s replays identically, and is the file that was recorded', async (name) => {
    const report = await replayBundle(join(folder, name), { isPure: true });
    expect(report.firstDifference?.says ?? null).toBeNull();
    expect(report).toMatchObject({ outcome: 'identical', followed: report.effects });
    expect(report.recomputed).toBeGreaterThan(9);
    expect(page).toContain(`\`${name}\` | \`${report.bundle.digest}\``);
  });
});
