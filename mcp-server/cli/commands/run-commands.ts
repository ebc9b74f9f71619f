/** Starts runs, looks at them, answers steps that wait, cancels. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

import type { RunReport, StepStatus } from '../../../agents/customer-data-graph/interface.ts';
import { formatCount, formatFixed, shortDigest } from '../../../agents/customer-data-graph/report/format-number.ts';
import { CohortiumError } from '../../../skills/sdk/index.ts';
import type { CommandAnswer, CommandCall, CommandSpec } from '../command-spec.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { formatTable } from '../format-table.ts';
import type { Style } from '../style.ts';

export const run: CommandSpec = {
  name: 'run',
  args: [['<pipeline>', 'pipeline file']],
  summary: 'run a pipeline as of a date',
  says: 'Runs every step, records every result, and sends only what the gate passed. A run that was killed is finished first by the next run. The same data, pipeline and date give the same values, bit for bit. Ctrl-C cancels.',
  options: [{ flags: '--as-of <date>', says: 'last day that counts, YYYY-MM-DD; needed' }],
  examples: [
    ['cohortium run pipelines/clv.yaml --as-of 2026-01-31', 'value as of that day'],
    ['cohortium run pipelines/clv.yaml --as-of 2026-01-31 --json', 'for a script'],
  ],
  next: 'cohortium score <customer>, cohortium runs, cohortium verify.',
  async action(call) {
    const asOf = call.requiredText('asOf');
    if (!/^\d{4}-\d{2}-\d{2}$/.test(asOf)) {
      throw new CohortiumError('ARGUMENT_INVALID', `--as-of is '${asOf}'; expected an ISO date such as 2026-01-31`);
    }
    const report = await call.withAgent('write', (agent) =>
      agent.run({ pipeline: pipelinePath(call, call.args[0] ?? ''), asOf }, { signal: call.signal, onProgress: call.onProgress }),
    );
    return runAnswer(report, call);
  },
};

export const runs: CommandSpec = {
  name: 'runs',
  args: [['[run]', 'run id']],
  summary: 'list runs, look at one, approve a waiting step, cancel',
  says: 'Without an id lists all runs, the newest last; with one shows its steps. A step with `approval:` waits until a person answers it here.',
  options: [
    { flags: '--approve <step>', says: 'let a waiting step go on; needs --by' },
    { flags: '--reject <step>', says: 'stop a waiting step; needs --by' },
    { flags: '--by <name>', says: 'who decides; goes into the record' },
    { flags: '--cancel', says: 'cancel the run' },
  ],
  examples: [
    ['cohortium runs', 'all runs'],
    ['cohortium runs <id>', 'steps, attempts and errors of one'],
    ['cohortium runs <id> --approve emit --by "Ada Lovelace"', 'let a step go on'],
    ['cohortium runs <id> --cancel', 'stop it'],
  ],
  next: 'cohortium replay <id> shows that a run can be reproduced.',
  async action(call) {
    const [id] = call.args;
    const approve = call.text('approve');
    const reject = call.text('reject');
    if (id === undefined) {
      if (approve !== undefined || reject !== undefined || call.flag('cancel')) {
        throw new CohortiumError('ARGUMENT_INVALID', 'a run id is needed; cohortium runs lists them');
      }
      const all = await call.withAgent('readonly', (agent) => agent.runs());
      return { document: { runs: all }, lines: runListLines(all, call) };
    }
    if ([approve !== undefined, reject !== undefined, call.flag('cancel')].filter(Boolean).length > 1) {
      throw new CohortiumError('ARGUMENT_INVALID', 'only one of --approve, --reject and --cancel can be given');
    }
    if (call.flag('cancel')) {
      const report = await call.withAgent('write', (agent) => agent.cancelRun(id));
      return { ...runAnswer(report, call), exitCode: report.status === 'cancelled' ? 0 : 1 };
    }
    const step = approve ?? reject;
    if (step !== undefined) {
      const by = call.requiredText('by');
      return runAnswer(await call.withAgent('write', (agent) => agent.approveStep(id, step, approve !== undefined, by)), call);
    }
    const report = await call.withAgent('readonly', (agent) => agent.runStatus(id));
    return { ...runAnswer(report, call), exitCode: 0 };
  },
};

/** Days without any signal before the as-of day that are taken for a slip in the date. */
const quietDays = 31;

/** Relative to here when there is such a file, else to the operator directory. */
export function pipelinePath(call: CommandCall, given: string): string {
  const here = resolve(call.host.cwd, given);
  return existsSync(here) ? here : given;
}

const exitOfStatus: Record<RunReport['status'], ExitCode> = {
  completed: exitCodes.ok,
  running: exitCodes.ok,
  waiting: exitCodes.ok,
  failed: exitCodes.negative,
  cancelled: exitCodes.interrupted,
};

/** How a run went, for people and scripts. */
export function runAnswer(report: RunReport, call: CommandCall): CommandAnswer {
  return { document: report, lines: runLines(report, call), exitCode: exitOfStatus[report.status] };
}

