/**
 * Objects that came back with an older copy and that nothing names: what went by its place in a table has no name in it, and who named it
 * calls it otherwise by now. Removes them, with what was made of them while the erasure was done again; keeps whatever a file of the
 * directory, or an object that is kept, names.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';

import { erasedSuffix, markedPaths } from '../../adapters/files/erased-content.ts';
import { filePieces } from '../../adapters/files/file-pieces.ts';
import { objectsIn } from '../../adapters/files/object-list.ts';
import { longValues } from '../../adapters/sqlite/long-values.ts';
import { digestLength, longRunsOfHex } from './gone-digests.ts';

const skipped: ReadonlySet<string> = new Set(['node_modules', '.git']);

/** Names of objects, and of marks that stand for some. */
export function namesInStore(content: string): readonly string[] {
  return existsSync(content) ? [...objectsIn(content), ...markedPaths(content).map((path) => basename(path))] : [];
}

/**
 * @param directory of the operator
 * @param content folder of the content store
 * @param kept names that stay, whoever names them
 * @returns names that went
 */
export function removeUnnamed(directory: string, content: string, kept: ReadonlySet<string>): number {
  const all = namesInStore(content);
  const left = new Set(all.filter((name) => !kept.has(name)));
  const filesOf = (name: string): readonly string[] => {
    const path = join(content, name.slice(0, 2), name);
    return [path, `${path}${erasedSuffix}`].filter((file) => existsSync(file));
  };
  const reach = (path: string): void => {
    for (const { bytes } of filePieces(path, digestLength)) keep(bytes.toString('latin1'));
    for (const value of longValues(path)) keep(value);
  };
  /** What is named is kept, and names others in turn. */
  const keep = (text: string): void => {
    for (const name of longRunsOfHex(text)) if (left.delete(name)) filesOf(name).forEach(reach);
  };
  const walk = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!skipped.has(entry.name) && path !== content) walk(path);
      } else if (entry.isFile() && !entry.name.startsWith('erasures.db')) reach(path);
    }
  };
  walk(directory);
  for (const name of all) if (kept.has(name)) filesOf(name).forEach(reach);
  for (const name of left) for (const path of filesOf(name)) rmSync(path);
  return left.size;
}
