/** Experiments: registered before, assigned by a hash, analysed as registered. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

import type { ArmsAnalysis, ExperimentOutcome, ModelsAnalysis } from '../../../agents/customer-data-graph/interface.ts';
import { CohortiumError } from '../../../skills/sdk/index.ts';
import type { CommandAnswer, CommandCall, CommandSpec } from '../command-spec.ts';
import { formatPairs, formatTable } from '../format-table.ts';
import { actionOf } from '../group-action.ts';

const actions = { list, register, assign, analyse, ablate } satisfies Readonly<
  Record<string, (call: CommandCall) => Promise<CommandAnswer>>
>;

/** What each does, for whoever gives none or mistypes one. */
const says: Readonly<Record<keyof typeof actions, string>> = {
  list: 'every experiment and where it stands',
  register: 'write its digest down before anybody is assigned',
  assign: 'give every customer of a file an arm',
  analyse: 'test what was registered, and write the outcome down',
  ablate: 'fit the value model with and without some features',
};

export const experiments: CommandSpec = {
  name: 'experiments',
  actions: says,
  args: [
    ['<action>', Object.keys(says).join(', ')],
    ['[experiment]', 'name of a file in registries/experiments'],
    ['[file]', 'for assign: a CSV with the column customer; for analyse: customer and outcome, or actual and both models'],
  ],
  summary: 'register, assign and analyse experiments on customers and on models',
  says: 'register writes the digest of registries/experiments/<name>.yaml down, before anybody is assigned. assign gives every customer of a file the arm that the hash of salt and id says. analyse tests the sizes of the arms first and then what was registered, and writes the outcome down whatever it is. ablate fits the value model with and without some features at rolling origins, and analyses both. What is not as it was registered is refused, or marked as exploratory where that is asked for.',
  options: [
    { flags: '--out <file>', says: 'assign: write customer and arm as CSV' },
    { flags: '--exploratory', says: 'analyse, ablate: also what is not as registered, marked so' },
    { flags: '--origins <n>', says: 'ablate: origins at most (default: 4)' },
  ],
  examples: [
    ['cohortium experiments register spring-voucher', 'before the first assignment'],
    ['cohortium experiments assign spring-voucher customers.csv --out arms.csv', 'who is in which arm'],
    ['cohortium experiments analyse spring-voucher outcomes.csv', 'one look'],
    ['cohortium experiments ablate without-btyd', 'two value models on the same customers'],
    ['cohortium experiments list', 'how all of them stand'],
  ],
  next: 'docs/how-to/run-an-experiment.md.',
  async action(call) {
    return actions[actionOf('experiments', says, call.args[0])](call);
  },
};

async function list(call: CommandCall): Promise<CommandAnswer> {
  const all = await call.withAgent('readonly', (agent) => agent.experiments.list());
  const heads = ['experiment', 'kind', 'state', 'registered', 'looks', 'last outcome'].map((head) => ({ head }));
  const rows = all.map(({ experiment, kind, state, registeredAt, looks, last }) => [
    experiment,
    kind ?? '–',
    state,
    registeredAt?.slice(0, 10) ?? '–',
    String(looks),
    last ? `${last.analysis.verdict}${last.standing === 'exploratory' ? ' (exploratory)' : ''}` : '–',
  ]);
  return { document: { experiments: all }, lines: rows.length === 0 ? ['No file in registries/experiments.'] : formatTable(heads, rows) };
}

async function register(call: CommandCall): Promise<CommandAnswer> {
  const experiment = nameOf(call);
  const report = await call.withAgent('write', (agent) => agent.experiments.register(experiment));
  return {
    document: report,
    lines: [`${experiment} ${report.isNew ? 'is registered' : `was registered on ${report.at.slice(0, 10)}`}: ${report.digest}`],
  };
}

async function assign(call: CommandCall): Promise<CommandAnswer> {
  const experiment = nameOf(call);
  const file = fileOf(call, 'assign');
  const report = await call.withAgent('write', (agent) => agent.experiments.assign(experiment, file));
  const out = call.text('out');
  if (out !== undefined) {
    const lines = ['customer,arm', ...report.rows.map(({ customer, arm }) => `${quoted(customer)},${arm}`)];
    writeFileSync(resolve(call.host.cwd, out), `${lines.join('\n')}\n`);
  }
  return {
    document: report,
    lines: [
      ...formatPairs(Object.entries(report.counts).map(([arm, count]) => [arm, String(count)])),
      ...(out === undefined ? [] : ['', `Written to ${out}.`]),
    ],
  };
}

