/** Probability that one customer is still active as time passes: it falls while they stay away and rises with each purchase. */
import { periodTicks, valueGrid } from '../chart-parts.ts';
import { formatCount, formatFixed } from '../format-number.ts';
import { dot, label, line, path, picture, zeroBasedScale } from '../svg.ts';

export interface AliveHistory {
  /** Who, as the reader knows them. */
  readonly customer: string;
  /** Ascending times since the first purchase. */
  readonly points: readonly { readonly time: number; readonly pAlive: number }[];
  /** Times of all purchases since the first one, which is at 0. */
  readonly purchases: readonly number[];
  readonly unit: string;
  readonly model: string;
}

const width = 760;
const height = 360;
const left = 64;
const right = width - 24;
const top = 84;
const bottom = 284;

/** @returns an SVG document */
export function aliveHistory({ customer, points, purchases, unit, model }: AliveHistory): string {
  const last = Math.max(1e-9, points.at(-1)?.time ?? 1, ...purchases);
  const x = (time: number): number => left + ((right - left) * time) / last;
  const y = zeroBasedScale(1, bottom, top, 4);
  const heading = 'Probability of being active over time';
  const now = points.at(-1);
  const summary = now
    ? `${model}, customer ${customer}: ${formatCount(purchases.length)} repeat purchases; ${formatFixed(now.pAlive, 2)} after ${formatFixed(now.time, 1)} ${unit}s.`
    : 'No history.';
  return picture({
    width,
    height,
    title: heading,
    description: summary,
    body: [
      label(24, 34, heading, 'heading'),
      label(24, 54, summary, 'quiet'),
      ...valueGrid(y, left, right, (tick) => formatFixed(tick, 2)),
      ...periodTicks(0, last, unit).flatMap((time) => [
        line(x(time), bottom, x(time), bottom + 4, 'axis'),
        label(x(time), bottom + 18, String(time), 'middle quiet'),
      ]),
      ...purchases.flatMap((time) => [line(x(time), top, x(time), bottom, 'cut'), dot(x(time), bottom, 4, 'expected-dot')]),
      path(
        points.map(({ time, pAlive }) => [x(time), y.at(pAlive)]),
        'actual',
      ),
      dot(left, height - 26, 4, 'expected-dot'),
      label(left + 10, height - 22, 'purchase', 'quiet'),
      label((left + right) / 2, height - 22, `${unit}s since the first purchase`, 'middle quiet'),
    ],
  });
}
