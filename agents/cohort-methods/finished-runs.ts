/**
 * Which windows have been computed, by fingerprint: a small file per window beside the content store. A killed computation finds here
 * what it had finished. Losing the folder loses no result, only the time to compute it again.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { type CohortRun, cohortRunSchema } from '../../skills/cohort/definitions/cohort-run.ts';
import { type ContentStore, type Digest, type Ref, refSchema } from '../../skills/sdk/index.ts';

export interface FinishedRuns {
  /** Null when it was never computed, or a part of it is gone from the content store. */
  readonly find: (fingerprint: Digest) => Ref | null;
  readonly add: (fingerprint: Digest, run: Ref) => void;
}

/** @param directory made when it is first written to */
export function createFinishedRuns(directory: string, content: ContentStore): FinishedRuns {
  const pathOf = (fingerprint: Digest): string => join(directory, fingerprint.slice(0, 2), `${fingerprint}.json`);
  return {
    find(fingerprint) {
      const path = pathOf(fingerprint);
      if (!existsSync(path)) return null;
      const run = refSchema.safeParse(parseJson(readFileSync(path, 'utf8')));
      return run.success && isWhole(run.data, content) ? run.data : null;
    },
    add(fingerprint, run) {
      const path = pathOf(fingerprint);
      mkdirSync(join(path, '..'), { recursive: true });
      const temporary = `${path}.${process.pid}.tmp`;
      try {
        writeFileSync(temporary, JSON.stringify(run));
        renameSync(temporary, path);
      } finally {
        rmSync(temporary, { force: true });
      }
    },
  };
}

function isWhole(ref: Ref, content: ContentStore): boolean {
  if (!content.has(ref)) return false;
  const run = cohortRunSchema.safeParse(content.getJson(ref));
  const parts = (found: CohortRun): readonly (Ref | null)[] => [found.model, found.members, found.frozen ?? null];
  return run.success && parts(run.data).every((part) => part === null || content.has(part));
}

/** A power cut may leave an empty file: then it says nothing. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
