/** Bytes of a file that a person named; what keeps it from being read is said in words. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

import { invalid } from './csv-columns.ts';

/**
 * @param path plain, or `.gz`
 * @throws {CohortiumError} CLV_FILE_INVALID when it is absent, a folder, not readable or no gzip
 */
export function readTextFile(path: string): string {
  return unpacked(path)
    .toString('utf8')
    .replace(/^\ufeff/, '');
}

function unpacked(path: string): Buffer {
  const bytes = readBytes(path);
  if (!path.endsWith('.gz')) return bytes;
  try {
    return gunzipSync(bytes);
  } catch (error) {
    throw invalid(path, `this is not gzip, or only a part of it: ${error instanceof Error ? error.message : ''}`);
  }
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const isAbsent = code === 'ENOENT' || code === 'ENOTDIR';
    throw invalid(
      path,
      isAbsent ? 'there is no such file' : code === 'EISDIR' ? 'this is a folder; name a file in it' : `it cannot be read: ${code}`,
    );
  }
}
