/** Writes the rules of the gate in the language of another policy engine. */
import { resolve } from 'node:path';

import { exportFormats } from '../../../../agents/customer-data-graph/gate/engines/engine-interface.ts';
import { shortDigest } from '../../../../agents/customer-data-graph/report/format-number.ts';
import { CohortiumError } from '../../../../skills/sdk/index.ts';
import { printable } from '../../format-table.ts';
import type { GateAction } from './gate-action.ts';

export const exportAction: GateAction = {
  says: 'writes the rules in the language of another policy engine.',
  options: [
    { flags: '--format <format>', says: `one of ${exportFormats.join(', ')}` },
    { flags: '--out <path>', says: 'folder to write to; files of an earlier export are replaced, others never' },
  ],
  examples: [['cohortium gate export --format rego --out opa', 'for Open Policy Agent, as a service or as WebAssembly']],
  async perform(call) {
    const asked = call.requiredText('format');
    const format = exportFormats.find((known) => known === asked);
    if (!format)
      throw new CohortiumError('ARGUMENT_INVALID', `--format is one of ${exportFormats.join(', ')}; found '${asked.slice(0, 40)}'`);
    const folder = resolve(call.host.cwd, call.requiredText('out'));
    const written = await call.withAgent('readonly', (agent) => agent.gate.exportPolicies(format, folder));
    const { files, rules, policyDigest, unsayable } = written;
    return {
      document: written,
      lines: [
        `${rules} rules, policy ${shortDigest(policyDigest)}, in ${printable(folder)}:`,
        ...files.map(({ path, bytes }) => `  ${path}  ${bytes} bytes`),
        ...(unsayable.length > 0 ? [`Written in Cedar only, and so sent to counsel: ${unsayable.map(printable).join(', ')}`] : []),
      ],
    };
  },
};
