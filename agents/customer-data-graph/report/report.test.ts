import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { itIsAPicture } from '../../../test/fixtures/svg-checks.ts';
import {
  formatAmount,
  formatCompact,
  formatCount,
  formatFixed,
  formatMoney,
  formatPercent,
  formatSeconds,
  formatWholeMoney,
} from './format-number.ts';
import { reliabilityDiagram, trackingPlot, valueHeatmap } from './index.ts';
import { zeroBasedScale } from './svg.ts';

describe('numbers as text', () => {
  it('groups thousands by a space and keeps the sign', () => {
    expect([formatCount(0), formatCount(999), formatCount(1000), formatCount(-1234567)]).toEqual(['0', '999', '1 000', '-1 234 567']);
    expect(formatFixed(-0.001, 2)).toBe('0.00');
    expect(formatFixed(Number.NaN, 2)).toBe('–');
  });

  it('knows how many digits a currency has after the point', () => {
    expect(formatMoney(123_456, 'EUR')).toBe('1 234.56 EUR');
    expect(formatMoney(123_456, 'JPY')).toBe('123 456 JPY');
    expect(formatMoney(123_456, 'KWD')).toBe('123.456 KWD');
    expect(formatAmount(-5, 'EUR')).toBe('-0.05');
    expect(formatWholeMoney(199_950, 'EUR')).toBe('2 000 EUR');
  });

  it('shortens for axes, percentages and times', () => {
    expect([0, 0.25, 950, 999.6, 1234, 9949, 9950, 84_321, 999_499, 999_500, 3_400_000, 12_000_000].map(formatCompact)).toEqual([
      '0',
      '0.3',
      '950',
      '1.0 k',
      '1.2 k',
      '9.9 k',
      '10 k',
      '84 k',
      '999 k',
      '1.0 M',
      '3.4 M',
      '12 M',
    ]);
    expect(formatPercent(0.0208)).toBe('2.1 %');
    expect([formatSeconds(0.25), formatSeconds(31.42), formatSeconds(185)]).toEqual(['250 ms', '31.4 s', '3 min 05 s']);
  });
});

describe('zeroBasedScale', () => {
  it('reaches at least the largest value with few round ticks', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-9, max: 1e12, noNaN: true }), fc.integer({ min: 2, max: 8 }), (largest, wanted) => {
        const { most, ticks, at } = zeroBasedScale(largest, 0, 100, wanted);
        expect(most).toBeGreaterThanOrEqual(largest * (1 - 1e-6));
        expect(ticks.length).toBeLessThanOrEqual(wanted + 1);
        expect(at(0)).toBe(0);
        expect(at(largest)).toBeLessThanOrEqual(100 * (1 + 1e-6));
      }),
    );
  });
});

const weeks = Array.from({ length: 30 }, (_, at) => ({
  week: at + 1,
  actual: 10 + (at % 3),
  expected: 11,
  actualCumulative: 11 * (at + 1),
  expectedCumulative: 11 * (at + 1),
}));
const bins = [
  { n: 100, meanPredicted: 0.1, observed: 0.12, expectedLow: 0.06, expectedHigh: 0.15 },
  { n: 100, meanPredicted: 0.6, observed: 0.55, expectedLow: 0.52, expectedHigh: 0.68 },
];
const reliability = { before: bins, after: bins, eceBefore: 0.05, eceAfter: 0.01, n: 200, horizonDays: 90 };
const heatmap = {
  rows: ['A', 'B'],
  columns: ['x', 'y'],
  valuesMinor: [
    [100_000, 50_000],
    [25_000, 0],
  ],
  currency: 'EUR',
  horizonDays: 90,
  asOf: '2026-01-31',
};

describe.each([
  ['trackingPlot', trackingPlot({ weeks, cutoffWeek: 20 }), 'After 30 weeks 330 repeat purchases'],
  ['trackingPlot of nothing', trackingPlot({ weeks: [], cutoffWeek: 0 }), 'No weeks'],
  ['reliabilityDiagram', reliabilityDiagram(reliability), 'Calibration error 0.0500 before, 0.0100 after, on 200 held-out customers.'],
  ['reliabilityDiagram of nothing', reliabilityDiagram({ ...reliability, before: [], after: [] }), 'Calibration error'],
  ['valueHeatmap', valueHeatmap(heatmap), '1.8 k in all'],
  ['valueHeatmap of nothing', valueHeatmap({ ...heatmap, rows: [], columns: [], valuesMinor: [] }), '0 in all'],
])('%s', (_, svg, says) => {
  itIsAPicture(svg, says);
});

describe('valueHeatmap', () => {
  it('puts the largest location and channel first', () => {
    const svg = valueHeatmap({ ...heatmap, valuesMinor: [[1, 2].map((value) => value * 1000), [3, 4].map((value) => value * 1000)] });
    expect(svg.indexOf('>B<')).toBeLessThan(svg.indexOf('>A<'));
    expect(svg.indexOf('>y<')).toBeLessThan(svg.indexOf('>x<'));
  });
});

describe('names from outside', () => {
  it('cannot break out of the picture', () => {
    const svg = valueHeatmap({ ...heatmap, rows: ['<script>alert(1)</script>', 'B&B "quoted" \ud800'] });
    expect(svg).not.toContain('<script>');
    expect(svg).toContain('B&amp;B &quot;quoted&quot;');
    expect(svg.isWellFormed()).toBe(true);
  });
});
