/**
 * Revokes the key of a person: on record first, so that a revocation that was killed half way is known and can be repeated, then in the
 * registry, then in the list for who verifies. What the key signed before stays signed; there is no way back.
 */
import type { Person } from '../../../../registries/people/person.ts';
import { CohortiumError } from '../../../../skills/sdk/index.ts';
import type { Workspace } from '../../workspace.ts';
import { inForce, personKeys, readPerson, revokePerson } from './people.ts';

/**
 * @param upTo leaves of the ledger that the key may have signed
 * @throws {CohortiumError} PERSON_NOT_FOUND, PERSON_KEY_REVOKED; ARGUMENT_INVALID without a reason
 */
export async function revokeOnRecord(
  { paths, clock, records, keys }: Pick<Workspace, 'paths' | 'clock' | 'records' | 'keys'>,
  id: string,
  why: string,
  upTo: number,
): Promise<Person> {
  if (why.trim() === '') throw new CohortiumError('ARGUMENT_INVALID', 'say why the key is revoked; it is recorded');
  const { key } = inForce(readPerson(paths, id));
  const body = { role: 'person', person: id, before: key, key: null, upTo, why };
  await records().write([{ kind: 'key.rotated', stream: `person ${id}`, subject: null, body }], `key.rotated/person/${id}/${upTo}`);
  const person = revokePerson(paths, id, upTo, clock.now(), why);
  keys().publishPeople(personKeys(paths), true);
  return person;
}
