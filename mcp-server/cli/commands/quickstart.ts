/** The whole product in one command, on a simulated merchant whose truth is known. */
import { relative, resolve } from 'node:path';

import type { CommandSpec } from '../command-spec.ts';
import { renderQuickstart } from '../format-quickstart.ts';

export const quickstart: CommandSpec = {
  name: 'quickstart',
  summary: 'see it work: simulate a merchant, run everything, report (about a minute)',
  says: 'Makes an operator directory, simulates two years of a merchant, ingests them as a file, runs the pipeline end to end and reports value beside the simulated truth. The same seed gives the same report.',
  options: [
    { flags: '--seed <text>', says: 'seed of the simulation (default: first-light)' },
    { flags: '--customers <n>', says: 'customers to simulate, 200 to 100000 (default: 5000)' },
    { flags: '--out <directory>', says: 'where to make the operator directory (default: ./quickstart)' },
  ],
  examples: [
    ['cohortium quickstart', 'the report, and a directory to play with'],
    ['cohortium quickstart --json > report.json', 'the same as one JSON document'],
    ['cohortium quickstart --seed another --customers 1000', 'another merchant'],
  ],
  next: 'try the commands that the report names in the directory that it made.',
  async action(call) {
    const { runQuickstart } = await call.module();
    const out = call.text('out');
    const report = await runQuickstart({
      seed: call.text('seed') ?? 'first-light',
      customers: call.wholeNumber('customers', 5000, 200, 100_000),
      ...(out === undefined ? {} : { directory: resolve(call.host.cwd, out) }),
      onProgress: call.onProgress,
      signal: call.signal,
    });
    const isSound = report.ledger.verified && report.emissions.dead === 0;
    return {
      document: report,
      lines: [
        renderQuickstart(report, {
          colour: call.style.isOn,
          command: call.host.command,
          directory: relative(call.host.cwd, report.directory) || '.',
        }),
      ],
      exitCode: isSound ? 0 : 1,
    };
  },
};
