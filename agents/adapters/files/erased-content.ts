/**
 * What stands in the place of an object of the content store from which a person was erased: `<name>.erased`, which names the object
 * without the person. The name is 64 random hex digits and takes the place of the digest wherever that stood, because who knows the digest
 * can try rows until it fits. Under the name what is left stays readable, and a replay can say why it cannot be repeated.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { CohortiumError, z } from '../../../skills/sdk/index.ts';
import { writeNewFile } from './write-new-file.ts';

const markerSchema = z.strictObject({
  format: z.literal('cohortium/erased-object@1'),
  /** Id of the erasure, as in the records erasure.started and erasure.completed. */
  erasure: z.string(),
  /** Digest of the object without the person; null where that is not known, because an older copy of who names it was put back. */
  replacement: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
});

export type ContentErasure = Omit<z.output<typeof markerSchema>, 'format'>;

export const erasedSuffix = '.erased';

/**
 * @param path of the object, by the name that stands for it
 * @throws {CohortiumError} STORE_CORRUPT when the marker is not as it was written
 */
export function erasureOf(path: string): ContentErasure | undefined {
  let text: string;
  try {
    text = readFileSync(`${path}${erasedSuffix}`, 'utf8');
  } catch {
    return undefined;
  }
  const parsed = markerSchema.safeParse(jsonOf(text));
  if (!parsed.success)
    throw new CohortiumError('STORE_CORRUPT', `${path}${erasedSuffix} is not as it was written; restore it from a backup`);
  const { erasure, replacement } = parsed.data;
  return { erasure, replacement };
}

/** Marks an object by the name that stands for it, before its bytes are removed. A mark that is there already stays. */
export function markErased(path: string, erasure: ContentErasure): void {
  mkdirSync(dirname(path), { recursive: true });
  writeNewFile(`${path}${erasedSuffix}`, `${JSON.stringify({ format: 'cohortium/erased-object@1', ...erasure })}\n`, 0o644);
}

/** Marks an object anew, where what is left of it was written again as well. */
export function markAgain(path: string, erasure: ContentErasure): void {
  const temporary = `${path}.again`;
  rmSync(`${temporary}${erasedSuffix}`, { force: true });
  markErased(temporary, erasure);
  renameSync(`${temporary}${erasedSuffix}`, `${path}${erasedSuffix}`);
}

/** Paths of objects that have a mark. @param directory folder of the content store */
export function markedPaths(directory: string): readonly string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((folder) => /^[0-9a-f]{2}$/.test(folder))
    .flatMap((folder) => readdirSync(join(directory, folder)).map((name) => join(directory, folder, name)))
    .filter((path) => /[0-9a-f]{64}\.erased$/.test(path))
    .map((path) => join(path, '..', basename(path, erasedSuffix)));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema says what is wrong
  }
}
