import '../../../../test/property-seed.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { dayOfIsoDate, isoDate } from '../../../sdk/numeric/index.ts';
import {
  type Cadence,
  cadences,
  decideCadence,
  defaultCadenceRule as rule,
  type MaturedWindow,
  nextDueDay,
  relativeError,
} from './cadence.ts';
import { priorShares } from './model-prior.ts';

const refused = expect.objectContaining({ code: 'NUMERIC_DOMAIN' }) as Error;
const windowsOf = (...errors: readonly number[]): MaturedWindow[] => errors.map((error) => ({ customers: 100, error }));

describe('a cadence', () => {
  it('gets shorter at once where predictions were wrong', () => {
    expect(decideCadence('weekly', windowsOf(0.02, 0.31), rule)).toEqual({
      decision: 'shorten',
      cadence: 'daily',
      reason: 'the error of 31 % is above 20 %',
    });
  });

  it('gets longer only after calm windows in a row', () => {
    expect(decideCadence('weekly', windowsOf(0.05), rule)).toMatchObject({
      decision: 'keep',
      reason: '1 of 2 windows in a row are below 10 %',
    });
    expect(decideCadence('weekly', windowsOf(0.05, 0.15, 0.05), rule).decision).toBe('keep');
    expect(decideCadence('weekly', windowsOf(0.15, 0.05, 0.04), rule)).toEqual({
      decision: 'lengthen',
      cadence: 'monthly',
      reason: '2 windows in a row are below 10 %, the newest at 4 %',
    });
  });

  it('keeps still between the two limits, and at them', () => {
    for (const error of [0.1, 0.15, 0.2]) expect(decideCadence('weekly', windowsOf(0.05, 0.05, error), rule).decision).toBe('keep');
  });

  it('does not listen to a few customers', () => {
    expect(decideCadence('weekly', [{ customers: 3, error: 1 }], rule)).toMatchObject({
      decision: 'keep',
      reason: '3 customers are fewer than 30',
    });
    const calm: MaturedWindow[] = [{ customers: 3, error: 0 }, ...windowsOf(0.01)];
    expect(decideCadence('weekly', calm, rule).decision).toBe('keep');
  });

  it('stays inside bounds, and comes back inside when they change', () => {
    expect(decideCadence('weekly', windowsOf(0.9), { ...rule, shortest: 'weekly' })).toMatchObject({ decision: 'keep', cadence: 'weekly' });
    expect(decideCadence('monthly', windowsOf(0, 0), rule)).toMatchObject({ decision: 'keep', cadence: 'monthly' });
    expect(decideCadence('daily', windowsOf(0.9), { ...rule, shortest: 'weekly' })).toMatchObject({
      decision: 'lengthen',
      cadence: 'weekly',
    });
    expect(decideCadence('monthly', windowsOf(0), { ...rule, longest: 'weekly' })).toMatchObject({
      decision: 'shorten',
      cadence: 'weekly',
    });
  });

  it('moves one step at most, never longer for a larger error', () => {
    const error = fc.double({ min: 0, max: 1, noNaN: true });
    const before = fc.array(error, { maxLength: 5 });
    fc.assert(
      fc.property(fc.constantFrom(...cadences), before, error, error, (current: Cadence, errors, a, b) => {
        const place = (newest: number) => cadences.indexOf(decideCadence(current, windowsOf(...errors, newest), rule).cadence);
        expect(Math.abs(place(a) - cadences.indexOf(current))).toBeLessThanOrEqual(1);
        expect(place(Math.max(a, b))).toBeLessThanOrEqual(place(Math.min(a, b)));
      }),
    );
  });

  it('is due again after a day, a week or a month of the calendar', () => {
    const after = (date: string, cadence: Cadence) => isoDate(nextDueDay(dayOfIsoDate(date) ?? 0, cadence));
    expect(after('2025-01-31', 'daily')).toBe('2025-02-01');
    expect(after('2025-01-31', 'weekly')).toBe('2025-02-07');
    expect(after('2025-01-31', 'monthly')).toBe('2025-02-28');
    expect(after('2024-01-31', 'monthly')).toBe('2024-02-29');
    expect(() => nextDueDay(Number.NaN, 'monthly')).toThrow(refused);
  });

  it('refuses crossed rules, errors that are none, and no window', () => {
    for (const change of [
      { shortest: 'monthly', longest: 'daily' },
      { start: 'daily', shortest: 'weekly' },
      { shortenAbove: 0.05 },
      { lengthenBelow: 0 },
      { patience: 0 },
      { leastCustomers: 1.5 },
      { shortenAbove: Number.NaN },
    ] as const)
      expect(() => decideCadence('weekly', windowsOf(0.1), { ...rule, ...change })).toThrow(refused);
    for (const windows of [[], windowsOf(Number.NaN), windowsOf(1.2), [{ customers: -1, error: 0 }]])
      expect(() => decideCadence('weekly', windows, rule)).toThrow(refused);
  });
});

describe('a relative error', () => {
  it('is 0 to 1, also where nothing was predicted or nothing happened', () => {
    expect([relativeError(80, 100), relativeError(100, 80), relativeError(0, 0), relativeError(0, 5), relativeError(5, 0)]).toEqual([
      0.2, 0.2, 0, 1, 1,
    ]);
    for (const bad of [Number.NaN, -1, Number.POSITIVE_INFINITY]) expect(() => relativeError(bad, 1)).toThrow(refused);
  });
});

describe('prior shares of models', () => {
  const models = ['bg-nbd', 'pareto-nbd'];
  const window = (a: number, b: number) => ({ customers: 100, losses: { 'bg-nbd': a, 'pareto-nbd': b } });

  it('are equal without any window, and where models err alike', () => {
    expect(priorShares(models, [])).toEqual([0.5, 0.5]);
    expect(priorShares(models, [window(1, 1), window(0.3, 0.3)])).toEqual([0.5, 0.5]);
  });

  it('go to who erred less, the more the longer', () => {
    const once = priorShares(models, [window(1, 1.5)]);
    const twice = priorShares(models, [window(1, 1.5), window(1, 1.5)]);
    // e^0.5 to 1 over the 96 % that are free: 0.02 + 0.96 · 0.6224593.
    expect(once[0]).toBeCloseTo(0.02 + 0.96 * 0.6224593312018546, 14);
    expect(twice[0]).toBeGreaterThan(once[0] ?? 1);
  });

  it('leave nobody without a share, and remember the newest best', () => {
    const shares = priorShares(models, [window(0, 1000)]);
    expect(shares[1]).toBeCloseTo(0.02, 12);
    expect(priorShares(models, [window(0, 1), window(1, 0)])[1]).toBeGreaterThan(0.5);
  });

  it('pass over windows of other models, and refuse losses that are none', () => {
    expect(priorShares(models, [{ customers: 9, losses: { 'bg-nbd': 3 } }])).toEqual([0.5, 0.5]);
    for (const loss of [Number.NaN, -1, Number.POSITIVE_INFINITY]) expect(() => priorShares(models, [window(loss, 1)])).toThrow(refused);
    expect(() => priorShares([], [])).toThrow(refused);
    expect(() => priorShares(models, [], { rate: 0 })).toThrow(refused);
    expect(() => priorShares(models, [], { memory: 2 })).toThrow(refused);
  });
});
