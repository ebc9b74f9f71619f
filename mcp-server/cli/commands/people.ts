/** Persons who may propose and approve models, and the roles in which they decide reviews. */
import { CohortiumError } from '../../../skills/sdk/index.ts';
import type { CommandCall, CommandSpec } from '../command-spec.ts';
import { formatTable, printable } from '../format-table.ts';

export const people: CommandSpec = {
  name: 'people',
  args: [
    ['<action>', 'list, add, roles'],
    ['[id]', 'for add and roles: an id such as ada-lovelace'],
  ],
  summary: 'list and add the persons who propose, approve and decide',
  says: 'add makes an Ed25519 key: the public half goes to registries/people/<id>.json, the private half to .cohortium/keys/person-<id>.json, which only its owner may read. Who holds that file signs as that person: on a shared machine, move it to where its owner works. Models are approved by anybody in the registry; reviews of the gate by roles, which add and roles give: counsel, privacy-officer and operator are what cohortium.yaml speaks of at first.',
  options: [
    { flags: '--name <name>', says: 'add: how others read the person (default: the id)' },
    {
      flags: '--role <roles>',
      says: 'add, roles: what the person decides as: counsel, or several: counsel,privacy-officer; roles takes away all others',
    },
  ],
  examples: [
    ['cohortium people add ada --name "Ada Lovelace"', 'one who may propose and approve'],
    ['cohortium people add grace --role counsel,privacy-officer', 'one who may decide reviews'],
    ['cohortium people roles ada --role operator', 'only this role from now on'],
    ['cohortium people list', 'everybody'],
  ],
  next: 'cohortium train --by <id>, then cohortium approve <proposal> --as <another id>.',
  async action(call) {
    const [action = '', id] = call.args;
    if (action === 'add') {
      if (id === undefined) throw new CohortiumError('ARGUMENT_INVALID', 'people add needs an id, such as ada-lovelace');
      const added = await call.withAgent('write', (agent) => agent.models.addPerson(id, call.text('name'), rolesOf(call)));
      return {
        document: added,
        lines: [
          `${added.id} may propose and approve models${added.roles.length > 0 ? `, and acts on reviews as ${added.roles.join(', ')}` : '; for reviews --role is needed'}. Public key: ${added.key}`,
          `The private key is in .cohortium/keys/person-${added.id}.json.`,
        ],
      };
    }
    if (action === 'roles') {
      if (id === undefined) throw new CohortiumError('ARGUMENT_INVALID', 'people roles needs the id of a person; people list has them');
      const roles = rolesOf(call);
      const changed = await call.withAgent('write', (agent) => agent.models.setRoles(id, roles));
      return { document: changed, lines: [`${changed.id} is ${changed.roles.join(', ') || 'in no role'} from now on.`] };
    }
    if (action !== 'list') throw new CohortiumError('ARGUMENT_INVALID', `'${action}' is no action of people; they are: list, add, roles`);
    const all = await call.withAgent('readonly', (agent) => agent.models.people());
    return {
      document: { people: all },
      lines:
        all.length === 0
          ? ['Nobody yet.', '', `Next: ${call.hint('people add <id>')}`]
          : formatTable(
              [{ head: 'person' }, { head: 'name' }, { head: 'roles' }, { head: 'since' }, { head: 'public key' }],
              all.map(({ id: one, name, roles, addedAt, key }) => [one, printable(name), roles.join(', '), addedAt.slice(0, 10), key]),
            ),
    };
  },
};

function rolesOf(call: CommandCall): readonly string[] {
  return (call.text('role') ?? '')
    .split(',')
    .map((role) => role.trim())
    .filter((role) => role !== '');
}
