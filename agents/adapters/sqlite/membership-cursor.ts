/** Where a list goes on: opaque to the caller, and refused when it is not one of ours. */
import { CohortiumError } from '../../../skills/sdk/index.ts';

type Parts = readonly [number, number, number];

export function writeCursor(parts: Parts): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** @throws {CohortiumError} ARGUMENT_INVALID */
export function readMemberCursor(
  cursor: string,
  newest: number,
): { readonly version: number; readonly day: number; readonly after: number } {
  const [version, day, after] = read(cursor, newest);
  return { version, day, after };
}

/** @throws {CohortiumError} ARGUMENT_INVALID, also for a cursor of another version */
export function readChangeCursor(cursor: string, version: number): { readonly place: number; readonly row: number } {
  const [of, place, row] = read(cursor, version);
  if (of !== version) throw refusal();
  return { place, row };
}

function read(cursor: string, newest: number): Parts {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(parts) && parts.length === 3 && parts.every((part) => Number.isInteger(part))) {
      const [version, second, third] = parts as unknown as Parts; // three integers by the check above
      if (version >= 1 && version <= newest && Math.abs(second) <= 100_000_000 && third >= 0) return [version, second, third];
    }
  } catch {
    // falls through to the error below, which is the same for every cursor that was not ours
  }
  throw refusal();
}

function refusal(): CohortiumError {
  return new CohortiumError('ARGUMENT_INVALID', 'cursor: the nextCursor of the answer before was expected');
}
