import '../../../../test/property-seed.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { makeRng } from '../../../sdk/numeric/index.ts';
import { analyseArms, type ArmsPlan, type ArmsRows } from './analyse-arms.ts';
import { assignArm, assignmentPoint } from './assignment.ts';
import { adjustByPast } from './cuped.ts';
import { dieboldMariano } from './diebold-mariano.ts';
import { meanDifference, studentQuantile, studentTail } from './mean-difference.ts';
import { comparePairedLosses } from './paired-losses.ts';
import { sampleRatio } from './sample-ratio.ts';
import { alwaysValid, leastPerArm } from './sequential.ts';

const refused = expect.objectContaining({ code: 'NUMERIC_DOMAIN' }) as Error;
const halves = [
  { id: 'control', share: 0.5 },
  { id: 'treatment', share: 0.5 },
];
const floats = (values: readonly number[]): Float64Array => Float64Array.from(values);

describe('assignment', () => {
  it('is a function of salt and customer that never changes', () => {
    expect(['c-1', 'c-2', 'c-3', 'Ünal'].map((id) => assignmentPoint('spring', id))).toMatchInlineSnapshot(`
      [
        0.8266492887221203,
        0.3877106528319514,
        0.041773511087786375,
        0.27979264914072743,
      ]
    `);
  });

  it('is uniform over customers with neighbouring ids', () => {
    const bins = new Int32Array(50);
    for (let id = 0; id < 100_000; id++) {
      const bin = Math.floor(assignmentPoint('spring', `c-${id}`) * bins.length);
      bins[bin] = (bins[bin] ?? 0) + 1;
    }
    expect(sampleRatio(bins, new Float64Array(50).fill(0.02)).p).toBeGreaterThan(0.001);
  });

  it('shuffles anew with another salt, however alike', () => {
    const cells = new Int32Array(4);
    for (let id = 0; id < 40_000; id++) {
      const both = ['s1', 's2'].map((salt) => (assignArm(salt, String(id), halves) === 'control' ? 0 : 1));
      const cell = 2 * (both[0] ?? 0) + (both[1] ?? 0);
      cells[cell] = (cells[cell] ?? 0) + 1;
    }
    expect(sampleRatio(cells, [0.25, 0.25, 0.25, 0.25]).p).toBeGreaterThan(0.001);
  });

  it('keeps to the shares', () => {
    const arms = [
      { id: 'a', share: 0.1 },
      { id: 'b', share: 0.2 },
      { id: 'c', share: 0.7 },
    ];
    const counts = new Map(arms.map(({ id }) => [id, 0]));
    for (let id = 0; id < 30_000; id++) {
      const arm = assignArm('salt', `customer ${id}`, arms);
      counts.set(arm, (counts.get(arm) ?? 0) + 1);
    }
    expect(sampleRatio([...counts.values()], [0.1, 0.2, 0.7]).p).toBeGreaterThan(0.001);
  });

  it('refuses arms that are no split of customers, and empty text', () => {
    const [control = halves[0], treatment = halves[1]] = halves;
    for (const arms of [
      [],
      [{ id: 'a', share: 1 }],
      [control, control],
      [control, { id: 'b', share: 0.6 }],
      [control, { id: 'b', share: Number.NaN }],
      [
        { id: 'a', share: 0 },
        { id: 'b', share: 1 },
      ],
    ])
      expect(() => assignArm('salt', 'c', arms as typeof halves)).toThrow(refused);
    expect(() => assignArm('', 'c', [control, treatment] as typeof halves)).toThrow(refused);
    expect(() => assignArm('salt', '', [control, treatment] as typeof halves)).toThrow(refused);
  });
});

describe('the sample ratio', () => {
  it('is that of a published example', () => {
    // Kohavi, Tang & Xu (2020), "Trustworthy Online Controlled Experiments": 821,588 and 815,482 users, p = 1.8e-6.
    const { p, isBroken } = sampleRatio([821_588, 815_482], [0.5, 0.5]);
    expect(p).toBeCloseTo(1.8e-6, 7);
    expect(isBroken).toBe(true);
  });

  it('lets chance pass, and sees an arm that nobody reached', () => {
    expect(sampleRatio([5050, 4950], [0.5, 0.5])).toMatchObject({ chiSquare: 1, degrees: 1, isBroken: false });
    expect(sampleRatio([40, 0], [0.5, 0.5]).isBroken).toBe(true);
  });

  it('refuses what is no count of customers', () => {
    for (const counts of [[], [0, 0], [1], [1.5, 2], [-1, 5], [Number.NaN, 2]])
      expect(() => sampleRatio(counts, [0.5, 0.5])).toThrow(refused);
  });
});

