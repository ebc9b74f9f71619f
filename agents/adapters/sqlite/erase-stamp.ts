/**
 * How many erasures a SQLite file has been through, in its header (`user_version`), so that an older copy that was put back shows at once
 * and without opening it.
 */
import { closeSync, existsSync, openSync, readSync } from 'node:fs';

import { openDatabase } from './open-database.ts';

const header = 100;
/** Offset of the user version. @see https://www.sqlite.org/fileformat.html, section 1.3 */
const versionAt = 60;

/** 0 for a file that has been through none, undefined for no SQLite file. */
export function erasureStamp(path: string): number | undefined {
  if (!existsSync(path)) return undefined;
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(header);
    if (readSync(file, bytes, 0, header, 0) < header || !bytes.toString('latin1', 0, 15).startsWith('SQLite format 3')) return undefined;
    return bytes.readUInt32BE(versionAt);
  } finally {
    closeSync(file);
  }
}

export function setErasureStamp(path: string, erasures: number): void {
  if (erasureStamp(path) === erasures) return;
  const database = openDatabase(path, '');
  try {
    database.pragma(`user_version = ${erasures}`);
    // Into the file itself, where it is looked for.
    database.pragma('wal_checkpoint(TRUNCATE)');
  } finally {
    database.close();
  }
}
