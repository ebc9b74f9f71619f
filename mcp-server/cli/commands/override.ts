/** Lets the agent go on when the disk is full. */
import { formatCount } from '../../../agents/customer-data-graph/report/format-number.ts';
import type { CommandSpec } from '../command-spec.ts';

export const override: CommandSpec = {
  name: 'override',
  summary: 'go on when the disk is full, in the room that is kept for the record',
  says: 'When the disk is full, records are refused with STORE_FULL, and what is not recorded is not handed on: runs stop. This gives back the room that is kept for it (ledger.reserveMb in cohortium.yaml) and records who did so and why, as the first record in that room. Then run what stopped again: it goes on where it was. Nothing goes on unrecorded; where this room is used up too, only free space helps. The room is kept again as soon as there is space.',
  options: [
    { flags: '--by <person>', says: 'who decides it; recorded' },
    { flags: '--reason <text>', says: 'why it cannot wait for space' },
  ],
  examples: [['cohortium override --by jane --reason "offers go out at 9"', 'then run the pipeline again']],
  next: 'cohortium run, for what stopped; and free space.',
  async action(call) {
    const request = { person: call.requiredText('by'), reason: call.requiredText('reason') };
    const done = await call.withAgent('write', (agent) => agent.ledger.override(request));
    return { document: done, lines: [`${formatCount(done.freedBytes)} bytes given back; record ${done.index} says who and why`] };
  },
};
