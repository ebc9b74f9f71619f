import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { makeRng } from '../../../../sdk/numeric/index.ts';
import { takeRows } from '../quality/index.ts';
import {
  atRiskOn,
  dayOfShare,
  eventWithin,
  fitCox,
  hazardDetails,
  kaplanMeier,
  logRank,
  logRankPairs,
  restrictedMean,
  survival,
  type SurvivalModel,
  type SurvivalRows,
  survivalOn,
  testProportionality,
} from './index.ts';

const numbers = (text: string): Float64Array => Float64Array.from(text.split(' '), Number);

/*
 * Forty rows with ties, some of them observed from a later day, in two strata. Reference values are those of R 4.2.2 with
 * survival 3.5-3, from a data frame d of these columns, by the command that stands beside each.
 */
const forty = {
  names: ['x', 'z'],
  columns: [
    numbers(
      '-2 0.472 -1.056 1.416 -0.111 -1.639 0.833 -0.695 1.777 0.249 -1.279 1.193 -0.334 -1.862 0.61 -0.918 1.554 0.026 -1.502 0.971 -0.557 1.915 0.387 -1.141 1.331 -0.197 -1.724 0.748 -0.78 1.692 0.164 -1.364 1.108 -0.42 -1.947 0.525 -1.003 1.469 -0.059 -1.587',
    ),
    numbers('0 1 1 0 0 1 1 0 0 1 1 0 0 1 1 0 0 1 1 0 0 1 1 0 0 1 1 0 0 1 1 0 0 1 1 0 0 1 1 0'),
  ],
  stop: numbers('1 10 9 2 3 10 8 25 5 3 33 12 2 13 11 7 10 14 23 10 24 3 14 15 3 4 9 7 21 3 17 22 7 14 33 1 16 2 18 28'),
  event: numbers('0 1 1 1 0 1 1 0 1 1 0 1 1 0 1 1 0 1 1 0 1 1 0 1 1 0 1 1 0 1 1 0 1 1 0 1 1 0 1 1'),
} satisfies SurvivalRows;
const start = numbers('0 1 2 0 1 5 5 19 0 0 10 5 1 8 8 0 2 4 10 5 15 2 1 3 0 1 4 4 16 0 3 6 2 7 21 0 1 0 5 11');
const halves = { stratum: Int32Array.from({ length: 40 }, (_, row) => row % 2), strata: ['even', 'odd'] };
const thirds = Int32Array.from({ length: 40 }, (_, row) => row % 3);
const late = { ...forty, start };

/** Relative difference, of values below a thousandth the absolute one in thousandths. */
const off = (found: number | null | undefined, expected: number): number =>
  Math.abs((found ?? Number.NaN) - expected) / Math.max(1e-3, Math.abs(expected));

