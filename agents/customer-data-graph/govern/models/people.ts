/** Persons who propose and approve: made with a key of their own, found again by id. Refuses an id that is taken and a key that is not theirs. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { type Person, personIdForm, personSchema, roleForm } from '../../../../registries/people/person.ts';
import { CohortiumError, compareText } from '../../../../skills/sdk/index.ts';
import { makePersonKey, openPersonKey, type PersonKey, personKeyState, sealPersonKey } from '../../../adapters/files/person-keys.ts';
import { writeNewFile } from '../../../adapters/files/write-new-file.ts';
import type { PersonKeyEntry } from '../../../adapters/keys/key-history.ts';
import { newPassphraseOf } from '../../../adapters/keys/person-passphrase.ts';
import type { OperatorPaths } from '../../config.ts';
import { replaceFile } from './model-files.ts';

/** The agent itself, when it proposes a tuning: it has a key like a person, and approves nothing. */
export const driftMonitor = 'drift-monitor';

type PeoplePaths = Pick<OperatorPaths, 'registries' | 'state'>;

const folderOf = ({ registries }: PeoplePaths): string => join(registries, 'people');
const keysOf = ({ state }: PeoplePaths): string => join(state, 'keys');

/**
 * Makes a key for a person and enters the public half. A key without an entry, as a crash leaves it, is entered.
 * @param after leaves of the ledger by now
 * @param isSealed under a passphrase of theirs; asked for first, so that no open key is left where there is none
 * @throws {CohortiumError} ARGUMENT_INVALID for an id that is none or is taken, an empty name, a role that is none, or a short passphrase;
 *   KEY_UNAVAILABLE without a passphrase
 */
export function addPerson(
  paths: PeoplePaths,
  id: string,
  name: string | undefined,
  nowMs: number,
  roles: readonly string[] = [],
  after = 0,
  isSealed = false,
): Person {
  checkId(id);
  checkRoles(roles);
  const file = join(folderOf(paths), `${id}.json`);
  if (existsSync(file)) throw new CohortiumError('ARGUMENT_INVALID', `there is a person '${id}' already, in registries/people/${id}.json`);
  if (name?.trim() === '')
    throw new CohortiumError('ARGUMENT_INVALID', 'the name is empty; give one, or leave it out to be called by the id');
  if (isSealed && keyOfPersonHere(paths, id) === 'open') sealPersonKey(keysOf(paths), id);
  const key = makePersonKey(keysOf(paths), id, isSealed ? newPassphraseOf : undefined) ?? openPersonKey(keysOf(paths), id);
  const person: Person = {
    format: 'cohortium/person@1',
    id,
    name: name ?? id,
    key: key.verifierKey,
    addedAt: new Date(nowMs).toISOString(),
    roles: [...new Set(roles)].sort(compareText),
    after,
    revoked: null,
  };
  mkdirSync(folderOf(paths), { recursive: true });
  writeNewFile(file, `${JSON.stringify(person, undefined, 2)}\n`, 0o644);
  return person;
}

/**
 * Gives a person these roles and no others. What was decided in a role stays decided.
 * @throws {CohortiumError} PERSON_NOT_FOUND, CONFIG_INVALID; ARGUMENT_INVALID for a role that is none
 */
export function setRoles(paths: PeoplePaths, id: string, roles: readonly string[]): Person {
  checkRoles(roles);
  const person = { ...readPerson(paths, id), roles: [...new Set(roles)].sort(compareText) };
  replaceFile(join(folderOf(paths), `${id}.json`), `${JSON.stringify(person, undefined, 2)}\n`);
  return person;
}

/**
 * From a size of the ledger on, nothing counts that the key of a person signs. There is no way back: who has lost a key is added again
 * under another id.
 * @throws {CohortiumError} PERSON_NOT_FOUND, CONFIG_INVALID; PERSON_KEY_REVOKED when it was before
 */
export function revokePerson(paths: PeoplePaths, id: string, upTo: number, nowMs: number, why: string): Person {
  const person = { ...inForce(readPerson(paths, id)), revoked: { upTo, at: new Date(nowMs).toISOString(), why } };
  replaceFile(join(folderOf(paths), `${id}.json`), `${JSON.stringify(person, undefined, 2)}\n`);
  return person;
}

