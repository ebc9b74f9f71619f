import { describe, expect, it } from 'vitest';

import { makeRng, sigmoid } from '../../../sdk/numeric/index.ts';
import { beta, calibrators, chooseCalibrator, fitShrunk, identity, isotonic, meanScale, platt, predictShrunk } from './index.ts';

function simulate(seed: string, rows: number, distort: (odds: number) => number, lift = 0) {
  const rng = makeRng(seed);
  const odds = Array.from({ length: rows }, () => 1.2 * rng.normal() - 0.3);
  const cohort = odds.map((_, row) => ['a', 'b', 'c'][row % 3] ?? 'a');
  const outcome = Float64Array.from(odds, (own, row) => (rng.uniform() < sigmoid(own + (cohort[row] === 'b' ? lift : 0)) ? 1 : 0));
  return {
    rows: { predicted: Float64Array.from(odds, (own) => sigmoid(distort(own))), outcome },
    cohort,
    fold: odds.map((_, row) => row % 5),
  };
}

const every = calibrators.probability.map((calibrator) => ({ calibrator }));
const coded = (code: string): object => expect.objectContaining({ code }) as object;

describe('the choice of a calibrator', () => {
  it('leaves predictions that are right as they are', () => {
    const { rows, fold } = simulate('right', 2000, (odds) => odds);
    const choice = chooseCalibrator(every, rows, fold, { draws: 20 });
    expect(choice.model).toMatchObject({ kind: 'identity' });
    expect(choice.candidates.map(({ id }) => id)).toEqual(calibrators.probability.map(({ id }) => id));
  });

  it('takes the line where a line is enough, and keeps the evidence', () => {
    const { rows, fold } = simulate('line', 4000, (odds) => 2 * odds + 1);
    const choice = chooseCalibrator(every, rows, fold, { draws: 50 });
    expect(choice.model).toMatchObject({ kind: 'platt', n: 4000 });
    const [raw] = choice.candidates;
    const own = choice.candidates[choice.chosen];
    expect(own?.ece?.value).toBeLessThan(0.02);
    expect(raw?.ece?.low).toBeGreaterThan(0.1);
    expect(raw?.behind?.value).toBeGreaterThan(5 * (raw?.behind?.standardError ?? 1));
    expect(JSON.parse(JSON.stringify(choice))).toEqual(choice);
  });

  it('takes a curve where a line cannot bend', () => {
    // Right below one half, far too sure above.
    const { rows, fold } = simulate('bent', 8000, (odds) => (odds < 0 ? odds : 8 * odds));
    const choice = chooseCalibrator(every, rows, fold, { draws: 20 });
    expect(['isotonic', 'bbq', 'venn-abers']).toContain(choice.model?.kind);
  });

  it('does not depend on the order of rows, and takes weights as rows', () => {
    const { rows, cohort, fold } = simulate('order', 300, (odds) => 2 * odds);
    const candidates = [...every, { calibrator: platt, strength: 50 }];
    const order = Array.from(rows.predicted.keys()).reverse();
    const pick = (column: ArrayLike<number>): Float64Array => Float64Array.from(order, (row) => column[row] ?? 0);
    const mixed = { predicted: pick(rows.predicted), outcome: pick(rows.outcome) };
    const first = chooseCalibrator(candidates, rows, fold, { cohort, draws: 20 });
    expect(chooseCalibrator(candidates, mixed, pick(fold), { cohort: order.map((row) => cohort[row] ?? ''), draws: 20 })).toEqual(first);
    expect(chooseCalibrator(candidates, { ...rows, weight: new Float64Array(300).fill(1) }, fold, { cohort, draws: 20 })).toEqual(first);
  });

  it('goes by cohort where cohorts differ, and not where they do not', () => {
    const candidates = [{ calibrator: identity }, { calibrator: platt }, { calibrator: platt, strength: 100 }];
    const differ = simulate('differ', 6000, (odds) => 2 * odds, 1);
    const alike = simulate('alike', 6000, (odds) => 2 * odds, 0);
    expect(chooseCalibrator(candidates, differ.rows, differ.fold, { ...differ, draws: 20 }).chosen).toBe(2);
    expect(chooseCalibrator(candidates, alike.rows, alike.fold, { ...alike, draws: 20 }).chosen).toBe(1);
  });

  it('leaves predictions as they are when nobody bought, and says why', () => {
    const { rows, fold } = simulate('nobody', 60, (odds) => odds);
    const choice = chooseCalibrator(every, { ...rows, outcome: new Float64Array(60) }, fold);
    expect(choice.model).toMatchObject({ kind: 'identity' });
    expect(choice.candidates[2]).toMatchObject({
      id: 'platt',
      score: null,
      reason: expect.stringMatching(/^CALIBRATION_TOO_FEW: none of 48/) as string,
    });
    const none = chooseCalibrator([{ calibrator: platt }], { ...rows, outcome: new Float64Array(60) }, fold);
    expect(none).toMatchObject({ model: null, chosen: -1 });
  });

  it('chooses among maps of money by deviance', () => {
    const rng = makeRng('money');
    const predicted = Float64Array.from({ length: 3000 }, () => 1000 * rng.exponential());
    const outcome = predicted.map((own) => (rng.uniform() < 0.4 ? Math.round(own * 3.5 * rng.exponential()) : 0));
    const choice = chooseCalibrator(
      calibrators.mean.map((calibrator) => ({ calibrator })),
      { predicted, outcome },
      Array.from(predicted, (_, row) => row % 5),
    );
    expect(choice).toMatchObject({ score: 'poisson-deviance', model: { kind: 'mean-scale' } });
    expect(choice.candidates[1]?.observedOverExpected).toBeCloseTo(1, 1);
  });

  it('refuses a fold that is no number, instead of judging a map by rows that it has seen', () => {
    const predicted = Float64Array.of(0.1, 0.2, 0.3, 0.4, 0.6, 0.8);
    const outcome = Float64Array.of(0, 1, 0, 1, 0, 1);
    const fold = [0, 1, 0, 1, 0, Number.NaN];
    expect(() => chooseCalibrator([{ calibrator: identity }], { predicted, outcome }, fold)).toThrow(
      'row 5: a fold is a number; found NaN',
    );
  });

  it('refuses what it cannot compare', () => {
    const { rows, cohort, fold } = simulate('bad', 30, (odds) => odds);
    expect(() => chooseCalibrator([], rows, fold)).toThrow(coded('NUMERIC_DOMAIN'));
    expect(() => chooseCalibrator([{ calibrator: platt }, { calibrator: meanScale }], rows, fold)).toThrow(/probability and mean/);
    expect(() => chooseCalibrator([{ calibrator: platt }], rows, fold, { score: 'squared-error' })).toThrow(coded('NUMERIC_DOMAIN'));
    expect(() => chooseCalibrator([{ calibrator: platt }], rows, [0])).toThrow(coded('NUMERIC_DOMAIN'));
    expect(() => chooseCalibrator([{ calibrator: platt }], rows, new Float64Array(30))).toThrow(coded('CALIBRATION_TOO_FEW'));
    expect(() => chooseCalibrator([{ calibrator: platt, strength: 5 }], rows, fold)).toThrow(/cohort of each row/);
    expect(() => chooseCalibrator([{ calibrator: platt, strength: 0 }], rows, fold, { cohort, draws: 20 })).toThrow(/strength/);
  });
});

