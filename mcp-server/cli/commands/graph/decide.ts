/** Answers to proposed links. */
import type { CommandAnswer, CommandCall } from '../../command-spec.ts';
import { printable } from '../../format-table.ts';
import { shortIdentity, takeNames } from './graph-lines.ts';

export async function confirm(call: CommandCall, names: readonly string[]): Promise<CommandAnswer> {
  return decide(call, 'confirm', names);
}

export async function reject(call: CommandCall, names: readonly string[]): Promise<CommandAnswer> {
  return decide(call, 'reject', names);
}

async function decide(call: CommandCall, action: 'confirm' | 'reject', names: readonly string[]): Promise<CommandAnswer> {
  const [id = ''] = takeNames(action, names, 1, 'one proposed link; cohortium graph links lists them');
  const decision = { by: call.requiredText('by'), note: call.requiredText('note') };
  const decided = await call.withAgent('write', (agent) => agent.graph[action](id, decision));
  const pair = `${printable(shortIdentity(decided.left))} and ${printable(shortIdentity(decided.right))}`;
  return {
    document: decided,
    lines: [
      action === 'confirm'
        ? `${pair} are one person, says ${printable(decision.by)}.`
        : `${pair} are two people, says ${printable(decision.by)}. They are not proposed again.`,
      '',
      `Next: ${call.hint(action === 'confirm' ? `graph customer ${printable(decided.left)}` : 'graph links')}`,
    ],
  };
}