describe('the Kaplan–Meier curve', () => {
  it('is the one of R, with its errors and intervals', () => {
    // summary(survfit(Surv(stop, event) ~ 1, d, conf.type = "log-log"))
    const curve = kaplanMeier(forty);
    expect(curve.day).toEqual([1, 2, 3, 5, 7, 8, 9, 10, 11, 12, 14, 15, 16, 17, 18, 23, 24, 28]);
    expect(curve.atRisk).toEqual([40, 38, 35, 29, 28, 25, 24, 22, 18, 17, 15, 12, 11, 10, 9, 6, 5, 3]);
    expect(curve.events).toEqual([1, 2, 4, 1, 3, 1, 2, 2, 1, 1, 2, 1, 1, 1, 1, 1, 1, 1]);
    const tenth = survivalOn(curve, 10.5);
    expect(off(tenth.survival, 0.56422089707)).toBeLessThan(1e-6);
    expect(off(curve.standardError[7], 0.082358648625)).toBeLessThan(1e-6);
    expect(off(tenth.low, 0.389271600362)).toBeLessThan(1e-6);
    expect(off(tenth.high, 0.7066920361)).toBeLessThan(1e-6);
    expect(off(curve.survival.at(-1), 0.12878787006)).toBeLessThan(1e-6);
    expect(off(curve.low.at(-1), 0.02870699928)).toBeLessThan(1e-6);
    expect(off(curve.high.at(-1), 0.30632058965)).toBeLessThan(1e-6);
  });

  it('is the one of R where rows come under observation late', () => {
    // summary(survfit(Surv(start, stop, event) ~ 1, d, conf.type = "log-log"))
    const curve = kaplanMeier(late);
    expect(curve.atRisk).toEqual([9, 13, 14, 13, 18, 16, 17, 15, 13, 13, 11, 8, 8, 8, 7, 6, 5, 3]);
    expect(off(curve.survival[7], 0.296272355096)).toBeLessThan(1e-6);
    expect(off(curve.standardError[7], 0.091908399356)).toBeLessThan(1e-6);
    expect(off(curve.low[7], 0.134625636323)).toBeLessThan(1e-6);
    expect(off(curve.high[7], 0.47808478592)).toBeLessThan(1e-6);
    expect(dayOfShare(curve)).toEqual({ day: 5, low: 1, high: 10 });
    expect(atRiskOn(late, [1, 10, 28])).toEqual([9, 15, 3]);
  });

  it('has the quantiles and restricted mean of R', () => {
    // quantile(f, c(.25, .5, .75)); print(f, rmean = 15)
    const curve = kaplanMeier(forty);
    expect(dayOfShare(curve, 0.25)).toEqual({ day: 7, low: 3, high: 10 });
    expect(dayOfShare(curve)).toEqual({ day: 14, low: 9, high: 17 });
    expect(dayOfShare(curve, 0.75)).toEqual({ day: 23, low: 15, high: null });
    const mean = restrictedMean(curve, 15);
    expect(off(mean.days, 10.652542131)).toBeLessThan(1e-6);
    expect(off(mean.standardError, 0.79964430743)).toBeLessThan(1e-6);
  });

  it('takes the middle of the days on which the curve lies on the half', () => {
    // quantile(survfit(Surv(1:4, rep(1, 4)) ~ 1), .5)$quantile is 2.5
    expect(dayOfShare(kaplanMeier({ names: [], columns: [], stop: numbers('1 2 3 4'), event: [1, 1, 1, 1] })).day).toBe(2.5);
    // quantile(survfit(Surv(c(1, 2, 9, 9), c(1, 1, 0, 0)) ~ 1), .5)$quantile is 5.5
    expect(dayOfShare(kaplanMeier({ names: [], columns: [], stop: numbers('1 2 9 9'), event: [1, 1, 0, 0] })).day).toBe(5.5);
  });

  it('stays at 1 without events, and ends at 0 where all are gone', () => {
    const none = kaplanMeier({ names: [], columns: [], stop: numbers('3 5'), event: [0, 0] });
    expect([none.day, survivalOn(none, 9).survival, dayOfShare(none).day]).toEqual([[], 1, null]);
    const all = kaplanMeier({ names: [], columns: [], stop: numbers('0 5'), event: [1, 1] });
    expect([all.survival, all.low[1], all.standardError[1]]).toEqual([[0.5, 0], 0, 0]);
    expect(JSON.parse(JSON.stringify(all))).toEqual(all);
  });
});

describe('the log-rank test', () => {
  it('is the one of R, also stratified', () => {
    // survdiff(Surv(stop, event) ~ g, d); survdiff(Surv(stop, event) ~ g + strata(s), d)
    const test = logRank(forty, thirds, 3);
    expect(off(test.chiSquare, 17.041816770578)).toBeLessThan(1e-6);
    expect(off(test.p, 0.00019925834)).toBeLessThan(1e-6);
    expect(test.degrees).toBe(2);
    expect(off(test.groups[1]?.expected, 11.233407436)).toBeLessThan(1e-6);
    expect(off(logRank({ ...forty, ...halves }, thirds, 3).chiSquare, 15.1182647558972)).toBeLessThan(1e-6);
  });

  it("is the score test of R's exact Cox regression where rows come late", () => {
    // coxph(Surv(start, stop, event) ~ factor(g), d, ties = "exact")$score
    expect(off(logRank(late, thirds, 3).chiSquare, 13.2799559166382)).toBeLessThan(1e-6);
  });

  it('compares every two groups, with Holm’s adjustment', () => {
    // survdiff on each pair of groups; p.adjust(p, "holm")
    const pairs = logRankPairs(forty, thirds, 3);
    [14.8016429807722, 0.018620595234169, 14.9996976184487].forEach((expected, at) =>
      expect(off(pairs[at]?.chiSquare, expected)).toBeLessThan(1e-6),
    );
    expect(off(pairs[0]?.adjusted, 0.0003225852155)).toBeLessThan(1e-6);
    expect(off(pairs[1]?.adjusted, 0.8914597769)).toBeLessThan(1e-6);
    expect(off(pairs[2]?.adjusted, 0.0003225852155)).toBeLessThan(1e-6);
  });

  it('cannot tell one group, or groups never at risk together, from each other', () => {
    expect(logRank(forty, new Int32Array(40), 1)).toMatchObject({ degrees: 0, p: 1 });
    const apart = { names: [], columns: [], start: numbers('0 0 10 10'), stop: numbers('5 6 15 16'), event: [1, 1, 1, 1] };
    expect(logRank(apart, Int32Array.of(0, 0, 1, 1), 2)).toMatchObject({ degrees: 0, p: 1 });
  });
});

