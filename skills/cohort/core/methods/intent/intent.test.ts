import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { makeRng, sigmoid } from '../../../../sdk/numeric/index.ts';
import { takeRows } from '../quality/index.ts';
import { intent, intentDetails, type IntentModel, type IntentRows } from './index.ts';
import { measureQuality } from './quality.ts';
import { fitScoreMap, intervalOf, probabilityOf, scoreOfProbability } from './score-map.ts';

const part = (value: number): number => value - Math.floor(value);

/** Four hundred customers that any language makes alike; every fourth is later. */
const index = Array.from({ length: 400 }, (_, i) => i);
const x = index.map((i) => 4 * part(i * 0.6180339887498949) - 2);
const y = index.map((i) => 10 * part(i * i * 0.7548776662466927));
const z = index.map((i) => (i % 3 === 0 ? 1 : 0));
const fourHundred = {
  names: ['x', 'y', 'z'],
  columns: [x, y, z].map((column) => Float64Array.from(column)),
  outcome: index.map((i) => (part(i * 0.5698402909980532) < 0.35 + 0.15 * x[i]! - 0.02 * y[i]! + 0.1 * z[i]! ? 1 : 0)),
  isLater: index.map((i) => (i % 4 === 3 ? 1 : 0)),
} satisfies IntentRows;

describe('the regression of an intent', () => {
  // scikit-learn 1.7.2: s = StandardScaler().fit(X[~later]); LogisticRegression(C=1/ridge, tol=1e-12, max_iter=10000).fit(s.transform(X[~later]), o[~later])
  it.each([
    [1, -1.18020014, [0.82527557, -0.57220734, -0.03539971]],
    [0.01, -1.18984099, [0.8469474, -0.58711618, -0.0371299]],
    [0, -1.18994284, [0.84717446, -0.58727239, -0.03714828]],
  ])('has the coefficients of scikit-learn with ridge %d', (ridge, intercept, effects) => {
    const model = intent.fit({ ridge }, fourHundred);
    expect(Math.abs(model.intercept - intercept)).toBeLessThan(1e-7);
    for (const [at, effect] of effects.entries()) expect(Math.abs(model.effects[at]!.standardised - effect)).toBeLessThan(1e-7);
  });

  it('ranks the later part as scikit-learn does', () => {
    // roc_auc_score(o[later], m.predict_proba(s.transform(X[later]))[:, 1])
    expect(intent.fit({}, fourHundred).quality.auc).toBeCloseTo(0.7433333333333334, 12);
    expect(intent.fit({ ridge: 0 }, fourHundred).quality.auc).toBeCloseTo(0.7438095238095238, 12);
  });

  it('names what tells the outcomes apart, and stays finite without ridge', () => {
    const leaked = {
      ...fourHundred,
      names: ['x', 'done'],
      columns: [fourHundred.columns[0]!, Float64Array.from(fourHundred.outcome, (own) => own * 3)],
    };
    const model = intent.fit({ ridge: 0 }, leaked);
    expect(model).toMatchObject({ separating: ['done'], isSeparated: true, ridge: 1 });
    expect(model.effects.every(({ coefficient }) => Math.abs(coefficient) < 10)).toBe(true);
    expect(intent.fit({}, leaked)).toMatchObject({ separating: ['done'], isSeparated: true });
    expect(intent.fit({}, fourHundred)).toMatchObject({ separating: [], isSeparated: false });
  });

  it('finds separation also where only some rows are told apart', () => {
    // Nobody with the mark did it; the likelihood rises for ever along it.
    const mark = Float64Array.from(fourHundred.outcome, (own, row) => (own === 0 && row % 2 === 0 ? 1 : 0));
    const model = intent.fit({ ridge: 0 }, { ...fourHundred, names: ['x', 'mark'], columns: [fourHundred.columns[0]!, mark] });
    expect(model).toMatchObject({ separating: [], isSeparated: true, ridge: 1 });
  });

  it('gives constant features no effect', () => {
    const model = intent.fit(
      { ridge: 0 },
      { ...fourHundred, names: ['x', 'one'], columns: [fourHundred.columns[0]!, new Float64Array(400).fill(0.1)] },
    );
    expect(model.effects[1]).toEqual({ feature: 'one', coefficient: 0, standardised: 0 });
    expect(model.effects[0]!.standardised).toBeGreaterThan(0.5);
  });

  it('shares an effect between features that repeat each other', () => {
    const [own = new Float64Array()] = fourHundred.columns;
    const { effects } = intent.fit({}, { ...fourHundred, names: ['x', 'again'], columns: [own, own] });
    expect(effects[0]!.standardised).toBeCloseTo(effects[1]!.standardised, 9);
  });
});

