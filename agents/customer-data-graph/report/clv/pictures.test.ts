import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { itIsAPicture } from '../../../../test/fixtures/svg-checks.ts';
import { axisFormat } from '../chart-parts.ts';
import { zeroBasedScale } from '../svg.ts';
import {
  aliveHistory,
  aliveSurface,
  conditionalByFrequency,
  conditionalByRecency,
  cumulativeTracking,
  frequencyFit,
  incrementalTracking,
  rateHeterogeneity,
  valueByGrain,
} from './index.ts';
import { sharesInBins } from './share-in-bins.ts';

const model = 'BG/NBD';
const unit = 'week';
const tracked = { actual: [5, 4, 6, 3], expected: [5, 4.5, 4, 3.5], calibrationPeriods: 2, unit, model };
const bins = {
  bins: [
    { name: '0', customers: 100, actual: 0.2, expected: 0.25 },
    { name: '1+', customers: 40, actual: 1.5, expected: 1.4 },
  ],
  horizon: 39,
  unit,
  model,
};
const grid = {
  frequencies: [0, 1, 2],
  recencies: [0, 13, 26],
  pAlive: [
    [1, null, null],
    [null, 0.3, 0.1],
    [null, 0.8, 0.9],
  ],
  age: 39,
  unit,
  model,
};
const history = {
  customer: 'c-1 <b>',
  points: [
    { time: 0, pAlive: 1 },
    { time: 20, pAlive: 0.4 },
  ],
  purchases: [4, 9],
  unit,
  model,
};
const rates = {
  panels: [
    { title: 'purchase rate', unit: 'per week', distribution: { kind: 'gamma', shape: 0.24, rate: 4.4 } },
    { title: 'chance of leaving after a purchase', unit: '', distribution: { kind: 'beta', a: 0.8, b: 2.4 } },
  ],
  model,
} as const;
const value = {
  grain: 'location',
  rows: [
    { name: 'Oslo', valueMinor: 100_000, lowMinor: 80_000, highMinor: 130_000 },
    { name: 'Berlin', valueMinor: 300_000, lowMinor: 280_000, highMinor: 330_000 },
  ],
  currency: 'EUR',
  horizonDays: 90,
  level: 0.9,
};

describe.each([
  ['cumulativeTracking', cumulativeTracking(tracked), 'BG/NBD, forecast of 2 weeks: 9 came, 8 expected (-16.7 %)', 2, 0],
  [
    'cumulativeTracking without a holdout',
    cumulativeTracking({ ...tracked, calibrationPeriods: null }),
    '4 weeks: 18 came, 17 expected',
    2,
    0,
  ],
  ['cumulativeTracking of nothing', cumulativeTracking({ ...tracked, actual: [], expected: [] }), 'No periods.', 0, 0],
  ['incrementalTracking', incrementalTracking(tracked), 'on average 0.8 purchases away', 2, 0],
  ['incrementalTracking of one day', incrementalTracking({ ...tracked, actual: [5], expected: [4], unit: 'day' }), 'BG/NBD, 1 day;', 2, 0],
  ['frequencyFit', frequencyFit({ actual: [6, 3, 1], expected: [5, 4, 1], model }), '10 customers; 10.0 % are in another bar', 0, 6],
  ['frequencyFit of nothing', frequencyFit({ actual: [], expected: [], model }), 'No customers.', 0, 0],
  ['conditionalByFrequency', conditionalByFrequency(bins), '39 weeks, 140 customers: 80 purchases, 81 expected (+1.2 %)', 0, 4],
  ['conditionalByRecency', conditionalByRecency(bins), 'age at the last purchase', 0, 4],
  ['conditionalByRecency of nothing', conditionalByRecency({ ...bins, bins: [] }), 'No customers.', 0, 0],
  ['aliveSurface', aliveSurface(grid), 'customers of age 39 weeks: from 0.10 to 1.00', 0, 5],
  ['aliveSurface of nothing', aliveSurface({ ...grid, frequencies: [], recencies: [], pAlive: [] }), 'No histories.', 0, 0],
  ['aliveHistory', aliveHistory(history), '2 repeat purchases; 0.40 after 20.0 weeks', 1, 0],
  ['aliveHistory of nothing', aliveHistory({ ...history, points: [], purchases: [] }), 'No history.', 0, 0],
  ['rateHeterogeneity', rateHeterogeneity(rates), 'mean purchase rate 0.0545 per week', 0, 40],
  ['rateHeterogeneity of nothing', rateHeterogeneity({ ...rates, panels: [] }), 'no distribution', 0, 0],
  ['valueByGrain', valueByGrain(value), '4 000 EUR over 90 days; bars with 90 % intervals', 0, 2],
  ['valueByGrain of nothing', valueByGrain({ ...value, rows: [] }), '0 EUR', 0, 0],
])('%s', (name, svg, says, paths, bars) => {
  itIsAPicture(svg, says);

  it('draws what it was given', () => {
    expect(svg.match(/<path /g) ?? []).toHaveLength(paths);
    const key = name.startsWith('aliveSurface') ? 10 : 0; // the tiles of the colour key
    const legend = /^(frequencyFit|conditional)/.test(name) ? 2 : 0;
    expect(boxes(svg)).toHaveLength(bars + key + legend);
  });

  it('stays inside its frame', () => {
    const [, width = '0', height = '0'] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg) ?? [];
    for (const [, axis, text] of svg.matchAll(/ (x|y|x1|x2|y1|y2|cx|cy)="([^"]+)"/g)) {
      expect(Number(text)).toBeGreaterThanOrEqual(0);
      expect(Number(text)).toBeLessThanOrEqual(Number(axis?.includes('x') ? width : height));
    }
    for (const { x, y, width: wide, height: high } of boxes(svg)) {
      expect(wide).toBeGreaterThanOrEqual(0);
      expect(high).toBeGreaterThanOrEqual(0);
      expect(x + wide).toBeLessThanOrEqual(Number(width));
      expect(y + high).toBeLessThanOrEqual(Number(height) + 0.1);
    }
  });
});

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Bars and tiles, without the ground and the shaded zone. */
function boxes(svg: string): Box[] {
  return [...svg.matchAll(/<rect x="([^"]+)" y="([^"]+)" width="([^"]+)" height="([^"]+)" class="(?!zone)/g)].map(
    ([, x, y, width, height]) => ({ x: Number(x), y: Number(y), width: Number(width), height: Number(height) }),
  );
}

describe('what is drawn', () => {
  it('makes a bar the higher, the more it stands for', () => {
    const bars = boxes(frequencyFit({ actual: [4, 3, 2, 1], expected: [8, 6, 4, 2], model })).slice(2);
    const heights = bars.map(({ height }) => height);
    expect(heights[1]).toBeCloseTo(2 * (heights[0] ?? 0), 0);
    expect(heights.filter((_, at) => at % 2 === 0)).toEqual(heights.filter((_, at) => at % 2 === 0).toSorted((a, b) => b - a));
  });

  it('shades what is a forecast, and nothing where there is none', () => {
    expect(cumulativeTracking(tracked)).toContain('class="zone"');
    expect(cumulativeTracking({ ...tracked, calibrationPeriods: 4 })).not.toContain('class="zone"');
  });

  it('never lets a cumulative line fall', () => {
    const svg = cumulativeTracking({ ...tracked, actual: [3, 0, 2, 0], expected: [1, 1, 1, 1] });
    for (const [, steps = ''] of svg.matchAll(/<path d="([^"]+)"/g)) {
      const heights = steps.split(/[ML]/).flatMap((step) => (step === '' ? [] : [Number(step.split(' ')[1])]));
      expect(heights).toEqual(heights.toSorted((a, b) => b - a));
    }
  });

  it('marks every purchase of a customer, whose name cannot break out', () => {
    const svg = aliveHistory(history);
    expect(svg.match(/class="cut"/g)).toHaveLength(2);
    expect(svg).toContain('c-1 &lt;b&gt;');
  });

  it('lists the largest value first, and says what it left out', () => {
    const svg = valueByGrain(value);
    expect(svg.indexOf('>Berlin<')).toBeLessThan(svg.indexOf('>Oslo<'));
    const many = Array.from({ length: 100 }, (_, at) => ({ name: `shop ${at}`, valueMinor: at, lowMinor: 0, highMinor: 2 * at }));
    expect(valueByGrain({ ...value, rows: many })).toContain('the 60 smallest are not shown');
  });

  it('keeps a long picture small', () => {
    const long = Array.from({ length: 1500 }, (_, at) => at % 7);
    expect(incrementalTracking({ ...tracked, actual: long, expected: long, unit: 'day' }).length).toBeLessThan(60_000);
  });
});

