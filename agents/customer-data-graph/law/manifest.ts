/**
 * What the files of the law are, by SHA-256: so that nobody changes a regime on a machine without a trace. A change of the operator's
 * goes into `policies/`, where it is theirs.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { z } from 'zod';

import { lawFiles } from './law-files.ts';

const manifestSchema = z.strictObject({ format: z.literal('cohortium/regimes@1'), files: z.record(z.string(), z.string()) });

const manifestFile = 'manifest.json';

/** The manifest of a folder as it is now, as it is written. */
export function manifestText(folder: string): string {
  const files = Object.fromEntries(lawFiles(folder).map((name) => [name, sha256(join(folder, name))]));
  return `${JSON.stringify({ format: 'cohortium/regimes@1', files } satisfies z.infer<typeof manifestSchema>, null, 2)}\n`;
}

/** In what a folder differs from its manifest, in words; empty when it does not. */
export function manifestFaults(folder: string): readonly string[] {
  const path = join(folder, manifestFile);
  if (!existsSync(path)) return [`${path} is missing`];
  const parsed = manifestSchema.safeParse(parseJson(readFileSync(path, 'utf8')));
  if (!parsed.success) return [`${path} is no manifest of regimes`];
  const found = lawFiles(folder);
  const { files } = parsed.data;
  return [
    ...Object.entries(files).flatMap(([name, digest]) => {
      if (!found.includes(name)) return [`${join(folder, name)} is missing`];
      return sha256(join(folder, name)) === digest ? [] : [`${join(folder, name)} is not the file of the manifest`];
    }),
    ...found.filter((name) => !(name in files)).map((name) => `${join(folder, name)} is not in the manifest`),
  ];
}

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
