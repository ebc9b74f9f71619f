import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { makeRng } from '../../../sdk/numeric/index.ts';
import { fitIsotonic, readIsotonic } from './isotonic.ts';
import { principalAxes, project } from './principal-axes.ts';
import { learnStaying, readStaying } from './staying.ts';
import { keepReasons, reasonsKept } from './top-reasons.ts';

describe('the map from own confidence to staying', () => {
  it('pools what is out of order and keeps what is not', () => {
    const map = fitIsotonic(Float64Array.of(0.1, 0.2, 0.3, 0.4), Float64Array.of(0.2, 0.8, 0.6, 0.9));
    expect([0, 0.1, 0.2, 0.3, 0.35, 0.4, 1].map((raw) => readIsotonic(map, raw))).toEqual([0.2, 0.2, 0.7, 0.7, 0.7, 0.9, 0.9]);
  });

  it('takes equal confidences for one observation, and nothing for no map', () => {
    expect(fitIsotonic(Float64Array.of(0.5, 0.5), Float64Array.of(0, 1))).toEqual({ from: [0.5], value: [0.5] });
    expect(readIsotonic(fitIsotonic(new Float64Array(), new Float64Array()), 0.3)).toBe(0.3);
  });

  it('never falls, and depends on no order of rows', () => {
    const pair = fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 10 }));
    fc.assert(
      fc.property(fc.array(pair, { minLength: 1, maxLength: 60 }), (pairs) => {
        const mapOf = (rows: readonly (readonly [number, number])[]) =>
          fitIsotonic(
            Float64Array.from(rows, ([raw]) => raw / 20),
            Float64Array.from(rows, ([, seen]) => seen / 10),
          );
        const map = mapOf(pairs);
        expect(map.value).toEqual(map.value.toSorted((one, other) => one - other));
        expect(mapOf(pairs.toReversed())).toEqual(map);
      }),
    );
  });
});

/** Customers whose chance to stay is known: a confidence c stays with probability c², whatever the cohort. */
function knownStaying(rows: number, refits: number) {
  const rng = makeRng('known staying');
  const raw = Float64Array.from({ length: rows }, () => rng.uniform());
  const label = Int32Array.from({ length: rows }, (_, row) => row % 3);
  const again = Array.from({ length: refits }, () =>
    label.map((own, row) => (rng.uniform() < raw[row]! * raw[row]! ? own : (own + 1) % 3)),
  );
  return { label, raw, cohorts: 3, again };
}

describe('confidence from refits', () => {
  it('is the probability to stay, where that is known', () => {
    const known = knownStaying(6000, 9);
    // A majority must stay, or the matching would name the cohorts the other way round.
    const raw = known.raw.map((value) => 0.6 + 0.4 * value);
    const rng = makeRng('draws');
    const again = Array.from({ length: 9 }, () =>
      known.label.map((own, row) => (rng.uniform() < raw[row]! * raw[row]! ? own : (own + 1) % 3)),
    );
    const staying = learnStaying({ ...known, raw, again });
    for (const value of [0.65, 0.75, 0.85, 0.95]) expect(Math.abs(readStaying(staying, 1, value) - value * value)).toBeLessThan(0.06);
    expect(staying.calibrationError).toBeLessThan(0.03);
  });

  it('follows cohorts whose numbers the refit has exchanged', () => {
    const label = Int32Array.from({ length: 300 }, (_, row) => (row < 200 ? 0 : 1));
    const swapped = label.map((own) => 1 - own);
    const staying = learnStaying({ label, raw: new Float64Array(300).fill(0.5), cohorts: 2, again: [swapped, swapped, swapped] });
    expect(staying.adjustedRandIndex).toEqual({ mean: 1, sd: 0, resamples: 3 });
    expect(staying.jaccard).toEqual([1, 1]);
    expect(readStaying(staying, 0, 0.5)).toBe(1);
    expect(staying.calibrationError).toBe(0);
  });

  it('knows nothing of a cohort that no compared customer is in, and none of noise', () => {
    const label = Int32Array.of(0, 0, -1, 0);
    const staying = learnStaying({ label, raw: new Float64Array(4).fill(0.5), cohorts: 2, again: [label, label] });
    expect(staying.jaccard).toEqual([1, Number.NaN]);
  });
});

describe('principal axes', () => {
  it('finds the direction of a line, and how much lies on it', () => {
    const rng = makeRng('line');
    const along = Float64Array.from({ length: 400 }, () => rng.normal());
    const columns = [along, along.map((value) => value + 0.01 * rng.normal()), Float64Array.from({ length: 400 }, () => rng.normal() / 4)];
    const { loadings, share } = principalAxes(columns);
    expect(Math.abs(loadings[0][0]! - Math.SQRT1_2)).toBeLessThan(0.01);
    expect(Math.abs(loadings[1][2]!)).toBeGreaterThan(0.99);
    expect(share[0]).toBeGreaterThan(0.9);
    expect([...project(columns, loadings[0], Uint32Array.of(3))][0]).toBeCloseTo(Math.SQRT2 * along[3]!, 1);
  });

  it('has nothing to say of columns without spread', () => {
    const { loadings, share } = principalAxes([new Float64Array(5), new Float64Array(5)]);
    expect([...loadings[0], ...share]).toEqual([0, 0, 0, 0]);
  });
});

describe('the reasons of a customer', () => {
  it('are the three strongest of either sign, strongest first, the first of equals', () => {
    const value = fc.integer({ min: -5, max: 5 });
    fc.assert(
      fc.property(fc.array(value, { maxLength: 12 }), (offered) => {
        const reasons = keepReasons(2);
        for (const [feature, contribution] of offered.entries()) reasons.offer(1, feature, contribution);
        const expected = offered
          .map((contribution, feature) => ({ contribution, feature }))
          .filter(({ contribution }) => contribution !== 0)
          .toSorted((one, other) => Math.abs(other.contribution) - Math.abs(one.contribution))
          .slice(0, reasonsKept);
        const kept = [0, 1, 2].map((place) => ({ contribution: reasons.contribution[3 + place]!, feature: reasons.feature[3 + place]! }));
        expect(kept.filter(({ feature }) => feature >= 0)).toEqual(expected);
        expect([...reasons.feature.subarray(0, 3)]).toEqual([-1, -1, -1]);
      }),
    );
  });
});
