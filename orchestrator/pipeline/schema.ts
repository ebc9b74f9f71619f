/** The closed grammar of a pipeline file. */
import { z } from 'zod';

import { type Predicate, predicateSchema } from './predicate.ts';

const stepId = z.string().regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'a kebab-case id was expected');
export const durationSchema = z.string().regex(/^\d+(ms|s|m|h|d)$/, "a duration such as '30s', '10m' or '2h' was expected");

/** How often failed work is tried again, and after what wait. */
export const retrySchema = z.strictObject({
  attempts: z.int().min(1).max(20).describe('All attempts, the first one included.'),
  backoff: durationSchema.default('1s').describe('Wait before the second attempt.'),
  factor: z.number().min(1).max(10).default(2).describe('Each wait is this times the one before.'),
});

const stepSchema = z.strictObject({
  id: stepId.describe('Name of the step, unique in the file.'),
  skill: z.string().min(1).describe('Id of an installed skill.'),
  after: z.array(z.string()).default([]).describe('Steps that must have finished before this one starts.'),
  with: z.record(z.string(), z.unknown()).default({}).describe('Configuration, checked by the skill.'),
  when: predicateSchema.optional().describe('The step is skipped unless this holds.'),
  retry: retrySchema.optional(),
  timeout: durationSchema.optional().describe('An attempt that takes longer is cancelled and counts as failed.'),
  approval: z
    .strictObject({ by: z.string().min(1).describe('Who has to approve.') })
    .optional()
    .describe('The step waits for a person.'),
});

export const pipelineSchema = z.strictObject({
  pipeline: stepId.describe('Name of the pipeline.'),
  version: z.int().min(1),
  steps: z.array(stepSchema).min(1),
});

export type PipelineFile = z.infer<typeof pipelineSchema>;
export type StepFile = PipelineFile['steps'][number];

/** Id, skill, order and configuration of every step of a file that the schema refused; none when one step cannot be told. */
export function tellableSteps(data: unknown): readonly StepFile[] {
  const list = typeof data === 'object' && data !== null && 'steps' in data && Array.isArray(data.steps) ? data.steps : [];
  const steps = list.map((step: unknown) => {
    const whole = stepSchema.safeParse(step);
    return whole.success ? whole : partOfStep.safeParse(step);
  });
  return steps.every(({ success }) => success) ? steps.flatMap(({ data: step }) => step ?? []) : [];
}

const partOfStep = z.object(stepSchema.shape).pick({ id: true, skill: true, after: true, with: true });

/** A checked step: what runs, on what, and when. Plain JSON, kept with the run. */
export interface PlannedStep {
  readonly id: string;
  readonly skill: string;
  readonly skillVersion: string;
  readonly after: readonly string[];
  /** Input field of the skill → the step whose output has it. */
  readonly binds: Readonly<Record<string, string>>;
  readonly config: Readonly<Record<string, unknown>>;
  readonly when: Predicate | null;
  readonly attempts: number;
  readonly backoffMs: number;
  readonly backoffFactor: number;
  readonly timeoutMs: number | null;
  readonly approver: string | null;
}

export interface PlannedPipeline {
  readonly pipeline: string;
  readonly version: number;
  readonly steps: readonly PlannedStep[];
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of a duration that the schema accepted. */
export function durationMs(text: string): number {
  const [, count = '0', unit = 'ms'] = /^(\d+)(\D+)$/.exec(text) ?? [];
  return Number(count) * (unitMs[unit] ?? 1);
}
