/** Which share has not had the event yet, by day and cohort, each with the band that it lies in with 95 % probability. */
import type { CohortPicture } from '../../../../skills/cohort/definitions/pictures.ts';
import { periodTicks, valueGrid } from '../chart-parts.ts';
import { formatFixed } from '../format-number.ts';
import { label, line, zeroBasedScale } from '../svg.ts';
import {
  bodyTop,
  cohortPicture,
  colours,
  fillOf,
  left,
  legend,
  legendHeight,
  lineOf,
  type PictureSource,
  px,
  right,
  sourceText,
} from './cohort-frame.ts';

type CurvesData = Extract<CohortPicture, { readonly kind: 'curves' }>['data'];
type Point = CurvesData['curves'][number]['points'][number];

const plotHeight = 300;
const plotRight = left + 440;
const mostPoints = 80;

/** @returns an SVG document */
export function runCurves(source: PictureSource, { event, horizonDays, curves }: CurvesData): string {
  const summary = `${sourceText(source)}. Share of customers without ‘${event}’ yet, by day since the spell began, over ${formatFixed(horizonDays, 0)} days; shaded: 95 % intervals.`;
  const top = bodyTop(summary);
  const bottom = top + plotHeight;
  const begin = left + 46;
  const x = (day: number): number => begin + ((plotRight - begin) * day) / Math.max(1, horizonDays);
  const y = zeroBasedScale(1, bottom, top, 5);
  const legendX = plotRight + 30;
  const shown = curves
    .filter(({ cohort }) => cohort < colours)
    .map(({ cohort, points }) => ({ cohort, points: thinned(upTo(points, horizonDays)) }));
  return cohortPicture({
    heading: `Time until ‘${event}’`,
    summary,
    height: Math.max(bottom + 56, top + legendHeight(source) + 20),
    body: [
      ...valueGrid(y, begin, plotRight, (value) => `${formatFixed(value * 100, 0)} %`),
      ...shown.map(({ cohort, points }) => `<path d="${band(points, x, y.at)}" class="${fillOf(cohort)} tint"/>`),
      ...shown.map(({ cohort, points }) => `<path d="${steps(points, ({ share }) => share, x, y.at)}" class="${lineOf(cohort)} curve"/>`),
      ...periodTicks(0, Math.max(1, horizonDays), 'day').flatMap((day) => [
        line(x(day), bottom, x(day), bottom + 4, 'axis'),
        label(x(day), bottom + 18, String(day), 'middle quiet'),
      ]),
      label((begin + plotRight) / 2, bottom + 40, 'days since the spell began', 'middle quiet'),
      ...legend(source, legendX, top + 10, right - legendX),
    ],
  });
}

/** A step function: the share holds until the next day that has one. */
function steps(points: readonly Point[], of: (point: Point) => number, x: (day: number) => number, y: (share: number) => number): string {
  return points
    .map((point, at) => (at === 0 ? `M${px(x(point.day))} ${px(y(of(point)))}` : `H${px(x(point.day))}V${px(y(of(point)))}`))
    .join('');
}

function band(points: readonly Point[], x: (day: number) => number, y: (share: number) => number): string {
  const back = points.toReversed().map((point, at, all) => {
    const before = all[at + 1];
    return `V${px(y(point.low))}${before ? `H${px(x(point.day))}V${px(y(before.low))}H${px(x(before.day))}` : ''}`;
  });
  return points.length === 0 ? '' : `${steps(points, ({ high }) => high, x, y)}${back.join('')}Z`;
}

/** From all of them on day 0 to the horizon: what is known beyond it is not drawn. */
function upTo(points: readonly Point[], horizonDays: number): readonly Point[] {
  const inside = points.filter(({ day }) => day <= horizonDays);
  const first = inside[0]?.day === 0 ? [] : [{ day: 0, share: 1, low: 1, high: 1 }];
  const known = [...first, ...inside];
  const last = known.at(-1);
  // Where points go on beyond the horizon, the share holds until there: at 100 % when nothing happened before.
  const end = last === undefined || last.day === horizonDays || inside.length === points.length ? [] : [{ ...last, day: horizonDays }];
  return [...known, ...end];
}

/** Every so manieth point, and the last one. */
function thinned(points: readonly Point[]): readonly Point[] {
  const every = Math.ceil(points.length / mostPoints);
  return points.filter((_, at) => at % every === 0 || at === points.length - 1);
}
