/** A snapshot as it was pinned: which segments, and by which rules identities are customers. Refuses an object that is none. */
import { defaultIdentityRules, identityRulesSchema, type IdentityRules } from '../../../registries/identity/identity-rules.ts';
import { CohortiumError, type ContentStore, type Ref } from '../../../skills/sdk/index.ts';
import { type Snapshot, snapshotSchema } from './segment-schema.ts';

/** @throws {CohortiumError} ARGUMENT_INVALID when the object is no snapshot, CONTENT_NOT_FOUND when it is absent */
export function readSnapshot(content: ContentStore, ref: Ref): Snapshot {
  const parsed = snapshotSchema.safeParse(content.getJson(ref));
  if (parsed.success) return parsed.data;
  throw new CohortiumError(
    'ARGUMENT_INVALID',
    `object ${ref.digest} is not a snapshot: ${parsed.error.issues[0]?.message ?? 'unknown shape'}`,
  );
}

/** @throws {CohortiumError} CONTENT_NOT_FOUND when the rules are absent */
export function rulesOfSnapshot(content: ContentStore, { identityRules }: Snapshot): IdentityRules {
  return identityRules ? identityRulesSchema.parse(content.getJson(identityRules)) : defaultIdentityRules;
}
