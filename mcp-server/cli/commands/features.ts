/** Features of customers as a file. */
import { resolve } from 'node:path';

import { formatCount } from '../../../agents/customer-data-graph/report/format-number.ts';
import { CohortiumError } from '../../../skills/sdk/index.ts';
import type { CommandSpec } from '../command-spec.ts';

export const features: CommandSpec = {
  name: 'features',
  summary: 'write what customers did in a window as a CSV file',
  says: 'One row per customer with a signal up to the day: how often they did what, days, orders, money, places, recency and gaps in one of six windows, and what they declared. docs/concepts/features.md says what each column is.',
  options: [
    { flags: '--as-of <date>', says: 'last day that counts, YYYY-MM-DD; needed' },
    { flags: '--window <window>', says: '24h, 7d, 28d, 90d, 365d or lifetime (default: 365d)' },
    { flags: '--out <file>', says: 'file to write (default: features.csv)' },
  ],
  examples: [
    ['cohortium features --as-of 2025-12-31', 'a year of everybody'],
    ['cohortium features --as-of 2025-12-31 --window 28d --out four-weeks.csv', 'four weeks'],
  ],
  next: 'open the file, or cohortium cohorts compute for cohorts made of the same columns.',
  async action(call) {
    const asOf = call.requiredText('asOf');
    if (!/^\d{4}-\d{2}-\d{2}$/.test(asOf)) {
      throw new CohortiumError('ARGUMENT_INVALID', `--as-of is '${asOf}'; expected an ISO date such as 2026-01-31`);
    }
    const request = { asOf, window: call.text('window') ?? '365d', out: resolve(call.host.cwd, call.text('out') ?? 'features.csv') };
    const made = await call.withAgent('write', (agent) => agent.exportFeatures(request, { signal: call.signal }));
    return {
      document: made,
      lines: [`${made.file}: ${formatCount(made.customers)} customers, ${formatCount(made.columns.length)} columns`],
    };
  },
};
