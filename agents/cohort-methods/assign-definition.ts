/**
 * One definition for some customers, by the models of its last runs: read once, used on all of them, in this thread, because a
 * thousand customers take less time than a thread does to start.
 */
import type { CohortRun } from '../../skills/cohort/definitions/cohort-run.ts';
import type { CohortDefinition } from '../../skills/cohort/definitions/definition.ts';
import { assignRun, type MoneyUnit, previousRefs, readFrozenRun, readLastDays, readWindowTables } from '../../skills/cohort/runs/index.ts';
import type { CohortAssignment, ContentStore, Ref } from '../../skills/sdk/index.ts';
import { dayOfIsoDate } from '../../skills/sdk/numeric/index.ts';

/** A window that is assigned, or one that waits for the next computation. */
export type AssignedWindow = { readonly run: Ref } | { readonly definition: string; readonly window: string; readonly why: string };

/** In the order of the definition's windows; those that were never computed are left out, for nobody has a membership in them. */
export function assignDefinition(
  definition: CohortDefinition,
  { asOf, features, previous }: Omit<CohortAssignment, 'definitions'>,
  content: ContentStore,
  money: MoneyUnit,
): readonly AssignedWindow[] {
  const asOfDay = dayOfIsoDate(asOf) ?? 0;
  return definition.windows.flatMap((window): AssignedWindow[] => {
    const waits = (why: string): AssignedWindow[] => [{ definition: definition.id, window, why }];
    const known = previousRefs(content, previous, definition.id, window);
    if (!known) return [];
    const frozen = readFrozenRun(content, known.run, definition);
    if (typeof frozen === 'string') return waits(frozen);
    const assigned = assignRun({
      definition,
      asOf,
      frozen,
      tables: readWindowTables(content, features, window, money),
      lastDays: readLastDays(content, features, window, asOfDay),
    });
    if (typeof assigned === 'string') return waits(assigned);
    const run: CohortRun = {
      ...assigned.run,
      model: frozen.run.model,
      members: assigned.members && content.putTable(assigned.members),
      frozen: frozen.run.frozen ?? null,
    };
    return [{ run: content.putJson(run) }];
  });
}
