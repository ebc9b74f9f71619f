import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { dayOfDate } from '../../skills/cohort/core/civil-date.ts';
import type { CohortModel } from '../../skills/cohort/core/model.ts';
import type { ValuedOutput } from '../../skills/cohort/schemas.ts';
import { skill as cohort } from '../../skills/cohort/skill.ts';
import type { RecalibrateOutput } from '../../skills/recalibrate/schemas.ts';
import { skill as recalibrate } from '../../skills/recalibrate/skill.ts';
import { float64Column, int32Column, type PureContext, textColumn } from '../../skills/sdk/index.ts';
import { isoDate, makeRng, sum } from '../../skills/sdk/numeric/index.ts';
import { featuresOf, memoryContext, type Purchase, walkSkill } from './purchase-log.ts';

interface Outcome {
  readonly context: PureContext;
  readonly cohort: ValuedOutput;
  readonly recalibrate: RecalibrateOutput;
  readonly requested: readonly string[];
}

const portable = ['holdout', 'scores', 'cells', 'priors', 'model', 'grain', 'accounts', 'profiles'] as const;

/** Both skills, one after the other, on purchases in memory. */
function runBoth(purchases: readonly Purchase[], asOf: string, config: Readonly<Record<string, unknown>> = {}): Outcome {
  const context = memoryContext('reference');
  const perform = (kind: string, input: unknown): unknown => {
    if (kind === 'memberships.publish') return { version: 1, joined: 1, left: 0, moved: 0 };
    const request = input as { readonly asOf: string; readonly outcomeDays: number }; // checked by the effect's schema
    return featuresOf(purchases, dayOfDate(request.asOf), request.outcomeDays, context);
  };
  const first = walkSkill(cohort, { input: { snapshot: context.writeJson({}) }, config, asOf }, context, perform);
  expect(first.status, JSON.stringify(first.output)).toBe('done');
  const valued = cohort.output.parse(first.output) as ValuedOutput; // value is on
  const input = Object.fromEntries(portable.map((name) => [name, valued[name]]));
  const second = walkSkill(recalibrate, { input, asOf }, context, perform);
  expect(second.status, JSON.stringify(second.output)).toBe('done');
  return {
    context,
    cohort: valued,
    recalibrate: recalibrate.output.parse(second.output),
    requested: [...first.requested, ...second.requested],
  };
}

const startDay = dayOfDate('2023-01-01');

/** A merchant with known parameters: BG/NBD on a clock with seasons, Gamma-Gamma money, Dirichlet habits (S = 2). */
function simulateMerchant(customers: number, days: number, seasonal: number): Purchase[] {
  const locations = ['north', 'south', 'west'];
  const channels = ['app', 'shop'];
  const grid = locations.flatMap((location, l) => channels.map((channel, c) => ({ location, channel, weight: (3 - l) * (c + 1) })));
  const weights = grid.reduce((total, cell) => total + cell.weight, 0);
  const root = makeRng('merchant');
  return Array.from({ length: customers }).flatMap((_, index) => {
    const rng = root.split(String(index));
    const born = startDay + rng.integer(days - 30);
    const rate = rng.gamma(0.9) / 6 / 7; // per day
    const leaving = rng.beta(1, 6);
    const scale = rng.gamma(6) / 12_000; // mean of one purchase: 5·12000/5 = 12,000 minor units
    const habit = grid.map((cell) => rng.gamma((2 * cell.weight) / weights));
    const total = habit.reduce((sum, part) => sum + part, 0);
    const list: Purchase[] = [];
    for (let day = born; day < startDay + days; day++) {
      // Highest in the middle of the fourth quarter.
      const season = 1 + seasonal * Math.cos((2 * Math.PI * (day - startDay - 320)) / 365);
      if (day > born && rng.uniform() > rate * season) continue;
      let left = rng.uniform() * total;
      const cell =
        grid[
          Math.max(
            0,
            habit.findIndex((part) => (left -= part) < 0),
          )
        ] ?? grid[0];
      list.push({
        customerId: `c${String(index).padStart(5, '0')}`,
        day,
        location: cell?.location ?? '',
        channel: cell?.channel ?? '',
        brand: index % 3 === 0 ? 'one' : 'two',
        spendMinor: Math.max(1, Math.round(rng.gamma(5) / scale / 1)),
      });
      if (day > born && rng.uniform() < leaving) break;
    }
    return list;
  });
}

