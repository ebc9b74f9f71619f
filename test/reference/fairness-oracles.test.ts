/**
 * Measures of disparate impact against scipy and statsmodels (as the oracle file recorded them), and against numbers that the tests and
 * notebooks of public libraries print. Needs ../shared for the former, and skips those, saying so, without it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import * as fairness from '../../skills/gate/core/fairness/index.ts';
import { adjustPValues } from '../../skills/sdk/numeric/index.ts';

const file = join(import.meta.dirname, '..', '..', '..', 'shared', 'vectors', 'gate-oracles.json');

interface Oracles {
  readonly air: readonly Readonly<Record<string, number>>[] &
    readonly { readonly ci95_log: readonly [number, number]; readonly ci95_score: readonly [number, number] }[];
  readonly fisher_lady_tea: number;
  readonly smd: { readonly protected: number[]; readonly reference: number[] } & Readonly<Record<string, number>>;
  readonly cmh: { readonly tables: readonly (readonly [readonly [number, number], readonly [number, number]])[] } & Readonly<
    Record<string, number>
  >;
  readonly bisg_surgeo_example: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly bisg_weighted_air: { readonly p_protected: number[]; readonly outcome: number[] } & Readonly<Record<string, number>>;
  readonly multiple: { readonly p: readonly number[]; readonly fdr_bh: { readonly adjusted: readonly number[] } };
}

const oracles = (): Oracles => JSON.parse(readFileSync(file, 'utf8')) as Oracles; // the shape of the file
const at = (record: object, name: string): number => (record as Readonly<Record<string, number>>)[name] ?? Number.NaN;

describe.skipIf(!existsSync(file))('disparate impact against the oracle file', () => {
  it('has the ratio, both intervals, every test and the shortfall of five cases', () => {
    const cases = oracles().air;
    expect(cases).toHaveLength(5);
    for (const one of cases) {
      const group = { selected: at(one, 'selected_protected'), total: at(one, 'n_protected') };
      const reference = { selected: at(one, 'selected_reference'), total: at(one, 'n_reference') };
      const close = (found: number | null | undefined, name: string, digits = 12): void =>
        expect(found, name).toBeCloseTo(at(one, name), digits);
      close(fairness.impactRatio(group, reference), 'air', 14);
      close(fairness.twoProportionZ(group, reference)?.statistic, 'two_sd_z');
      close(fairness.twoProportionZ(group, reference)?.p, 'z_p');
      close(fairness.fisherExact(group, reference), 'fisher_two_sided_p');
      close(fairness.chiSquared(group, reference, false)?.statistic, 'chi2', 11);
      close(fairness.chiSquared(group, reference, false)?.p, 'chi2_p');
      close(fairness.chiSquared(group, reference, true)?.statistic, 'chi2_yates', 11);
      close(fairness.chiSquared(group, reference, true)?.p, 'chi2_yates_p');
      close(fairness.oddsRatio(group, reference), 'odds_ratio');
      close(fairness.shortfall(group, reference), 'shortfall');
      const log = fairness.logInterval(group, reference, 0.95);
      const score = fairness.scoreInterval(group, reference, 0.95);
      for (const [found, expected] of [
        [log, one.ci95_log],
        [score, one.ci95_score],
      ] as const) {
        expect(found?.low).toBeCloseTo(expected[0], 10);
        expect(found?.high).toBeCloseTo(expected[1], 10);
      }
    }
  });

  it("has the lady's cups", () => {
    expect(fairness.fisherExact({ selected: 3, total: 4 }, { selected: 1, total: 4 })).toBeCloseTo(oracles().fisher_lady_tea, 14);
  });

  it('has four standardised differences, each by its denominator', () => {
    const { smd } = oracles();
    const score = [...smd.protected, ...smd.reference];
    const own = score.map((_, row) => (row < smd.protected.length ? 1 : 0));
    const other = own.map((weight) => 1 - weight);
    const named = { pooled: 'cohen_d_pooled', hedges: 'hedges_g', population: 'smd_population_sd', 'average-variance': 'smd_avg_var' };
    for (const denominator of fairness.denominators)
      expect(fairness.standardizedDifference(score, own, other, denominator)).toBeCloseTo(at(smd, named[denominator]), 12);
  });

  it('has the stratified test with and without correction, and the pooled odds ratio', () => {
    const { cmh } = oracles();
    const strata = cmh.tables.map(([[a, b], [c, d]], place) => ({
      name: String(place),
      group: { selected: a, total: a + b },
      reference: { selected: c, total: c + d },
    }));
    const found = fairness.stratifiedImpact(strata, 0.95);
    expect(found.oddsRatio).toBeCloseTo(at(cmh, 'pooled_or'), 13);
    expect(found.test?.statistic).toBeCloseTo(at(cmh, 'cmh_stat'), 11);
    expect(found.test?.p).toBeCloseTo(at(cmh, 'cmh_p'), 13);
    expect(found.corrected?.statistic).toBeCloseTo(at(cmh, 'cmh_stat_cc'), 11);
    expect(found.corrected?.p).toBeCloseTo(at(cmh, 'cmh_p_cc'), 13);
  });

  it('has the posterior of a surname and a place', () => {
    const { surname = {}, geo_given_race: place = {}, posterior_from_rounded_inputs: expected = {} } = oracles().bisg_surgeo_example;
    const groups = Object.keys(expected);
    const found = fairness.surnameGeography(
      groups.map((group) => surname[group] ?? 0),
      groups.map((group) => place[group] ?? 0),
    );
    groups.forEach((group, place_) => expect(found?.[place_]).toBeCloseTo(expected[group] ?? Number.NaN, 14));
  });

  it('weighs by probabilities, which is another answer than putting people into groups', () => {
    const { p_protected: own, outcome, ...expected } = oracles().bisg_weighted_air;
    const other = own.map((probability) => 1 - probability);
    const weighted = fairness.weightedImpact(outcome, own, other, 0.95);
    expect(fairness.selectionRate(outcome, own)).toBeCloseTo(at(expected, 'rate_protected'), 14);
    expect(fairness.selectionRate(outcome, other)).toBeCloseTo(at(expected, 'rate_reference'), 14);
    expect(weighted.ratio).toBeCloseTo(at(expected, 'air'), 14);
    const [put, rest] = [own.map((p) => (p >= 0.5 ? 1 : 0)), own.map((p) => (p >= 0.5 ? 0 : 1))];
    expect(fairness.weightedImpact(outcome, put, rest, 0.95).ratio).toBeCloseTo(at(expected, 'thresholded_air_0_5'), 14);
  });

  it('adjusts a family as statsmodels does', () => {
    const { p, fdr_bh: expected } = oracles().multiple;
    adjustPValues(p, 'benjamini-hochberg').forEach((own, place) => expect(own).toBeCloseTo(expected.adjusted[place] ?? Number.NaN, 14));
  });
});

describe('disparate impact against what public libraries print', () => {
  it('has the selection rates of fairlearn: plain, weighted, and of text labels', () => {
    expect(fairness.selectionRate([0, 0, 0, 1, 1, 1, 1, 1])).toBe(0.625);
    expect(fairness.selectionRate([0, 1, 1, 0, 0, 0, 0, 0], [1, 2, 3, 4, 1, 2, 1, 2])).toBe(0.3125);
    const texts = ['a', 'b', 'b', 'a', 'b', 'b', 'b', 'a'];
    expect(fairness.selectionRate(texts.map((text) => (text === 'a' ? 1 : 0)))).toBe(0.375);
  });

  it('has the inequality indices of AIF360', () => {
    const actual = [1, 0, 0, 1, 0, 0, 1, 0, 1, 1];
    const first = fairness.benefits([1, 0, 0, 0, 1, 1, 1, 0, 1, 0], actual);
    expect(fairness.generalizedEntropy(first)).toBeCloseTo(0.2, 14);
    expect(fairness.generalizedEntropy(fairness.benefits([0, 1, 1, 0, 0, 0, 0, 1, 1, 1], actual))).toBeCloseTo(0.3, 14);
    expect(fairness.generalizedEntropy(first, 1)).toBeCloseTo(0.277_258_872_223_978_1, 14); // 4·ln 2 / 10
    const groups = ['a', 'a', 'b', 'b', 'b', 'b'];
    expect(fairness.betweenGroupEntropy([0, 1, 1, 1, 1, 2], groups)).toBeCloseTo(0.0625, 14);
    expect(fairness.classImbalance(3, 5)).toBe(-0.25);
    expect(fairness.divergence([0.5, 0.2, 0.3], [0.4, 0.3, 0.3])).toBeCloseTo(0.030_478_754_035_472, 10); // (5·ln(5/4) + 2·ln(2/3)) / 10
    const strata = [
      { rejected: 1, accepted: 2 },
      { rejected: 3, accepted: 4 },
      { rejected: 4, accepted: 2 },
    ];
    expect(fairness.conditionalDemographicDisparity(strata)).toBeCloseTo(0.015625, 14);
  });

  it('has the ratios that the SolasAI notebook prints for its rates', () => {
    const rates = { black: 0.414706, asian: 0.743119, hispanic: 0.32874, female: 0.400387 };
    const over = (own: number, other: number) =>
      fairness.impactRatio({ selected: own * 1e6, total: 1e6 }, { selected: other * 1e6, total: 1e6 });
    expect(over(rates.black, 0.511731)).toBeCloseTo(0.810399, 5);
    expect(over(rates.asian, 0.511731)).toBeCloseTo(1.452169, 5);
    expect(over(rates.hispanic, 0.544118)).toBeCloseTo(0.604171, 5);
    expect(over(rates.female, 0.49815)).toBeCloseTo(0.803747, 5);
  });
});
