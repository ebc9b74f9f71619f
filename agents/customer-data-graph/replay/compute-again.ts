/**
 * Replays a recorded run over stores that it may not change: what is new goes into a folder that is gone afterwards, however it ends.
 * The same for a run of this directory and for one from a bundle.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import {
  type CodeIdentity,
  planOf,
  type RecordedEffect,
  type RecordedRun,
  type ReplayReport,
  replayRun,
} from '../../../orchestrator/index.ts';
import type { ContentStore, Json, SkillDefinition } from '../../../skills/sdk/index.ts';
import type { CallContext } from '../call-context.ts';
import type { ErasedThings } from './erased-things.ts';
import { needsNativeLibrary, replaySurroundings } from './replay-surroundings.ts';

export interface ComputeAgainPlace {
  /** Folder with `content` and `segments`. */
  readonly state: string;
  readonly content: ContentStore;
  readonly skills: ReadonlyMap<string, SkillDefinition>;
  readonly code: CodeIdentity;
  readonly erasures: ErasedThings;
  /** Where a folder for what is new is made: beside the data, because it is of the same kind. */
  readonly workFolder: string;
}

export interface ComputeAgainOptions {
  readonly isPure?: boolean;
  /** Given every answer, with a store that has its objects. */
  readonly onAnswer?: (effect: RecordedEffect, output: Json, content: ContentStore) => void;
}

const leftOut = 'left out: it takes a native library';

/** @throws {CohortiumError} RUN_CANCELLED */
export async function computeAgain(
  place: ComputeAgainPlace,
  recorded: RecordedRun,
  { isPure = false, onAnswer }: ComputeAgainOptions,
  { signal, onProgress }: CallContext,
): Promise<ReplayReport> {
  mkdirSync(place.workFolder, { recursive: true, mode: 0o700 });
  const temporary = mkdtempSync(join(place.workFolder, 'replay-'));
  const { state, content, skills, code, erasures } = place;
  const surroundings = replaySurroundings({ state, content, currency: currencyOf(recorded), temporary });
  const isNative = needsNativeLibrary(skills);
  const isLeftOut = (effect: RecordedEffect): boolean => isPure && isNative(effect);
  try {
    return await replayRun(
      {
        skills,
        surroundings: { content: surroundings.content, ports: surroundings.ports },
        code,
        erasures,
        isLeftOut,
        notesOn: (effectId) => {
          const effect = recorded.effects.find(({ id }) => id === effectId);
          return [...surroundings.notesOn(effectId), ...(effect && isLeftOut(effect) && recomputes(skills, effect) ? [leftOut] : [])];
        },
      },
      recorded,
      {
        ...(signal ? { signal } : {}),
        onEffect: (done, total, kind) => onProgress?.({ fraction: done / Math.max(total, 1), message: kind }),
        ...(onAnswer ? { onAnswer: (effect, output) => onAnswer(effect, output, surroundings.content) } : {}),
      },
    );
  } finally {
    await surroundings.close();
    rmSync(temporary, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** As the sealed snapshot says it; null where no step sealed one. */
export function currencyOf({ run, effects }: RecordedRun): string | null {
  for (const { output } of effects) {
    const named =
      typeof output === 'object' && output !== null && !Array.isArray(output) && 'currency' in output ? output['currency'] : null;
    if (typeof named === 'string') return named;
  }
  for (const { config } of planOf(run).steps) if (typeof config['currency'] === 'string') return config['currency'];
  return null;
}

function recomputes(skills: ReadonlyMap<string, SkillDefinition>, { skill, kind }: RecordedEffect): boolean {
  return skills.get(skill.split('@')[0] ?? '')?.effects[kind]?.replay === 'recompute';
}
