/**
 * What the durable core needs from storage. Everything inside `transact` is one transaction: either all of it is on disk
 * afterwards or none of it.
 */
import type { Digest, Json } from '../../skills/sdk/index.ts';
import type { RecordedFingerprint } from './fingerprint-form.ts';

export type RunState = 'running' | 'waiting' | 'completed' | 'failed' | 'cancelled';

export interface RunRow {
  readonly id: string;
  /** File the pipeline came from. */
  readonly pipeline: string;
  /** The checked pipeline as plain JSON; a run goes on with this one, whatever happens to the file. */
  readonly definition: Json;
  readonly definitionDigest: Digest;
  readonly asOf: string;
  readonly state: RunState;
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** A machine: the pipeline of a run, or one attempt of one step. */
export interface InstanceRow {
  readonly id: string;
  readonly runId: string;
  /** Empty for the pipeline itself. */
  readonly step: string;
  readonly attempt: number;
  /** `id@version` of the skill; empty for the pipeline itself. */
  readonly skill: string;
  /** Digest of the machine's structure. */
  readonly machine: Digest;
  readonly seq: number;
  readonly isActive: boolean;
  readonly snapshot: Json;
}

export type EffectState = 'pending' | 'done' | 'failed' | 'dropped';

export interface EffectRow {
  readonly id: string;
  readonly runId: string;
  readonly instanceId: string;
  readonly step: string;
  readonly attempt: number;
  readonly seq: number;
  readonly index: number;
  readonly kind: string;
  readonly input: Json;
  readonly state: EffectState;
  /** The reply's output, or the error of a failed one; null while pending. */
  readonly output: Json;
}

export interface TimerRow {
  readonly instanceId: string;
  readonly id: string;
  /** Epoch milliseconds by the Clock port. */
  readonly dueMs: number;
  readonly event: Json;
}

export interface RunStore {
  readonly transact: <Result>(work: () => Result) => Result;
  readonly insertRun: (run: RunRow) => void;
  readonly run: (id: string) => RunRow | undefined;
  /** In the order they were started. */
  readonly runs: () => readonly RunRow[];
  readonly setRunState: (id: string, state: RunState, error: RunRow['error']) => void;
  /** Runs of one definition and as-of date so far. */
  readonly countRuns: (definition: Digest, asOf: string) => number;
  readonly saveInstance: (instance: InstanceRow) => void;
  readonly instance: (id: string) => InstanceRow | undefined;
  readonly activeInstances: (runId: string) => readonly InstanceRow[];
  readonly appendEvent: (instanceId: string, seq: number, event: Json) => void;
  readonly insertEffect: (effect: EffectRow) => void;
  readonly effect: (id: string) => EffectRow | undefined;
  readonly settleEffect: (id: string, state: EffectState, output: Json) => void;
  /** What an answered effect was computed with; kept once. */
  readonly keepFingerprint: (effectId: string, fingerprint: RecordedFingerprint) => void;
  readonly fingerprint: (effectId: string) => RecordedFingerprint | null;
  readonly dropEffects: (instanceId: string) => void;
  /** Oldest first. */
  readonly pendingEffects: (runId: string) => readonly EffectRow[];
  /** In the order of the run, which is the same however the effects were scheduled. */
  readonly effects: (runId: string) => readonly EffectRow[];
  readonly setTimer: (timer: TimerRow) => void;
  readonly clearTimer: (instanceId: string, id: string) => void;
  readonly clearTimers: (instanceId: string) => void;
  /** Earliest due first. */
  readonly timers: (runId: string) => readonly TimerRow[];
  readonly close: () => void;
}
