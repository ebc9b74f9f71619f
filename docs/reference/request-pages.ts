/** The reference page of requests of persons: clocks by regime, levels of identity, reasons to deny. */
import type { Law } from '../../agents/customer-data-graph/law/read-law.ts';
import type { RequestAnswers } from '../../agents/customer-data-graph/requests/answers-file.ts';
import { kindSays, requestKinds, rightOf } from '../../agents/customer-data-graph/requests/request-kinds.ts';

export function requestLines(law: Law, answers: RequestAnswers): string[] {
  const regimes = law.files.filter(({ anchor, rights }) => anchor === 'privacy' && rights.some((right) => rightOf(right).kinds.length > 0));
  return [
    'An engineering inventory, not legal advice. Clocks run from receipt; where several regimes give a right, the shortest counts. `cohortium requests deadlines <place>` counts them from a day.',
    '',
    '## Clocks',
    '',
    '| Regime | Where | From | Rights | Confirm | Answer | Extension | Opt-outs | Appeals |',
    '|---|---|---|---|---|---|---|---|---|',
    ...regimes.map(({ regime, jurisdiction, effectiveFrom, rights, deadlines }) => {
      const kinds = requestKinds.filter((kind) => rights.some((right) => rightOf(right).kinds.includes(kind)));
      const of = (...names: readonly (readonly [name: string, unit: string])[]): string =>
        names
          .flatMap(([name, unit]) => (typeof deadlines[name] === 'number' ? [`${deadlines[name]} ${unit}`] : []))
          .join(', and no later than ');
      return `| \`${regime}\` | ${jurisdiction} | ${effectiveFrom ?? ''} | ${kinds.join(', ')} | ${of(['confirmReceiptBusinessDays', 'business days'])} | ${of(
        ['respondDays', 'days'],
        ['respondMonths', 'month'],
      )} | ${of(['extensionDays', 'days'], ['extensionMonths', 'months'])} | ${of(['optOutBusinessDays', 'business days'])} | ${of(['appealDays', 'days'])} |`;
    }),
    '',
    '## Who has to be how sure',
    '',
    '| Request | What it asks for | Level of identity | By | Verify |',
    '|---|---|---|---|---|',
    ...answers.identity.map(
      ({ kind, level, citation, verify }) => `| ${kind} | ${kindSays[kind]} | ${level} | ${citation} | ${verify ?? ''} |`,
    ),
    '',
    `No answer discloses (${answers.neverDisclosed.citation}): ${answers.neverDisclosed.what.join('; ')}.`,
    '',
    '## How often',
    '',
    'Beyond it some laws let a request be refused, others only a fee be charged; no fee is computed here, so these requests are answered.',
    '',
    '| Regime | Requests | In months | Beyond | Kinds | By | Verify |',
    '|---|---|---|---|---|---|---|',
    ...answers.frequency.map(
      ({ regime, requests, months, beyond, kinds, citation, verify }) =>
        `| \`${regime}\` | ${requests} | ${months} | ${beyond} | ${kinds.join(', ')} | ${citation} | ${verify ?? ''} |`,
    ),
    '',
    '## Reasons to deny',
    '',
    'A reason without a section of its own rests on the regimes that give the right.',
    '',
    '| Reason | What the person is told | Requests | Data Rights Protocol | By | Verify |',
    '|---|---|---|---|---|---|',
    ...answers.denials.map(
      ({ reason, says, drp, kinds, basis, verify }) =>
        `| \`${reason}\` | ${says} | ${kinds === 'all' ? 'all' : kinds.join(', ')} | \`${drp}\` | ${basis.map(({ regime, citation }) => `\`${regime}\`: ${citation}`).join('; ')} | ${verify ?? ''} |`,
    ),
  ];
}
