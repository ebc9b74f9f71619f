/** What an update of cohorts did, out of the report of its run: counts of all cohort steps together, and what waits. */
import { cohortUpdateSchema } from '../../../skills/cohort/schemas.ts';
import { type ContentStore, z } from '../../../skills/sdk/index.ts';
import type { RunReport } from '../interface.ts';
import type { CohortUpdate } from './cohort-interface.ts';

const outputSchema = z.object({ cohortUpdate: cohortUpdateSchema });
const waitingSchema = z.array(z.object({ definition: z.string(), window: z.string(), why: z.string() }));

/** @returns null where no step completed */
export function readUpdate({ steps }: RunReport, content: ContentStore): CohortUpdate | null {
  const updates = steps.flatMap(({ output }) => {
    const parsed = outputSchema.safeParse(output);
    return parsed.success ? [parsed.data.cohortUpdate] : [];
  });
  if (updates.length === 0) return null;
  const sum = (of: (update: (typeof updates)[number]) => number): number => updates.reduce((total, update) => total + of(update), 0);
  return {
    touched: sum(({ touched }) => touched),
    customers: sum(({ customers }) => customers),
    windows: sum(({ windows }) => windows),
    waiting: updates.flatMap(({ waiting }) => (waiting ? waitingSchema.parse(content.getJson(waiting)) : [])),
    membershipVersion: updates.findLast(({ membershipVersion }) => membershipVersion !== null)?.membershipVersion ?? null,
    joined: sum(({ joined }) => joined),
    left: sum(({ left }) => left),
    moved: sum(({ moved }) => moved),
  };
}
