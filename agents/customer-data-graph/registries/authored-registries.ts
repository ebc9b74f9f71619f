/**
 * The authored registries of an operator directory as entries: every YAML file of registries/{signals,cohorts,subscribers} by
 * its id and version, as written. What a file means is checked by the registry that owns it; here it only needs to be YAML.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { z } from 'zod';

import { type AuthoredEntry, type AuthoredRegistry, authoredRegistry } from '../../../registries/registry.ts';
import { compareText, type Diagnostic, type Json, readYaml } from '../../../skills/sdk/index.ts';

export const authoredNames = ['signals', 'cohorts', 'subscribers'] as const;
export type AuthoredName = (typeof authoredNames)[number];

/** @param registries folder `registries/` of an operator directory */
export function readAuthoredRegistries(registries: string): readonly AuthoredRegistry[] {
  return authoredNames.map((name) => {
    const diagnostics: Diagnostic[] = [];
    const entries = yamlFiles(join(registries, name)).flatMap((path): Omit<AuthoredEntry, 'registry'>[] => {
      const file = join('registries', name, path);
      const {
        value,
        diagnostics: faults,
        positionOf,
      } = readYaml(readFileSync(join(registries, name, path), 'utf8'), file, anything, 'CONFIG_INVALID');
      diagnostics.push(...faults);
      if (value === undefined) return [];
      const content = value as Json; // z.json() is JSON
      return [{ id: textAt(content, 'id') ?? basename(path, '.yaml'), version: versionOf(content), content, at: positionOf(['version']) }];
    });
    return authoredRegistry(name, entries, diagnostics);
  });
}

/** Entries of all three, in order. @param registries folder `registries/` of an operator directory */
export function authoredIn(registries: string): readonly AuthoredEntry[] {
  return readAuthoredRegistries(registries).flatMap((registry) => registry.entries);
}

/** YAML reads an empty file as null. */
const anything = z.preprocess((data) => data ?? {}, z.json());

/** Paths below a folder, in order. */
function yamlFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml'))
    .sort(compareText);
}

function textAt(content: Json, key: string): string | undefined {
  const value = valueAt(content, key);
  return typeof value === 'string' ? value : undefined;
}

function versionOf(content: Json): number {
  const version = valueAt(content, 'version');
  return typeof version === 'number' && Number.isInteger(version) && version >= 1 ? version : 1;
}

function valueAt(content: Json, key: string): Json | undefined {
  return typeof content === 'object' && content !== null && !Array.isArray(content)
    ? (content as { readonly [key: string]: Json | undefined })[key]
    : undefined;
}