describe('the difference of means', () => {
  it("is that of R's t.test on Student's sleep data", () => {
    // R 4, t.test(extra ~ group, data = sleep): t = -1.8608, df = 17.776, p-value = 0.07939, interval -3.3654832 to 0.2054832.
    const second = floats([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]);
    const first = floats([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2]);
    const { difference, variance, degrees } = meanDifference(second, first);
    expect(difference / Math.sqrt(variance)).toBeCloseTo(-1.8608, 4);
    expect(degrees).toBeCloseTo(17.776, 3);
    expect(studentTail(difference / Math.sqrt(variance), degrees)).toBeCloseTo(0.07939, 5);
    const half = studentQuantile(0.95, degrees) * Math.sqrt(variance);
    expect(difference - half).toBeCloseTo(-3.3654832, 6);
    expect(difference + half).toBeCloseTo(0.2054832, 6);
  });

  it('refuses an arm of one, and outcomes that are no numbers', () => {
    expect(() => meanDifference(floats([1]), floats([1, 2]))).toThrow(refused);
    expect(() => meanDifference(floats([1, 2]), floats([1, Number.NaN]))).toThrow(refused);
    expect(() => meanDifference(floats([1, Number.POSITIVE_INFINITY]), floats([1, 2]))).toThrow(refused);
  });
});

describe('CUPED', () => {
  it('is unbiased, and varies less by as much as it says', () => {
    const rng = makeRng('cuped');
    const [raw, adjusted, said]: [number[], number[], number[]] = [[], [], []];
    for (let trial = 0; trial < 400; trial++) {
      const arm = (effect: number) => {
        const pre = Float64Array.from({ length: 200 }, () => 10 + 3 * rng.normal());
        return { pre, outcome: pre.map((past) => 0.8 * past + 1.8 * rng.normal() + effect) };
      };
      const arms = [arm(0), arm(0.5)] as const;
      const cuped = adjustByPast(arms);
      raw.push(meanDifference(arms[0].outcome, arms[1].outcome).difference);
      adjusted.push(meanDifference(cuped.adjusted[0] ?? floats([]), cuped.adjusted[1] ?? floats([])).difference);
      said.push(cuped.varianceReduction);
    }
    const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    const variance = (values: number[]) => mean(values.map((value) => (value - mean(values)) ** 2));
    // 2.4² of 2.4² + 1.8² is the past: 64 %.
    expect(mean(said)).toBeCloseTo(0.64, 2);
    expect(variance(adjusted) / variance(raw)).toBeLessThan(0.36 * 1.25);
    expect(Math.abs(mean(adjusted) - 0.5)).toBeLessThan(4 * Math.sqrt(variance(adjusted) / 400));
  });

  it('leaves outcomes alone that the past says nothing of', () => {
    const same = { outcome: floats([1, 2, 3]), pre: floats([5, 5, 5]) };
    expect(adjustByPast([same, same])).toMatchObject({ theta: 0, varianceReduction: 0, adjusted: [same.outcome, same.outcome] });
    const zero = { outcome: floats([0, 0]), pre: floats([1, 2]) };
    expect(adjustByPast([zero, zero]).varianceReduction).toBe(0);
  });

  it('refuses a past of other customers', () => {
    expect(() => adjustByPast([{ outcome: floats([1, 2]), pre: floats([1]) }])).toThrow(refused);
  });
});

