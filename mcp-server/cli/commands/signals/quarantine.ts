/** What was refused: list, count, show, put right, take again, discard. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import type {
  CaptureReport,
  QuarantineDetail,
  QuarantineEntry,
  QuarantineQuery,
  ResubmitReport,
} from '../../../../agents/customer-data-graph/interface.ts';
import { formatCount } from '../../../../agents/customer-data-graph/report/format-number.ts';
import { CohortiumError } from '../../../../skills/sdk/index.ts';
import type { CommandAnswer, CommandCall } from '../../command-spec.ts';
import { exitCodes } from '../../exit-codes.ts';
import { formatPairs, formatTable, printable } from '../../format-table.ts';

const statuses = ['open', 'accepted', 'discarded'] as const;

/** `cohortium signals quarantine [counts | show | resubmit | discard]` */
export async function quarantine(call: CommandCall, [action = 'list', ...ids]: readonly string[]): Promise<CommandAnswer> {
  if (action === 'list') return list(call);
  if (action === 'counts') return counts(call);
  if (action === 'show') return show(call, one(ids, 'show'));
  if (action === 'resubmit') return ids.length === 0 ? resubmitAll(call) : resubmit(call, one(ids, 'resubmit'));
  if (action === 'discard') return discard(call, ids);
  throw new CohortiumError(
    'ARGUMENT_INVALID',
    `'${action}' is not done to the quarantine; expected list, counts, show, resubmit or discard`,
  );
}

async function list(call: CommandCall): Promise<CommandAnswer> {
  const limit = call.wholeNumber('limit', 20, 1, 10_000);
  const entries = await call.withAgent('readonly', (agent) => agent.quarantine(queryOf(call), limit));
  return { document: { entries }, lines: listLines(entries, limit, call) };
}

function listLines(entries: readonly QuarantineEntry[], limit: number, call: CommandCall): string[] {
  const [first] = entries;
  if (!first) return ['The quarantine has no such entries.'];
  return [
    ...formatTable(
      [{ head: 'id' }, { head: 'place' }, { head: 'code' }, { head: 'reason' }],
      entries.map(({ id, source, line, code, message }) => [id, `${source}:${line}`, code, message]),
    ),
    ...(entries.length === limit ? ['', `the first ${limit}; --limit shows more`] : []),
    '',
    `Next: ${call.hint(`signals quarantine show ${first.id}`)}  # whole, as it came`,
    // What was accepted or discarded is settled.
    ...((call.text('status') ?? 'open') === 'open' ? waysOut(first.id, call) : []),
  ];
}

function waysOut(id: string, call: CommandCall): string[] {
  return [
    `      ${call.hint(`signals quarantine resubmit ${id} --signal @fixed.json`)}  # a whole signal; docs/how-to/import-a-file.md has one`,
    `      ${call.hint('signals quarantine resubmit')}  # all that pass now`,
  ];
}

async function counts(call: CommandCall): Promise<CommandAnswer> {
  const found = await call.withAgent('readonly', (agent) => agent.quarantineCounts(queryOf(call)));
  return {
    document: { counts: found },
    lines:
      found.length === 0
        ? ['The quarantine has no such entries.']
        : formatTable(
            [{ head: 'code' }, { head: 'source' }, { head: 'type' }, { head: 'status' }, { head: 'entries', align: 'right' }],
            found.map(({ code, source, type, status, entries }) => [code, source, type || '(no type)', status, formatCount(entries)]),
          ),
  };
}

async function show(call: CommandCall, id: string): Promise<CommandAnswer> {
  const entry = await call.withAgent('readonly', (agent) => agent.quarantineEntry(id));
  return { document: entry, lines: entryLines(entry) };
}

function entryLines(entry: QuarantineDetail): string[] {
  return [
    ...formatPairs([
      ['id', entry.id],
      ['place', `${entry.source}:${entry.line}`],
      ['code', entry.code],
      ['message', entry.message],
      ['type', entry.type || '(no type)'],
      ['read as', entry.form],
      ['arrived', entry.at],
      ['status', entry.status],
      ...(entry.settledAt === null ? [] : [['since', entry.settledAt] as const]),
      ...(entry.acceptedAs.length === 0 ? [] : [['accepted as', entry.acceptedAs.join(', ')] as const]),
      ...(entry.reason === null ? [] : [['reason', entry.reason] as const]),
    ]),
    '',
    printable(entry.raw),
  ];
}

