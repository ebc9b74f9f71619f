import '../../../../test/property-seed.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { makeRng, sigmoid } from '../../../sdk/numeric/index.ts';
import type { CalibrationRows } from '../calibrators/index.ts';
import { binnedDiagram, corpDiagram } from './index.ts';

function simulate(seed: string, rows: number, slope = 1): CalibrationRows {
  const rng = makeRng(seed);
  const odds = Float64Array.from({ length: rows }, () => 1.2 * rng.normal() - 0.5);
  return { predicted: odds.map((own) => sigmoid(slope * own)), outcome: odds.map((own) => (rng.uniform() < sigmoid(own) ? 1 : 0)) };
}

const reversed = ({ predicted, outcome }: CalibrationRows): CalibrationRows => ({
  predicted: predicted.toReversed(),
  outcome: outcome.toReversed(),
});

describe.each([
  ['binned', binnedDiagram],
  ['CORP', corpDiagram],
])('the %s diagram', (_, diagramOf) => {
  it('is plain JSON, the same for any order of rows, and repeats with its seed', () => {
    const rows = simulate('order', 300);
    const first = diagramOf(rows, { seed: 'one', draws: 40 });
    expect(JSON.parse(JSON.stringify(first))).toEqual(first);
    expect(diagramOf(reversed(rows), { seed: 'one', draws: 40 })).toEqual(first);
    expect(diagramOf(rows, { seed: 'two', draws: 40 })).not.toEqual(first);
  });

  it('refuses no rows, NaN, too few draws and a level that is none, with a code', () => {
    const coded = (code: string): Error => expect.objectContaining({ code }) as Error;
    expect(() => diagramOf({ predicted: new Float64Array(), outcome: new Float64Array() })).toThrow(coded('CALIBRATION_TOO_FEW'));
    expect(() => diagramOf({ predicted: Float64Array.of(Number.NaN), outcome: Float64Array.of(1) })).toThrow(coded('NUMERIC_DOMAIN'));
    expect(() => diagramOf(simulate('draws', 30), { draws: 3 })).toThrow(coded('NUMERIC_DOMAIN'));
    expect(() => diagramOf(simulate('level', 30), { level: 0 })).toThrow(coded('NUMERIC_DOMAIN'));
  });
});

describe('consistency bars', () => {
  it('hold right predictions about as often as they say', () => {
    let held = 0;
    for (let run = 0; run < 20; run++) {
      const { bins } = binnedDiagram(simulate(`bars ${run}`, 500), { bins: 10, draws: 100 });
      held += bins.filter((bin) => bin.observed >= bin.expectedLow && bin.observed <= bin.expectedHigh).length;
    }
    expect(held / 200).toBeGreaterThan(0.84); // 0.9 ± 0.021
    expect(held / 200).toBeLessThan(0.97);
  });

  it('take a weight as so many rows', () => {
    const rows = simulate('weights', 60);
    const weight = rows.predicted.map((_, row) => 1 + (row % 3));
    const repeat = (column: Float64Array): Float64Array =>
      Float64Array.from(Array.from(column).flatMap((own, row) => Array<number>(weight[row] ?? 0).fill(own)));
    const weighted = binnedDiagram({ ...rows, weight }, { draws: 50 });
    const repeated = binnedDiagram({ predicted: repeat(rows.predicted), outcome: repeat(rows.outcome) }, { draws: 50 });
    weighted.bins.forEach((bin, at) => {
      expect(bin.n).toBe(repeated.bins[at]?.n);
      expect(bin.expectedLow).toBeCloseTo(repeated.bins[at]?.expectedLow ?? Number.NaN, 12);
      expect(bin.expectedHigh).toBeCloseTo(repeated.bins[at]?.expectedHigh ?? Number.NaN, 12);
    });
  });
});

describe('CORP', () => {
  it('splits the Brier score into parts that are never below 0, whatever the rows', () => {
    const row = fc.tuple(fc.integer({ min: 0, max: 20 }), fc.boolean(), fc.integer({ min: 1, max: 3 }));
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 60 }), (rows) => {
        const found = corpDiagram(
          {
            predicted: Float64Array.from(rows, ([level]) => level / 20),
            outcome: Float64Array.from(rows, ([, came]) => (came ? 1 : 0)),
            weight: Float64Array.from(rows, ([, , weight]) => weight),
          },
          { draws: 20 },
        );
        expect(found.brier).toBeCloseTo(found.miscalibration - found.discrimination + found.uncertainty, 12);
        expect(Math.min(found.miscalibration, found.discrimination)).toBeGreaterThanOrEqual(0);
        expect(found.pools.every((pool, at) => at === 0 || pool.observed > (found.pools[at - 1]?.observed ?? 1))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('is worked out by hand on four rows', () => {
    // Pools: 0 at 0.1; ½ at 0.4 and 0.6, out of order; 1 at 0.9. Brier (0.01 + 0.36 + 0.36 + 0.01) / 4; pooled (¼ + ¼) / 4.
    const found = corpDiagram({ predicted: Float64Array.of(0.1, 0.4, 0.6, 0.9), outcome: Float64Array.of(0, 1, 0, 1) });
    expect(found.pools).toEqual([
      { from: 0.1, to: 0.1, n: 1, observed: 0 },
      { from: 0.4, to: 0.6, n: 2, observed: 0.5 },
      { from: 0.9, to: 0.9, n: 1, observed: 1 },
    ]);
    expect(found.uncertainty).toBe(0.25);
    expect(found.miscalibration).toBeCloseTo(0.185 - 0.125, 14);
    expect(found.discrimination).toBeCloseTo(0.125, 14);
  });

  it('finds more miscalibration where predictions are too sure, and the same discrimination', () => {
    const [right, sure] = [corpDiagram(simulate('mcb', 2000, 1), { draws: 20 }), corpDiagram(simulate('mcb', 2000, 2.5), { draws: 20 })];
    expect(sure.miscalibration).toBeGreaterThan(5 * right.miscalibration);
    expect(sure.discrimination).toBeCloseTo(right.discrimination, 12);
  });

  it('has a band that holds the curve of right predictions, and not of others', () => {
    const inside = (slope: number): number => {
      const { band, pools } = corpDiagram(simulate('band', 1500, slope), { draws: 100 });
      const held = band.filter(({ predicted, low, high }) => {
        const own = pools.find(({ from, to }) => from <= predicted && predicted <= to)?.observed ?? Number.NaN;
        return low <= own && own <= high;
      });
      return held.length / band.length;
    };
    expect(inside(1)).toBeGreaterThan(0.75);
    expect(inside(2.5)).toBeLessThan(0.5);
  });
});
