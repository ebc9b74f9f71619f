/** Makes an operator directory. */
import { relative, resolve } from 'node:path';

import { quoted } from '../command-call.ts';
import type { CommandSpec } from '../command-spec.ts';

export const init: CommandSpec = {
  name: 'init',
  args: [['[directory]', 'where; made when absent (default: here)']],
  summary: 'make an operator directory: configuration, pipelines, policies, registries',
  says: 'Writes a working operator directory that belongs into version control. Refuses a directory that is one already.',
  options: [
    { flags: '--merchant <name>', says: 'name shown in reports' },
    { flags: '--currency <code>', says: 'ISO 4217 code of all amounts (default: EUR)' },
    { flags: '--demonstration', says: 'for made-up data: states to the gate what a real merchant would have to check' },
  ],
  examples: [
    ['cohortium init shop', 'a new directory'],
    ['cohortium init shop --merchant "Blue Door" --currency USD', 'with its name and currency'],
  ],
  next: 'cohortium ingest <file> with your data, or cohortium simulate for made-up data.',
  async action(call) {
    const directory = resolve(call.host.cwd, call.args[0] ?? call.text('dir') ?? '.');
    const merchant = call.text('merchant');
    const currency = call.text('currency');
    const { initOperatorDirectory } = await call.module();
    const { files } = await initOperatorDirectory(directory, {
      ...(merchant === undefined ? {} : { merchant }),
      ...(currency === undefined ? {} : { currency }),
      ...(call.flag('demonstration') ? { demonstration: true } : {}),
    });
    const place = relative(call.host.cwd, directory) || '.';
    return {
      document: { directory, files },
      lines: [
        `${call.style.good('made')} an operator directory in ${place}`,
        ...files.map((file) => `  ${file}`),
        '',
        'Next:',
        ...(place === '.' ? [] : [`  cd ${quoted(place)}`]),
        `  ${call.host.command} ingest orders.csv --map map.yaml   # your data, or`,
        `  ${call.host.command} simulate                           # made-up data`,
      ],
    };
  },
};
