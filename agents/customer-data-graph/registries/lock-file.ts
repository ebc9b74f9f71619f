/**
 * The lock of an operator directory, registries/lock.jsonl. What a run uses is locked when the run begins; from then on the same
 * id and version mean the same content.
 */
import { appendFileSync, closeSync, existsSync, fsyncSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { emptyLock, lockDiagnostics, newLockLines, readLock, type RegistryLock } from '../../../registries/lock/registry-lock.ts';
import type { AuthoredEntry } from '../../../registries/registry.ts';
import { CohortiumError, type Diagnostic, formatDiagnostic, isCohortiumError } from '../../../skills/sdk/index.ts';
import type { OperatorPaths } from '../config.ts';
import { authoredIn, readAuthoredRegistries } from './authored-registries.ts';

const lockFile = 'registries/lock.jsonl';

/** What is wrong with the authored registries themselves and against the lock. */
export function registryDiagnostics(paths: OperatorPaths): readonly Diagnostic[] {
  const registries = readAuthoredRegistries(paths.registries);
  const entries = registries.flatMap((registry) => registry.entries);
  return [...registries.flatMap(({ diagnostics }) => diagnostics), ...againstLock(paths, entries)];
}

function againstLock(paths: OperatorPaths, entries: readonly AuthoredEntry[]): readonly Diagnostic[] {
  try {
    return lockDiagnostics(lockOf(paths), entries);
  } catch (error) {
    if (!isCohortiumError(error)) throw error;
    return error.diagnostics;
  }
}

/**
 * Locks every entry of the authored registries; what is locked already is left alone.
 * @param now epoch milliseconds
 * @throws {CohortiumError} REGISTRY_LOCKED for other content under a version that was used; REGISTRY_LOCK_DAMAGED
 */
export function lockRegistries(paths: OperatorPaths, now: number): void {
  const lock = lockOf(paths);
  const entries = authoredIn(paths.registries);
  const diagnostics = lockDiagnostics(lock, entries);
  const [first] = diagnostics;
  if (first) throw new CohortiumError('REGISTRY_LOCKED', formatDiagnostic(first), { diagnostics });
  const lines = newLockLines(lock, entries, new Date(now).toISOString());
  if (lines === '') return;
  const path = join(paths.directory, lockFile);
  appendFileSync(path, lines);
  const descriptor = openSync(path, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}

/** What runs have used. @throws {CohortiumError} REGISTRY_LOCK_DAMAGED */
export function lockOf(paths: OperatorPaths): RegistryLock {
  const path = join(paths.directory, lockFile);
  return existsSync(path) ? readLock(readFileSync(path, 'utf8'), lockFile) : emptyLock;
}
