/**
 * Whether a line of the manifest was signed by whom it names. The line itself says which key signed it, so a chain that anybody made
 * with a key of their own is whole by itself; who may approve is said by registries/people alone.
 */
import { CohortiumError } from '../../../../skills/sdk/index.ts';
import { isSameKey } from '../../../adapters/files/person-keys.ts';
import type { OperatorPaths } from '../../config.ts';
import type { ApprovedEntry } from './model-interface.ts';
import { readPerson } from './people.ts';

/**
 * @throws {CohortiumError} PERSON_NOT_FOUND for an approver who is not in the registry, MANIFEST_DAMAGED for one with another key,
 * APPROVAL_REFUSED where proposer and approver are one
 */
export function checkSigner(paths: Pick<OperatorPaths, 'registries' | 'state'>, { entry }: ApprovedEntry): void {
  const line = `models/champion_manifest.jsonl:${entry.index + 1}`;
  const { approvedBy, proposedBy, key } = entry;
  if (!isSameKey(readPerson(paths, approvedBy).key, key)) {
    throw new CohortiumError(
      'MANIFEST_DAMAGED',
      `${line} is signed with another key than registries/people/${approvedBy}.json has; restore whichever of the two was replaced`,
    );
  }
  if (approvedBy === proposedBy || isSameKey(readPerson(paths, proposedBy).key, key)) {
    throw new CohortiumError('APPROVAL_REFUSED', `${line}: ${approvedBy} approved what ${proposedBy} had proposed with the same key`);
  }
}