/**
 * Seals the key of a person that is here under a passphrase of theirs.
 * @throws {CohortiumError} PERSON_NOT_FOUND, KEY_UNAVAILABLE, LEDGER_KEY_UNSAFE; ARGUMENT_INVALID for a passphrase that is short, or that
 *   it has already
 */
export function sealPerson(paths: PeoplePaths, id: string): Person {
  const person = readPerson(paths, id);
  sealPersonKey(keysOf(paths), id);
  return person;
}

/** Whether the key of a person is on this machine, and whether it asks for a passphrase. */
export function keyOfPersonHere(paths: PeoplePaths, id: string): 'absent' | 'open' | 'sealed' {
  return personKeyState(keysOf(paths), id);
}

/** Everybody, by id. @throws {CohortiumError} CONFIG_INVALID naming a file that is no person */
export function listPeople(paths: PeoplePaths): readonly Person[] {
  const folder = folderOf(paths);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((name) => (name.endsWith('.json') ? [name.slice(0, -'.json'.length)] : []))
    .sort(compareText)
    .map((id) => readPerson(paths, id));
}

/** Keys of everybody with the sizes of the ledger between which they sign, for who verifies. */
export function personKeys(paths: PeoplePaths): readonly PersonKeyEntry[] {
  return listPeople(paths).map(({ key, after, revoked }) => ({ key, after, upTo: revoked?.upTo ?? null }));
}

/** @throws {CohortiumError} PERSON_NOT_FOUND, CONFIG_INVALID */
export function readPerson(paths: PeoplePaths, id: string): Person {
  checkId(id);
  const file = join(folderOf(paths), `${id}.json`);
  if (!existsSync(file)) {
    throw new CohortiumError('PERSON_NOT_FOUND', `there is no person '${id}' in registries/people; 'cohortium people add ${id}' makes one`);
  }
  const parsed = personSchema.safeParse(parseJson(readFileSync(file, 'utf8')));
  if (!parsed.success || parsed.data.id !== id) {
    throw new CohortiumError('CONFIG_INVALID', `registries/people/${id}.json does not describe '${id}' as cohortium/person@1; restore it`);
  }
  return parsed.data;
}

/**
 * A person who can sign here.
 * @throws {CohortiumError} PERSON_NOT_FOUND, CONFIG_INVALID; PERSON_KEY_REVOKED; KEY_UNAVAILABLE without the passphrase of a sealed key;
 *   LEDGER_KEY_UNSAFE, also when the key is not the one in the registry
 */
export function signerOf(paths: PeoplePaths, id: string): { readonly person: Person; readonly sign: PersonKey['sign'] } {
  const person = inForce(readPerson(paths, id));
  const key = openPersonKey(keysOf(paths), id);
  if (key.verifierKey !== person.key) {
    throw new CohortiumError(
      'LEDGER_KEY_UNSAFE',
      `the key of '${id}' here is not the one in registries/people/${id}.json: one of the two was replaced`,
    );
  }
  return { person, sign: key.sign };
}

/** @throws {CohortiumError} PERSON_KEY_REVOKED */
export function inForce(person: Person): Person {
  if (person.revoked === null) return person;
  const { upTo, at, why } = person.revoked;
  throw new CohortiumError(
    'PERSON_KEY_REVOKED',
    `the key of '${person.id}' was revoked on ${at.slice(0, 10)} at ${upTo} records (${why.slice(0, 120)}); it signs nothing any more`,
  );
}

function checkId(id: string): void {
  if (id.length <= 64 && personIdForm.test(id)) return;
  throw new CohortiumError(
    'ARGUMENT_INVALID',
    `'${id.slice(0, 80)}' is no id of a person; write one such as ada-lovelace, at most 64 characters`,
  );
}

function checkRoles(roles: readonly string[]): void {
  const wrong = roles.find((role) => role.length > 64 || !roleForm.test(role));
  if (wrong === undefined) return;
  throw new CohortiumError('ARGUMENT_INVALID', `'${wrong.slice(0, 80)}' is no role; write one such as counsel or privacy-officer`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema says what is wrong
  }
}
