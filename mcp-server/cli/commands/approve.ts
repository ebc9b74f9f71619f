/** Puts a proposal in force, by the signature of a person other than the proposer. */
import { CohortiumError } from '../../../skills/sdk/index.ts';
import type { CommandSpec } from '../command-spec.ts';

export const approve: CommandSpec = {
  name: 'approve',
  args: [['<proposal>', 'proposal id, or champion, windows or tuning for the only open one of that kind']],
  summary: 'put a proposed model or its windows in force, signed by you',
  says: 'Checks that the proposal and every file it names are as they were signed, signs with the key of the person, appends a line to models/champion_manifest.jsonl and a record to the ledger, and writes the CSV and metrics views anew; approved windows go to cohortium.yaml. Who proposed does not approve. Cannot be undone: a later proposal takes its place.',
  options: [
    { flags: '--as <person>', says: 'who approves; needed' },
    { flags: '--note <text>', says: 'why, which is signed and stands in the manifest; needed' },
  ],
  examples: [['cohortium approve <proposal> --as grace --note "Better in every slice."', 'ids are listed by cohortium champions']],
  next: 'cohortium champions verify.',
  async action(call) {
    const [id] = call.args;
    if (id === undefined) throw new CohortiumError('ARGUMENT_INVALID', 'a proposal id is needed; cohortium champions lists the open ones');
    const by = call.requiredText('as');
    const note = call.requiredText('note');
    const { entry, digest } = await call.withAgent('write', (agent) => agent.models.approve(id, by, note));
    const { change } = entry;
    return {
      document: { entry, digest },
      lines: [
        change.kind === 'tuning'
          ? 'The windows are to be tried again; nothing else has changed.'
          : change.kind === 'champion'
            ? `${change.champion.modelId} is the champion.`
            : `The value model has ${change.windows.after.historyMonths} months of history and ${change.windows.after.predMonths} of prediction from now on, in cohortium.yaml.`,
        `Line ${entry.index + 1} of the manifest, signed by ${entry.approvedBy}: ${digest}`,
        ...(change.kind === 'champion'
          ? []
          : ['', `Next: ${call.hint(change.kind === 'tuning' ? 'tune windows --by <person>' : 'train --by <person>')}`]),
      ],
    };
  },
};
