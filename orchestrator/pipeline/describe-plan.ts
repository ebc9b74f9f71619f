/** What a checked pipeline would do, for people: steps, where each input comes from, which effects it may ask for. */
import type { SkillSet } from './parse-pipeline.ts';
import { describePredicate } from './predicate.ts';
import type { PlannedPipeline } from './schema.ts';

export interface PlanDescription {
  readonly pipeline: string;
  readonly steps: readonly {
    readonly id: string;
    readonly skill: string;
    readonly after: readonly string[];
    /** Input field → `step.field` that fills it. */
    readonly binds: Readonly<Record<string, string>>;
    readonly condition: string | null;
    /** `kind via port`. */
    readonly effects: readonly string[];
  }[];
}

export function describePlan(plan: PlannedPipeline, skills: SkillSet): PlanDescription {
  return {
    pipeline: plan.pipeline,
    steps: plan.steps.map((step) => ({
      id: step.id,
      skill: `${step.skill}@${step.skillVersion}`,
      after: step.after,
      binds: Object.fromEntries(Object.entries(step.binds).map(([field, producer]) => [field, `${producer}.${field}`])),
      condition: step.when === null ? null : describePredicate(step.when),
      effects: Object.entries(skills.get(step.skill)?.effects ?? {}).map(([kind, { via }]) => `${kind} via ${via}`),
    })),
  };
}
