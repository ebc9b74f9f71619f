/** Retention as lines for a terminal: the plan, why one record is kept, files, and what was executed. */
import type { RetentionExecution } from '../../../agents/customer-data-graph/erasure/erasure-interface.ts';
import type { RetentionReport } from '../../../agents/customer-data-graph/govern/scoring/scoring-interface.ts';
import type { KeptRecordAnswer, RetentionPlan } from '../../../agents/customer-data-graph/interface.ts';
import { formatCount } from '../../../agents/customer-data-graph/report/format-number.ts';
import type { CommandCall } from '../command-spec.ts';
import { formatTable, printable } from '../format-table.ts';
import { wrapped } from './gate/gate-lines.ts';

export function planLines({ today, asOf, groups, rules }: RetentionPlan, call: CommandCall): string[] {
  if (groups.length === 0) return ['Nothing is kept yet.'];
  const days = (range: readonly [string, string] | null): string =>
    range === null ? '' : range[0] === range[1] ? range[0] : `${range[0]} to ${range[1]}`;
  const due = groups.reduce((sum, { shredDue }) => sum + shredDue, 0);
  const [asked] = groups.filter(({ outcome }) => outcome === 'counsel' || outcome === 'shred');
  return [
    ...formatTable(
      [
        { head: 'class' },
        { head: 'plan' },
        { head: 'records', align: 'right' },
        { head: 'kept through' },
        { head: 'at most through' },
        { head: 'decided by' },
      ],
      groups.map(({ class: kind, outcome, records, skeletonThrough, bodyThrough, decidedBy, unknown, holds }) => [
        kind,
        outcome,
        formatCount(records),
        days(skeletonThrough),
        days(bodyThrough),
        [...(holds > 0 ? ['a hold'] : []), ...decidedBy, ...(unknown.length > 0 ? [`unknown: ${unknown.join(', ')}`] : [])].join(', '),
      ]),
    ),
    '',
    `As of ${today}, by ${rules} rules${asOf === null ? '' : `; customers as of ${asOf}`}. A dry run: nothing is removed. Not legal advice.`,
    ...(due > 0 ? [`The key to the person has to go now for ${formatCount(due)} record(s).`] : []),
    `Next: ${call.hint(`retention --why ${(asked ?? groups[0])?.example ?? ''}`)}`,
  ];
}

export function recordLines(record: KeptRecordAnswer, today: string, call: CommandCall): string[] {
  const { style } = call;
  return [
    `${style.bold(printable(record.id))}  ${record.class}: ${style.bold(record.outcome)}${record.isShredDue ? ', the key to the person has to go' : ''} on ${today}`,
    ...record.because.flatMap((reason) => wrapped(reason, call)),
    ...record.clocks.flatMap(({ rule, kind, citation, state, note, verify, isDeciding }) => [
      `  ${isDeciding ? '*' : '-'} ${rule} (${kind}): ${state}`,
      ...wrapped(`${citation}${note === null ? '' : `. ${note}`}${verify === null ? '' : `. Verify: ${verify}`}`, call, 8),
    ]),
    '',
  ];
}

/** Files of models and predictions. */
export function fileLines({ items, purged, today, isDryRun }: RetentionReport, call: CommandCall): readonly string[] {
  const goes = items.filter(({ decision }) => decision === 'purge');
  return [
    ...(items.length === 0
      ? ['There are no models or predictions yet.']
      : formatTable(
          [{ head: 'class' }, { head: 'path' }, { head: '' }, { head: 'why' }],
          items.map(({ class: kind, path, decision, reasons }) => [kind, path, decision, reasons.join('; ') || 'nothing keeps it']),
        )),
    '',
    !isDryRun
      ? `${purged.length} file(s) purged on ${today}.`
      : `${goes.length} of ${items.length} file(s) could be purged on ${today}.${goes.length > 0 ? ` Next: ${call.hint('retention --purge')}` : ''}`,
  ];
}

export function executedLines({ today, erasures, emptied, keys, bodies, files, left }: RetentionExecution): readonly string[] {
  const leftLines = left.map(({ class: kind, records, because }) => `  left: ${records} of ${kind}: ${because}`);
  if (erasures.length + emptied + keys + bodies + files.length === 0) return [`Nothing was removed on ${today}.`, ...leftLines];
  return [
    `On ${today}:`,
    `  ${erasures.length} customer(s) erased`,
    ...erasures.map(({ erasure, state, because }) => `    ${erasure} ${state}: ${because.join('; ')}`),
    `  ${keys} key(s) of the ledger destroyed with ${bodies} bodies; ${emptied} single bodies emptied`,
    `  ${files.length} file(s) of models and predictions purged`,
    ...leftLines,
    'Each is on record: cohortium custody shows it.',
  ];
}
