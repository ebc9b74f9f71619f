import { describe, expect, it } from 'vitest';

import { makeRng } from '../../../../sdk/numeric/index.ts';
import type { EventSequences } from '../event-columns.ts';
import { adjustedRandIndex } from '../quality/index.ts';
import { directlyFollows, journey } from './index.ts';
import { typicalPaths } from './typical-paths.ts';

const names = ['visit', 'search', 'cart', 'buy'];

/** Histories such as `visit search cart`, one per customer. */
function sequencesOf(...histories: readonly string[]): EventSequences {
  return columnsOf(
    names,
    histories.map((text) =>
      text
        .split(' ')
        .filter(Boolean)
        .map((name) => names.indexOf(name)),
    ),
  );
}

function columnsOf(names: readonly string[], rows: readonly (readonly number[])[]): EventSequences {
  const offsets = new Int32Array(rows.length + 1);
  for (const [row, events] of rows.entries()) offsets[row + 1] = offsets[row]! + events.length;
  return { names, offsets, events: Int32Array.from(rows.flat()) };
}

/** Customers of planted chains over that many kinds of event, each chain with its own favourite successors. */
function planted(
  customers: number,
  chains: number,
  kinds: number,
  meanLength: number,
  seed: string,
): EventSequences & { readonly truth: Int32Array } {
  const rng = makeRng(seed);
  const next = Array.from({ length: chains }, () => Array.from({ length: kinds }, () => [rng.integer(kinds), rng.integer(kinds)]));
  const truth = Int32Array.from({ length: customers }, () => rng.integer(chains));
  const rows = Array.from(truth, (chain) => {
    const events = [rng.integer(kinds)];
    for (let left = 4 + rng.poisson(meanLength - 5); left > 0; left--) {
      const favourites = next[chain]![events.at(-1)!]!;
      events.push(rng.uniform() < 0.7 ? favourites[rng.integer(2)]! : rng.integer(kinds));
    }
    return events;
  });
  return {
    ...columnsOf(
      Array.from({ length: kinds }, (_, kind) => `e${String(kind).padStart(2, '0')}`),
      rows,
    ),
    truth,
  };
}

function reorder({ names, offsets, events }: EventSequences, order: readonly number[]): EventSequences {
  return columnsOf(
    names,
    order.map((row) => [...events.subarray(offsets[row], offsets[row + 1])]),
  );
}

/** Two ways through a shop, and a customer without events. */
const shop = sequencesOf(
  ...Array.from({ length: 30 }, () => 'visit cart buy visit cart buy'),
  ...Array.from({ length: 5 }, () => 'visit visit cart buy'),
  ...Array.from({ length: 20 }, () => 'visit search visit search'),
  ...Array.from({ length: 4 }, () => 'search visit search search'),
  '',
);

