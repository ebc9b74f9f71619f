/** Python packages in a virtual environment that is made on first use, and a process in it that answers one line at a time. */
import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** Where environments and data files are kept between runs. */
export const cacheFolder = join(tmpdir(), 'cohortium-bench');

export interface Answer {
  /** CPU seconds of the whole process. */
  readonly cpu: number;
  /** Seconds. */
  readonly wall: number;
  readonly result: Readonly<Record<string, number>>;
  readonly draws?: number;
}

/**
 * The interpreter of an environment with these packages, from whatever index pip is configured to use.
 * @returns undefined, after a message, where it cannot be made
 */
export function pythonWith(name: string, packages: readonly string[], probe: string): string | undefined {
  mkdirSync(cacheFolder, { recursive: true });
  for (const python of ['python3.11', 'python3.12', 'python3', 'python3.10']) {
    const folder = join(cacheFolder, `${name}-${python}`);
    const inside = join(folder, 'bin', 'python');
    if (!existsSync(inside)) {
      if (spawnSync(python, ['-m', 'venv', folder]).status !== 0) continue;
      const installed = spawnSync(inside, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages], {
        encoding: 'utf8',
      });
      if (installed.status !== 0) {
        rmSync(folder, { recursive: true, force: true });
        console.log(
          `${packages.join(', ')} cannot be installed by ${python}: ${installed.stderr.trim().split('\n').at(-1) ?? 'no reason given'}`,
        );
        continue;
      }
    }
    if (spawnSync(inside, ['-W', 'ignore', '-c', probe], { env: calm() }).status === 0) return inside;
    console.log(`${packages.join(', ')} is installed for ${python} but cannot be imported`);
  }
  console.log(`skipped: ${packages.join(', ')} needs Python with venv and a package index within reach`);
  return undefined;
}

/** One thread for every numeric library, so that CPU time is comparable. */
function calm(): NodeJS.ProcessEnv {
  return { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1', NUMBA_NUM_THREADS: '1' };
}

export class PythonPeer {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;

  constructor(python: string, script: string) {
    this.#process = spawn(python, ['-W', 'ignore', join(import.meta.dirname, script)], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: calm(),
    });
    this.#reader = createInterface({ input: this.#process.stdout });
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  async ask<Reply = Answer>(request: Readonly<Record<string, unknown>>): Promise<Reply> {
    this.#process.stdin.write(`${JSON.stringify(request)}\n`);
    const line = await this.#lines.next();
    if (line.done) throw new Error(`the Python process ended while it was asked for ${JSON.stringify(request)}`);
    return JSON.parse(line.value) as Reply; // the scripts beside this file write what Reply says
  }

  close(): void {
    this.#process.stdin.end();
    this.#reader.close();
  }
}
