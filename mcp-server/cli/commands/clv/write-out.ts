/** Writes what `--out` names. A place that cannot be written to is the caller's to change, so it is named. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { CohortiumError } from '../../../../skills/sdk/index.ts';
import type { CommandCall } from '../../command-spec.ts';

/** @throws {CohortiumError} ARGUMENT_INVALID when the file cannot be written */
export function writeOut(call: CommandCall, out: string, text: string): void {
  attempt(out, () => writeFileSync(resolve(call.host.cwd, out), text));
}

/** @throws {CohortiumError} ARGUMENT_INVALID when the folder cannot be made */
export function makeOutFolder(call: CommandCall, out: string): void {
  attempt(out, () => mkdirSync(resolve(call.host.cwd, out), { recursive: true }));
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'the folder that it would be in does not exist; make it first',
  ENOTDIR: 'a part of the path is a file',
  EISDIR: 'this is a folder; name a file',
  EEXIST: 'this is a file; name a folder',
};

function attempt(out: string, write: () => unknown): void {
  try {
    write();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    throw new CohortiumError('ARGUMENT_INVALID', `--out ${out} cannot be written: ${reasons[code] ?? code}`);
  }
}
