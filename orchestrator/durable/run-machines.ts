/**
 * Folds events into the machines of a run, each fold one transaction: event, snapshot, requested effects, timers, and for the
 * pipeline the start of a step or, for a step, the news of its end. Nothing is performed here.
 */
import type { AnyStateMachine } from 'xstate';

import { type Clock, CohortiumError, digestOf, effectId, type Json, runId, type SkillDefinition } from '../../skills/sdk/index.ts';
import { planDigest, type SkillSet } from '../pipeline/parse-pipeline.ts';
import { type PipelineEvent, pipelineMachine, stepCancel, stepStart, type StepProgress } from '../pipeline/pipeline-machine.ts';
import type { PlannedPipeline } from '../pipeline/schema.ts';
import { type Folded, type MachineEvent, machineDigest, startMachine, stepMachine } from './fold.ts';
import type { EffectRow, InstanceRow, RunRow, RunState, RunStore } from './run-store.ts';

export interface RunMachines {
  /** Starts a run of a checked pipeline. @returns its id */
  readonly start: (file: string, plan: PlannedPipeline, asOf: string) => string;
  /** Answers an effect; a reply that was given before changes nothing. */
  readonly reply: (effect: EffectRow, reply: { readonly output: Json } | { readonly error: EffectError }) => void;
  /** Folds every timer of the run that is due. @returns how many */
  readonly fireTimers: (runId: string) => number;
  readonly tellPipeline: (runId: string, event: PipelineEvent) => void;
  readonly progressOf: (runId: string) => Readonly<Record<string, StepProgress>>;
  /**
   * Checks that every open machine of a run can be continued here, and migrates what has a migration.
   * @throws {CohortiumError} RUN_SNAPSHOT_INCOMPATIBLE naming both versions
   */
  readonly adopt: (runId: string) => void;
}

export interface EffectError {
  readonly code: string;
  readonly message: string;
  readonly isRejected: boolean;
}

