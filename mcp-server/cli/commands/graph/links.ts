/** Links that wait for a person; or the links of one customer, those that do not join included. */
import type { CustomerView, ProposedLink } from '../../../../agents/customer-data-graph/interface.ts';
import { formatPercent } from '../../../../agents/customer-data-graph/report/format-number.ts';
import { CohortiumError } from '../../../../skills/sdk/index.ts';
import type { CommandAnswer, CommandCall } from '../../command-spec.ts';
import { formatTable, printable } from '../../format-table.ts';
import { readCustomer } from './customer.ts';
import { linkLines, shortIdentity } from './graph-lines.ts';

export async function links(call: CommandCall, names: readonly string[]): Promise<CommandAnswer> {
  const [id, second] = names;
  if (second !== undefined)
    throw new CohortiumError('ARGUMENT_INVALID', `graph links takes one customer at most; found ${names.join(' ')}`);
  if (id !== undefined) {
    const view = await readCustomer(call, id);
    return { document: { customerId: view.customerId, links: view.links }, lines: ofCustomer(view) };
  }
  const all = await call.withAgent('readonly', (agent) => agent.graph.proposals(call.flag('all') ? 'all' : 'open'));
  const shown = all.slice(0, call.wholeNumber('limit', 20, 1, 10_000));
  return { document: { links: shown, total: all.length }, lines: proposals(shown, all.length, call) };
}

function ofCustomer({ customerId, links: found }: CustomerView): string[] {
  return [printable(customerId), '', ...(found.length === 0 ? ['no links'] : linkLines(found))];
}

function proposals(shown: readonly ProposedLink[], total: number, call: CommandCall): string[] {
  if (shown.length === 0) return ['Nothing waits for a decision.', '', `Next: ${call.hint('graph match')}`];
  const open = shown.find(({ status }) => status === 'open');
  return [
    ...formatTable(
      [
        { head: 'link' },
        { head: 'identity' },
        { head: 'identity' },
        { head: 'one person', align: 'right' },
        { head: 'bits', align: 'right' },
        { head: 'because of' },
        { head: 'status' },
      ],
      shown.map((one) => [
        one.id,
        shortIdentity(one.left),
        shortIdentity(one.right),
        formatPercent(Math.floor(one.probability * 1000) / 1000),
        one.weight.toFixed(1),
        because(one),
        one.decidedBy === null ? one.status : `${one.status} by ${one.decidedBy}`,
      ]),
    ),
    ...(total > shown.length ? ['', `${total - shown.length} more; --limit shows them`] : []),
    ...(open
      ? [
          '',
          `Next: ${call.hint(`graph confirm ${open.id} --by <name> --note <why>`)}`,
          '      or reject; graph customer <identity> shows either side',
        ]
      : []),
  ];
}

/** The strongest reasons first, those against it included. */
function because({ evidence }: ProposedLink): string {
  return [...evidence]
    .sort((one, other) => Math.abs(other.bits) - Math.abs(one.bits))
    .slice(0, 3)
    .map(({ comparison, level, bits }) => `${comparison} ${level} ${bits > 0 ? '+' : ''}${bits.toFixed(1)}`)
    .join(', ');
}
