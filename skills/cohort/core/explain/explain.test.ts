import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { makeRng, sum } from '../../../sdk/numeric/index.ts';
import {
  attributionGraph,
  type CounterfactualFeature,
  correlatedShapley,
  dotOfGraph,
  exactShapley,
  findCounterfactual,
  linearShapley,
  localLinear,
  permutationImportance,
  playOut,
  sampledShapley,
  shapleyInteractions,
} from './index.ts';

/** 80 where both bits are set, against the four rows of the table; figures of shap's test_tree.py, test_consistency_approximate. */
describe('exact Shapley values', () => {
  const rows = [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ] as const;
  const both = (a: number, b: number): number => 80 * a * b;

  it.each([
    [rows[0], [-10, -10]],
    [rows[1], [-30, 10]],
    [rows[2], [10, -30]],
    [rows[3], [30, 30]],
  ] as const)('of the AND of two bits at %j are %j', (row, expected) => {
    const worth = playOut(2, (coalition) =>
      rows.reduce((total, other) => total + both(coalition & 1 ? row[0] : other[0], coalition & 2 ? row[1] : other[1]) / 4, 0),
    );
    expect(worth[0]).toBe(20);
    expect([...exactShapley(2, worth)]).toEqual(expected);
  });

  it('add up to the whole, give nothing to who adds nothing, and the same to who adds the same', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 16, maxLength: 16 }), (own) => {
        // Player 4 is a null player; players 0 and 1 are made alike.
        const worth = playOut(5, (coalition) => {
          const rest = coalition & 15;
          const swapped = (rest & 12) | ((rest & 1) << 1) | ((rest & 2) >> 1);
          return (own[rest] ?? 0) + (own[swapped] ?? 0);
        });
        const values = exactShapley(5, worth);
        const scale = Math.max(1, ...worth.map(Math.abs));
        expect(Math.abs(sum(values) - ((worth[31] ?? 0) - (worth[0] ?? 0)))).toBeLessThan(1e-12 * scale);
        expect(Math.abs(values[4] ?? 1)).toBeLessThan(1e-12 * scale);
        expect(Math.abs((values[0] ?? 0) - (values[1] ?? 1))).toBeLessThan(1e-12 * scale);
      }),
    );
  });

  it.each([
    ['of no player', 0, 1],
    ['of thirteen players', 13, 1 << 13],
    ['of coalitions that are missing', 3, 7],
  ] as const)('refuses a game %s', (_, players, worth) => {
    expect(() => exactShapley(players, new Float64Array(worth))).toThrow(expect.objectContaining({ code: 'NUMERIC_DOMAIN' }));
  });

  it('shares what two add together, half to either', () => {
    // Figures of shap's test_exact.py, test_multi_output_interactions; its outputs stand in Gray-code order.
    expect([...shapleyInteractions(2, [0, 2, 3, 8])].filter((_, at) => at === 1 || at === 2)).toEqual([1.5, 1.5]);
    expect([...shapleyInteractions(2, [10, 20, 30, 80])].filter((_, at) => at === 1 || at === 2)).toEqual([20, 20]);
    expect(sum(shapleyInteractions(2, [10, 20, 30, 80]))).toBe(70);
  });

  it('are met by drawn orders within their stated error, and these close exactly', () => {
    const weights = Float64Array.from({ length: 14 }, (_, player) => player + 1);
    const game = (known: Uint8Array): number => {
      const linear = known.reduce<number>((total, isKnown, player) => total + isKnown * (weights[player] ?? 0), 0);
      return linear + 10 * (known[0] ?? 0) * (known[13] ?? 0) * (known[6] ?? 0);
    };
    const { values, standardErrors } = sampledShapley(14, game, 400, makeRng('orders'));
    expect(sum(values)).toBeCloseTo(sum(weights) + 10, 9);
    for (const player of [0, 6, 13]) {
      const exact = (weights[player] ?? 0) + 10 / 3;
      expect(Math.abs((values[player] ?? 0) - exact)).toBeLessThan(4 * (standardErrors[player] ?? 0));
    }
    expect(values[3]).toBeCloseTo(4, 9);
  });
});

describe('Shapley values of a line', () => {
  // Figures of shap's test_linear.py; a tie is a correlation of 0.999999.
  const tied = (features: number, ties: readonly number[]): Float64Array =>
    Float64Array.from({ length: features * features }, (_, at) => {
      const [one, other] = [Math.floor(at / features), at % features];
      return one === other ? 1 : ties.includes(one) && ties.includes(other) ? 0.999999 : 0;
    });

  it('share the credit between two features that move together, whichever is read', () => {
    const model = { weights: [1, 0, 0], intercept: 0 };
    expect(
      [...correlatedShapley(model, [1, 1, 1], [0, 0, 0], tied(3, [0, 1])).values].map((value) => Math.round(value * 1000) / 1000),
    ).toEqual([0.5, 0.5, 0]);
    expect([...linearShapley(model, [1, 1, 1], [0, 0, 0]).values]).toEqual([1, 0, 0]);
  });

  it('share it among three', () => {
    const { base, values } = correlatedShapley({ weights: [0, 1, 0, 0], intercept: 0 }, [2, 2, 2, 2], [1, 1, 1, 1], tied(4, [0, 1, 2]));
    expect(base).toBe(1);
    for (const value of values.slice(0, 3)) expect(value).toBeCloseTo(1 / 3, 5);
    expect(values[3]).toBeCloseTo(0, 12);
  });

  it('refuse a covariance that is none', () => {
    expect(() => correlatedShapley({ weights: [1, 1], intercept: 0 }, [1, 1], [0, 0], [1, 2, 2, 1])).toThrow('not positive definite');
  });
});

