/** What several pictures share: the legend of actual and expected, grid lines with their values, ticks at whole periods. */
import { formatCompact } from './format-number.ts';
import { label, line, type Scale } from './svg.ts';

/** @param end right edge in pixels */
export function actualAndExpected(end: number): string[] {
  return [
    line(end - 172, 30, end - 144, 30, 'actual'),
    label(end - 138, 34, 'actual'),
    line(end - 86, 30, end - 58, 30, 'expected'),
    label(end - 52, 34, 'expected'),
  ];
}

/** Horizontal grid lines; the lowest is the axis. */
export function valueGrid(scale: Scale, left: number, right: number, format: (value: number) => string = formatCompact): string[] {
  return scale.ticks.flatMap((tick, at) => [
    line(left, scale.at(tick), right, scale.at(tick), at === 0 ? 'axis' : 'grid'),
    label(left - 8, scale.at(tick) + 4, format(tick), 'end quiet'),
  ]);
}

/** Ticks at whole periods, about ten of them, at steps that the unit suggests. */
export function periodTicks(first: number, last: number, unit = 'week'): number[] {
  const steps = unit === 'day' ? [1, 2, 7, 14, 28, 91, 182, 364] : [1, 2, 4, 8, 13, 26, 52, 104];
  const step = steps.find((size) => (last - first) / size <= 13) ?? Math.ceil((last - first) / 13);
  const start = Math.ceil(first / step) * step;
  return Array.from({ length: Math.floor((last - start) / step) + 1 }, (_, at) => start + at * step);
}
