/** Runs as the doors see them: start, follow, list, cancel, approve, replay. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, isAbsolute, join, relative, resolve } from 'node:path';

import {
  type DrainOptions,
  describePlan,
  describePredicate,
  type Orchestrator,
  parsePipeline,
  type PlannedPipeline,
  readPipelineTest,
  runCase,
  type RunView,
} from '../../orchestrator/index.ts';
import { skill as cohort } from '../../skills/cohort/skill.ts';
import { CohortiumError, compareText, digestOf, formatDiagnostic } from '../../skills/sdk/index.ts';
import { checkBundle } from '../adapters/cedar/policy-files.ts';
import { runPolicyTests } from '../adapters/cedar/policy-tests.ts';
import { soundDefinitions } from './cohort-definitions.ts';
import { chooseCohorts, expectedCohortEffects, withoutRefit } from './cohorts/cohort-steps.ts';
import { readUpdate } from './cohorts/read-update.ts';
import type { CallContext, CustomerDataGraph, PipelineTestReport, RunReport, StepStatus } from './interface.ts';
import { declaredFaults, faultsOf } from './registries/declared-faults.ts';
import { lockRegistries } from './registries/lock-file.ts';
import { replayDoor } from './replay/replay-door.ts';
import { scheduleDiagnostics } from './schedules/check-schedules.ts';
import type { Workspace } from './workspace.ts';

type RunDoor = Pick<
  CustomerDataGraph,
  | 'run'
  | 'computeCohorts'
  | 'updateCohorts'
  | 'runs'
  | 'runStatus'
  | 'cancelRun'
  | 'approveStep'
  | 'recalibrate'
  | 'replay'
  | 'lint'
  | 'plan'
  | 'testPipelines'
>;

export function runDoor(workspace: Workspace): RunDoor {
  const { paths } = workspace;

  /** A pipeline file given as a path from here or inside the operator directory. */
  const locate = (pipeline: string): string => {
    const places = isAbsolute(pipeline)
      ? [pipeline]
      : [join(paths.directory, pipeline), join(paths.pipelines, pipeline), resolve(pipeline)];
    const found = places.find((place) => existsSync(place));
    if (found) return found;
    const known = filesIn(paths.directory, 'pipelines', (name) => !name.endsWith('.test.yaml'));
    throw new CohortiumError(
      'PIPELINE_NOT_FOUND',
      `no pipeline '${pipeline}' here or in ${paths.directory}; it has ${known.join(', ') || 'no pipelines'}`,
    );
  };

  const parse = async (pipeline: string, defaults = workspace.skillDefaults()) => {
    const path = locate(pipeline);
    const file = relative(paths.directory, path).startsWith('..') ? path : relative(paths.directory, path);
    return { file, ...parsePipeline(readFileSync(path, 'utf8'), file, await workspace.skills(), defaults) };
  };

  const planOf = async (pipeline: string): Promise<{ readonly file: string; readonly plan: PlannedPipeline }> => {
    const { file, plan, diagnostics } = await parse(pipeline);
    // A definition with a fault is missing from the plan; a run without it would pass for a whole one.
    if (plan?.steps.some(({ config }) => config['cohorts'] === true)) soundDefinitions(workspace.cohortDefinitions());
    if (plan) return { file, plan };
    const [first, second] = diagnostics;
    const message =
      first && !second ? formatDiagnostic(first).replace(`error ${first.code}: `, '') : `${file} has ${diagnostics.length} faults`;
    throw new CohortiumError(first?.code ?? 'PIPELINE_INVALID', message, { diagnostics });
  };

  /** Tells of effects, and of the windows inside those that compute cohorts. */
  const follow = async <T>(
    effects: number,
    { onProgress }: CallContext,
    work: (onEffect: NonNullable<DrainOptions['onEffect']>) => Promise<T>,
  ): Promise<T> => {
    let answered = 0;
    let parts = 0;
    const fraction = (): number => Math.min((answered + parts) / effects, 0.99);
    const stop = workspace.cohortMethods().onWindow(({ definition, window, done, windows }) => {
      parts = done / windows;
      onProgress?.({ fraction: fraction(), message: `${definition}: ${window} (${done} of ${windows})` });
    });
    try {
      return await work((effect, phase) => {
        if (phase !== 'started') {
          answered += 1;
          parts = 0;
        } else onProgress?.({ fraction: fraction(), message: `${effect.step}: ${effect.kind}` });
      });
    } finally {
      stop();
    }
  };

  const drive = async (runId: string, context: CallContext): Promise<RunReport> => {
    const orchestrator = await workspace.orchestrator();
    const effects = expectedEffects(orchestrator, runId, await workspace.skills());
    await follow(effects, context, (onEffect) =>
      orchestrator.drain(runId, { ...(context.signal ? { signal: context.signal } : {}), onEffect }),
    );
    return report(orchestrator, runId);
  };

  /** What a killed process left behind is finished first, so that a new run builds on settled stores. */
  const startRun = async (file: string, plan: PlannedPipeline, asOf: string, context: CallContext, runId?: string): Promise<RunReport> => {
    lockRegistries(paths, workspace.clock.now());
    const orchestrator = await workspace.orchestrator();
    // Rows, not views: a view reads every effect of its run, and a schedule leaves thousands of runs behind.
    const open = workspace
      .runStore()
      .runs()
      .filter(({ state }) => state === 'running');
    if (open.length > 0) {
      const skills = await workspace.skills();
      const effects = open.reduce((total, { id }) => total + expectedEffects(orchestrator, id, skills), 0);
      await follow(effects, context, (onEffect) =>
        orchestrator.resume({ ...(context.signal ? { signal: context.signal } : {}), onEffect }),
      );
      // The same plan on the same day has just been finished; another run of it would find nothing to do.
      const same = open.find((own) => own.asOf === asOf && own.definitionDigest === digestOf(plan));
      if (same && runId === undefined && orchestrator.view(same.id).run.state === 'completed') return report(orchestrator, same.id);
    }
    return drive(orchestrator.start(file, plan, asOf, runId), context);
  };

  const run: RunDoor['run'] = async ({ pipeline, asOf, runId }, context = {}) => {
    checkDate(asOf);
    // It goes on with the plan that it began with, whatever has become of the file.
    if (runId !== undefined && workspace.runStore().run(runId)) return drive(runId, context);
    const { file, plan } = await planOf(pipeline);
    return startRun(file, plan, asOf, context, runId);
  };

  return {
    run,
    computeCohorts: async ({ pipeline = 'pipelines/cohorts.yaml', definitions, windows, asOf }, context = {}) => {
      checkDate(asOf);
      const { file, plan } = await planOf(pipeline);
      return startRun(file, chooseCohorts(plan, definitions, windows), asOf, context);
    },
    updateCohorts: async ({ pipeline = 'pipelines/cohorts.yaml', definitions, windows, asOf }, context = {}) => {
      checkDate(asOf);
      const { file, plan } = await planOf(pipeline);
      const done = await startRun(file, withoutRefit(chooseCohorts(plan, definitions, windows)), asOf, context);
      return { report: done, update: readUpdate(done, workspace.content) };
    },
    runs: async () => {
      const orchestrator = await workspace.orchestrator();
      return orchestrator.list().map(({ run: { id } }) => report(orchestrator, id));
    },
    runStatus: async (runId) => report(await workspace.orchestrator(), runId),
    cancelRun: async (runId) => {
      const orchestrator = await workspace.orchestrator();
      const { state } = orchestrator.view(runId).run;
      if (state !== 'running' && state !== 'waiting') {
        throw new CohortiumError('ARGUMENT_INVALID', `${runId} is ${state} already; there is nothing to cancel`);
      }
      orchestrator.cancel(runId);
      return report(orchestrator, runId);
    },
    approveStep: async (runId, step, approved, by) => {
      if (by.trim() === '') throw new CohortiumError('ARGUMENT_INVALID', 'an approval needs the name of who approves; found none');
      const orchestrator = await workspace.orchestrator();
      orchestrator.decideStep(runId, step, approved, by);
      return drive(runId, {});
    },
    recalibrate: (asOf, context) => run({ pipeline: 'pipelines/recalibrate.yaml', asOf }, context),
    replay: (runId, context) => replayDoor(workspace).run({ runId }, context),
    lint: async (pipelines) => {
      const diagnostics = [...declaredFaults(workspace)];
      const areAxesSound = faultsOf(() => workspace.skillDefaults()).length === 0;
      const defaults = areAxesSound ? workspace.skillDefaults() : workspace.skillDefaultsWithoutAxes;
      const chosen = pipelines.length > 0 ? pipelines : filesIn(paths.directory, 'pipelines', (name) => !name.endsWith('.test.yaml'));
      for (const pipeline of chosen) diagnostics.push(...(await parse(pipeline, defaults)).diagnostics);
      diagnostics.push(...(await checkBundle(workspace.policySources())).diagnostics);
      diagnostics.push(...scheduleDiagnostics(paths));
      return diagnostics;
    },
    plan: async (pipeline) => describePlan((await planOf(pipeline)).plan, await workspace.skills()),
    testPipelines: async (given) => {
      const isTest = (name: string): boolean => name.endsWith('.test.yaml');
      const files =
        given.length > 0 ? given : [...filesIn(paths.directory, 'pipelines', isTest), ...filesIn(paths.directory, 'policies', isTest)];
      const reports: PipelineTestReport[] = [];
      const policyTests = files.filter((file) => resolve(paths.directory, file).startsWith(paths.policies));
      if (policyTests.length > 0) {
        reports.push(
          await runPolicyTests(
            workspace.policies(),
            policyTests.map((file) => resolve(paths.directory, file)),
          ),
        );
      }
      for (const file of files.filter((name) => !policyTests.includes(name))) {
        const path = locate(file);
        const { test, diagnostics } = readPipelineTest(readFileSync(path, 'utf8'), file);
        if (!test) throw new CohortiumError('PIPELINE_INVALID', `${file} cannot be read as a test`, { diagnostics });
        const { plan } = await planOf(join(path, '..', test.pipeline));
        reports.push(
          summarise(test.cases.map((one) => runCase(plan, one)).map((one) => ({ ...one, name: `${basename(file)}: ${one.name}` }))),
        );
      }
      return summarise(reports.flatMap(({ cases }) => cases));
    },
  };
}

