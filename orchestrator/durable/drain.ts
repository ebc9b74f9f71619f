/**
 * Drives a run until it is settled or waits for a person: performs pending effects, folds their replies, waits for timers.
 * Holds no state of its own, so stopping anywhere and starting again goes on from the store.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { type Clock, CohortiumError, type Logger } from '../../skills/sdk/index.ts';
import type { SkillSet } from '../pipeline/parse-pipeline.ts';
import { type CodeIdentity, fingerprintOf } from './fingerprint.ts';
import { type EffectSurroundings, performEffect } from './perform.ts';
import type { RunMachines } from './run-machines.ts';
import { runRow } from './run-rows.ts';
import type { EffectRow, RunState, RunStore } from './run-store.ts';

/** A clock that can be moved: waiting for a timer moves it instead of passing time. */
export interface MovableClock extends Clock {
  readonly advanceTo: (ms: number) => void;
}

export interface DrainOptions {
  readonly signal?: AbortSignal;
  /** Told when an effect begins and when it has been answered. */
  readonly onEffect?: (effect: EffectRow, phase: 'started' | 'done' | 'failed') => void;
}

export interface DrainPlace {
  readonly store: RunStore;
  readonly machines: RunMachines;
  readonly skills: SkillSet;
  readonly surroundings: EffectSurroundings;
  readonly clock: Clock | MovableClock;
  readonly logger: Logger;
  /** What every answer is stored with; nothing when absent. */
  readonly code?: CodeIdentity;
  /** Run id → ends the wait for the effect that is being performed, after its step was stopped. */
  readonly interrupts: Map<string, () => void>;
}

/** @throws {CohortiumError} RUN_NOT_FOUND, RUN_SNAPSHOT_INCOMPATIBLE */
export async function drainRun(place: DrainPlace, runId: string, options: DrainOptions = {}): Promise<RunState> {
  const { store, machines, clock } = place;
  machines.adopt(runId);
  for (;;) {
    const { state } = runRow(store, runId);
    if (options.signal?.aborted && (state === 'running' || state === 'waiting')) {
      machines.tellPipeline(runId, { type: 'cancel' });
      continue;
    }
    if (state !== 'running') return state;
    if (machines.fireTimers(runId) > 0) continue;
    const [effect] = store.pendingEffects(runId);
    if (effect) {
      await answer(place, effect, options);
      continue;
    }
    const [next] = store.timers(runId);
    if (!next) {
      throw new CohortiumError('INTERNAL', `run ${runId} is running but has neither effects nor timers`);
    }
    await waitUntil(clock, next.dueMs, options.signal);
  }
}

async function answer(place: DrainPlace, effect: EffectRow, options: DrainOptions): Promise<void> {
  const { store, machines, skills, surroundings, clock, logger, code } = place;
  const run = runRow(store, effect.runId);
  const skill = skills.get(store.instance(effect.instanceId)?.skill.split('@')[0] ?? '');
  options.onEffect?.(effect, 'started');
  const startedMs = clock.now();
  // While an effect is performed, the step may be cancelled or time out; both end the wait.
  const stop = new AbortController();
  const forward = (): void => stop.abort();
  options.signal?.addEventListener('abort', forward, { once: true });
  const timer = watchTimers(place, effect, stop);
  place.interrupts.set(effect.runId, () => stop.abort());
  const reply = skill
    ? await performEffect(effect, run, skill, surroundings, stop.signal)
    : { error: { code: 'SKILL_NOT_FOUND', message: `step '${effect.step}' has no skill here`, isRejected: true } };
  clearTimeout(timer);
  place.interrupts.delete(effect.runId);
  options.signal?.removeEventListener('abort', forward);
  if (options.signal?.aborted) return; // the caller cancels the run, which drops the effect
  const hasFailed = 'error' in reply;
  const performed = { run: effect.runId, step: effect.step, kind: effect.kind, ms: clock.now() - startedMs };
  logger.log(hasFailed ? { event: 'effect-failed', ...performed, code: reply.error.code } : { event: 'effect-done', ...performed });
  store.transact(() => {
    machines.reply(effect, reply);
    if (skill && code && !('error' in reply))
      store.keepFingerprint(effect.id, fingerprintOf(code, { run, skill, effect, output: reply.output }));
  });
  options.onEffect?.(effect, hasFailed ? 'failed' : 'done');
}

/** Fires the run's next timer while an effect is being performed, so that a step timeout can end it. */
function watchTimers({ store, machines, clock }: DrainPlace, effect: EffectRow, stop: AbortController): NodeJS.Timeout | undefined {
  const [next] = store.timers(effect.runId);
  if (!next || 'advanceTo' in clock) return undefined;
  const timer = setTimeout(
    () => {
      machines.fireTimers(effect.runId);
      if (store.effect(effect.id)?.state !== 'pending') stop.abort();
    },
    Math.min(Math.max(next.dueMs - clock.now(), 0), 2_147_483_647),
  );
  return timer;
}

async function waitUntil(clock: Clock | MovableClock, dueMs: number, signal: AbortSignal | undefined): Promise<void> {
  if ('advanceTo' in clock) {
    clock.advanceTo(dueMs);
    return;
  }
  const delay = Math.min(Math.max(dueMs - clock.now(), 0), 60_000);
  await sleep(delay, undefined, signal ? { signal } : {}).catch(() => {}); // an abort is handled by the loop
}
