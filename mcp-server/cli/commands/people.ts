/** Persons who may propose and approve models. */
import { CohortiumError } from '../../../skills/sdk/index.ts';
import type { CommandSpec } from '../command-spec.ts';
import { formatTable, printable } from '../format-table.ts';

export const people: CommandSpec = {
  name: 'people',
  args: [
    ['<action>', 'list, add'],
    ['[id]', 'for add: an id such as ada-lovelace'],
  ],
  summary: 'list and add the persons who propose and approve models',
  says: 'add makes an Ed25519 key: the public half goes to registries/people/<id>.json, the private half to .cohortium/keys/person-<id>.json, which only its owner may read. Who holds that file signs as that person: on a shared machine, move it to where its owner works.',
  options: [{ flags: '--name <name>', says: 'add: how others read the person (default: the id)' }],
  examples: [
    ['cohortium people add ada --name "Ada Lovelace"', 'one who may propose and approve'],
    ['cohortium people list', 'everybody'],
  ],
  next: 'cohortium train --by <id>, then cohortium approve <proposal> --as <another id>.',
  async action(call) {
    const [action = '', id] = call.args;
    if (action === 'add') {
      if (id === undefined) throw new CohortiumError('ARGUMENT_INVALID', 'people add needs an id, such as ada-lovelace');
      const added = await call.withAgent('write', (agent) => agent.models.addPerson(id, call.text('name')));
      return {
        document: added,
        lines: [
          `${added.id} may propose and approve. Public key: ${added.key}`,
          `The private key is in .cohortium/keys/person-${added.id}.json.`,
        ],
      };
    }
    if (action !== 'list') throw new CohortiumError('ARGUMENT_INVALID', `'${action}' is no action of people; they are: list, add`);
    const all = await call.withAgent('readonly', (agent) => agent.models.people());
    return {
      document: { people: all },
      lines:
        all.length === 0
          ? ['Nobody yet.', '', `Next: ${call.hint('people add <id>')}`]
          : formatTable(
              [{ head: 'person' }, { head: 'name' }, { head: 'since' }, { head: 'public key' }],
              all.map(({ id: one, name, addedAt, key }) => [one, printable(name), addedAt.slice(0, 10), key]),
            ),
    };
  },
};
