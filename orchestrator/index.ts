/** Runs pipelines durably. Knows no skill by name: skills, ports, store and clock are handed in. */
import { type Clock, CohortiumError, type ContentStore, isCohortiumError, type Logger } from '../skills/sdk/index.ts';
import { type DrainOptions, drainRun, type MovableClock } from './durable/drain.ts';
import type { CodeIdentity } from './durable/fingerprint.ts';
import type { Ports } from './durable/perform.ts';
import { recordedRun } from './durable/recorded-run.ts';
import { type ReplayOptions, type ReplayReport, replayRun } from './durable/replay.ts';
import { createRunMachines } from './durable/run-machines.ts';
import { runDigest, runRow } from './durable/run-rows.ts';
import type { EffectRow, RunRow, RunState, RunStore } from './durable/run-store.ts';
import type { SkillSet } from './pipeline/parse-pipeline.ts';
import type { StepProgress } from './pipeline/pipeline-machine.ts';
import type { PlannedPipeline } from './pipeline/schema.ts';

export type { DrainOptions, MovableClock } from './durable/drain.ts';
export type { Difference } from './durable/compare.ts';
export type { RecordedFingerprint, StageFingerprint } from './durable/fingerprint-form.ts';
export type { CodeIdentity } from './durable/fingerprint.ts';
export { followMachines } from './durable/follow-machines.ts';
export type { Ports } from './durable/perform.ts';
export { planOf, type RecordedEffect, type RecordedRun, recordedRun } from './durable/recorded-run.ts';
export { type Erasure, type ReplayPlace, type ReplayReport, refsIn, replayRun, type StageReport, type Verdict } from './durable/replay.ts';
export type { EffectRow, RunStore } from './durable/run-store.ts';
export { loadSkills } from './loader/load-skills.ts';
export { jsonLogger } from './observe/json-logger.ts';
export { describePlan } from './pipeline/describe-plan.ts';
export { describePredicate } from './pipeline/predicate.ts';
export { type ConfigDefaults, parsePipeline, type SkillSet } from './pipeline/parse-pipeline.ts';
export { durationMs, durationSchema, pipelineSchema, type PlannedPipeline, retrySchema } from './pipeline/schema.ts';
export { type CaseResult, pipelineTestSchema, readPipelineTest, runCase } from './pipeline/test-pipeline.ts';

export interface OrchestratorOptions {
  readonly store: RunStore;
  readonly content: ContentStore;
  /** Ports by name, as effects name them. */
  readonly ports: Ports;
  readonly skills: SkillSet;
  readonly clock: Clock | MovableClock;
  readonly logger: Logger;
  /** The code that runs here: stored with every answer, so that a replay can say what has changed since. */
  readonly code?: CodeIdentity;
}

export interface RunView {
  readonly run: RunRow;
  readonly steps: Readonly<Record<string, StepProgress>>;
  /** Digest over every effect output so far. */
  readonly digest: string;
}

export interface Orchestrator {
  /**
   * @param id of a run whose caller must never start it twice; where it is known, nothing is started
   * @returns the id of the run, which is stored but not yet driven
   */
  readonly start: (file: string, plan: PlannedPipeline, asOf: string, id?: string) => string;
  /**
   * Drives a run until it is settled or waits for a person; goes on where a killed process stopped. A run that is being driven
   * already is waited for.
   */
  readonly drain: (runId: string, options?: DrainOptions) => Promise<RunState>;
  /** Drives every run that is not settled. One that cannot be continued here is logged and left open. @returns their ids */
  readonly resume: (options?: DrainOptions) => Promise<readonly string[]>;
  /** @throws {CohortiumError} RUN_NOT_FOUND */
  readonly view: (runId: string) => RunView;
  readonly list: () => readonly RunView[];
  readonly effects: (runId: string) => readonly EffectRow[];
  readonly cancel: (runId: string) => void;
  /** @throws {CohortiumError} ARGUMENT_INVALID when the step does not wait for approval */
  readonly decideStep: (runId: string, step: string, isApproved: boolean, by: string) => void;
  /** Over the stores and ports of the orchestrator itself; `replayRun` takes others, which a replay may not change. */
  readonly replay: (runId: string, options?: ReplayOptions) => Promise<ReplayReport>;
}

export function createOrchestrator({ store, content, ports, skills, clock, logger, code }: OrchestratorOptions): Orchestrator {
  const machines = createRunMachines(store, skills, clock);
  const surroundings = { content, ports };
  const interrupts = new Map<string, () => void>();
  const place = { store, machines, skills, surroundings, clock, logger, interrupts, ...(code ? { code } : {}) };
  const underWay = new Map<string, Promise<RunState>>();
  const view = (runId: string): RunView => ({
    run: runRow(store, runId),
    steps: machines.progressOf(runId),
    digest: runDigest(store, runId),
  });
  const drain = (runId: string, options?: DrainOptions): Promise<RunState> => {
    // Two drivers of one run would perform the same effect at the same time; the second one waits for the first.
    const known = underWay.get(runId);
    if (known) return known;
    const driven = drainRun(place, runId, options).finally(() => underWay.delete(runId));
    underWay.set(runId, driven);
    return driven;
  };
  return {
    start: machines.start,
    drain,
    resume: async (options) => {
      const open = store.runs().filter(({ state }) => state === 'running');
      for (const { id } of open) {
        try {
          await drain(id, options);
        } catch (error) {
          // One run that cannot go on here must not hold up the others; it stays open and says why when it is driven itself.
          if (!isCohortiumError(error)) throw error;
          logger.log({ event: 'run-stuck', run: id, code: error.code });
        }
      }
      return open.map(({ id }) => id);
    },
    view,
    list: () => store.runs().map(({ id }) => view(id)),
    effects: store.effects,
    cancel: (runId) => {
      runRow(store, runId);
      machines.tellPipeline(runId, { type: 'cancel' });
      interrupts.get(runId)?.();
    },
    decideStep: (runId, step, isApproved, by) => {
      runRow(store, runId);
      const progress = machines.progressOf(runId)[step];
      if (progress?.state !== 'waiting-approval') {
        throw new CohortiumError(
          'ARGUMENT_INVALID',
          `step '${step}' of ${runId} does not wait for approval; it is ${progress?.state ?? 'not a step of this run'}`,
        );
      }
      machines.adopt(runId);
      machines.tellPipeline(runId, isApproved ? { type: 'step.approve', step } : { type: 'step.reject', step, by });
    },
    replay: (runId, options) => replayRun({ skills, surroundings, ...(code ? { code } : {}) }, recordedRun(store, runId), options),
  };
}
