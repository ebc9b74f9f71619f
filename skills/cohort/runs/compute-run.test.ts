import { describe, expect, it } from 'vitest';

import { plantWindows } from '../../../test/fixtures/cohort-windows.ts';
import { canonicalJson, compareText, float64Column, int32Column, type Table } from '../../sdk/index.ts';
import { dayOfIsoDate } from '../../sdk/numeric/index.ts';
import { createMemoryContent } from '../../testing/index.ts';
import { adjustedRandIndex } from '../core/methods/index.ts';
import { cohortRunSchema, noEnd } from '../definitions/cohort-run.ts';
import { type CohortDefinition, definitionSchema, type MethodId, methodIds, type WindowId, windowDays } from '../definitions/definition.ts';
import { pictureSchema } from '../definitions/pictures.ts';
import { type ComputedRun, computeRun, type EarlierRun } from './compute-run.ts';
import { readLastDays, readWindowTables } from './window-tables.ts';

const content = createMemoryContent();
const planted = plantWindows(content, { customers: 500 });

function definitionOf(method: MethodId, over: Readonly<Record<string, unknown>> = {}): CohortDefinition {
  return definitionSchema.parse({
    id: `a-${method}`,
    version: 1,
    title: `A ${method}`,
    method,
    windows: ['90d'],
    purpose: 'test',
    owner: 'tests',
    reviewBy: '2027-01-01',
    ...over,
  });
}

function compute(
  definition: CohortDefinition,
  window: WindowId = '90d',
  { reply, asOf } = planted,
  earlier: EarlierRun | null = null,
): ComputedRun {
  return computeRun({
    definition,
    window,
    asOf,
    seed: 'tests',
    tables: readWindowTables(content, reply, window, { currency: 'EUR', minorDigits: 2 }),
    lastDays: readLastDays(content, reply, window, dayOfIsoDate(asOf) ?? 0),
    earlier,
  });
}

/** What keeps the whole suite short; the defaults are what the other tests use. */
const quick: Readonly<Partial<Record<MethodId, Readonly<Record<string, unknown>>>>> = {
  'k-means': { k: 3, restarts: 3 },
  'gaussian-mixture': { cohorts: 3, restarts: 2 },
  lda: { topics: 4 },
  word2vec: { cohorts: 3, dimensions: 8 },
  journey: { cohorts: 2, restarts: 2 },
  leiden: { maxBuyers: 500 },
  survival: { lapseDays: 60 },
};

const membersOf = (run: ComputedRun): Table => {
  if (!run.members) throw new Error(`skipped: ${String(run.run.skipped)}`);
  return run.members;
};

describe.each(methodIds)('the recipe of %s', (method) => {
  const definition = definitionOf(method, { parameters: quick[method] ?? {} });
  const computed = compute(definition);

  it('gives a run that fits its schema, with a picture that can be drawn and words for every cohort', () => {
    const { run } = computed;
    expect(run.skipped).toBeNull();
    expect(() => cohortRunSchema.parse({ ...run, model: null, members: null })).not.toThrow();
    expect(() => pictureSchema.parse(run.picture)).not.toThrow();
    expect(() => canonicalJson(computed.model)).not.toThrow();
    expect(run.cohorts.length).toBeGreaterThan(0);
    for (const { name, says, key } of run.cohorts) {
      expect(key).not.toBe('');
      expect(name).not.toBe('');
      expect(says[0]).toMatch(/^\d+ customers, /);
    }
    expect(new Set(run.cohorts.map(({ key }) => key)).size).toBe(run.cohorts.length);
  });

  it('puts each customer into one cohort at most, with a confidence, reasons that have names, and a day', () => {
    const { run } = computed;
    const members = membersOf(computed);
    const account = int32Column(members, 'account');
    expect(account.length).toBe(run.population.customers - run.population.inNone);
    expect(account.every((row, at) => at === 0 || row > account[at - 1]!)).toBe(true);
    const sizes = new Float64Array(run.cohorts.length);
    for (const own of int32Column(members, 'cohort')) sizes[own] = sizes[own]! + 1;
    expect([...sizes]).toEqual(run.cohorts.map(({ size }) => size));
    for (const name of ['confidence', 'raw']) {
      expect(float64Column(members, name).every((value) => value >= 0 && value <= 1 + 1e-9)).toBe(true);
    }
    const [first, last] = [1, 3].map((place) => int32Column(members, `reason${place}`));
    expect(first!.every((feature) => feature >= -1 && feature < run.features.length)).toBe(true);
    expect(first!.filter((feature) => feature >= 0).length / account.length).toBeGreaterThan(0.9);
    expect(last!.every((feature, row) => feature === -1 || first![row]! >= 0)).toBe(true);
    const [one, two] = [1, 2].map((place) => float64Column(members, `contribution${place}`));
    expect(one!.every((value, row) => Math.abs(value) >= Math.abs(two![row]!))).toBe(true);
    // The last signal of the window leaves it a window later, not before tomorrow.
    const asOfDay = dayOfIsoDate(planted.asOf) ?? 0;
    expect(int32Column(members, 'until').every((day) => day > asOfDay && day <= asOfDay + windowDays['90d'])).toBe(true);
  });

  it('is the same whatever the order of rows', () => {
    const turned = plantWindows(content, { customers: 500, reverseRows: true });
    const again = compute(definition, '90d', turned);
    const placed = (run: ComputedRun, customers: readonly string[]): readonly string[] => {
      const members = membersOf(run);
      const cohort = int32Column(members, 'cohort');
      const confidence = float64Column(members, 'confidence');
      return Array.from(int32Column(members, 'account'), (row, at) => `${customers[row]} ${cohort[at]} ${confidence[at]}`).sort(
        compareText,
      );
    };
    expect(placed(again, turned.customers)).toEqual(placed(computed, planted.customers));
  });
});