describe("Cox's regression", () => {
  it('has the coefficients, errors, likelihoods and tests of R with Efron’s ties', () => {
    // coxph(Surv(stop, event) ~ x + z, d, ties = "efron")
    const model = fitCox({}, forty);
    const [x, z] = model.effects;
    expect(off(x?.coefficient, 0.839439397391226)).toBeLessThan(1e-6);
    expect(off(z?.coefficient, 0.159123123596251)).toBeLessThan(1e-6);
    expect(off(x?.hazardRatio, 2.31506877933147)).toBeLessThan(1e-6);
    expect(off(x?.low, 1.462929158824249)).toBeLessThan(1e-6); // exp(confint.default(m)) with coxph.control(eps = 1e-14)
    expect(off(x?.p, 0.00033775202)).toBeLessThan(1e-6);
    expect(off(model.logLikelihood.none, -78.8558719791876)).toBeLessThan(1e-6);
    expect(off(model.logLikelihood.fitted, -71.4483474164902)).toBeLessThan(1e-6);
    expect(off(model.likelihoodRatio.p, 0.00060667061236)).toBeLessThan(1e-6);
    expect(off(model.scoreTest.chiSquare, 14.7353204447307)).toBeLessThan(1e-6);
    expect(model.concordance).toMatchObject({ concordant: 402, discordant: 152, tied: 0 });
    expect(off(model.concordance.share, 0.7256317689530686)).toBeLessThan(1e-6);
  });

  it('has the errors of R to their last common digit', () => {
    // vcov(coxph(..., control = coxph.control(eps = 1e-14, toler.chol = 1e-15)))
    const [[xx, xz] = [], [, zz] = []] = fitCox({}, forty).covariance;
    expect(Math.abs((xx ?? 0) / 0.054843683878017 - 1)).toBeLessThan(1e-6);
    expect(Math.abs((xz ?? 0) / 0.01422547226603 - 1)).toBeLessThan(1e-6);
    expect(Math.abs((zz ?? 0) / 0.156495671536952 - 1)).toBeLessThan(1e-6);
  });

  it('agrees with R on rows that come late, in strata', () => {
    // coxph(Surv(start, stop, event) ~ x + z + strata(s), d)
    const model = fitCox({}, { ...late, ...halves });
    expect(off(model.effects[0]?.coefficient, 0.569493096533834)).toBeLessThan(1e-6);
    expect(off(model.effects[1]?.coefficient, 0.003226664492238)).toBeLessThan(1e-6);
    expect(off(model.logLikelihood.none, -46.9951823224474)).toBeLessThan(1e-6);
    expect(off(model.logLikelihood.fitted, -43.9684605316252)).toBeLessThan(1e-6);
    expect(model.concordance).toMatchObject({ concordant: 88, discordant: 45, tied: 0 });
    // survfit(m, newdata = data.frame(x = 0, z = 0, s = 1))$cumhaz at its last day
    const mean = { names: ['x', 'z'], columns: [Float64Array.of(0), Float64Array.of(0)], stratum: Int32Array.of(1), strata: halves.strata };
    expect(off(eventWithin(model, mean, 28)[0], 1 - Math.exp(-5.2158564689649536))).toBeLessThan(1e-6);
  });

  it('agrees with R with Breslow’s ties', () => {
    // coxph(Surv(start, stop, event) ~ x + z, d, ties = "breslow"); survfit(m, newdata = data.frame(x = 0, z = 0))$cumhaz
    const model = fitCox({ ties: 'breslow' }, late);
    expect(off(model.effects[0]?.coefficient, 0.492661934610101)).toBeLessThan(1e-6);
    expect(off(model.effects[1]?.coefficient, -0.022444605540983)).toBeLessThan(1e-6);
    expect(off(model.logLikelihood.fitted, -63.1577547285471)).toBeLessThan(1e-6);
    const zero = { names: ['x', 'z'], columns: [Float64Array.of(0), Float64Array.of(0)] };
    expect(off(eventWithin(model, zero, 28)[0], 1 - Math.exp(-3.538807436714883))).toBeLessThan(1e-6);
  });

  it('has the baseline hazard of R with Efron’s ties', () => {
    // survfit(coxph(Surv(stop, event) ~ x + z, d), newdata = data.frame(x = 1, z = 1))$cumhaz at days 9 and 28
    const model = fitCox({}, forty);
    const one = { names: ['x', 'z'], columns: [Float64Array.of(1), Float64Array.of(1)] };
    expect(off(eventWithin(model, one, 9)[0], 1 - Math.exp(-1.05460198776874))).toBeLessThan(1e-6);
    expect(off(eventWithin(model, one, 28)[0], 1 - Math.exp(-9.67175689703703))).toBeLessThan(1e-6);
  });

  it('tests proportional hazards as cox.zph does', () => {
    // cox.zph(m, "km")$table; cox.zph(m, "identity")$table; the last on strata, late
    const byShare = testProportionality({}, forty);
    [0.0252085304186954, 0.3341567799988522].forEach((expected, at) =>
      expect(off(byShare.effects[at]?.chiSquare, expected)).toBeLessThan(1e-6),
    );
    expect(off(byShare.all.chiSquare, 0.3769440074982647)).toBeLessThan(1e-6);
    const byDay = testProportionality({}, forty, 'identity');
    [0.0104811931461933, 0.0513222379193542].forEach((expected, at) =>
      expect(off(byDay.effects[at]?.chiSquare, expected)).toBeLessThan(1e-6),
    );
    expect(off(byDay.all.p, 0.9657728728652)).toBeLessThan(1e-6);
    const inStrata = testProportionality({}, { ...late, ...halves });
    [0.509049875065351, 3.652703572415473].forEach((expected, at) =>
      expect(off(inStrata.effects[at]?.chiSquare, expected)).toBeLessThan(1e-6),
    );
    expect(off(inStrata.all.chiSquare, 4.068496783009278)).toBeLessThan(1e-6);
    expect(byShare.residuals.day).toEqual(kaplanMeier(forty).day);
  });

  it('finds a hazard ratio that changes with time', () => {
    const rng = makeRng('drift');
    const rows = 2000;
    const x = Float64Array.from({ length: rows }, () => (rng.uniform() < 0.5 ? 1 : 0));
    // The hazard of x is double in the first ten days and half later.
    const stop = x.map((value) => {
      const need = rng.exponential() * 20;
      const early = value === 1 ? 2 : 1;
      return Math.ceil(need < 10 * early ? need / early : 10 + (need - 10 * early) / (value === 1 ? 0.5 : 1));
    });
    const data = { names: ['x'], columns: [x], stop, event: new Uint8Array(rows).fill(1) };
    expect(testProportionality({}, data).all.p).toBeLessThan(1e-6);
  });

  it('names covariates along which the likelihood rises for ever, and holds them by a prior', () => {
    const model = fitCox({}, { ...forty, names: ['x', 'happened'], columns: [forty.columns[0]!, forty.event] });
    expect(model.monotone).toEqual(['happened']);
    expect(model.prior).toBe(1);
    expect(model.effects[1]?.coefficient).toBeGreaterThan(1);
    expect(model.effects[1]?.coefficient).toBeLessThan(10);
    expect(fitCox({}, forty)).toMatchObject({ monotone: [], prior: 0 });
  });

  it('leaves out constant covariates and sums of others, and names them', () => {
    const [x = new Float64Array(), z = new Float64Array()] = forty.columns;
    const model = fitCox(
      {},
      {
        ...forty,
        names: ['x', 'one', 'z', 'both'],
        columns: [x, new Float64Array(40).fill(0.1), z, x.map((value, row) => 3 * value - z[row]!)],
      },
    );
    expect(model.unused).toEqual(['one', 'both']);
    expect(off(model.effects[0]?.coefficient, 0.839439397391226)).toBeLessThan(1e-6);
  });

  it('says without covariates what it knows', () => {
    expect(fitCox({}, { ...forty, names: [], columns: [] })).toMatchObject({ effects: [], likelihoodRatio: { degrees: 0, p: 1 } });
  });

  it('splits periods of a customer without changing anything', () => {
    // Observation cut at day 5: the same information in more rows.
    const at = 5;
    const cut = [...forty.stop.keys()].filter((row) => forty.stop[row]! > at && start[row]! < at);
    const all = (column: Float64Array): Float64Array => Float64Array.from([...column, ...cut.map((row) => column[row]!)]);
    const split: SurvivalRows = {
      names: forty.names,
      columns: forty.columns.map(all),
      start: Float64Array.from([...start, ...cut.map(() => at)]),
      stop: Float64Array.from([...forty.stop.map((day, row) => (cut.includes(row) ? at : day)), ...cut.map((row) => forty.stop[row]!)]),
      event: Float64Array.from([...forty.event.map((own, row) => (cut.includes(row) ? 0 : own)), ...cut.map((row) => forty.event[row]!)]),
    };
    const [whole, parts] = [fitCox({}, late), fitCox({}, split)];
    expect(parts.effects[0]?.coefficient).toBeCloseTo(whole.effects[0]!.coefficient, 9);
    expect(kaplanMeier(split).survival).toEqual(kaplanMeier(late).survival);
  });
});