describe('cohort and recalibrate on a simulated merchant', () => {
  const asOf = isoDate(startDay + 729);
  const future = simulateMerchant(2500, 820, 0.25);
  const outcome = runBoth(future, asOf);
  const { context } = outcome;
  const table = (ref: { readonly digest: string; readonly media: string; readonly rows: number }) => context.readTable(ref);
  const actual = float64Column(table(featuresOf(future, dayOfDate(asOf), 90, context).accounts), 'outcomeSpendMinor');

  it('ask for the effects that the plan names, in their order', () => {
    expect(outcome.requested).toEqual([
      'features.build',
      'features.holdout',
      'clv.fit',
      'clv.value',
      'axes.assign',
      'memberships.publish',
      'calibration.fit',
      'calibration.apply',
    ]);
  });

  it('add up: cells to accounts, accounts to totals, every axis to the total, before and after calibration', () => {
    for (const [cellRef, scoreRef, grainRef] of [
      [outcome.cohort.cells, outcome.cohort.scores, outcome.cohort.grain],
      [outcome.recalibrate.calibratedCells, outcome.recalibrate.calibrated, outcome.recalibrate.calibratedGrain],
    ] as const) {
      const grain = context.readJson(grainRef) as {
        readonly total: { readonly clvMinor: number; readonly lowMinor: number; readonly highMinor: number };
        readonly cellTotalMinor: number;
        readonly coherenceMaxRelError: number;
        readonly axes: readonly {
          readonly axis: string;
          readonly clvMinor: number;
          readonly lowMinor: number;
          readonly highMinor: number;
        }[];
      }; // written by the skills under test
      const clv = float64Column(table(scoreRef), 'clvMinor');
      const total = clv.reduce((sum, value) => sum + value, 0);
      expect(grain.coherenceMaxRelError).toBeLessThan(1e-12);
      expect(grain.total.clvMinor / total).toBeCloseTo(1, 12);
      expect(grain.cellTotalMinor / total).toBeCloseTo(1, 12);
      for (const axis of ['location', 'channel', 'brand', 'location-channel']) {
        const sum = grain.axes.filter((entry) => entry.axis === axis).reduce((all, entry) => all + entry.clvMinor, 0);
        expect(sum / total).toBeCloseTo(1, 12);
      }
      for (const entry of [...grain.axes, grain.total]) {
        expect(entry.lowMinor).toBeLessThanOrEqual(entry.clvMinor);
        expect(entry.highMinor).toBeGreaterThanOrEqual(entry.clvMinor);
      }
      const cells = table(cellRef);
      const share = float64Column(cells, 'share');
      const cellClv = float64Column(cells, 'clvMinor');
      int32Column(cells, 'account').forEach((account, row) => {
        const expected = (share[row] ?? 0) * (clv[account] ?? 0);
        expect(Math.abs((cellClv[row] ?? 0) - expected)).toBeLessThanOrEqual(1e-12 * expected);
      });
    }
  });

  it('come within 15 % of what the customers spend in the next 90 days, and the interval holds it', () => {
    const grain = context.readJson(outcome.recalibrate.calibratedGrain) as {
      readonly total: { readonly clvMinor: number; readonly lowMinor: number; readonly highMinor: number };
    }; // written by the skill under test
    const spent = actual.reduce((sum, value) => sum + value, 0);
    expect(Math.abs(grain.total.clvMinor / spent - 1)).toBeLessThan(0.15);
    expect(grain.total.lowMinor).toBeLessThan(spent);
    expect(grain.total.highMinor).toBeGreaterThan(spent);
  });

  it('have account intervals that hold about nine of ten futures', () => {
    const calibrated = table(outcome.recalibrate.calibrated);
    const low = float64Column(calibrated, 'clvLowMinor');
    const high = float64Column(calibrated, 'clvHighMinor');
    const held = actual.filter((value, row) => value >= (low[row] ?? 0) && value <= (high[row] ?? 0)).length / actual.length;
    // Above 0.9 by design: a future of zero is inside every interval that begins at zero.
    expect(held).toBeGreaterThan(0.88);
    expect(held).toBeLessThan(0.99);
  });

  it('find the strength of habits back and give every customer a tier', () => {
    // The truth is 2; the brand does not vary within a customer, which pulls S down.
    expect(outcome.cohort.summary.concentration).toBeGreaterThan(0.3);
    expect(outcome.cohort.summary.concentration).toBeLessThan(3);
    const tiers = new Set(textColumn(table(outcome.recalibrate.calibrated), 'tier'));
    expect([...tiers].filter((tier) => !['high', 'medium', 'low', 'none'].includes(tier))).toEqual([]);
    expect(tiers.has('medium')).toBe(true);
  });

  it('say the same twice, and the same whatever order the purchases come in', () => {
    const again = runBoth(future.toReversed(), asOf);
    expect(again.cohort).toEqual(outcome.cohort);
    expect(again.recalibrate).toEqual(outcome.recalibrate);
  });

  it('discount to less, and turn the season off when told', () => {
    const discounted = runBoth(future, asOf, { discountRateAnnual: 0.2, seasonal: false, draws: 50 });
    const plain = runBoth(future, asOf, { seasonal: false, draws: 50 });
    const ratio = discounted.cohort.summary.clvTotalMinor / plain.cohort.summary.clvTotalMinor;
    // Mean payment half-way through 90 days: 1.2^(−45/365.25) = 0.978
    expect(ratio).toBeCloseTo(0.978, 2);
  });
});

