/**
 * Replays a run from a bundle, where no operator directory is. Uses the skills that come with the package; what takes another one, or a
 * native library that is not there, is said to be left.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { CohortiumError, type SkillDefinition } from '../../../skills/sdk/index.ts';
import { builtinSkills } from '../builtin-skills.ts';
import type { CallContext } from '../call-context.ts';
import { codeIdentity } from './code-identity.ts';
import { computeAgain } from './compute-again.ts';
import { erasedThings, type ErasedThings } from './erased-things.ts';
import type { Erasure, ReplayReport } from './replay-interface.ts';
import { type OpenBundle, openRunBundle } from './run-bundle.ts';

export interface BundleReplay extends ReplayReport {
  readonly bundle: { readonly file: string; readonly digest: string };
}

export interface BundleReplayOptions {
  readonly isPure?: boolean;
  /** Digest that the bundle must have, as whoever exported it named it. */
  readonly digest?: string;
  /** In place of those of the package; tests give others. */
  readonly skills?: readonly SkillDefinition[];
}

/** @throws {CohortiumError} BUNDLE_DAMAGED, ARGUMENT_INVALID when there is no such file, RUN_CANCELLED */
export async function replayBundle(file: string, options: BundleReplayOptions = {}, context: CallContext = {}): Promise<BundleReplay> {
  const folder = mkdtempSync(join(tmpdir(), 'cohortium-bundle-'));
  try {
    const bundle = openRunBundle(file, folder);
    if (options.digest !== undefined && options.digest !== bundle.digest) {
      throw new CohortiumError('BUNDLE_DAMAGED', `${file}: its content has digest ${bundle.digest}; ${options.digest} was asked for`);
    }
    const skills = new Map((options.skills ?? builtinSkills).map((skill) => [skill.id, skill]));
    const place = {
      state: folder,
      content: bundle.content,
      skills,
      code: codeIdentity(),
      erasures: listedErasures(bundle),
      workFolder: folder,
    };
    const report = await computeAgain(place, bundle.recorded, { isPure: options.isPure === true }, context);
    return { ...report, bundle: { file, digest: bundle.digest } };
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** As they were when the bundle was made. */
function listedErasures({ erased, content }: OpenBundle): ErasedThings {
  const known = new Map<string, Erasure>(erased.map((one) => [one.object, one]));
  const marks = { markOf: (object: string) => (known.has(object) ? { erasure: object } : undefined) };
  return erasedThings({
    content,
    ...marks,
    markOfSegment: marks.markOf,
    entryOf: (object) => {
      const { day = null, entry = null } = known.get(object) ?? {};
      return day === null || entry === null ? null : { day, entry };
    },
  });
}
