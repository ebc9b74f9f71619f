/** What the agent starts by itself: looked at, run in the foreground, started by hand. */
import type { OccurrenceReport, ScheduleSummary } from '../../../agents/customer-data-graph/interface.ts';
import { CohortiumError, errorFields, isCohortiumError } from '../../../skills/sdk/index.ts';
import type { CommandAnswer, CommandCall, CommandSpec } from '../command-spec.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatTable } from '../format-table.ts';
import { actionOf } from '../group-action.ts';
import type { Style } from '../style.ts';

const actions = {
  list,
  due,
  run,
  'run-now': runNow,
  history,
} satisfies Readonly<Record<string, (call: CommandCall) => Promise<CommandAnswer>>>;

/** What each does, for whoever gives none or mistypes one. */
const says: Readonly<Record<keyof typeof actions, string>> = {
  list: 'the schedules, with their next times',
  due: 'what would be started now',
  run: 'start what is due as it becomes due, until Ctrl-C',
  'run-now': 'start one apart from its calendar',
  history: 'what became of each time',
};

export const schedules: CommandSpec = {
  name: 'schedules',
  actions: says,
  args: [
    ['<action>', Object.keys(says).join(', ')],
    ['[schedule]', 'for run-now and history: name of a schedule'],
  ],
  summary: 'run pipelines and commands by the calendar of cohortium.yaml',
  says: 'list has the schedules of cohortium.yaml with their next times, in their own zone and in UTC. run starts what is due as it becomes due, until Ctrl-C, which lets a run under way finish; a second Ctrl-C ends at once, and the next start goes on. Every time happens once, restarts included. `cohortium serve` does the same beside its other work. due has what would be started now; run-now starts one apart from its calendar; history has what became of each time.',
  options: [
    { flags: '--times <n>', says: 'list: how many next times of each (default: 1)' },
    { flags: '--once', says: 'run: end as soon as nothing is due, for cron or a systemd timer' },
    { flags: '--until <date>', says: 'run: end with this day (UTC); a simulated clock runs through the time until then' },
    { flags: '--limit <n>', says: 'history: how many (default: 20)' },
  ],
  examples: [
    ['cohortium schedules list --times 3', 'what comes next'],
    ['cohortium schedules run', 'until Ctrl-C'],
    ['cohortium schedules run --once', 'only what is due, and what was missed'],
    ['cohortium schedules due', 'what that would start'],
    ['cohortium schedules run-now value-weekly', 'one of them, now'],
    ['cohortium schedules history value-weekly', 'what became of it'],
  ],
  next: 'docs/how-to/run-on-a-schedule.md.',
  async action(call) {
    return actions[actionOf('schedules', says, call.args[0])](call);
  },
};

async function list(call: CommandCall): Promise<CommandAnswer> {
  const times = call.wholeNumber('times', 1, 1, 1000);
  const all = await call.withAgent('readonly', (agent) => agent.schedules.list(times));
  if (all.length === 0) return { document: { schedules: all }, lines: ['No schedules in cohortium.yaml.'] };
  const rows = all.flatMap((schedule) => {
    const { id, starts, when, timezone, next, last } = schedule;
    const state = last ? paintState(last.state, call.style) : '–';
    const [first, ...more] = next;
    const none = schedule.isPaused ? 'paused' : 'never again';
    return [
      [id, starts, when, timezone, first?.local ?? none, first ? shortUtc(first.utc) : '–', state],
      ...more.map(({ local, utc }) => ['', '', '', '', local, shortUtc(utc), '']),
    ];
  });
  const heads = ['schedule', 'starts', 'when', 'zone', 'next', 'next in UTC', 'last'].map((head) => ({ head }));
  return { document: { schedules: all }, lines: [...formatTable(heads, rows), ...failureLines(all, call.style)] };
}

async function due(call: CommandCall): Promise<CommandAnswer> {
  const all = await call.withAgent('readonly', (agent) => agent.schedules.due());
  const rows = all.map(({ schedule, due: time, timezone, isOpen }) => [
    schedule,
    time.local,
    timezone,
    shortUtc(time.utc),
    isOpen ? 'has begun' : 'due',
  ]);
  const heads = ['schedule', 'time', 'zone', 'UTC', 'is'].map((head) => ({ head }));
  return { document: { due: all }, lines: rows.length === 0 ? ['Nothing is due.'] : formatTable(heads, rows) };
}