/** Customers whose event comes sooner the higher x is. */
function customers(rows: number, seed: string): SurvivalRows {
  const rng = makeRng(seed);
  const x = Float64Array.from({ length: rows }, () => rng.normal());
  const y = Float64Array.from({ length: rows }, () => rng.integer(4));
  const happens = x.map((value) => Math.ceil(rng.exponential() * 60 * Math.exp(-0.8 * value)));
  const leaves = x.map(() => Math.ceil(120 * rng.uniform()));
  return {
    names: ['x', 'y'],
    columns: [x, y],
    stop: happens.map((day, row) => Math.min(day, leaves[row]!)),
    event: happens.map((day, row) => (day <= leaves[row]! ? 1 : 0)),
  };
}

describe('survival cohorts', () => {
  const data = customers(1500, 'cohorts');

  it('are bands of hazard whose curves lie apart', () => {
    const model = survival.fit({ horizonDays: 30 }, data);
    expect(model.profile.map(({ name, size }) => [name, size])).toEqual([
      ['low', 500],
      ['medium', 500],
      ['high', 500],
    ]);
    const [low, medium, high] = model.profile;
    expect(low!.atHorizon.low).toBeGreaterThan(medium!.atHorizon.high);
    expect(medium!.atHorizon.low).toBeGreaterThan(high!.atHorizon.high);
    expect(model.logRank.p).toBeLessThan(1e-12);
    expect(high!.features[0]).toMatchObject({ feature: 'x' });
    expect(model.profile.reduce((total, { events }) => total + events, 0)).toBe(model.events);
  });

  it('are the strata where there are no covariates, the largest first', () => {
    const stratum = Int32Array.from({ length: 1500 }, (_, row) => (row % 5 === 0 ? 0 : 1));
    const strata = { ...data, names: [], columns: [], stratum, strata: ['web', 'shop'] };
    const model = survival.fit({}, strata);
    expect(model.profile.map(({ name, size }) => [name, size])).toEqual([
      ['shop', 1200],
      ['web', 300],
    ]);
    const assigned = survival.assign(model, { names: [], columns: [], stratum: Int32Array.of(0, 2, 1), strata: ['web', 'shop', 'app'] });
    expect(assigned).toEqual({ label: Int32Array.of(1, -1, 0), confidence: Float64Array.of(1, 0, 1), kind: 'rule' });
  });

  it('give the risk of the next days to customers of any age', () => {
    const model = fitCox({}, data);
    const within = eventWithin(model, data, 20, 10);
    const [upToTen, upToThirty] = [eventWithin(model, data, 10), eventWithin(model, data, 30)];
    for (const row of [0, 7, 99]) expect(1 - upToThirty[row]!).toBeCloseTo((1 - upToTen[row]!) * (1 - within[row]!), 12);
    expect(within[0]).toBeGreaterThan(0);
  });

  it('say what moves the hazard of a customer, in parts that add up', () => {
    const { logHazardRatio, contributions } = hazardDetails(fitCox({}, data), data);
    for (const row of [0, 1, 1499])
      expect(contributions.reduce((total, part) => total + part[row]!, 0)).toBeCloseTo(logHazardRatio[row]!, 12);
  });

  it('keep no more than a thousand days of a curve', () => {
    const rng = makeRng('thin');
    const stop = Float64Array.from({ length: 3000 }, () => rng.exponential());
    const model = survival.fit({}, { names: [], columns: [], stop, event: new Uint8Array(3000).fill(1) });
    expect(model.profile[0]?.curve.day).toHaveLength(1000);
    expect(model.profile[0]?.curve.day.at(-1)).toBe(Math.max(...stop));
  });

  it('share a band where nothing tells customers apart', () => {
    const same = { ...data, names: ['c'], columns: [new Float64Array(1500).fill(3)] };
    const model = survival.fit({}, same);
    expect(model.profile.map(({ size }) => size)).toEqual([1500]);
    expect(survival.assign(model, same).confidence.every((value) => value === 1)).toBe(true);
  });

  it.each([
    ['no rows', { ...data, names: [], columns: [], stop: numbers('').slice(1), event: [] }, {}, /no rows/u],
    ['NaN days', { ...data, stop: data.stop.with(3, Number.NaN) }, {}, /stop is NaN in row 3/u],
    ['negative days', { ...data, stop: data.stop.with(0, -1) }, {}, /stop is -1 in row 0/u],
    ['an event of 2', { ...data, event: Float64Array.from(data.event).with(5, 2) }, {}, /event is 2 in row 5/u],
    ['a start after the stop', { ...data, start: data.stop }, {}, /from a start below its stop/u],
    ['NaN covariates', { ...data, columns: [data.columns[0]!.with(2, Number.NaN), data.columns[1]!] }, {}, /'x' has NaN in row 2/u],
    ['columns out of step', { ...data, stop: data.stop.slice(1) }, {}, /in step|equal length/u],
    ['strata without names', { ...data, stratum: new Int32Array(1500) }, {}, /stratum and strata together/u],
    ['a stratum out of the names', { ...data, stratum: new Int32Array(1500).fill(1), strata: ['a'] }, {}, /stratum is 1 in row 0/u],
    ['too few events', { ...data, event: new Uint8Array(1500) }, {}, /0 of 1500 rows had the event/u],
    ['one band', data, { bands: 1 }, /from 2 to 20/u],
    ['a horizon of 0', data, { horizonDays: 0 }, /a number above 0/u],
    ['bands without columns', { ...data, names: [], columns: [] }, { cohorts: 'bands' as const }, /need covariates/u],
    ['a level of 1', data, { level: 1 }, /between 0 and 1/u],
  ])('refuse %s', (_, rows, config, message) => {
    expect(() => survival.fit(config, rows)).toThrow(message);
  });

  it('refuse columns that lack a covariate or the strata of the fit', () => {
    const model = survival.fit({}, { ...data, stratum: new Int32Array(1500).fill(0), strata: ['a'] });
    expect(() => survival.assign(model, { names: ['x'], columns: [Float64Array.of(1)] })).toThrow(/fitted on 'y'/u);
    expect(() => survival.assign(model, data)).toThrow(/give the stratum of each row/u);
  });
});

