/** What the operating system refused about a file, as an error that says so: no right to it, or no room. It is no defect of ours. */
import { CohortiumError } from './errors.ts';

const withoutRight: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS']);
const withoutRoom: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);

/** @returns STORE_FORBIDDEN or STORE_FULL naming the path; undefined for everything else */
export function systemRefusal(thrown: unknown): CohortiumError | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown) || typeof thrown.code !== 'string') return undefined;
  // A port that may not be opened has the same code, and no path.
  if (!('path' in thrown) || typeof thrown.path !== 'string') return undefined;
  const { code, path } = thrown;
  const options = { cause: thrown, detail: { path } };
  if (withoutRight.has(code)) return new CohortiumError('STORE_FORBIDDEN', forbidden(path, code), options);
  if (withoutRoom.has(code)) return new CohortiumError('STORE_FULL', `${path} could not grow: ${code}`, options);
  return undefined;
}

/** @param code what the system or SQLite calls it */
export function forbidden(path: string, code: string): string {
  return `${path} may not be read or written by this user: ${code}`;
}