describe('cohort and recalibrate over a whole year', () => {
  const asOf = isoDate(startDay + 729);
  const future = simulateMerchant(6000, 1095, 0.25);

  it('lend the cut-off the seasons that its one year cannot show, and predict its year better for it', () => {
    const offBy = (config: Readonly<Record<string, unknown>>): { readonly reason: string; readonly error: number } => {
      const { context, cohort: valued } = runBoth(future, asOf, { horizonDays: 365, draws: 50, ...config });
      const { earlier } = context.readJson(valued.model) as CohortModel; // written by the skill under test
      const holdout = context.readTable(valued.holdout);
      const expected = sum(float64Column(holdout, 'expectedPurchases'));
      return { reason: earlier.clock.reason, error: expected / sum(int32Column(holdout, 'actualBaskets')) - 1 };
    };
    const seasonal = offBy({});
    const even = offBy({ seasonal: false });
    expect(seasonal.reason).toMatch(/^borrowed from a longer history/);
    expect(even.reason).toBe('turned off');
    // Measured: 12 % against 34 %. The same merchant without seasons: 8 %, for a year says little about who leaves.
    expect(Math.abs(seasonal.error)).toBeLessThan(Math.abs(even.error) / 2);
    expect(Math.abs(seasonal.error)).toBeLessThan(0.15);
  });
});