async function resubmit(call: CommandCall, id: string): Promise<CommandAnswer> {
  const given = call.text('signal');
  if (given === undefined) {
    throw new CohortiumError(
      'ARGUMENT_INVALID',
      `--signal with the corrected signal is needed to put one right: ${call.hint(`signals quarantine resubmit ${id} --signal @fixed.json`)}; ` +
        'without an id, all entries are read again as they came',
    );
  }
  const signal = parseSignal(given, call.host.cwd);
  const report = await call.withAgent('write', (agent) => agent.resubmit(id, signal));
  return { document: report, lines: resubmitLines(id, report), exitCode: report.quarantined > 0 ? exitCodes.negative : exitCodes.ok };
}

function resubmitLines(id: string, report: CaptureReport): string[] {
  if (report.accepted > 0) return [`${id} was accepted.`];
  if (report.duplicates > 0) return [`${id} is a repeat of a signal that was accepted before.`];
  return [`${id} was refused again:`, ...report.entries.map(({ code, message }) => `  ${code}: ${message}`)];
}

async function resubmitAll(call: CommandCall): Promise<CommandAnswer> {
  if (call.text('signal') !== undefined) {
    throw new CohortiumError(
      'ARGUMENT_INVALID',
      '--signal corrects one entry; name its id: cohortium signals quarantine resubmit q-12 --signal @fixed.json',
    );
  }
  if (call.text('status') !== undefined) throw new CohortiumError('ARGUMENT_INVALID', '--status: only open entries are submitted again');
  const report = await call.withAgent('write', (agent) =>
    agent.resubmitPassing(queryOf(call), { signal: call.signal, onProgress: call.onProgress }),
  );
  return { document: report, lines: passingLines(report, call) };
}

function passingLines({ tried, accepted, duplicates, refused, unreadable }: ResubmitReport, call: CommandCall): string[] {
  const stay = Object.entries(refused).map(([code, count]) => [`  ${code}`, formatCount(count)] as const);
  return [
    ...formatPairs([
      ['read again', formatCount(tried)],
      ['accepted', formatCount(accepted)],
      ['  repeats of known signals', formatCount(duplicates)],
      ...(stay.length > 0 ? ([['still refused', ''], ...stay] as const) : []),
      ...(unreadable > 0 ? [['kept only in part', formatCount(unreadable)] as const] : []),
    ]),
    ...(accepted < tried ? ['', `Next: ${call.hint('signals quarantine')}`] : []),
  ];
}

async function discard(call: CommandCall, ids: readonly string[]): Promise<CommandAnswer> {
  const reason = call.requiredText('reason');
  if (call.text('status') !== undefined) throw new CohortiumError('ARGUMENT_INVALID', '--status: only open entries are discarded');
  const discarded = await call.withAgent('write', (agent) => agent.discard(ids, queryOf(call), reason));
  return {
    document: { discarded, reason },
    lines:
      discarded === 0
        ? ['Nothing was discarded: there are no such open entries.']
        : [`${formatCount(discarded)} discarded; they stay on record.`, '', `Next: ${call.hint('signals quarantine --status discarded')}`],
  };
}

function queryOf(call: CommandCall): QuarantineQuery {
  const status = call.text('status');
  const known = statuses.find((one) => one === status);
  if (status !== undefined && known === undefined) {
    throw new CohortiumError('ARGUMENT_INVALID', `--status is '${status}'; expected ${statuses.join(', ')}`);
  }
  const code = call.text('code');
  const source = call.text('source');
  const type = call.text('type');
  return {
    ...(known === undefined ? {} : { status: known }),
    ...(code === undefined ? {} : { code }),
    ...(source === undefined ? {} : { source }),
    ...(type === undefined ? {} : { type }),
  };
}

function one(ids: readonly string[], action: string): string {
  const [id, ...more] = ids;
  if (id !== undefined && more.length === 0) return id;
  throw new CohortiumError('ARGUMENT_INVALID', `one id is needed: cohortium signals quarantine ${action} q-12`);
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
