/**
 * The isotonic regression of outcomes on predictions, with the band in which it would lie if predictions were right, and the parts
 * of the Brier score. No bins to choose, so nothing to tune until it looks well.
 */
import type { CorpDiagram } from '../../../../skills/recalibrate/core/diagrams/index.ts';
import { formatCount, formatFixed, formatPercent } from '../format-number.ts';
import { box, label, line, path } from '../svg.ts';
import { area, diagram, type DiagramSource, squareOf } from './diagram-frame.ts';

/** @returns an SVG document */
export function corpReliability(source: DiagramSource, data: CorpDiagram): string {
  const { pools, band, n, level } = data;
  const square = squareOf(Math.max(0, ...pools.flatMap((pool) => [pool.to, pool.observed]), ...band.map(({ high }) => high)));
  const { x, y } = square;
  const summary = `Miscalibration ${four(data.miscalibration)}, discrimination ${four(data.discrimination)}, uncertainty ${four(data.uncertainty)}.`;
  const curve = pools.flatMap(({ from, to, observed }) => [
    [x.at(from), y.at(observed)] as const,
    ...(to > from ? [[x.at(to), y.at(observed)] as const] : []),
  ]);
  const edge = [
    ...band.map(({ predicted, high }) => [x.at(predicted), y.at(high)] as const),
    ...band.toReversed().map(({ predicted, low }) => [x.at(predicted), y.at(low)] as const),
  ];
  return diagram(source, summary, square, [
    ...(edge.length > 2 ? [surface(edge)] : []),
    path(curve, 'actual'),
    // A pool of a single prediction is a point of the curve, and the only one where all predictions are equal.
    ...(curve.length === 1 ? curve.map(([at, height]) => box(at - 4, height - 4, 8, 8, 'actual-dot')) : []),
    ...legend(level, n),
  ]);
}

function four(value: number): string {
  return formatFixed(value, 4);
}

function surface(points: readonly (readonly [number, number])[]): string {
  const steps = points.map(([x, y], at) => `${at === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');
  return `<path d="${steps}Z" class="tile" opacity="0.18"/>`;
}

function legend(level: number, n: number): string[] {
  const end = area.right;
  const top = area.bottom - 62;
  return [
    line(end - 196, top, end - 168, top, 'actual'),
    label(end - 160, top + 4, `${formatCount(n)} customers, pooled`),
    box(end - 196, top + 14, 28, 12, 'tile', 0.18),
    label(end - 160, top + 24, `if right, ${formatPercent(level, 0)} of the time`),
    line(end - 196, top + 40, end - 168, top + 40, 'cut'),
    label(end - 160, top + 44, 'exactly as predicted'),
  ];
}
