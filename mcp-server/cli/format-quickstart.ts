/**
 * The report at the end of the quickstart: what came out, beside what the simulation knows, and what to do next. At most 60
 * lines of at most 100 characters; the same text for the same report on every machine.
 */
import type { QuickstartGrain, QuickstartReport } from '../../agents/customer-data-graph/quickstart/report-type.ts';
import {
  formatCount,
  formatFixed,
  formatPercent,
  formatSeconds,
  formatWholeAmount,
  formatWholeMoney,
  shortDigest,
} from '../../agents/customer-data-graph/report/format-number.ts';
import { formatPairs, formatTable, printable } from './format-table.ts';
import { intervalStrip } from './interval-strip.ts';
import { makeStyle, type Style } from './style.ts';

const stripWidth = 24;
const mostReasons = 4;
/** Rows per dimension, so that the report stays on a screen or two. */
const mostRows: Readonly<Record<string, number>> = { location: 12, channel: 4, brand: 4 };

export interface QuickstartTextOptions {
  readonly colour: boolean;
  /** How this program is called in the commands that the report suggests. */
  readonly command?: string;
  /** The operator directory as a person would type it. */
  readonly directory?: string;
}

export function renderQuickstart(report: QuickstartReport, options: QuickstartTextOptions): string {
  const style = makeStyle(options.colour);
  const lines = [
    `${style.bold('Cohortium')} ${style.dim(`· ${printable(report.merchant)} · seed ${printable(report.seed)} · ${formatSeconds(report.seconds)}`)}`,
    '',
    ...headline(report, style),
    '',
    ...grainTable(report, style),
    '',
    ...assurances(report, style),
    '',
    ...pictureLines(report, options, style),
    ...nextLines(report, options, style),
  ];
  return lines.join('\n');
}

function headline({ accountClv, truth, currency, customers, asOf, horizonDays, intervalLevel }: QuickstartReport, style: Style): string[] {
  const isCovered = covers({ lowMinor: accountClv.low, highMinor: accountClv.high, truthMinor: truth.spend });
  return [
    `  ${formatCount(customers)} customers are expected to spend ${style.bold(style.accent(formatWholeMoney(accountClv.total, currency)))} in the ${horizonDays} days from ${asOf}`,
    `  ${formatPercent(intervalLevel, 0)} interval   ${formatWholeAmount(accountClv.low, currency)} … ${formatWholeMoney(accountClv.high, currency)}`,
    `  the truth       ${formatWholeMoney(truth.spend, currency)}, known because simulated: off by ${formatPercent(truth.relError)}, ${
      isCovered ? style.good('inside the interval') : style.warn('outside the interval')
    }`,
  ];
}

function grainTable(report: QuickstartReport, style: Style): string[] {
  const axes = (['location', 'channel', 'brand'] as const).map((axis) => ({
    axis,
    rows: report.grain.filter((row) => row.axis === axis).toSorted((a, b) => b.clvMinor - a.clvMinor || (a.value < b.value ? -1 : 1)),
  }));
  const shown = axes.flatMap(({ axis, rows }) => {
    const kept = rows.slice(0, mostRows[axis]);
    const scale = Math.max(1, ...kept.flatMap((row) => [row.highMinor, row.truthMinor ?? 0]));
    return kept.map((row, at) => ({ row, scale, axis: at === 0 ? axis : '' }));
  });
  const table = formatTable(
    [
      { head: '' },
      { head: '' },
      { head: 'value', align: 'right' },
      { head: 'from', align: 'right' },
      { head: 'to', align: 'right' },
      { head: 'truth', align: 'right' },
      { head: '' },
      { head: '├─●─┤ interval, ◆ truth' },
    ],
    shown.map(({ row, scale, axis }) => [
      axis,
      row.value,
      formatWholeAmount(row.clvMinor, report.currency),
      formatWholeAmount(row.lowMinor, report.currency),
      formatWholeAmount(row.highMinor, report.currency),
      row.truthMinor === null ? '–' : formatWholeAmount(row.truthMinor, report.currency),
      row.truthMinor === null ? ' ' : covers(row) ? '✓' : '✗',
      intervalStrip({ low: row.lowMinor, value: row.clvMinor, high: row.highMinor, truth: row.truthMinor }, scale, stripWidth),
    ]),
  );
  const known = shown.filter(({ row }) => row.truthMinor !== null);
  const covered = known.filter(({ row }) => covers(row)).length;
  const cut = axes.reduce((sum, { axis, rows }) => sum + Math.max(0, rows.length - (mostRows[axis] ?? 0)), 0);
  const omitted = cut === 0 ? '' : `; ${cut} more in the JSON`;
  return [
    ...table.map((line, at) => `  ${at === 0 ? style.dim(line) : paintMark(line, style)}`),
    style.dim(`  ${covered} of ${known.length} intervals hold the truth; ${formatPercent(report.intervalLevel, 0)} should${omitted}`),
  ];
}

