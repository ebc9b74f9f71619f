/**
 * Repeat purchases over calendar time, as they happened and as a model expected them, each in one picture: what has come in all,
 * and what came in each period. To the right of the cut-off the model had not seen the data.
 */
import { actualAndExpected, periodTicks, valueGrid } from '../chart-parts.ts';
import { formatCount, formatFixed, formatPercent } from '../format-number.ts';
import { box, label, line, path, picture, zeroBasedScale } from '../svg.ts';

export interface TrackedPeriods {
  /** Repeat purchases in each period, from the first one on. */
  readonly actual: ArrayLike<number>;
  /** The same length. */
  readonly expected: ArrayLike<number>;
  /** The model was fitted on this many periods; null when on all of them. */
  readonly calibrationPeriods: number | null;
  /** `week` */
  readonly unit: string;
  /** `BG/NBD` */
  readonly model: string;
}

const width = 760;
const height = 400;
const left = 64;
const right = width - 24;
const top = 84;
const bottom = 344;

/** @returns an SVG document */
export function cumulativeTracking(data: TrackedPeriods): string {
  const actual = runningSums(data.actual);
  const expected = runningSums(data.expected);
  return draw(data, actual, expected, 'Repeat purchases in all: actual and expected', verdictInAll(data, actual, expected));
}

/** @returns an SVG document */
export function incrementalTracking(data: TrackedPeriods): string {
  const actual = Array.from(data.actual);
  const expected = Array.from(data.expected);
  const mean = actual.length === 0 ? 0 : actual.reduce((sum, count, at) => sum + Math.abs(count - (expected[at] ?? 0)), 0) / actual.length;
  const verdict =
    actual.length === 0
      ? 'No periods.'
      : `${data.model}, ${spanOf(actual.length, data.unit)}; on average ${formatFixed(mean, mean < 10 ? 1 : 0)} purchases away from what was expected.`;
  return draw(data, actual, expected, `Repeat purchases per ${data.unit}: actual and expected`, verdict);
}

function draw(data: TrackedPeriods, actual: readonly number[], expected: readonly number[], heading: string, verdict: string): string {
  const { calibrationPeriods, unit } = data;
  const last = Math.max(2, actual.length);
  const x = (period: number): number => left + ((right - left) * (period - 1)) / (last - 1);
  const y = zeroBasedScale(Math.max(0, ...actual, ...expected), bottom, top, 5);
  const isSplit = calibrationPeriods !== null && calibrationPeriods >= 1 && calibrationPeriods < actual.length;
  const cut = isSplit ? x(calibrationPeriods) : right;
  return picture({
    width,
    height,
    title: heading,
    description: isSplit
      ? `${verdict} The model was fitted on the first ${spanOf(calibrationPeriods, unit)}; the rest is a forecast.`
      : verdict,
    body: [
      label(24, 34, heading, 'heading'),
      label(24, 54, verdict, 'quiet'),
      ...actualAndExpected(right),
      ...(isSplit ? [box(cut, top, right - cut, bottom - top, 'zone')] : []),
      ...valueGrid(y, left, right),
      ...periodTicks(1, last, unit).flatMap((period) => [
        line(x(period), bottom, x(period), bottom + 4, 'axis'),
        label(x(period), bottom + 18, String(period), 'middle quiet'),
      ]),
      label((left + right) / 2, bottom + 40, `${unit}s since the first purchase`, 'middle quiet'),
      ...(isSplit ? [line(cut, top - 8, cut, bottom, 'cut'), ...sideNames(cut)] : []),
      ...series(expected, x, y.at, 'expected'),
      ...series(actual, x, y.at, 'actual'),
    ],
  });
}

function series(values: readonly number[], x: (period: number) => number, y: (value: number) => number, classes: string): string[] {
  return [
    path(
      values.map((value, at) => [x(at + 1), y(value)]),
      classes,
    ),
  ];
}

function sideNames(cut: number): string[] {
  return [
    ...(cut - left > 70 ? [label(cut - 8, top - 2, 'fitted', 'end quiet')] : []),
    ...(right - cut > 70 ? [label(cut + 8, top - 2, 'forecast', 'quiet')] : []),
  ];
}

/** What counts is the forecast, where there is one. */
function verdictInAll({ calibrationPeriods, unit, model }: TrackedPeriods, actual: readonly number[], expected: readonly number[]): string {
  if (actual.length === 0) return 'No periods.';
  const from = calibrationPeriods !== null && calibrationPeriods < actual.length ? calibrationPeriods : 0;
  const since = (sums: readonly number[]): number => (sums.at(-1) ?? 0) - (from > 0 ? (sums[from - 1] ?? 0) : 0);
  const [came, foreseen] = [since(actual), since(expected)];
  const error = came > 0 ? ` (${foreseen < came ? '' : '+'}${formatPercent(foreseen / came - 1)})` : '';
  const span = from > 0 ? `forecast of ${spanOf(actual.length - from, unit)}` : spanOf(actual.length, unit);
  return `${model}, ${span}: ${formatCount(came)} came, ${formatCount(foreseen)} expected${error}.`;
}

function runningSums(values: ArrayLike<number>): number[] {
  let total = 0;
  return Array.from(values, (value) => (total += value));
}

function spanOf(periods: number, unit: string): string {
  return `${formatCount(periods)} ${unit}${periods === 1 ? '' : 's'}`;
}
