/** How long what is kept, by two clocks, and why one record is: a dry run that removes nothing. */
import type { KeptRecordAnswer, RetentionPlan } from '../../../../agents/customer-data-graph/interface.ts';
import { formatCount } from '../../../../agents/customer-data-graph/report/format-number.ts';
import type { CommandCall } from '../../command-spec.ts';
import { formatTable, printable } from '../../format-table.ts';
import type { GateAction } from './gate-action.ts';
import { wrapped } from './gate-lines.ts';

export const retention: GateAction = {
  says: 'plans, without removing anything, what has to be kept, may go, has to go, or is for counsel, by the longest minimum and the shortest maximum of the law.',
  options: [
    { flags: '--why <id>', says: 'why a customer, or one record such as ledger:4, is kept: every rule, its clock and the day it ends' },
    { flags: '--as-of <date>', says: 'the day that counts as today (default: today)' },
  ],
  examples: [
    ['cohortium gate retention', 'the plan, with the rules that decide'],
    ['cohortium gate retention --why c-000042', 'why is this customer kept?'],
    ['cohortium gate retention --as-of 2028-03-01', 'the plan as of another day'],
  ],
  async perform(call) {
    const why = call.text('why');
    const today = call.text('asOf');
    if (why === undefined) {
      const plan = await call.withAgent('readonly', (agent) => agent.gate.planRetention(today));
      return { document: plan, lines: planLines(plan, call) };
    }
    const answer = await call.withAgent('readonly', (agent) => agent.gate.whyKept(why, today));
    return {
      document: answer,
      lines: [...answer.records.flatMap((record) => recordLines(record, answer.today, call)), 'Not legal advice.'],
    };
  },
};

function planLines({ today, asOf, groups, rules }: RetentionPlan, call: CommandCall): string[] {
  if (groups.length === 0) return ['Nothing is kept yet.'];
  const days = (range: readonly [string, string] | null): string =>
    range === null ? '' : range[0] === range[1] ? range[0] : `${range[0]} to ${range[1]}`;
  const due = groups.reduce((sum, { shredDue }) => sum + shredDue, 0);
  const [asked] = groups.filter(({ outcome }) => outcome === 'counsel' || outcome === 'shred');
  return [
    ...formatTable(
      [
        { head: 'class' },
        { head: 'plan' },
        { head: 'records', align: 'right' },
        { head: 'kept through' },
        { head: 'at most through' },
        { head: 'decided by' },
      ],
      groups.map(({ class: kind, outcome, records, skeletonThrough, bodyThrough, decidedBy, unknown, holds }) => [
        kind,
        outcome,
        formatCount(records),
        days(skeletonThrough),
        days(bodyThrough),
        [...(holds > 0 ? ['a hold'] : []), ...decidedBy, ...(unknown.length > 0 ? [`unknown: ${unknown.join(', ')}`] : [])].join(', '),
      ]),
    ),
    '',
    `As of ${today}, by ${rules} rules${asOf === null ? '' : `; customers as of ${asOf}`}. A dry run: nothing is removed. Not legal advice.`,
    ...(due > 0 ? [`The key to the person has to go now for ${formatCount(due)} record(s).`] : []),
    `Next: ${call.hint(`gate retention --why ${(asked ?? groups[0])?.example ?? ''}`)}`,
  ];
}

function recordLines(record: KeptRecordAnswer, today: string, call: CommandCall): string[] {
  const { style } = call;
  return [
    `${style.bold(printable(record.id))}  ${record.class}: ${style.bold(record.outcome)}${record.isShredDue ? ', the key to the person has to go' : ''} on ${today}`,
    ...record.because.flatMap((reason) => wrapped(reason, call)),
    ...record.clocks.flatMap(({ rule, kind, citation, state, note, verify, isDeciding }) => [
      `  ${isDeciding ? '*' : '-'} ${rule} (${kind}): ${state}`,
      ...wrapped(`${citation}${note === null ? '' : `. ${note}`}${verify === null ? '' : `. Verify: ${verify}`}`, call, 8),
    ]),
    '',
  ];
}
