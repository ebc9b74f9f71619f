import { describe, expect, it } from 'vitest';

import { memoryContext } from '../../test/reference/purchase-log.ts';
import { column, float64Column, makeTable, type PureContext, type Ref, type Table, textColumn } from '../sdk/index.ts';
import { makeRng, sigmoid } from '../sdk/numeric/index.ts';
import type { Calibration } from './core/calibration.ts';
import { pure } from './effects.ts';
import { configSchema, type FitOutput, fitOutputSchema } from './schemas.ts';

type Columns = Record<string, Float64Array>;

/** A holdout with intervals: purchases by log-odds, money uniform, the model half as wide as it should be. */
function columnsOf(count: number): { readonly numbers: Columns; readonly cohort: string[] } {
  const rng = makeRng('holdout');
  const odds = Float64Array.from({ length: count }, () => rng.normal());
  const bought = odds.map((own) => (rng.uniform() < sigmoid(own) ? 1 : 0));
  const pPurchase = odds.map((own) => sigmoid(1.6 * own));
  const spent = bought.map((own) => (own === 0 ? 0 : 5000 + 10_000 * rng.uniform()));
  const upTo = (share: number): Float64Array => pPurchase.map((p) => (p > 1 - share ? 10_000 * share : 0));
  return {
    cohort: Array.from(odds, (_, row) => ['north', 'south', ''][row % 3] ?? ''),
    numbers: {
      pPurchase,
      expectedPurchases: pPurchase,
      expectedSpendMinor: pPurchase.map((p) => 10_000 * p),
      spendLowMinor: new Float64Array(count),
      spendHighMinor: pPurchase.map((p) => 10_000 * Math.max(p, 0.6)),
      ...Object.fromEntries(
        [50, 80, 90, 95].flatMap((level) => [
          [`spendLow${level}Minor`, new Float64Array(count)],
          [`spendHigh${level}Minor`, upTo(level / 100)],
        ]),
      ),
      actualSpendMinor: spent,
      actualBaskets: bought,
      baskets: odds.map((_, row) => 1 + (row % 8)),
    },
  };
}

function tableOf({ numbers, cohort }: ReturnType<typeof columnsOf>, without: RegExp = /^$/): Table {
  const whole = ['actualBaskets', 'baskets'];
  return makeTable({
    customerId: column.text(cohort.map((_, row) => `c${String(row).padStart(5, '0')}`)),
    cohort: column.text(cohort),
    ...Object.fromEntries(
      Object.entries(numbers)
        .filter(([name]) => !without.test(name))
        .map(([name, values]) => [name, whole.includes(name) ? column.int32(Int32Array.from(values)) : column.float64(values)]),
    ),
  });
}

interface Fitted extends FitOutput {
  readonly context: PureContext;
  readonly json: Calibration;
}

function fit(table: Table, config: object = {}): Fitted {
  const context = memoryContext('recalibrate');
  const grain = context.writeJson({
    horizonDays: 90,
    level: 0.9,
    total: { clvMinor: 1, lowMinor: 0, highMinor: 2 },
    axes: [],
  });
  const output = pure['calibration.fit'](
    { holdout: context.writeTable(table), grain, config: configSchema.parse(config), asOf: '2024-06-30' },
    context,
  );
  expect(fitOutputSchema.parse(output)).toEqual(output);
  return { ...output, context, json: context.readJson(output.calibration) as Calibration }; // its own output
}

const base = columnsOf(1500);
/** Fitted once: most tests look at it. */
const usual = fit(tableOf(base));

