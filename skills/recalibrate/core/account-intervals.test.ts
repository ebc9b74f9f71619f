import '../../../test/property-seed.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { makeRng } from '../../sdk/numeric/index.ts';
import { activityOf, applyReach, coverageByFamily, fitReach, type ScaledIntervals } from './account-intervals.ts';

/** Half spend nothing; the rest are uniform on [0, 100], where the model says [0, high]. */
function simulate(
  seed: string,
  count: number,
  high: number,
): ScaledIntervals & { readonly spent: Float64Array; readonly baskets: number[] } {
  const rng = makeRng(seed);
  const spent = Float64Array.from({ length: count }, () => (rng.uniform() < 0.5 ? 0 : 100 * rng.uniform()));
  return {
    spent,
    low: new Float64Array(count),
    high: new Float64Array(count).fill(high),
    cohort: Array.from(spent, (_, row) => (row % 40 === 0 ? 'few' : 'many')),
    pPurchase: Array.from(spent, (_, row) => (row % 8) / 8),
    baskets: Array.from(spent, (_, row) => 1 + (row % 8)),
  };
}

const shareInside = ({ low, high }: { readonly low: Float64Array; readonly high: Float64Array }, spent: Float64Array): number =>
  spent.filter((own, row) => own >= (low[row] ?? 0) && own <= (high[row] ?? 0)).length / spent.length;

describe('the reach of account intervals', () => {
  it.each([20, 80, 400])('brings intervals of [0, %d] to the level on customers it has not seen', (high) => {
    const learned = simulate('learned', 3000, high);
    const judged = simulate('judged', 3000, high);
    const reach = fitReach(learned, learned.spent, 0.9);
    const share = shareInside(applyReach(reach, judged), judged.spent);
    expect(share).toBeGreaterThan(0.87); // 0.9 ± 0.008 of learning and of judging, and a reach of its own for each of five cells
    expect(share).toBeLessThan(0.93);
  });

  it('is that of customers as likely to buy where a cohort has few, and of everybody where neither was seen', () => {
    const learned = simulate('fall back', 1600, 50);
    const reach = fitReach(learned, learned.spent, 0.9);
    const band = 'P(purchase) under 0.1';
    expect(reach?.cohorts['cohort few, P(purchase) under 0.1']).toMatchObject({ from: band });
    const one = { low: Float64Array.of(0), high: Float64Array.of(50), cohort: ['toString'] };
    const known = applyReach(reach, { ...one, pPurchase: [0.05] });
    expect(known.high[0]).toBeCloseTo(
      50 * (1 + (reach?.cohorts[band]?.bound.kind === 'margin' ? reach.cohorts[band].bound.margin : Number.NaN)),
      9,
    );
    const alone = fitReach({ ...learned, pPurchase: learned.cohort.map(() => 0) }, learned.spent, 0.9);
    const found = applyReach(alone, { ...one, pPurchase: [0.95] });
    expect(found.high[0]).toBeCloseTo(50 * (1 + (alone?.everybody.kind === 'margin' ? alone.everybody.margin : Number.NaN)), 9);
  });

  it('never ends below nothing or begins above its end, whatever the intervals', () => {
    const row = fc.record({
      low: fc.integer({ min: 0, max: 100 }),
      width: fc.integer({ min: 0, max: 100 }),
      spent: fc.integer({ min: 0, max: 300 }),
      cohort: fc.constantFrom('a', 'b', '__proto__'),
      pPurchase: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 80 }), (list) => {
        const rows = {
          low: Float64Array.from(list, ({ low }) => low),
          high: Float64Array.from(list, ({ low, width }) => low + width),
          cohort: list.map(({ cohort }) => cohort),
          pPurchase: list.map(({ pPurchase }) => pPurchase),
        };
        const { low, high } = applyReach(
          fitReach(
            rows,
            Float64Array.from(list, ({ spent }) => spent),
            0.9,
          ),
          rows,
        );
        low.forEach((own, at) => expect(own >= 0 && own <= (high[at] ?? 0) && Number.isFinite(high[at])).toBe(true));
      }),
      { numRuns: 60 },
    );
  });

  it('is none where the customers are too few for an interval that ends: the intervals stay', () => {
    const three = simulate('three', 3, 50);
    expect(fitReach(three, three.spent, 0.9)).toBeNull();
    expect(fitReach({ ...three, low: new Float64Array(), high: new Float64Array(), cohort: [] }, new Float64Array(), 0.9)).toBeNull();
    expect(applyReach(null, three)).toEqual({ low: three.low, high: three.high });
  });

  it('refuses NaN with a code', () => {
    const rows = simulate('nan', 100, 50);
    const spent = rows.spent.map((own, row) => (row === 3 ? Number.NaN : own));
    expect(() => fitReach(rows, spent, 0.9)).toThrow(expect.objectContaining({ code: 'NUMERIC_DOMAIN' }) as Error);
  });
});

describe('coverage by family', () => {
  it('counts everybody, each cohort and each activity, before and after', () => {
    const rows = simulate('families', 400, 60);
    const found = coverageByFamily(rows, { low: rows.low, high: rows.high.map(() => 100) }, rows, rows.spent, 0.9);
    expect(found.map(({ family, name }) => `${family} ${name}`)).toEqual([
      'everybody everybody',
      'cohort few',
      'cohort many',
      'activity 1',
      'activity 2',
      'activity 3 to 5',
      'activity 6 and more',
    ]);
    for (const { before, after } of found) {
      expect(after.coverage).toBe(1);
      expect(before.coverage).toBeLessThan(1);
    }
    expect(found[0]?.before.coverage).toBe(shareInside(rows, rows.spent));
    expect([1, 2, 3, 5, 6, 60].map(activityOf)).toEqual(['1', '2', '3 to 5', '3 to 5', '6 and more', '6 and more']);
  });
});
