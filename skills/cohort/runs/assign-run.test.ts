/**
 * Assigning by a run that is there: what it gives is what the run gave, and what some customers get is what they get among everybody.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { plantWindows } from '../../../test/fixtures/cohort-windows.ts';
import { takeCustomers } from '../../../test/fixtures/take-customers.ts';
import { int32Column, type Table, type WindowReply } from '../../sdk/index.ts';
import { dayOfIsoDate } from '../../sdk/numeric/index.ts';
import { createMemoryContent } from '../../testing/index.ts';
import {
  type CohortDefinition,
  definitionSchema,
  linkedMethods,
  type MethodId,
  methodIds,
  type WindowId,
} from '../definitions/definition.ts';
import { type AssignedRun, assignRun, type FrozenRun, readFrozenRun } from './assign-run.ts';
import { type ComputedRun, computeRun, type EarlierRun } from './compute-run.ts';
import { readLastDays, readWindowTables } from './window-tables.ts';

const content = createMemoryContent();
const planted = plantWindows(content, { customers: 300 });
const before = plantWindows(content, { customers: 300, laterDays: -20 });
const later = plantWindows(content, { customers: 300, laterDays: 12 });

/** What keeps the suite short, and what a method has in more than one kind. */
const variants: readonly (readonly [string, MethodId, Readonly<Record<string, unknown>>])[] = [
  ...methodIds.filter((method) => !linkedMethods.includes(method)).map((method) => [method, method, {}] as const),
  ['rfm by scores', 'rfm', { parameters: { cohorts: 'scores', quantiles: 3 } }],
  ['HDBSCAN*', 'dbscan', { parameters: { hierarchical: true } }],
  ['a tied mixture', 'gaussian-mixture', { parameters: { cohorts: 3, covariance: 'tied', restarts: 2 } }],
  ['the end of a subscription', 'survival', { parameters: { event: 'subscription-end' } }],
  [
    'a population by what is declared',
    'k-means',
    { parameters: { k: 2 }, population: [{ feature: 'loyaltyTier', op: '=', value: 'gold' }] },
  ],
  ['a population by what nobody declared', 'rfm', { population: [{ feature: 'subscription', op: '!=', value: 'paused' }] }],
];
const quick: Readonly<Partial<Record<MethodId, Readonly<Record<string, unknown>>>>> = {
  'k-means': { k: 3, restarts: 3 },
  'gaussian-mixture': { cohorts: 3, restarts: 2 },
  lda: { topics: 4 },
  word2vec: { cohorts: 3, dimensions: 8 },
  journey: { cohorts: 2, restarts: 2 },
  survival: { lapseDays: 60 },
};

function definitionOf(method: MethodId, over: Readonly<Record<string, unknown>>): CohortDefinition {
  return definitionSchema.parse({
    id: 'frozen',
    version: 1,
    title: 'Frozen',
    method,
    parameters: quick[method] ?? {},
    purpose: 'test',
    owner: 'tests',
    reviewBy: '2027-01-01',
    ...over,
  });
}

interface Day {
  readonly reply: WindowReply;
  readonly asOf: string;
}