async function analyse(call: CommandCall): Promise<CommandAnswer> {
  const experiment = nameOf(call);
  const file = fileOf(call, 'analyse');
  return answerOf(call, await call.withAgent('write', (agent) => agent.experiments.analyse(experiment, file, call.flag('exploratory'))));
}

async function ablate(call: CommandCall): Promise<CommandAnswer> {
  const experiment = nameOf(call);
  const origins = call.wholeNumber('origins', 4, 1, 24);
  return answerOf(call, await call.withAgent('write', (agent) => agent.experiments.ablate(experiment, origins, call.flag('exploratory'))));
}

function answerOf(call: CommandCall, outcome: ExperimentOutcome): CommandAnswer {
  const { analysis, standing, reasons, sentence, look } = outcome;
  const mark =
    standing === 'registered' ? call.style.good(`registered, look ${look}`) : call.style.warn(`exploratory: ${reasons.join('; ')}`);
  return {
    document: outcome,
    lines: [sentence, `(${mark})`, '', ...('arms' in analysis ? armsLines(analysis) : modelsLines(analysis))],
    exitCode: analysis.verdict === 'sample-ratio-broken' ? 1 : 0,
  };
}

function armsLines({ arms, sampleRatio, cuped, effects, cohorts }: ArmsAnalysis): string[] {
  const effectRows = [...effects.map((effect) => ({ cohort: 'all', ...effect })), ...cohorts].map((effect) => [
    effect.cohort,
    effect.arm,
    String(effect.customers),
    short(effect.difference),
    effect.low === null || effect.high === null ? '–' : `${short(effect.low)} to ${short(effect.high)}`,
    effect.adjustedP === null ? '–' : short(effect.adjustedP),
    effect.isDifferent ? 'different' : '',
  ]);
  return [
    ...formatPairs([
      ...arms.map(({ arm, customers, mean }): [string, string] => [
        arm,
        `${customers} customers, mean ${mean === null ? '–' : short(mean)}`,
      ]),
      ['sample ratio', `p = ${short(sampleRatio.p)}`],
      ...(cuped ? [['CUPED', `${short(100 * cuped.varianceReduction)} % of the variance is gone`] as [string, string]] : []),
    ]),
    ...(effectRows.length === 0
      ? []
      : ['', ...formatTable(headsOf('cohort', 'arm', 'customers', 'difference', 'interval', 'p', ''), effectRows)]),
  ];
}

function modelsLines({ losses, paired, origins, cohorts }: ModelsAnalysis): string[] {
  const rows = cohorts.map(({ cohort, customers, difference, low, high, adjustedP, isDifferent }) => [
    cohort,
    String(customers),
    short(difference),
    `${short(low)} to ${short(high)}`,
    short(adjustedP),
    isDifferent ? 'different' : '',
  ]);
  return [
    ...formatPairs([
      ['mean loss', `champion ${short(losses.champion)}, challenger ${short(losses.challenger)}`],
      ['customers', `${paired.customers}: difference ${short(paired.difference)}, p = ${short(paired.p)}`],
      ['origins', origins ? `${origins.origins}: Diebold–Mariano ${short(origins.statistic)}, p = ${short(origins.p)}` : 'too few to test'],
    ]),
    ...(rows.length === 0 ? [] : ['', ...formatTable(headsOf('cohort', 'customers', 'difference', 'interval', 'p', ''), rows)]),
  ];
}

function headsOf(...heads: readonly string[]) {
  return heads.map((head) => ({ head }));
}

function nameOf(call: CommandCall): string {
  const [action, name] = call.args;
  if (name !== undefined) return name;
  throw new CohortiumError(
    'ARGUMENT_INVALID',
    `experiments ${action} needs the name of an experiment; cohortium experiments list has them`,
  );
}

/** Paths count from where the command was typed. */
function fileOf(call: CommandCall, action: string): string {
  const file = call.args[2];
  if (file === undefined) throw new CohortiumError('ARGUMENT_INVALID', `experiments ${action} needs a CSV file`);
  return resolve(call.host.cwd, file);
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function quoted(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