describe('axisFormat', () => {
  it.each([
    [12, 5, ['0', '2.5', '5.0', '7.5', '10.0', '12.5']],
    [0.7, 2, ['0', '0.5', '1.0']],
    [1100, 5, ['0', '250', '500', '750', '1 000', '1 250']],
    [61_000, 5, ['0', '20 k', '40 k', '60 k', '80 k']],
    [1_200_000, 5, ['0', '0.25 M', '0.50 M', '0.75 M', '1.00 M', '1.25 M']],
  ])('tells the ticks up to %d apart', (largest, wanted, texts) => {
    const scale = zeroBasedScale(largest, 0, 100, wanted);
    expect(scale.ticks.map(axisFormat(scale))).toEqual(texts);
  });

  it('never writes two ticks alike', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-4, max: 1e9, noNaN: true }), (largest) => {
        const scale = zeroBasedScale(largest, 0, 100, 5);
        expect(new Set(scale.ticks.map(axisFormat(scale))).size).toBe(scale.ticks.length);
      }),
    );
  });
});

describe('sharesInBins', () => {
  it('is the closed form where there is one', () => {
    // Exponential with rate 2 and the beta with density 2(1 − p).
    const exponential = sharesInBins({ kind: 'gamma', shape: 1, rate: 2 }, 3, 6);
    exponential.forEach((share, at) => expect(share).toBeCloseTo(Math.exp(-at) - Math.exp(-(at + 1)), 12));
    const beta = sharesInBins({ kind: 'beta', a: 1, b: 2 }, 1, 4);
    beta.forEach((share, at) => expect(share).toBeCloseTo((1 - at / 4) ** 2 - (1 - (at + 1) / 4) ** 2, 12));
  });

  it('shares out a whole beta distribution to a tenth of a pixel, also where its density has no bound', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.02, max: 500, noNaN: true }), fc.double({ min: 0.02, max: 500, noNaN: true }), (a, b) => {
        const shares = sharesInBins({ kind: 'beta', a, b }, 1, 20);
        expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 3);
        expect(Math.min(...shares)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('shares out a gamma distribution over a long axis', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.02, max: 1e7, noNaN: true }), fc.double({ min: 1e-3, max: 1e3, noNaN: true }), (shape, rate) => {
        const shares = sharesInBins({ kind: 'gamma', shape, rate }, (shape + 12 * Math.sqrt(shape) + 40) / rate, 20);
        expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 3);
      }),
    );
  });
});