function compute(definition: CohortDefinition, window: WindowId, { reply, asOf }: Day, earlier: EarlierRun | null): ComputedRun {
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

function frozenOf({ run, model, frozen }: ComputedRun): FrozenRun {
  const ref = content.putJson({
    ...run,
    model: model === null ? null : content.putJson(model),
    members: null,
    frozen: frozen && content.putJson(frozen),
  });
  const found = readFrozenRun(content, ref, { method: run.method, version: run.definition.version });
  if (typeof found === 'string') throw new Error(found);
  return found;
}

function assign(definition: CohortDefinition, window: WindowId, frozen: FrozenRun, { reply, asOf }: Day): AssignedRun {
  const assigned = assignRun({
    definition,
    asOf,
    frozen,
    tables: readWindowTables(content, reply, window, { currency: 'EUR', minorDigits: 2 }),
    lastDays: readLastDays(content, reply, window, dayOfIsoDate(asOf) ?? 0),
  });
  if (typeof assigned === 'string') throw new Error(assigned);
  return assigned;
}

/** Rows of members by customer, reasons by name: they have other positions where other words occur. */
function rowsOf(members: Table | null, features: readonly string[], customers: readonly string[]): ReadonlyMap<string, unknown> {
  if (!members) return new Map();
  const columns = Object.entries(members.columns).filter(([name]) => name !== 'account');
  return new Map(
    Array.from(int32Column(members, 'account'), (account, row) => [
      customers[account] ?? '',
      Object.fromEntries(
        columns.map(([name, { values }]) => [name, name.startsWith('reason') ? features[Number(values[row])] : values[row]]),
      ),
    ]),
  );
}

const first = (definition: CohortDefinition, window: WindowId): EarlierRun => {
  const run = compute(definition, window, before, null);
  return {
    version: 1,
    model: run.model,
    modelRef: run.model === null ? null : content.putJson(run.model),
    keys: run.run.cohorts.map(({ key }) => key),
    names: run.run.cohorts.map(({ name }) => name),
    keysUsed: run.run.keysUsed,
    customers: run.members ? Array.from(int32Column(run.members, 'account'), (row) => before.customers[row] ?? '') : [],
    cohort: run.members ? int32Column(run.members, 'cohort') : new Int32Array(),
  };
};

describe.each(variants)('assigning by a run of %s', (_, method, over) => {
  const definition = definitionOf(method, over);

  it.each(['90d', 'lifetime'] as const)('gives everybody of the same day what the run gave, in %s', (window) => {
    const computed = compute(definition, window, planted, first(definition, window));
    expect(computed.run.skipped).toBeNull();
    const { run, members } = assign(definition, window, frozenOf(computed), planted);
    expect(rowsOf(members, run.features, planted.customers)).toEqual(rowsOf(computed.members, computed.run.features, planted.customers));
    expect(run.cohorts.map(({ key, name, size }) => [key, name, size])).toEqual(
      computed.run.cohorts.map(({ key, name, size }) => [key, name, size]),
    );
    expect(run.population).toEqual(computed.run.population);
  });

  it('gives some customers, on that day and later, what it gives them among everybody', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('7d' as const, '90d' as const, 'lifetime' as const),
        fc.constantFrom<typeof planted>(planted, later),
        fc.uniqueArray(fc.nat(planted.customers.length - 1), { maxLength: 25 }),
        (window, day, chosen) => {
          const frozen = frozens.get(window) ?? frozenOf(compute(definition, window, planted, first(definition, window)));
          frozens.set(window, frozen);
          const everybody = assign(definition, window, frozen, day);
          const { reply, customers } = takeCustomers(content, day, chosen);
          const some = assign(definition, window, frozen, { reply, asOf: day.asOf });
          const all = rowsOf(everybody.members, everybody.run.features, day.customers);
          const expected = new Map([...all].filter(([id]) => customers.includes(id)));
          expect(rowsOf(some.members, some.run.features, customers)).toEqual(expected);
        },
      ),
      { numRuns: 12 },
    );
  });
  const frozens = new Map<WindowId, FrozenRun>();
});

describe('a run that nobody can be assigned by', () => {
  it('says so, for links, another version, and a run of another release', () => {
    const refuse = (method: MethodId, change: object, version = 1): string | FrozenRun => {
      const { run, model, frozen } = compute(definitionOf(method, {}), '90d', planted, null);
      const parts = { model: content.putJson(model), members: null, frozen: frozen && content.putJson({ ...frozen, ...change }) };
      return readFrozenRun(content, content.putJson({ ...run, ...parts }), { method, version });
    };
    expect(refuse('leiden', {})).toMatch(/links to others/);
    expect(refuse('rfm', {}, 2)).toBe('version 2 of the definition was never computed');
    expect(refuse('rfm', { engine: 1 })).toMatch(/another release/);
    expect(refuse('rfm', {})).toMatchObject({ parts: { earlierModel: undefined } });
  });

  it('is not read where its method assigns nobody', () => {
    const absent = { digest: 'f'.repeat(64), media: 'application/json', rows: 1 };
    expect(readFrozenRun(content, absent, { method: 'leiden', version: 1 })).toMatch(/links to others/);
    expect(() => readFrozenRun(content, absent, { method: 'rfm', version: 1 })).toThrow(/nothing is stored/);
  });

  it('puts nobody into a cohort where it was skipped', () => {
    const definition = definitionOf('k-means', { population: [{ feature: 'orders', op: '>', value: 1e9 }] });
    const computed = compute(definition, '90d', planted, null);
    expect(computed.run.skipped).toMatch(/^none of the .* fulfils the population$/);
    expect(assign({ ...definition, population: [] }, '90d', frozenOf(computed), planted).members).toBeNull();
  });
});
