/**
 * The contract kit over the six built-in skills. The samples come from real runs over a small simulated merchant: inputs
 * as the pipeline bound them, replies as the ports gave them, Refs in the store that the runs left.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { agentOver } from '../../agents/customer-data-graph/agent.ts';
import { initOperatorDirectory } from '../../agents/customer-data-graph/index.ts';
import { simulateMerchant } from '../../agents/customer-data-graph/simulate/index.ts';
import { builtinSkills, openWorkspace, type Workspace } from '../../agents/customer-data-graph/workspace.ts';
import type { Orchestrator, PlannedPipeline } from '../../orchestrator/index.ts';
import { type CheckOptions, describeSkillContract, type SkillSample } from '../../skills/testing/index.ts';

const directory = mkdtempSync(join(tmpdir(), 'six-skills-'));
const { signals, truth } = simulateMerchant({ seed: 'contract', customers: 250, months: 18, locations: 3, channels: 2, brands: 2 });
let workspace: Workspace;
const samples = new Map<string, SkillSample[]>();

/** What a small run does not show: a delivery that is not acknowledged at once. */
const further: Readonly<Record<string, Pick<SkillSample, 'config' | 'replies'>>> = {
  emission: {
    config: { maxWaits: 2 },
    replies: { 'outbox.deliver': [{ sent: 2, acknowledged: 1, dead: 0, pending: 1, nextAttemptInMs: 2000 }] },
  },
};

/** Value and cohorts in one step. */
const both = `pipeline: both
version: 1
steps:
  - { id: signals, skill: signal-capture }
  - id: cohort
    skill: cohort
    after: [signals]
    with:
      cohorts: true
      definitions:
        - { id: both, version: 1, title: Both, method: funnel, windows: [90d], purpose: test, owner: tests, reviewBy: 2030-01-01 }
`;

/** The cohorts of touched customers, by the models that they have. */
const update = `pipeline: update
version: 1
steps:
  - { id: signals, skill: signal-capture }
  - id: cohort
    skill: cohort
    after: [signals]
    with:
      value: false
      cohorts: true
      refit: false
      definitions:
        - { id: both, version: 1, title: Both, method: funnel, windows: [90d], purpose: test, owner: tests, reviewBy: 2030-01-01 }
`;

beforeAll(async () => {
  await initOperatorDirectory(directory, { merchant: 'Six skills' });
  writeFileSync(join(directory, 'pipelines', 'both.yaml'), both);
  writeFileSync(join(directory, 'pipelines', 'update.yaml'), update);
  workspace = openWorkspace(directory);
  const agent = agentOver(workspace);
  for (let at = 0; at < signals.length; at += 1000) await agent.capture(signals.slice(at, at + 1000), 'simulated');
  const reports = [
    await agent.run({ pipeline: 'pipelines/clv.yaml', asOf: truth.asOf }),
    // A short and a quick definition: what a step with cohorts asks for, not what the methods do.
    await agent.computeCohorts({ definitions: ['purchase-funnel', 'rfm-segments'], windows: ['28d', '90d'], asOf: truth.asOf }),
    await agent.run({ pipeline: 'pipelines/both.yaml', asOf: truth.asOf }),
  ];
  const browse = { id: 'late', type: 'browse', customer: { userId: 'c001' }, at: `${truth.asOf}T12:00:00Z`, properties: {} };
  await agent.capture([browse], 'simulated');
  reports.push(await agent.run({ pipeline: 'pipelines/update.yaml', asOf: truth.asOf }));
  const orchestrator = await workspace.orchestrator();
  for (const report of reports) {
    const failure = report.error ?? report.steps.find(({ error }) => error)?.error;
    if (failure) throw new Error(`the run failed: ${failure.code} ${failure.message}`);
    takeSamples(orchestrator, report.runId);
  }
});

/** Inputs, configuration and replies of every step of a run. */
function takeSamples(orchestrator: Orchestrator, runId: string): void {
  const { run, steps } = orchestrator.view(runId);
  const effects = orchestrator.effects(runId);
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
    samples.set(skill, [
      ...(samples.get(skill) ?? []),
      {
        input: Object.fromEntries(Object.entries(binds).map(([field, producer]) => [field, outputOf(producer)[field]])),
        config: { ...config, ...more?.config },
        asOf: run.asOf,
        replies,
      },
    ]);
  }
}

afterAll(async () => {
  await workspace.close();
  rmSync(directory, { recursive: true });
});

function optionsFor(id: string): CheckOptions {
  const own = samples.get(id);
  if (!own) throw new Error(`the runs have no step of skill '${id}'`);
  return { content: workspace.content, samples: own };
}

it('covers six skills', () => {
  expect(builtinSkills.map(({ id }) => id)).toEqual(['signal-capture', 'cohort', 'recalibrate', 'gate', 'audit', 'emission']);
});

for (const skill of builtinSkills) describeSkillContract(skill, () => optionsFor(skill.id), { describe, it });
