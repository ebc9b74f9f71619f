/** Tools that start a run, look at one and recompute one. */
import { z } from 'zod';

import { ownPipeline } from './own-pipeline.ts';
import { identifier, isoDate, readsOnly, runFields, runOutput, runsAndSends } from './tool-fields.ts';
import { defineTool } from './tool-spec.ts';

export const runPipeline = defineTool({
  name: 'run_pipeline',
  title: 'Run a pipeline',
  description: `Computes values, calibrates, gates, records and delivers them, as a pipeline file says. Takes seconds to minutes; reports progress and can be cancelled. The same pipeline, date and data give the same values; every call is a run of its own, but what was delivered before is not sent again. Use it when data changed or another date is asked for; not to look a value up (lookup_value). Returns the run with the state of each step.`,
  input: z.strictObject({
    pipeline: identifier.default('pipelines/clv.yaml').describe('Pipeline file, relative to the operator directory.'),
    asOf: isoDate.describe('Last day that counts, YYYY-MM-DD.'),
  }),
  output: runOutput,
  hints: runsAndSends,
  isLong: true,
  call: async ({ pipeline, asOf }, { agent, context }) =>
    runFields(await agent.run({ pipeline: ownPipeline(agent.directory, pipeline), asOf }, context)),
});

export const getRun = defineTool({
  name: 'get_run',
  title: 'Look at a run',
  description: `State of a run and of each of its steps, with errors. Use it after run_pipeline, or without runId to list the newest runs. Returns {runs, omitted}, newest first.`,
  input: z.strictObject({
    runId: identifier.optional().describe('A run id; leave out for the newest runs.'),
    limit: z.int().min(1).max(20).default(5).describe('Most runs to list, 1 to 20.'),
  }),
  output: z.object({ runs: z.array(runOutput), omitted: z.number() }),
  hints: readsOnly,
  async call({ runId, limit }, { agent }) {
    if (runId !== undefined) return { runs: [runFields(await agent.runStatus(runId))], omitted: 0 };
    const runs = await agent.runs();
    return { runs: runs.slice(-limit).toReversed().map(runFields), omitted: Math.max(0, runs.length - limit) };
  },
});

export const recalibrate = defineTool({
  name: 'recalibrate',
  title: 'Recalibrate',
  description: `Fits the calibration of probabilities and money anew and shows the error before and after; publishes no value and delivers nothing; values change at the next run_pipeline. Use it to see whether predictions drift from what happened. Takes seconds to minutes; reports progress and can be cancelled. Returns the run; its recalibrate step holds both errors.`,
  input: z.strictObject({ asOf: isoDate.describe('Last day that counts, YYYY-MM-DD.') }),
  output: runOutput,
  hints: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
  isLong: true,
  call: async ({ asOf }, { agent, context }) => runFields(await agent.recalibrate(asOf, context)),
});

export const replayRun = defineTool({
  name: 'replay_run',
  title: 'Replay a run',
  description: `Computes a recorded run again and compares every result bit for bit, under the law of then; changes nothing. Use it to show that a value can be reproduced. Takes as long as the run did; reports progress and can be cancelled. Returns what became of every stage and the first difference; a stage that rests on erased data is not computed.`,
  input: z.strictObject({ runId: identifier.describe('A run id, from get_run.') }),
  output: z.object({
    runId: z.string(),
    identical: z.boolean(),
    effects: z.number(),
    recomputed: z.number(),
    outcome: z.enum(['identical', 'diverged', 'erased', 'gone', 'absent']),
    firstDifference: z.string().nullable(),
    stages: z.array(z.looseObject({})).describe('step, effect, verdict, tiers, notes of each.'),
  }),
  hints: readsOnly,
  isLong: true,
  async call({ runId }, { agent, context }) {
    const { identical, effects, recomputed, outcome, firstDifference: first, stages } = await agent.replay(runId, context);
    return {
      runId,
      identical,
      effects,
      recomputed,
      outcome,
      firstDifference: first && `step '${first.step}', effect '${first.effect}', ${first.says}`,
      stages: stages.map(({ step, effect, verdict, tiers, notes }) => ({
        step,
        effect,
        verdict,
        tiers: tiers && { ...tiers },
        notes: [...notes],
      })),
    };
  },
});
