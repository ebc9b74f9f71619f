/** Which code made a model: the versions that are installed, and the commit where it runs from a checkout of its own. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Libraries whose version can change a number. */
const numeric = [
  '@duckdb/node-api',
  '@stdlib/math-base-special-exp',
  '@stdlib/math-base-special-ln',
  '@stdlib/math-base-special-gammaln',
] as const;

/** Versions by name. */
export function libraryVersions(): Readonly<Record<string, string>> {
  return {
    cohortium: versionOf(join(packageRoot(), 'package.json')),
    node: process.versions.node,
    ...Object.fromEntries(numeric.map((name) => [name, installedVersion(name)])),
  };
}

/** Commit of the checkout that this code runs from; null where it was installed as a package. */
export function codeCommit(): string | null {
  const root = packageRoot();
  if (!existsSync(join(root, '.git'))) return null;
  try {
    const answer = (...args: string[]): string =>
      execFileSync('git', ['-C', root, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    return realpathSync(answer('rev-parse', '--show-toplevel')) === realpathSync(root) ? answer('rev-parse', 'HEAD') : null;
  } catch {
    return null; // no git here, or no commit yet
  }
}

function packageRoot(): string {
  let folder = import.meta.dirname;
  while (!isRoot(folder) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}

function isRoot(folder: string): boolean {
  const path = join(folder, 'package.json');
  return existsSync(path) && (JSON.parse(readFileSync(path, 'utf8')) as { readonly name?: unknown }).name === 'cohortium';
}

function versionOf(path: string): string {
  return String((JSON.parse(readFileSync(path, 'utf8')) as { readonly version?: unknown }).version);
}

/** Looks where Node does: in node_modules of this folder and of those above it. */
function installedVersion(name: string): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const path = join(folder, 'node_modules', name, 'package.json');
    if (existsSync(path)) return versionOf(path);
    if (folder === dirname(folder)) return 'unknown';
  }
}
