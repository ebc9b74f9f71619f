/** The models of an operator directory behind the agent's interface. */
import type { Workspace } from '../workspace.ts';
import type { ModelDoor } from './govern-interface.ts';
import { approveProposal } from './models/approve.ts';
import { readCard } from './models/cards.ts';
import { checkChampions } from './models/check-champions.ts';
import { championsOf, readManifest } from './models/manifest.ts';
import { addPerson, listPeople } from './models/people.ts';
import { openProposals } from './models/proposals.ts';
import { proposeModel } from './models/propose-model.ts';
import { reproduceModel } from './models/reproduce.ts';
import { proposeWindows } from './windows/propose-windows.ts';

export function modelDoor(workspace: Workspace): ModelDoor {
  const { paths, clock } = workspace;
  return {
    addPerson: async (id, name) => addPerson(paths, id, name, clock.now()),
    people: async () => listPeople(paths),
    tuneWindows: (request, context) => proposeWindows(workspace, request, context),
    train: (request, context) => proposeModel(workspace, request, context),
    approve: (proposal, by, note) => approveProposal(workspace, proposal, by, note),
    champions: async () => {
      const entries = readManifest(paths.directory);
      return { champions: championsOf(entries), open: openProposals(paths, entries) };
    },
    modelCard: async (modelId) => {
      const approved = championsOf(readManifest(paths.directory)).findLast((champion) => champion.modelId === modelId);
      return readCard(paths.directory, modelId, approved?.card);
    },
    checkChampions: async () => checkChampions(workspace),
    reproduce: (modelId, context) => reproduceModel(workspace, modelId, context),
  };
}
