/** Persons who propose and approve: made with a key of their own, found again by id. Refuses an id that is taken and a key that is not theirs. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { type Person, personIdForm, personSchema, roleForm } from '../../../../registries/people/person.ts';
import { CohortiumError, compareText } from '../../../../skills/sdk/index.ts';
import { makePersonKey, openPersonKey, type PersonKey } from '../../../adapters/files/person-keys.ts';
import { writeNewFile } from '../../../adapters/files/write-new-file.ts';
import type { OperatorPaths } from '../../config.ts';
import { replaceFile } from './model-files.ts';

/** The agent itself, when it proposes a tuning: it has a key like a person, and approves nothing. */
export const driftMonitor = 'drift-monitor';

type PeoplePaths = Pick<OperatorPaths, 'registries' | 'state'>;

const folderOf = ({ registries }: PeoplePaths): string => join(registries, 'people');
const keysOf = ({ state }: PeoplePaths): string => join(state, 'keys');

/**
 * Makes a key for a person and enters the public half. A key without an entry, as a crash leaves it, is entered.
 * @throws {CohortiumError} ARGUMENT_INVALID for an id that is none or is taken, an empty name, or a role that is none
 */
export function addPerson(paths: PeoplePaths, id: string, name: string | undefined, nowMs: number, roles: readonly string[] = []): Person {
  checkId(id);
  checkRoles(roles);
  const file = join(folderOf(paths), `${id}.json`);
  if (existsSync(file)) throw new CohortiumError('ARGUMENT_INVALID', `there is a person '${id}' already, in registries/people/${id}.json`);
  if (name?.trim() === '')
    throw new CohortiumError('ARGUMENT_INVALID', 'the name is empty; give one, or leave it out to be called by the id');
  const key = makePersonKey(keysOf(paths), id) ?? openPersonKey(keysOf(paths), id);
  const person: Person = {
    format: 'cohortium/person@1',
    id,
    name: name ?? id,
    key: key.verifierKey,
    addedAt: new Date(nowMs).toISOString(),
    roles: [...new Set(roles)].sort(compareText),
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

/** Everybody, by id. @throws {CohortiumError} CONFIG_INVALID naming a file that is no person */
export function listPeople(paths: PeoplePaths): readonly Person[] {
  const folder = folderOf(paths);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((name) => (name.endsWith('.json') ? [name.slice(0, -'.json'.length)] : []))
    .sort(compareText)
    .map((id) => readPerson(paths, id));
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
 * @throws {CohortiumError} PERSON_NOT_FOUND, CONFIG_INVALID; LEDGER_KEY_UNSAFE, also when the key is not the one in the registry
 */
export function signerOf(paths: PeoplePaths, id: string): { readonly person: Person; readonly sign: PersonKey['sign'] } {
  const person = readPerson(paths, id);
  const key = openPersonKey(keysOf(paths), id);
  if (key.verifierKey !== person.key) {
    throw new CohortiumError(
      'LEDGER_KEY_UNSAFE',
      `the key of '${id}' here is not the one in registries/people/${id}.json: one of the two was replaced`,
    );
  }
  return { person, sign: key.sign };
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
