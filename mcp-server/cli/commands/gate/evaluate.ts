/** What the gate would say of a customer's value for a purpose at a sink; changes and records nothing. */
import type { GateAnswer, GateRequest } from '../../../../agents/customer-data-graph/interface.ts';
import { shortDigest } from '../../../../agents/customer-data-graph/report/format-number.ts';
import { CohortiumError } from '../../../../skills/sdk/index.ts';
import type { CommandCall, OptionSpec } from '../../command-spec.ts';
import { printable } from '../../format-table.ts';
import type { GateAction } from './gate-action.ts';
import { wrapped } from './gate-lines.ts';

export const questionOptions: readonly OptionSpec[] = [
  { flags: '--purpose <purpose>', says: 'what the value is for, such as offer-eligibility; needed' },
  { flags: '--sink <sink>', says: 'who would receive it: a subscriber id, or score-store (default: score-store)' },
  { flags: '--as-of <date>', says: 'day whose law and facts count (default: that of the newest run)' },
  { flags: '--facts <facts>', says: 'facts to assume: residency=EU,profilingOptOut=true; unknown as the value says that nobody knows' },
];

export const evaluate: GateAction = {
  says: 'asks about one customer, purpose and sink, and answers pass, fail or counsel with the rules that decided.',
  target: 'a customer id',
  options: questionOptions,
  examples: [
    ['cohortium gate evaluate c-000042 --purpose offer-eligibility --sink offers', 'may this value be used for offers?'],
    ['cohortium gate evaluate c-000042 --purpose credit --facts residency=US-CA,profilingOptOut=true', 'what if it were so?'],
  ],
  async perform(call, targets) {
    const request = questionOf(call, targets);
    const answer = await call.withAgent('readonly', (agent) => agent.gate.evaluate(request));
    return { document: answer, lines: answerLines(request, answer, call), exitCode: answer.outcome === 'pass' ? 0 : 1 };
  },
};

/** @throws {CohortiumError} ARGUMENT_INVALID without a customer or a purpose, or for facts that are not written name=value */
export function questionOf(call: CommandCall, [customerId]: readonly string[]): GateRequest {
  if (customerId === undefined) throw new CohortiumError('ARGUMENT_INVALID', 'a customer id is needed; see --help for an example');
  const asOf = call.text('asOf');
  return {
    customerId,
    purpose: call.requiredText('purpose'),
    sink: call.text('sink') ?? 'score-store',
    facts: statedFacts(call.text('facts')),
    ...(asOf === undefined ? {} : { asOf }),
  };
}

/** Facts as `name=value,…`. @throws {CohortiumError} ARGUMENT_INVALID */
export function statedFacts(text: string | undefined): NonNullable<GateRequest['facts']> {
  if (text === undefined || text.trim() === '') return {};
  return Object.fromEntries(
    text.split(',').map((part) => {
      const [name, value, more] = part.split('=').map((side) => side.trim());
      if (!name || value === undefined || value === '' || more !== undefined)
        throw new CohortiumError('ARGUMENT_INVALID', `--facts: name=value was expected, found '${part}'; such as residency=EU`);
      return [name, valueOf(value)] as const;
    }),
  );
}

function valueOf(text: string): string | number | boolean | null {
  if (text === 'unknown') return null;
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
}

function answerLines(
  { customerId, purpose, sink }: GateRequest,
  { outcome, policies, anchors, unknownFacts, policyDigest }: GateAnswer,
  call: CommandCall,
): string[] {
  const { style } = call;
  return [
    `${style.bold(printable(customerId))}  for ${printable(purpose)} at ${printable(sink)}: ${style.bold(outcome)}`,
    anchorLine(anchors),
    ...policies.flatMap(({ id, effect, anchor, regime, citation, remedy, verify }) => [
      '',
      `${effect}  ${printable(id)}  (${anchor}${regime === null ? '' : `, ${regime}`})`,
      ...wrapped(citation, call),
      ...(remedy === '' ? [] : wrapped(remedy, call)),
      ...(verify === null ? [] : wrapped(`Verify: ${verify}`, call)),
    ]),
    ...(unknownFacts.length > 0 ? ['', ...wrapped(`Unknown, and it could matter: ${unknownFacts.join(', ')}`, call, 0)] : []),
    '',
    style.dim(`policies ${shortDigest(policyDigest)}; not legal advice`),
    `Next: ${call.hint(`gate explain ${customerId} --purpose ${purpose} --sink ${sink}`)}`,
  ];
}

/** `privacy pass · fair-treatment counsel · …` */
export function anchorLine(anchors: GateAnswer['anchors']): string {
  return Object.entries(anchors)
    .map(([anchor, result]) => `${anchor} ${result}`)
    .join(' · ');
}
