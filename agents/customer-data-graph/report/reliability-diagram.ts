import { area, diagram, squareOf } from './calibration/diagram-frame.ts';
/**
 * Predicted probability of a purchase against how often it happened, before and after calibration. On the diagonal a prediction
 * can be taken at its word; a dot outside its consistency bar is off by more than chance explains.
 */
import { formatCount, formatFixed } from './format-number.ts';
import { dot, label, line, path } from './svg.ts';

export interface ReliabilityPoint {
  readonly n: number;
  readonly meanPredicted: number;
  /** Share of the customers of this bin who bought. */
  readonly observed: number;
  /** Consistency bar: nine in ten shares of such a bin would be in it if the predictions were right. */
  readonly expectedLow: number;
  readonly expectedHigh: number;
}

export interface ReliabilityData {
  readonly before: readonly ReliabilityPoint[];
  readonly after: readonly ReliabilityPoint[];
  /** Expected calibration error, 0 to 1. */
  readonly eceBefore: number;
  readonly eceAfter: number;
  /** Held-out customers behind the points. */
  readonly n: number;
  readonly horizonDays: number;
}

/** @returns an SVG document */
export function reliabilityDiagram({ before, after, eceBefore, eceAfter, n, horizonDays }: ReliabilityData): string {
  const square = squareOf(
    Math.max(0, ...[...before, ...after].flatMap((bin) => [bin.meanPredicted, bin.observed]), ...after.map((bin) => bin.expectedHigh)),
  );
  const { x, y } = square;
  const summary = `Calibration error ${formatFixed(eceBefore, 4)} before, ${formatFixed(eceAfter, 4)} after, on ${formatCount(n)} held-out customers.`;
  return diagram({ title: `Purchase within ${horizonDays} days: predicted and observed`, subtitle: '' }, summary, square, [
    path(
      before.map((bin) => [x.at(bin.meanPredicted), y.at(bin.observed)]),
      'before',
    ),
    ...before.map((bin) => dot(x.at(bin.meanPredicted), y.at(bin.observed), 4, 'before-dot')),
    ...after.flatMap((bin) => consistencyBar(x.at(bin.meanPredicted), y.at(bin.expectedLow), y.at(bin.expectedHigh))),
    path(
      after.map((bin) => [x.at(bin.meanPredicted), y.at(bin.observed)]),
      'actual',
    ),
    ...after.map((bin) => dot(x.at(bin.meanPredicted), y.at(bin.observed), 4.5, 'actual-dot')),
    ...legend(),
  ]);
}

function consistencyBar(x: number, low: number, high: number): string[] {
  return [line(x, low, x, high, 'interval'), line(x - 5, low, x + 5, low, 'interval'), line(x - 5, high, x + 5, high, 'interval')];
}

function legend(): string[] {
  const end = area.right;
  const top = area.bottom - 82;
  return [
    line(end - 176, top, end - 148, top, 'actual'),
    dot(end - 162, top, 4.5, 'actual-dot'),
    label(end - 140, top + 4, 'after'),
    line(end - 176, top + 20, end - 148, top + 20, 'before'),
    dot(end - 162, top + 20, 4, 'before-dot'),
    label(end - 140, top + 24, 'before'),
    line(end - 162, top + 33, end - 162, top + 47, 'interval'),
    label(end - 140, top + 44, '9 in 10, if right'),
    line(end - 176, top + 60, end - 148, top + 60, 'cut'),
    label(end - 140, top + 64, 'exactly as predicted'),
  ];
}
