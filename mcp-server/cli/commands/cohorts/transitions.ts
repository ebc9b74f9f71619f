/** Who went from which cohort of a definition to which, between two days; as a table, or as a picture under `--out`. */
import type { TransitionsAnswer } from '../../../../agents/customer-data-graph/interface.ts';
import { transitionMatrix, transitionSankey } from '../../../../agents/customer-data-graph/report/cohorts/index.ts';
import { formatCompact, formatCount } from '../../../../agents/customer-data-graph/report/format-number.ts';
import { CohortiumError } from '../../../../skills/sdk/index.ts';
import type { CommandAnswer, CommandCall } from '../../command-spec.ts';
import { formatTable } from '../../format-table.ts';
import { writeOut } from '../clv/write-out.ts';

/** Columns of the table; a picture holds more. */
const mostColumns = 9;

export async function transitions(call: CommandCall, [definition]: readonly string[]): Promise<CommandAnswer> {
  if (definition === undefined) {
    throw new CohortiumError(
      'ARGUMENT_INVALID',
      'a cohort definition or an axis is needed, such as: cohorts transitions location --from 2025-12-31 --to 2026-01-31',
    );
  }
  const [window, knownAt] = [call.text('window'), call.text('knownAt')];
  const request = {
    definition,
    from: call.requiredText('from'),
    to: call.requiredText('to'),
    ...(window === undefined ? {} : { window }),
    ...(knownAt === undefined ? {} : { knownAt }),
  };
  const answer = await call.withAgent('readonly', (agent) => agent.transitions(request));
  const out = call.text('out');
  if (out !== undefined) writeOut(call, out, call.flag('sankey') ? transitionSankey(answer) : transitionMatrix(answer));
  const next = `cohorts transitions ${definition}${window === undefined ? '' : ` --window ${window}`} --from ${request.from} --to ${request.to} --out ${definition}.svg`;
  return {
    document: { ...answer, ...(out === undefined ? {} : { file: out }) },
    lines: [...lines(answer), '', out === undefined ? `Next: ${call.hint(next)}` : `picture: ${out}`],
  };
}

function lines({ title, window, from, to, version, cohorts, counts, stayed, moved, entered, left }: TransitionsAnswer): string[] {
  // Without comings and goings the row and the column of those in no cohort say nothing.
  const shown = cohorts.filter(({ cohort }) => cohort !== '' || entered + left > 0).slice(0, mostColumns);
  const label = (at: number): string => (cohorts[at]?.cohort === '' ? '–' : String(at + 1));
  return [
    `${title} (${window}), ${from} to ${to}, as known at version ${version}`,
    `${formatCount(stayed)} stayed, ${formatCount(moved)} moved, ${formatCount(entered)} entered, ${formatCount(left)} left`,
    '',
    ...formatTable(
      [
        { head: '' },
        { head: 'before' },
        ...shown.map((_, at) => ({ head: `→ ${label(at)}`, align: 'right' as const })),
        { head: 'all', align: 'right' },
      ],
      shown.map(({ name, before, cohort }, row) => [
        label(row),
        name,
        ...shown.map((_, column) => formatCompact(counts[row]?.[column] ?? 0)),
        cohort === '' ? '' : formatCompact(before),
      ]),
    ),
    ...(cohorts.length > mostColumns ? [`and ${cohorts.length - shown.length} more; --json has all`] : []),
  ];
}
