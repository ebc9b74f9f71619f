/**
 * From a pipeline file to a checked plan, or to everything that is wrong with it, each with file:line:column: shape, unknown
 * skills, unknown and circular `after`, unbound or ambiguous inputs, configuration that a skill refuses.
 */
import {
  type Diagnostic,
  digestOf,
  type ErrorCode,
  issueDiagnostics,
  readYaml,
  type SkillDefinition,
  type YamlPath,
} from '../../skills/sdk/index.ts';
import { stepsRead } from './predicate.ts';
import { durationMs, pipelineSchema, type PlannedPipeline, type PlannedStep, type StepFile, tellableSteps } from './schema.ts';

/** Installed skills by id. */
export type SkillSet = ReadonlyMap<string, SkillDefinition>;

type Config = Readonly<Record<string, unknown>>;

/** Configuration by skill id; a function where it depends on what the step says itself. */
export type ConfigDefaults = ReadonlyMap<string, Config | ((given: Config) => Config)>;

export interface ParsedPipeline {
  /** Absent when there are errors. */
  readonly plan: PlannedPipeline | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * @param defaults configuration by skill id that holds where a step's `with:` says nothing, such as what registries declare
 */
export function parsePipeline(text: string, file: string, skills: SkillSet, defaults: ConfigDefaults = new Map()): ParsedPipeline {
  const document = readYaml(text, file, pipelineSchema, 'PIPELINE_INVALID');
  const diagnostics: Diagnostic[] = document.diagnostics.map((diagnostic) => ({
    ...diagnostic,
    code: /\bwhen\b/.test(diagnostic.message) ? 'PIPELINE_PREDICATE_INVALID' : diagnostic.code,
  }));
  // A file whose shape is wrong in one place is still checked in all others, as far as its steps can be told.
  const { steps, pipeline, version } = document.value ?? { steps: tellableSteps(document.data), pipeline: '', version: 1 };
  const report = (path: YamlPath, message: string, code: ErrorCode = 'PIPELINE_INVALID'): void => {
    diagnostics.push({ code, severity: 'error', message, at: document.positionOf(path) });
  };
  checkNames(steps, skills, report);
  const upstream = reachable(steps);
  checkCircles(steps, upstream, report);
  const configs = steps.map((step) => {
    const known = defaults.get(step.skill);
    return skills.get(step.skill)?.config.safeParse({ ...(typeof known === 'function' ? known(step.with) : known), ...step.with });
  });
  const puts = new Map(steps.map((step, index) => [step.id, outputsOf(skills.get(step.skill), configs[index]?.data)]));
  const planned = steps.map((step, index): PlannedStep => {
    const skill = skills.get(step.skill);
    const before = upstream.get(step.id) ?? new Set<string>();
    // What runs before a name that is not defined cannot be told, nor what it would put out: only the name is reported.
    const isTellable = [...before].every((id) => steps.some((one) => one.id === id && skills.has(one.skill)));
    if (step.when) {
      for (const read of stepsRead(step.when)) {
        if (!before.has(read) && (isTellable || steps.every(({ id }) => id !== read))) {
          report(
            ['steps', index, 'when'],
            `'when' reads step '${read}', which does not run before '${step.id}'; before it run: ${listed([...before])}`,
            'PIPELINE_PREDICATE_INVALID',
          );
        }
      }
    }
    const config = configs[index];
    if (config?.error) {
      diagnostics.push(...issueDiagnostics(config.error, 'PIPELINE_INVALID', step.with, document.positionOf, ['steps', index, 'with']));
    }
    return {
      id: step.id,
      skill: step.skill,
      skillVersion: skill?.version ?? '',
      after: step.after,
      binds:
        skill && isTellable
          ? bindInputs(skill, steps, { before, skills, puts }, (message) => report(['steps', index, 'skill'], message))
          : {},
      config: config?.data ?? {},
      when: step.when ?? null,
      attempts: step.retry?.attempts ?? 1,
      backoffMs: durationMs(step.retry?.backoff ?? '0s'),
      backoffFactor: step.retry?.factor ?? 1,
      timeoutMs: step.timeout === undefined ? null : durationMs(step.timeout),
      approver: step.approval?.by ?? null,
    };
  });
  const isSound = !diagnostics.some(({ severity }) => severity === 'error');
  return { plan: isSound ? { pipeline, version, steps: planned } : undefined, diagnostics };
}

/** What a run is an execution of: same digest, same steps with the same skills and configuration. */
export function planDigest(plan: PlannedPipeline) {
  return digestOf(plan);
}

type Report = (path: YamlPath, message: string, code?: ErrorCode) => void;

function checkNames(steps: readonly StepFile[], skills: SkillSet, report: Report): void {
  const ids = steps.map(({ id }) => id);
  for (const [index, step] of steps.entries()) {
    if (ids.indexOf(step.id) < index) report(['steps', index, 'id'], `step '${step.id}' is defined twice`);
    if (!skills.has(step.skill)) {
      report(
        ['steps', index, 'skill'],
        `step '${step.id}' uses skill '${step.skill}', which is not installed; installed are: ${listed([...skills.keys()])}`,
        'PIPELINE_SKILL_UNKNOWN',
      );
    }
    for (const [place, before] of step.after.entries()) {
      if (!ids.includes(before)) {
        report(
          ['steps', index, 'after', place],
          `step '${step.id}' runs after '${before}', which no step defines; steps are: ${listed(ids)}`,
        );
      }
    }
  }
}

/** Steps that run before each step, at any distance. A step in a circle is among its own. */
function reachable(steps: readonly StepFile[]): ReadonlyMap<string, ReadonlySet<string>> {
  const after = new Map(steps.map((step) => [step.id, step.after]));
  return new Map(
    steps.map(({ id }) => {
      const seen = new Set<string>();
      const open = [...(after.get(id) ?? [])];
      for (let next = open.pop(); next !== undefined; next = open.pop()) {
        if (seen.has(next)) continue;
        seen.add(next);
        open.push(...(after.get(next) ?? []));
      }
      return [id, seen];
    }),
  );
}

function checkCircles(steps: readonly StepFile[], upstream: ReadonlyMap<string, ReadonlySet<string>>, report: Report): void {
  const told = new Set<string>();
  for (const [index, { id }] of steps.entries()) {
    if (told.has(id) || !upstream.get(id)?.has(id)) continue;
    const circle = circleFrom(id, steps, upstream);
    for (const member of circle) told.add(member);
    report(['steps', index, 'after'], `steps wait for each other: ${[...circle, id].join(' → ')}`, 'PIPELINE_CYCLE');
  }
}

function circleFrom(start: string, steps: readonly StepFile[], upstream: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const circle = [start];
  for (let at = start; ;) {
    const next = steps.find(({ id }) => id === at)?.after.find((before) => before === start || upstream.get(before)?.has(start));
    if (next === undefined || next === start || circle.includes(next)) return circle;
    circle.push(next);
    at = next;
  }
}

/** Names that a step puts out with its configuration; all of them while the configuration is not acceptable, which is said elsewhere. */
function outputsOf(skill: SkillDefinition | undefined, config: unknown): ReadonlySet<string> {
  if (!skill) return new Set();
  // The configuration is what the skill's own schema has accepted.
  return new Set(skill.puts && config !== undefined ? skill.puts(config as never) : Object.keys(skill.output.shape));
}

interface Upstream {
  readonly before: ReadonlySet<string>;
  readonly skills: SkillSet;
  /** By step. */
  readonly puts: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Finds for each input field the one step before that puts out a field of that name. */
function bindInputs(
  skill: SkillDefinition,
  steps: readonly StepFile[],
  { before, skills, puts }: Upstream,
  report: (message: string) => void,
): Record<string, string> {
  const binds: Record<string, string> = {};
  for (const [field, schema] of Object.entries(skill.input.shape)) {
    const producers = steps.filter(({ id }) => before.has(id) && puts.get(id)?.has(field));
    const [producer, second] = producers;
    if (second) {
      report(
        `input '${field}' of '${skill.id}' is put out by two steps before it: ${listed(producers.map(({ id }) => id))}; keep one of them upstream`,
      );
    } else if (producer) binds[field] = producer.id;
    else if (!schema.safeParse(undefined).success) {
      const silent = steps.find(({ id, skill: name }) => before.has(id) && field in (skills.get(name)?.output.shape ?? {}));
      if (silent) {
        report(
          `input '${field}' of '${skill.id}' has no producer: step '${silent.id}' does not put it out with its configuration, only: ${listed([...(puts.get(silent.id) ?? [])])}`,
        );
        continue;
      }
      const makers = [...skills.values()].filter(({ output }) => field in output.shape).map(({ id }) => id);
      report(`input '${field}' of '${skill.id}' has no producer before this step; it is put out by: ${listed(makers)}`);
    }
  }
  return binds;
}

function listed(names: readonly string[]): string {
  return names.length > 0 ? names.join(', ') : 'none';
}
