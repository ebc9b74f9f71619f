/** Checks pipelines before they run: lint, plan, test. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import type { PipelineTestReport, PlanReport } from '../../../agents/customer-data-graph/interface.ts';
import { compareText } from '../../../skills/sdk/index.ts';
import type { CommandCall, CommandSpec } from '../command-spec.ts';
import { diagnosticLine } from '../failure-lines.ts';
import { formatPairs } from '../format-table.ts';
import type { Style } from '../style.ts';
import { pipelinePath } from './run-commands.ts';

export const lint: CommandSpec = {
  name: 'lint',
  args: [['[pipelines...]', 'pipeline files (default: all, with policies and registries)']],
  summary: 'check pipelines, policies and registries; file:line:column for each fault',
  says: 'Finds every fault at once: unknown skills, cycles, inputs that nothing produces, bad settings. Runs nothing. Exits with 1 on an error.',
  examples: [
    ['cohortium lint', 'everything'],
    ['cohortium lint pipelines/clv.yaml', 'one file'],
  ],
  next: 'cohortium plan <pipeline>.',
  async action(call) {
    const diagnostics = await call.withAgent('readonly', (agent) => agent.lint(chosenOr(call, pipelineFiles(agent.directory))));
    const hasErrors = diagnostics.some(({ severity }) => severity === 'error');
    return {
      document: { ok: !hasErrors, diagnostics },
      lines: diagnostics.length === 0 ? [call.style.good('no faults')] : diagnostics.map((one) => diagnosticLine(one, call.style)),
      exitCode: hasErrors ? 1 : 0,
    };
  },
};

export const plan: CommandSpec = {
  name: 'plan',
  args: [['<pipeline>', 'pipeline file']],
  summary: 'show what a pipeline would do, and where each input comes from',
  says: 'Order of the steps, what binds to what, conditions, and the effects that each step may ask for. Runs nothing.',
  examples: [['cohortium plan pipelines/clv.yaml', 'before the first run, and after every edit']],
  next: 'cohortium run <pipeline> --as-of <date>.',
  async action(call) {
    const report = await call.withAgent('readonly', (agent) => agent.plan(pipelinePath(call, call.args[0] ?? '')));
    return { document: report, lines: planLines(report) };
  },
};

export const test: CommandSpec = {
  name: 'test',
  args: [['[files...]', 'test files (default: all *.test.yaml in pipelines/ and policies/)']],
  summary: 'run the tests that stand beside pipelines and policies',
  says: 'A test names inputs and expected outcomes in YAML. Nothing is written to the stores. Exits with 1 when one fails.',
  examples: [
    ['cohortium test', 'all'],
    ['cohortium test pipelines/clv.test.yaml', 'one file'],
  ],
  next: 'cohortium run <pipeline> --as-of <date>.',
  async action(call) {
    const report = await call.withAgent('readonly', (agent) => agent.testPipelines(chosenOr(call, testFiles(agent.directory))));
    return { document: report, lines: testLines(report, call.style), exitCode: report.failed === 0 ? 0 : 1 };
  },
};

function planLines({ pipeline, steps }: PlanReport): string[] {
  return [
    `${pipeline}: ${steps.length} steps`,
    ...steps.flatMap((step, at) => [
      '',
      `${at + 1}. ${step.id}  (${step.skill})`,
      ...formatPairs(
        (
          [
            ['   after', step.after.join(', ')],
            ['   only if', step.condition ?? ''],
            ['   takes', Object.entries(step.binds).map(bindText).join(', ')],
            ['   does', step.effects.join(', ')],
          ] as const
        ).filter(([, value]) => value !== ''),
      ),
    ]),
  ];
}

function bindText([input, from]: readonly [string, string]): string {
  return from.endsWith(`.${input}`) ? from : `${input} from ${from}`;
}

function chosenOr(call: CommandCall, all: readonly string[]): readonly string[] {
  return call.list.length > 0 ? call.list.map((file) => pipelinePath(call, file)) : all;
}

function pipelineFiles(directory: string): string[] {
  return yamlFiles(join(directory, 'pipelines')).filter((file) => !isTest(file));
}

function testFiles(directory: string): string[] {
  return ['pipelines', 'policies'].flatMap((folder) => yamlFiles(join(directory, folder)).filter(isTest));
}

function isTest(file: string): boolean {
  return /\.test\.ya?ml$/.test(file);
}

function yamlFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => /\.ya?ml$/.test(file))
    .toSorted(compareText)
    .map((file) => join(folder, file));
}

function testLines({ passed, failed, cases }: PipelineTestReport, style: Style): string[] {
  return [
    ...cases.map(
      ({ name, ok, message }) => `${ok ? style.good('ok') : style.bad('FAILED')}  ${name}${message === '' ? '' : `\n    ${message}`}`,
    ),
    ...(cases.length === 0 ? [] : ['']),
    `${passed} passed, ${failed} failed`,
  ];
}
