/** Steps of a review other than recommendations and decisions, as the person signed them, so that nobody is said to have taken one. */
import { z } from 'zod';

import { isCohortiumError, type Json } from '../../../skills/sdk/index.ts';
import { isSameKey, isSignedWith } from '../../adapters/files/person-keys.ts';
import type { OperatorPaths } from '../config.ts';
import { readPerson } from '../govern/models/people.ts';
import { signedBytes } from './precedent.ts';

export const stepSchema = z.strictObject({
  format: z.literal('cohortium/review-step@1'),
  review: z.string(),
  step: z.string(),
  /** Last day of an emergency; null for other steps. */
  until: z.string().nullable(),
  note: z.string(),
  by: z.string(),
  role: z.string(),
  /** ISO instant. */
  at: z.string(),
  key: z.string(),
  signature: z.string(),
});
export type StepStatement = z.infer<typeof stepSchema>;

/** Whether a person of the registry signed that very step. */
export function isSignedStep(
  paths: Pick<OperatorPaths, 'registries' | 'state'>,
  statement: Json,
  expected: Pick<StepStatement, 'review' | 'step' | 'until'>,
): boolean {
  const parsed = stepSchema.safeParse(statement);
  if (!parsed.success) return false;
  const { review, step, until, by, key, signature } = parsed.data;
  if (review !== expected.review || step !== expected.step || until !== expected.until) return false;
  try {
    return isSameKey(readPerson(paths, by).key, key) && isSignedWith(key, signedBytes(parsed.data), signature);
  } catch (error) {
    if (isCohortiumError(error)) return false; // nobody of that name
    throw error;
  }
}
