/** What several pictures share: the legend of actual and expected, grid lines with their values, ticks at whole periods. */
import { formatFixed } from './format-number.ts';
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

/** Texts of an axis: one unit and as many digits as tell its ticks apart, such as 0, 0.5 k, 1.0 k, 1.5 k. */
export function axisFormat({ most, ticks }: Scale): (value: number) => string {
  const [unit, name] = unitOf(most);
  const step = (ticks[1] ?? most) / unit;
  const digits = [0, 1, 2, 3, 4, 5, 6].find(
    (count) => Number(step.toFixed(count)) >= step * (1 - 1e-6) && Number(step.toFixed(count)) <= step * (1 + 1e-6),
  );
  return (value) => (value === 0 ? '0' : `${formatFixed(value / unit, digits ?? 7)}${name}`);
}

function unitOf(most: number): readonly [unit: number, name: string] {
  if (most >= 1e6) return [1e6, ' M'];
  return most >= 1e4 ? [1e3, ' k'] : [1, ''];
}

/** Horizontal grid lines; the lowest is the axis. */
export function valueGrid(scale: Scale, left: number, right: number, format = axisFormat(scale)): string[] {
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
