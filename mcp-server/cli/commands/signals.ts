/** Signals on their way in: the types, how ingest is doing, and what was refused. */
import type { CommandAnswer, CommandCall, CommandSpec } from '../command-spec.ts';
import { actionOf } from '../group-action.ts';
import { showHealth } from './signals/health.ts';
import { quarantine } from './signals/quarantine.ts';
import { listTypes, showType } from './signals/types.ts';

const actions = {
  list: listTypes,
  show: showType,
  health: showHealth,
  quarantine,
} satisfies Readonly<Record<string, (call: CommandCall, targets: readonly string[]) => Promise<CommandAnswer>>>;

/** What each does, for whoever gives none or mistypes one. */
const says: Readonly<Record<keyof typeof actions, string>> = {
  list: 'the types, with what arrived of each',
  show: 'everything about one type',
  health: 'volume, lag, errors, freshness and drift',
  quarantine: 'what was refused: look at it, resubmit or discard it',
};

export const signals: CommandSpec = {
  name: 'signals',
  actions: says,
  args: [
    ['<action>', Object.keys(says).join(', ')],
    ['[targets...]', 'for show a signal type; for quarantine: counts, show <id>, resubmit [<id>], or discard [<id>...]'],
  ],
  summary: 'signal types, how ingest is doing, and what was refused',
  says: 'list has the 25 types with what arrived of each; show tells all of one. health has volume, lag, errors, freshness and schema drift of each type, and the alerts; it exits with 1 when one is critical. quarantine lists what was refused: show one whole, resubmit a corrected signal in its place or, without an id, all entries that would pass now, or discard entries with a reason, which is kept. Nothing is ever deleted.',
  options: [
    { flags: '--hours <n>', says: 'hours back that health covers (default: 24)' },
    { flags: '--code <code>', says: 'only entries that were refused with this code' },
    { flags: '--source <name>', says: 'only entries of this file or sender' },
    { flags: '--type <type>', says: 'only entries of this signal type' },
    { flags: '--status <status>', says: 'open, accepted or discarded (default: open)' },
    { flags: '--limit <n>', says: 'most entries to list (default: 20)' },
    { flags: '--signal <json>', says: 'the corrected signal: JSON, or @file' },
    { flags: '--reason <text>', says: 'why entries are discarded' },
  ],
  examples: [
    ['cohortium signals health', 'how ingest is doing, and what needs somebody'],
    ['cohortium signals show purchase', 'its properties as planned and as seen'],
    ['cohortium signals quarantine --code SIGNAL_DATE_INVALID', 'what was refused, and why'],
    ['cohortium signals quarantine resubmit q-12 --signal @fixed.json', 'put one right'],
    ['cohortium signals quarantine resubmit', 'take all that pass now, after the registry or a currency was put right'],
    ["cohortium signals quarantine discard --source test.csv --reason 'a test file'", 'close what shall not be taken'],
  ],
  next: 'cohortium ingest, with the file mended; cohortium doctor names open alerts too.',
  async action(call) {
    return actions[actionOf('signals', says, call.args[0])](call, call.list);
  },
};
