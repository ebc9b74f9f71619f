/** The cohort definitions of an operator directory, checked by what the Cohort skill knows of methods and the signals that there are. */
import { join } from 'node:path';

import { type DefinitionReading, readCohortDefinitions } from '../../registries/cohorts/cohort-definitions.ts';
import { definitionFaults } from '../../skills/cohort/definitions/check-definition.ts';
import { type CohortDefinition, definitionSchema } from '../../skills/cohort/definitions/definition.ts';
import { CohortiumError, formatDiagnostic } from '../../skills/sdk/index.ts';
import { signalTypeIds } from '../../skills/signal-capture/signals/signal-types.ts';
import type { OperatorPaths } from './config.ts';

/** @param today ISO date from which reviews are overdue */
export function readDefinitions(paths: OperatorPaths, today: string): DefinitionReading<CohortDefinition> {
  return readCohortDefinitions(join(paths.registries, 'cohorts'), {
    schema: definitionSchema,
    check: (definition) => definitionFaults(definition, signalTypeIds),
    today,
  });
}

/** @throws {CohortiumError} CONFIG_INVALID with every fault of every definition */
export function soundDefinitions({ definitions, diagnostics }: DefinitionReading<CohortDefinition>): readonly CohortDefinition[] {
  const faults = diagnostics.filter(({ severity }) => severity === 'error');
  const [first] = faults;
  if (first) throw new CohortiumError('CONFIG_INVALID', formatDiagnostic(first), { diagnostics: faults });
  return definitions;
}
