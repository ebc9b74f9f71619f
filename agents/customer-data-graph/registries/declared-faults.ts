/**
 * Everything that is wrong with what an operator declared in registries/: each file as the registry that owns it reads it, and
 * all of them against the lock. One answer for every command that checks declarations.
 */
import { join } from 'node:path';

import { type Diagnostic, formatDiagnostic, isCohortiumError } from '../../../skills/sdk/index.ts';
import { readRegistration, registrationNames } from '../experiments/registrations.ts';
import { readSources } from '../ingest/sources.ts';
import type { Workspace } from '../workspace.ts';
import { registryDiagnostics } from './lock-file.ts';

/** @throws whatever is no fault of a declaration, such as a folder that cannot be read */
export function declaredFaults(workspace: Workspace): readonly Diagnostic[] {
  const { paths } = workspace;
  const owned = [
    () => workspace.subscribers(),
    () => workspace.identityRules(),
    () => workspace.signalRegistry(),
    () => readSources(join(paths.registries, 'sources')),
    () => workspace.skillDefaults(),
    ...registrationNames(paths.registries).map((name) => () => readRegistration(paths.registries, name)),
  ].flatMap(faultsOf);
  return eachOnce([...owned, ...workspace.cohortDefinitions().diagnostics, ...registryDiagnostics(paths)]);
}

/** A file that is no YAML is named by its registry and by the lock; once is enough. */
function eachOnce(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return [...new Map(diagnostics.map((diagnostic) => [formatDiagnostic(diagnostic), diagnostic])).values()];
}

/** The faults for which a declaration cannot be read; none when it can. */
export function faultsOf(read: () => unknown): readonly Diagnostic[] {
  try {
    read();
    return [];
  } catch (error) {
    if (!isCohortiumError(error) || error.diagnostics.length === 0) throw error;
    return error.diagnostics;
  }
}
