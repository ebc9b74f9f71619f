/** Value by location, channel or brand as bars with intervals, largest first. */
import { axisFormat } from '../chart-parts.ts';
import { formatCompact, formatWholeMoney, wholeUnits } from '../format-number.ts';
import { box, escapeXml, label, line, picture, shorten, textWidth, zeroBasedScale } from '../svg.ts';

export interface GrainRow {
  readonly name: string;
  readonly valueMinor: number;
  /** Ends of the interval. */
  readonly lowMinor: number;
  readonly highMinor: number;
}

export interface ValueByGrain {
  /** `location`, `channel`, `brand` */
  readonly grain: string;
  readonly rows: readonly GrainRow[];
  readonly currency: string;
  readonly horizonDays: number;
  /** Of the intervals: 0.9 */
  readonly level: number;
}

const width = 760;
const top = 84;
const rowHeight = 30;
const mostRows = 40;
const longestName = 24;

/** @returns an SVG document with at most 40 rows, largest first */
export function valueByGrain({ grain, rows, currency, horizonDays, level }: ValueByGrain): string {
  const sorted = rows.toSorted((one, other) => other.valueMinor - one.valueMinor);
  const shown = sorted.slice(0, mostRows);
  const names = shown.map(({ name }) => shorten(name, longestName));
  const left = 36 + Math.max(48, ...names.map((name) => textWidth(name)));
  const right = width - 84;
  const bottom = top + shown.length * rowHeight;
  const whole = (minor: number): number => wholeUnits(minor, currency);
  const x = zeroBasedScale(
    Math.max(0, ...shown.flatMap(({ valueMinor, highMinor }) => [whole(valueMinor), whole(highMinor)])),
    left,
    right,
    5,
  );
  const total = rows.reduce((sum, { valueMinor }) => sum + valueMinor, 0);
  const heading = `Expected value by ${grain}`;
  const hidden = sorted.length - shown.length;
  const summary = `${formatWholeMoney(total, currency)} over ${horizonDays} days; bars with ${Math.round(level * 100)} % intervals${hidden > 0 ? `; the ${hidden} smallest are not shown` : ''}.`;
  return picture({
    width,
    height: bottom + 44,
    title: heading,
    description: summary,
    body: [
      label(24, 34, heading, 'heading'),
      label(24, 54, summary, 'quiet'),
      ...x.ticks.flatMap((tick, at) => [
        line(x.at(tick), top, x.at(tick), bottom, at === 0 ? 'axis' : 'grid'),
        label(x.at(tick), bottom + 18, axisFormat(x)(tick), 'middle quiet'),
      ]),
      ...shown.flatMap(({ name, valueMinor, lowMinor, highMinor }, at) => {
        const y = top + at * rowHeight;
        const [value, low, high] = [valueMinor, lowMinor, highMinor].map((minor) => Math.max(0, whole(minor)));
        return [
          `<g>${names[at] === name ? '' : `<title>${escapeXml(name)}</title>`}${label(left - 12, y + 20, names[at] ?? '', 'end')}</g>`,
          box(left, y + 6, x.at(value ?? 0) - left, rowHeight - 12, 'tile', 0.55),
          ...whisker(x.at(low ?? 0), x.at(high ?? 0), y + rowHeight / 2),
          label(width - 24, y + 20, formatCompact(whole(valueMinor)), 'end strong'),
        ];
      }),
    ],
  });
}

function whisker(low: number, high: number, y: number): string[] {
  return [line(low, y, high, y, 'interval'), line(low, y - 5, low, y + 5, 'interval'), line(high, y - 5, high, y + 5, 'interval')];
}
