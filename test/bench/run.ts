/** Runs every bench, one process each, so that none warms up or burdens another. Names on the command line choose. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const wanted = process.argv.slice(2);
const benches = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.bench.ts'));
const chosen = benches.filter((file) => wanted.length === 0 || wanted.includes(file.replace('.bench.ts', '')));
if (chosen.length === 0) {
  console.error(`no bench of that name; there are: ${benches.map((file) => file.replace('.bench.ts', '')).join(', ')}`);
  process.exit(2);
}
for (const file of chosen) {
  console.log(`\n== ${file}`);
  const { status } = spawnSync(process.execPath, ['--conditions=cohortium-source', '--expose-gc', join(import.meta.dirname, file)], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}
