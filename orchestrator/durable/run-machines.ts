/**
 * Folds events into the machines of a run, each fold one transaction: event, snapshot, requested effects, timers, and for the
 * pipeline the start of a step or, for a step, the news of its end. Nothing is performed here.
 */
import { type Clock, CohortiumError, effectId, type Json, runId, type SkillDefinition } from '../../skills/sdk/index.ts';
import { planDigest, type SkillSet } from '../pipeline/parse-pipeline.ts';
import { type PipelineEvent, pipelineMachine, stepCancel, stepStart, type StepProgress } from '../pipeline/pipeline-machine.ts';
import type { PlannedPipeline } from '../pipeline/schema.ts';
import { type Folded, type MachineEvent, machineDigest, startMachine, stepMachine } from './fold.ts';
import { runRow } from './run-rows.ts';
import type { EffectRow, InstanceRow, RunStore } from './run-store.ts';
import { type EffectError, errorIn, failureOf, faultsOf, runState, type StepError, stepsIn } from './step-outcome.ts';

export interface RunMachines {
  /** Starts a run of a checked pipeline, unless one of the id given is known. @returns its id */
  readonly start: (file: string, plan: PlannedPipeline, asOf: string, id?: string) => string;
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

export function createRunMachines(store: RunStore, skills: SkillSet, clock: Clock): RunMachines {
  const skillOf = (instance: InstanceRow): SkillDefinition => {
    const skill = skills.get(instance.skill.split('@')[0] ?? '');
    if (skill) return skill;
    throw new CohortiumError('RUN_SNAPSHOT_INCOMPATIBLE', `step '${instance.step}' runs ${instance.skill}, which is not installed`);
  };
  const isCurrent = (instance: InstanceRow): boolean => {
    const skill = skills.get(instance.skill.split('@')[0] ?? '');
    return skill !== undefined && instance.skill === `${skill.id}@${skill.version}` && instance.machine === machineDigest(skill.machine);
  };

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
    else if (waitsForNothing(instance)) {
      const message = `the machine of '${instance.skill}' waits for no effect and no timer in state '${result.state}'`;
      giveUp(instance, { code: 'SKILL_INVALID', message });
    }
  };

  const waitsForNothing = ({ id, runId: run }: InstanceRow): boolean =>
    !store.pendingEffects(run).some(({ instanceId }) => instanceId === id) &&
    !store.timers(run).some(({ instanceId }) => instanceId === id);

  const foldInto = (instance: InstanceRow, event: MachineEvent): void => {
    if (!instance.isActive) return;
    const next = { ...instance, seq: instance.seq + 1 };
    if (instance.step === '') keep(next, event, stepMachine(pipelineMachine, instance.snapshot, event));
    else foldStep(next, event, () => stepMachine(skillOf(instance).machine, instance.snapshot, event));
  };

  /** A machine that cannot fold, whether it throws or outgrows the store, fails its step: the run must never hang on it. */
  const foldStep = (instance: InstanceRow, event: MachineEvent, fold: () => Folded): void => {
    let result: Folded;
    try {
      result = fold();
    } catch (error) {
      store.saveInstance(instance);
      giveUp(instance, failureOf(error, `the machine of '${instance.skill}' threw on '${event.type}'`));
      return;
    }
    keep(instance, event, result);
  };

  const giveUp = (instance: InstanceRow, error: StepError): void => {
    const { runId: run, step, attempt } = instance;
    end(instance);
    foldPipeline(run, { type: 'step.failed', step, attempt, error });
  };

  /** Ends a machine without folding it. */
  const end = (instance: InstanceRow): void => {
    store.saveInstance({ ...(store.instance(instance.id) ?? instance), isActive: false });
    store.dropEffects(instance.id);
    store.clearTimers(instance.id);
  };

  const steer = (run: string, kind: string, input: Json): void => {
    const { step, attempt } = input as { readonly step: string; readonly attempt: number; readonly input?: Json }; // made by the pipeline machine
    const id = `${run}/${step}/${attempt}`;
    if (kind === stepCancel) {
      const child = store.instance(id);
      store.dropEffects(id);
      store.clearTimers(id);
      if (!child?.isActive) return;
      // A machine that cannot be continued here can still be stopped here.
      if (isCurrent(child)) foldInto(child, { type: 'cancel' });
      const left = store.instance(id);
      if (left?.isActive) end(left);
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
      giveUp(instance, { code: 'ARGUMENT_INVALID', message: `input of '${step}': ${faultsOf(given.error)}` });
      return;
    }
    const start = { input: given.data, config: planned.config, asOf: row.asOf };
    foldStep(instance, { type: 'start' }, () => startMachine(skill.machine, start));
  };

