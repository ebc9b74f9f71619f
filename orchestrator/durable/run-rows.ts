/** What is read of a stored run as a whole. */
import { CohortiumError, digestOf } from '../../skills/sdk/index.ts';
import type { PlannedPipeline } from '../pipeline/schema.ts';
import type { EffectRow, RunRow, RunStore } from './run-store.ts';

/** @throws {CohortiumError} RUN_NOT_FOUND */
export function runRow(store: RunStore, id: string): RunRow {
  const row = store.run(id);
  if (row) return row;
  const known = store.runs().map((run) => run.id);
  throw new CohortiumError('RUN_NOT_FOUND', `no run '${id}'; runs are: ${known.slice(-5).join(', ') || 'none yet'}`);
}

/** Answered effects in the order of the plan, which is the same however they were scheduled. */
export function answeredEffects(store: RunStore, id: string): readonly EffectRow[] {
  const steps = (runRow(store, id).definition as unknown as PlannedPipeline).steps.map((step) => step.id); // stored when the run began
  const done = store.effects(id).filter(({ state }) => state === 'done');
  return steps.flatMap((step) => done.filter((effect) => effect.step === step));
}

/** Digest of everything a run computed: the outputs of its effects in the order of the plan. */
export function runDigest(store: RunStore, id: string): string {
  return digestOf(
    answeredEffects(store, id).map(({ step, attempt, seq, index, kind, output }) => [step, attempt, seq, index, kind, output]),
  );
}
