import { describe, expect, it } from 'vitest';

import { makeRng } from '../../../sdk/numeric/index.ts';
import { compareModels, type ModelsPlan, type ModelsRows } from './compare-models.ts';

const plan: ModelsPlan = { loss: 'absolute', alpha: 0.05, minimalEffect: 0.1, overlap: 1, draws: 300, seed: 'test' };
const refused = expect.objectContaining({ code: 'NUMERIC_DOMAIN' }) as Error;

function rowsOf(noise: number, seed: string, customers = 120, origins = 4): ModelsRows {
  const rng = makeRng(seed);
  const customer: string[] = [];
  const origin: string[] = [];
  const columns: Record<'actual' | 'champion' | 'challenger', number[]> = { actual: [], champion: [], challenger: [] };
  for (let at = 0; at < origins; at++) {
    for (let id = 0; id < customers; id++) {
      const mean = 1 + rng.gamma(2);
      customer.push(`c-${id}`);
      origin.push(`2025-0${at + 1}-01`);
      columns.actual.push(rng.poisson(mean));
      columns.champion.push(mean * (1 + 0.2 * rng.uniform()));
      columns.challenger.push(Math.max(0.01, mean * (1 + 0.2 * rng.uniform()) + noise * rng.normal()));
    }
  }
  const [actual, champion, challenger] = [columns.actual, columns.champion, columns.challenger].map((column) => Float64Array.from(column));
  const none = new Float64Array();
  const cohort = customer.map((id) => (Number(id.slice(2)) % 2 === 0 ? 'even' : 'odd'));
  return { customer, origin, cohort, actual: actual ?? none, champion: champion ?? none, challenger: challenger ?? none };
}

describe('two models', () => {
  it('are told apart where one is worse, by customers, over origins and in cohorts', () => {
    const found = compareModels(rowsOf(3, 'worse'), plan);
    expect(found.verdict).toBe('champion-better');
    expect(found.paired.customers).toBe(120);
    expect(found.origins?.origins).toBe(4);
    expect(found.origins?.p).toBeLessThan(0.05);
    expect(found.cohorts.map(({ cohort, isDifferent }) => [cohort, isDifferent])).toEqual([
      ['even', true],
      ['odd', true],
    ]);
  });

  it('change places with their columns', () => {
    const rows = rowsOf(3, 'worse');
    const turned = compareModels({ ...rows, champion: rows.challenger, challenger: rows.champion }, plan);
    expect(turned.verdict).toBe('challenger-better');
    expect(turned.paired.difference).toBe(-compareModels(rows, plan).paired.difference);
  });

  it('are alike where the data rule out what matters: an outcome too', () => {
    const found = compareModels(rowsOf(0, 'alike'), plan);
    expect(found.verdict).toBe('alike');
    expect(compareModels(rowsOf(0, 'alike'), { ...plan, minimalEffect: 1e-4 }).verdict).toBe('undecided');
  });

  it('are compared by each loss, without origins and without cohorts', () => {
    for (const loss of ['squared', 'absolute', 'poisson'] as const) {
      const found = compareModels({ ...rowsOf(3, 'loss', 100, 1), origin: null, cohort: null }, { ...plan, loss });
      expect(found.losses.challenger).toBeGreaterThan(found.losses.champion);
      expect(found).toMatchObject({ origins: null, cohorts: [] });
    }
  });

  it('do not depend on the order of rows', () => {
    const rows = rowsOf(1, 'order');
    const turned = Object.fromEntries(Object.entries(rows).map(([name, column]) => [name, column.toReversed()])) as unknown as ModelsRows;
    expect(compareModels(turned, plan)).toEqual(compareModels(rows, plan));
  });

  it('are not tested over origins that all differ by the same', () => {
    const origin = ['1', '1', '2', '2', '3', '3'];
    const zero = new Float64Array(6);
    const rows = { customer: ['a', 'b', 'a', 'b', 'a', 'b'], origin, cohort: null, actual: zero, champion: zero };
    expect(compareModels({ ...rows, challenger: zero.map(() => 1) }, plan).origins).toBeNull();
    expect(compareModels({ ...rows, challenger: zero }, plan)).toMatchObject({ verdict: 'alike', origins: { p: 1 } });
  });

  it('refuse a customer twice at an origin, numbers that are none, and no plan', () => {
    const rows = rowsOf(0, 'bad', 5, 2);
    expect(() => compareModels({ ...rows, customer: rows.customer.with(1, 'c-0') }, plan)).toThrow(
      /'c-0' is there twice at origin 2025-01-01/,
    );
    expect(() => compareModels({ ...rows, actual: rows.actual.with(1, Number.NaN) }, plan)).toThrow(refused);
    expect(() => compareModels({ ...rows, champion: rows.champion.subarray(1) }, plan)).toThrow(refused);
    expect(() =>
      compareModels({ ...rows, champion: rows.champion.with(0, 0), actual: rows.actual.with(0, 2) }, { ...plan, loss: 'poisson' }),
    ).toThrow(refused);
    expect(() => compareModels(rows, { ...plan, alpha: 2 })).toThrow(refused);
    expect(() => compareModels(rows, { ...plan, minimalEffect: 0 })).toThrow(refused);
    const empty = new Float64Array();
    expect(() =>
      compareModels({ customer: [], origin: null, cohort: null, actual: empty, champion: empty, challenger: empty }, plan),
    ).toThrow(refused);
  });
});
