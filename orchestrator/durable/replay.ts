/**
 * Replays a finished run: performs every effect that its skill declares as recomputable again, on the recorded inputs, and
 * compares the outputs bit for bit. Writes nothing but content that is there already when the run repeats.
 */
import { CohortiumError, type Logger } from '../../skills/sdk/index.ts';
import type { SkillSet } from '../pipeline/parse-pipeline.ts';
import { firstDifference } from './compare.ts';
import { type EffectSurroundings, performEffect } from './perform.ts';
import { answeredEffects, runRow } from './run-rows.ts';
import type { RunStore } from './run-store.ts';

export interface ReplayReport {
  readonly runId: string;
  readonly identical: boolean;
  /** Answered effects of the run. */
  readonly effects: number;
  readonly recomputed: number;
  readonly firstDifference: string | null;
}

export interface ReplayOptions {
  readonly signal?: AbortSignal;
  /** @param done effects looked at so far */
  readonly onEffect?: (done: number, total: number, kind: string) => void;
}

/** @throws {CohortiumError} RUN_NOT_FOUND; SKILL_NOT_FOUND when a skill of the run is not installed; RUN_CANCELLED */
export async function replayRun(
  place: { readonly store: RunStore; readonly skills: SkillSet; readonly surroundings: EffectSurroundings; readonly logger: Logger },
  runId: string,
  options: ReplayOptions = {},
): Promise<ReplayReport> {
  const { store, skills, surroundings } = place;
  const run = runRow(store, runId);
  const effects = answeredEffects(store, runId);
  let recomputed = 0;
  for (const [index, effect] of effects.entries()) {
    if (options.signal?.aborted) throw new CohortiumError('RUN_CANCELLED', `the replay of ${runId} was cancelled after ${index} effects`);
    options.onEffect?.(index, effects.length, effect.kind);
    const used = store.instance(effect.instanceId)?.skill ?? '';
    const skill = skills.get(used.split('@')[0] ?? '');
    if (!skill) throw new CohortiumError('SKILL_NOT_FOUND', `step '${effect.step}' used ${used}, which is not installed here`);
    if (skill.effects[effect.kind]?.replay !== 'recompute') continue;
    recomputed += 1;
    const reply = await performEffect(effect, run, skill, surroundings, options.signal ?? new AbortController().signal);
    const difference =
      'error' in reply
        ? `failed with ${reply.error.code}: ${reply.error.message}`
        : firstDifference(surroundings.content, effect.output, reply.output);
    if (difference !== null) {
      return {
        runId,
        identical: false,
        effects: effects.length,
        recomputed,
        firstDifference: `step '${effect.step}', effect '${effect.kind}', ${difference}`,
      };
    }
  }
  return { runId, identical: true, effects: effects.length, recomputed, firstDifference: null };
}
