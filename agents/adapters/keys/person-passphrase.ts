/**
 * Where the passphrase of a person's key is found: a variable of the environment, a file that such a variable names, or the terminal,
 * where the command line has one. Keeps what was typed for as long as the process lives; refuses a file that others can read.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';

import { CohortiumError } from '../../../skills/sdk/index.ts';
import { refuseShortPassphrase } from './passphrase.ts';

/** Asks without an echo. @returns undefined when nothing was typed, or nothing can be asked */
export type AskSecret = (question: string) => string | undefined;

let terminal: AskSecret | undefined;
const typed = new Map<string, string>();

/** A process has one terminal. @param ask undefined where nobody sits at it, as behind a server */
export function useTerminal(ask: AskSecret | undefined): void {
  terminal = ask;
  typed.clear();
}

/** Such as COHORTIUM_PERSON_ADA_LOVELACE_PASSPHRASE; with _FILE at its end it names a file. */
export function passphraseVariable(person: string): string {
  return `COHORTIUM_PERSON_${person.toUpperCase().replaceAll('-', '_')}_PASSPHRASE`;
}

/**
 * @throws {CohortiumError} KEY_UNAVAILABLE when it is nowhere, naming where it is looked for; LEDGER_KEY_UNSAFE when others can read its file
 */
export function passphraseOf(person: string, env: Readonly<Record<string, string | undefined>> = process.env): string {
  const found = stated(person, env) ?? typed.get(person) ?? terminal?.(`Passphrase of ${person}: `);
  if (found === undefined || found === '') throw unavailable(person, `the key of '${person}' is sealed`);
  if (terminal) typed.set(person, found);
  return found;
}

/**
 * A passphrase that is not known yet: typed twice at the terminal, or as above.
 * @throws {CohortiumError} KEY_UNAVAILABLE; ARGUMENT_INVALID when both are not the same, or it is shorter than 12 characters
 */
export function newPassphraseOf(person: string, env: Readonly<Record<string, string | undefined>> = process.env): string {
  const found = stated(person, env) ?? terminal?.(`New passphrase of ${person}: `);
  if (found === undefined || found === '') throw unavailable(person, 'a new passphrase is needed; nothing was sealed');
  refuseShortPassphrase(found);
  if (stated(person, env) === undefined && terminal?.('Once more: ') !== found) {
    throw new CohortiumError('ARGUMENT_INVALID', 'the two passphrases are not the same; nothing was sealed');
  }
  if (terminal) typed.set(person, found);
  return found;
}

function stated(person: string, env: Readonly<Record<string, string | undefined>>): string | undefined {
  const variable = passphraseVariable(person);
  const value = env[variable];
  if (value !== undefined && value !== '') return value;
  const file = env[`${variable}_FILE`];
  if (file === undefined || file === '') return undefined;
  if (!existsSync(file)) throw new CohortiumError('KEY_UNAVAILABLE', `${file} does not exist; ${variable}_FILE names it`);
  const mode = statSync(file).mode & 0o777;
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new CohortiumError('LEDGER_KEY_UNSAFE', `${file} has mode 0${mode.toString(8)}, so others can read it; run 'chmod 600 ${file}'`);
  }
  return readFileSync(file, 'utf8').split(/\r?\n/, 1)[0];
}

function unavailable(person: string, what: string): CohortiumError {
  const variable = passphraseVariable(person);
  return new CohortiumError(
    'KEY_UNAVAILABLE',
    `${what}; set ${variable}, or ${variable}_FILE to a file with it, or run the command at a terminal`,
  );
}
