/** Made-up data with a known truth. */
import { relative } from 'node:path';

import { formatCount } from '../../../agents/customer-data-graph/report/format-number.ts';
import type { CommandCall, CommandSpec } from '../command-spec.ts';

export const simulate: CommandSpec = {
  name: 'simulate',
  summary: 'write the files of a simulated merchant into the operator directory',
  says: 'Simulates purchases, returns, seasons, opt-outs and identities of a merchant with 12 locations, 4 channels and 3 brands, and writes them as files to ingest, with what they will spend later beside them. Nothing is ingested yet.',
  options: [
    { flags: '--seed <text>', says: 'same seed, same files (default: first-light)' },
    { flags: '--customers <n>', says: 'how many, 10 to 1000000 (default: 5000)' },
    { flags: '--months <n>', says: 'length of the history, 6 to 60 (default: 24)' },
    { flags: '--protected', says: 'also write made-up protected attributes into protected/, to try a fairness audit on' },
    { flags: '--into-log', says: 'write the signals straight into the empty log instead of files: a million customers in minutes' },
  ],
  examples: [
    ['cohortium simulate', 'the default merchant'],
    ['cohortium simulate --customers 500 --months 12 --seed small', 'a small one'],
    ['cohortium simulate --customers 1000000 --months 12 --into-log', 'one to try things at scale on'],
  ],
  next: 'cohortium ingest the file that it names.',
  async action(call) {
    const { simulateInto, simulateIntoLog } = await call.module();
    const options = {
      seed: call.text('seed') ?? 'first-light',
      customers: call.wholeNumber('customers', 5000, 10, 1_000_000),
      months: call.wholeNumber('months', 24, 6, 60),
    };
    if (call.flag('intoLog')) {
      const log = await simulateIntoLog(await call.directory(), options, { signal: call.signal, onProgress: call.onProgress });
      return {
        document: log,
        lines: [
          `${formatCount(log.customers)} customers, ${formatCount(log.events)} events; segments of the log: ${formatCount(log.segments)}`,
          '',
          'Next:',
          `  ${call.hint(`run pipelines/clv.yaml --as-of ${log.asOf}`)}`,
        ],
      };
    }
    const made = await simulateInto(await call.directory(), { ...options, withProtected: call.flag('protected') });
    return {
      document: made,
      lines: [
        `${formatCount(made.customers)} customers, ${formatCount(made.events)} events`,
        ...[...made.files, ...made.protectedFiles].map((file) => `  ${shown(call, file)}`),
        '',
        'Next:',
        ...ingestHints(made.files.map((file) => shown(call, file))).map((rest) => `  ${call.hint(rest)}`),
      ],
    };
  },
};

/** A path as a person here would type it. */
function shown(call: CommandCall, file: string): string {
  const path = relative(call.host.cwd, file);
  return path === '' || path.startsWith('..') ? file : path;
}

/** One command per file that can be ingested; a CSV file needs the map beside it. */
function ingestHints(files: readonly string[]): string[] {
  const map = files.find((file) => file.endsWith('.yaml'));
  return files.flatMap((file) => {
    if (file.endsWith('.csv')) return [`ingest ${file}${map === undefined ? '' : ` --map ${map}`}`];
    return file.endsWith('events.jsonl') ? [`ingest ${file}`] : [];
  });
}
