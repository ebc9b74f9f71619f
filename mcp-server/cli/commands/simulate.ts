import { formatCount } from '../../../agents/customer-data-graph/report/format-number.ts';
/** Made-up data with a known truth. */
import type { CommandSpec } from '../command-spec.ts';

export const simulate: CommandSpec = {
  name: 'simulate',
  summary: 'write the files of a simulated merchant into the operator directory',
  says: 'Simulates purchases, returns, seasons, opt-outs and identities of a merchant with 12 locations, 4 channels and 3 brands, and writes them as files to ingest, with what they will spend later beside them. Nothing is ingested yet.',
  options: [
    { flags: '--seed <text>', says: 'same seed, same files (default: first-light)' },
    { flags: '--customers <n>', says: 'how many, 10 to 1000000 (default: 5000)' },
    { flags: '--months <n>', says: 'length of the history, 6 to 60 (default: 24)' },
  ],
  examples: [
    ['cohortium simulate', 'the default merchant'],
    ['cohortium simulate --customers 500 --months 12 --seed small', 'a small one'],
  ],
  next: 'cohortium ingest the file that it names.',
  async action(call) {
    const { simulateInto } = await call.module();
    const made = await simulateInto(await call.directory(), {
      seed: call.text('seed') ?? 'first-light',
      customers: call.wholeNumber('customers', 5000, 10, 1_000_000),
      months: call.wholeNumber('months', 24, 6, 60),
    });
    return {
      document: made,
      lines: [
        `${formatCount(made.customers)} customers, ${formatCount(made.events)} events`,
        ...made.files.map((file) => `  ${file}`),
        '',
        'Next: cohortium ingest <file> --map <map>',
      ],
    };
  },
};