describe('calibration.fit', () => {
  it('states what a gate asks for, with the interval of the error and the day it was fitted', () => {
    const { reliability, json } = usual;
    expect(reliability).toMatchObject({
      n: 1500,
      nEvents: json.buyers,
      fittedAt: '2024-06-30',
      method: expect.stringContaining('logistic'),
    });
    expect(reliability.eceDebiased).toBeLessThan(json.gain?.before ?? 0);
    expect(reliability.eceCI95[0]).toBeLessThanOrEqual(reliability.eceDebiased);
    expect(reliability.eceCI95[1]).toBeGreaterThanOrEqual(reliability.eceDebiased);
    expect(reliability.eceDifferenceCI95?.[1]).toBeLessThan(0);
    expect(reliability.oOverE).toBeCloseTo(1, 1);
    expect(reliability.bss).toBeGreaterThan(0.05);
    expect(Object.keys(reliability.picp)).toEqual(['0.5', '0.8', '0.9', '0.95']);
    // Half of the customers spend nothing, which every interval here holds; higher levels are reached from below.
    expect(reliability.picp['0.9']).toBeGreaterThan(0.87);
    expect(reliability.picp['0.9']).toBeLessThan(0.93);
    for (const [level, share] of Object.entries(reliability.picp)) {
      const [low, high] = reliability.picpCI95[level] ?? [1, 0];
      expect([low < share, share < high, high - low < 0.1]).toEqual([true, true, true]);
    }
    const [low, high] = reliability.spendOOverECI95 ?? [0, 0];
    expect(low).toBeLessThan(reliability.spendOOverE ?? 0);
    expect(high).toBeGreaterThan(reliability.spendOOverE ?? 0);
    expect(reliability.decileLift).toBeGreaterThan(1.2);
  });

  it('measures coverage out of fold for everybody, each cohort and each activity, and brings it to the level', () => {
    const { json } = usual;
    const families = json.intervals?.coverage ?? [];
    expect(families.map(({ name }) => name)).toEqual(['everybody', 'north', 'south', 'unknown', '1', '2', '3 to 5', '6 and more']);
    for (const { before, after } of families) {
      expect(before.coverage).toBeLessThan(0.86);
      expect(after.coverage).toBeGreaterThan(0.84); // at least 180 customers each: 0.9 ± 0.045
      expect(after.coverageInterval.low).toBeLessThan(after.coverage);
    }
    expect(json.tiers?.tiers.length).toBeGreaterThan(1);
    expect(Object.keys(json.cohorts)).toEqual(['north', 'south', 'unknown']);
  });

  it('gives the same digest for the same holdout, and another one for another method', () => {
    const other = fit(tableOf(base), { calibrator: 'platt' });
    expect(fit(tableOf(base)).calibration).toEqual(usual.calibration);
    expect(other.calibration).not.toEqual(usual.calibration);
    expect(other.json.probability).toMatchObject({ kind: 'by-cohort', parent: { kind: 'platt' } });
  });

  it('keeps the evidence of a choice, for probabilities, money and counts', () => {
    const { json } = fit(tableOf(columnsOf(400)), { calibrator: 'auto', money: 'auto', folds: 2 });
    for (const choice of [json.probabilityChoice, json.moneyChoice, json.countChoice]) {
      expect(choice?.candidates[choice.chosen]?.score).toBeGreaterThan(0);
      expect(choice?.rule).toContain('standard errors');
    }
  });

  it('leaves intervals as they are where Cohort gave none to learn from', () => {
    const { json, reliability } = fit(tableOf(base, /^spend|^baskets/));
    expect(json).toMatchObject({ intervals: null, tiers: null, isCalibrated: true });
    expect(reliability).toMatchObject({ picp: {}, picpCI95: {}, tiersOrder: null });
  });

  it.each([
    ['nobody bought', () => 0],
    ['everybody bought', () => 1],
  ])('changes nothing where %s, and says so', (_, bought) => {
    const numbers = { ...base.numbers, actualBaskets: new Float64Array(1500).fill(bought()), actualSpendMinor: new Float64Array(1500) };
    const { json, reliability } = fit(tableOf({ ...base, numbers }), { calibrator: 'isotonic', money: 'isotonic-mean' });
    expect(json).toMatchObject({ isCalibrated: false, probability: { kind: 'identity', reason: expect.stringContaining('1500') } });
    expect(json).toMatchObject({ moneyScale: { global: 1 }, moneyMap: null, gain: null, intervals: { reach: null } });
    expect(reliability).toMatchObject({ eceAfter: reliability.eceBefore, bss: null, eceDifferenceCI95: null });
    expect(json.tiers?.tiers.map(({ tier }) => tier)).toEqual(['none']);
  });

  it('handles a cohort in which nobody bought, and three customers', () => {
    const none = base.numbers['actualBaskets']?.map((own, row) => (base.cohort[row] === 'north' ? 0 : own)) ?? new Float64Array();
    const { json } = fit(tableOf({ ...base, numbers: { ...base.numbers, actualBaskets: none } }));
    expect(json.cohorts['north']).toMatchObject({ nEvents: 0, bss: null, oOverE: 0 });
    const three = fit(tableOf(columnsOf(3)));
    expect(three.json).toMatchObject({ n: 3, isCalibrated: false, intervals: { reach: null } });
  });

  it.each(['pPurchase', 'expectedSpendMinor', 'expectedPurchases', 'actualSpendMinor', 'spendHighMinor'])(
    'refuses NaN in %s with a code',
    (name) => {
      const broken = base.numbers[name]?.map((own, row) => (row === 7 ? Number.NaN : own)) ?? new Float64Array();
      const table = tableOf({ ...base, numbers: { ...base.numbers, [name]: broken } });
      expect(() => fit(table)).toThrow(expect.objectContaining({ code: 'NUMERIC_DOMAIN', message: expect.stringMatching(/NaN/) }) as Error);
    },
  );
});

