/** What every calibrator promises, run over all of them; then what only one of them does. */
import '../../../../test/property-seed.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Estimator } from '../../../sdk/estimator.ts';
import { makeRng, sigmoid } from '../../../sdk/numeric/index.ts';
import type { CalibrationRows, Calibrator, CalibratorModel, Target } from './index.ts';
import { calibratorOf, calibrators, vennAbers, vennAbersPair } from './index.ts';

const all = (['probability', 'mean'] as const).flatMap((target) => calibrators[target].map((own) => [own.id, target, own] as const));

/** Predictions that are too sure, or a third too high; some of them tied. */
function simulate(target: Target, rows: number, seed = 'rows'): CalibrationRows {
  const rng = makeRng(seed);
  const odds = Float64Array.from({ length: rows }, () => Math.round(40 * rng.normal()) / 30);
  return target === 'probability'
    ? { predicted: odds.map((own) => sigmoid(2 * own + 0.5)), outcome: odds.map((own) => (rng.uniform() < sigmoid(own) ? 1 : 0)) }
    : { predicted: odds.map((own) => sigmoid(own) * 4), outcome: odds.map((own) => rng.poisson(sigmoid(own) * 3)) };
}

const grid = Float64Array.from({ length: 101 }, (_, at) => at / 100);
const bytes = (model: CalibratorModel): string => JSON.stringify(model);
const coded = (code: string): object => expect.objectContaining({ name: 'CohortiumError', code }) as object;

function reorder({ predicted, outcome, weight }: CalibrationRows, order: readonly number[]): CalibrationRows {
  const of = (column: Float64Array): Float64Array => Float64Array.from(order, (row) => column[row] ?? Number.NaN);
  return { predicted: of(predicted), outcome: of(outcome), ...(weight && { weight: of(weight) }) };
}

/** Fit and predict of an estimator; what is predicted has no outcome yet. */
type AsEstimator = Pick<Estimator<CalibrationRows, object, CalibratorModel, Float64Array>, 'id' | 'fit'>;

describe.each(all)('%s of a %s', (_, target, calibrator: Calibrator & AsEstimator) => {
  const rows = simulate(target, 400);

  it('gives the same bytes for the same rows in any order', () => {
    const model = bytes(calibrator.fit({}, rows));
    const order = Array.from(rows.predicted.keys());
    fc.assert(
      fc.property(fc.shuffledSubarray(order, { minLength: order.length }), (mixed) => {
        expect(bytes(calibrator.fit({}, reorder(rows, mixed)))).toBe(model);
      }),
      { numRuns: 8 },
    );
  });

  it('predicts the same after its model has been through JSON', () => {
    const model = calibrator.fit({}, rows);
    const stored = JSON.parse(JSON.stringify(model)) as CalibratorModel; // what was written above
    expect(stored).toEqual(model);
    expect(calibratorOf(stored.kind, target).predict(stored, grid)).toEqual(calibrator.predict(model, grid));
  });

  it('takes a weight as so many rows', () => {
    const weight = rows.predicted.map((_own, row) => row % 4);
    const repeated = Array.from(weight).flatMap((times, row) => Array<number>(times).fill(row));
    expect(bytes(calibrator.fit({}, { ...rows, weight }))).toBe(bytes(calibrator.fit({}, reorder(rows, repeated))));
  });

  it('stays in range, and never falls if it says so', () => {
    const drawn = fc.integer({ min: 2, max: 60 }).chain((count) =>
      fc.record({
        predicted: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: count, maxLength: count }),
        outcome: fc.array(fc.integer({ min: 0, max: 1 }), { minLength: count, maxLength: count }),
      }),
    );
    fc.assert(
      fc.property(drawn, ({ predicted, outcome }) => {
        // Both outcomes, and something expected.
        const columns = { predicted: Float64Array.from([0.3, 0.6, ...predicted]), outcome: Float64Array.from([0, 1, ...outcome]) };
        const values = calibrator.predict(calibrator.fit({}, columns), Float64Array.from([...grid, ...predicted].sort((a, b) => a - b)));
        const most = target === 'probability' ? 1 : Number.MAX_VALUE;
        expect(values.filter((own) => !(own >= 0 && own <= most))).toHaveLength(0);
        if (calibrator.isMonotone) expect(values.filter((own, at) => at > 0 && own < (values[at - 1] ?? 0) - 1e-15)).toHaveLength(0);
      }),
      { numRuns: 60 },
    );
  });

  it('is near the truth on many rows, unless it is the identity', () => {
    const large = simulate(target, 20_000, 'large');
    const calibrated = calibrator.predict(calibrator.fit({}, large), large.predicted);
    const mean = (column: Float64Array): number => column.reduce((total, own) => total + own, 0) / column.length;
    const off = Math.abs(mean(calibrated) - mean(large.outcome));
    // Temperature cannot move a rate; the others are right in sum within their smoothing. The identity is off by 0.08 and 0.5.
    if (calibrator.id === 'identity') expect(off).toBeGreaterThan(0.03);
    else expect(off).toBeLessThan(calibrator.id === 'temperature' ? 0.06 : 0.002);
  });

  it('refuses no rows, columns of unequal length, and numbers out of range, with a code', () => {
    const fit = (columns: Partial<CalibrationRows>): unknown => calibrator.fit({}, { ...rows, ...columns });
    const at = (column: Float64Array, value: number): Float64Array => column.with(7, value);
    expect(() => fit({ predicted: new Float64Array(), outcome: new Float64Array() })).toThrow(coded('CALIBRATION_TOO_FEW'));
    expect(() => fit({ weight: new Float64Array(400) })).toThrow(coded('CALIBRATION_TOO_FEW'));
    expect(() => fit({ outcome: rows.outcome.subarray(1) })).toThrow(coded('NUMERIC_DOMAIN'));
    expect(() => fit({ weight: new Float64Array(3) })).toThrow(coded('NUMERIC_DOMAIN'));
    expect(() => fit({ weight: new Float64Array(400).fill(1e307) })).toThrow(/add up to more than a number can hold/);
    for (const value of [Number.NaN, -0.1, Number.POSITIVE_INFINITY]) {
      expect(() => fit({ predicted: at(rows.predicted, value) })).toThrow(coded('NUMERIC_DOMAIN'));
      expect(() => fit({ outcome: at(rows.outcome, value) })).toThrow(coded('NUMERIC_DOMAIN'));
      expect(() => fit({ weight: at(new Float64Array(400).fill(1), value) })).toThrow(coded('NUMERIC_DOMAIN'));
      expect(() => calibrator.predict(calibrator.fit({}, rows), Float64Array.of(value))).toThrow(coded('NUMERIC_DOMAIN'));
    }
    if (target === 'probability') {
      expect(() => fit({ predicted: at(rows.predicted, 1.1) })).toThrow(/row 7: a probability is in \[0, 1\]; found 1\.1/);
      expect(() => fit({ outcome: at(rows.outcome, 0.5) })).toThrow(/row 7: an outcome is 1/);
    }
  });

  it('takes three customers, equal predictions, and predictions of 0 and 1', () => {
    const outcome = Float64Array.of(0, 1, 1);
    for (const predicted of [Float64Array.of(0.2, 0.4, 0.5), Float64Array.of(0.4, 0.4, 0.4), Float64Array.of(0, 1, 1)]) {
      const values = calibrator.predict(calibrator.fit({}, { predicted, outcome }), grid);
      expect(values.every((own) => own >= 0 && Number.isFinite(own))).toBe(true);
    }
  });

  it('says so when there is nothing to learn from', () => {
    const predicted = Float64Array.of(0.2, 0.4, 0.5);
    for (const happened of [0, 1]) {
      const fit = (): unknown => calibrator.fit({}, { predicted, outcome: new Float64Array(3).fill(happened) });
      if (target === 'mean' || calibrator.id === 'identity') expect(fit).not.toThrow();
      else expect(fit).toThrow(coded('CALIBRATION_TOO_FEW'));
    }
    if (calibrator.id === 'mean-scale') {
      const zeros = new Float64Array(3);
      expect(() => calibrator.fit({}, { predicted: zeros, outcome: predicted })).toThrow(coded('CALIBRATION_TOO_FEW'));
    }
  });
});

