/**
 * Policy engines as programs, for tests: found in the cache, else fetched once at the pinned version. Where neither the cache nor the
 * network has one, says so and the tests are skipped; with ENGINES_REQUIRED set they fail instead, so that nobody skips by accident.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const cache = join(import.meta.dirname, '..', '..', '..', 'node_modules', '.cache', 'policy-engines');

export type Acquired = { readonly program: string } | { readonly missing: string };

const opaVersion = 'v1.4.2';

/** Built from source through the Go module proxy, whose checksum database is what holds the version to its content. */
export async function acquireOpa(): Promise<Acquired> {
  return acquire(join(`opa-${opaVersion}`, 'opa'), async (folder) => {
    const go = await firstThatRuns(['go', '/usr/local/go/bin/go'], ['version']);
    if (go === undefined) throw new Error('there is no Go to build it with');
    await run(go, ['install', `github.com/open-policy-agent/opa@${opaVersion}`], {
      env: { ...process.env, GOBIN: folder, GOFLAGS: '-trimpath', CGO_ENABLED: '0' },
      timeout: 900_000,
    });
  });
}

const cerbosVersion = '0.51.0';
/** As the registry states them; a package that differs is not unpacked. */
const cerbosIntegrity: Readonly<Record<string, string>> = {
  'linux-x64': 'sha512-LYxcSk2qTygEinl6r6X0TeQmFfDKLiS9TWkS4ugJMI59JfrVmJN/mHPs1G7mGa2DGYjGmU1rsFzCYVUS7oh3iQ==',
};

/** From npm, as a file of its own: 94 MB that nobody needs who does not run these tests. */
export async function acquireCerbos(): Promise<Acquired> {
  const platform = `${process.platform}-${process.arch}`;
  return acquire(join(`cerbos-${cerbosVersion}`, 'package', `cerbos-${platform}`), async (folder) => {
    const integrity = cerbosIntegrity[platform];
    if (integrity === undefined) throw new Error(`no integrity is pinned for ${platform}`);
    const name = `@cerbos/cerbos-${platform}@${cerbosVersion}`;
    await run('npm', ['pack', name, '--pack-destination', folder, '--silent'], { timeout: 300_000 });
    const archive = join(folder, `cerbos-cerbos-${platform}-${cerbosVersion}.tgz`);
    const found = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
    if (found !== integrity) throw new Error(`${name} is ${found}, pinned is ${integrity}`);
    await run('tar', ['-xzf', archive, '-C', folder]);
    await run('chmod', ['+x', join(folder, 'package', `cerbos-${platform}`)]);
    rmSync(archive);
  });
}

async function acquire(path: string, fetchInto: (folder: string) => Promise<void>): Promise<Acquired> {
  const program = join(cache, path);
  if (existsSync(program)) return { program };
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'fetching-'));
  try {
    await fetchInto(folder);
    // Whole or not at all, also when two suites fetch at once.
    const [home = path] = path.split('/');
    if (!existsSync(join(cache, home))) renameSync(folder, join(cache, home));
    return { program };
  } catch (error) {
    const missing = `${path} is not in ${cache} and cannot be fetched: ${error instanceof Error ? error.message.trim().slice(0, 300) : String(error)}`;
    if (process.env['ENGINES_REQUIRED']) throw new Error(missing, { cause: error });
    process.stderr.write(`skipped: ${missing}\n`);
    return { missing };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function firstThatRuns(programs: readonly string[], args: readonly string[]): Promise<string | undefined> {
  for (const program of programs) {
    const works = await run(program, [...args]).then(
      () => true,
      () => false,
    );
    if (works) return program;
  }
  return undefined;
}
