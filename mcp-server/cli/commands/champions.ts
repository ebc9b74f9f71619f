/** What was approved, what waits, and whether it is all as it was signed. */
import type { ProposedChange } from '../../../agents/customer-data-graph/interface.ts';
import { formatFixed, formatWholeMoney, shortDigest } from '../../../agents/customer-data-graph/report/format-number.ts';
import { CohortiumError } from '../../../skills/sdk/index.ts';
import type { CommandAnswer, CommandCall, CommandSpec } from '../command-spec.ts';
import { formatPairs, formatTable } from '../format-table.ts';
import { cardLines } from './train.ts';

const actions: Readonly<Record<string, (call: CommandCall, model: string | undefined) => Promise<CommandAnswer>>> = { list, show, verify };

export const champions: CommandSpec = {
  name: 'champions',
  args: [
    ['[action]', `${Object.keys(actions).join(', ')} (default: list)`],
    ['[model]', 'for show: a model id, or champion for the one in force'],
  ],
  summary: 'list, show and verify the value models that were approved',
  says: 'list has every champion, the last one in force, and the proposals that wait. show has the card of a model. verify checks the chain and the signatures of the manifest, its records in the ledger, the cards, the artefact in force and the views, and exits with 1 when anything is not as it was signed.',
  examples: [
    ['cohortium champions', 'what is in force, and what waits'],
    ['cohortium champions show <model>', 'one card'],
    ['cohortium champions verify', 'all of it, checked'],
  ],
  next: 'cohortium reproduce <model>.',
  async action(call) {
    const [action = 'list', model] = call.args;
    const perform = Object.hasOwn(actions, action) ? actions[action] : undefined;
    if (perform) return perform(call, model);
    throw new CohortiumError('ARGUMENT_INVALID', `'${action}' is no action of champions; they are: ${Object.keys(actions).join(', ')}`);
  },
};

async function list(call: CommandCall): Promise<CommandAnswer> {
  const { found, currency } = await call.withAgent('readonly', async (agent) => ({
    found: await agent.models.champions(),
    currency: agent.currency,
  }));
  const { champions: all, open } = found;
  return {
    document: found,
    lines: [
      ...(all.length === 0
        ? ['No model has been approved yet.']
        : formatTable(
            [
              { head: 'model' },
              { head: 'cut-off' },
              { head: 'months', align: 'right' },
              { head: 'RMSE', align: 'right' },
              { head: 'R²', align: 'right' },
              { head: 'approved' },
              { head: 'artefact' },
              { head: '' },
            ],
            all.map((one, at) => [
              one.modelId,
              one.trainingCutoff,
              `${one.historyMonths} → ${one.predMonths}`,
              formatWholeMoney(one.baselineRmse, currency),
              formatFixed(one.baselineR2, 3),
              `${one.approvedAt.slice(0, 10)} by ${one.approvedBy}`,
              shortDigest(one.artefact),
              at === all.length - 1 ? 'in force' : '',
            ]),
          )),
      ...open.flatMap(({ id, proposedBy, change }) => [
        '',
        `waits: ${id}, by ${proposedBy}: ${changeText(change)}`,
        `Next: ${call.hint(`approve ${id} --as <another person> --note <why>`)}`,
      ]),
      ...(all.length === 0 && open.length === 0 ? ['', `Next: ${call.hint('train --by <person>')}`] : []),
    ],
  };
}

async function show(call: CommandCall, model: string | undefined): Promise<CommandAnswer> {
  if (model === undefined) throw new CohortiumError('ARGUMENT_INVALID', 'champions show needs a model id; cohortium champions lists them');
  const card = await call.withAgent('readonly', (agent) => agent.models.modelCard(model));
  return { document: card, lines: [...cardLines(card), '', `models/cards/${card.model_id}.md has all of it.`] };
}

async function verify(call: CommandCall): Promise<CommandAnswer> {
  const check = await call.withAgent('readonly', (agent) => agent.models.checkChampions());
  return {
    document: check,
    lines: [
      check.isGood ? call.style.good('verified') : call.style.bad('NOT verified'),
      ...formatPairs([
        ['  approvals', String(check.entries)],
        ['  champions', String(check.champions)],
      ]),
      ...check.faults.map(({ code, message }) => `${call.style.bad(`error ${code}`)}: ${message}`),
    ],
    exitCode: check.isGood ? 0 : 1,
  };
}

function changeText(change: ProposedChange): string {
  if (change.kind === 'champion') return change.champion.modelId;
  if (change.kind === 'windows') return `${change.windows.after.historyMonths} → ${change.windows.after.predMonths} months`;
  return `tune again, after alerts of ${change.tuning.modelId} at ${change.tuning.cutoffs.join(' and ')}`;
}
