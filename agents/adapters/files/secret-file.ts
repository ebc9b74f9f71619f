/**
 * A secret that callers of this process must send: from the environment, else from a file that only its owner can read, made at
 * the first use. Refuses a file that others can read, and a secret that is short or does not survive a header.
 */
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

import { CohortiumError, type ErrorCode } from '../../../skills/sdk/index.ts';
import { writeNewFile } from './write-new-file.ts';

const shortestSecret = 24;

export interface SecretPlace {
  readonly file: string;
  /** Value of the environment variable, if it is set. */
  readonly fromEnvironment: string | undefined;
  /** Its name, for messages. */
  readonly variable: string;
  /** Called once, when there is neither; at least 24 of A-Z a-z 0-9 - . _ ~ + / */
  readonly make: () => string;
  /** Thrown when what stands there cannot be used. */
  readonly code: ErrorCode;
}

export interface Secret {
  readonly text: string;
  /** Where it stands, for a person to read; null when it came from the environment. */
  readonly file: string | null;
  readonly isNew: boolean;
}

/** @throws {CohortiumError} the code given, when others can read the file, or the secret is not usable */
export function readSecret({ file, fromEnvironment, variable, make, code }: SecretPlace): Secret {
  if (fromEnvironment !== undefined && fromEnvironment !== '') {
    return { text: usable(fromEnvironment, variable, code), file: null, isNew: false };
  }
  if (existsSync(file)) {
    const mode = statSync(file).mode & 0o777;
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new CohortiumError(code, `${file} has mode 0${mode.toString(8)}; expected 0600`);
    }
    return { text: usable(readFileSync(file, 'utf8').trim(), file, code), file, isNew: false };
  }
  const text = make();
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  // Fails rather than uses a file that somebody else put there meanwhile.
  if (!writeNewFile(file, `${text}\n`, 0o600)) {
    throw new CohortiumError(code, `${file} was made by another process meanwhile; start again to use it`);
  }
  return { text, file, isNew: true };
}

function usable(secret: string, place: string, code: ErrorCode): string {
  if (!/^[\w.~+/-]+=*$/.test(secret) || secret.length < shortestSecret) {
    throw new CohortiumError(code, `${place} holds no usable secret; expected ${shortestSecret} or more of A-Z a-z 0-9 - . _ ~ + /`);
  }
  return secret;
}
