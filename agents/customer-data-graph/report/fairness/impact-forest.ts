/**
 * Impact ratios of groups with their intervals, beside the lines of four fifths and of equality. A row whose whole interval is left of the
 * line shows a disparity; only a row whose whole interval is right of it shows that there is none.
 */
import { formatCount, formatFixed } from '../format-number.ts';
import { box, dot, label, line, picture, shorten } from '../svg.ts';

export interface ForestRow {
  /** Such as `sex: women, against men`. */
  readonly label: string;
  readonly ratio: number | null;
  readonly low: number | null;
  /** Null where the data set no limit. */
  readonly high: number | null;
  /** Customers of the group, effective ones for weights. */
  readonly customers: number;
  /** Such as `fail`. */
  readonly verdict: string;
}

export interface ForestPicture {
  readonly title: string;
  readonly subtitle: string;
  readonly rows: readonly ForestRow[];
  readonly fourFifths: number;
}

const width = 760;
const area = { left: 280, right: 600 };
const top = 104;
const rowHeight = 30;
/** What lies beyond is cut off, with an arrow. */
const reach = 2;

/** @returns an SVG document */
export function impactForest({ title, subtitle, rows, fourFifths }: ForestPicture): string {
  const bottom = top + Math.max(1, rows.length) * rowHeight;
  const x = (ratio: number): number => area.left + ((area.right - area.left) * Math.min(Math.max(ratio, 0), reach)) / reach;
  const summary = summaryOf(rows, fourFifths);
  return picture({
    width,
    height: bottom + 66,
    title,
    description: `${subtitle}. ${summary}`,
    body: [
      label(24, 34, shorten(title, 74), 'heading'),
      label(24, 54, shorten(subtitle, 104), 'quiet'),
      label(24, 74, shorten(summary, 104), 'quiet'),
      box(area.left, top - 10, x(fourFifths) - area.left, bottom - top + 10, 'zone'),
      ...[0, 0.5, 1, 1.5, 2].flatMap((tick) => [
        line(x(tick), top - 10, x(tick), bottom, tick === 1 ? 'axis' : 'grid'),
        label(x(tick), bottom + 18, formatFixed(tick, 1), 'middle quiet'),
      ]),
      line(x(fourFifths), top - 10, x(fourFifths), bottom + 4, 'cut'),
      label(x(fourFifths), bottom + 36, `four fifths: ${formatFixed(fourFifths, 2)}`, 'middle quiet'),
      label(area.right + 16, top - 16, 'ratio', 'quiet'),
      label(width - 24, top - 16, 'verdict', 'end quiet'),
      ...rows.flatMap((row, at) => drawn(row, top + (at + 0.5) * rowHeight, x)),
      ...(rows.length === 0 ? [label(area.left - 14, top + 19, 'no group to compare', 'end quiet')] : []),
      label(area.left, bottom + 56, 'dot: selection rate over that of the reference; bar: 95 % score interval', 'quiet'),
    ],
  });
}

function summaryOf(rows: readonly ForestRow[], fourFifths: number): string {
  const below = rows.filter(({ high }) => high !== null && high < fourFifths).length;
  const above = rows.filter(({ low }) => low !== null && low >= fourFifths).length;
  return `${formatCount(rows.length)} compared: ${formatCount(below)} wholly below four fifths, ${formatCount(above)} wholly above, ${formatCount(rows.length - below - above)} in between.`;
}

function drawn({ label: text, ratio, low, high, customers, verdict }: ForestRow, y: number, x: (ratio: number) => number): string[] {
  const size = ` (${formatCount(customers)})`;
  const names = label(area.left - 14, y + 4, `${shorten(text, Math.floor((area.left - 30) / 7.2) - size.length)}${size}`, 'end');
  const end = label(width - 24, y + 4, verdict, 'end strong');
  if (ratio === null || low === null) return [names, label(area.left + 8, y + 4, 'no ratio: nobody was selected', 'quiet'), end];
  const [from, to] = [x(low), x(high ?? reach)];
  const isCut = high === null || high > reach;
  return [
    names,
    line(from, y, to, y, 'interval'),
    ...(low <= reach ? [line(from, y - 5, from, y + 5, 'interval')] : []),
    ...(isCut
      ? [line(to - 5, y - 4, to, y, 'interval'), line(to - 5, y + 4, to, y, 'interval')]
      : [line(to, y - 5, to, y + 5, 'interval')]),
    dot(x(ratio), y, 4.5, 'actual-dot'),
    label(area.right + 16, y + 4, formatFixed(ratio, 2), 'strong'),
    end,
  ];
}
