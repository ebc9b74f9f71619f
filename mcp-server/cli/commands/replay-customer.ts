/** One customer's way through a run, as lines: value, decisions, and the rows of every stage. */
import type { CustomerReplay, CustomerRows } from '../../../agents/customer-data-graph/interface.ts';
import { formatCount } from '../../../agents/customer-data-graph/report/format-number.ts';
import type { Json } from '../../../skills/sdk/index.ts';
import { formatPairs, formatTable, printable } from '../format-table.ts';
import type { Style } from '../style.ts';
import { replayLines } from './replay-lines.ts';

/** Rows of one table that are printed; all of them are in the document of `--json`. */
const mostPrinted = 6;

export function customerLines(found: CustomerReplay, style: Style): string[] {
  const { place, kind, customer, value, decisions, stages, report } = found;
  const minor = (amount: number | null): string =>
    amount === null ? 'none' : `${formatCount(Math.round(amount))} minor units of ${value.currency ?? '?'}`;
  return [
    ...formatPairs([
      ['record', `${place.index}${place.item === null ? '' : `/${place.item}`}, a '${kind}' of run ${report.runId} as of ${report.asOf}`],
      ['customer', customer ?? 'about nobody'],
      ...(customer === null
        ? []
        : ([
            ['before calibration', minor(value.beforeMinor)],
            ['after calibration', `${minor(value.afterMinor)}, ${minor(value.lowMinor)} to ${minor(value.highMinor)}`],
            ['tier', value.tier ?? 'none'],
          ] as [string, string][])),
    ]),
    ...(decisions.length === 0
      ? []
      : [
          '',
          ...formatTable(
            [{ head: 'subscriber' }, { head: 'purpose' }, { head: 'decision' }, { head: 'because' }],
            decisions.map(({ subscriber, purpose, outcome, because }) => [
              subscriber,
              purpose,
              outcome,
              because.map(({ rule, citation }) => `${rule} (${citation})`).join('; '),
            ]),
          ),
        ]),
    ...stages.flatMap(({ step, effect, verdict, recorded, replayed }) => [
      '',
      `${style.bold(`${step} ${effect}`)}: ${verdict}`,
      ...recorded.flatMap((rows) => rowLines(rows, '')),
      ...(replayed ?? []).flatMap((rows) => rowLines(rows, 'replayed ')),
    ]),
    '',
    ...replayLines(report, style),
  ];
}

function rowLines({ output, rows, omitted }: CustomerRows, prefix: string): string[] {
  const rest = omitted + Math.max(0, rows.length - mostPrinted);
  return [
    ...rows.slice(0, mostPrinted).map((row) => printable(`  ${prefix}${output}: ${Object.entries(row).map(cellOf).join(', ')}`)),
    ...(rest > 0 ? [`  ${prefix}${output}: and ${formatCount(rest)} more`] : []),
  ];
}

function cellOf([name, value]: [string, Json]): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return `${name} ${text.length > 120 ? `${text.slice(0, 120)}…` : text}`;
}
