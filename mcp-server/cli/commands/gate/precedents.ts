/** Decisions on file: who signed them, until when they hold, and whether each is still what was signed. */
import { formatTable, printable } from '../../format-table.ts';
import type { GateAction } from './gate-action.ts';

export const precedents: GateAction = {
  says: 'has the signed decisions of registries/precedents, each checked now; one that is damaged or lapsed is not used, and its case goes to counsel. gate reviews reopen takes one back.',
  options: [],
  examples: [['cohortium gate precedents', 'what was decided, and whether it holds']],
  async perform(call) {
    const all = await call.withAgent('readonly', (agent) => agent.gate.precedents());
    const damaged = all.filter(({ effect }) => effect === 'damaged');
    return {
      document: { precedents: all },
      exitCode: damaged.length > 0 ? 1 : 0,
      lines:
        all.length === 0
          ? ['Nothing has been decided.', '', `Next: ${call.hint('gate reviews')}`]
          : [
              ...formatTable(
                [
                  { head: 'review' },
                  { head: 'purpose' },
                  { head: 'sink' },
                  { head: 'rules' },
                  { head: 'verdict' },
                  { head: 'scope' },
                  { head: 'signed by' },
                  { head: 'until' },
                  { head: 'effect' },
                ],
                all.map((one) => [
                  one.review,
                  one.purpose,
                  one.sink,
                  one.policies.join(', '),
                  one.verdict ?? '',
                  one.scope === null ? '' : one.scope.kind === 'run' ? `run ${one.scope.asOf}` : one.scope.kind,
                  one.signedBy.join(', '),
                  one.expiresAt ?? '',
                  one.effect,
                ]),
              ),
              ...all.flatMap(({ review, why }) => (why === null ? [] : [`${review}: ${printable(why)}`])),
            ],
    };
  },
};
