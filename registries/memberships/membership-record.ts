/**
 * The record of a membership change: what a versioned registry of memberships is made of, and the form in which it is handed
 * on. A customer is in exactly one cohort per axis from `joined` until the next record about that axis.
 */
import { z } from 'zod';

export const membershipRecordSchema = z.strictObject({
  format: z.literal('cohortium/membership@1'),
  /** Version of the registry that made the change; 1 is the first. */
  version: z.int().min(1),
  change: z.enum(['joined', 'left']),
  axis: z.string().min(1),
  cohort: z.string().min(1),
  customerId: z.string().min(1),
  /** The as-of day of the run that saw the change, ISO date. */
  on: z.string().regex(/^\d{4}-\d{2}-\d{2}$/),
});

export type MembershipRecord = z.infer<typeof membershipRecordSchema>;