describe('what the methods find', () => {
  const truth = (run: ComputedRun): readonly [Int32Array, Int32Array] => {
    const members = membersOf(run);
    return [int32Column(members, 'cohort'), Int32Array.from(int32Column(members, 'account'), (row) => planted.kind[row] ?? -1)];
  };

  it('separates customers who were planted apart by their products', () => {
    const run = compute(
      definitionOf('lda', { windows: ['365d'], parameters: { topics: 3, tokens: 'sku', signals: ['purchase'] } }),
      '365d',
    );
    expect(adjustedRandIndex(...truth(run))).toBeGreaterThan(0.9);
  });

  it('separates eager shoppers from the others by what they do', () => {
    const run = compute(definitionOf('k-means', { parameters: { k: 2 } }), '90d');
    expect(adjustedRandIndex(...truth(run))).toBeGreaterThan(0.5);
    const [often] = run.run.cohorts.filter(({ name }) => name.includes('often') || name.includes('many'));
    expect(often?.traits.every(({ difference }) => Number.isFinite(difference))).toBe(true);
  });

  it('lets the features that put a customer nearer to the own centroid speak for it', () => {
    const run = compute(definitionOf('k-means', { parameters: { k: 3 } }));
    const members = membersOf(run);
    const total = [1, 2, 3].map((place) => float64Column(members, `contribution${place}`));
    // All parts together say how much nearer the own centroid is, so the strongest are seldom against it.
    const against = Array.from({ length: members.rows }, (_, row) => total[0]![row]! + total[1]![row]! + total[2]![row]!).filter(
      (sum) => sum < 0,
    );
    expect(against.length / members.rows).toBeLessThan(0.02);
  });

  it('is certain of a rule, and says how often refits agree elsewhere', () => {
    const rule = compute(definitionOf('funnel'));
    expect(float64Column(membersOf(rule), 'confidence').every((value) => value === 1)).toBe(true);
    expect(rule.run.quality.adjustedRandIndex).toBeNull();
    const { quality, cohorts } = compute(definitionOf('rfm')).run;
    expect(quality.adjustedRandIndex?.resamples).toBe(9);
    expect(quality.calibrationError).toBeLessThan(0.05);
    expect(cohorts.filter(({ size }) => size > 0).every(({ stability }) => stability !== null && stability > 0)).toBe(true);
  });

  it('has customers in none where they lie alone', () => {
    const { run } = compute(definitionOf('dbscan', { parameters: { hierarchical: true } }), '365d');
    expect(run.population.inNone).toBeGreaterThan(0);
    expect(run.confidenceKind).toBe('density');
  });

  it('keeps lifetime without an end', () => {
    expect(int32Column(membersOf(compute(definitionOf('rfm'), 'lifetime')), 'until').every((day) => day === noEnd)).toBe(true);
  });
});

