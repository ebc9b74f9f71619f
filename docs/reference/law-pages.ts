/** The reference pages of the law: every regime with its dates, and every rule with what counsel has yet to confirm. */
import { periodWords, summariesOf } from '../../agents/customer-data-graph/gate/law-door.ts';
import type { Law } from '../../agents/customer-data-graph/law/read-law.ts';
import { recordClasses } from '../../skills/gate/core/retention/record-classes.ts';

const notAdvice =
  'An engineering inventory, not legal advice. What stands under *Verify* has to be confirmed by counsel before anybody states it as fact.';

export function regimeLines(law: Law): string[] {
  const files = new Map(law.files.map((file) => [file.regime, file]));
  const summaries = summariesOf(law);
  const anchors = [...new Set(summaries.map(({ anchor }) => anchor))];
  return [
    notAdvice,
    '',
    `${summaries.length} regimes. \`cohortium gate regimes <id>\` shows one on one screen; the files are in [skills/gate/regimes](../../skills/gate/regimes).`,
    ...anchors.flatMap((anchor) => [
      '',
      `## ${anchor}`,
      '',
      '| Regime | Citation | Where | From | To | Status | Demands | Opt-out of profiling | Rules | Verify |',
      '|---|---|---|---|---|---|---|---|---|---|',
      ...summaries
        .filter((one) => one.anchor === anchor)
        .map(({ id, citation, jurisdiction, effectiveFrom, effectiveTo, status, verify }) => {
          const file = files.get(id);
          const rules = file?.rules.map((rule) => `\`${rule.id}\``).join(' ') ?? '';
          const optOut = file?.optOut ? (file.optOut.profiling ? cell(file.optOut.scope) : 'none') : '';
          return `| \`${id}\` | ${cell(citation)} | ${jurisdiction} | ${effectiveFrom ?? ''} | ${effectiveTo ?? ''} | ${status} | ${cell(file?.demand ?? '')} | ${optOut} | ${rules} | ${cell(verify.join(' '))} |`;
        }),
    ]),
    '',
    '## How long records are kept',
    '',
    'Floors are minima and ceilings maxima of the law; a policy is the operator’s own and gives way to a ceiling. `cohortium retention` plans by them.',
    '',
    '| Row | Regime | Kind | Period | Records | Citation | Verify |',
    '|---|---|---|---|---|---|---|',
    ...law.files.flatMap(({ regime, retention }) =>
      retention.map(
        (row) =>
          `| \`${row.id}\` | \`${regime}\` | ${row.kind} | ${periodWords(row)} | ${row.records.join(', ')} | ${cell(row.citation)} | ${cell(row.verify ?? '')} |`,
      ),
    ),
    '',
    '| Class of records | What it is | Personal |',
    '|---|---|---|',
    ...Object.entries(recordClasses).map(([name, { says, isPersonal }]) => `| \`${name}\` | ${says} | ${isPersonal ? 'yes' : 'no'} |`),
  ];
}

export function ruleLines(law: Law): string[] {
  return [
    notAdvice,
    '',
    '| Rule | Outcome | Anchor | Regime | Citation | In force | Remedy | Verify |',
    '|---|---|---|---|---|---|---|---|',
    ...law.rules.map(
      ({ id, outcome, anchor, regime, citation, effectiveFrom, effectiveTo, remedy, verify }) =>
        `| \`${id}\` | ${outcome} | ${anchor} | \`${regime ?? ''}\` | ${cell(citation)} | ${effectiveFrom ?? ''} – ${effectiveTo ?? ''} | ${cell(remedy)} | ${cell(verify ?? '')} |`,
    ),
  ];
}

/** In a table a bar would begin the next column. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