  const tellParent = (instance: InstanceRow, result: Folded): void => {
    const { runId: run, step, attempt } = instance;
    store.dropEffects(instance.id);
    if (result.state === 'cancelled') return;
    if (result.state === 'done') {
      const output = skillOf(instance).output.safeParse(result.output);
      const error = output.success
        ? foldOutput(run, step, attempt, result.output)
        : { code: 'SKILL_INVALID', message: `output of '${step}': ${faultsOf(output.error)}` };
      if (error) foldPipeline(run, { type: 'step.failed', step, attempt, error });
      return;
    }
    foldPipeline(run, { type: 'step.failed', step, attempt, error: errorIn(result.output) });
  };

  /** @returns why the pipeline cannot take the output: what all steps put out has to fit into its state */
  const foldOutput = (run: string, step: string, attempt: number, output: Json): StepError | undefined => {
    const pipeline = store.instance(run);
    if (!pipeline?.isActive) return undefined;
    const event = { type: 'step.ok', step, attempt, output };
    let result: Folded;
    try {
      result = stepMachine(pipelineMachine, pipeline.snapshot, event);
    } catch (error) {
      return failureOf(error, `output of '${step}'`);
    }
    keep({ ...pipeline, seq: pipeline.seq + 1 }, event, result);
    return undefined;
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

  /** A step that has not begun yet must find the version of its skill that the run was planned with, or one that follows it. */
  const checkPlannedVersions = (run: string, steps: Readonly<Record<string, StepProgress>>): void => {
    for (const { id, skill: name, skillVersion } of (runRow(store, run).definition as unknown as PlannedPipeline).steps) {
      const state = steps[id]?.state;
      if (state === 'completed' || state === 'skipped' || state === 'failed' || state === 'cancelled' || state === 'running') continue;
      const skill = skills.get(name);
      if (skill && (skill.version === skillVersion || skillVersion in skill.migrations)) continue;
      const found = skill ? `installed is ${name}@${skill.version} and it has no migration` : 'which is not installed';
      throw new CohortiumError('RUN_SNAPSHOT_INCOMPATIBLE', `step '${id}' of ${run} was planned with ${name}@${skillVersion}, ${found}`);
    }
  };

  return {
    start: (file, plan, asOf, given) =>
      store.transact(() => {
        if (given !== undefined && store.run(given)) return given;
        const definitionDigest = planDigest(plan);
        const id = given ?? runId(definitionDigest, { asOf }, store.countRuns(definitionDigest, asOf) + 1);
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
        const now = clock.now();
        let fired = 0;
        // Read anew after each, because a fold may clear another timer that is due.
        for (;;) {
          const timer = store.timers(run).find(({ dueMs }) => dueMs <= now);
          if (!timer) return fired;
          const instance = store.instance(timer.instanceId);
          store.clearTimer(timer.instanceId, timer.id);
          fired += 1;
          if (instance) foldInto(instance, timer.event as unknown as MachineEvent); // stored by a fold
        }
      }),
    tellPipeline: (run, event) => store.transact(() => foldPipeline(run, event)),
    progressOf: (run) => stepsIn(store.instance(run)?.snapshot ?? null),
    adopt: (run) =>
      store.transact(() => {
        const pipeline = store.instance(run);
        if (pipeline?.isActive && pipeline.machine !== machineDigest(pipelineMachine)) {
          throw new CohortiumError(
            'RUN_SNAPSHOT_INCOMPATIBLE',
            `${run} was begun by another version of the orchestrator; cancel it and run again`,
          );
        }
        if (pipeline?.isActive) checkPlannedVersions(run, stepsIn(pipeline.snapshot));
        for (const instance of store.activeInstances(run)) {
          if (instance.step === '' || isCurrent(instance)) continue;
          const skill = skillOf(instance);
          const current = `${skill.id}@${skill.version}`;
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