async function run(call: CommandCall): Promise<CommandAnswer> {
  const ended: OccurrenceReport[] = [];
  const untilDay = call.text('until');
  await call.withAgent('write', (agent) =>
    agent.schedules.run({
      signal: call.signal,
      isOnce: call.flag('once'),
      ...(untilDay === undefined ? {} : { untilDay }),
      onOccurrence: (occurrence) => {
        if (occurrence.state !== 'started') ended.push(occurrence);
        if (!call.isJson) call.host.writeOut(`${occurrenceLine(occurrence, call.style)}\n`);
      },
      onTrouble: (error) => call.note(troubleLine(error)),
    }),
  );
  const hasFailed = ended.some(({ state }) => state === 'failed');
  const counts = ['completed', 'failed', 'retrying', 'cancelled', 'skipped'].flatMap((state) => {
    const count = ended.filter((one) => one.state === state).length;
    return count > 0 ? [`${count} ${state}`] : [];
  });
  return {
    document: { occurrences: ended },
    lines: [counts.join(', ') || 'Nothing was due.'],
    exitCode: hasFailed ? exitCodes.negative : exitCodes.ok,
  };
}

async function runNow(call: CommandCall): Promise<CommandAnswer> {
  const id = call.args[1];
  if (id === undefined)
    throw new CohortiumError('ARGUMENT_INVALID', 'run-now needs the name of a schedule; cohortium schedules list has them');
  const occurrence = await call.withAgent('write', (agent) => agent.schedules.runNow(id));
  const hasFailed = occurrence.state === 'failed' || occurrence.state === 'retrying';
  return {
    document: occurrence,
    lines: [
      occurrenceLine(occurrence, call.style),
      ...(occurrence.runId === null ? [] : ['', `Next: ${call.hint(`runs ${occurrence.runId}`)}`]),
    ],
    exitCode: hasFailed ? exitCodes.negative : exitCodes.ok,
  };
}

async function history(call: CommandCall): Promise<CommandAnswer> {
  const limit = call.wholeNumber('limit', 20, 1, 100_000);
  const all = await call.withAgent('readonly', (agent) => agent.schedules.history(call.args[1], limit));
  const rows = all.map(({ schedule, trigger, due: time, timezone, state, attempts, runId, error }) => [
    schedule,
    time.local,
    timezone,
    shortUtc(time.utc),
    trigger === 'manual' ? `${paintState(state, call.style)} (by hand)` : paintState(state, call.style),
    String(attempts),
    runId ?? '–',
    error?.code ?? '',
  ]);
  const heads = ['schedule', 'time', 'zone', 'UTC', 'state', 'attempts', 'run', 'error'].map((head) => ({ head }));
  return { document: { occurrences: all }, lines: rows.length === 0 ? ['Nothing has been due yet.'] : formatTable(heads, rows) };
}

/** What happened to an occurrence, in one line: `Mon 2026-01-05 06:00 Europe/Berlin  value-weekly  completed  run-…`. */
export function occurrenceLine(
  { schedule, due: time, timezone, state, attempts, runId, next, error }: OccurrenceReport,
  style: Style,
): string {
  const again = next ? `; again ${next.local}` : '';
  return [
    `${time.local} ${timezone}`,
    schedule,
    `${paintState(state, style)}${attempts > 1 ? ` (attempt ${attempts})` : ''}`,
    ...(runId === null ? [] : [runId]),
    ...(error ? [`${error.code}: ${error.message}${again}`] : []),
  ].join('  ');
}

/** Why schedules stand still. */
export function troubleLine(error: Error): string {
  const { code, frames } = errorFields(error);
  return `schedules: ${isCohortiumError(error) ? error.message : `${code} in ${frames}`}; trying again in a minute`;
}

/** Why the last occurrence of a schedule failed, below the table: a message is too long for a column. */
function failureLines(all: readonly ScheduleSummary[], style: Style): string[] {
  return all.flatMap(({ id, last }) =>
    last?.error ? ['', `${style.bad(`${id} ${last.state}`)}: ${last.error.code}: ${last.error.message}`] : [],
  );
}

function paintState(state: OccurrenceReport['state'], style: Style): string {
  if (state === 'completed') return style.good(state);
  return state === 'failed' ? style.bad(state) : style.warn(state);
}

/** `2026-01-05 05:00`: schedules are no finer than minutes. */
function shortUtc(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ');
}
