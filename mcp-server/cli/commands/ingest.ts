/** Takes files in. */
import { resolve } from 'node:path';

import type { IngestReport, IngestRequest } from '../../../agents/customer-data-graph/interface.ts';
import { formatCount } from '../../../agents/customer-data-graph/report/format-number.ts';
import { CohortiumError } from '../../../skills/sdk/index.ts';
import type { CommandCall, CommandSpec } from '../command-spec.ts';
import { formatPairs } from '../format-table.ts';

const formats = ['signal', 'segment', 'cloud-event'] as const;

export const ingest: CommandSpec = {
  name: 'ingest',
  args: [['<file>', 'CSV, JSON Lines or Parquet file']],
  summary: 'take a file of transactions or signals into the event log',
  says: 'Checks every line, drops repeats by id, and puts what it cannot accept into quarantine with the reason; nothing is lost. A CSV or Parquet file needs a map from its columns. Safe to repeat, and to interrupt.',
  options: [
    { flags: '--map <file>', says: 'import map (YAML); needed for CSV and Parquet' },
    { flags: '--format <format>', says: 'what each line is, without a map: signal, segment or cloud-event (default: signal)' },
    { flags: '--strict', says: 'exit with 1 when any line went to quarantine' },
  ],
  examples: [
    ['cohortium ingest orders.csv --map map.yaml', 'a CSV export'],
    ['cohortium ingest events.parquet --map map.yaml', 'a Parquet export; columns are those of the file'],
    ['cohortium ingest signals.jsonl', 'signals, one JSON object a line'],
    ['cohortium ingest archive.jsonl.gz --format segment', 'calls of Segment SDKs, as an archive keeps them'],
  ],
  next: 'cohortium run pipelines/clv.yaml --as-of <date>.',
  async action(call) {
    const file = call.args[0];
    if (file === undefined) {
      throw new CohortiumError('ARGUMENT_INVALID', 'a file is needed: cohortium ingest orders.csv --map map.yaml');
    }
    const map = call.text('map');
    const format = formatOf(call);
    const request: IngestRequest = {
      file: resolve(call.host.cwd, file),
      ...(map === undefined ? {} : { map: resolve(call.host.cwd, map) }),
      ...(format === undefined ? {} : { format }),
    };
    const report = await call.withAgent('write', (agent) => agent.ingest(request, { signal: call.signal, onProgress: call.onProgress }));
    const isEmptyHanded = report.accepted + report.duplicates === 0 && report.quarantined > 0;
    return {
      document: report,
      lines: ingestLines(report, call),
      exitCode: isEmptyHanded || (call.flag('strict') && report.quarantined > 0) ? 1 : 0,
    };
  },
};

function formatOf(call: CommandCall): IngestRequest['format'] {
  const given = call.text('format');
  const known = formats.find((format) => format === given);
  if (given === undefined || known !== undefined) return known;
  throw new CohortiumError('ARGUMENT_INVALID', `--format is '${given}'; expected ${formats.join(', ')}`);
}

function ingestLines(report: IngestReport, call: CommandCall): string[] {
  const next = `Next: ${call.hint('run pipelines/clv.yaml --as-of <date>')}`;
  const refused = Object.entries(report.reasons);
  return [
    ...formatPairs([
      ['lines', formatCount(report.lines)],
      ['accepted', formatCount(report.accepted)],
      ['duplicates', formatCount(report.duplicates)],
      ['quarantined', formatCount(report.quarantined)],
      ...(report.empty > 0 ? [['without content', formatCount(report.empty)] as const] : []),
    ]),
    ...(refused.length === 0
      ? ['', next]
      : [
          '',
          call.style.warn('In quarantine:'),
          ...formatPairs(refused.map(([code, count]) => [`  ${code}`, formatCount(count)])),
          '',
          `Next: ${call.hint('signals quarantine')}  # shows them${report.accepted + report.duplicates > 0 ? '; the others are in' : ''}`,
        ]),
  ];
}
