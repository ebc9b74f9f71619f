import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { cohortRunSchema } from '../../skills/cohort/definitions/cohort-run.ts';
import { definitionSchema } from '../../skills/cohort/definitions/definition.ts';
import { type CohortComputation, type ContentStore, int32Column, type Json, type Ref, refSchema, z } from '../../skills/sdk/index.ts';
import { plantWindows } from '../../test/fixtures/cohort-windows.ts';
import { createContentStore } from '../adapters/files/content-store.ts';
import { createCohortMethods, type ThreadedCohortMethods } from './cohort-methods.ts';

const directories: string[] = [];
const open: ThreadedCohortMethods[] = [];
let content: ContentStore;
let directory = '';
let request: CohortComputation;

function newDirectory(): string {
  const made = mkdtempSync(join(tmpdir(), 'cohort-methods-'));
  directories.push(made);
  return made;
}

function methodsIn(place: string, workers: number): ThreadedCohortMethods {
  const methods = createCohortMethods({
    directory: place,
    content: createContentStore(join(place, 'content')),
    money: { currency: 'EUR', minorDigits: 2 },
    workers,
  });
  open.push(methods);
  return methods;
}

const definition = (over: Readonly<Record<string, unknown>> = {}): Json =>
  definitionSchema.parse({
    id: 'spenders',
    version: 1,
    title: 'Spenders',
    method: 'k-means',
    windows: ['7d', '28d', '90d'],
    parameters: { k: 3, restarts: 3 },
    purpose: 'test',
    owner: 'tests',
    reviewBy: '2027-01-01',
    ...over,
  }) as unknown as Json; // plain JSON by its schema

const options = (signal = new AbortController().signal) => ({ signal, idempotencyKey: 'test' });
const refsOf = (runs: Ref, store = content): readonly Ref[] => z.array(refSchema).parse(store.getJson(runs));

beforeAll(() => {
  directory = newDirectory();
  content = createContentStore(join(directory, 'content'));
  const { reply, asOf } = plantWindows(content, { customers: 400 });
  request = { definition: definition(), asOf, seed: 'port', features: reply, previous: null };
});

afterEach(async () => {
  for (const methods of open.splice(0)) await methods.close();
});

afterAll(() => {
  for (const made of directories) rmSync(made, { recursive: true });
});

