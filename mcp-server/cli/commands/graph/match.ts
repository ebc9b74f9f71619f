/** Compares all profiles, and says what was found and by what. */
import type { MatchReport } from '../../../../agents/customer-data-graph/interface.ts';
import { formatCount, formatPercent } from '../../../../agents/customer-data-graph/report/format-number.ts';
import type { CommandAnswer, CommandCall } from '../../command-spec.ts';
import { formatTable } from '../../format-table.ts';
import { takeNames } from './graph-lines.ts';

export async function match(call: CommandCall, names: readonly string[]): Promise<CommandAnswer> {
  takeNames('match', names, 0, '');
  const report = await call.withAgent('write', (agent) => agent.graph.match({ signal: call.signal }));
  return { document: report, lines: lines(report, call) };
}

function lines(report: MatchReport, call: CommandCall): string[] {
  const { comparisons, profiles, candidates, skippedBlocks, proposed, open, withdrawn, rejectedBefore, linked } = report;
  return [
    `${formatCount(profiles)} profiles, ${formatCount(candidates)} pairs compared${skippedBlocks > 0 ? `, ${formatCount(skippedBlocks)} groups too large to compare` : ''}`,
    '',
    // Without pairs there is nothing to learn from.
    ...(candidates === 0
      ? []
      : [
          ...formatTable(
            [{ head: 'agreement' }, { head: '' }, { head: 'one person', align: 'right' }, { head: 'strangers', align: 'right' }],
            comparisons.flatMap(({ name, levels }) =>
              levels.map(({ says, m, u }, level) => [
                level === 0 ? name : '',
                says,
                formatPercent(m),
                u < 0.0005 ? '< 0.1 %' : formatPercent(u),
              ]),
            ),
          ),
          '',
        ]),
    [
      `${formatCount(proposed)} new links wait for a person, ${formatCount(open)} in all`,
      ...(linked > 0 ? [`${formatCount(linked)} linked by the rules`] : []),
      ...(withdrawn > 0 ? [`${formatCount(withdrawn)} withdrawn`] : []),
      ...(rejectedBefore > 0 ? [`${formatCount(rejectedBefore)} rejected before`] : []),
    ].join('; '),
    ...(open > 0 ? ['', `Next: ${call.hint('graph links')}`] : []),
  ];
}
