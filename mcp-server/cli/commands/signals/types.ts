/** The signal types: all of them in a table, or one with its properties. */
import type { SignalTypeDetail } from '../../../../agents/customer-data-graph/interface.ts';
import { formatCount } from '../../../../agents/customer-data-graph/report/format-number.ts';
import { CohortiumError } from '../../../../skills/sdk/index.ts';
import type { CommandAnswer, CommandCall } from '../../command-spec.ts';
import { formatPairs, formatTable } from '../../format-table.ts';

/** `cohortium signals list` */
export async function listTypes(call: CommandCall): Promise<CommandAnswer> {
  const types = await call.withAgent('readonly', (agent) => agent.signalTypes());
  return {
    document: { types },
    lines: [
      ...formatTable(
        [{ head: 'type' }, { head: 'signals', align: 'right' }, { head: 'newest' }, { head: 'says' }],
        types.map(({ type, signals, newest, says }) => [type, formatCount(signals), newest ?? '', says]),
      ),
      '',
      `Next: ${call.hint('signals show purchase')}`,
    ],
  };
}

/** `cohortium signals show <type>` */
export async function showType(call: CommandCall, [type, ...more]: readonly string[]): Promise<CommandAnswer> {
  if (type === undefined || more.length > 0) {
    throw new CohortiumError('ARGUMENT_INVALID', 'one signal type is needed: cohortium signals show purchase');
  }
  const detail = await call.withAgent('readonly', (agent) => agent.signalType(type));
  return { document: detail, lines: typeLines(detail) };
}

function typeLines(detail: SignalTypeDetail): string[] {
  const { type, title, says, purpose, retentionDays, freshnessHours, signals, newest, names, properties } = detail;
  return [
    ...formatPairs([
      ['type', `${type} (${title})`],
      ['says', says],
      ['purpose', purpose],
      ['kept', `${formatCount(retentionDays)} days`],
      ['fresh', `within ${formatCount(freshnessHours)} hours`],
      ['signals', formatCount(signals)],
      ['newest', newest ?? 'none'],
      ['arrives as', names.join(', ') || 'itself only'],
    ]),
    '',
    ...formatTable(
      [{ head: 'property' }, { head: 'planned' }, { head: 'seen' }],
      properties.map(({ name, planned, required, seen }) => [
        name,
        planned === null ? 'not planned' : `${planned}${required ? ', needed' : ''}`,
        Object.entries(seen)
          .map(([kind, count]) => `${kind} ${formatCount(count)}`)
          .join(', '),
      ]),
    ),
  ];
}
