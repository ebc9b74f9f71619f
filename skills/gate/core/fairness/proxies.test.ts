/** Proxies that were planted are found and others are not; what is said of alternatives is measured on the same customers. */
import { describe, expect, it } from 'vitest';

import { makeRng } from '../../../sdk/numeric/index.ts';
import * as fairness from './index.ts';
import { selectTop } from './quantile-impact.ts';

const rows = 600;
const rng = makeRng('planted proxies');
const member = Float64Array.from({ length: rows }, () => (rng.uniform() < 0.4 ? 1 : 0));
const pick = (chance: number, yes: string, no: string): string => (rng.uniform() < chance ? yes : no);

/** `zip` follows the group, `email` is another one for everybody, `colour` is anything, `spend` follows the group a little. */
const features: readonly fairness.Feature[] = [
  { name: 'zip', kind: 'category', values: Array.from(member, (own) => pick(own === 1 ? 0.8 : 0.2, 'east', 'west')) },
  { name: 'email', kind: 'category', values: Array.from(member, (_, row) => `person-${row}`) },
  { name: 'colour', kind: 'category', values: Array.from(member, () => pick(0.5, 'red', 'blue')) },
  { name: 'spend', kind: 'number', values: member.map((own) => 100 + 40 * rng.normal() - 30 * own) },
];
/** Every pair of a member and another, by the parts that they are so. */
function aucByPairs(score: Float64Array, part: Float64Array): number {
  let [won, pairs] = [0, 0];
  score.forEach((own, a) => {
    score.forEach((other, b) => {
      const weight = (part[a] ?? 0) * (1 - (part[b] ?? 0));
      pairs += weight;
      won += weight * (own > other ? 1 : own === other ? 0.5 : 0);
    });
  });
  return won / pairs;
}

const options = { seed: 'audit', permutations: 99, mostRows: 4000 };

describe('proxies', () => {
  const found = fairness.findProxies(features, member, options);
  const of = (name: string) => found.find(({ feature }) => feature === name);

  it('are found where they were planted, in a category and in a number', () => {
    // P(east | group) 0.8 against 0.2: an AUC of 0.8·0.8 + (0.8·0.2 + 0.2·0.8)/2 = 0.8, and V = 0.59 at a share of 0.4.
    expect(of('zip')?.auc).toBeGreaterThan(0.75);
    expect(of('zip')?.p).toBeLessThanOrEqual(0.01);
    expect(of('zip')?.association?.cramersV).toBeGreaterThan(0.5);
    expect(of('spend')?.auc).toBeGreaterThan(0.6);
  });

  it('are not found where there is none: not in a coin, and not in an identifier', () => {
    for (const name of ['colour', 'email']) {
      expect(of(name)?.auc).toBeLessThan(0.58);
      expect(of(name)?.adjustedP).toBeGreaterThan(0.05);
      expect(of(name)?.association?.cramersV).toBeLessThan(0.12);
    }
  });

  it('tell more together than alone', () => {
    expect(of('all')?.auc).toBeGreaterThan(of('zip')?.auc ?? 1);
  });

  it('are the same for the same seed', () => {
    expect(fairness.findProxies(features, member, options)).toEqual(found);
  });

  it('are not looked for among too few, or where everybody or nobody is of the group', () => {
    expect(
      fairness.findProxies(
        features,
        member.map((_, row) => (row < 19 ? 1 : Number.NaN)),
        options,
      ),
    ).toEqual([]);
    expect(
      fairness.findProxies(
        features,
        member.map(() => 1),
        options,
      ),
    ).toEqual([]);
    expect(fairness.findProxies([], member, options)).toEqual([]);
  });
});

describe('an AUC with memberships in part', () => {
  it('is what counting all pairs gives', () => {
    const score = Float64Array.from({ length: 30 }, () => Math.floor(rng.uniform() * 8));
    const part = Float64Array.from({ length: 30 }, () => rng.uniform());
    const found = fairness.weightedAuc(
      30,
      (at) => score[at] ?? 0,
      (at) => part[at] ?? 0,
    );
    expect(found).toBeCloseTo(aucByPairs(score, part), 12);
  });

  it('is one half without members', () => {
    expect(
      fairness.weightedAuc(
        3,
        (at) => at,
        () => 0,
      ),
    ).toBe(0.5);
  });
});

describe('association', () => {
  it('is 1 for the same thing twice and 0 for independence, whatever the number of categories', () => {
    const codes = Int32Array.from(member);
    expect(fairness.association(codes, 2, member)?.cramersV).toBeCloseTo(1, 2);
    expect(fairness.association(codes, 2, member)?.uncertainty).toBeCloseTo(1, 12);
    const many = Int32Array.from(member, () => rng.integer(40));
    expect(fairness.association(many, 40, member)?.cramersV).toBeLessThan(0.15);
  });

  it('is not defined where there is one group', () => {
    expect(fairness.association(Int32Array.from([0, 1]), 2, Float64Array.from([1, 1]))).toBeNull();
  });
});

