/**
 * A ZIP file with the same bytes for the same files, on every machine and in every time zone: names in order, one instant for all,
 * one compressor. Refuses two files of one name.
 */
import { zipSync } from 'fflate';

import { CohortiumError, compareText } from '../../../../skills/sdk/index.ts';

export interface ArchivedFile {
  /** Relative, with slashes. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

export function zipFiles(files: readonly ArchivedFile[]): Uint8Array {
  const entries = [...files].sort((a, b) => compareText(a.path, b.path));
  const twice = entries.find(({ path }, at) => entries[at + 1]?.path === path);
  if (twice) throw new CohortiumError('INTERNAL', `an archive was to hold '${twice.path}' twice`);
  // The first instant that the format can name. Local, because it has no time zone: the same text everywhere.
  const noTime = new Date(1980, 0, 1);
  // os 3 and these attributes: a plain file, rw-r--r--, on Unix.
  return zipSync(
    Object.fromEntries(entries.map(({ path, bytes }) => [path, [bytes, { level: 9, mtime: noTime, os: 3, attrs: 0o100644 << 16 }]])),
  );
}
