/** A sample log from a known model. */
import { sampleLog } from '../../../../agents/customer-data-graph/clv-door/index.ts';
import { formatCount } from '../../../../agents/customer-data-graph/report/format-number.ts';
import type { CommandAnswer, CommandCall } from '../../command-spec.ts';
import { writeOut } from './write-out.ts';

export async function simulate(call: CommandCall): Promise<CommandAnswer> {
  const out = call.requiredText('out');
  const model = call.text('model') ?? 'bg-nbd';
  const customers = call.wholeNumber('customers', 1000, 1, 1_000_000);
  const seed = call.text('seed') ?? 'first-light';
  const { csv, purchases, end, calibrationEnd } = sampleLog({ model, customers, seed });
  writeOut(call, out, csv);
  return {
    document: { file: out, model, customers, purchases, end, calibrationEnd },
    lines: [
      `${formatCount(customers)} customers, ${formatCount(purchases)} purchases up to ${end}, in ${out}`,
      '',
      `Next: ${call.hint(`clv compare ${out} --end ${end} --calibration-end ${calibrationEnd}`)}`,
    ],
  };
}