describe('journey', () => {
  it('tells buyers from searchers, and says how', () => {
    const model = journey.fit({ cohorts: 2 }, shop, 'seed');
    const { label, confidence, kind } = journey.assign(model, shop);
    expect([...label]).toEqual([...new Array<number>(35).fill(0), ...new Array<number>(24).fill(1), -1]);
    expect(Math.min(...confidence.subarray(0, 59))).toBeGreaterThan(0.99);
    expect(confidence[59]).toBe(0);
    expect(kind).toBe('posterior');
    const [buyers, searchers] = model.cohorts;
    expect(buyers?.paths[0]?.path).toEqual(['visit', 'cart', 'buy']);
    expect(buyers?.dropOff).toEqual([{ event: 'buy', share: 1, probability: buyers?.dropOff[0]?.probability }]);
    expect(searchers?.dropOff[0]?.event).toBe('search');
    expect(buyers?.steps.map(({ from, to }) => `${from} ${to}`)).toContain('visit cart');
    expect([buyers?.size, searchers?.size]).toEqual([35, 24]);
  });

  it('counts what directly follows what', () => {
    const { starts, ends, follows } = directlyFollows(sequencesOf('visit cart buy', 'visit visit', ''));
    expect(starts).toEqual([2, 0, 0, 0]);
    expect(ends).toEqual([1, 0, 0, 1]);
    expect(follows).toEqual([1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
  });

  it('recovers planted chains: ARI of at least 0.99', () => {
    const data = planted(3000, 4, 15, 20, 'planted');
    const { label } = journey.assign(journey.fit({ cohorts: 4 }, data, 'seed'), data);
    expect(adjustedRandIndex(label, data.truth)).toBeGreaterThanOrEqual(0.99);
  });

  it('chooses the planted number of chains by BIC', () => {
    const data = planted(1500, 3, 8, 15, 'three');
    const model = journey.fit({ restarts: 5 }, data, 'seed');
    expect(model.tried.map(({ cohorts }) => cohorts)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(model.cohorts).toHaveLength(3);
  });

  it('has the likelihood that its chains give', () => {
    const model = journey.fit({ cohorts: 2 }, shop, 'seed');
    let total = 0;
    for (let row = 0; row < 59; row++) {
      const events = [...shop.events.subarray(shop.offsets[row], shop.offsets[row + 1])];
      const chances = model.chains.map((chain, cohort) => {
        let p = model.weight[cohort]! * chain[events[0]!]!;
        for (const [at, from] of events.entries()) p *= chain[4 + from * 5 + (events[at + 1] ?? 4)]!;
        return p;
      });
      total += Math.log(chances[0]! + chances[1]!);
    }
    expect(model.logLikelihood).toBeCloseTo(total, 8);
  });

  it('fits one chain by counting: a quarter of the visits end', () => {
    const model = journey.fit({ cohorts: 1 }, sequencesOf('visit visit', 'visit cart', 'cart visit cart'), 'seed');
    // visit was left for visit 1, cart 2, the end 1 times; one chain is its own prior, so smoothing moves nothing.
    expect(model.chains[0]?.slice(4, 9)).toEqual([0.25, 0, 0.5, 0, 0.25]);
  });
});

describe('typicalPaths', () => {
  it('finds the same as listing every path', () => {
    const rng = makeRng('paths');
    const raw = Array.from({ length: 2 + 2 * 3 }, () => 0.05 + rng.uniform());
    const chain = raw.map((value, at) => {
      const first = at < 2 ? 0 : 2 + 3 * Math.floor((at - 2) / 3);
      return value / raw.slice(first, first + (at < 2 ? 2 : 3)).reduce((a, b) => a + b);
    });
    const all: { path: string[]; probability: number }[] = [];
    const walk = (path: number[], p: number): void => {
      const from = path.at(-1)!;
      all.push({ path: path.map((kind) => 'ab'[kind]!), probability: p * chain[2 + from * 3 + 2]! });
      if (path.length < 12) for (const to of [0, 1]) walk([...path, to], p * chain[2 + from * 3 + to]!);
    };
    walk([0], chain[0]!);
    walk([1], chain[1]!);
    expect(typicalPaths(['a', 'b'], chain, 5)).toEqual(all.sort((a, b) => b.probability - a.probability).slice(0, 5));
  });

  it('gives up on a chain that never ends', () => {
    expect(typicalPaths(['a', 'b'], [0.5, 0.5, 0.5, 0.5, 0, 0.5, 0.5, 0], 3)).toEqual([]);
  });
});

describe('journey at the edges', () => {
  it('takes no customers and customers without events', () => {
    for (const data of [sequencesOf(), sequencesOf('', '')]) {
      const model = journey.fit({}, data, 'seed');
      expect(model.cohorts).toEqual([]);
      expect([...journey.assign(model, data).label]).toEqual(data.offsets.length > 1 ? [-1, -1] : []);
    }
  });

  it('finds no more cohorts than there are different sequences', () => {
    expect(journey.fit({ cohorts: 5 }, sequencesOf('visit', 'visit', 'cart buy'), 'seed').tried.map(({ cohorts }) => cohorts)).toEqual([2]);
    const same = journey.fit({ cohorts: 3 }, sequencesOf('visit', 'visit'), 'seed');
    expect(same.cohorts.map(({ size, share }) => [size, share])).toEqual([[2, 1]]);
  });

  it('lets steps that nobody took in the fit decide nothing', () => {
    const model = journey.fit({ cohorts: 2 }, shop, 'seed');
    const { label, confidence } = journey.assign(model, sequencesOf('visit cart buy', 'visit cart buy search'));
    expect([...label]).toEqual([0, 0]);
    expect(confidence[1]).toBeGreaterThan(0.5);
  });

  it('refuses events without a name, offsets that do not fit and other names', () => {
    expect(() => journey.fit({}, { ...shop, events: shop.events.map(() => 4) }, 'seed')).toThrow(/event 0 has kind 4; there are 4 names/);
    expect(() => journey.fit({}, { ...shop, offsets: Int32Array.of(0, 3) }, 'seed')).toThrow(/offsets of events must ascend/);
    const model = journey.fit({ cohorts: 1 }, shop, 'seed');
    expect(() => journey.assign(model, { ...shop, names: names.toReversed() })).toThrow(/must be those of the fit/);
  });

  it('refuses a configuration out of range', () => {
    expect(() => journey.fit({ cohorts: 0 }, shop, 'seed')).toThrow(/cohorts must be a whole number ≥ 1, or several; found 0/);
    expect(() => journey.fit({ cohorts: [] }, shop, 'seed')).toThrow(/cohorts must be/);
    expect(() => journey.fit({ smoothing: 0 }, shop, 'seed')).toThrow(/smoothing must be a number > 0/);
    expect(() => journey.fit({ restarts: 0 }, shop, 'seed')).toThrow(/restarts must be a whole number ≥ 1/);
    expect(() => journey.fit({ tolerance: Number.NaN }, shop, 'seed')).toThrow(/tolerance must be/);
  });
});

describe('journey always', () => {
  const data = planted(600, 3, 8, 10, 'order');

  it('gives the same model and labels for every order of customers', () => {
    const order = Array.from({ length: 600 }, (_, row) => (row * 7 + 3) % 600);
    const other = reorder(data, order);
    const model = journey.fit({ cohorts: [2, 3] }, data, 'seed');
    const again = journey.fit({ cohorts: [2, 3] }, other, 'seed');
    expect(JSON.stringify(again)).toBe(JSON.stringify(model));
    const a = journey.assign(model, data);
    const b = journey.assign(again, other);
    expect(order.map((row) => a.label[row])).toEqual([...b.label]);
    expect(order.map((row) => a.confidence[row])).toEqual([...b.confidence]);
  });

  it('survives JSON', () => {
    const model = journey.fit({ cohorts: 3 }, data, 'seed');
    expect(journey.assign(JSON.parse(JSON.stringify(model)), data)).toEqual(journey.assign(model, data));
  });

  it('has probabilities that sum to one, and cohorts by descending size', () => {
    const model = journey.fit({ cohorts: 3 }, data, 'seed');
    for (const chain of model.chains) {
      expect(chain.slice(0, 8).reduce((a, b) => a + b)).toBeCloseTo(1, 12);
      for (let from = 0; from < 8; from++) {
        expect(chain.slice(8 + from * 9, 17 + from * 9).reduce((a, b) => a + b)).toBeCloseTo(1, 12);
      }
    }
    const sizes = model.cohorts.map(({ size }) => size);
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
  });
});
