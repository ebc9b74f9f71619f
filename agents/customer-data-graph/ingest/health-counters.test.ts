import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { canonicalJson } from '../../../skills/sdk/index.ts';
import { binEdgeSeconds, type HealthCounts, lagBin, lagQuantileSeconds, mergeCounts, noCounts } from './health-counters.ts';
import { HealthTally, type TalliedSignal } from './health-tally.ts';
import { readValueKinds, type ValueKind } from './value-kinds.ts';

const counts: fc.Arbitrary<HealthCounts> = fc.record({
  signals: fc.nat(1000),
  repeats: fc.nat(1000),
  refused: fc.nat(1000),
  newestMs: fc.option(fc.integer({ min: 0, max: 2e12 })),
  lags: fc.array(fc.nat(100), { maxLength: 36 }),
  codes: fc.dictionary(fc.constantFrom('SIGNAL_INVALID', 'CSV_ROW_INVALID', 'SIGNAL_ID_CONFLICT'), fc.integer({ min: 1, max: 99 })),
});

/** Without empty bins at the end, which mean nothing. */
function trimmed(value: HealthCounts): HealthCounts {
  const lags = [...value.lags];
  while (lags.at(-1) === 0) lags.pop();
  return { ...value, lags };
}

describe('counters', () => {
  it('merge to the same in any order and any grouping, and nothing added changes nothing', () => {
    fc.assert(
      fc.property(counts, counts, counts, (a, b, c) => {
        expect(mergeCounts(a, b)).toEqual(mergeCounts(b, a));
        expect(mergeCounts(mergeCounts(a, b), c)).toEqual(mergeCounts(a, mergeCounts(b, c)));
        expect(trimmed(mergeCounts(a, noCounts))).toEqual(trimmed(mergeCounts(a, { ...noCounts })));
        expect(mergeCounts(noCounts, a)).toEqual(a);
      }),
    );
  });

  it('put a lag below the edge of its bin and not below the edge before', () => {
    expect([-60_001, -60_000, 0, 999, 1000, 1999, 2000, 4000, 3_600_000].map(lagBin)).toEqual([0, 1, 1, 1, 2, 2, 3, 4, 13]);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e15 }), (lagMs) => {
        const bin = lagBin(lagMs);
        if (bin < 36) expect(lagMs / 1000).toBeLessThan(binEdgeSeconds(bin));
        if (bin > 1) expect(lagMs / 1000).toBeGreaterThanOrEqual(binEdgeSeconds(bin - 1));
      }),
    );
  });

  it('bound a quantile from above within a factor of two', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1000, max: 1e9 }), { minLength: 1, maxLength: 60 }),
        fc.constantFrom(0.5, 0.95),
        (lagsMs, share) => {
          const lags: number[] = [];
          for (const lag of lagsMs) lags[lagBin(lag)] = (lags[lagBin(lag)] ?? 0) + 1;
          const exact = (lagsMs.toSorted((a, b) => a - b)[Math.max(1, Math.ceil(lagsMs.length * share)) - 1] ?? 0) / 1000;
          const edge =
            lagQuantileSeconds(
              Array.from(lags, (count) => count ?? 0),
              share,
            ) ?? 0;
          expect(edge).toBeGreaterThan(exact);
          expect(edge).toBeLessThanOrEqual(2 * exact);
        },
      ),
    );
    expect(lagQuantileSeconds([], 0.5)).toBeNull();
  });
});

function visit(changes: Partial<TalliedSignal>): TalliedSignal {
  return { type: 'visit', tsMs: 0, properties: '{}', orderId: '', sku: '', amountMinor: 0, ...changes };
}

describe('a tally', () => {
  it('counts an event from the future as of its arrival, so that it does not hide a feed that stops', () => {
    const tally = new HealthTally();
    tally.signal('web', visit({ tsMs: 2_000_000_000_000 }), -86_400_000);
    const [group] = tally.groups();
    expect(group).toMatchObject({ signals: 1, newestMs: 2_000_000_000_000 - 86_400_000, lags: [1] });
  });

  it('sees every property with its kind, whatever neighbours say', () => {
    const tally = new HealthTally();
    for (const text of ['{"a":1}', '{"a":1}', '{"a":"x","b":[1]}', '{"a":1}', '{}'])
      tally.signal('web', visit({ properties: text, sku: 'shoe', amountMinor: text === '{}' ? 0 : 5 }), 0);
    expect([...tally.properties()]).toEqual([
      { type: 'visit', name: 'a', kind: 'number', signals: 3 },
      { type: 'visit', name: 'a', kind: 'text', signals: 1 },
      { type: 'visit', name: 'b', kind: 'list', signals: 1 },
      { type: 'visit', name: 'sku', kind: 'text', signals: 5 },
      { type: 'visit', name: 'amountMinor', kind: 'number', signals: 4 },
    ]);
  });
});

describe('kinds of values', () => {
  it('are those that parsing finds, for any canonical JSON', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ maxDepth: 3 })), (value) => {
        const found: [string, ValueKind][] = [];
        readValueKinds(canonicalJson(value), (name, kind) => found.push([name, kind]));
        const wanted = Object.entries(value).map(([name, item]) => [name, kindOf(item)]);
        expect(found.toSorted(byName)).toEqual(wanted.toSorted(byName));
      }),
    );
  });
});

function byName(left: readonly unknown[], right: readonly unknown[]): number {
  return String(left[0]) < String(right[0]) ? -1 : 1;
}

function kindOf(value: unknown): ValueKind {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'string') return 'text';
  return typeof value === 'object' ? 'object' : typeof value === 'number' ? 'number' : 'boolean';
}
