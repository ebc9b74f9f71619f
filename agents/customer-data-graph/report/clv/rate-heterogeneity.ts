/** How differently customers buy and leave, as the fitted model has it: share of the customers by rate, side by side. */
import { valueGrid } from '../chart-parts.ts';
import { formatFixed, formatPercent } from '../format-number.ts';
import { box, label, line, picture, textWidth, zeroBasedScale } from '../svg.ts';
import { type Heterogeneity, meanOf, sharesInBins } from './share-in-bins.ts';

export interface RatePanel {
  /** `purchase rate`, `chance of leaving after a purchase` */
  readonly title: string;
  /** `per week` */
  readonly unit: string;
  readonly distribution: Heterogeneity;
}

export interface RateHeterogeneity {
  readonly panels: readonly RatePanel[];
  readonly model: string;
}

const panelWidth = 300;
const firstLeft = 64;
const between = 72;
const top = 112;
const bottom = 304;
const bins = 20;

/** @returns an SVG document */
export function rateHeterogeneity({ panels, model }: RateHeterogeneity): string {
  const heading = 'How customers differ';
  const words = panels.map(({ title, unit, distribution }) => `mean ${title} ${short(meanOf(distribution))} ${unit}`.trim());
  const summary = `${model}: ${words.join(', ') || 'no distribution'}.`;
  const needed = firstLeft + panels.length * panelWidth + Math.max(0, panels.length - 1) * between + 24;
  return picture({
    width: Math.ceil(Math.max(360, needed, textWidth(summary) + 48)),
    height: bottom + 64,
    title: heading,
    description: summary,
    body: [
      label(24, 34, heading, 'heading'),
      label(24, 54, summary, 'quiet'),
      ...panels.flatMap((panel, at) => drawPanel(panel, firstLeft + at * (panelWidth + between))),
    ],
  });
}

function drawPanel({ title, unit, distribution }: RatePanel, left: number): string[] {
  const right = left + panelWidth;
  const x = distribution.kind === 'beta' ? zeroBasedScale(1, left, right, 4) : zeroBasedScale(reach(distribution), left, right, 5);
  const shares = sharesInBins(distribution, x.most, bins);
  const y = zeroBasedScale(Math.max(...shares), bottom, top, 4);
  const above = 1 - shares.reduce((sum, share) => sum + share, 0);
  const mean = meanOf(distribution);
  const step = panelWidth / bins;
  const digits = decimalsFor(x.ticks[1] ?? 1);
  return [
    label(
      left - 40,
      top - 30,
      `share of the customers${distribution.kind === 'gamma' && above >= 0.0005 ? `; ${formatPercent(above)} are above the axis` : ''}`,
      'quiet',
    ),
    ...valueGrid(y, left, right, (tick) => `${formatFixed(tick * 100, (y.ticks[1] ?? 1) < 0.01 ? 1 : 0)} %`),
    ...shares.map((share, at) => box(left + at * step + 0.5, y.at(share), step - 1, bottom - y.at(share), 'actual-dot')),
    ...x.ticks.flatMap((tick) => [
      line(x.at(tick), bottom, x.at(tick), bottom + 4, 'axis'),
      label(x.at(tick), bottom + 18, formatFixed(tick, digits), 'middle quiet'),
    ]),
    ...(mean <= x.most ? [line(x.at(mean), top - 12, x.at(mean), bottom, 'cut'), label(x.at(mean) + 5, top - 6, 'mean', 'quiet')] : []),
    label((left + right) / 2, bottom + 42, `${title} ${unit}`.trim(), 'middle quiet'),
  ];
}

/** Nearly everybody. */
function reach({ shape, rate }: { readonly shape: number; readonly rate: number }): number {
  return (shape + 3 * Math.sqrt(shape)) / rate;
}

function decimalsFor(step: number): number {
  return Math.min(8, Math.max(0, 1 - Number(step.toExponential().split('e')[1] ?? '0')));
}

function short(value: number): string {
  return formatFixed(value, decimalsFor(value) + 1);
}