describe('the sequential test', () => {
  it('is the mixture likelihood ratio', () => {
    // ∫ N(δ̂; θ, V) N(θ; 0, τ²) dθ / N(δ̂; 0, V) at δ̂ = 0.5, V = 0.01, τ = 0.2 by Simpson's rule: 9850.534964252172.
    const { p, low, high } = alwaysValid({ difference: 0.5, variance: 0.01 }, 0.2, 0.95);
    expect(1 / p).toBeCloseTo(9850.534964252172, 6);
    expect(high - 0.5).toBeCloseTo(0.3082389993889093, 13);
    expect(0.5 - low).toBeCloseTo(0.3082389993889093, 13);
  });

  it('has a p-value that falls to the level where the interval leaves zero behind', () => {
    expect(alwaysValid({ difference: 0, variance: 1 }, 0.5, 0.9).p).toBe(1);
    fc.assert(
      fc.property(fc.double({ min: -5, max: 5, noNaN: true }), fc.double({ min: 1e-4, max: 10, noNaN: true }), (difference, variance) => {
        const { p, low, high } = alwaysValid({ difference, variance }, 0.5, 0.9);
        if (Math.abs(p - 0.1) > 1e-9) expect(p < 0.1).toBe(low > 0 || high < 0);
      }),
    );
  });

  // Real spend: most buy nothing, and some buy much.
  const draws = {
    'normal outcomes': (rng: ReturnType<typeof makeRng>) => rng.normal(),
    'spend, mostly 0': (rng: ReturnType<typeof makeRng>) => (rng.uniform() < 0.3 ? rng.gamma(1.5) : 0),
  };
  it.each(Object.entries(draws))('finds nothing that is not there, looked at after every customer: %s', (name, draw) => {
    const [experiments, customers, alpha] = [300, 1500, 0.05];
    const rng = makeRng(`always valid ${name}`);
    let [atEveryLook, naive] = [0, 0];
    for (let experiment = 0; experiment < experiments; experiment++) {
      const totals = [0, 0, 0, 0];
      let [isFound, isNaivelyFound] = [false, false];
      for (let n = 1; n <= customers; n++) {
        for (const arm of [0, 2]) {
          const value = draw(rng);
          totals[arm] = (totals[arm] ?? 0) + value;
          totals[arm + 1] = (totals[arm + 1] ?? 0) + value * value;
        }
        if (n < leastPerArm) continue;
        const [a = 0, aa = 0, b = 0, bb = 0] = totals;
        const variance = ((aa - (a * a) / n) / (n - 1) + (bb - (b * b) / n) / (n - 1)) / n;
        const difference = (b - a) / n;
        isFound ||= alwaysValid({ difference, variance }, 0.1, 1 - alpha).p <= alpha;
        isNaivelyFound ||= Math.abs(difference) > 1.96 * Math.sqrt(variance);
      }
      atEveryLook += isFound ? 1 : 0;
      naive += isNaivelyFound ? 1 : 0;
    }
    const error = Math.sqrt((alpha * (1 - alpha)) / experiments);
    expect(atEveryLook / experiments).toBeLessThanOrEqual(alpha + 2 * error);
    // What it is for: the usual test, looked at as often, is wrong far more often.
    expect(naive / experiments).toBeGreaterThan(alpha + 4 * error);
  });

  it('finds what is there', () => {
    const rng = makeRng('power');
    const arm = (effect: number) => Float64Array.from({ length: 4000 }, () => rng.normal() + effect);
    expect(alwaysValid(meanDifference(arm(0), arm(0.15)), 0.1, 0.95).p).toBeLessThan(0.01);
  });

  it('refuses a difference that does not vary, and levels and deviations that are none', () => {
    expect(() => alwaysValid({ difference: 0, variance: 0 }, 0.1, 0.95)).toThrow(refused);
    expect(() => alwaysValid({ difference: Number.NaN, variance: 1 }, 0.1, 0.95)).toThrow(refused);
    for (const mixing of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => alwaysValid({ difference: 0, variance: 1 }, mixing, 0.95)).toThrow(refused);
    for (const level of [0, 1, 1.5, Number.NaN]) expect(() => alwaysValid({ difference: 0, variance: 1 }, 1, level)).toThrow(refused);
  });
});

