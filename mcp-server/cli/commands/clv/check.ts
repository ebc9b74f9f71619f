/** The models against reference values, which anybody can compute and bring. */
import { resolve } from 'node:path';

import { parseJson, readTextFile } from '../../../../agents/customer-data-graph/clv-door/index.ts';
import { formatCount } from '../../../../agents/customer-data-graph/report/format-number.ts';
import { checkVectors } from '../../../../skills/cohort/core/clv/check-vectors.ts';
import { CohortiumError } from '../../../../skills/sdk/index.ts';
import type { CommandAnswer, CommandCall } from '../../command-spec.ts';
import { exitCodes } from '../../exit-codes.ts';
import { formatTable } from '../../format-table.ts';

export async function check(call: CommandCall, file: string | undefined): Promise<CommandAnswer> {
  if (file === undefined) throw new CohortiumError('ARGUMENT_INVALID', 'a JSON file of reference vectors is needed');
  const path = resolve(call.host.cwd, file);
  const result = checkVectors(parseJson(readTextFile(path), path));
  const { compared, isWithin, quantities, notCompared } = result;
  const beyond = quantities.filter((one) => !one.isWithin);
  return {
    document: result,
    lines: [
      ...(quantities.length === 0
        ? []
        : [
            ...formatTable(
              [
                { head: 'model' },
                { head: 'quantity' },
                { head: 'compared', align: 'right' },
                { head: 'worst error', align: 'right' },
                { head: 'allowed', align: 'right' },
                { head: 'vector' },
              ],
              quantities.map((one) => [
                one.model,
                one.quantity,
                formatCount(one.compared),
                one.worst.toExponential(1),
                one.tolerance.toExponential(0),
                one.isWithin ? one.worstId : `${one.worstId}  BEYOND`,
              ]),
            ),
            '',
          ]),
      ...notCompared.map((one) => `not compared: ${one.model} ${one.quantity}, ${formatCount(one.count)} (${one.why})`),
      ...(notCompared.length > 0 ? [''] : []),
      verdict(compared, beyond.length),
    ],
    exitCode: isWithin ? exitCodes.ok : exitCodes.negative,
  };
}

function verdict(compared: number, beyond: number): string {
  if (compared === 0) return 'Nothing could be compared.';
  return `${formatCount(compared)} values compared; ${beyond === 0 ? 'all are within tolerance' : `${beyond} quantities are beyond tolerance`}.`;
}
