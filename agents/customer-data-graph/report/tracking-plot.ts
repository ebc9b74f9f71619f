/**
 * Repeat purchases per week, as they happened and as the model expected them. The model saw only what is left of the cut-off, so
 * the right part is a forecast: the lines should stay together there.
 */
import { actualAndExpected, periodTicks, valueGrid } from './chart-parts.ts';
import { formatCount, formatPercent } from './format-number.ts';
import { box, label, line, path, picture, zeroBasedScale } from './svg.ts';

export interface TrackingWeek {
  /** Weeks since the first purchase day, from 1. */
  readonly week: number;
  readonly actualCumulative: number;
  readonly expectedCumulative: number;
  readonly actual: number;
  readonly expected: number;
}

export interface TrackingData {
  readonly weeks: readonly TrackingWeek[];
  /** The model was fitted on the weeks up to this one. */
  readonly cutoffWeek: number;
}

const width = 760;
const height = 500;
const left = 64;
const right = width - 24;

/** @returns an SVG document */
export function trackingPlot({ weeks, cutoffWeek }: TrackingData): string {
  const last = weeks.at(-1);
  const firstWeek = weeks[0]?.week ?? 0;
  const lastWeek = Math.max(firstWeek + 1, last?.week ?? 1);
  const x = (week: number): number => left + ((right - left) * (week - firstWeek)) / (lastWeek - firstWeek);
  const total = zeroBasedScale(Math.max(0, ...weeks.flatMap((one) => [one.actualCumulative, one.expectedCumulative])), 300, 92, 4);
  const weekly = zeroBasedScale(Math.max(0, ...weeks.flatMap((one) => [one.actual, one.expected])), 452, 350, 2);
  const cut = x(Math.min(Math.max(cutoffWeek, firstWeek), lastWeek));
  const error = last && last.actualCumulative > 0 ? last.expectedCumulative / last.actualCumulative - 1 : 0;
  const verdict = last
    ? `After ${last.week} weeks ${formatCount(last.actualCumulative)} repeat purchases, expected ${formatCount(last.expectedCumulative)} (${error < 0 ? '' : '+'}${formatPercent(error)}).`
    : 'No weeks.';
  return picture({
    width,
    height,
    title: 'Repeat purchases: actual and expected',
    description: `${verdict} The model was fitted on the first ${cutoffWeek} weeks; the rest is a forecast.`,
    body: [
      label(24, 34, 'Repeat purchases: actual and expected', 'heading'),
      label(24, 54, verdict, 'quiet'),
      ...actualAndExpected(right),
      cut < right ? box(cut, 84, right - cut, 368, 'zone') : '',
      ...valueGrid(total, left, right),
      ...valueGrid(weekly, left, right),
      label(24, 78, 'in all', 'quiet'),
      label(24, 336, 'per week', 'quiet'),
      ...periodTicks(firstWeek, lastWeek).flatMap((week) => [
        line(x(week), 452, x(week), 456, 'axis'),
        label(x(week), 470, String(week), 'middle quiet'),
      ]),
      label((left + right) / 2, 490, 'weeks since the first purchase', 'middle quiet'),
      line(cut, 84, cut, 452, 'cut'),
      ...zoneNames(cut),
      path(
        weeks.map((one) => [x(one.week), total.at(one.expectedCumulative)]),
        'expected',
      ),
      path(
        weeks.map((one) => [x(one.week), total.at(one.actualCumulative)]),
        'actual',
      ),
      path(
        weeks.map((one) => [x(one.week), weekly.at(one.expected)]),
        'expected',
      ),
      path(
        weeks.map((one) => [x(one.week), weekly.at(one.actual)]),
        'actual',
      ),
    ],
  });
}

function zoneNames(cut: number): string[] {
  const names: string[] = [];
  if (cut - left > 70) names.push(label(cut - 8, 100, 'fitted', 'end quiet'));
  if (right - cut > 70) names.push(label(cut + 8, 100, 'forecast', 'quiet'));
  return names;
}