describe('paired losses', () => {
  it('do not depend on the order of customers', () => {
    const rng = makeRng('paired');
    const customer = Array.from({ length: 60 }, (_, at) => `c-${at}`);
    const champion = floats(customer.map(() => rng.gamma(1)));
    const challenger = champion.map((loss) => loss + 0.2 * rng.normal() - 0.1);
    const forwards = comparePairedLosses({ customer, champion, challenger }, { draws: 200 });
    const backwards = comparePairedLosses(
      { customer: customer.toReversed(), champion: champion.toReversed(), challenger: challenger.toReversed() },
      { draws: 200 },
    );
    expect(backwards).toEqual(forwards);
    expect(forwards.interval.low).toBeLessThan(forwards.difference);
    expect(forwards.interval.high).toBeGreaterThan(forwards.difference);
  });

  it('reject equal models about as often as they say', () => {
    const rng = makeRng('size of the paired test');
    let found = 0;
    for (let trial = 0; trial < 200; trial++) {
      const customer = Array.from({ length: 80 }, (_, at) => `c-${at}`);
      const champion = floats(customer.map(() => rng.gamma(2)));
      const challenger = floats(customer.map(() => rng.gamma(2)));
      found += comparePairedLosses({ customer, champion, challenger }, { draws: 199, seed: String(trial) }).p <= 0.05 ? 1 : 0;
    }
    expect(found / 200).toBeLessThanOrEqual(0.05 + 3 * Math.sqrt((0.05 * 0.95) / 200));
    expect(found).toBeGreaterThan(0);
  });

  it('tell equal models from equal ones with a p-value of 1', () => {
    const losses = floats([1, 2, 3]);
    expect(comparePairedLosses({ customer: ['a', 'b', 'c'], champion: losses, challenger: losses })).toMatchObject({ difference: 0, p: 1 });
  });

  it('refuse customers that are there twice, losses that are no numbers, and columns of other lengths', () => {
    const losses = floats([1, 2]);
    expect(() => comparePairedLosses({ customer: ['a', 'a'], champion: losses, challenger: losses })).toThrow(/'a' is there twice/);
    expect(() => comparePairedLosses({ customer: ['a', 'b'], champion: floats([1, Number.NaN]), challenger: losses })).toThrow(refused);
    expect(() => comparePairedLosses({ customer: ['a'], champion: losses, challenger: losses })).toThrow(refused);
    expect(() => comparePairedLosses({ customer: [], champion: floats([]), challenger: floats([]) })).toThrow(refused);
  });
});

describe('Diebold and Mariano', () => {
  // d̄·√(correction)/√(variance/n) of the six differences in Python, tails of Student's t by Simpson's rule.
  const worse = floats([0.3, -0.1, 0.4, 0.2, 0.5, 0.1]);
  const zero = new Float64Array(6);
  it.each([
    [1, 2.6457513110645916, 0.04565912378141135],
    [2, 3.211820274187865, 0.023680606148726913],
  ])('is the formula, with an overlap of %i', (overlap, statistic, p) => {
    const found = dieboldMariano(zero, worse, overlap);
    expect(found.statistic).toBeCloseTo(statistic, 12);
    expect(found.p).toBeCloseTo(p, 9);
    expect(dieboldMariano(worse, zero, overlap).statistic).toBe(-found.statistic);
  });

  it('is 1 for models that are equal everywhere', () => {
    expect(dieboldMariano(zero, zero, 1)).toEqual({ origins: 6, difference: 0, statistic: 0, p: 1 });
  });

  it('refuses too few origins, an overlap of all of them, and differences that do not vary', () => {
    expect(() => dieboldMariano(floats([1, 2]), floats([1, 3]), 1)).toThrow(refused);
    expect(() => dieboldMariano(zero, worse, 6)).toThrow(refused);
    expect(() => dieboldMariano(zero, worse, 0)).toThrow(refused);
    expect(() => dieboldMariano(zero, new Float64Array(6).fill(1), 1)).toThrow(refused);
    expect(() => dieboldMariano(zero, worse.with(0, Number.NaN), 1)).toThrow(refused);
  });
});

