/** Counsel's signature under an overlay or a disclosure file, as it is now. */
import { CohortiumError } from '../../../../skills/sdk/index.ts';
import type { GateAction } from './gate-action.ts';

export const approve: GateAction = {
  says: 'signs an overlay or a disclosure file as a person with the role counsel; without a valid signature it is refused.',
  target: 'a file of policies/overlays or policies/disclosures',
  options: [{ flags: '--as <person>', says: 'who approves; needs the role counsel' }],
  examples: [['cohortium gate approve policies/overlays/lender.yaml --as grace', 'put an overlay in force']],
  async perform(call, [file]) {
    if (file === undefined) throw new CohortiumError('ARGUMENT_INVALID', 'a file is needed, such as policies/overlays/lender.yaml');
    const by = call.requiredText('as');
    const approval = await call.withAgent('write', (agent) => agent.gate.approve(file, by));
    return {
      document: approval,
      lines: [
        `${approval.file} is approved by ${approval.approvedBy} as it is: ${approval.digest}`,
        `The signature is in ${approval.file}.approval.json. A changed word needs a new one.`,
        '',
        `Next: ${call.hint('gate regimes')}`,
      ],
    };
  },
};
