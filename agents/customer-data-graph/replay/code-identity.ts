/**
 * Which code runs here: the version of the package, a digest of the files that a skill's results come from, the dependencies, and the
 * machine. Read once, when it is first asked for.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { CodeIdentity } from '../../../orchestrator/index.ts';
import { compareText, type Digest, digestOf, sha256 } from '../../../skills/sdk/index.ts';

/** Name of the functions in skills/sdk/numeric; another one as soon as any of them gives another value. */
const mathematics = 'detmath-1';

/** What every skill's results depend on besides its own files: the contract and numbers, the features and facts, the law. */
const shared = ['skills/sdk', 'agents/customer-data-graph/features', 'agents/customer-data-graph/facts', 'agents/customer-data-graph/law'];

const isCode = (name: string): boolean => /\.(ts|js|sql|yaml)$/.test(name) && !/(\.test\.ts|\.d\.ts)$/.test(name);

/** @param code folder that `skills` and `agents` are in, as source or compiled; that of this file when absent */
export function codeIdentity(code = join(import.meta.dirname, '..', '..', '..')): CodeIdentity {
  // Compiled, the same folders stand under `dist`, with package.json beside it.
  const root = existsSync(join(code, 'package.json')) ? code : dirname(code);
  const digests = new Map<string, Digest>();
  const digestOfFolder = (folder: string): Digest => {
    let digest = digests.get(folder);
    if (digest === undefined) digests.set(folder, (digest = digestOfTree(join(code, folder))));
    return digest;
  };
  let dependencies: string | undefined;
  const { name, version } = readPackage(join(root, 'package.json'));
  return {
    package: name,
    version,
    treeOf: (skill) => {
      const own = `skills/${skill}`;
      return existsSync(join(code, own)) ? digestOf([own, ...shared].map(digestOfFolder)) : null;
    },
    get dependencies() {
      return (dependencies ??= dependenciesOf(root));
    },
    math: mathematics,
    runtime: {
      node: process.versions.node,
      v8: process.versions.v8,
      processor: process.arch,
      platform: process.platform,
      icu: process.versions.icu ?? 'none',
      'time zone data': process.versions.tz ?? 'none',
    },
  };
}

/** Over the names and texts of the code files of a folder, in order. */
function digestOfTree(folder: string): Digest {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(isCode)
    .map((name) => name.replaceAll('\\', '/'))
    .sort(compareText);
  return digestOf(names.map((name) => [name, sha256(readFileSync(join(folder, name)))]));
}

/** A checkout has a lockfile; an installed package has what was installed with it. */
function dependenciesOf(root: string): string {
  const lockfile = join(root, 'package-lock.json');
  if (existsSync(lockfile)) return `lockfile:${sha256(readFileSync(lockfile))}`;
  const names = Object.keys(readPackage(join(root, 'package.json')).dependencies ?? {}).sort(compareText);
  return `installed:${digestOf(names.map((name) => [name, installedVersion(root, name)]))}`;
}

/** Looks where Node does: in node_modules of this folder and of those above it. */
function installedVersion(root: string, name: string): string {
  for (let folder = root; ; folder = dirname(folder)) {
    const path = join(folder, 'node_modules', name, 'package.json');
    if (existsSync(path)) return readPackage(path).version;
    if (folder === dirname(folder)) return 'absent';
  }
}

interface PackageFile {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

function readPackage(path: string): PackageFile {
  return JSON.parse(readFileSync(path, 'utf8')) as PackageFile; // npm does not install one without a name and a version
}
