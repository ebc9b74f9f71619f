/**
 * Purchases in the holdout against what the model expected of customers given their history, by how often they had bought and by
 * how long before the end of the calibration. A model can be right in all and wrong here, which is where ranking comes from.
 */
import { formatCount, formatFixed, formatPercent } from '../format-number.ts';
import { groupedBars } from './grouped-bars.ts';

export interface ConditionalBin {
  /** `3`, `7+`, `26–39` */
  readonly name: string;
  readonly customers: number;
  /** Mean purchases of a customer in the holdout. */
  readonly actual: number;
  readonly expected: number;
}

export interface ConditionalBins {
  readonly bins: readonly ConditionalBin[];
  /** Length of the holdout. */
  readonly horizon: number;
  readonly unit: string;
  readonly model: string;
}

/** @returns an SVG document */
export function conditionalByFrequency(data: ConditionalBins): string {
  return draw(data, 'Holdout purchases by earlier repeat purchases', 'repeat purchases in the calibration period');
}

/** @returns an SVG document */
export function conditionalByRecency(data: ConditionalBins): string {
  return draw(data, 'Holdout purchases by time of the last purchase', `age at the last purchase of the calibration period, ${data.unit}s`);
}

function draw({ bins, horizon, unit, model }: ConditionalBins, heading: string, axis: string): string {
  const sum = (of: (bin: ConditionalBin) => number): number => bins.reduce((total, bin) => total + of(bin), 0);
  const customers = sum((bin) => bin.customers);
  const actual = sum((bin) => bin.actual * bin.customers);
  const expected = sum((bin) => bin.expected * bin.customers);
  const error = actual > 0 ? ` (${expected < actual ? '' : '+'}${formatPercent(expected / actual - 1)})` : '';
  return groupedBars({
    heading,
    summary:
      customers > 0
        ? `${model}, ${formatFixed(horizon, Number.isInteger(horizon) ? 0 : 1)} ${unit}s, ${formatCount(customers)} customers: ${formatCount(actual)} purchases, ${formatCount(expected)} expected${error}.`
        : 'No customers.',
    axis,
    measure: 'purchases per customer in the holdout',
    noteAxis: 'n',
    groups: bins.map((bin) => ({ name: bin.name, note: formatCount(bin.customers), actual: bin.actual, expected: bin.expected })),
  });
}
