/**
 * The lock: every entry that was ever used, with its content, one line each, appended and never changed. A line names the
 * digest of the line before, so that a line that was changed, moved or removed in the middle is noticed. Refuses other content
 * under an id and version that it holds.
 */
import { z } from 'zod';

import { canonicalJson, CohortiumError, type Diagnostic, type Digest, type Json, sha256 } from '../../skills/sdk/index.ts';
import { type AuthoredEntry, entryDigest, entryName, type RegistryEntry } from '../registry.ts';
import { describeChanges, diffEntries } from './registry-diff.ts';

const digest = z.string().regex(/^[0-9a-f]{64}$/);

const lineSchema = z.strictObject({
  format: z.literal('cohortium/registry-lock@1'),
  registry: z.enum(['signals', 'cohorts', 'subscribers']),
  id: z.string().min(1),
  version: z.int().min(1),
  digest,
  content: z.json(),
  /** When it was first used, ISO 8601. */
  at: z.string(),
  /** SHA-256 of the line before, without its line end; 64 zeros on the first. */
  after: digest,
});

export interface LockedEntry extends RegistryEntry {
  readonly digest: Digest;
  readonly at: string;
}

export interface RegistryLock {
  /** In the order in which they were locked. */
  readonly entries: readonly LockedEntry[];
  /** SHA-256 of the last line. */
  readonly head: Digest;
}

const beginning = '0'.repeat(64) as Digest;

export const emptyLock: RegistryLock = { entries: [], head: beginning };

/**
 * @param text of registries/lock.jsonl
 * @throws {CohortiumError} REGISTRY_LOCK_DAMAGED naming the line
 */
export function readLock(text: string, file: string): RegistryLock {
  const entries: LockedEntry[] = [];
  let head = beginning;
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '') continue;
    const damaged = (what: string): CohortiumError => {
      const message = `${what}; restore the file from a copy`;
      const at = { file, line: index + 1, column: 1 };
      const diagnostics = [{ code: 'REGISTRY_LOCK_DAMAGED', severity: 'error', message, at }] as const;
      return new CohortiumError('REGISTRY_LOCK_DAMAGED', `${file}:${index + 1}: ${message}`, { diagnostics });
    };
    const parsed = lineSchema.safeParse(parseJson(line));
    if (!parsed.success) throw damaged('the line is not an entry of a lock');
    const entry = parsed.data;
    if (entry.after !== head) throw damaged('the line does not follow the one before it: lines were changed, moved or removed');
    if (entryDigest(entry as RegistryEntry) !== entry.digest) throw damaged(`the content of ${entryName(entry)} is not what was locked`);
    head = sha256(line);
    entries.push({
      registry: entry.registry,
      id: entry.id,
      version: entry.version,
      content: entry.content as Json, // z.json() is JSON
      digest: entry.digest as Digest,
      at: entry.at,
    });
  }
  return { entries, head };
}

/** Entries that the lock does not hold yet, as lines to append, each with its line end. */
export function newLockLines(lock: RegistryLock, authored: readonly RegistryEntry[], at: string): string {
  const known = new Set(lock.entries.map(entryName));
  let head = lock.head;
  let text = '';
  for (const { registry, id, version, content } of authored) {
    if (known.has(entryName({ registry, id, version }))) continue;
    const line = canonicalJson({
      format: 'cohortium/registry-lock@1',
      registry,
      id,
      version,
      digest: entryDigest({ content }),
      content,
      at,
      after: head,
    });
    head = sha256(line);
    text += `${line}\n`;
  }
  return text;
}

/** An error for each entry that has other content than the lock holds under its id and version. */
export function lockDiagnostics(lock: RegistryLock, authored: readonly AuthoredEntry[]): Diagnostic[] {
  const locked = new Map(lock.entries.map((entry) => [entryName(entry), entry]));
  return authored.flatMap((entry): Diagnostic[] => {
    const known = locked.get(entryName(entry));
    if (!known || known.digest === entryDigest(entry)) return [];
    const highest = lock.entries
      .filter(({ registry, id }) => registry === entry.registry && id === entry.id)
      .reduce((most, { version }) => Math.max(most, version), 0);
    const changes = describeChanges(diffEntries(entry.registry, known.content, entry.content));
    return [
      {
        code: 'REGISTRY_LOCKED',
        severity: 'error',
        message: `${entryName(entry)} was used on ${known.at.slice(0, 10)} with other content (${changes}); set version: ${highest + 1}, or undo the change`,
        at: entry.at,
      },
    ];
  });
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
