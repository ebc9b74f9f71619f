/**
 * Impact ratios had the best 5 %, 10 % … by value been selected, one line per group with its interval: whether a disparity hangs on the cut
 * that was chosen. Groups are told apart by the name at the end of their line.
 */
import { formatFixed } from '../format-number.ts';
import { dot, label, line, path, picture, shorten } from '../svg.ts';

export interface QuantileCurve {
  readonly group: string;
  readonly points: readonly {
    readonly topPercent: number;
    readonly ratio: number | null;
    readonly low: number | null;
    readonly high: number | null;
  }[];
}

export interface QuantilePicture {
  readonly title: string;
  readonly subtitle: string;
  readonly curves: readonly QuantileCurve[];
  readonly fourFifths: number;
}

const width = 760;
const area = { left: 64, right: 600, top: 96, bottom: 356 };
const reach = 2;
/** Of the groups, in turn; the names tell them apart. */
const lines = ['actual', 'before', 'expected'] as const;

/** @returns an SVG document */
export function quantileCurves({ title, subtitle, curves, fourFifths }: QuantilePicture): string {
  const percents = [...new Set(curves.flatMap(({ points }) => points.map(({ topPercent }) => topPercent)))].sort((a, b) => a - b);
  const most = Math.max(1, ...percents);
  const x = (percent: number): number => area.left + ((area.right - area.left) * percent) / most;
  const y = (ratio: number): number => area.bottom - ((area.bottom - area.top) * Math.min(Math.max(ratio, 0), reach)) / reach;
  const ends = endLabels(curves, y);
  return picture({
    width,
    height: 416,
    title,
    description: `${subtitle}. ${curves.map(described).join('; ')}`,
    body: [
      label(24, 34, shorten(title, 74), 'heading'),
      label(24, 54, shorten(subtitle, 104), 'quiet'),
      label(24, 82, 'impact ratio; dashed: four fifths', 'quiet'),
      ...[0, 0.5, 1, 1.5, 2].flatMap((tick) => [
        line(area.left, y(tick), area.right, y(tick), tick === 0 || tick === 1 ? 'axis' : 'grid'),
        label(area.left - 8, y(tick) + 4, formatFixed(tick, 1), 'end quiet'),
      ]),
      line(area.left, y(fourFifths), area.right, y(fourFifths), 'cut'),
      label(area.left - 8, y(fourFifths) + 4, formatFixed(fourFifths, 1), 'end quiet'),
      ...percents.flatMap((percent) => [
        line(x(percent), area.bottom, x(percent), area.bottom + 4, 'axis'),
        label(x(percent), area.bottom + 18, `${percent} %`, 'middle quiet'),
      ]),
      label(
        (area.left + area.right) / 2,
        area.bottom + 40,
        'best so many per cent of the customers by value, whatever the gate said',
        'middle quiet',
      ),
      ...curves.flatMap((curve, at) => drawn(curve, at, curves.length, x, y)),
      ...ends.map(({ text, at }) => label(area.right + 12, at + 4, shorten(text, 20), 'strong')),
      ...(curves.length === 0 ? [label((area.left + area.right) / 2, y(1) - 10, 'no group to compare', 'middle quiet')] : []),
    ],
  });
}

function described({ group, points }: QuantileCurve): string {
  return `${group} ${points.map(({ topPercent, ratio }) => `${topPercent} %: ${formatFixed(ratio ?? Number.NaN, 2)}`).join(', ')}`;
}

function drawn(
  { points }: QuantileCurve,
  at: number,
  curves: number,
  x: (percent: number) => number,
  y: (ratio: number) => number,
): string[] {
  // Intervals of several groups at one cut stand beside each other.
  const shift = (at - (curves - 1) / 2) * 5;
  const known = points.flatMap(({ topPercent, ratio, low, high }) =>
    ratio === null ? [] : [{ place: x(topPercent) + shift, ratio, low: low ?? ratio, high: high ?? reach }],
  );
  return [
    ...known.map(({ place, low, high }) => line(place, y(low), place, y(high), 'bar')),
    path(
      known.map(({ place, ratio }) => [place, y(ratio)]),
      lines[at % lines.length] ?? 'actual',
    ),
    ...known.map(({ place, ratio }) => dot(place, y(ratio), 3.5, `${lines[at % lines.length] ?? 'actual'}-dot`)),
  ];
}

/** Names at the ends of the lines, pushed apart where they would lie on each other. */
function endLabels(
  curves: readonly QuantileCurve[],
  y: (ratio: number) => number,
): readonly { readonly text: string; readonly at: number }[] {
  const ends = curves
    .flatMap(({ group, points }) => {
      const last = points.findLast(({ ratio }) => ratio !== null)?.ratio;
      return last === undefined || last === null ? [] : [{ text: group, at: y(last) }];
    })
    .sort((a, b) => a.at - b.at);
  let lowest = Number.NEGATIVE_INFINITY;
  return ends.map(({ text, at }) => {
    lowest = Math.max(at, lowest + 16);
    return { text, at: lowest };
  });
}
