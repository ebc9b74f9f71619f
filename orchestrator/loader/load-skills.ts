/**
 * Puts together the skills of a directory: those handed in by the composition root, and third-party packages found from the
 * operator directory. Refuses what is malformed, what is written for another contract, and what differs from the lock.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';

import { z } from 'zod';

import { CohortiumError, compareText, digestOf, sha256, type SkillDefinition, skillFaults } from '../../skills/sdk/index.ts';
import type { SkillSet } from '../pipeline/parse-pipeline.ts';

const lockSchema = z.record(z.string(), z.strictObject({ version: z.string(), digest: z.string() }));
type Locked = z.infer<typeof lockSchema>[string];

export interface LoadOptions {
  readonly builtins: readonly SkillDefinition[];
  /** Operator directory; packages are resolved from it. */
  readonly directory: string;
  /** Package names. */
  readonly packages: readonly string[];
}

/**
 * @throws {CohortiumError} SKILL_NOT_FOUND, SKILL_INVALID or SKILL_LOCK_MISMATCH naming the package
 */
export async function loadSkills({ builtins, directory, packages }: LoadOptions): Promise<SkillSet> {
  const skills = new Map(builtins.map((skill) => [skill.id, skill]));
  const lockFile = join(directory, 'skills.lock.json');
  const locked = readLock(lockFile);
  const found: Record<string, Locked> = {};
  for (const name of [...packages].sort(compareText)) {
    const entry = resolveEntry(directory, name);
    const digest = packageDigest(packageRoot(entry));
    const before = locked[name];
    if (before && before.digest !== digest) {
      throw new CohortiumError(
        'SKILL_LOCK_MISMATCH',
        `package '${name}' has digest ${digest.slice(0, 16)}, locked is ${before.digest.slice(0, 16)} (${before.version}); delete its entry in ${lockFile} if you changed it on purpose`,
      );
    }
    const skill = await importSkill(entry, name);
    if (skills.has(skill.id))
      throw new CohortiumError('SKILL_INVALID', `package '${name}' defines skill '${skill.id}', which exists already`);
    skills.set(skill.id, skill);
    found[name] = { version: skill.version, digest };
  }
  // All at once, so that a package that was refused leaves nothing behind.
  const isNew = Object.keys(found).some((name) => !(name in locked));
  if (isNew) writeFileSync(lockFile, `${JSON.stringify({ ...locked, ...found }, null, 2)}\n`);
  return skills;
}

/** What was locked; nothing when there is no lock file yet. */
function readLock(file: string): Readonly<Record<string, Locked>> {
  if (!existsSync(file)) return {};
  try {
    return lockSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new CohortiumError('SKILL_LOCK_MISMATCH', `${file} cannot be read; restore it from version control`, { cause });
  }
}

function resolveEntry(directory: string, name: string): string {
  try {
    return createRequire(join(directory, 'package.json')).resolve(name);
  } catch (cause) {
    throw new CohortiumError('SKILL_NOT_FOUND', `package '${name}' is not installed in ${directory}; run 'npm install ${name}' there`, {
      cause,
    });
  }
}

async function importSkill(entry: string, name: string): Promise<SkillDefinition> {
  const module: unknown = await import(pathToFileURL(entry).href).catch((cause: unknown) => {
    throw new CohortiumError(
      'SKILL_INVALID',
      `package '${name}' could not be loaded: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  });
  const skill = typeof module === 'object' && module !== null && 'default' in module ? module.default : undefined;
  if (typeof skill !== 'object' || skill === null || !('id' in skill) || !('machine' in skill) || !('effects' in skill)) {
    throw new CohortiumError('SKILL_INVALID', `package '${name}' has no skill as its default export`);
  }
  const candidate = skill as SkillDefinition; // the faults say what is not so
  const faults = skillFaults(candidate);
  if (faults.length > 0) throw new CohortiumError('SKILL_INVALID', `package '${name}': ${faults.join('; ')}`);
  return candidate;
}

function packageRoot(entry: string): string {
  for (let folder = dirname(entry); folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
  }
  return dirname(entry);
}

/** Digest over the names and bytes of a package's own files. */
function packageDigest(root: string): string {
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !relative(root, file).split(/[\\/]/).includes('node_modules'))
    .sort(compareText);
  return digestOf(files.map((file) => [relative(root, file), sha256(readFileSync(file))]));
}
