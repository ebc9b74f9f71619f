/** Persons who may propose and approve models, and the roles in which they decide reviews. */
import type { OperatorConfig } from '../../../agents/customer-data-graph/config.ts';
import { CohortiumError } from '../../../skills/sdk/index.ts';
import type { CommandCall, CommandSpec } from '../command-spec.ts';
import { formatTable, printable } from '../format-table.ts';
import { actionOf } from '../group-action.ts';

/** What each does, for whoever gives none or mistypes one. */
const says = {
  list: 'who there is, and what they decide as',
  add: 'a person, with a key of their own',
  roles: 'what a person decides as from now on',
  seal: 'put the key of a person under a passphrase',
  revoke: 'end a key that was lost or stolen',
} as const;

export const people: CommandSpec = {
  name: 'people',
  actions: says,
  args: [
    ['<action>', Object.keys(says).join(', ')],
    ['[id]', 'for all but list: an id such as ada-lovelace'],
  ],
  summary: 'list and add the persons who propose, approve and decide',
  says: 'add makes an Ed25519 key: the public half goes to registries/people/<id>.json, the private half to .cohortium/keys/person-<id>.json, which only its owner may read. Who holds that file signs as that person: on a shared machine, move it to where its owner works, or seal it: seal puts it under a passphrase of theirs, which is asked for at the terminal, or taken from COHORTIUM_PERSON_<ID>_PASSPHRASE or the file that COHORTIUM_PERSON_<ID>_PASSPHRASE_FILE names. revoke ends a key that was lost or stolen: what stands in the ledger by then stays signed, and nothing after it. Models are approved by anybody in the registry; reviews of the gate by roles, which add and roles give: counsel, privacy-officer and operator are what cohortium.yaml speaks of at first.',
  options: [
    { flags: '--name <name>', says: 'add: how others read the person (default: the id)' },
    {
      flags: '--role <roles>',
      says: 'add, roles: what the person decides as: counsel, or several: counsel,privacy-officer; roles takes away all others',
    },
    { flags: '--reason <text>', says: 'revoke: why; recorded' },
    { flags: '--sealed', says: 'add: seal the new key at once' },
  ],
  examples: [
    ['cohortium people add ada --name "Ada Lovelace"', 'one who may propose and approve'],
    ['cohortium people add grace --role counsel,privacy-officer', 'one who may decide reviews'],
    ['cohortium people roles ada --role operator', 'only this role from now on'],
    ['cohortium people seal ada', 'a passphrase of hers opens her key from now on'],
    ['cohortium people revoke ada --reason "stolen laptop"', 'her key signs nothing that counts any more'],
    ['cohortium people list', 'everybody'],
  ],
  next: 'cohortium train --by <id>, then cohortium approve <proposal> --as <another id> --note <why>.',
  async action(call) {
    const [given, id] = call.args;
    const action = actionOf('people', says, given);
    if (action === 'add') {
      if (id === undefined) throw new CohortiumError('ARGUMENT_INVALID', 'people add needs an id, such as ada-lovelace');
      const added = await call.withAgent('write', (agent) =>
        agent.models.addPerson(id, call.text('name'), rolesOf(call), call.flag('sealed')),
      );
      await noteUnnamedRoles(call, added);
      return {
        document: added,
        lines: [
          `${added.id} may propose and approve models${added.roles.length > 0 ? `, and acts on reviews as ${added.roles.join(', ')}` : '; for reviews --role is needed'}. Public key: ${added.key}`,
          `The private key is in .cohortium/keys/person-${added.id}.json${call.flag('sealed') ? ', sealed' : ''}.`,
        ],
      };
    }
    if (action === 'roles') {
      if (id === undefined) throw new CohortiumError('ARGUMENT_INVALID', 'people roles needs the id of a person; people list has them');
      const roles = rolesOf(call);
      const changed = await call.withAgent('write', (agent) => agent.models.setRoles(id, roles));
      await noteUnnamedRoles(call, changed);
      return { document: changed, lines: [`${changed.id} is ${changed.roles.join(', ') || 'in no role'} from now on.`] };
    }
    if (action === 'seal') {
      if (id === undefined) throw new CohortiumError('ARGUMENT_INVALID', 'people seal needs the id of a person; people list has them');
      const sealed = await call.withAgent('write', (agent) => agent.models.sealPerson(id));
      return { document: sealed, lines: [`The key of ${sealed.id} is sealed; without the passphrase it opens for nobody.`] };
    }
    if (action === 'revoke') {
      if (id === undefined) throw new CohortiumError('ARGUMENT_INVALID', 'people revoke needs the id of a person; people list has them');
      const why = call.requiredText('reason');
      const revoked = await call.withAgent('write', (agent) => agent.models.revokePerson(id, why));
      return {
        document: revoked,
        lines: [
          `The key of ${revoked.id} signs nothing that counts after ${revoked.revoked?.upTo ?? 0} records.`,
          'registries/attestations/verifier-keys.json says so: hand it to who verifies.',
        ],
      };
    }
    const all = await call.withAgent('readonly', (agent) => agent.models.people());
    return {
      document: { people: all },
      lines:
        all.length === 0
          ? ['Nobody yet.', '', `Next: ${call.hint('people add <id>')}`]
          : formatTable(
              [{ head: 'person' }, { head: 'name' }, { head: 'roles' }, { head: 'since' }, { head: 'revoked' }, { head: 'public key' }],
              all.map(({ id: one, name, roles, addedAt, revoked, key }) => [
                one,
                printable(name),
                roles.join(', '),
                addedAt.slice(0, 10),
                revoked?.at.slice(0, 10) ?? '',
                key,
              ]),
            ),
    };
  },
};

/** A role may be meant for a configuration to come, so it is taken; a misspelt one would else be found when a decision is refused. */
async function noteUnnamedRoles(
  call: CommandCall,
  { id, roles }: { readonly id: string; readonly roles: readonly string[] },
): Promise<void> {
  if (roles.length === 0) return;
  // Loaded here, so that --help reads no schema of the configuration.
  const { operatorPaths, readConfig } = await import('../../../agents/customer-data-graph/config.ts');
  const named = rolesNamedIn(readConfig(operatorPaths(await call.directory())));
  const unnamed = roles.filter((role) => !named.includes(role));
  if (unnamed.length === 0) return;
  call.note(
    `warning: nothing in cohortium.yaml is decided as ${unnamed.join(', ')}; roles there: ${named.join(', ')}. Change it: ${call.hint(`people roles ${id} --role <roles>`)}`,
  );
}

/** Every role that lets somebody do something, in alphabetical order. */
function rolesNamedIn({ acts, requests, gate }: Pick<OperatorConfig, 'acts' | 'requests' | 'gate'>): readonly string[] {
  const { recommend, approve, handle, breakGlass } = gate.counsel;
  const all = [
    ...Object.values(acts.roles).flat(),
    ...requests.handle,
    ...[recommend, approve, handle, breakGlass.roles].flat(),
    ...gate.fairness.signers,
    // Approves overlays and disclosure files, whatever the configuration says.
    'counsel',
  ];
  return [...new Set(all)].sort();
}

function rolesOf(call: CommandCall): readonly string[] {
  return (call.text('role') ?? '')
    .split(',')
    .map((role) => role.trim())
    .filter((role) => role !== '');
}