/** Customers whose probability is known. */
function customers(rows: number, seed: string) {
  const rng = makeRng(seed);
  const columns = Array.from({ length: 3 }, () => Float64Array.from({ length: rows }, () => rng.normal()));
  const truth = columns[0]!.map((value, row) => sigmoid(-1.5 + 0.9 * value - 0.5 * columns[1]![row]!));
  const data: IntentRows = { names: ['a', 'b', 'noise'], columns, outcome: truth.map((p) => (rng.uniform() < p ? 1 : 0)) };
  return { data, truth };
}

describe('calibration', () => {
  it.each(['platt', 'isotonic'] as const)('by %s gives probabilities that come true', (calibration) => {
    const { data, truth } = customers(20_000, 'true');
    const model = intent.fit({ calibration }, data);
    const { probability } = intentDetails(model, data);
    const off = truth.reduce((total, p, row) => total + Math.abs(p - probability[row]!), 0) / truth.length;
    expect(off).toBeLessThan(0.025);
    expect(model.quality.calibrationError).toBeLessThan(0.025);
    expect(model.quality.brier).toBeLessThan(model.quality.brierOfShare);
    expect(model.quality.reliability).toHaveLength(15);
  });

  it('repairs scores of another period, where the action was rarer', () => {
    const { data } = customers(20_000, 'drift');
    const rng = makeRng('rarer');
    const isLater = Float64Array.from({ length: 20_000 }, (_, row) => row % 2);
    const outcome = Float64Array.from(data.outcome, (own, row) => (isLater[row] === 1 && rng.uniform() < 0.5 ? 0 : own));
    const model = intent.fit({ calibration: 'platt' }, { ...data, outcome, isLater });
    expect(model.map).toMatchObject({ kind: 'platt' });
    expect(model.quality.calibrationError).toBeLessThan(0.02);
  });

  it('is isotonic where the later part has a thousand of either outcome', () => {
    expect(intent.fit({}, customers(20_000, 'many').data).map.kind).toBe('isotonic');
    expect(intent.fit({}, customers(2000, 'few').data).map.kind).toBe('platt');
  });

  it('has intervals that hold the true probability about as often as they say', () => {
    let held = 0;
    let all = 0;
    for (let round = 0; round < 40; round++) {
      const { data, truth } = customers(1500, `round ${round}`);
      const { low, high } = intentDetails(intent.fit({}, data), data);
      for (let row = 0; row < 1500; row += 10, all++) if (low[row]! <= truth[row]! && truth[row]! <= high[row]!) held += 1;
    }
    expect(held / all).toBeGreaterThan(0.85);
  });

  it('maps rise, stay inside (0, 1) and can be turned round', () => {
    const rng = makeRng('maps');
    const score = Float64Array.from({ length: 3000 }, () => 2 * rng.normal());
    const outcome = Uint8Array.from(score, (value) => (rng.uniform() < sigmoid(value - 1) ? 1 : 0));
    for (const kind of ['platt', 'isotonic'] as const) {
      const map = fitScoreMap(score, outcome, 0.9, kind);
      const along = Array.from({ length: 400 }, (_, at) => probabilityOf(map, (at - 200) / 20));
      expect(along.every((value, at) => value > 0 && value < 1 && value >= (along[at - 1] ?? 0))).toBe(true);
      for (const wanted of [0.05, 0.3, 0.7]) expect(probabilityOf(map, scoreOfProbability(map, wanted))).toBeCloseTo(wanted, 9);
      for (const at of [-9, -1, 0, 2, 9]) {
        const { low, high } = intervalOf(map, at, 0.2, 0.9);
        expect(low <= probabilityOf(map, at) && probabilityOf(map, at) <= high && low >= 0 && high <= 1).toBe(true);
      }
    }
  });

  it('is level where scores of the later part say nothing or the contrary', () => {
    const score = Float64Array.from({ length: 200 }, (_, row) => row / 100);
    const outcome = Uint8Array.from(score, (_, row) => (row < 100 ? 1 : 0));
    const map = fitScoreMap(score, outcome, 0.9, 'platt');
    expect(map).toMatchObject({ slope: 0 });
    expect(probabilityOf(map, 5)).toBeCloseTo(0.5, 12);
  });
});

