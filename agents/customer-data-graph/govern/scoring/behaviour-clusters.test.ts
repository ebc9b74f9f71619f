import '../../../../test/property-seed.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { makeRng } from '../../../../skills/sdk/numeric/index.ts';
import { historyFeatures } from '../training/history-features.ts';
import type { TrainingRows } from '../training/training-interface.ts';
import { type BehaviourRows, clusterBehaviour } from './behaviour-clusters.ts';

type Rows = BehaviourRows & Pick<TrainingRows, 'histories'>;

/** Frequent ones and rare ones, in turn. */
function rowsOf(seed: string, customers: number): Rows {
  const rng = makeRng(seed);
  const customerId = Array.from({ length: customers }, (_, row) => `c${String(row).padStart(4, '0')}`);
  const columns = Object.fromEntries(
    historyFeatures.map(([name, unit]) => [
      name,
      Float64Array.from(customerId, (_, row) => (row % 2 === 0 ? 3 : 40) * (unit === 'days' ? 1 : 0.5) * (1 + 0.1 * rng.uniform())),
    ]),
  );
  return {
    request: {
      snapshot: { digest: 'a' as never, media: 'json' as never, bytes: 0 } as never,
      cutoff: '2026-01-05',
      historyMonths: 9,
      predMonths: 6,
      isLabelled: false,
    },
    customerId,
    columns,
    channels: [{ channel: 'web', share: Float64Array.from(customerId, (_, row) => row % 2) }],
    histories: {
      x: new Float64Array(customers),
      tx: new Float64Array(customers),
      T: new Float64Array(customers),
      meanSpend: new Float64Array(customers),
    },
  };
}

describe('behaviour clusters', () => {
  it('find who behaves alike, with a number that the range allows', () => {
    const { cluster, record } = clusterBehaviour(rowsOf('alike', 80), { from: 2, to: 8 }, undefined);
    expect(record).toMatchObject({ clusters: 2, largestUsed: 1, previousCutoff: null, stayed: null });
    expect(record.silhouette).toBeGreaterThan(0.8);
    expect(new Set(Array.from(cluster.keys()).map((row) => `${row % 2} ${cluster[row]}`)).size).toBe(2);
  });

  it('never see money or what a model of spend expects', () => {
    const rows = rowsOf('money', 60);
    const seen = clusterBehaviour(rows, 3, undefined);
    const money = historyFeatures.filter(([name, unit]) => unit === 'minor units' || /^(?:spend|returnedShare|expected)/.test(name));
    expect(money.map(([name]) => name)).toEqual(
      expect.arrayContaining(['spendSum', 'spendMean', 'spendLast', 'spendLargest', 'spendTrend', 'returnedShare']),
    );
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const rng = makeRng(`money ${seed}`);
        const noise = (): Float64Array => Float64Array.from(rows.customerId, () => 1e6 * rng.uniform());
        const other: Rows = {
          ...rows,
          columns: { ...rows.columns, ...Object.fromEntries(money.map(([name]) => [name, noise()])), expectedValue: noise() },
          histories: { ...rows.histories, meanSpend: noise() },
        };
        expect(clusterBehaviour(other, 3, undefined)).toEqual(seen);
      }),
      { numRuns: 5 },
    );
    expect(seen.record.features.filter((name) => /spend|value|expected|probability|returnedShare/i.test(name))).toEqual([]);
  });

  it('keep their numbers when the sizes change their order, and never give one again that ended', () => {
    const rows = rowsOf('numbers', 60);
    const first = clusterBehaviour(rows, 2, undefined);
    const clusterOf = new Map(rows.customerId.map((id, row) => [id, first.cluster[row] === 0 ? 7 : 3]));
    const next = clusterBehaviour(rows, 2, { cutoff: '2025-12-22', clusterOf, largestUsed: 7 });
    expect(next.record).toMatchObject({ previousCutoff: '2025-12-22', stayed: 1, largestUsed: 7 });
    expect(new Set(next.cluster)).toEqual(new Set([7, 3]));
    const strangers = new Map([...clusterOf].map(([id, own]) => [`x${id}`, own]));
    const fresh = clusterBehaviour(rows, 2, { cutoff: '2025-12-22', clusterOf: strangers, largestUsed: 7 });
    expect(new Set(fresh.cluster)).toEqual(new Set([8, 9]));
    expect(fresh.record).toMatchObject({ stayed: null, largestUsed: 9 });
  });

  it('take one customer, and customers who are all alike', () => {
    expect([...clusterBehaviour(rowsOf('one', 1), { from: 2, to: 8 }, undefined).cluster]).toEqual([0]);
    const rows = rowsOf('same', 5);
    const same: Rows = {
      ...rows,
      columns: Object.fromEntries(Object.entries(rows.columns).map(([name, column]) => [name, column.fill(Number.NaN)])),
      channels: [],
    };
    expect(clusterBehaviour(same, 4, undefined).record).toMatchObject({ clusters: 1, silhouette: null });
  });
});
