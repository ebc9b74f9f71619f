/**
 * Makes a file that appears complete or not at all, and is on disk when this returns: for keys and statements, which a killed
 * process must not leave half written under their name. Never replaces a file.
 */
import { randomUUID } from 'node:crypto';
import { chmodSync, closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * @param mode permission bits, whatever the umask
 * @returns false when there is a file already, which is left as it is
 */
export function writeNewFile(path: string, text: string | Uint8Array, mode: number): boolean {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const file = openSync(temporary, 'wx', mode);
    try {
      chmodSync(temporary, mode);
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    give(temporary, path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(temporary, { force: true });
  }
  flushFolder(dirname(path));
  return true;
}

/** A new name is lost in a power cut unless its folder was flushed. */
export function flushFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Unlike a rename, a link fails when the name is taken: of two processes that make a key, both then use one. */
function give(temporary: string, path: string): void {
  try {
    linkSync(temporary, path);
  } catch (error) {
    // Some file systems have no links.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(codeOf(error)) || existsSync(path)) throw error;
    renameSync(temporary, path);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
