/** Memberships against SIGKILL: a child publishes, says what was acknowledged, and is killed at a random moment of a publication. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { createMemoryContent } from '../../../test/fixtures/memory-content.ts';
import { runAndKill } from '../../../test/fixtures/run-and-kill.ts';
import { createMemberships } from './memberships.ts';

const kills = 6;

it(`keeps every acknowledged version, and no half of another one, in ${kills} kills`, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'cohortium-kill-'));
  const child = join(directory, 'child.ts');
  writeFileSync(child, childSource(directory));
  let acknowledged = 0;
  for (let kill = 0; kill < kills; kill++) acknowledged = Math.max(acknowledged, await runAndKill(child, acknowledged, 90 + kill * 61));
  expect(acknowledged).toBeGreaterThan(0);

  const store = createMemberships({ directory, content: createMemoryContent(), clock: { now: () => 0 } });
  store.removeUnfinished();
  const { version, asOf } = store.changes({ limit: 1 });
  // What was committed and not yet said may be there too, as a whole; what was said twice made one version.
  expect([acknowledged, acknowledged + 1]).toContain(version);
  for (let known = 1; known <= version; known++) {
    const { size, members } = store.members({ axis: 'rhythm', cohort: `k${known % 3}`, limit: 1000, knownAt: String(known) });
    expect(size).toBe(1000 - known);
    expect(members[0]?.customerId).toBe(`c-${String(known).padStart(4, '0')}`);
  }
  expect(store.members({ axis: 'rhythm', cohort: `k${version % 3}`, limit: 1, asOf }).size).toBe(1000 - version);
  expect(readdirSync(join(directory, 'memberships')).filter((file) => file.endsWith('.tmp'))).toEqual([]);
  store.close();
  rmSync(directory, { recursive: true });
});

/** Publication n puts customers n to 999 into cohort n modulo 3, and is always repeated once with the same key. */
function childSource(directory: string): string {
  const here = JSON.stringify(import.meta.dirname).slice(1, -1);
  return `
    import { writeSync } from 'node:fs';
    import { createMemberships } from '${here}/memberships.ts';
    import { createMemoryContent } from '${here}/../../../test/fixtures/memory-content.ts';
    import { runsPublication } from '${here}/../../../test/fixtures/membership-publications.ts';
    const content = createMemoryContent();
    const store = createMemberships({ directory: ${JSON.stringify(directory)}, content, clock: { now: () => Date.now() } });
    store.removeUnfinished();
    for (let next = Number(process.argv[2]) + 1; ; next++) {
      const members = Object.fromEntries(Array.from({ length: 1000 - next }, (_, at) => ['c-' + String(at + next).padStart(4, '0'), { cohort: 'k' + (next % 3) }]));
      const run = { definition: 'rhythm', cohorts: ['k0', 'k1', 'k2'], members, customers: Array.from({ length: 1000 }, (_, at) => 'c-' + String(at).padStart(4, '0')) };
      const asOf = new Date(Date.UTC(2026, 0, 1) + next * 86400000).toISOString().slice(0, 10);
      for (const repetition of [1, 2]) {
        const { version } = await store.publish(runsPublication(content, [run], asOf), { signal: new AbortController().signal, idempotencyKey: 'day-' + next });
        if (version !== next) throw new Error('version ' + version + ' for publication ' + next + ', repetition ' + repetition);
      }
      writeSync(1, next + '\\n');
    }
  `;
}
