/** The effect that puts the runs of all definitions into one list, and counts them. */
import { type PureContext, refSchema, z } from '../../sdk/index.ts';
import { cohortRunSchema } from '../definitions/cohort-run.ts';
import type { CollectInput, CollectOutput } from '../schemas.ts';

const refs = z.array(refSchema);

export function collect({ parts, customers }: CollectInput, context: PureContext): CollectOutput {
  const runs = parts.flatMap((part) => refs.parse(context.readJson(part)));
  const found = runs.map((ref) => cohortRunSchema.parse(context.readJson(ref)));
  return {
    runs: context.writeJson(runs),
    counts: {
      customers: customers.rows,
      definitions: parts.length,
      windows: found.length,
      skipped: found.filter(({ skipped }) => skipped !== null).length,
      cohorts: found.reduce((total, run) => total + run.cohorts.length, 0),
      members: found.reduce((total, run) => total + (run.members?.rows ?? 0), 0),
    },
  };
}