describe('the analysis of arms', () => {
  const plan: ArmsPlan = { arms: halves, alpha: 0.05, minimalEffect: 0.2, test: { kind: 'sequential' } };
  function rowsOf(size: number, effect: number, seed: string): ArmsRows {
    const rng = makeRng(seed);
    const customer = Array.from({ length: size }, (_, at) => `c-${at}`);
    const arm = customer.map((id) => assignArm('salt', id, halves));
    const pre = floats(customer.map(() => rng.gamma(2)));
    const outcome = pre.map((past, row) => past + 0.5 * rng.normal() + (arm[row] === 'treatment' ? effect : 0));
    return { customer, arm, outcome, pre, cohort: customer.map((_, at) => ['north', 'south', 'tiny'][at < 10 ? 2 : at % 2] ?? '') };
  }

  it('finds a difference, in cohorts too, and passes over cohorts that are too small', () => {
    const { verdict, effects, cohorts, cuped } = analyseArms(rowsOf(1200, 0.3, 'effect'), plan);
    expect(verdict).toBe('difference');
    expect(effects[0]?.difference).toBeCloseTo(0.3, 1);
    expect(cuped?.varianceReduction).toBeGreaterThan(0.8);
    expect(cohorts.map(({ cohort, isDifferent }) => [cohort, isDifferent])).toEqual([
      ['north', true],
      ['south', true],
      ['tiny', false],
    ]);
    expect(cohorts.at(-1)).toMatchObject({ p: null, adjustedP: null });
  });

  it('says that arms are alike where what matters is ruled out, and undecided where it is not', () => {
    expect(analyseArms(rowsOf(4000, 0, 'none'), plan).verdict).toBe('alike');
    expect(analyseArms({ ...rowsOf(400, 0, 'few'), pre: null }, plan).verdict).toBe('undecided');
  });

  it('does not depend on the order of customers', () => {
    const rows = rowsOf(600, 0.1, 'order');
    const turned: ArmsRows = {
      customer: rows.customer.toReversed(),
      arm: rows.arm.toReversed(),
      outcome: rows.outcome.toReversed(),
      pre: rows.pre?.toReversed() ?? null,
      cohort: rows.cohort?.toReversed() ?? null,
    };
    expect(analyseArms(turned, plan)).toEqual(analyseArms(rows, plan));
  });

  it('looks once when it is fixed, and not before all are there', () => {
    const rows = rowsOf(600, 0.3, 'fixed');
    const fixed = (customersPerArm: number) => analyseArms(rows, { ...plan, test: { kind: 'fixed', customersPerArm } });
    expect(fixed(250).verdict).toBe('difference');
    expect(fixed(400)).toMatchObject({ verdict: 'too-early', effects: [] });
    // A fixed test is sharper than one that may be looked at any time.
    const width = ({ effects: [effect] }: ReturnType<typeof analyseArms>) => (effect?.high ?? 0) - (effect?.low ?? 0);
    expect(width(fixed(250))).toBeLessThan(width(analyseArms(rows, plan)));
  });

  it('stops where customers got lost on one side', () => {
    const rows = rowsOf(2000, 0.3, 'lost');
    const kept = rows.customer.flatMap((_, row) => (rows.arm[row] === 'treatment' && row % 4 === 0 ? [] : [row]));
    const pick = <Item>(column: readonly Item[]): Item[] => kept.map((row) => column[row] as Item); // rows that exist
    const lost = { customer: pick(rows.customer), arm: pick(rows.arm), outcome: floats(pick([...rows.outcome])), pre: null, cohort: null };
    expect(analyseArms(lost, plan)).toMatchObject({ verdict: 'sample-ratio-broken', effects: [] });
    const oneArm = { ...lost, arm: lost.arm.map(() => 'control') };
    expect(analyseArms(oneArm, plan)).toMatchObject({ verdict: 'sample-ratio-broken', arms: [{}, { customers: 0, mean: null }] });
  });

  it('says that nothing varies where all outcomes are 0', () => {
    const rows = rowsOf(600, 0, 'zeros');
    expect(analyseArms({ ...rows, outcome: new Float64Array(600), pre: new Float64Array(600) }, plan).verdict).toBe('no-variation');
  });

  it('is too early for three customers', () => {
    const rows = {
      customer: ['a', 'b', 'c'],
      arm: ['control', 'treatment', 'control'],
      outcome: floats([1, 2, 3]),
      pre: null,
      cohort: null,
    };
    expect(analyseArms(rows, plan).verdict).toBe('too-early');
  });

  it('refuses customers that are there twice, arms that are not planned, numbers that are none, and no plan', () => {
    const rows = rowsOf(10, 0, 'bad');
    const bad = (change: Partial<ArmsRows>) => () => analyseArms({ ...rows, ...change }, plan);
    expect(bad({ customer: rows.customer.with(3, 'c-0') })).toThrow(/'c-0' is there twice/);
    expect(bad({ arm: rows.arm.with(3, 'placebo') })).toThrow(/'placebo', which is no arm/);
    expect(bad({ outcome: rows.outcome.with(3, Number.NaN) })).toThrow(/'c-3' has NaN/);
    expect(bad({ pre: rows.outcome.with(3, Number.NEGATIVE_INFINITY) })).toThrow(refused);
    expect(bad({ outcome: floats([1]) })).toThrow(refused);
    expect(bad({ customer: [], arm: [], outcome: floats([]), pre: null, cohort: null })).toThrow(refused);
    for (const change of [
      { alpha: 0 },
      { alpha: 0.7 },
      { minimalEffect: 0 },
      { minimalEffect: Number.NaN },
      { test: { kind: 'fixed', customersPerArm: 1 } },
    ] as const)
      expect(() => analyseArms(rows, { ...plan, ...change })).toThrow(refused);
  });
});