describe('calibration.apply', () => {
  /** The holdout's customers, scored again as they were. */
  function apply(fitted: Fitted, asOf: string, drift: Record<string, 'none' | 'alert'> = {}): Table {
    const { context, calibration } = fitted;
    const { numbers, cohort } = base;
    const of = (name: string): Float64Array => numbers[name] ?? new Float64Array();
    const scores = makeTable({
      customerId: column.text(cohort.map((_, row) => `c${row}`)),
      expectedPurchases: column.float64(of('expectedPurchases')),
      pAlive: column.float64(of('pPurchase')),
      pPurchase: column.float64(of('pPurchase')),
      spendPerPurchaseMinor: column.float64(of('pPurchase').map(() => 10_000)),
      clvMinor: column.float64(of('expectedSpendMinor')),
      clvLowMinor: column.float64(of('spendLowMinor')),
      clvHighMinor: column.float64(of('spendHighMinor')),
      elsewhere: column.float64(new Float64Array(cohort.length)),
    });
    const places = {
      location: column.text([]),
      channel: column.text([]),
      brand: column.text([]),
      share: column.float64(new Float64Array()),
    };
    const none = context.writeTable(makeTable({ ...places, account: column.int32(new Int32Array()) }));
    const total = { clvMinor: 1, lowMinor: 0, highMinor: 2 };
    const write = (table: Table): Ref => context.writeTable(table);
    const { calibrated } = pure['calibration.apply'](
      {
        scores: write(scores),
        cells: none,
        priors: none,
        model: calibration,
        grain: context.writeJson({ horizonDays: 90, level: 0.9, total, axes: [] }),
        accounts: write(makeTable({ baskets: column.int32(Int32Array.from(of('baskets'))) })),
        profiles: write(makeTable({ homeLocation: column.text(cohort) })),
        calibration,
        drift,
        asOf,
      },
      context,
    );
    return context.readTable(calibrated);
  }

  it('gives intervals that hold the value and, on the holdout itself, the level', () => {
    const found = apply(usual, '2024-06-30');
    const [value, low, high] = ['clvMinor', 'clvLowMinor', 'clvHighMinor'].map((name) => float64Column(found, name));
    const spent = base.numbers['actualSpendMinor'] ?? new Float64Array();
    value?.forEach((own, row) => expect((low?.[row] ?? 0) <= own && own <= (high?.[row] ?? 0)).toBe(true));
    const share = spent.filter((own, row) => own >= (low?.[row] ?? 0) && own <= (high?.[row] ?? 0)).length / spent.length;
    expect(share).toBeGreaterThan(0.88);
    expect(share).toBeLessThan(0.94);
  });

  it('never raises a tier for older evidence or for drift', () => {
    const rank = (table: Table): number[] => textColumn(table, 'tier').map((tier) => ['high', 'medium', 'low', 'none'].indexOf(tier));
    const fresh = rank(apply(usual, '2024-06-30'));
    const stale = rank(apply(usual, '2026-12-31'));
    const drifted = rank(apply(usual, '2024-06-30', { north: 'alert' }));
    expect(fresh.some((own) => own < 3)).toBe(true);
    fresh.forEach((own, row) => {
      expect(stale[row]).toBe(3);
      expect(drifted[row]).toBe(base.cohort[row] === 'north' ? 3 : own);
    });
  });
});