describe('shrinkage to the parent', () => {
  const { rows, cohort } = simulate('shrink', 900, (odds) => odds, 1.5);
  const parent = platt.fit({}, rows);
  const at = (model: ReturnType<typeof fitShrunk>, name: string): number =>
    predictShrunk(platt, model as ReturnType<typeof fitShrunk<object, typeof parent>>, Float64Array.of(0.5), [name])[0] ?? Number.NaN; // fitted by platt

  it('lies between the cohort and the parent, the nearer to the parent the stronger', () => {
    const values = [1, 100, 1e4, 1e9].map((strength) => at(fitShrunk(platt, rows, cohort, parent, strength), 'b'));
    const alone = platt.predict(
      platt.fit(
        {},
        {
          predicted: rows.predicted.filter((_, row) => cohort[row] === 'b'),
          outcome: rows.outcome.filter((_, row) => cohort[row] === 'b'),
        },
      ),
      Float64Array.of(0.5),
    )[0];
    const common = platt.predict(parent, Float64Array.of(0.5))[0] ?? 0;
    expect(values[0]).toBeCloseTo(alone ?? 0, 2);
    expect(values[3]).toBeCloseTo(common, 2);
    expect(values).toEqual([...values].sort((a, b) => b - a));
  });

  it('is the parent for a cohort that it does not know, or that has no weight', () => {
    const weight = Float64Array.from(cohort, (name) => (name === 'c' ? 0 : 1));
    const model = fitShrunk(platt, { ...rows, weight }, cohort, parent, 50, {});
    const common = platt.predict(parent, Float64Array.of(0.5))[0];
    expect(at(model, 'c')).toBe(common);
    expect(at(model, 'toString')).toBe(common);
    expect(model.cohorts['c']).toMatchObject({ n: 0, ownShare: 0 });
    expect(model.cohorts['a']?.ownShare).toBeCloseTo(300 / 350, 12);
  });

  it('handles a cohort of one class, with every calibrator', () => {
    const named = cohort.map((name, row) => (row < 12 ? 'new' : name));
    const outcome = rows.outcome.map((own, row) => (row < 12 ? 0 : own));
    for (const calibrator of calibrators.probability) {
      const pooled = calibrator.fit({}, { ...rows, outcome });
      const model = fitShrunk(calibrator, { ...rows, outcome }, named, pooled, 30, {});
      const [own = Number.NaN] = predictShrunk(calibrator, model, Float64Array.of(0.6), ['new']);
      const [common = Number.NaN] = calibrator.predict(pooled, Float64Array.of(0.6));
      expect(own, calibrator.id).toBeGreaterThan(0);
      expect(own, calibrator.id).toBeLessThanOrEqual(common + 0.05);
    }
  });

  it('falls back to the parent where nothing was expected of a cohort', () => {
    const predicted = Float64Array.of(0, 0, 2, 3);
    const outcome = Float64Array.of(1, 0, 4, 4);
    const model = fitShrunk(meanScale, { predicted, outcome }, ['x', 'x', 'y', 'y'], meanScale.fit({}, { predicted, outcome }), 10, {});
    expect(model.cohorts['x']).toMatchObject({ ownShare: 0, model: model.parent });
  });

  it('keeps what the calibrator promises: isotonic maps stay isotonic', () => {
    const model = fitShrunk(isotonic, rows, cohort, isotonic.fit({}, rows), 40, {});
    const grid = Float64Array.from({ length: 50 }, (_, step) => step / 49);
    const values = predictShrunk(isotonic, model, grid, Array<string>(50).fill('a'));
    expect([...values]).toEqual([...values].sort((a, b) => a - b));
  });

  it('refuses a strength or cohorts that cannot be', () => {
    for (const strength of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => fitShrunk(platt, rows, cohort, parent, strength)).toThrow(coded('NUMERIC_DOMAIN'));
    }
    expect(() => fitShrunk(beta, rows, ['a'], beta.fit({}, rows), 5, {})).toThrow(coded('NUMERIC_DOMAIN'));
  });
});