describe('who takes part', () => {
  const populated = (population: readonly unknown[]): number =>
    compute(definitionOf('rfm', { windows: ['365d'], population }), '365d').run.population.customers;
  const all = populated([]);

  it.each([
    [[{ feature: 'loyaltyTier', op: '=', value: 'gold' }], 0.5],
    [[{ feature: 'loyaltyTier', op: '!=', value: 'gold' }], 0.5],
    [[{ feature: 'residency', op: 'in', value: ['DE'] }], 1 / 3],
    [[{ feature: 'channel', op: '=', value: 'web' }], 0.3],
    [[{ feature: 'orders', op: '>=', value: 0 }], 1],
    [
      [
        { feature: 'loyaltyTier', op: '=', value: 'gold' },
        { feature: 'residency', op: '=', value: 'DE' },
      ],
      1 / 6,
    ],
  ])('holds to %j', (population, share) => {
    expect(Math.abs(populated(population) / all - share)).toBeLessThan(0.06);
  });

  it('leaves out who did nothing in the window, and who bought nothing where purchases are needed', () => {
    const day = compute(definitionOf('k-means'), '24h').run.population.customers;
    expect(day).toBeLessThan(all / 4);
    expect(compute(definitionOf('rfm'), '90d').run.population.customers).toBeLessThan(
      compute(definitionOf('funnel'), '90d').run.population.customers,
    );
  });
});

describe('a window with too little in it', () => {
  const few = plantWindows(content, { customers: 12 });

  it.each(methodIds)('is skipped by %s or computed, and never fails', (method) => {
    for (const window of ['24h', '7d', '365d', 'lifetime'] as const) {
      const { run, members, model } = compute(definitionOf(method), window, few);
      expect(run.skipped === null).toBe(members !== null);
      expect(run.skipped === null).toBe(model !== null);
      if (run.skipped !== null) expect(run.skipped).toMatch(/[a-z]{3,} /);
    }
  });

  it('says that nobody took part', () => {
    const { run } = compute(definitionOf('rfm', { population: [{ feature: 'orders', op: '>', value: 1e9 }] }));
    expect(run.skipped).toMatch(/^none of the \d+ customers who did anything in the window fulfils the population$/);
    expect(run.cohorts).toEqual([]);
  });
});

describe('cohorts that go on', () => {
  const definition = definitionOf('k-means', { parameters: { k: 3 } });
  const earlierOf = ({ run, model, members }: ComputedRun, customers: readonly string[]): EarlierRun => ({
    version: run.definition.version,
    model,
    keys: run.cohorts.map(({ key }) => key),
    names: run.cohorts.map(({ name }) => name),
    keysUsed: run.keysUsed,
    customers: members ? Array.from(int32Column(members, 'account'), (row) => customers[row] ?? '') : [],
    cohort: members ? int32Column(members, 'cohort') : new Int32Array(),
  });
  const first = compute(definition);
  const later = plantWindows(content, { customers: 500, laterDays: 30 });

  it('keep the key of those whom they share customers with', () => {
    const second = compute(definition, '90d', later, earlierOf(first, planted.customers));
    expect(second.run.cohorts.map(({ key }) => key).toSorted()).toEqual(['c1', 'c2', 'c3']);
    const kindOfLargest = (run: ComputedRun, key: string, kind: Int32Array): number => {
      const cohort = run.run.cohorts.findIndex((one) => one.key === key);
      const counts = [0, 0, 0];
      const label = int32Column(membersOf(run), 'cohort');
      for (const [at, row] of int32Column(membersOf(run), 'account').entries()) if (label[at] === cohort) counts[kind[row]!]! += 1;
      return counts.indexOf(Math.max(...counts));
    };
    for (const key of ['c1', 'c2', 'c3']) expect(kindOfLargest(second, key, later.kind)).toBe(kindOfLargest(first, key, planted.kind));
  });

  it('never give a key again that a cohort had which ended', () => {
    const ended: EarlierRun = {
      ...earlierOf(first, planted.customers),
      keys: ['c7', 'c8', 'c9'],
      keysUsed: 12,
      cohort: new Int32Array(),
      customers: [],
    };
    const { run } = compute(definition, '90d', later, ended);
    expect(run.cohorts.map(({ key }) => key)).toEqual(['c13', 'c14', 'c15']);
    expect(run.keysUsed).toBe(15);
    const skipped = compute(definitionOf('k-means', { population: [{ feature: 'orders', op: '>', value: 1e9 }] }), '90d', later, ended);
    expect(skipped.run.keysUsed).toBe(12);
  });

  it('tell what the model of before says, unless the definition has changed', () => {
    const second = compute(definition, '90d', later, earlierOf(first, planted.customers));
    expect('earlier' in membersOf(second).columns).toBe(true);
    const changed = compute({ ...definition, version: 2 }, '90d', later, earlierOf(first, planted.customers));
    expect('earlier' in membersOf(changed).columns).toBe(false);
  });

  it('go by their names where they are a rule', () => {
    const { run } = compute(definitionOf('funnel'));
    expect(run.cohorts.map(({ key }) => key)).toEqual(['not-entered', 'reached-looked', 'reached-bought', 'converted']);
  });
});
