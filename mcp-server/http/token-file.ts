/**
 * The bearer token: from the environment, else made at the first start and handed over in a file that only its owner can read. The server
 * itself keeps a digest beside it, and goes on by that alone once the token was taken away. Never says a token.
 */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';

import { readSecret } from '../../agents/adapters/files/secret-file.ts';
import { replaceSecretFile } from '../../agents/adapters/keys/key-folder.ts';
import { CohortiumError } from '../../skills/sdk/index.ts';

export interface ServerToken {
  /** Digest of what callers have to send, as `digestForm` writes it. */
  readonly token: string;
  /** Where the token stands, or its digest where it was taken away, for a person to read; null when it came from the environment. */
  readonly file: string | null;
  readonly isNew: boolean;
}

const digestPattern = /^sha256-([0-9a-f]{64})$/;

/** How a token is kept: 64 hex digits of its SHA-256. */
function digestForm(token: string): string {
  return digestPattern.test(token) ? token : `sha256-${sha256(token).toString('hex')}`;
}

/** SHA-256 of a token that is at hand, or was kept as its digest. @returns 32 bytes */
export function tokenDigest(token: string): Buffer {
  const [, kept] = digestPattern.exec(token) ?? [];
  return kept === undefined ? sha256(token) : Buffer.from(kept, 'hex');
}

/**
 * @param fromEnvironment value of COHORTIUM_TOKEN, if set: a token, or its digest
 * @throws {CohortiumError} HTTP_TOKEN_UNSAFE when others can read a file, the token is short, or the digest is none
 */
export function serverToken(file: string, fromEnvironment: string | undefined): ServerToken {
  const digestFile = `${file}.sha256`;
  const isTaken = (fromEnvironment ?? '') === '' && !existsSync(file) && existsSync(digestFile);
  const make = (): string => randomBytes(32).toString('base64url');
  const read = readSecret({
    file: isTaken ? digestFile : file,
    fromEnvironment,
    variable: 'COHORTIUM_TOKEN',
    make,
    code: 'HTTP_TOKEN_UNSAFE',
  });
  if (isTaken && !digestPattern.test(read.text)) {
    throw new CohortiumError('HTTP_TOKEN_UNSAFE', `${digestFile} holds no digest of a token: sha256- and 64 hex digits were expected`);
  }
  const token = digestForm(read.text);
  if (read.file === file && !(existsSync(digestFile) && readFileSync(digestFile, 'utf8') === `${token}\n`)) {
    replaceSecretFile(digestFile, `${token}\n`);
  }
  return { token, file: read.file, isNew: read.isNew };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