export function createRunMachines(store: RunStore, skills: SkillSet, clock: Clock): RunMachines {
  const skillOf = (instance: InstanceRow): SkillDefinition => {
    const skill = skills.get(instance.skill.split('@')[0] ?? '');
    if (skill) return skill;
    throw new CohortiumError('RUN_SNAPSHOT_INCOMPATIBLE', `step '${instance.step}' runs ${instance.skill}, which is not installed`);
  };
  const machineOf = (instance: InstanceRow): AnyStateMachine => (instance.step === '' ? pipelineMachine : skillOf(instance).machine);

  /** Stores a fold and everything that follows from it; runs inside a transaction. */
  const keep = (instance: InstanceRow, event: MachineEvent, result: Folded): void => {
    store.appendEvent(instance.id, instance.seq, event as unknown as Json); // checked as JSON by the fold
    store.saveInstance({ ...instance, snapshot: result.snapshot, isActive: !result.isDone });
    for (const timer of result.timers) {
      if (!timer.set) store.clearTimer(instance.id, timer.id);
      else store.setTimer({ instanceId: instance.id, id: timer.id, dueMs: clock.now() + timer.set.delayMs, event: timer.set.event });
    }
    for (const [index, { kind, input }] of result.effects.entries()) {
      if (instance.step === '') steer(instance.runId, kind, input);
      else {
        store.insertEffect({
          id: effectId(instance.id, instance.seq, index),
          runId: instance.runId,
          instanceId: instance.id,
          step: instance.step,
          attempt: instance.attempt,
          seq: instance.seq,
          index,
          kind,
          input,
          state: 'pending',
          output: null,
        });
      }
    }
    if (result.isDone) store.clearTimers(instance.id);
    if (instance.step === '') updateRun(instance.runId);
    else if (result.isDone) tellParent(instance, result);
  };

  const foldInto = (instance: InstanceRow, event: MachineEvent): void => {
    if (!instance.isActive) return;
    keep({ ...instance, seq: instance.seq + 1 }, event, stepMachine(machineOf(instance), instance.snapshot, event));
  };

  const steer = (run: string, kind: string, input: Json): void => {
    const { step, attempt } = input as { readonly step: string; readonly attempt: number; readonly input?: Json }; // made by the pipeline machine
    const id = `${run}/${step}/${attempt}`;
    if (kind === stepCancel) {
      const child = store.instance(id);
      store.dropEffects(id);
      store.clearTimers(id);
      if (child?.isActive) foldInto(child, { type: 'cancel' });
      return;
    }
    if (kind !== stepStart) throw new CohortiumError('EFFECT_UNDECLARED', `the pipeline machine requested '${kind}'`);
    startStep(run, step, attempt, (input as { readonly input?: Json }).input ?? {}); // as above
  };

  const startStep = (run: string, step: string, attempt: number, input: Json): void => {
    const row = runRow(store, run);
    const planned = (row.definition as unknown as PlannedPipeline).steps.find(({ id }) => id === step); // stored by start()
    const skill = skills.get(planned?.skill ?? '');
    if (!planned || !skill)
      throw new CohortiumError('RUN_SNAPSHOT_INCOMPATIBLE', `step '${step}' uses '${planned?.skill}', which is not installed`);
    const given = skill.input.safeParse(input);
    const instance: InstanceRow = {
      id: `${run}/${step}/${attempt}`,
      runId: run,
      step,
      attempt,
      skill: `${skill.id}@${skill.version}`,
      machine: machineDigest(skill.machine),
      seq: 0,
      isActive: true,
      snapshot: null,
    };
    if (given.error) {
      const faults = given.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
      store.saveInstance({ ...instance, isActive: false });
      foldPipeline(run, {
        type: 'step.failed',
        step,
        attempt,
        error: { code: 'ARGUMENT_INVALID', message: `input of '${step}': ${faults}` },
      });
      return;
    }
    const start = { input: given.data, config: planned.config, asOf: row.asOf };
    keep(instance, { type: 'start' }, startMachine(skill.machine, start));
  };

  const tellParent = (instance: InstanceRow, result: Folded): void => {
    const { runId: run, step, attempt } = instance;
    store.dropEffects(instance.id);
    if (result.state === 'cancelled') return;
    if (result.state === 'done') {
      const output = skillOf(instance).output.safeParse(result.output);
      if (output.success) foldPipeline(run, { type: 'step.ok', step, attempt, output: result.output });
      else {
        const faults = output.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
        foldPipeline(run, {
          type: 'step.failed',
          step,
          attempt,
          error: { code: 'SKILL_INVALID', message: `output of '${step}': ${faults}` },
        });
      }
      return;
    }
    foldPipeline(run, { type: 'step.failed', step, attempt, error: errorIn(result.output) });
  };

  const foldPipeline = (run: string, event: PipelineEvent): void => {
    const pipeline = store.instance(run);
    if (pipeline) foldInto(pipeline, event as MachineEvent);
  };

  /** Reads what is stored, because a step that ended at once has folded the pipeline again meanwhile. */
  const updateRun = (run: string): void => {
    const pipeline = store.instance(run);
    const steps = stepsIn(pipeline?.snapshot ?? null);
    const failed = Object.values(steps).find(({ state }) => state === 'failed');
    store.setRunState(run, runState(pipeline?.isActive ?? false, steps), failed?.error ?? null);
  };

  return {
    start: (file, plan, asOf) =>
      store.transact(() => {
        const definitionDigest = planDigest(plan);
        const id = runId(definitionDigest, { asOf }, store.countRuns(definitionDigest, asOf) + 1);
        const definition = JSON.parse(JSON.stringify(plan)) as Json; // JSON by construction
        store.insertRun({ id, pipeline: file, definition, definitionDigest, asOf, state: 'running', error: null });
        const instance: InstanceRow = {
          id,
          runId: id,
          step: '',
          attempt: 1,
          skill: '',
          machine: machineDigest(pipelineMachine),
          seq: 0,
          isActive: true,
          snapshot: null,
        };
        // The row must be there before its first fold starts steps that report back to it.
        const first = startMachine(pipelineMachine, { plan });
        store.saveInstance({ ...instance, snapshot: first.snapshot });
        keep(instance, { type: 'start' }, first);
        return id;
      }),
    reply: (effect, reply) =>
      store.transact(() => {
        if (store.effect(effect.id)?.state !== 'pending') return;
        const hasFailed = 'error' in reply;
        store.settleEffect(effect.id, hasFailed ? 'failed' : 'done', hasFailed ? { ...reply.error } : reply.output);
        const instance = store.instance(effect.instanceId);
        if (instance)
          foldInto(
            instance,
            hasFailed ? { type: `${effect.kind}.failed`, error: reply.error } : { type: `${effect.kind}.ok`, output: reply.output },
          );
      }),
    fireTimers: (run) =>
      store.transact(() => {
        const due = store.timers(run).filter(({ dueMs }) => dueMs <= clock.now());
        for (const timer of due) {
          const instance = store.instance(timer.instanceId);
          store.clearTimer(timer.instanceId, timer.id);
          if (instance) foldInto(instance, timer.event as unknown as MachineEvent); // stored by a fold
        }
        return due.length;
      }),
    tellPipeline: (run, event) => store.transact(() => foldPipeline(run, event)),
    progressOf: (run) => stepsIn(store.instance(run)?.snapshot ?? null),
    adopt: (run) =>
      store.transact(() => {
        for (const instance of store.activeInstances(run)) {
          if (instance.step === '') continue;
          const skill = skillOf(instance);
          const current = `${skill.id}@${skill.version}`;
          if (instance.skill === current && instance.machine === machineDigest(skill.machine)) continue;
          const migrate = skill.migrations[instance.skill.split('@')[1] ?? ''];
          if (!migrate) {
            throw new CohortiumError(
              'RUN_SNAPSHOT_INCOMPATIBLE',
              `step '${instance.step}' of ${run} was begun with ${instance.skill}, installed is ${current} and it has no migration`,
            );
          }
          const snapshot = migrate(instance.snapshot) as Json; // a migration returns a snapshot of its own version
          store.saveInstance({ ...instance, skill: current, machine: machineDigest(skill.machine), snapshot });
        }
      }),
  };
}

