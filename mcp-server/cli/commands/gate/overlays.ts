/** Overlays that come with the gate: what they add for a vertical, and counsel's adoption of one. */
import { CohortiumError } from '../../../../skills/sdk/index.ts';
import { formatTable, printable } from '../../format-table.ts';
import type { GateAction } from './gate-action.ts';

export const overlays: GateAction = {
  says: 'lists the overlays for verticals that come with the gate, shows one, or adopts it with the signature of counsel.',
  target: 'the name of an overlay',
  options: [
    { flags: '--adopt', says: 'put it into policies/overlays, signed' },
    { flags: '--as <person>', says: 'who approves; needs the role counsel' },
  ],
  examples: [
    ['cohortium gate overlays lender', 'what it adds, to be read before it is adopted'],
    ['cohortium gate overlays lender --adopt --as grace', 'put it in force'],
  ],
  async perform(call, [name]) {
    if (call.flag('adopt')) {
      if (name === undefined)
        throw new CohortiumError('ARGUMENT_INVALID', 'the name of an overlay is needed; cohortium gate overlays lists them');
      const by = call.requiredText('as');
      const approval = await call.withAgent('write', (agent) => agent.gate.adoptOverlay(name, by));
      return {
        document: approval,
        lines: [
          `${approval.file} holds from now on, approved by ${approval.approvedBy}: ${approval.digest}`,
          'It is yours to change; a changed word needs a new signature.',
          '',
          `Next: ${call.hint(`gate approve ${approval.file} --as ${by}`)}`,
        ],
      };
    }
    const all = await call.withAgent('readonly', (agent) => agent.gate.overlays());
    if (name === undefined) {
      return {
        document: { overlays: all.map(({ text: _text, ...one }) => one) },
        lines: [
          ...formatTable(
            [{ head: 'overlay' }, { head: 'version', align: 'right' }, { head: 'adopted' }, { head: 'for whom' }],
            all.map(({ overlay, version, isAdopted, says }) => [overlay, String(version), isAdopted ? 'yes' : 'no', printable(says)]),
          ),
          '',
          `Next: ${call.hint('gate overlays <overlay>')}`,
        ],
      };
    }
    const chosen = all.find(({ overlay }) => overlay === name);
    if (!chosen) {
      throw new CohortiumError(
        'ARGUMENT_INVALID',
        `there is no overlay '${name}' that comes with the gate; there are: ${all.map(({ overlay }) => overlay).join(', ')}`,
      );
    }
    return {
      document: chosen,
      lines: [chosen.text.trimEnd(), '', `Next: ${call.hint(`gate overlays ${name} --adopt --as <person>`)}`],
    };
  },
};