describe('a calibrator by name', () => {
  it('is refused when there is none', () => {
    expect(() => calibratorOf('sorcery', 'probability')).toThrow(coded('NUMERIC_DOMAIN'));
    expect(() => calibratorOf('platt', 'mean')).toThrow(/there are identity, mean-scale, isotonic-mean/);
  });
});

describe('what falls', () => {
  // The higher the prediction, the rarer the event.
  const predicted = Float64Array.from({ length: 400 }, (_, row) => (row + 0.5) / 400);
  const outcome = predicted.map((own, row) => ((row * 0.618) % 1 < 1 - own ? 1 : 0));

  it.each(['platt', 'temperature', 'beta', 'isotonic', 'venn-abers'])('is made level by %s', (id) => {
    const calibrator = calibratorOf(id, 'probability');
    const values = calibrator.predict(calibrator.fit({}, { predicted, outcome }), grid);
    expect((values[100] ?? 0) - (values[0] ?? 0)).toBeGreaterThanOrEqual(0);
    expect((values[90] ?? 0) - (values[10] ?? 0)).toBeLessThan(0.02);
  });
});

describe('Venn–Abers', () => {
  it('holds the two isotonic regressions that one more row would give', () => {
    const rows = simulate('probability', 60, 'pairs');
    const model = vennAbers.fit({}, rows);
    const points = Float64Array.from([0, 0.05, 0.31, 0.5, 0.77, 1, ...rows.predicted]);
    const pair = vennAbersPair(model, points);
    const isotonic = calibratorOf('isotonic', 'probability');
    points.forEach((point, at) => {
      const level = (outcome: number): number => {
        const more = { predicted: Float64Array.from([...rows.predicted, point]), outcome: Float64Array.from([...rows.outcome, outcome]) };
        return isotonic.predict(isotonic.fit({}, more), Float64Array.of(point))[0] ?? Number.NaN;
      };
      expect(pair.low[at]).toBeCloseTo(level(0), 12);
      expect(pair.high[at]).toBeCloseTo(level(1), 12);
    });
  });

  it('is narrower on more rows', () => {
    const width = (rows: number): number => {
      const { low, high } = vennAbersPair(vennAbers.fit({}, simulate('probability', rows)), Float64Array.of(0.6));
      return (high[0] ?? 0) - (low[0] ?? 0);
    };
    expect(width(5000)).toBeLessThan(width(50) / 3);
  });
});
