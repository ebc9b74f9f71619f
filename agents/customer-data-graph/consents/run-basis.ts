/**
 * What a run's decisions rest on, found again from the effect that publishes or sends them: the snapshot and day that its facts are
 * from, the vectors that were decided, and by which version of the law. Refuses to guess: what no gate of the run decided has none.
 */
import type { EffectRow, RunStore } from '../../../orchestrator/index.ts';
import { type Ref, refSchema } from '../../../skills/sdk/index.ts';

export interface RunBasis {
  readonly run: string;
  readonly asOf: string;
  /** The sealed signals that facts were read from. */
  readonly snapshot: Ref;
  /** One row per account and use; each names its vector. */
  readonly decisions: Ref;
  /** JSON list of { facts, purpose, sink }. */
  readonly vectors: Ref;
  readonly policyDigest: string;
}

/** @param effectId of an effect that has `decisions`, or that follows one which composed messages from them */
export function basisOfEffect(store: Pick<RunStore, 'effect' | 'effects' | 'run'>, effectId: string): RunBasis | undefined {
  const effect = store.effect(effectId);
  const run = effect && store.run(effect.runId);
  if (!run) return undefined;
  const effects = store.effects(run.id);
  const decisions =
    refIn(effect.input, 'decisions') ??
    refIn(effects.find(({ kind, instanceId }) => kind === 'emissions.compose' && instanceId === effect.instanceId)?.input, 'decisions');
  const joined = effects.find(({ kind, output }) => kind === 'decisions.join' && refIn(output, 'decisions')?.digest === decisions?.digest);
  if (!decisions || !joined) return undefined;
  const of = (name: string): EffectRow | undefined =>
    effects.find(({ kind, instanceId, state }) => kind === name && instanceId === joined.instanceId && state === 'done');
  const snapshot = refIn(of('facts.assemble')?.input, 'snapshot');
  const vectors = refIn(joined.input, 'vectors');
  const policyDigest = valueIn(of('policy.decide')?.output, 'policyDigest');
  if (!snapshot || !vectors || typeof policyDigest !== 'string') return undefined;
  return { run: run.id, asOf: run.asOf, snapshot, decisions, vectors, policyDigest };
}

function refIn(value: unknown, name: string): Ref | undefined {
  return refSchema.safeParse(valueIn(value, name)).data;
}

function valueIn(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined;
}
