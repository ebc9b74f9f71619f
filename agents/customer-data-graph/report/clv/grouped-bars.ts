/** Pairs of bars, actual beside expected, over named groups: the frame of several pictures. */
import { valueGrid } from '../chart-parts.ts';
import { box, label, line, picture, shorten, zeroBasedScale } from '../svg.ts';

export interface BarGroup {
  /** Below the bars. */
  readonly name: string;
  /** Second line below the bars. */
  readonly note?: string;
  readonly actual: number;
  readonly expected: number;
}

export interface GroupedBars {
  readonly heading: string;
  readonly summary: string;
  readonly groups: readonly BarGroup[];
  /** What the groups are. */
  readonly axis: string;
  /** What the height of a bar is. */
  readonly measure: string;
  /** What the second line below the bars is. */
  readonly noteAxis?: string;
}

const width = 760;
const left = 64;
const right = width - 24;
const top = 100;
const bottom = 324;

/** @returns an SVG document */
export function groupedBars({ heading, summary, groups, axis, measure, noteAxis }: GroupedBars): string {
  const y = zeroBasedScale(Math.max(0, ...groups.flatMap(({ actual, expected }) => [actual, expected])), bottom, top, 5);
  const step = (right - left) / Math.max(1, groups.length);
  const bar = Math.min(30, step * 0.36);
  const hasNotes = groups.some(({ note }) => note !== undefined);
  const low = hasNotes ? bottom + 34 : bottom + 18;
  const letters = Math.max(3, Math.floor(step / 7));
  return picture({
    width,
    height: low + 40,
    title: heading,
    description: summary,
    body: [
      label(24, 34, heading, 'heading'),
      label(24, 54, summary, 'quiet'),
      ...legend(),
      label(24, 84, measure, 'quiet'),
      ...valueGrid(y, left, right),
      ...groups.flatMap(({ name, note, actual, expected }, at) => {
        const middle = left + step * (at + 0.5);
        return [
          box(middle - bar - 1, y.at(actual), bar, bottom - y.at(actual), 'actual-dot'),
          box(middle + 1, y.at(expected), bar, bottom - y.at(expected), 'expected-bar'),
          label(middle, bottom + 18, shorten(name, letters), 'middle'),
          ...(note === undefined ? [] : [label(middle, bottom + 34, shorten(note, letters), 'middle quiet')]),
        ];
      }),
      line(left, bottom, right, bottom, 'axis'),
      ...(noteAxis === undefined || !hasNotes ? [] : [label(left - 8, bottom + 34, noteAxis, 'end quiet')]),
      label((left + right) / 2, low + 24, axis, 'middle quiet'),
    ],
  });
}

function legend(): string[] {
  return [
    box(right - 150, 25, 12, 12, 'actual-dot'),
    label(right - 132, 35, 'actual'),
    box(right - 76, 25, 12, 12, 'expected-bar'),
    label(right - 58, 35, 'expected'),
  ];
}
