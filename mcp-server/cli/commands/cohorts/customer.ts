/** Which cohorts a customer is in on a day, as was known at a version or time; and why one of them. */
import type { CustomerMemberships, Membership } from '../../../../agents/customer-data-graph/interface.ts';
import { formatPercent } from '../../../../agents/customer-data-graph/report/format-number.ts';
import { CohortiumError } from '../../../../skills/sdk/index.ts';
import type { CommandAnswer, CommandCall } from '../../command-spec.ts';
import { formatTable, printable } from '../../format-table.ts';

export async function customer(call: CommandCall, [customerId]: readonly string[]): Promise<CommandAnswer> {
  if (customerId === undefined) throw new CohortiumError('ARGUMENT_INVALID', 'a customer id is needed, such as: cohorts customer c-000042');
  const times = given(call, { asOf: 'asOf', knownAt: 'knownAt' });
  const definition = call.text('why');
  if (definition !== undefined) return explained(call, { customerId, definition, ...times, ...given(call, { window: 'window' }) });
  const answer = await call.withAgent('readonly', (agent) => agent.customerMemberships({ customerId, ...times }));
  return { document: answer, lines: lines(answer, call) };
}

async function explained(call: CommandCall, question: Parameters<typeof ask>[1]): Promise<CommandAnswer> {
  const answer = await ask(call, question);
  return {
    document: answer,
    lines: [
      ...answer.sentences.map(printable),
      '',
      'Facts:',
      ...formatTable(
        [{ head: '' }, { head: '' }],
        answer.facts.map(({ label, value, unit }) => [`  ${label}`, `${value}${unit === undefined ? '' : ` ${unit}`}`]),
      ).slice(1),
    ],
  };
}

function ask(
  call: CommandCall,
  question: {
    readonly customerId: string;
    readonly definition: string;
    readonly window?: string;
    readonly asOf?: string;
    readonly knownAt?: string;
  },
) {
  return call.withAgent('readonly', (agent) => agent.explainMembership(question));
}

function lines({ customerId, asOf, version, recordedAt, memberships, identities }: CustomerMemberships, call: CommandCall): string[] {
  const { style } = call;
  const definitions = memberships.filter(({ kind }) => kind === 'definition');
  const axes = memberships.filter(({ kind }) => kind === 'axis');
  const first = definitions[0] ?? axes[0];
  return [
    `${style.bold(printable(customerId))}  on ${asOf}, as known at version ${version} (${recordedAt.slice(0, 16).replace('T', ' ')})`,
    '',
    ...(memberships.length === 0 ? ['in no cohort on that day'] : []),
    ...(definitions.length === 0
      ? []
      : formatTable(
          [
            { head: 'definition' },
            { head: 'window' },
            { head: 'cohort' },
            { head: 'sure', align: 'right' },
            { head: 'since' },
            { head: 'until' },
            { head: 'how' },
            { head: 'strongest reasons' },
          ],
          definitions.map(row),
        )),
    ...(definitions.length > 0 && axes.length > 0 ? [''] : []),
    ...(axes.length === 0
      ? []
      : formatTable(
          [{ head: 'axis' }, { head: 'cohort' }, { head: 'since' }, { head: 'before' }],
          axes.map(({ definition, cohort, since, predecessor }) => [definition, cohort, since, predecessor?.cohort ?? '']),
        )),
    ...identities.map(({ version: at, change, customerId: who, other }) =>
      change === 'merged'
        ? `version ${at}: ${printable(who)} became part of ${printable(other)}`
        : `version ${at}: ${printable(who)} was taken out of ${printable(other)}`,
    ),
    ...(first === undefined
      ? []
      : [
          '',
          `Next: ${call.hint(`cohorts customer ${printable(customerId)} --why ${first.definition}${first.kind === 'axis' ? '' : ` --window ${first.window}`}`)}`,
        ]),
  ];
}

function row({
  definition,
  window,
  name,
  confidence,
  confidenceKind,
  since,
  until,
  origin,
  reasons,
  suppressedBy,
  pending,
}: Membership): readonly string[] {
  const notes = [
    ...reasons.slice(0, 2).map(({ feature, contribution }) => `${feature} ${contribution > 0 ? '+' : ''}${contribution.toFixed(2)}`),
    ...(suppressedBy === null ? [] : [`does not count: ${suppressedBy} goes before it`]),
    ...(pending === null ? [] : [`waits for a move to ${pending.name} (${pending.runs})`]),
  ];
  return [
    definition,
    window,
    name,
    confidenceKind === 'rule' ? 'rule' : formatPercent(confidence, 0),
    since,
    until ?? '',
    origin,
    notes.join(', '),
  ];
}

/** Options that were given, under the names of the request. */
function given<Name extends string>(call: CommandCall, names: Readonly<Record<Name, string>>): Partial<Record<Name, string>> {
  const found = Object.entries<string>(names).flatMap(([name, option]) => {
    const value = call.text(option);
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(found) as Partial<Record<Name, string>>; // the names asked for, those that were given
}