function paintMark(line: string, style: Style): string {
  return line.replace(' ✓ ', ` ${style.good('✓')} `).replace(' ✗ ', ` ${style.warn('✗')} `);
}

function assurances(report: QuickstartReport, style: Style): string[] {
  const { calibration, gate, ledger, emissions } = report;
  const policyWidth = Math.max(0, ...gate.topReasons.slice(0, mostReasons).map(({ policy }) => policy.length));
  const isImproved = calibration.eceAfter < calibration.eceBefore;
  const pairs: [string, string][] = [
    [
      'calibrated',
      `error ${formatFixed(calibration.eceBefore, 4)} → ${formatFixed(calibration.eceAfter, 4)} (ECE) on ${formatCount(calibration.n)} held-out customers`,
    ],
    ['coherent', `${formatCount(report.cells)} cells add up to their accounts within ${report.coherenceMaxRelError.toExponential(1)}`],
    ['gated', `${formatCount(gate.pass)} pass, ${formatCount(gate.fail)} fail, ${formatCount(gate.counsel)} to a person`],
    ...gate.topReasons
      .slice(0, mostReasons)
      .map(({ policy, citation, outcome, count }): [string, string] => [
        '',
        `${formatCount(count).padStart(6)} ${outcome.padEnd(7)}  ${policy.padEnd(policyWidth)}  ${cut(citation, 52)}`,
      ]),
    [
      'recorded',
      `${formatCount(ledger.size)} leaves in the ledger, root ${shortDigest(ledger.root)}, ${ledger.verified ? 'verified' : 'NOT VERIFIED'}`,
    ],
    [
      'delivered',
      `${formatCount(emissions.acknowledged)} of ${formatCount(emissions.sent)} messages acknowledged${emissions.dead === 0 ? '' : `, ${formatCount(emissions.dead)} DEAD`}`,
    ],
    ['captured', `${formatCount(report.events)} events, ${formatCount(report.quarantined)} in quarantine`],
  ];
  const marks = pairs.map(([name]) => {
    if (name === 'calibrated') return isImproved;
    if (name === 'coherent') return report.coherenceMaxRelError <= 1e-9;
    if (name === 'recorded') return ledger.verified;
    if (name === 'delivered') return emissions.acknowledged === emissions.sent && emissions.dead === 0;
    return name === '' ? undefined : true;
  });
  return formatPairs(pairs).map((line, at) => {
    const mark = marks[at];
    if (mark === undefined) return `    ${style.dim(line)}`;
    return `  ${mark ? style.good('✓') : style.bad('✗')} ${line}`;
  });
}

function pictureLines({ pictures }: QuickstartReport, options: QuickstartTextOptions, style: Style): string[] {
  if (pictures.length === 0) return [];
  const directory = options.directory ?? '';
  return [style.bold('  Look'), ...pictures.map((picture) => `    ${directory === '' ? '' : `${directory}/`}${printable(picture)}`)];
}

function nextLines(report: QuickstartReport, options: QuickstartTextOptions, style: Style): string[] {
  const call = options.command ?? 'cohortium';
  const place = ` --dir ${options.directory ?? report.directory}`;
  const location = report.grain.find(({ axis }) => axis === 'location')?.value;
  const suggestions: readonly (readonly [string, string])[] = [
    [`score ${report.exampleCustomer}${location === undefined ? '' : ` --location ${quoted(location)}`}`, 'one customer, one place'],
    [`explain ${report.exampleCustomer}`, 'why'],
    ['gate reviews', 'what waits for a person'],
    [`replay ${report.runId}`, 'the same bits again'],
    ['mcp', 'for a model'],
  ];
  return [
    style.bold('  Try'),
    ...formatPairs(suggestions.map(([words, purpose]) => [`${call} ${words}${place}`, style.dim(`# ${purpose}`)] as const)).map(
      (line) => `    ${line}`,
    ),
  ];
}

function covers(row: Pick<QuickstartGrain, 'lowMinor' | 'highMinor' | 'truthMinor'>): boolean {
  return row.truthMinor !== null && row.truthMinor >= row.lowMinor && row.truthMinor <= row.highMinor;
}

function quoted(text: string): string {
  return /^[\w.-]+$/.test(text) ? text : `'${printable(text).replaceAll("'", `'\\''`)}'`;
}

function cut(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}
