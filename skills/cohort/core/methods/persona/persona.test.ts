import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { plantPersonas } from '../../../../../test/fixtures/planted-personas.ts';
import { adjustedRandIndex } from '../quality/index.ts';
import { type CategoryColumn, persona, type PersonaColumns, type PersonaConfig } from './index.ts';
import { namePersonas } from './name-personas.ts';

const category = (name: string, values: readonly string[], ...codes: number[]): CategoryColumn => ({
  name,
  values,
  codes: Int32Array.from(codes),
});
const shops = (names: readonly string[], columns: readonly number[][], ...categories: CategoryColumn[]): PersonaColumns => ({
  names,
  columns: columns.map((column) => Float64Array.from(column)),
  categories,
});
/** Three small spenders in shops, three large ones online. */
const six = shops(['spend'], [[10, 12, 11, 95, 100, 105]], category('channel', ['shop', 'web'], 0, 0, 0, 1, 1, 1));
const permuted = ({ names, columns, categories }: PersonaColumns, order: readonly number[]): PersonaColumns => ({
  names,
  columns: columns.map((column) => Float64Array.from(order, (row) => column[row]!)),
  categories: categories.map((one) => ({ ...one, codes: Int32Array.from(order, (row) => one.codes[row]!) })),
});
const refusal = (message: RegExp): unknown =>
  expect.objectContaining({ code: 'NUMERIC_DOMAIN', message: expect.stringMatching(message) as string });

describe('personas', () => {
  it('join numbers and categories, and have names', () => {
    const model = persona.fit({ cohorts: 2 }, six, 'example');
    expect(model.profile.map(({ name, size }) => ({ name, size }))).toEqual([
      { name: 'channel almost always shop, low spend', size: 3 },
      { name: 'channel almost always web, high spend', size: 3 },
    ]);
    expect(model.prototypes.map(({ modes }) => modes)).toEqual([['shop'], ['web']]);
    const { label, second, confidence, kind } = persona.assign(model, six);
    expect([...label]).toEqual([0, 0, 0, 1, 1, 1]);
    expect([...second]).toEqual([1, 1, 1, 0, 0, 0]);
    expect(kind).toBe('margin');
    expect(confidence[2]).toBe(1); // the mean itself
    expect(confidence[0]).toBeLessThan(1);
  });

  it('find six planted ones of 5,000 customers nearly as well as whoever knows how they were made', () => {
    const { data, truth, best } = plantPersonas(5000, 'planted');
    const model = persona.fit({ cohorts: 6 }, data, 'planted');
    const ari = adjustedRandIndex(persona.assign(model, data).label, truth);
    expect(ari).toBeGreaterThan(0.87);
    expect(ari).toBeGreaterThan(adjustedRandIndex(best, truth) - 0.03);
    // KPrototypes(6, gamma=…, init='Huang', n_init=5, random_state=1) of kmodes 0.12.2 on the standardised rows: cost_ / 5000.
    expect(model.cost).toBeCloseTo(3.306401, 6);
  });

  it('say which values a persona has more of than all customers', () => {
    const [first] = persona.fit({ cohorts: 2 }, six, 's').profile;
    expect(first?.categories).toEqual([{ category: 'channel', values: [{ value: 'shop', share: 1, lift: 2, difference: 1 }] }]);
    expect(first?.features[0]?.mean).toBe(11);
    expect(first?.traits.map(({ of }) => of)).toEqual(['channel', 'spend']);
  });

  it('weigh categories by the spread of both kinds of column', () => {
    expect(persona.fit({ cohorts: 2 }, six, 's').gamma).toBe(2); // variance 1 over a chance of one half to differ
    expect(persona.fit({ cohorts: 2, gamma: 0.3 }, six, 's').gamma).toBe(0.3);
    expect(persona.fit({ cohorts: 2 }, shops([], [], ...six.categories), 's').gamma).toBe(1);
  });
});

