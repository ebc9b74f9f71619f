/** The agent's keys: listed, replaced, put in escrow and recovered. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

import type { RotatedRole } from '../../../agents/customer-data-graph/keys/key-interface.ts';
import { CohortiumError } from '../../../skills/sdk/index.ts';
import type { CommandAnswer, CommandCall, CommandSpec } from '../command-spec.ts';
import { formatTable } from '../format-table.ts';
import { actionOf } from '../group-action.ts';

/** What each does, for whoever gives none or mistypes one. */
const says: Readonly<Record<'list' | 'rotate' | 'escrow' | 'recover', string>> = {
  list: 'public halves, and where each key is kept',
  rotate: 'replace a key',
  escrow: 'write the key that wraps the vault for people who do not run the agent',
  recover: 'put it back from an escrow',
};
const roles: readonly RotatedRole[] = ['checkpoint', 'vault', 'attestor'];

export const keys: CommandSpec = {
  name: 'keys',
  actions: says,
  args: [
    ['<action>', Object.keys(says).join(', ')],
    ['[role]', 'for rotate: checkpoint, vault, attestor'],
  ],
  summary: 'list, replace, escrow and recover the keys of the agent',
  says: 'list shows public halves and where each key is kept, never a private one. rotate replaces a key: a record that both sign says so, and checkpoints up to it stay verifiable with the old one; rotating the vault wraps every data key anew and changes none. escrow writes the key that wraps the vault as an age file for people who do not run the agent; data keys are not in it, so what was erased stays erased. recover puts it back when the key folder is lost, and has new signing keys take over from lost ones.',
  options: [
    { flags: '--to <recipients>', says: 'escrow: age recipients, age1… and several with commas' },
    { flags: '--out <file>', says: 'escrow: where to write it; an existing file is left alone' },
    { flags: '--from <file>', says: 'recover: the escrow' },
    { flags: '--identity <file>', says: 'recover: the age identity that opens it, as age-keygen writes it' },
  ],
  examples: [
    ['cohortium keys list', 'which keys there are, and where'],
    ['cohortium keys rotate checkpoint', 'a new key for the checkpoints from now on'],
    ['cohortium keys escrow --to age1… --out vault.escrow.age', 'for the safe'],
    ['cohortium keys recover --from vault.escrow.age --identity key.txt', 'after the key folder was lost'],
  ],
  next: 'cohortium verify says whether every checkpoint is signed by the key of its time.',
  async action(call) {
    const [given, role] = call.args;
    const action = actionOf('keys', says, given);
    if (action === 'list') return list(call);
    if (action === 'rotate') return rotate(call, role);
    return action === 'escrow' ? escrow(call) : recover(call);
  },
};

async function list(call: CommandCall): Promise<CommandAnswer> {
  const found = await call.withAgent('readonly', (agent) => agent.keys.list());
  const rows = found.keys.map(({ role, name, key, heldBy, after, isSealed }) => [
    name === null ? role : `${role} ${name}`,
    isSealed ? `${heldBy}, sealed` : heldBy,
    after === null ? '' : String(after),
    key ?? '',
  ]);
  const retired = found.retired.map(({ role, key, after, upTo }) => [role, `${after} to ${upTo}`, key]);
  return {
    document: found,
    lines: [
      `${found.folder}, ${found.isSealed ? 'files sealed at rest where it says so' : 'files as they are, readable by their owner'}${found.isDemonstration ? '; DEMONSTRATION KEYS, which prove nothing' : ''}`,
      '',
      ...formatTable([{ head: 'key' }, { head: 'held by' }, { head: 'after records' }, { head: 'public half' }], rows),
      ...(retired.length === 0 ? [] : ['', ...formatTable([{ head: 'retired' }, { head: 'records' }, { head: 'public half' }], retired)]),
    ],
  };
}

async function rotate(call: CommandCall, role: string | undefined): Promise<CommandAnswer> {
  const known = roles.find((one) => one === role);
  if (!known) throw new CohortiumError('ARGUMENT_INVALID', `keys rotate needs one of ${roles.join(', ')}; found '${role ?? ''}'`);
  const done = await call.withAgent('write', (agent) => agent.keys.rotate(known));
  const lines =
    done.rewrapped === null
      ? [
          `${known}: ${done.key}`,
          `took the place of ${done.before}`,
          `Record ${done.index} says so, signed by both. Hand the new key to who verifies.`,
        ]
      : [
          `vault key ${done.key} took the place of ${done.before}; ${done.rewrapped} data keys were wrapped anew.`,
          'Escrows of the old one open nothing any more: write a new one.',
        ];
  return {
    document: done,
    lines: [...lines, '', `Next: ${call.hint(known === 'vault' ? 'keys escrow --to <age1…> --out <file>' : 'keys list')}`],
  };
}

async function escrow(call: CommandCall): Promise<CommandAnswer> {
  const to = call
    .requiredText('to')
    .split(',')
    .map((recipient) => recipient.trim())
    .filter((recipient) => recipient !== '');
  const out = call.requiredText('out');
  if (existsSync(out)) throw new CohortiumError('ARGUMENT_INVALID', `${out} is there already; give another name`);
  const made = await call.withAgent('write', (agent) => agent.keys.escrow(to));
  writeFileSync(out, made.text, { flag: 'wx', mode: 0o600 });
  return {
    document: { file: out, key: made.key, recipients: made.recipients },
    lines: [
      `${out} holds vault key ${made.key} for ${made.recipients.length} recipient(s). Keep it away from this machine and its backups.`,
    ],
  };
}

async function recover(call: CommandCall): Promise<CommandAnswer> {
  const from = call.requiredText('from');
  const identity = call.requiredText('identity');
  for (const file of [from, identity]) {
    if (!existsSync(file))
      throw new CohortiumError('FILE_UNREADABLE', `${file} does not exist; give the escrow with --from, its key with --identity`);
  }
  const done = await call.withAgent('write', (agent) => agent.keys.recover(readFileSync(from, 'utf8'), readFileSync(identity, 'utf8')));
  return {
    document: done,
    lines: [
      `The vault opens with key ${done.key}.`,
      ...(done.checkpoint === null
        ? []
        : [
            `The checkpoint key was lost too. From ${done.checkpoint.after} records on: ${done.checkpoint.key}`,
            'No old key could sign for it, so tell those who verify in another way.',
          ]),
      ...(done.attestor === null
        ? []
        : [
            `The key that signs statements of the service was lost too. From ${done.attestor.after} records on: ${done.attestor.key}`,
            `What ${done.attestor.before} signed before stays verifiable.`,
          ]),
      '',
      `Next: ${call.hint('verify --level deep')}`,
    ],
  };
}