/** @throws {CohortiumError} RUN_NOT_FOUND */
export function runRow(store: RunStore, id: string): RunRow {
  const row = store.run(id);
  if (row) return row;
  const known = store.runs().map((run) => run.id);
  throw new CohortiumError('RUN_NOT_FOUND', `no run '${id}'; runs are: ${known.slice(-5).join(', ') || 'none yet'}`);
}

/** Digest of everything a run computed: its effects' outputs in the order of the plan. */
export function runDigest(store: RunStore, id: string): string {
  const done = store.effects(id).filter(({ state }) => state === 'done');
  return digestOf(done.map(({ step, attempt, seq, index, kind, output }) => [step, attempt, seq, index, kind, output]));
}

function stepsIn(snapshot: Json): Readonly<Record<string, StepProgress>> {
  if (snapshot === null) return {};
  return (snapshot as unknown as { readonly context: { readonly steps: Readonly<Record<string, StepProgress>> } }).context.steps; // a pipeline snapshot
}

function runState(isActive: boolean, steps: Readonly<Record<string, StepProgress>>): RunState {
  const states = Object.values(steps).map(({ state }) => state);
  if (!isActive) return states.includes('cancelled') ? 'cancelled' : states.includes('failed') ? 'failed' : 'completed';
  return states.includes('waiting-approval') && !states.includes('running') && !states.includes('waiting-retry') ? 'waiting' : 'running';
}

function errorIn(output: Json): { readonly code: string; readonly message: string } {
  const error = typeof output === 'object' && output !== null && 'error' in output ? output['error'] : null;
  if (typeof error === 'object' && error !== null && 'code' in error && 'message' in error) {
    return { code: String(error['code']), message: String(error['message']) };
  }
  return { code: 'INTERNAL', message: 'the step failed without saying why' };
}
