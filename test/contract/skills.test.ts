/**
 * The contract kit over the six built-in skills. The samples come from one real run over a small simulated merchant: inputs
 * as the pipeline bound them, replies as the ports gave them, Refs in the store that the run left.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { agentOver } from '../../agents/customer-data-graph/agent.ts';
import { initOperatorDirectory } from '../../agents/customer-data-graph/index.ts';
import { simulateMerchant } from '../../agents/customer-data-graph/simulate/index.ts';
import { builtinSkills, openWorkspace, type Workspace } from '../../agents/customer-data-graph/workspace.ts';
import type { PlannedPipeline } from '../../orchestrator/index.ts';
import { type CheckOptions, describeSkillContract, type SkillSample } from '../../skills/testing/index.ts';

const directory = mkdtempSync(join(tmpdir(), 'six-skills-'));
const { signals, truth } = simulateMerchant({ seed: 'contract', customers: 250, months: 18, locations: 3, channels: 2, brands: 2 });
let workspace: Workspace;
const samples = new Map<string, SkillSample>();

/** What a small run does not show: a delivery that is not acknowledged at once. */
const further: Readonly<Record<string, Pick<SkillSample, 'config' | 'replies'>>> = {
  emission: {
    config: { maxWaits: 2 },
    replies: { 'outbox.deliver': [{ sent: 2, acknowledged: 1, dead: 0, pending: 1, nextAttemptInMs: 2000 }] },
  },
};

beforeAll(async () => {
  await initOperatorDirectory(directory, { merchant: 'Six skills' });
  workspace = openWorkspace(directory);
  const agent = agentOver(workspace);
  for (let at = 0; at < signals.length; at += 1000) await agent.capture(signals.slice(at, at + 1000), 'simulated');
  const report = await agent.run({ pipeline: 'pipelines/clv.yaml', asOf: truth.asOf });
  if (report.error) throw new Error(`the run failed: ${report.error.code} ${report.error.message}`);
  const orchestrator = await workspace.orchestrator();
  const { run, steps } = orchestrator.view(report.runId);
  const effects = orchestrator.effects(report.runId);
  for (const { id, skill, binds, config } of (run.definition as unknown as PlannedPipeline).steps) {
    // stored by the orchestrator
    const outputOf = (step = ''): Readonly<Record<string, unknown>> => steps[step]?.output as Readonly<Record<string, unknown>>; // an object by its schema
    const declared = builtinSkills.find((each) => each.id === skill)?.effects ?? {};
    const replies: Record<string, unknown[]> = {};
    for (const { kind, output, step } of effects) {
      if (step === id && declared[kind]?.via !== 'pure') (replies[kind] ??= []).push(output);
    }
    const more = further[skill];
    for (const [kind, outputs] of Object.entries(more?.replies ?? {})) (replies[kind] ??= []).push(...outputs);
    samples.set(skill, {
      input: Object.fromEntries(Object.entries(binds).map(([field, producer]) => [field, outputOf(producer)[field]])),
      config: { ...config, ...more?.config },
      asOf: run.asOf,
      replies,
    });
  }
}, 120_000);

afterAll(async () => {
  await workspace.close();
  rmSync(directory, { recursive: true });
});

function optionsFor(id: string): CheckOptions {
  const sample = samples.get(id);
  if (!sample) throw new Error(`the run has no step of skill '${id}'`);
  return { content: workspace.content, samples: [sample] };
}

it('covers six skills', () => {
  expect(builtinSkills.map(({ id }) => id)).toEqual(['signal-capture', 'cohort', 'recalibrate', 'gate', 'audit', 'emission']);
});

for (const skill of builtinSkills) describeSkillContract(skill, () => optionsFor(skill.id), { describe, it });
