/**
 * Bins of predictions against what came of them, with the range in which each would lie if predictions were right: a dot outside
 * its bar is wrong beyond chance.
 */
import type { BinnedDiagram } from '../../../../skills/recalibrate/core/diagrams/index.ts';
import { formatCount, formatFixed, formatPercent } from '../format-number.ts';
import { dot, label, line, path } from '../svg.ts';
import { area, diagram, type DiagramSource, squareOf } from './diagram-frame.ts';

/** @returns an SVG document */
export function binnedReliability(source: DiagramSource, { bins, n, ece, level }: BinnedDiagram): string {
  const square = squareOf(Math.max(0, ...bins.flatMap((bin) => [bin.meanPredicted, bin.observed, bin.expectedHigh])));
  const { x, y } = square;
  const outside = bins.filter((bin) => bin.observed < bin.expectedLow || bin.observed > bin.expectedHigh).length;
  const summary = `${outside} of ${bins.length} bins outside their bars; error ${formatFixed(ece, 4)}, ${formatCount(n)} customers.`;
  return diagram(source, summary, square, [
    ...bins.flatMap((bin) => consistencyBar(x.at(bin.meanPredicted), y.at(bin.expectedLow), y.at(bin.expectedHigh))),
    path(
      bins.map((bin) => [x.at(bin.meanPredicted), y.at(bin.observed)]),
      'actual',
    ),
    ...bins.map((bin) => dot(x.at(bin.meanPredicted), y.at(bin.observed), 4.5, 'actual-dot')),
    ...legend(level),
  ]);
}

function consistencyBar(x: number, low: number, high: number): string[] {
  return [line(x, low, x, high, 'interval'), line(x - 5, low, x + 5, low, 'interval'), line(x - 5, high, x + 5, high, 'interval')];
}

function legend(level: number): string[] {
  const end = area.right;
  const top = area.bottom - 62;
  return [
    line(end - 196, top, end - 168, top, 'actual'),
    dot(end - 182, top, 4.5, 'actual-dot'),
    label(end - 160, top + 4, 'observed'),
    line(end - 182, top + 13, end - 182, top + 27, 'interval'),
    label(end - 160, top + 24, `if right, ${formatPercent(level, 0)} of the time`),
    line(end - 196, top + 40, end - 168, top + 40, 'cut'),
    label(end - 160, top + 44, 'exactly as predicted'),
  ];
}
