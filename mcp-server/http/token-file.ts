/** The bearer token: from the environment, else from a file that only its owner can read, made at the first start. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

import { writeNewFile } from '../../agents/adapters/files/write-new-file.ts';
import { CohortiumError } from '../../skills/sdk/index.ts';

const shortestToken = 24;

export interface ServerToken {
  readonly token: string;
  /** Where it stands, for a person to read; null when it came from the environment. */
  readonly file: string | null;
  readonly isNew: boolean;
}

/**
 * @param fromEnvironment value of COHORTIUM_TOKEN, if set
 * @throws {CohortiumError} HTTP_TOKEN_UNSAFE when others can read the file, or the token is short
 */
export function serverToken(file: string, fromEnvironment: string | undefined): ServerToken {
  if (fromEnvironment !== undefined && fromEnvironment !== '') {
    return { token: usable(fromEnvironment, 'COHORTIUM_TOKEN'), file: null, isNew: false };
  }
  if (existsSync(file)) {
    const mode = statSync(file).mode & 0o777;
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new CohortiumError('HTTP_TOKEN_UNSAFE', `${file} has mode 0${mode.toString(8)}; expected 0600`);
    }
    return { token: usable(readFileSync(file, 'utf8').trim(), file), file, isNew: false };
  }
  const token = randomBytes(32).toString('base64url');
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  // Fails rather than uses a file that somebody else put there meanwhile.
  if (!writeNewFile(file, `${token}\n`, 0o600)) {
    throw new CohortiumError('HTTP_TOKEN_UNSAFE', `${file} was made by another process meanwhile; start again to use it`);
  }
  return { token, file, isNew: true };
}

function usable(token: string, place: string): string {
  if (!/^[\w.~+/-]+=*$/.test(token) || token.length < shortestToken) {
    throw new CohortiumError(
      'HTTP_TOKEN_UNSAFE',
      `${place} holds no usable token; expected ${shortestToken} or more of A-Z a-z 0-9 - . _ ~ + /`,
    );
  }
  return token;
}
