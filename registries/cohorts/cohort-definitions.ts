/**
 * The cohort definitions of an operator: one YAML file each in registries/cohorts, beside axes.yaml. What a definition may say is
 * handed in, since it is the Cohort skill's to know. Reports every fault of every file with its place; a review that is overdue is
 * a warning.
 */
import type { z } from 'zod';

import { compareText, type Diagnostic, type SourcePosition } from '../../skills/sdk/index.ts';
import { readDeclarations, yamlFilesIn } from '../yaml-folder.ts';

/** The part of a definition that this registry reads itself. */
export interface DefinitionHead {
  readonly id: string;
  /** ISO date. */
  readonly reviewBy: string;
}

export interface DefinitionRules<Definition extends DefinitionHead> {
  readonly schema: z.ZodType<Definition>;
  /** What is wrong beyond the shape. */
  readonly check: (definition: Definition) => readonly { readonly path: readonly (string | number)[]; readonly message: string }[];
  /** ISO date from which a review is overdue. */
  readonly today: string;
}

export interface DefinitionReading<Definition> {
  /** Those without a fault, by id. */
  readonly definitions: readonly Definition[];
  /** Where each stands: its file, by id. */
  readonly places: ReadonlyMap<string, SourcePosition>;
  readonly diagnostics: readonly Diagnostic[];
}

const axesFile = 'axes.yaml';

/** @param folder `registries/cohorts` of an operator directory; it may be absent */
export function readCohortDefinitions<Definition extends DefinitionHead>(
  folder: string,
  rules: DefinitionRules<Definition>,
): DefinitionReading<Definition> {
  const diagnostics: Diagnostic[] = [];
  const places = new Map<string, SourcePosition>();
  const files = yamlFilesIn(folder).filter((file) => file !== axesFile);
  const read = readDeclarations(folder, files, 'registries/cohorts', rules.schema, 'CONFIG_INVALID');
  const definitions = read.flatMap(({ value, diagnostics: found, positionOf, isNamedRight }): Definition[] => {
    diagnostics.push(...found);
    if (value === undefined) return [];
    const faults = rules.check(value);
    for (const { path, message } of faults) diagnostics.push({ code: 'CONFIG_INVALID', severity: 'error', message, at: positionOf(path) });
    if (value.reviewBy < rules.today) {
      diagnostics.push({
        code: 'CONFIG_INVALID',
        severity: 'warning',
        message: `the review of '${value.id}' was due by ${value.reviewBy}; look at it again and move reviewBy`,
        at: positionOf(['reviewBy']),
      });
    }
    if (faults.length > 0 || !isNamedRight) return [];
    places.set(value.id, positionOf(['id']));
    return [value];
  });
  return { definitions: definitions.sort((one, other) => compareText(one.id, other.id)), places, diagnostics };
}
