/** Steps of the Cohort skill in a plan: a part of their definitions and windows, and how much work they are. */
import type { PlannedPipeline } from '../../../orchestrator/index.ts';
import { type CohortDefinition, definitionSchema, windowIds } from '../../../skills/cohort/definitions/definition.ts';
import { skill as cohort } from '../../../skills/cohort/skill.ts';
import { CohortiumError, z } from '../../../skills/sdk/index.ts';

type Config = PlannedPipeline['steps'][number]['config'];

/**
 * The plan with these definitions and windows only; all of them where none is named.
 * @throws {CohortiumError} ARGUMENT_INVALID for a name that is not there, or when nothing is left
 */
export function chooseCohorts(plan: PlannedPipeline, definitions?: readonly string[], windows?: readonly string[]): PlannedPipeline {
  const all = plan.steps.flatMap(({ skill, config }) => (skill === cohort.id && config['cohorts'] === true ? definitionsOf(config) : []));
  if (all.length === 0) {
    throw new CohortiumError(
      'ARGUMENT_INVALID',
      `pipeline '${plan.pipeline}' computes no cohort definitions; give its cohort step cohorts: true`,
    );
  }
  const unknown = definitions?.find((id) => all.every((definition) => definition.id !== id));
  if (unknown !== undefined) {
    throw new CohortiumError('ARGUMENT_INVALID', `there is no definition '${unknown}'; there are: ${all.map(({ id }) => id).join(', ')}`);
  }
  const known: readonly string[] = windowIds;
  const strange = windows?.find((window) => !known.includes(window));
  if (strange !== undefined)
    throw new CohortiumError('ARGUMENT_INVALID', `there is no window '${strange}'; there are: ${known.join(', ')}`);
  const chosen = all
    .filter(({ id }) => definitions?.includes(id) ?? true)
    .map((definition) => ({ ...definition, windows: definition.windows.filter((window) => windows?.includes(window) ?? true) }))
    .filter((definition) => definition.windows.length > 0);
  if (chosen.length === 0)
    throw new CohortiumError('ARGUMENT_INVALID', 'no definition has one of these windows; nothing would be computed');
  const ids = new Map(chosen.map((definition) => [definition.id, definition]));
  return {
    ...plan,
    steps: plan.steps.map((step) =>
      step.skill === cohort.id && step.config['cohorts'] === true
        ? { ...step, config: { ...step.config, definitions: definitionsOf(step.config).flatMap(({ id }) => ids.get(id) ?? []) } }
        : step,
    ),
  };
}

/** The plan with its cohort steps assigning by the models that are there. */
export function withoutRefit(plan: PlannedPipeline): PlannedPipeline {
  const isCohorts = ({ skill, config }: PlannedPipeline['steps'][number]): boolean => skill === cohort.id && config['cohorts'] === true;
  if (plan.steps.some((step) => isCohorts(step) && step.config['value'] !== false)) {
    throw new CohortiumError(
      'ARGUMENT_INVALID',
      `pipeline '${plan.pipeline}' computes value beside cohorts, and value is always fitted; take one whose cohort step has value: false`,
    );
  }
  return { ...plan, steps: plan.steps.map((step) => (isCohorts(step) ? { ...step, config: { ...step.config, refit: false } } : step)) };
}

/** Effects that a step will ask for. */
export function expectedCohortEffects(config: Config): number {
  if (config['refit'] === false) return 5;
  const value = config['value'] === false ? 0 : 5;
  const cohorts = config['cohorts'] === true ? 3 + definitionsOf(config).length : 0;
  return value + cohorts + 1;
}

function definitionsOf(config: Config): readonly CohortDefinition[] {
  return z.array(definitionSchema).parse(config['definitions'] ?? []);
}
