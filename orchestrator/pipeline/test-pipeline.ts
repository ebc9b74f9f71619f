/**
 * Runs the cases of a `*.test.yaml` file: given what steps put out or how they fail, which steps run, which are skipped, how
 * the run ends. Performs no effect; only the pipeline's own machine is at work.
 */
import { z } from 'zod';

import { type Diagnostic, type Json, readYaml } from '../../skills/sdk/index.ts';
import { type PipelineEvent, playPipeline, type StepProgress } from './pipeline-machine.ts';
import type { PlannedPipeline } from './schema.ts';

const outcomeSchema = z.union([
  z.strictObject({ output: z.record(z.string(), z.unknown()) }),
  z.strictObject({ fails: z.string().min(1), times: z.int().min(1).default(1_000_000) }),
  z.strictObject({ rejected: z.string().min(1) }),
]);

export const pipelineTestSchema = z.strictObject({
  pipeline: z.string().min(1).describe('The pipeline file, relative to this one.'),
  cases: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        given: z
          .record(z.string(), outcomeSchema)
          .default({})
          .describe('What a step puts out, or how it fails; other steps put out nothing.'),
        expect: z.strictObject({
          status: z.enum(['completed', 'failed', 'waiting']).optional(),
          ran: z.array(z.string()).optional().describe('Steps that completed, in any order.'),
          skipped: z.array(z.string()).optional(),
          attempts: z.record(z.string(), z.int()).optional(),
        }),
      }),
    )
    .min(1),
});

export type PipelineTestFile = z.infer<typeof pipelineTestSchema>;
type TestCase = PipelineTestFile['cases'][number];

export interface CaseResult {
  readonly name: string;
  readonly ok: boolean;
  /** What differed; empty when ok. */
  readonly message: string;
}

/** Reads a test file; diagnostics carry file:line:column. */
export function readPipelineTest(
  text: string,
  file: string,
): { readonly test: PipelineTestFile | undefined; readonly diagnostics: readonly Diagnostic[] } {
  const { value, diagnostics } = readYaml(text, file, pipelineTestSchema, 'PIPELINE_INVALID');
  return { test: value, diagnostics };
}

export function runCase(plan: PlannedPipeline, test: TestCase): CaseResult {
  const unknown = Object.keys(test.given).filter((id) => !plan.steps.some((step) => step.id === id));
  if (unknown.length > 0) return { name: test.name, ok: false, message: `'given' names ${unknown.join(', ')}, which no step defines` };
  const steps = playPipeline(plan, (progress) => nextEvent(progress, test));
  const withState = (state: StepProgress['state']): string[] => plan.steps.map(({ id }) => id).filter((id) => steps[id]?.state === state);
  const states = Object.values(steps).map(({ state }) => state);
  const status = states.includes('waiting-approval') ? 'waiting' : states.includes('failed') ? 'failed' : 'completed';
  const faults: string[] = [];
  const { expect } = test;
  if (expect.status !== undefined && expect.status !== status) faults.push(`status is ${status}, expected ${expect.status}`);
  compareLists('ran', withState('completed'), expect.ran, faults);
  compareLists('skipped', withState('skipped'), expect.skipped, faults);
  for (const [id, count] of Object.entries(expect.attempts ?? {})) {
    if (steps[id]?.attempts !== count) faults.push(`'${id}' had ${steps[id]?.attempts ?? 0} attempts, expected ${count}`);
  }
  return { name: test.name, ok: faults.length === 0, message: faults.join('; ') };
}

function compareLists(what: string, found: readonly string[], expected: readonly string[] | undefined, faults: string[]): void {
  if (expected && [...found].sort().join() !== [...expected].sort().join()) {
    faults.push(`${what}: ${found.join(', ') || 'none'}; expected ${expected.join(', ') || 'none'}`);
  }
}

/** Answers a started step as the case says. */
function nextEvent(steps: Readonly<Record<string, StepProgress>>, test: TestCase): PipelineEvent | undefined {
  for (const [step, { state, attempts }] of Object.entries(steps)) {
    const given = test.given[step];
    if (state === 'waiting-retry') return { type: 'step.retry', step };
    if (state === 'waiting-approval' && given) {
      return 'rejected' in given ? { type: 'step.reject', step, by: given.rejected } : { type: 'step.approve', step };
    }
    if (state !== 'running') continue;
    if (given && 'fails' in given && attempts <= given.times) {
      return { type: 'step.failed', step, attempt: attempts, error: { code: given.fails, message: 'as the test says' } };
    }
    const output = given && 'output' in given ? given.output : {};
    return { type: 'step.ok', step, attempt: attempts, output: output as Json }; // read from YAML, so plain JSON
  }
  return undefined;
}
