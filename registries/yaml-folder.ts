/**
 * A folder of declarations, one YAML file each, named by its id. Reads all of them and says everything that is wrong with each; what a
 * declaration means is for the registry that owns it.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import type { z } from 'zod';

import { compareText, type Diagnostic, type ErrorCode, readYaml, type YamlDocument } from '../skills/sdk/index.ts';

export interface Declaration<Value> extends Pick<YamlDocument<Value>, 'value' | 'diagnostics' | 'positionOf'> {
  /** False where the id is not the name of the file. */
  readonly isNamedRight: boolean;
}

/**
 * Names of the YAML files of a folder, in order.
 * @param folder may be absent
 */
export function yamlFilesIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .sort(compareText);
}

/**
 * Reads files of a folder, in the order given.
 * @param label of the folder in diagnostics, such as `registries/cohorts`
 * @param code of the diagnostics
 */
export function readDeclarations<Value extends { readonly id: string }>(
  folder: string,
  files: readonly string[],
  label: string,
  schema: z.ZodType<Value>,
  code: ErrorCode,
): readonly Declaration<Value>[] {
  return files.map((file) => {
    const { value, diagnostics, positionOf } = readYaml(readFileSync(join(folder, file), 'utf8'), `${label}/${file}`, schema, code);
    const name = basename(file, '.yaml');
    if (value === undefined || value.id === name) return { value, diagnostics, positionOf, isNamedRight: true };
    const misnamed: Diagnostic = {
      code,
      severity: 'error',
      message: `id '${value.id}' was expected to be the name of the file, '${name}'`,
      at: positionOf(['id']),
    };
    return { value, diagnostics: [...diagnostics, misnamed], positionOf, isNamedRight: false };
  });
}