describe('at the edges personas', () => {
  it('refuse what is no table', () => {
    const fit = (data: PersonaColumns): unknown => persona.fit({}, data, 's');
    expect(() => fit(shops([], []))).toThrow(refusal(/no columns/));
    expect(() => fit(shops(['spend'], [[]]))).toThrow(refusal(/0 rows/));
    expect(() => fit(shops([], [], category('channel', ['web'])))).toThrow(refusal(/no rows/));
    expect(() => fit(shops(['spend'], [[1, Number.NaN]]))).toThrow(refusal(/NaN in row 1/));
    expect(() => fit(shops(['spend'], [[1, 2]], category('channel', ['web'], 0)))).toThrow(refusal(/equal length/));
    expect(() => fit(shops(['spend'], [[1]], category('channel', ['web'], 1)))).toThrow(refusal(/code 1 in row 0/));
    expect(() => fit(shops(['spend'], [[1]], category('spend', ['web'], 0)))).toThrow(refusal(/'spend' stands twice/));
    expect(() => fit(shops(['spend'], [[1]], category('channel', ['web', 'web'], 0)))).toThrow(refusal(/value twice/));
  });

  it('take one customer, and customers that are all alike, for one persona', () => {
    for (const data of [shops(['spend'], [[3]]), shops(['spend'], [[3, 3]], category('channel', ['web'], 0, 0))]) {
      const model = persona.fit({ cohorts: 3 }, data, 's');
      expect(model.profile.map(({ name }) => name)).toEqual(['like the average']);
      expect([...persona.assign(model, data).second]).toEqual(Array.from(data.columns[0]!, () => -1));
    }
  });

  it('are no more than distinct customers', () => {
    expect(persona.fit({ cohorts: 5 }, shops(['spend'], [[1, 1, 2, 2, 2]]), 's').profile.map(({ size }) => size)).toEqual([3, 2]);
  });

  it('work with numbers alone and with categories alone', () => {
    const numbers = shops(['spend'], [[1, 2, 8, 9, 9]]);
    const categories = shops([], [], category('channel', ['shop', 'web'], 0, 0, 1, 1, 1), category('tier', ['a', 'b'], 0, 0, 1, 1, 1));
    for (const data of [numbers, categories]) {
      expect([...persona.assign(persona.fit({ cohorts: 2 }, data, 's'), data).label]).toEqual([1, 1, 0, 0, 0]);
    }
  });

  it('let what is not known tell for none and against none', () => {
    const model = persona.fit({ cohorts: 2 }, six, 's');
    const unknown = shops(['spend'], [[11, 100]], category('channel', ['kiosk', 'web'], -1, 0));
    expect([...persona.assign(model, unknown).label]).toEqual([0, 1]); // a kiosk the fit never saw is not known either
  });

  it('refuse a configuration out of its limits, and columns that are not those of the fit', () => {
    const bad: readonly [PersonaConfig, RegExp][] = [
      [{ cohorts: 0 }, /cohorts/],
      [{ gamma: 0 }, /gamma/],
      [{ restarts: 101 }, /restarts/],
      [{ maxRows: 0.5 }, /maxRows/],
    ];
    for (const [config, message] of bad) expect(() => persona.fit(config, six, 's')).toThrow(refusal(message));
    const model = persona.fit({ cohorts: 2 }, six, 's');
    expect(() => persona.assign(model, shops(['spend'], [[1]]))).toThrow(refusal(/fitted on category 'channel'/));
    expect(() => persona.assign(model, shops(['orders'], [[1]], category('channel', ['web'], 0)))).toThrow(refusal(/fitted on 'spend'/));
  });
});

describe('always personas', () => {
  const { data } = plantPersonas(300, 'small');
  const model = persona.fit({ cohorts: 4 }, data, 'order');
  const { label } = persona.assign(model, data);

  it('are the same bytes for the same seed and for every order of rows', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...label.keys()], { minLength: 300 }), (order) => {
        const other = persona.fit({ cohorts: 4 }, permuted(data, order), 'order');
        expect(JSON.stringify(other)).toBe(JSON.stringify(model));
        expect([...persona.assign(other, permuted(data, order)).label]).toEqual(order.map((row) => label[row]));
      }),
      { numRuns: 5 },
    );
  });

  it('do not depend on how the values of a category are listed', () => {
    const turned = data.categories.map(({ name, values, codes }) => ({
      name,
      values: values.toReversed(),
      codes: codes.map((code) => values.length - 1 - code),
    }));
    expect(JSON.stringify(persona.fit({ cohorts: 4 }, { ...data, categories: turned }, 'order'))).toBe(JSON.stringify(model));
  });

  it('assign the same after a round trip through JSON', () => {
    expect(persona.assign(JSON.parse(JSON.stringify(model)) as typeof model, data)).toEqual(persona.assign(model, data));
  });

  it('come in the order of their sizes, from the fit of a sample too', () => {
    const sampled = persona.fit({ cohorts: 4, maxRows: 100 }, data, 's');
    expect([sampled.rows, sampled.fittedRows]).toEqual([300, 100]);
    const sizes = sampled.profile.map(({ size }) => size);
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
    expect(sizes.reduce((a, b) => a + b)).toBe(300);
  });
});

describe('names of personas', () => {
  const trait = (words: string) => ({ of: words, words, strength: 1 });

  it('take further traits to tell two apart, and a number where there are none', () => {
    const common = ['a', 'b', 'c'].map(trait);
    expect(namePersonas([[...common, trait('d')], [...common, trait('e')], common, common, []])).toEqual([
      'a, b, c, d',
      'a, b, c, e',
      'a, b, c',
      'a, b, c (2)',
      'like the average',
    ]);
  });
});
