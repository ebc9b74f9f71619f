/** A finished run as a replay reads it: from the run store, or from a bundle that was made of one. Data only. */
import type { PlannedPipeline } from '../pipeline/schema.ts';
import type { RecordedFingerprint } from './fingerprint-form.ts';
import { answeredEffects, runRow } from './run-rows.ts';
import type { EffectRow, RunRow, RunStore } from './run-store.ts';

export interface RecordedEffect extends EffectRow {
  /** `id@version` of the skill that asked for it. */
  readonly skill: string;
  /** What it was computed with; null of runs from before there were any. */
  readonly fingerprint: RecordedFingerprint | null;
}

export interface RecordedRun {
  readonly run: RunRow;
  /** Answered ones, in the order of the plan. */
  readonly effects: readonly RecordedEffect[];
}

/** @throws {CohortiumError} RUN_NOT_FOUND */
export function recordedRun(store: RunStore, runId: string): RecordedRun {
  const run = runRow(store, runId);
  const effects = answeredEffects(store, runId).map((effect) => ({
    ...effect,
    skill: store.instance(effect.instanceId)?.skill ?? '',
    fingerprint: store.fingerprint(effect.id),
  }));
  return { run, effects };
}

/** As it was planned and stored when the run began. */
export function planOf({ definition }: Pick<RunRow, 'definition'>): PlannedPipeline {
  return definition as unknown as PlannedPipeline; // stored by the orchestrator, in the form of the plan
}
