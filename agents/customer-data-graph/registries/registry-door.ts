/**
 * The five registries as the doors see them: checked, compared with what was used before, and handed over. What a run uses is
 * locked when the run begins; from then on the same id and version mean the same content.
 */
import { appendFileSync, closeSync, existsSync, fsyncSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { compatibilityOf, diffEntries } from '../../../registries/lock/registry-diff.ts';
import { emptyLock, lockDiagnostics, newLockLines, readLock, type RegistryLock } from '../../../registries/lock/registry-lock.ts';
import { type AuthoredEntry, entryDigest, entryName, type Registry, type RegistryEntry } from '../../../registries/registry.ts';
import { CohortiumError, type Diagnostic, formatDiagnostic, isCohortiumError, type Json } from '../../../skills/sdk/index.ts';
import type { OperatorPaths } from '../config.ts';
import type { CustomerDataGraph, RegistryDiff, RegistryDiffEntry, RegistrySummary } from '../interface.ts';
import type { Workspace } from '../workspace.ts';
import { type AuthoredName, readAuthoredRegistries } from './authored-registries.ts';
import { fiveRegistries } from './five-registries.ts';
import { exportHandover } from './handover.ts';

const lockFile = 'registries/lock.jsonl';

type RegistryDoor = Pick<CustomerDataGraph, 'registries' | 'registryLint' | 'registryDiff' | 'exportHandover'>;

export function registryDoor(workspace: Workspace): RegistryDoor {
  const { paths } = workspace;
  return {
    registries: async () => Promise.all(fiveRegistries(workspace).map(summaryOf)),
    registryLint: async () => registryDiagnostics(paths),
    registryDiff: async (against) => {
      const lock = lockOf(paths);
      const earlier = against === undefined ? newestLocked(lock) : authoredIn(join(against, 'registries'));
      return diffOf(earlier, authoredIn(paths.registries), lock);
    },
    exportHandover: async (folder) => exportHandover(workspace, folder),
  };
}

/** What is wrong with the authored registries themselves and against the lock. */
export function registryDiagnostics(paths: OperatorPaths): readonly Diagnostic[] {
  const registries = readAuthoredRegistries(paths.registries);
  const entries = registries.flatMap((registry) => registry.entries);
  try {
    return [...registries.flatMap(({ diagnostics }) => diagnostics), ...lockDiagnostics(lockOf(paths), entries)];
  } catch (error) {
    if (!isCohortiumError(error)) throw error;
    return [{ code: error.code, severity: 'error', message: error.message, at: { file: lockFile, line: 1, column: 1 } }];
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

function lockOf(paths: OperatorPaths): RegistryLock {
  const path = join(paths.directory, lockFile);
  return existsSync(path) ? readLock(readFileSync(path, 'utf8'), lockFile) : emptyLock;
}

function authoredIn(registries: string): readonly AuthoredEntry[] {
  return readAuthoredRegistries(registries).flatMap((registry) => registry.entries);
}

type Comparable = Pick<AuthoredEntry, 'registry' | 'id' | 'version' | 'content'>;

/** Of each id, the entry that was locked last. */
function newestLocked({ entries }: RegistryLock): readonly Comparable[] {
  return [...new Map(entries.map((entry) => [`${entry.registry}/${entry.id}`, entry])).values()];
}

function diffOf(before: readonly Comparable[], after: readonly Comparable[], lock: RegistryLock): RegistryDiff {
  const keyOf = ({ registry, id }: Comparable): string => `${registry}/${id}`;
  const earlier = new Map(before.map((entry) => [keyOf(entry), entry]));
  const now = new Map(after.map((entry) => [keyOf(entry), entry]));
  const locked = new Map(lock.entries.map((entry) => [entryName(entry), entry.digest]));
  const entries = [...new Set([...earlier.keys(), ...now.keys()])].sort().flatMap((key): RegistryDiffEntry[] => {
    const old = earlier.get(key);
    const current = now.get(key);
    if (!current) return old ? [{ ...namesOf(old), status: 'removed', compatibility: 'breaking', changes: [], isRefused: false }] : [];
    if (!old) return [{ ...namesOf(current), status: 'new', compatibility: 'compatible', changes: [], isRefused: false }];
    const changes = diffEntries(current.registry, old.content, current.content);
    if (changes.length === 0) return [];
    const known = locked.get(entryName(current));
    return [
      {
        ...namesOf(current),
        status: 'changed',
        compatibility: compatibilityOf(changes),
        changes: changes.map(({ path, before: was, after: is, ...change }) => ({
          ...change,
          path: path.join('.'),
          before: shown(was),
          after: shown(is),
        })),
        isRefused: known !== undefined && known !== entryDigest(current),
      },
    ];
  });
  return { entries, isRefused: entries.some(({ isRefused }) => isRefused) };
}

async function summaryOf({ name, kind, entries }: Registry): Promise<RegistrySummary> {
  let count = 0;
  let last: RegistryEntry | undefined;
  for await (const entry of entries) {
    count += 1;
    last = entry;
  }
  return { name, kind, entries: count, last: last ? { name: entryName(last), digest: entryDigest(last) } : null };
}

function namesOf({ registry, id, version }: Comparable): Pick<RegistryDiffEntry, 'registry' | 'id' | 'version'> {
  return { registry: registry as AuthoredName, id, version }; // only authored entries are compared
}

function shown(value: Json | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value);
}