describe('the port of cohort methods', () => {
  it('gives one run per window, in their order, with members that the store holds', async () => {
    const { runs } = await methodsIn(directory, 2).compute(request, options());
    const found = refsOf(runs).map((ref) => cohortRunSchema.parse(content.getJson(ref)));
    expect(found.map(({ window }) => window)).toEqual(['7d', '28d', '90d']);
    for (const run of found) {
      expect(run.skipped).toBeNull();
      expect(run.members && int32Column(content.getTable(run.members), 'account').length).toBe(
        run.population.customers - run.population.inNone,
      );
    }
  });

  it('gives the same bytes with one worker as with two', async () => {
    const digests = [];
    for (const workers of [1, 2]) {
      const place = newDirectory();
      const store = createContentStore(join(place, 'content'));
      const { reply } = plantWindows(store, { customers: 400 });
      const { runs } = await methodsIn(place, workers).compute({ ...request, features: reply }, options());
      digests.push(runs.digest);
    }
    expect(digests[0]).toBe(digests[1]);
  });

  it('finds what is finished and computes only what is not', async () => {
    const methods = methodsIn(directory, 1);
    const seen: string[] = [];
    methods.onWindow(({ window, isComputed }) => seen.push(`${window} ${isComputed ? 'computed' : 'found'}`));
    await methods.compute({ ...request, definition: definition({ windows: ['24h', '7d'] }) }, options());
    expect(seen).toEqual(['7d found', '24h computed']);
  });

  it('computes again what another version, seed or day would give', async () => {
    const methods = methodsIn(directory, 1);
    const computed: boolean[] = [];
    methods.onWindow(({ isComputed }) => computed.push(isComputed));
    const short = { windows: ['7d'] };
    await methods.compute({ ...request, definition: definition({ ...short, version: 2 }) }, options());
    await methods.compute({ ...request, definition: definition(short), seed: 'another' }, options());
    await methods.compute({ ...request, definition: definition(short) }, options());
    expect(computed).toEqual([true, true, false]);
  });

  it('ends the workers when it is cancelled, and goes on from what was finished', async () => {
    const place = newDirectory();
    const store = createContentStore(join(place, 'content'));
    const { reply } = plantWindows(store, { customers: 400 });
    const own = { ...request, features: reply };
    const methods = methodsIn(place, 1);
    const cancel = new AbortController();
    const stop = methods.onWindow(() => cancel.abort());
    await expect(methods.compute(own, options(cancel.signal))).rejects.toMatchObject({ code: 'RUN_CANCELLED' });
    stop();
    const seen: boolean[] = [];
    methods.onWindow(({ isComputed }) => seen.push(isComputed));
    const { runs } = await methods.compute(own, options());
    expect(seen).toEqual([false, true, true]);
    expect(refsOf(runs, store)).toHaveLength(3);
  });

  it('ends only the computation that is cancelled, not another one of the same process', async () => {
    const place = newDirectory();
    const store = createContentStore(join(place, 'content'));
    const { reply } = plantWindows(store, { customers: 400 });
    const methods = methodsIn(place, 1);
    const cancel = new AbortController();
    methods.onWindow(({ definition: id }) => {
      if (id === 'spenders') cancel.abort();
    });
    const given = { ...request, features: reply };
    const cancelled = methods.compute(given, options(cancel.signal));
    const other = methods.compute({ ...given, definition: definition({ id: 'others' }) }, options());
    await expect(cancelled).rejects.toMatchObject({ code: 'RUN_CANCELLED' });
    expect(refsOf((await other).runs, store)).toHaveLength(3);
  });

  it('says which definition is wrong, and what a missing table is called', async () => {
    const methods = methodsIn(directory, 1);
    await expect(methods.compute({ ...request, definition: { id: 'x' } }, options())).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
    const lost = { ...request, features: { ...request.features, customers: { ...request.features.customers, digest: '0'.repeat(64) } } };
    await expect(methods.compute(lost, options())).rejects.toMatchObject({
      code: 'CONTENT_NOT_FOUND',
      message: /spenders\/(90d|28d|7d): no object 0000/,
    });
  });

  it('does not trust a finished window whose result is gone or whose file is damaged', async () => {
    const methods = methodsIn(directory, 1);
    const own = { ...request, definition: definition({ windows: ['7d'], title: 'Damaged' }) };
    const { runs } = await methods.compute(own, options());
    const [ref] = refsOf(runs);
    const run = cohortRunSchema.parse(content.getJson(ref!));
    rmSync(join(directory, 'content', run.members!.digest.slice(0, 2), run.members!.digest));
    const seen: boolean[] = [];
    methods.onWindow(({ isComputed }) => seen.push(isComputed));
    expect((await methods.compute(own, options())).runs).toEqual(runs);
    expect(seen).toEqual([true]);
  });
});

describe('keys between runs', () => {
  it('stay with the customers, and tell moves of the model from moves of the customer', async () => {
    const methods = methodsIn(directory, 2);
    const first = await methods.compute(request, options());
    const later = plantWindows(content, { customers: 400, laterDays: 7 });
    const previous = content.putJson(
      Object.fromEntries(
        refsOf(first.runs).map((run, at) => [`spenders/${['7d', '28d', '90d'][at]}`, { run, customers: request.features.customers }]),
      ),
    );
    const second = await methods.compute({ ...request, asOf: later.asOf, features: later.reply, previous }, options());
    const [before, after] = [first, second].map(({ runs }) => cohortRunSchema.parse(content.getJson(refsOf(runs)[2]!)));
    expect(before!.cohorts.map(({ key }) => key)).toEqual(['c1', 'c2', 'c3']);
    expect(new Set(after!.cohorts.map(({ key }) => key))).toEqual(new Set(['c1', 'c2', 'c3']));
    expect(after!.keysUsed).toBe(3);
    const table = content.getTable(after!.members!);
    const [now, earlier] = [int32Column(table, 'cohort'), int32Column(table, 'earlier')];
    // The model of a week ago agrees with today's on nearly everybody, because they are of one kind.
    expect(now.filter((cohort, row) => cohort === earlier[row]).length / now.length).toBeGreaterThan(0.9);
    expect(before!.members && 'earlier' in content.getTable(before!.members).columns).toBe(false);
  });
});
