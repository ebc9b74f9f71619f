/** Assigns touched customers by the models that are there, and says who moved and what waits for a computation. */
import type { CohortUpdate } from '../../../../agents/customer-data-graph/interface.ts';
import { formatCount } from '../../../../agents/customer-data-graph/report/format-number.ts';
import type { CommandAnswer, CommandCall } from '../../command-spec.ts';
import { formatTable } from '../../format-table.ts';
import { runAnswer } from '../run-commands.ts';
import { listed } from './listed.ts';

export async function update(call: CommandCall): Promise<CommandAnswer> {
  const asOf = call.requiredText('asOf');
  const [definitions, windows] = [listed(call, 'definition'), listed(call, 'window')];
  const pipeline = call.text('pipeline');
  const { report, update: done } = await call.withAgent('write', (agent) =>
    agent.updateCohorts(
      { asOf, ...(definitions && { definitions }), ...(windows && { windows }), ...(pipeline !== undefined && { pipeline }) },
      { signal: call.signal, onProgress: call.onProgress },
    ),
  );
  if (!done) return runAnswer(report, call);
  return { document: { ...report, update: done }, lines: lines(done, call) };
}

function lines(
  { touched, customers, windows, waiting, membershipVersion, joined, moved, left }: CohortUpdate,
  call: CommandCall,
): string[] {
  if (membershipVersion === null) return ['nobody was touched since the last runs; memberships stay as they are'];
  return [
    `${count(customers, 'customer')} (${formatCount(touched)} ${touched === 1 ? 'identity' : 'identities'} touched) assigned in ${count(windows, 'window')}; nothing was fitted`,
    `Memberships version ${membershipVersion}: ${formatCount(joined)} joined, ${formatCount(moved)} moved, ${formatCount(left)} left.`,
    ...(waiting.length === 0
      ? []
      : [
          '',
          'These wait for the next computation:',
          ...formatTable(
            [{ head: 'definition' }, { head: 'window' }, { head: 'because' }],
            waiting.map(({ definition, window, why }) => [definition, window, why]),
          ),
        ]),
    '',
    `Next: ${call.hint('cohorts customer <id>')}`,
  ];
}

function count(value: number, one: string): string {
  return `${formatCount(value)} ${value === 1 ? one : `${one}s`}`;
}