/** YAML files of one folder of the operator directory, as paths from it, in order. */
function filesIn(directory: string, folder: string, isWanted: (name: string) => boolean): string[] {
  const path = join(directory, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .filter((name) => name.endsWith('.yaml') && isWanted(name))
    .sort(compareText)
    .map((name) => join(folder, name));
}

function summarise(cases: PipelineTestReport['cases']): PipelineTestReport {
  const passed = cases.filter(({ ok }) => ok).length;
  return { passed, failed: cases.length - passed, cases };
}

function checkDate(asOf: string): void {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(asOf) ? Date.parse(`${asOf}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== asOf) {
    throw new CohortiumError('ARGUMENT_INVALID', `--as-of: an ISO date such as 2026-01-31 was expected; found '${asOf}'`);
  }
}

/** Effects that a run is likely to ask for: those its skills declare, each once. For progress only. */
function expectedEffects(orchestrator: Orchestrator, runId: string, skills: Awaited<ReturnType<Workspace['skills']>>): number {
  const plan = orchestrator.view(runId).run.definition as unknown as PlannedPipeline; // stored by the orchestrator
  const effectsOf = (step: PlannedPipeline['steps'][number]): number =>
    step.skill === cohort.id ? expectedCohortEffects(step.config) : Object.keys(skills.get(step.skill)?.effects ?? {}).length;
  return Math.max(
    1,
    plan.steps.reduce((total, step) => total + effectsOf(step), 0),
  );
}

const stepStatus = {
  pending: 'pending',
  'waiting-approval': 'waiting-approval',
  running: 'running',
  'waiting-retry': 'running',
  completed: 'completed',
  skipped: 'skipped',
  failed: 'failed',
  cancelled: 'cancelled',
} as const;

/** The same reasons as the pipeline machine skips for. */
function whySkipped({ after, binds, when }: PlannedPipeline['steps'][number], steps: RunView['steps']): string {
  const isOpen = (id: string): boolean => steps[id]?.state !== 'completed';
  const cause = after.find((id) => ['failed', 'cancelled'].includes(steps[id]?.state ?? '')) ?? Object.values(binds).find(isOpen);
  if (cause !== undefined) return `because '${cause}' ${steps[cause]?.state === 'failed' ? 'failed' : 'did not complete'}`;
  return when === null ? '' : `its condition did not hold: ${describePredicate(when)}`;
}

function report(orchestrator: Orchestrator, runId: string): RunReport {
  const { run, steps, digest } = orchestrator.view(runId);
  const plan = run.definition as unknown as PlannedPipeline; // stored by the orchestrator
  return {
    runId: run.id,
    pipeline: run.pipeline,
    asOf: run.asOf,
    status: run.state,
    steps: plan.steps.map((step): StepStatus => {
      const { id, skill, skillVersion } = step;
      const progress = steps[id];
      return {
        id,
        skill: `${skill}@${skillVersion}`,
        status: stepStatus[progress?.state ?? 'pending'],
        attempts: progress?.attempts ?? 0,
        ...(progress?.state === 'skipped' ? { reason: whySkipped(step, steps) } : {}),
        ...(progress?.error && progress.state !== 'completed' ? { error: progress.error } : {}),
        ...(progress?.state === 'completed' ? { output: progress.output as Readonly<Record<string, unknown>> } : {}), // a skill's output is an object
      };
    }),
    digest,
    ...(run.error ? { error: run.error } : {}),
  };
}
