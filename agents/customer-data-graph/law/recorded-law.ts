/**
 * The law that a run decided by, as an object of the content store: compiled rules, regimes and facts, whatever becomes of the files
 * that they came from. A replay decides by it. Refuses an object that is none.
 */
import { CohortiumError, type Digest, type Json, z } from '../../../skills/sdk/index.ts';
import type { DecidingLaw, PolicyBundle } from './bundle.ts';

const format = 'cohortium/law@1';

const recordedLawSchema = z.strictObject({
  format: z.literal(format),
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  rules: z.array(z.looseObject({ id: z.string(), cedar: z.string() })),
  regimes: z.array(z.looseObject({ id: z.string() })),
  facts: z.record(z.string(), z.looseObject({})),
  purposes: z.array(z.string()),
  stated: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});

/** Plain JSON; the same bundle gives the same text. */
export function recordedLaw({ digest, rules, regimes, facts, purposes, stated }: PolicyBundle): Json {
  const law = { format, digest, rules, regimes, facts, purposes, stated };
  return JSON.parse(JSON.stringify(law)) as Json; // JSON by construction
}

/** @throws {CohortiumError} POLICY_INVALID when the object is no recorded law */
export function readRecordedLaw(value: unknown): DecidingLaw {
  const parsed = recordedLawSchema.safeParse(value);
  if (!parsed.success) {
    throw new CohortiumError('POLICY_INVALID', `the recorded law cannot be read: ${parsed.error.issues[0]?.message ?? 'unknown shape'}`);
  }
  const { digest, ...rest } = parsed.data;
  return { ...rest, digest: digest as Digest } as unknown as DecidingLaw; // named by its digest and written by recordedLaw
}
