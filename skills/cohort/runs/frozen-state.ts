/**
 * What a run leaves behind besides its model, so that customers can be assigned later without a fit: how confidence was calibrated,
 * what reasons rest on, and which model was before. Written by a computation, read by an assignment of the same engine only.
 */
import { z } from 'zod';

import { refSchema } from '../../sdk/index.ts';

/** Goes up with every change of what a run holds for the same request: results of another engine are not taken for this one's. */
export const engineVersion = 3;

const stepMap = z.strictObject({ from: z.array(z.number()).readonly(), value: z.array(z.number()).readonly() });

export const frozenStateSchema = z.strictObject({
  engine: z.int(),
  /** One per cohort; null where nothing was refitted. */
  maps: z.array(stepMap).nullable(),
  /** Of the method: scales and centres that reasons are measured with, words that count. */
  context: z.record(z.string(), z.unknown()),
  /** Model of the run before, and the position here of each of its cohorts, −1 for those that ended. */
  earlier: z.strictObject({ model: refSchema, places: z.array(z.int()) }).nullable(),
});

export type FrozenState = z.output<typeof frozenStateSchema>;
