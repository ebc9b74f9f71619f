/** The accounting worksheet of a day: a page and a table, with blanks for what only an accountant knows. */
import { resolve } from 'node:path';

import type { WorksheetReport } from '../../../../agents/customer-data-graph/interface.ts';
import { formatCount, formatMoney, shortDigest } from '../../../../agents/customer-data-graph/report/format-number.ts';
import type { CommandCall } from '../../command-spec.ts';
import { printable } from '../../format-table.ts';
import type { GateAction } from './gate-action.ts';

export const worksheet: GateAction = {
  says: 'writes what an accountant needs before a value goes to investors: the number, its wording, its population, and sales by month to tie out to revenue (ASC 606, Regulation G).',
  options: [
    { flags: '--as-of <date>', says: 'the day of the run whose values are reported; needed' },
    { flags: '--out <path>', says: 'the Markdown file to write; a CSV file for the accountant is written beside it; needed' },
  ],
  examples: [['cohortium gate worksheet --as-of 2026-06-30 --out worksheet-2026-q2.md', 'the worksheet of a quarter, with its table']],
  async perform(call) {
    const request = { asOf: call.requiredText('asOf'), out: resolve(call.host.cwd, call.requiredText('out')) };
    const report = await call.withAgent('write', (agent) => agent.gate.worksheet(request));
    return { document: report, lines: reportLines(report, call) };
  },
};

function reportLines({ markdown, csv, figures, record, previous, factsToState }: WorksheetReport, { style }: CommandCall): string[] {
  const { reported, scored, currency, horizonDays, asOf } = figures;
  return [
    `${style.bold(formatMoney(reported.valueMinor, currency))} expected in the ${horizonDays} days after ${asOf}, from ${formatCount(reported.accounts)} of ${formatCount(scored.accounts)} scored accounts`,
    `  ${printable(markdown)}`,
    `  ${printable(csv)}`,
    `  ledger record ${record.index}, root ${shortDigest(record.root)}`,
    previous ? `  compared with the worksheet of ${previous.asOf}, record ${previous.index}` : '  the first worksheet in the ledger',
    '',
    `An accountant fills the blanks; then state for the use: ${factsToState.join(', ')}.`,
    style.dim('An engineering aid, not legal or accounting advice.'),
  ];
}
