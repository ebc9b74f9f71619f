/**
 * Makes a file that others can do without: written under a name of its own, and under the right one only when it is whole and on
 * disk. Two who make the same file at once do not write into each other's; a killed process leaves at most a `.tmp`, which
 * `removeAbandoned` takes away.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Nobody writes one file for so long. */
const abandonedMs = 86_400_000;

/** @param write makes the whole file under the name that it is given; what it throws is passed on, and no file is left behind */
export async function makeFile(path: string, write: (temporary: string) => unknown): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await write(temporary);
    const descriptor = openSync(temporary, 'r');
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw cause;
  }
}

/** Removes what killed processes had begun more than a day before. @param nowMs epoch milliseconds */
export function removeAbandoned(folder: string, nowMs: number): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const begun = name.endsWith('.tmp') ? statSync(path, { throwIfNoEntry: false }) : undefined;
    if (begun && begun.mtimeMs < nowMs - abandonedMs) rmSync(path, { force: true });
  }
}
