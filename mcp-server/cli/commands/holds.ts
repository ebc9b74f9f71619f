/** Legal and other holds: set, released, listed. */
import type { HoldStanding } from '../../../agents/customer-data-graph/erasure/erasure-interface.ts';
import { CohortiumError } from '../../../skills/sdk/index.ts';
import type { CommandCall, CommandSpec } from '../command-spec.ts';
import { formatTable, printable } from '../format-table.ts';
import { actionOf } from '../group-action.ts';

/** What each does, for whoever gives none or mistypes one. */
const says: Readonly<Record<'set' | 'release' | 'list', string>> = {
  set: 'hold what a case needs',
  release: 'let go of what it held',
  list: 'what is held, for which matter, and by whom',
};

export const holds: CommandSpec = {
  name: 'holds',
  actions: says,
  args: [
    ['<action>', Object.keys(says).join(', ')],
    ['[id]', 'for set and release: a kebab-case name such as case-7'],
  ],
  summary: 'keep what a case needs from being erased or purged',
  says: 'A hold is a file in registries/holds and a record in the ledger, with who set it and for which matter. It goes before every erasure and every end of a time. Keys of the customers whom it names are marked in the vault, which refuses to destroy them. A file that was removed without a release holds on; one that was written by hand holds without a record.',
  options: [
    { flags: '--matter <number>', says: 'set: the case it is for' },
    { flags: '--reason <text>', says: 'set: what it keeps and why; release: why it has ended' },
    { flags: '--by <person>', says: 'who sets or releases it' },
    { flags: '--customers <ids>', says: 'set: customers, with commas' },
    { flags: '--records <classes>', says: 'set: classes of records such as value,decision' },
    { flags: '--paths <paths>', says: 'set: files or folders, with commas' },
    { flags: '--models <ids>', says: 'set: models, with commas' },
    { flags: '--everything', says: 'set: nothing is erased or purged at all' },
    { flags: '--until <day>', says: 'set: last day; until it is released when absent' },
  ],
  examples: [
    ['cohortium holds set case-7 --matter 2026-K-7 --reason "A claim" --by ada --customers c0077', 'keep a customer'],
    ['cohortium holds list', 'what is held, and by whom'],
    ['cohortium holds release case-7 --by ada --reason "Settled"', 'let it go'],
  ],
  next: 'cohortium retention says what is kept and why.',
  async action(call) {
    const [given, id] = call.args;
    const action = actionOf('holds', says, given);
    if (action === 'list') {
      const all = await call.withAgent('readonly', (agent) => agent.erasure.holds.list());
      const rows = all.map((hold) => [
        hold.id,
        printable(hold.matter ?? ''),
        printable(hold.by),
        hold.since,
        hold.isEnded ? 'ended' : (hold.until ?? 'until released'),
        String(hold.keys),
        hold.record === null ? 'not on record' : String(hold.record),
        printable(hold.reason),
      ]);
      const heads = ['hold', 'matter', 'by', 'since', 'until', 'keys', 'record', 'reason'].map((head) => ({ head }));
      return { document: { holds: all }, lines: rows.length === 0 ? ['Nothing is held.'] : formatTable(heads, rows) };
    }
    if (id === undefined) throw new CohortiumError('ARGUMENT_INVALID', `holds ${action} needs the name of a hold, such as case-7`);
    if (action === 'release') {
      const [by, why] = [call.requiredText('by'), call.requiredText('reason')];
      const released = await call.withAgent('write', (agent) => agent.erasure.holds.release(id, by, why));
      return {
        document: released,
        lines: [`${released.id} is released; ${released.keys} keys are free unless another hold keeps them.`, ...mirrorLines(released)],
      };
    }
    const until = call.text('until');
    const set = {
      id,
      matter: call.requiredText('matter'),
      reason: call.requiredText('reason'),
      by: call.requiredText('by'),
      customers: listOf(call, 'customers'),
      records: listOf(call, 'records'),
      paths: listOf(call, 'paths'),
      models: listOf(call, 'models'),
      everything: call.flag('everything'),
      ...(until === undefined ? {} : { until }),
    };
    const hold = await call.withAgent('write', (agent) => agent.erasure.holds.set(set));
    return {
      document: hold,
      lines: [
        `${hold.id} holds from ${hold.since}${hold.until === null ? '' : ` through ${hold.until}`}: record ${hold.record}, ${hold.keys} keys marked.`,
        ...mirrorLines(hold),
      ],
    };
  },
};

function mirrorLines({ mirror }: HoldStanding): readonly string[] {
  return mirror === null ? [] : [`Locked objects: ${mirror}.`];
}

function listOf(call: CommandCall, name: string): readonly string[] {
  return (call.text(name) ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
}