describe('quality of probabilities', () => {
  // scikit-learn 1.7.2: roc_auc_score(o, p), brier_score_loss(o, p) with p = [.1, .4, .35, .8, .4, .9], o = [0, 0, 1, 1, 1, 0]
  it('is that of scikit-learn', () => {
    const p = Float64Array.of(0.1, 0.4, 0.35, 0.8, 0.4, 0.9);
    const { auc, brier } = measureQuality(p, p, Uint8Array.of(0, 0, 1, 1, 1, 0));
    expect(auc).toBeCloseTo(0.5, 12);
    expect(brier).toBeCloseTo(0.30041666666666667, 12);
  });

  it('divides ties between bins whatever the order of rows', () => {
    const p = new Float64Array(30).fill(0.4);
    const outcome = Uint8Array.from(p, (_, row) => (row < 12 ? 1 : 0));
    const quality = measureQuality(p, p, outcome);
    expect(quality.calibrationError).toBeCloseTo(0, 12);
    expect(quality.lift.every((value) => Math.abs(value - 1) < 1e-9)).toBe(true);
    expect(quality.reliability.map(({ rows }) => Math.round(rows * 1e6) / 1e6)).toEqual(new Array(15).fill(2));
  });
});

describe('intent cohorts', () => {
  const { data } = customers(6000, 'cohorts');

  it('are bands whose members do it more and more often', () => {
    const model = intent.fit({}, data);
    expect(model.profile.map(({ name, size }) => [name, size])).toEqual([
      ['low', 2000],
      ['medium', 2000],
      ['high', 2000],
    ]);
    const observed = model.profile.map(({ observed: share }) => share);
    expect(observed).toEqual(observed.toSorted((one, other) => one - other));
    expect(model.quality.lift[0]).toBeGreaterThan(2);
    expect(model.effects[0]!.coefficient).toBeGreaterThan(0.7);
    for (const { predicted, observed: share } of model.profile) expect(Math.abs(predicted - share)).toBeLessThan(0.03);
  });

  it('can be cut at probabilities', () => {
    const model = intent.fit({ bands: [0.1, 0.5] }, data);
    const { label } = intent.assign(model, data);
    const { probability } = intentDetails(model, data);
    expect(
      label.every(
        (band, row) =>
          Math.abs(probability[row]! - [0.1, 0.5][band]!) < 1e-9 || band === [0.1, 0.5].filter((at) => probability[row]! >= at).length,
      ),
    ).toBe(true);
    // A cut that nobody reaches leaves an empty band.
    expect(intent.fit({ bands: [0.5, 0.9999] }, data).profile[2]).toMatchObject({ name: 'high', size: 0, observed: 0 });
  });

  it('are surest far from a boundary, and one half on it', () => {
    const model = intent.fit({ bands: 2 }, data);
    const { confidence, kind } = intent.assign(model, data);
    const { score } = intentDetails(model, data);
    expect(kind).toBe('posterior');
    const [boundary = 0] = model.bands.boundaries;
    const nearest = score.reduce((best, value, row) => (Math.abs(value - boundary) < Math.abs(score[best]! - boundary) ? row : best), 0);
    expect(confidence[nearest]).toBeLessThan(0.55);
    expect(confidence[score.indexOf(Math.max(...score))]).toBeGreaterThan(0.999);
  });

  it('say what moves the score of a customer, in parts that add up', () => {
    const model = intent.fit({}, data);
    const { score, contributions, percentile } = intentDetails(model, data);
    for (const row of [0, 1, 5999]) {
      expect(contributions.reduce((total, own) => total + own[row]!, model.intercept)).toBeCloseTo(score[row]!, 12);
    }
    expect(Math.min(...percentile)).toBeLessThan(0.001);
    expect(Math.max(...percentile)).toBeGreaterThan(0.999);
  });

  it('say that they rest on little below a hundred of either outcome', () => {
    expect(intent.fit({}, customers(6000, 'cohorts').data).isThin).toBe(false);
    expect(intent.fit({}, customers(300, 'thin').data).isThin).toBe(true);
  });

  it.each([
    ['no rows', { names: ['a'], columns: [new Float64Array()], outcome: [] }, {}, /at least one column with one row/u],
    [
      'NaN',
      { ...data, columns: data.columns.map((column, at) => (at === 1 ? column.with(4, Number.NaN) : column)) },
      {},
      /'b' has NaN in row 4/u,
    ],
    ['an outcome of 2', { ...data, outcome: Float64Array.from(data.outcome).with(3, 2) }, {}, /outcome is 2 in row 3/u],
    ['outcomes out of step', { ...data, outcome: [1] }, {}, /outcome has 1 rows/u],
    ['a part of 2', { ...data, isLater: new Uint8Array(6000).fill(2) }, {}, /isLater is 2 in row 0/u],
    [
      'no action at all',
      { ...data, outcome: new Uint8Array(6000) },
      {},
      /followed in 0 rows to fit and 0 to calibrate.*at least 20 and 10/u,
    ],
    ['no later part', { ...data, isLater: new Uint8Array(6000) }, {}, /and 0 to calibrate/u],
    ['a negative ridge', data, { ridge: -1 }, /ridge is -1/u],
    ['one band', data, { bands: 1 }, /from 2 to 20/u],
    ['cuts that fall', data, { bands: [0.5, 0.4] }, /ascending/u],
    ['a cut at 1', data, { bands: [1] }, /between 0 and 1/u],
    ['a level of 0', data, { level: 0 }, /between 0 and 1/u],
  ])('refuse %s', (_, rows, config, message) => {
    expect(() => intent.fit(config, rows)).toThrow(message);
  });

  it('refuse columns that lack a feature of the fit', () => {
    expect(() => intent.assign(intent.fit({}, data), { names: ['a'], columns: [Float64Array.of(1)] })).toThrow(/fitted on 'b'/u);
  });
});