describe('cohort and recalibrate on too little', () => {
  const one = (customerId: string, day: number): Purchase => ({
    customerId,
    day,
    location: 'l',
    channel: 'c',
    brand: 'b',
    spendMinor: 500,
  });

  /** Error of the cohort step. */
  function failure(purchases: readonly Purchase[], asOf: string): unknown {
    const context = memoryContext('few');
    const perform = (kind: string, input: unknown): unknown => {
      const request = input as { readonly asOf: string; readonly outcomeDays: number }; // checked by the effect's schema
      if (kind === 'memberships.publish') return { version: 1, joined: 0, left: 0, moved: 0 };
      return featuresOf(purchases, dayOfDate(request.asOf), request.outcomeDays, context);
    };
    const { status, output } = walkSkill(cohort, { input: { snapshot: context.writeJson({}) }, asOf }, context, perform);
    expect(status).toBe('failed');
    return (output as { readonly error: unknown }).error; // a failed machine puts out its error
  }

  it('say that the graph is empty, the history short, or the customers few', () => {
    const many = Array.from({ length: 30 }, (_, index) => [
      one(`c${index}`, startDay + 200),
      one(`c${index}`, startDay + 210 + index),
    ]).flat();
    expect(failure(many, '2023-01-31')).toMatchObject({ code: 'GRAPH_EMPTY', message: expect.stringContaining('2023-01-31') });
    expect(failure(many, isoDate(startDay + 250))).toMatchObject({
      code: 'GRAPH_HISTORY_SHORT',
      message: expect.stringContaining('holdout'),
    });
    expect(failure([one('a', startDay), one('b', startDay)], '2023-12-31')).toMatchObject({ code: 'CLV_TOO_FEW_CUSTOMERS' });
  });

  it('leave a holdout of few buyers as it is, with tier none', () => {
    const few = simulateMerchant(30, 400, 0);
    const { recalibrate: found, context, cohort: valued } = runBoth(few, isoDate(startDay + 380));
    expect(found.reliability.eceAfter).toBe(found.reliability.eceBefore);
    expect(found.reliability.moneyScale).toBe(1);
    const calibrated = context.readTable(found.calibrated);
    expect(new Set(textColumn(calibrated, 'tier'))).toEqual(new Set(['none']));
    expect(float64Column(calibrated, 'clvMinor')).toEqual(float64Column(context.readTable(valued.scores), 'clvMinor'));
    expect(context.readJson(found.calibration)).toMatchObject({
      probability: { kind: 'identity', reason: expect.stringMatching(/bought/) },
    });
  });

  it('refuse a holdout without rows', () => {
    const context = memoryContext('none');
    const none = featuresOf([one('a', startDay)], startDay - 1, 0, context).accounts;
    expect(() =>
      recalibrate.pure['calibration.fit'](
        { holdout: none, grain: none, config: recalibrate.config.parse({}), asOf: '2023-12-31' },
        context,
      ),
    ).toThrow(/holdout has no customers/);
  });
});

const cdnow = join(import.meta.dirname, '..', '..', '..', 'shared', 'data', 'cdnow', 'CDNOW_master.txt');

describe.skipIf(!existsSync(cdnow))('cohort and recalibrate on CDNOW (skipped where shared/data is absent)', () => {
  it('calibrate better and hold the next 90 days inside the interval, as of 1998-03-31', () => {
    const purchases = readFileSync(cdnow, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([customer = '']) => /^\d+$/.test(customer) && Number(customer) % 10 === 0)
      .map(([customerId = '', date = '', , dollars = '0']): Purchase => {
        const day = dayOfDate(`${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`);
        return { customerId, day, location: '', channel: '', brand: '', spendMinor: Math.round(Number(dollars) * 100) };
      });
    const asOf = '1998-03-31';
    const { context, recalibrate: found } = runBoth(purchases, asOf);
    const spent = float64Column(context.readTable(featuresOf(purchases, dayOfDate(asOf), 90, context).accounts), 'outcomeSpendMinor');
    const total = spent.reduce((sum, value) => sum + value, 0);
    const grain = context.readJson(found.calibratedGrain) as {
      readonly total: { readonly clvMinor: number; readonly lowMinor: number; readonly highMinor: number };
    }; // written by the skill under test
    expect(found.reliability.eceAfter).toBeLessThan(found.reliability.eceBefore);
    expect(grain.total.lowMinor).toBeLessThan(total);
    expect(grain.total.highMinor).toBeGreaterThan(total);
  });
});