function runLines(report: RunReport, call: CommandCall): string[] {
  const { style } = call;
  return [
    `${style.bold(report.runId)}  ${paintStatus(report.status, style)}  as of ${report.asOf}  ${style.dim(shortDigest(report.digest))}`,
    '',
    ...formatTable(
      [{ head: 'step' }, { head: 'skill' }, { head: 'status' }, { head: 'attempts', align: 'right' }, { head: 'result' }],
      report.steps.map((step) => [step.id, step.skill, step.status, String(step.attempts), stepResult(step)]),
    ),
    ...datesNote(report),
    ...failuresOf(report).flatMap(({ code, message }) => ['', `${style.bad(`error ${code}`)}: ${message}`]),
    '',
    ...nextAfter(report, call).map((line, at) => `${at === 0 ? 'Next:' : '     '} ${line}`),
  ];
}

/** Says when the as-of day lies outside the signals: a slip in the date is seen in no number of the table. */
function datesNote({ asOf, steps }: RunReport): string[] {
  const first = textIn(steps, 'firstDate');
  const last = textIn(steps, 'lastDate');
  if (first === '' || last === '') return [];
  const isOutside = asOf < first || Date.parse(asOf) - Date.parse(last) > quietDays * 86_400_000;
  return isOutside ? ['', `note: the signals are from ${first} to ${last}; as of ${asOf} is outside of them`] : [];
}

function textIn(steps: readonly StepStatus[], name: string): string {
  const found = steps.map(({ output }) => output?.[name]).find((value) => typeof value === 'string');
  return typeof found === 'string' ? found : '';
}

/** Why steps failed, each reason once and below the table: a message is too long for a column. */
function failuresOf({ error, steps }: RunReport): readonly { readonly code: string; readonly message: string }[] {
  const all = [...steps.flatMap((step) => (step.error ? [step.error] : [])), ...(error ? [error] : [])];
  return all.filter(({ message }, at) => all.findIndex((one) => one.message === message) === at);
}

function nextAfter({ status, runId, steps, pipeline, asOf }: RunReport, call: CommandCall): string[] {
  const waiting = steps.find((step) => step.status === 'waiting-approval');
  if (waiting) return [call.hint(`runs ${runId} --approve ${waiting.id} --by <name>`)];
  if (status === 'failed') return ['fix the cause and run it again'];
  if (status === 'cancelled') return ['run it again'];
  if (status === 'running')
    return [`${call.hint(`run ${pipeline} --as-of ${asOf}`)}  # finishes this one first, unless a process is at it`];
  const undecided = total(steps, 'counsel');
  const undelivered = total(steps, 'pending') + total(steps, 'dead');
  const reviews = `${call.hint('gate reviews')}  # ${formatCount(undecided)} decisions wait for facts that nobody stated, or for a person`;
  const score = call.hint('score <customer>');
  // Where nothing passed, a value is not shown either.
  const first = total(steps, 'pass') > 0 ? [score, reviews] : [reviews, score];
  return [
    ...(undecided > 0 ? first : [score]),
    ...(undelivered > 0 ? [`${call.hint('outbox')}  # ${formatCount(undelivered)} messages are not delivered`] : []),
  ];
}

/** The sum of one named number over the outputs of all steps; 0 when none has it. */
function total(steps: readonly StepStatus[], name: string): number {
  return steps.flatMap(({ output }) => numbersIn(output ?? {}, 1)).reduce((sum, [field, value]) => (field === name ? sum + value : sum), 0);
}

/** Small numbers of a step's output, or the code of its error: enough to see that it did something. */
function stepResult({ error, output, reason }: StepStatus): string {
  if (error) return error.code;
  if (reason !== undefined) return reason;
  return numbersIn(output ?? {}, 1)
    .slice(0, 4)
    .map(([name, value]) => `${name} ${shortNumber(value)}`)
    .join(', ');
}

/** Named numbers of an output and of the plain objects in it, without the references to stored tables. */
function numbersIn(values: object, depth: number): [string, number][] {
  return Object.entries(values).flatMap(([name, value]: [string, unknown]): [string, number][] => {
    if (typeof value === 'number') return [[name, value]];
    if (depth === 0 || typeof value !== 'object' || value === null || Array.isArray(value) || 'digest' in value) return [];
    return numbersIn(value, depth - 1);
  });
}

function shortNumber(value: number): string {
  return Number.isInteger(value) ? formatCount(value) : formatFixed(value, 4);
}

function runListLines(all: readonly RunReport[], call: CommandCall): string[] {
  if (all.length === 0) return ['No runs yet.', '', `Next: ${call.hint('run pipelines/clv.yaml --as-of <date>')}`];
  return formatTable(
    [{ head: 'run' }, { head: 'pipeline' }, { head: 'as of' }, { head: 'status' }, { head: 'digest' }],
    all.map((report) => [report.runId, report.pipeline, report.asOf, report.status, shortDigest(report.digest)]),
  );
}

function paintStatus(status: RunReport['status'], style: Style): string {
  if (status === 'completed') return style.good(status);
  return status === 'failed' ? style.bad(status) : style.warn(status);
}
