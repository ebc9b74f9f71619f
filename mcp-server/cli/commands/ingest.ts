/** Takes files in, and deals with what was refused: lists it, and takes the corrected signal. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import type { CaptureReport, IngestReport, QuarantineEntry } from '../../../agents/customer-data-graph/interface.ts';
import { formatCount } from '../../../agents/customer-data-graph/report/format-number.ts';
import { CohortiumError } from '../../../skills/sdk/index.ts';
import type { CommandAnswer, CommandCall, CommandSpec } from '../command-spec.ts';
import { formatPairs, formatTable } from '../format-table.ts';

export const ingest: CommandSpec = {
  name: 'ingest',
  args: [['[file]', 'CSV or JSON Lines file']],
  summary: 'take a file of transactions or signals into the event log',
  says: 'Checks every line, drops repeats by id, and puts what it cannot accept into quarantine with the reason; nothing is lost. A CSV file needs a map from its columns. Safe to repeat, and to interrupt.',
  options: [
    { flags: '--map <file>', says: 'import map (YAML); needed for CSV' },
    { flags: '--strict', says: 'exit with 1 when any line went to quarantine' },
    { flags: '--quarantine', says: 'list what was refused instead' },
    { flags: '--limit <n>', says: 'most entries to list (default: 20)' },
    { flags: '--resubmit <id>', says: 'take a corrected signal in place of a refused one; needs --signal' },
    { flags: '--signal <json>', says: 'the corrected signal: JSON, or @file' },
  ],
  examples: [
    ['cohortium ingest orders.csv --map map.yaml', 'a CSV export'],
    ['cohortium ingest signals.jsonl', 'signals, one JSON object a line'],
    ['cohortium ingest --quarantine', 'what was refused, and why'],
    ['cohortium ingest --resubmit q-12 --signal @fixed.json', 'put one right'],
  ],
  next: 'cohortium run pipelines/clv.yaml --as-of <date>.',
  async action(call) {
    if (call.flag('quarantine')) return listQuarantine(call);
    const entry = call.text('resubmit');
    if (entry !== undefined) return resubmit(call, entry);
    const file = call.args[0];
    if (file === undefined) {
      throw new CohortiumError('ARGUMENT_INVALID', 'a file is needed: cohortium ingest orders.csv --map map.yaml');
    }
    const map = call.text('map');
    const report = await call.withAgent('write', (agent) =>
      agent.ingest(
        { file: resolve(call.host.cwd, file), ...(map === undefined ? {} : { map: resolve(call.host.cwd, map) }) },
        { signal: call.signal, onProgress: call.onProgress },
      ),
    );
    const isEmptyHanded = report.accepted + report.duplicates === 0 && report.quarantined > 0;
    return {
      document: report,
      lines: ingestLines(report, call),
      exitCode: isEmptyHanded || (call.flag('strict') && report.quarantined > 0) ? 1 : 0,
    };
  },
};

function ingestLines(report: IngestReport, call: CommandCall): string[] {
  const next = `Next: ${call.hint('run pipelines/clv.yaml --as-of <date>')}`;
  const refused = Object.entries(report.reasons);
  return [
    ...formatPairs([
      ['lines', formatCount(report.lines)],
      ['accepted', formatCount(report.accepted)],
      ['duplicates', formatCount(report.duplicates)],
      ['quarantined', formatCount(report.quarantined)],
    ]),
    ...(refused.length === 0
      ? ['', next]
      : [
          '',
          call.style.warn('In quarantine:'),
          ...formatPairs(refused.map(([code, count]) => [`  ${code}`, formatCount(count)])),
          '',
          `Next: ${call.hint('ingest --quarantine')}  # shows them; the others are in`,
        ]),
  ];
}

async function listQuarantine(call: CommandCall): Promise<CommandAnswer> {
  const limit = call.wholeNumber('limit', 20, 1, 10_000);
  const entries = await call.withAgent('readonly', (agent) => agent.quarantine(limit));
  return { document: { entries }, lines: quarantineLines(entries, limit, call) };
}

function quarantineLines(entries: readonly QuarantineEntry[], limit: number, call: CommandCall): string[] {
  const [first] = entries;
  if (!first) return ['The quarantine is empty.'];
  return [
    ...formatTable(
      [{ head: 'id' }, { head: 'place' }, { head: 'code' }, { head: 'reason' }],
      entries.map(({ id, source, line, code, message }) => [id, `${source}:${line}`, code, message]),
    ),
    ...(entries.length === limit ? ['', `the first ${limit}; --limit shows more`] : []),
    '',
    `Next: ${call.hint('ingest --quarantine --json')}  # with the lines as they came`,
    `      ${call.hint(`ingest --resubmit ${first.id} --signal @fixed.json`)}  # a whole signal; docs/how-to/import-a-file.md has one`,
  ];
}

async function resubmit(call: CommandCall, id: string): Promise<CommandAnswer> {
  const signal = parseSignal(call.requiredText('signal'), call.host.cwd);
  const report = await call.withAgent('write', (agent) => agent.resubmit(id, signal));
  return { document: report, lines: resubmitLines(id, report), exitCode: report.quarantined > 0 ? 1 : 0 };
}

function resubmitLines(id: string, report: CaptureReport): string[] {
  if (report.accepted > 0) return [`${id} was accepted.`];
  if (report.duplicates > 0) return [`${id} is a repeat of a signal that was accepted before.`];
  return [`${id} was refused again:`, ...report.entries.map(({ code, message }) => `  ${code}: ${message}`)];
}

function parseSignal(given: string, cwd: string): unknown {
  const path = given.startsWith('@') ? resolve(cwd, given.slice(1)) : undefined;
  if (path !== undefined && !existsSync(path)) throw new CohortiumError('ARGUMENT_INVALID', `--signal: there is no file ${path}`);
  try {
    return JSON.parse(path === undefined ? given : readFileSync(path, 'utf8'));
  } catch (error) {
    throw new CohortiumError('ARGUMENT_INVALID', `--signal is not JSON: ${error instanceof Error ? error.message : ''}`, { cause: error });
  }
}
