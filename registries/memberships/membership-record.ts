/**
 * The record of a membership change: what a versioned registry of memberships is made of, and the form in which it is handed
 * on, one JSON text per line. Applying the records of all versions in their order gives the memberships of the last one.
 */
import { z } from 'zod';

import { CohortiumError } from '../../skills/sdk/index.ts';

/** What the publication saw; docs/concepts/memberships.md says when each is used. */
export const membershipChanges = [
  'entered',
  'left',
  'moved',
  'refreshed',
  'reassigned-by-model',
  'merged-by-identity',
  'split-by-identity',
  'expired',
  'held',
  'settled',
  'suppressed',
  'released',
  'corrected',
] as const;

const isoDate = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);

export const membershipRecordSchema = z.strictObject({
  format: z.literal('cohortium/membership@2'),
  /** Version of the registry that made the change; 1 is the first. */
  version: z.int().min(1),
  /** When the version was recorded. */
  recordedAt: z.iso.datetime(),
  /** The as-of day of the publication that saw the change. */
  on: isoDate,
  change: z.enum(membershipChanges),
  /** Id of the cohort definition, or name of the axis. */
  definition: z.string().min(1),
  window: z.string().min(1),
  customerId: z.string().min(1),
  /** Key of the cohort; null: in none of them any more. */
  cohort: z.string().nullable(),
  /** The cohort before this one. */
  predecessor: z.string().nullable(),
  /** First day in the cohort; where there is none, the first day out of it. */
  since: isoDate,
  /** First day on which the window alone ends it; null when it does not. */
  until: isoDate.nullable(),
  /** Null where there is no cohort. */
  confidence: z.number().min(0).max(1).nullable(),
  /** The strongest first; positive spoke for the cohort. */
  reasons: z.array(z.strictObject({ feature: z.string(), contribution: z.number() })),
  /** Definition of the same family that counts instead. */
  suppressedBy: z.string().nullable(),
});

export type MembershipRecord = z.infer<typeof membershipRecordSchema>;

/** JSON Lines, each line ended. */
export function membershipLines(records: readonly MembershipRecord[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('');
}

/**
 * Reads what {@link membershipLines} wrote.
 * @param file name used in messages
 * @throws {CohortiumError} CONFIG_INVALID naming the first line that is no record
 */
export function readMembershipLines(text: string, file: string): readonly MembershipRecord[] {
  return text
    .split('\n')
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => line !== '')
    .map(({ line, number }) => {
      const parsed = membershipRecordSchema.safeParse(jsonOf(line));
      if (parsed.success) return parsed.data;
      const [issue] = parsed.error.issues;
      throw new CohortiumError(
        'CONFIG_INVALID',
        `${file}:${number}: ${issue?.path.join('.') || 'the line'}: ${issue?.message ?? 'no membership record'}`,
      );
    });
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