describe('promises of survival', () => {
  it('gives the same bytes and labels for every order of rows', () => {
    fc.assert(
      fc.property(fc.string(), fc.boolean(), (seed, isLate) => {
        const data = customers(120, seed);
        const rows: SurvivalRows = {
          ...data,
          ...(isLate && { start: data.stop.map((day, row) => (row % 3 === 0 ? day - 1 : -1)) }),
          stratum: Int32Array.from({ length: 120 }, (_, row) => row % 3),
          strata: ['c', 'a', 'b'],
        };
        const order = Uint32Array.from(rows.stop.keys()).reverse();
        const turn = (column: Float64Array): Float64Array => takeRows([column], order)[0]!;
        const turned: SurvivalRows = {
          ...rows,
          columns: rows.columns.map(turn),
          stop: turn(rows.stop),
          event: turn(Float64Array.from(rows.event)),
          ...(rows.start && { start: turn(rows.start) }),
          stratum: Int32Array.from(rows.stratum!.toReversed(), (own) => 2 - own),
          strata: ['b', 'a', 'c'],
        };
        const model = survival.fit({}, rows);
        expect(JSON.stringify(survival.fit({}, turned)) === JSON.stringify(model)).toBe(true);
        const stored = JSON.parse(JSON.stringify(model)) as SurvivalModel;
        expect(stored).toEqual(model);
        const { label, confidence } = survival.assign(stored, rows);
        expect(survival.assign(model, turned).label).toEqual(label.toReversed());
        expect(confidence.every((value) => value >= 0 && value <= 1)).toBe(true);
        const counted = model.profile.map((_, cohort) => label.filter((own) => own === cohort).length);
        expect(counted).toEqual(model.profile.map(({ size }) => size));
      }),
      { numRuns: 30 },
    );
  });
});
