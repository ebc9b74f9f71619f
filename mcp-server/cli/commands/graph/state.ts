/** What a person says about any two identities. */
import type { StatementReceipt } from '../../../../agents/customer-data-graph/interface.ts';
import type { CommandAnswer, CommandCall } from '../../command-spec.ts';
import { printable } from '../../format-table.ts';
import { linkLines, shortIdentity, takeNames } from './graph-lines.ts';

export async function link(call: CommandCall, names: readonly string[]): Promise<CommandAnswer> {
  return state(call, 'link', names);
}

/** Exits with 1 when the two are one customer still. */
export async function unlink(call: CommandCall, names: readonly string[]): Promise<CommandAnswer> {
  return state(call, 'unlink', names);
}

async function state(call: CommandCall, action: 'link' | 'unlink', names: readonly string[]): Promise<CommandAnswer> {
  const [left = '', right = ''] = takeNames(action, names, 2, 'two identities, such as u-1 loyalty:4711');
  const decision = { by: call.requiredText('by'), note: call.requiredText('note') };
  const receipt = await call.withAgent('write', (agent) => agent.graph[action](left, right, decision));
  const isDone = receipt.isOneCustomer === (action === 'link');
  return { document: receipt, lines: lines(receipt, call), exitCode: isDone ? 0 : 1 };
}

function lines({ kind, left, right, customers, isOneCustomer, stillJoinedBy }: StatementReceipt, call: CommandCall): string[] {
  const pair = `${printable(shortIdentity(left))} and ${printable(shortIdentity(right))}`;
  const next = ['', `Next: ${call.hint(`graph customer ${printable(left)}`)}`, '      and run the pipeline again'];
  if (isOneCustomer === (kind === 'link')) {
    const result = isOneCustomer
      ? `are one customer: ${printable(customers[0])}`
      : `are two customers: ${customers.map(printable).join(' and ')}`;
    return [`${pair} ${result}.`, ...next];
  }
  return [
    `${pair} are one customer still, ${printable(customers[0])}. These links join them:`,
    '',
    ...linkLines(stillJoinedBy),
    '',
    'Unlink one of these pairs too.',
  ];
}
