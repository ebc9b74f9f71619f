/** R scripts beside this file, run where R and its package survival are installed. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Whether Rscript is there with those packages; says how to install them where it is not. */
export function hasR(packages: readonly string[]): boolean {
  const load = packages.map((name) => `library(${name})`).join(';');
  if (spawnSync('Rscript', ['-e', load], { stdio: 'ignore' }).status === 0) return true;
  console.log(
    `skipped: Rscript with ${packages.join(', ')} is needed; on Debian: apt-get install r-base-core ${packages.map((name) => `r-cran-${name}`).join(' ')}`,
  );
  return false;
}

/** @returns numbers by the names that the script prints them under, one `name value …` per line */
export function runR(script: string, args: readonly string[]): ReadonlyMap<string, readonly number[]> {
  const { status, stdout, stderr } = spawnSync('Rscript', [join(import.meta.dirname, script), ...args], {
    encoding: 'utf8',
    env: { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' },
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`${script} failed: ${stderr}`);
  return new Map(
    stdout
      .trim()
      .split('\n')
      .map((line) => {
        const [name = '', ...values] = line.trim().split(/\s+/u);
        return [name, values.map(Number)];
      }),
  );
}
