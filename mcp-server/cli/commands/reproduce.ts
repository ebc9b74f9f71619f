/** Trains a model again from its recorded inputs, and compares. */
import type { ReproduceReport } from '../../../agents/customer-data-graph/interface.ts';
import type { CommandSpec } from '../command-spec.ts';
import type { ExitCode } from '../exit-codes.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatTable } from '../format-table.ts';

const codes: Readonly<Record<ReproduceReport['outcome'], ExitCode>> = {
  identical: exitCodes.ok,
  'metrics-differ': exitCodes.negative,
  'bytes-differ': exitCodes.bytesDiffer,
  'inputs-gone': exitCodes.inputsGone,
};

const says: Readonly<Record<ReproduceReport['outcome'], string>> = {
  identical: 'identical: measures and bytes',
  'metrics-differ': 'DIFFERENT: the measures are not those of the card',
  'bytes-differ': 'DIFFERENT: the measures are equal, the bytes are not',
  'inputs-gone': 'cannot be reproduced: what it was made from is gone',
};

export const reproduce: CommandSpec = {
  name: 'reproduce',
  args: [['<model>', 'model id, or champion for the one in force']],
  summary: 'train a model again from its recorded inputs and compare measures and bytes',
  says: 'Reads the snapshot of the log that the card names, trains with the recorded settings, and compares training table, measures and artefact with what was recorded. Changes nothing. Exits with 0 when everything is identical, 1 when measures differ, 6 when only bytes differ, 7 when the inputs are gone.',
  examples: [['cohortium reproduce <model>', 'ids are listed by cohortium champions']],
  next: 'cohortium champions show <model>, for what was recorded.',
  async action(call) {
    const report = await call.withAgent('readonly', (agent) =>
      agent.models.reproduce(call.args[0] ?? '', { signal: call.signal, onProgress: call.onProgress }),
    );
    const isGood = report.outcome === 'identical';
    return {
      document: report,
      lines: [
        isGood ? call.style.good(says.identical) : call.style.bad(says[report.outcome]),
        ...(report.reason === null ? [] : [report.reason]),
        ...(report.compared.length === 0
          ? []
          : formatTable(
              [{ head: 'compared' }, { head: 'recorded' }, { head: isGood ? '' : 'found' }],
              report.compared.map(({ what, recorded, found, isEqual }) => [what, recorded, isEqual ? '' : found]),
            )),
        ...report.versions.map(({ name, recorded, found }) => `${name} was ${recorded} then, and is ${found} now`),
      ],
      exitCode: codes[report.outcome],
    };
  },
};
