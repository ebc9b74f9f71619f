import { describe, expect, it } from 'vitest';

import { checkVectors } from './check-vectors.ts';

const params = { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };
const vector = {
  id: 'one',
  model: 'BG/NBD',
  params,
  inputs: { x: 0, t_x: 0, T: 39, t: 39, delta: 0.0027 },
  // Without a repeat purchase: −r·ln((α+T)/α).
  outputs: { log_likelihood: -0.243 * Math.log(43.414 / 4.414), p_alive: 1 },
};
const changed = (outputs: Readonly<Record<string, number>>): unknown => ({ vectors: [{ ...vector, outputs }] });

describe('checkVectors', () => {
  it('compares each quantity and names the worst vector', () => {
    const { compared, isWithin, quantities, notCompared } = checkVectors({
      vectors: [vector, { ...vector, id: 'two', outputs: { p_alive: 1 + 1e-10 } }],
    });
    expect([compared, isWithin, notCompared]).toEqual([3, true, []]);
    expect(quantities).toMatchObject([
      { model: 'BG/NBD', quantity: 'log_likelihood', compared: 1, tolerance: 1e-9 },
      { model: 'BG/NBD', quantity: 'p_alive', compared: 2, worstId: 'two', worst: expect.closeTo(1e-10, 12) },
    ]);
  });

  it('measures logarithms absolutely near zero, and everything else relatively', () => {
    expect(checkVectors(changed({ log_p_alive: 5e-10 })).isWithin).toBe(true);
    expect(checkVectors(changed({ p_alive: 1 - 2e-9 })).isWithin).toBe(false);
  });

  it('allows probabilities of counts ten times as much', () => {
    const { quantities } = checkVectors(changed({ pmf_0: Math.exp(vector.outputs.log_likelihood) * (1 + 5e-9) }));
    expect(quantities).toMatchObject([{ quantity: 'pmf_0', tolerance: 1e-8, isWithin: true }]);
  });

  it('does not compare what has no relative precision left', () => {
    expect(checkVectors(changed({ p_alive: 1e-310 })).notCompared).toEqual([
      { model: 'BG/NBD', quantity: 'p_alive', count: 1, why: 'below 1e-300' },
    ]);
  });

  it('lists what it does not know, and passes nothing by comparing nothing', () => {
    const { isWithin, notCompared } = checkVectors({
      vectors: [
        { ...vector, model: 'Oracle' },
        { ...vector, outputs: { fortune: 1 } },
      ],
    });
    expect(isWithin).toBe(false);
    expect(notCompared.map(({ model, quantity, why }) => `${model} ${quantity}: ${why}`)).toEqual([
      'Oracle log_likelihood: unknown model',
      'Oracle p_alive: unknown model',
      'BG/NBD fortune: unknown quantity',
    ]);
  });

  it('counts an input that is absent, and a history that cannot be, as misses', () => {
    const { quantities } = checkVectors({
      vectors: [{ ...vector, inputs: { x: 0, t_x: 0, T: 39 }, outputs: { expected_transactions: 1 } }],
    });
    expect(quantities).toMatchObject([{ worst: Number.POSITIVE_INFINITY, isWithin: false }]);
    expect(checkVectors({ vectors: [{ ...vector, inputs: { x: 1, t_x: 50, T: 39 } }] }).isWithin).toBe(false);
  });

  it.each([
    [
      'another model',
      {
        ...vector,
        model: 'BG/BB',
        params: { alpha: 1, beta: 1, gamma: 1, delta: 1 },
        inputs: { n: 1 },
        outputs: { expected_transactions: 0.25 },
      },
    ],
    [
      'a subscription',
      { ...vector, model: 'sBG', params: { alpha: 1, beta: 1 }, inputs: { t: 1 }, outputs: { retention: 0.5, log_survival: -Math.LN2 } },
    ],
    [
      'spend',
      { ...vector, model: 'Gamma-Gamma', params: { p: 2, q: 3, v: 10 }, inputs: { x: 0, m: 0 }, outputs: { expected_mean_spend: 10 } },
    ],
  ])('knows %s', (_, one) => {
    expect(checkVectors({ vectors: [one] })).toMatchObject({ isWithin: true, notCompared: [] });
  });

  it.each([[null], [[]], [{}], [{ vectors: [] }], [{ vectors: [1] }], [{ vectors: [{ ...vector, inputs: { x: '0' } }] }]])(
    'refuses %j',
    (document) => {
      expect(() => checkVectors(document)).toThrow(expect.objectContaining({ code: 'CLV_FILE_INVALID' }));
    },
  );
});
