/** How often cohorts are recalibrated: looked at, chosen by hand, learnt, and followed. */
import { recalibrateDue } from '../../../agents/customer-data-graph/cadence/recalibrate-due.ts';
import type { CadenceEntry } from '../../../agents/customer-data-graph/interface.ts';
import { CohortiumError } from '../../../skills/sdk/index.ts';
import type { CommandAnswer, CommandCall, CommandSpec } from '../command-spec.ts';
import { formatTable } from '../format-table.ts';
import { actionOf } from '../group-action.ts';

const actions = { list, history, set, learn, run } satisfies Readonly<Record<string, (call: CommandCall) => Promise<CommandAnswer>>>;

/** What each does, for whoever gives none or mistypes one. */
const says: Readonly<Record<keyof typeof actions, string>> = {
  list: 'every cohort with its cadence, its last error and when it is due',
  history: 'what changed the cadence of a cohort, and why',
  set: 'choose the cadence of a cohort by hand',
  learn: 'compare what was predicted with what came',
  run: 'learn, then run the pipeline if a cohort is due',
};

export const cadence: CommandSpec = {
  name: 'cadence',
  actions: says,
  args: [
    ['<action>', Object.keys(says).join(', ')],
    ['[cohort]', 'for history and set: a home location'],
    ['[cadence]', 'for set: daily, weekly or monthly'],
  ],
  summary: 'how often each cohort is recalibrated, and why',
  says: 'learn compares what earlier runs predicted with what came, once the window is over, writes both down per cohort, and makes the cadence shorter or longer inside the bounds of cohortium.yaml. run does that and then runs the pipeline if some cohort is due; a schedule does the same with `command: cadence`. set is a choice by hand that the rule goes on from. Every change stays in the history with its reason.',
  options: [
    { flags: '--as-of <date>', says: 'learn, run: the last day that counts' },
    { flags: '--pipeline <name>', says: 'run: a pipeline with a cohort and a recalibrate step (default: clv)' },
    { flags: '--by <name>', says: 'set: who chooses; needed' },
    { flags: '--note <text>', says: 'set: why; needed' },
    { flags: '--limit <n>', says: 'history: how many (default: 20)' },
  ],
  examples: [
    ['cohortium cadence list', 'what is in force, and what is due when'],
    ['cohortium cadence run --as-of 2026-01-31', 'learn, and recalibrate if some cohort is due'],
    ['cohortium cadence history Berlin', 'every error and what followed'],
    ['cohortium cadence set Berlin daily --by ada --note "New shop next door."', 'by hand'],
  ],
  next: 'docs/concepts/calibration/cadence.md.',
  async action(call) {
    return actions[actionOf('cadence', says, call.args[0])](call);
  },
};

async function list(call: CommandCall): Promise<CommandAnswer> {
  const all = await call.withAgent('readonly', (agent) => agent.cadence.list());
  const heads = ['cohort', 'cadence', 'last error', 'windows', 'last run', 'due'].map((head) => ({ head }));
  const rows = all.map(({ cohort, cadence: every, error, windows, lastRun, due }) => [
    cohort,
    every,
    error === null ? '–' : percent(error),
    String(windows),
    lastRun ?? '–',
    due ?? 'now',
  ]);
  return { document: { cohorts: all }, lines: rows.length === 0 ? ['No run has recalibrated anything yet.'] : formatTable(heads, rows) };
}

async function history(call: CommandCall): Promise<CommandAnswer> {
  const limit = call.wholeNumber('limit', 20, 1, 100_000);
  const all = await call.withAgent('readonly', (agent) => agent.cadence.history(call.args[1], limit));
  return { document: { entries: all }, lines: all.length === 0 ? ['No window has matured yet.'] : entryTable(all) };
}

async function set(call: CommandCall): Promise<CommandAnswer> {
  const [, cohort, every] = call.args;
  if (cohort === undefined || every === undefined)
    throw new CohortiumError(
      'ARGUMENT_INVALID',
      'cadence set needs a cohort and a cadence: cadence set Berlin daily --by <name> --note <text>',
    );
  const [by, note] = [call.requiredText('by'), call.requiredText('note')];
  const choice = await call.withAgent('write', (agent) => agent.cadence.set(cohort, every, by, note));
  return { document: choice, lines: [`${cohort}: ${choice.before} → ${choice.cadence}`] };
}

async function learn(call: CommandCall): Promise<CommandAnswer> {
  const report = await call.withAgent('write', (agent) => agent.cadence.learn(call.requiredText('asOf')));
  return { document: report, lines: report.entries.length === 0 ? ['No further window has matured.'] : entryTable(report.entries) };
}

async function run(call: CommandCall): Promise<CommandAnswer> {
  const pipeline = call.text('pipeline') ?? 'clv';
  const report = await call.withAgent('write', (agent) =>
    recalibrateDue(agent, { pipeline, asOf: call.requiredText('asOf') }, { signal: call.signal, onProgress: call.onProgress }),
  );
  const { learnt, due, run: made } = report;
  return {
    document: report,
    lines: [
      ...(learnt.entries.length === 0 ? [] : [...entryTable(learnt.entries), '']),
      due === null ? 'Nothing was ever run.' : due.length === 0 ? 'No cohort is due.' : `Due: ${due.join(', ')}.`,
      ...(made ? [`${made.runId} ${made.status}${made.error ? `: ${made.error.code}: ${made.error.message}` : ''}`] : []),
    ],
    exitCode: made && made.status !== 'completed' && made.status !== 'waiting' ? 1 : 0,
  };
}

function entryTable(entries: readonly CadenceEntry[]): string[] {
  const heads = ['cohort', 'window', 'customers', 'error', 'cadence', 'because'].map((head) => ({ head }));
  return formatTable(
    heads,
    entries.map((entry) => {
      const change = entry.before === entry.cadence ? entry.cadence : `${entry.before} → ${entry.cadence}`;
      if (entry.kind === 'set') return [entry.cohort, entry.at.slice(0, 10), '–', '–', change, `${entry.by}: ${entry.reason}`];
      return [entry.cohort, `${entry.asOf} to ${entry.until}`, String(entry.customers), percent(entry.error), change, entry.reason];
    }),
  );
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}