describe('a local line', () => {
  it('is the game itself where that is a line', () => {
    const { intercept, weights, r2 } = localLinear(
      3,
      (coalition) => 5 + (coalition & 1) * 2 - (coalition & 2) * 3 + ((coalition & 4) >> 2),
    );
    expect(intercept).toBeCloseTo(5, 3);
    expect([...weights].map((weight) => Math.round(weight * 1000) / 1000)).toEqual([2, -6, 1]);
    expect(r2).toBeCloseTo(1, 9);
  });

  it('is refused where it explains less than half', () => {
    const parity = (coalition: number): number => ((coalition & 1) ^ ((coalition >> 1) & 1) ^ ((coalition >> 2) & 1) ? 1 : 0);
    expect(() => localLinear(3, parity, 10)).toThrow(expect.objectContaining({ code: 'EXPLANATION_UNFAITHFUL' }));
  });
});

describe('shuffled groups', () => {
  it('cost a model what it leans on, and nothing where it does not look', () => {
    const rng = makeRng('customers');
    const seen = Float64Array.from({ length: 400 }, () => 1 + 4 * rng.uniform());
    const actual = seen.map((mean) => rng.poisson(mean));
    const [seenGroup, unseen] = permutationImportance(
      {
        rows: 400,
        groups: ['seen', 'unseen'],
        predict: (group, from) => Float64Array.from(from, (row, at) => seen[group === 'seen' ? row : at] ?? 0),
        actual,
      },
      makeRng('shuffles'),
    );
    expect(seenGroup?.low).toBeGreaterThan(0.2);
    expect(unseen).toEqual({ group: 'unseen', mean: 0, low: 0, high: 0 });
  });

  it('needs customers', () => {
    expect(() => permutationImportance({ rows: 1, groups: ['a'], predict: () => [1], actual: [1] }, makeRng('x'))).toThrow('found 1');
  });
});

describe('a counterfactual', () => {
  const feature = (name: string, more: Partial<CounterfactualFeature> = {}): CounterfactualFeature => ({
    name,
    isActionable: true,
    direction: 'either',
    least: 0,
    most: 100,
    scale: 1,
    grid: 0,
    ...more,
  });
  const question = {
    features: [
      feature('visits', { grid: 1, direction: 'up' }),
      feature('basket', { scale: 10 }),
      feature('age', { isActionable: false, scale: 0.001 }),
    ],
    row: [3, 20, 40],
    score: (row: Float64Array) => 2 * (row[0] ?? 0) + (row[1] ?? 0) + 100 * (row[2] ?? 0),
    isReached: (score: number) => score >= 4046,
    towards: 'higher' as const,
    others: [],
  };

  it('is reached, nearest, and changes only what may be changed', () => {
    const found = findCounterfactual(question, makeRng('search'));
    // 20 are wanting: 20 of the basket are 2 steps, 10 visits are 10.
    expect(found?.changes).toEqual([{ feature: 'basket', from: 20, to: expect.closeTo(40, 4) }]);
    expect(found?.score).toBeGreaterThanOrEqual(4046);
    expect(found?.row[2]).toBe(40);
  });

  it('moves on the grid, and only the way it may', () => {
    const visitsOnly = {
      ...question,
      features: [question.features[0]!, feature('basket', { isActionable: false }), question.features[2]!],
    };
    expect(findCounterfactual(visitsOnly, makeRng('search'))?.changes).toEqual([{ feature: 'visits', from: 3, to: 13 }]);
    const downOnly = {
      ...visitsOnly,
      features: [feature('visits', { grid: 1, direction: 'down' }), visitsOnly.features[1]!, visitsOnly.features[2]!],
    };
    expect(findCounterfactual(downOnly, makeRng('search'))).toBeNull();
  });

  it('is not given where nobody is like that', () => {
    const crowd = Array.from({ length: 20 }, (_, at) => [3 + (at % 3), 20 + (at % 4), 40]);
    expect(findCounterfactual({ ...question, others: crowd }, makeRng('search'))).toBeNull();
    expect(
      findCounterfactual({ ...question, others: [...crowd, ...crowd.map(([a = 0, b = 0, c = 0]) => [a, b + 20, c])] }, makeRng('search')),
    ).not.toBeNull();
  });

  it('is what is there already where the target is met, and the same every time', () => {
    expect(findCounterfactual({ ...question, isReached: () => true }, makeRng('a'))?.changes).toEqual([]);
    expect(findCounterfactual(question, makeRng('a'))).toEqual(findCounterfactual(question, makeRng('a')));
  });
});

describe('an attribution graph', () => {
  const nodes = [
    { id: 'a', kind: 'group', label: 'a "quoted"', value: 2 },
    { id: 'b', kind: 'group', label: 'b', value: 3 },
    { id: 'v', kind: 'value', label: 'value', value: 5 },
  ] as const;

  it('closes, and is drawn', () => {
    const graph = attributionGraph(nodes, [
      { from: 'b', to: 'v', value: 3 },
      { from: 'a', to: 'v', value: 2 },
    ]);
    expect(graph.edges.map(({ from }) => from)).toEqual(['a', 'b']);
    expect(dotOfGraph(graph, String)).toContain('"a" [label="a \\"quoted\\": 2"];');
  });

  it('is refused where it does not add up, and where an edge leads nowhere', () => {
    expect(() => attributionGraph(nodes, [{ from: 'a', to: 'v', value: 2 }])).toThrow("node 'v' holds 5, but 2 flows in");
    expect(() => attributionGraph(nodes, [{ from: 'a', to: 'w', value: 2 }])).toThrow("leads from 'a' to 'w'");
  });
});