describe('alternatives', () => {
  // The score follows spend; `zip` is in it too, and does nothing for what customers bring.
  const worth = (features[3]?.kind === 'number' ? features[3].values : new Float64Array(rows)).map(() => 50 + 20 * rng.uniform());
  const zip = features[0]?.kind === 'category' ? features[0].values : [];
  const score = worth.map((own, row) => own + (zip[row] === 'west' ? 25 : 0));
  const surrogate = fairness.fitSurrogate(score, features);
  const today = selectTop(score, 30);
  const other = member.map((own) => 1 - own);
  const question: fairness.AlternativesQuestion = {
    today,
    worth,
    own: member,
    other,
    candidates: fairness.candidatesOf(score, surrogate, 30),
    level: 0.95,
    tolerance: 0.05,
    draws: 100,
    seed: 'audit',
  };

  it('name the one without the proxy: nearer to 1, and nothing lost', () => {
    expect(surrogate.explained).toBeGreaterThan(0.3);
    const found = fairness.searchAlternatives(question);
    const without = found.find(({ name }) => name === 'without zip');
    const now = fairness.weightedImpact(today, member, other, 0.95).ratio ?? 0;
    expect(without?.isLessDiscriminatory).toBe(true);
    expect(without?.impact.ratio).toBeGreaterThan(now + 0.2);
    expect(without?.gain?.low).toBeGreaterThan(0);
    expect(without?.relativeValue?.value).toBeGreaterThan(0.99);
    expect(found[0]?.isLessDiscriminatory).toBe(true);
  });

  it('do not name what loses more than was agreed', () => {
    const found = fairness.searchAlternatives(question);
    const half = found.find(({ name }) => name === 'top 15 %');
    expect(half?.relativeValue?.value).toBeLessThan(0.7);
    expect(half?.isLessDiscriminatory).toBe(false);
  });

  it('are none for nobody', () => {
    const nothing = new Float64Array(0);
    const empty = { ...question, today: new Uint8Array(0), worth: nothing, own: nothing, other: nothing, candidates: [] };
    expect(fairness.searchAlternatives(empty)).toEqual([]);
    expect(fairness.fitSurrogate(nothing, []).explained).toBe(0);
  });
});

describe('an audit of an attribute', () => {
  const selected = Uint8Array.from(member, (own) => (rng.uniform() < (own === 1 ? 0.3 : 0.6) ? 1 : 0));
  const settings: fairness.AuditSettings = {
    level: 0.95,
    limits: fairness.defaultLimits,
    percents: [10, 50],
    preRegistered: { groups: [], tests: 0 },
  };
  const audit = (attribute: fairness.AuditAttribute, change: Partial<fairness.AuditSettings> = {}) =>
    fairness.auditAttribute({ selected, score: Float64Array.from(selected), strata: { zip: zipOf() }, outcomes: null }, attribute, {
      ...settings,
      ...change,
    });
  const zipOf = (): readonly string[] => (features[0]?.kind === 'category' ? features[0].values : []);
  const declared: fairness.AuditAttribute = {
    name: 'class',
    kind: 'declared',
    reference: null,
    groups: [
      { name: 'a', probability: member },
      { name: 'b', probability: member.map((own) => 1 - own) },
    ],
  };

  it('takes the group with the highest rate for reference, and fails what it finds', () => {
    const found = audit(declared);
    expect(found.reference).toBe('b');
    expect(found.outcome).toBe('fail');
    expect(found.groups[0]?.tests).toMatchObject({ decisive: 'chi-squared', adjustment: 'benjamini-hochberg' });
  });

  it('adjusts what was registered before by its own number of tests', () => {
    const [named] = audit(declared, { preRegistered: { groups: ['a'], tests: 4 } }).groups;
    expect(named?.tests.adjustment).toBe('bonferroni');
    expect(named?.tests.adjustedP).toBeCloseTo(Math.min(1, 4 * (named?.tests.p ?? 1)), 14);
  });

  it('makes no exact test of probabilities', () => {
    const estimated = { ...declared, kind: 'estimated' as const, groups: declared.groups.map((group) => halfSure(group)) };
    const [found] = audit(estimated).groups;
    expect(found?.tests).toMatchObject({ fisherP: null, chiSquared: null, decisive: 'linearised-z' });
    expect(found?.stratified[0]?.test).toBeNull();
    expect(found?.effective.group).toBeLessThan(rows);
  });

  it('leaves out of whom nothing is known, and says how many', () => {
    const probability = member.map((own, row) => (row < 100 ? Number.NaN : own));
    const unknown = {
      ...declared,
      groups: [
        { name: 'a', probability },
        { name: 'b', probability: probability.map((own) => 1 - own) },
      ],
    };
    expect(audit(unknown).unknown.total).toBe(100);
  });

  it('is for a person where there is one group only, or one nobody is in', () => {
    expect(audit({ ...declared, groups: declared.groups.slice(0, 1) }).outcome).toBe('counsel');
    const empty = { name: 'c', probability: member.map(() => 0) };
    const found = audit({ ...declared, reference: 'b', groups: [...declared.groups.slice(1), empty] });
    expect(found.groups[0]?.verdict).toEqual({ outcome: 'counsel', reason: 'no-confidence' });
  });

  function halfSure({ name, probability }: fairness.AuditAttribute['groups'][number]) {
    return { name, probability: probability.map((own) => 0.2 + 0.6 * own) };
  }
});
