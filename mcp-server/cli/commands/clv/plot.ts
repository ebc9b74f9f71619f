/** Pictures of a model and its data, one file each. */
import { join } from 'node:path';

import { clvPictures, fitClv } from '../../../../agents/customer-data-graph/clv-door/index.ts';
import type { CommandAnswer, CommandCall } from '../../command-spec.ts';
import { storedModel } from './predict.ts';
import { readPurchases } from './purchase-data.ts';
import { makeOutFolder, writeOut } from './write-out.ts';

export async function plot(call: CommandCall, file: string | undefined): Promise<CommandAnswer> {
  const out = call.requiredText('out');
  const stored = storedModel(call);
  const data = readPurchases(call, file, stored?.unit);
  const pictures = clvPictures(stored ?? fitClv(data, call.text('model') ?? 'bg-nbd'), data, { customer: call.text('show') });
  makeOutFolder(call, out);
  const files = Object.entries(pictures).map(([name, svg]) => {
    writeOut(call, join(out, name), svg);
    return join(out, name);
  });
  return {
    document: { files },
    lines: [
      ...files,
      ...(data.holdout === null ? ['', `No holdout: ${data.log ? '--calibration-end makes one' : 'the table has no counts of one'}.`] : []),
      '',
      'Next: open them in a browser',
    ],
  };
}