describe('promises of intent', () => {
  it('gives the same bytes and labels for every order of rows, through JSON too', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.boolean(),
        fc.constantFrom<IntentModel['map']['kind']>('platt', 'isotonic'),
        (seed, isParted, calibration) => {
          const { data } = customers(600, seed);
          const rows: IntentRows = {
            ...data,
            // Coarse, so that rows and scores tie.
            columns: data.columns.map((column) => column.map((value) => Math.round(value * 2))),
            ...(isParted && { isLater: Float64Array.from({ length: 600 }, (_, row) => row % 2) }),
          };
          const order = Uint32Array.from({ length: 600 }, (_, row) => 599 - row);
          const turn = (column: ArrayLike<number>): Float64Array => takeRows([Float64Array.from(column)], order)[0]!;
          const turned: IntentRows = {
            ...rows,
            columns: rows.columns.map(turn),
            outcome: turn(rows.outcome),
            ...(rows.isLater && { isLater: turn(rows.isLater) }),
          };
          const model = intent.fit({ calibration }, rows);
          expect(JSON.stringify(intent.fit({ calibration }, turned)) === JSON.stringify(model)).toBe(true);
          const stored = JSON.parse(JSON.stringify(model)) as IntentModel;
          expect(stored).toEqual(model);
          const { label, confidence } = intent.assign(stored, rows);
          expect(intent.assign(model, turned).label).toEqual(label.toReversed());
          expect(confidence.every((value) => value >= 0 && value <= 1)).toBe(true);
          expect(model.profile.map((_, cohort) => label.filter((own) => own === cohort).length)).toEqual(
            model.profile.map(({ size }) => size),
          );
        },
      ),
      { numRuns: 20 },
    );
  });
});
