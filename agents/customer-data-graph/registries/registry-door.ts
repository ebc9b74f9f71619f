/** The five registries as the doors see them: checked, compared with what was used before, and handed over. */
import { join } from 'node:path';

import { compatibilityOf, diffEntries } from '../../../registries/lock/registry-diff.ts';
import type { RegistryLock } from '../../../registries/lock/registry-lock.ts';
import { type AuthoredEntry, entryDigest, entryName, type Registry, type RegistryEntry } from '../../../registries/registry.ts';
import type { Json } from '../../../skills/sdk/index.ts';
import type { CustomerDataGraph, RegistryDiff, RegistryDiffEntry, RegistrySummary } from '../interface.ts';
import type { Workspace } from '../workspace.ts';
import { authoredIn, type AuthoredName } from './authored-registries.ts';
import { declaredFaults } from './declared-faults.ts';
import { fiveRegistries } from './five-registries.ts';
import { exportHandover } from './handover.ts';
import { lockOf } from './lock-file.ts';

type RegistryDoor = Pick<CustomerDataGraph, 'registries' | 'registryLint' | 'registryDiff' | 'exportHandover'>;

export function registryDoor(workspace: Workspace): RegistryDoor {
  const { paths } = workspace;
  return {
    registries: async () => Promise.all(fiveRegistries(workspace).map(summaryOf)),
    registryLint: async () => declaredFaults(workspace),
    registryDiff: async (against) => {
      const lock = lockOf(paths);
      const earlier = against === undefined ? newestLocked(lock) : authoredIn(join(against, 'registries'));
      return diffOf(earlier, authoredIn(paths.registries), lock);
    },
    exportHandover: async (folder) => exportHandover(workspace, folder),
  };
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
