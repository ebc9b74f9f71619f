/** Signals that arrive late or out of order: the time of the event decides, not the time of arrival. */
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';

import { callOptions, openGraph, type SealedGraph } from '../../../test/fixtures/sealed-graph.ts';
import { snapshotSchema } from '../../adapters/duckdb/segment-schema.ts';
import { simulateMerchant } from '../simulate/index.ts';
import { captureSignals } from './capture-signals.ts';

const graphs: SealedGraph[] = [];
const merchant = simulateMerchant({ seed: 'late', customers: 25 });

afterEach(async () => {
  await Promise.all(graphs.splice(0).map((graph) => graph.close()));
});

function open(): SealedGraph {
  const graph = openGraph();
  graphs.push(graph);
  return graph;
}

/** Digests of the features after the signals came in this order, sealed after each part. */
async function featuresOf(parts: readonly (readonly unknown[])[]): Promise<readonly string[]> {
  const graph = open();
  for (const part of parts) {
    await captureSignals(part, 'test', graph.log);
    await graph.seal();
  }
  const { snapshot } = await graph.seal();
  const { accounts, cells, visits, profiles, weekly, marginals } = await graph.warehouse.buildFeatures(
    { snapshot, asOf: merchant.truth.asOf, outcomeDays: 0 },
    callOptions,
  );
  return [accounts, cells, visits, profiles, weekly, marginals].map(({ digest }) => digest);
}

describe('late signals', () => {
  it('give the same features in any order of arrival and any number of seals', async () => {
    const all = merchant.signals;
    const reference = await featuresOf([all]);
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([...all], { minLength: all.length, maxLength: all.length }),
        fc.array(fc.integer({ min: 1, max: all.length - 1 }), { maxLength: 3 }),
        async (shuffled, cuts) => {
          const edges = [0, ...cuts.toSorted((a, b) => a - b), all.length];
          const parts = edges.slice(1).map((end, index) => shuffled.slice(edges[index], end));
          expect(await featuresOf(parts)).toEqual(reference);
        },
      ),
      { numRuns: 6 },
    );
  });

  it('stand in their segment by event time, and their segment says which days it has', async () => {
    const graph = open();
    const visit = (id: string, at: string): object => ({ id, type: 'visit', customer: { userId: 'u' }, at, properties: {} });
    await graph.with([visit('today', '2026-01-31T10:00:00Z'), visit('yesterday', '2026-01-30T10:00:00Z')]);
    const { snapshot, firstDate, lastDate } = await graph.with([
      visit('b', '2019-05-02T00:00:00+02:00'),
      visit('a', '2019-05-01T22:00:00Z'),
    ]);
    expect([firstDate, lastDate]).toEqual(['2019-05-01', '2026-01-31']);
    const { segments } = snapshotSchema.parse(graph.content.getJson(snapshot));
    expect(segments.map(({ firstDay, lastDay }) => lastDay - firstDay)).toEqual([1, 0]);
    expect(segments.at(1)).toMatchObject({ firstDay: 18_017, lastDay: 18_017 });
  });

  it('are recognised by their id years after they were sealed, however long it is', async () => {
    const graph = open();
    const visit = (id: string, page = ''): object => ({
      id,
      type: 'visit',
      customer: { userId: 'u' },
      at: '2019-05-01',
      properties: page === '' ? {} : { page },
    });
    const ids = ['short', 'x'.repeat(25), 'x'.repeat(26), `node-next-1700000000000-${'ab'.repeat(16)}`, 'é'.repeat(100), '🏔'.repeat(50)];
    await graph.with(ids.map((id) => visit(id)));
    expect(
      await captureSignals(
        ids.map((id) => visit(id)),
        'again',
        graph.log,
      ),
    ).toMatchObject({ accepted: 0, duplicates: ids.length });
    expect(
      await captureSignals(
        ids.map((id) => visit(id, '/other')),
        'other',
        graph.log,
      ),
    ).toMatchObject({ accepted: 0, quarantined: ids.length });
    const neighbours = ['x'.repeat(27), `node-next-1700000000000-${'ab'.repeat(15)}ac`, `${'🏔'.repeat(49)}x`];
    expect(
      await captureSignals(
        neighbours.map((id) => visit(id)),
        'new',
        graph.log,
      ),
    ).toMatchObject({ accepted: neighbours.length });
  });
});
