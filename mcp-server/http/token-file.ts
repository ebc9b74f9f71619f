/** The bearer token: from the environment, else from a file that only its owner can read, made at the first start. */
import { randomBytes } from 'node:crypto';

import { readSecret } from '../../agents/adapters/files/secret-file.ts';

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
  const { text, ...place } = readSecret({
    file,
    fromEnvironment,
    variable: 'COHORTIUM_TOKEN',
    make: () => randomBytes(32).toString('base64url'),
    code: 'HTTP_TOKEN_UNSAFE',
  });
  return { token: text, ...place };
}
