/** How deliveries stand, and another attempt for what was given up. */
import type { DeliveryStatus } from '../../../agents/customer-data-graph/interface.ts';
import { formatCount } from '../../../agents/customer-data-graph/report/format-number.ts';
import type { CommandCall, CommandSpec } from '../command-spec.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatTable } from '../format-table.ts';

export const outbox: CommandSpec = {
  name: 'outbox',
  args: [['[messages...]', 'ids of dead letters']],
  summary: 'how deliveries to subscribers stand; try dead letters again',
  says: 'A message is kept until its subscriber acknowledged it. After the last attempt of the schedule, or when the subscriber refused it for good, it becomes a dead letter: it is kept with the reason and can be tried again.',
  options: [{ flags: '--retry', says: 'try the dead letters given again; without any, everything that is not acknowledged' }],
  examples: [
    ['cohortium outbox', 'counts, and what was given up'],
    ['cohortium outbox --retry', 'after the subscriber was mended'],
  ],
  next: 'cohortium doctor, when a subscriber refuses everything.',
  async action(call) {
    const messages = call.args.filter((id) => id !== undefined);
    const isRetry = call.flag('retry');
    const status = isRetry
      ? await call.withAgent('write', (agent) => agent.redeliver(messages, { signal: call.signal }))
      : await call.withAgent('readonly', (agent) => agent.deliveries());
    return { document: status, lines: statusLines(status, call), exitCode: status.dead > 0 ? exitCodes.negative : exitCodes.ok };
  },
};

function statusLines({ acknowledged, withheld, pending, dead, deadLetters }: DeliveryStatus, call: CommandCall): string[] {
  const next = ['', `Next: ${call.hint('outbox --retry')}`];
  const counts = `${formatCount(acknowledged)} acknowledged, ${formatCount(pending)} pending, ${formatCount(dead)} dead${withheld > 0 ? `, ${formatCount(withheld)} withheld` : ''}`;
  if (deadLetters.length === 0) return [counts, ...(pending > 0 ? next : [])];
  return [
    counts,
    '',
    ...formatTable(
      [{ head: 'message' }, { head: 'subscriber' }, { head: 'attempts', align: 'right' }, { head: 'code' }, { head: 'reason' }],
      deadLetters.map((letter) => [letter.messageId, letter.subscriber, formatCount(letter.attempts), letter.code, letter.reason]),
    ),
    ...next,
  ];
}
