/** What the gate left to a person: list it, decide it. */
import type { Review } from '../../../agents/customer-data-graph/interface.ts';
import { formatCount } from '../../../agents/customer-data-graph/report/format-number.ts';
import { CohortiumError } from '../../../skills/sdk/index.ts';
import type { CommandCall, CommandSpec } from '../command-spec.ts';
import { formatTable, printable } from '../format-table.ts';

export const review: CommandSpec = {
  name: 'review',
  args: [['[review]', 'review id']],
  summary: 'list what the gate left to a person, approve or reject it',
  says: 'A case goes to counsel when a policy says so or when a fact is unknown that could matter. A decision is recorded with who took it and why, cannot be undone, and counts from the next run on.',
  options: [
    { flags: '--all', says: 'list decided ones too' },
    { flags: '--approve', says: 'let the values be used' },
    { flags: '--reject', says: 'hold them back' },
    { flags: '--by <name>', says: 'who decides; needed with a decision' },
    { flags: '--note <text>', says: 'why; needed with a decision' },
  ],
  examples: [
    ['cohortium review', 'what waits'],
    ['cohortium review <id> --approve --by "Ada Lovelace" --note "Ages were checked."', 'decide one'],
  ],
  next: 'run the pipeline again, so that the decision takes effect.',
  async action(call) {
    const [id] = call.args;
    const isApproved = call.flag('approve');
    const isRejected = call.flag('reject');
    if (isApproved !== isRejected) {
      if (id === undefined) throw new CohortiumError('ARGUMENT_INVALID', 'a review id is needed; cohortium review lists them');
      const by = call.requiredText('by');
      const note = call.requiredText('note');
      const decided = await call.withAgent('write', (agent) => agent.decideReview(id, isApproved ? 'approve' : 'reject', by, note));
      return {
        document: decided,
        lines: [
          `${decided.id} is ${decided.status}, for ${formatCount(decided.customers)} customers. It takes effect with the next run.`,
          '',
          `Next: ${call.hint('run <pipeline> --as-of <date>')}`,
        ],
      };
    }
    if (isApproved) throw new CohortiumError('ARGUMENT_INVALID', 'only one of --approve and --reject can be given');
    const all = await call.withAgent('readonly', (agent) => agent.reviews(call.flag('all') || id !== undefined ? 'all' : 'open'));
    const shown = id === undefined ? all : all.filter((one) => one.id === id);
    if (id !== undefined && shown.length === 0)
      throw new CohortiumError('REVIEW_NOT_FOUND', `no review '${id}'; cohortium review lists the open ones`);
    return { document: { reviews: shown }, lines: reviewLines(shown, call) };
  },
};

function reviewLines(reviews: readonly Review[], call: CommandCall): string[] {
  if (reviews.length === 0) return ['Nothing waits for a decision.'];
  // What concerns most customers comes first; equal ones stay in the order of their ids.
  const sorted = reviews.toSorted((one, other) => other.customers - one.customers);
  const open = sorted.find(({ status }) => status === 'open');
  return [
    ...formatTable(
      [
        { head: 'review' },
        { head: 'customers', align: 'right' },
        { head: 'purpose' },
        { head: 'sink' },
        { head: 'because of' },
        { head: 'unknown' },
        { head: 'status' },
      ],
      sorted.map((one) => [
        one.id,
        formatCount(one.customers),
        one.purpose,
        one.sink,
        one.policies.join(', '),
        one.unknownFacts.join(', '),
        one.decidedBy === null ? one.status : `${one.status} by ${one.decidedBy}`,
      ]),
    ),
    ...sorted.flatMap(({ note }) => (note === null || sorted.length > 1 ? [] : ['', `note: ${printable(note)}`])),
    ...(open
      ? ['', `Next: ${call.hint(`review ${open.id} --approve --by <name> --note <why>`)}`, '      or --reject; policies/ has the rules']
      : []),
  ];
}
