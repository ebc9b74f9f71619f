/** The models of an operator directory behind the agent's interface. */
import { CohortiumError } from '../../../skills/sdk/index.ts';
import type { Workspace } from '../workspace.ts';
import type { ModelCard, ModelDoor } from './govern-interface.ts';
import { approveProposal } from './models/approve.ts';
import { readCard } from './models/cards.ts';
import { checkChampions } from './models/check-champions.ts';
import { championsOf, currentChampion, readManifest } from './models/manifest.ts';
import type { ProposedChange } from './models/model-interface.ts';
import { addPerson, listPeople, personKeys, sealPerson, setRoles } from './models/people.ts';
import { openProposals } from './models/proposals.ts';
import { proposeModel } from './models/propose-model.ts';
import { reproduceModel } from './models/reproduce.ts';
import { revokeOnRecord } from './models/revoke-person.ts';
import { proposeWindows } from './windows/propose-windows.ts';

/** Where proposals of a kind come from. */
const makers: Readonly<Record<string, string>> = {
  champion: "'cohortium train' makes one",
  windows: "'cohortium tune windows' makes one where others are better than those in force",
  tuning: 'monitoring makes one after two alerts in a row',
} satisfies Record<ProposedChange['kind'], string>;

export function modelDoor(workspace: Workspace): ModelDoor {
  const { paths, clock } = workspace;
  /** The id of a model, or of the one in force where it is called `champion`. */
  const modelIdOf = (named: string): string => {
    const champion = named === 'champion' ? currentChampion(paths.directory) : undefined;
    return champion?.modelId ?? named;
  };
  /** The id of a proposal, or of the only open one where it is called by its kind. */
  const proposalIdOf = (named: string): string => {
    const open = openProposals(paths, readManifest(paths.directory)).filter(({ change }) => change.kind === named);
    const maker = Object.hasOwn(makers, named) ? makers[named] : undefined;
    if (open.length === 0 && maker !== undefined) {
      throw new CohortiumError('PROPOSAL_NOT_FOUND', `no proposal of '${named}' is open; ${maker}`);
    }
    if (open.length < 2) return open[0]?.id ?? named;
    throw new CohortiumError(
      'ARGUMENT_INVALID',
      `${open.length} proposals of '${named}' are open: ${open.map(({ id }) => id).join(', ')}; name one`,
    );
  };
  const cardOf = (named: string): ModelCard => {
    const modelId = modelIdOf(named);
    const approved = championsOf(readManifest(paths.directory)).findLast((champion) => champion.modelId === modelId);
    return readCard(paths.directory, modelId, approved?.card);
  };
  const ledgerSize = (): number => workspace.ledger().checkpoints().at(-1)?.size ?? 0;
  return {
    addPerson: async (id, name, roles, isSealed) => {
      const person = addPerson(paths, id, name, clock.now(), roles, ledgerSize(), isSealed);
      workspace.keys().publishPeople(personKeys(paths), false);
      return person;
    },
    revokePerson: (id, why) => revokeOnRecord(workspace, id, why, ledgerSize()),
    sealPerson: async (id) => sealPerson(paths, id),
    setRoles: async (id, roles) => setRoles(paths, id, roles),
    people: async () => listPeople(paths),
    tuneWindows: (request, context) => proposeWindows(workspace, request, context),
    train: (request, context) => proposeModel(workspace, request, context),
    approve: async (proposal, by, note) => approveProposal(workspace, proposalIdOf(proposal), by, note),
    champions: async () => {
      const entries = readManifest(paths.directory);
      return { champions: championsOf(entries), open: openProposals(paths, entries) };
    },
    modelCard: async (named) => cardOf(named),
    checkChampions: async () => checkChampions(workspace),
    reproduce: async (named, context) => reproduceModel(workspace, modelIdOf(named), context),
  };
}
