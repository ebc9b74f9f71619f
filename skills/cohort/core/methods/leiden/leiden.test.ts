import { describe, expect, it } from 'vitest';

import { makeRng } from '../../../../sdk/numeric/index.ts';
import { findCommunities, modularity, splitUnconnected } from './find-communities.ts';
import { leiden, linkBaskets, type LinkColumns } from './index.ts';
import { buildGraph, orderOfIds } from './links.ts';

/** Zachary (1977), "An information flow model for conflict and fission in small groups", members from 1. */
const karate =
  '1-2 1-3 2-3 1-4 2-4 3-4 1-5 1-6 1-7 5-7 6-7 1-8 2-8 3-8 4-8 1-9 3-9 3-10 1-11 5-11 6-11 1-12 1-13 4-13 1-14 2-14 3-14 4-14 6-17 7-17 1-18 2-18 1-20 2-20 1-22 2-22 24-26 25-26 3-28 24-28 25-28 3-29 24-30 27-30 2-31 9-31 1-32 25-32 26-32 29-32 3-33 9-33 15-33 16-33 19-33 21-33 23-33 24-33 30-33 31-33 32-33 9-34 10-34 14-34 15-34 16-34 19-34 20-34 21-34 23-34 24-34 27-34 28-34 29-34 30-34 31-34 32-34 33-34';

function linksOf(text: string, ids: readonly string[]): LinkColumns {
  const pairs = text.split(' ').map((pair) => pair.split('-').map((id) => ids.indexOf(id)));
  return {
    ids,
    from: Int32Array.from(pairs, ([a]) => a!),
    to: Int32Array.from(pairs, ([, b]) => b!),
    weight: new Float64Array(pairs.length).fill(1),
  };
}

const members = Array.from({ length: 34 }, (_, index) => String(index + 1));
const club = linksOf(karate, members);
const none = { from: new Int32Array(0), to: new Int32Array(0), weight: new Float64Array(0) };

/** Customers in planted groups; two of three links stay within. */
function planted(customers: number, groups: number, links: number, seed: string): LinkColumns {
  const rng = makeRng(seed);
  const from = new Int32Array(links);
  const to = new Int32Array(links);
  for (let link = 0; link < links;) {
    const a = rng.integer(customers);
    const b = rng.uniform() < 0.35 ? rng.integer(customers) : (a % groups) + groups * rng.integer(customers / groups);
    if (a === b) continue;
    from[link] = a;
    to[link] = b;
    link += 1;
  }
  const weight = Float64Array.from({ length: links }, () => 0.1 + rng.uniform());
  return { ids: Array.from({ length: customers }, (_, row) => `c${String(row).padStart(6, '0')}`), from, to, weight };
}

/** The same customers and links, both in another order and with ends exchanged. */
function shuffle({ ids, from, to, weight }: LinkColumns): LinkColumns & { readonly row: (old: number) => number } {
  const row = (old: number): number => (old * 7 + 3) % ids.length;
  const links = Array.from(from, (_, link) => link).sort((a, b) => ((a * 7919) % 1009) - ((b * 7919) % 1009) || b - a);
  const names = [...ids];
  for (const [old, id] of ids.entries()) names[row(old)] = id;
  return {
    ids: names,
    from: Int32Array.from(links, (link) => row(to[link]!)),
    to: Int32Array.from(links, (link) => row(from[link]!)),
    weight: Float64Array.from(links, (link) => weight[link]!),
    row,
  };
}

describe('leiden', () => {
  it('finds two households and leaves a single customer out', () => {
    const data = linksOf('a-b b-c a-c d-e', ['a', 'b', 'c', 'd', 'e', 'f']);
    const model = leiden.fit({}, data, 'seed');
    const { label, confidence, kind } = leiden.assign(model, data);
    expect([...label]).toEqual([0, 0, 0, 1, 1, -1]);
    expect([...confidence]).toEqual([1, 1, 1, 1, 1, 0]);
    expect(kind).toBe('margin');
    expect(model.cohorts.map(({ size, inside, conductance }) => [size, inside, conductance])).toEqual([
      [3, 1, 0],
      [2, 1, 0],
    ]);
  });

  it('reaches the modularity of leidenalg on the karate club', () => {
    // leidenalg 0.12.0, find_partition(Graph.Famous('Zachary'), ModularityVertexPartition), seeds 1–3: 0.41978961209730437.
    expect(leiden.fit({}, club, 'seed').modularity).toBeCloseTo(0.419_789_612_097_304_37, 12);
  });

  it('gives confidence as the share of link weight inside', () => {
    const data = { ...linksOf('a-b b-c a-c c-d d-e e-f d-f', ['a', 'b', 'c', 'd', 'e', 'f']) };
    const model = leiden.fit({}, data, 'seed');
    const { label, confidence } = leiden.assign(model, data);
    expect([...label]).toEqual([0, 0, 0, 1, 1, 1]);
    expect([...confidence]).toEqual([1, 1, 2 / 3, 2 / 3, 1, 1]);
  });

  it('puts a new customer where most of its link weight leads', () => {
    const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
    const model = leiden.fit({}, linksOf('a-b b-c a-c c-d d-e e-f d-f', ids), 'seed');
    const grown = linksOf('a-b b-c a-c c-d d-e e-f d-f g-a g-d g-e h-i', [...ids, 'g', 'h', 'i']);
    const { label, confidence } = leiden.assign(model, grown);
    expect(label.slice(6)).toEqual(Int32Array.of(1, -1, -1));
    expect(confidence[6]).toBe(2 / 3);
  });

  it('finds more communities at a higher resolution', () => {
    const counts = [0.3, 1, 4].map((resolution) => leiden.fit({ resolution, minMembers: 1 }, club, 'seed').cohorts.length);
    expect(counts[0]).toBeLessThan(counts[1]!);
    expect(counts[1]).toBeLessThan(counts[2]!);
  });
});

describe('leiden at the edges', () => {
  it('takes no customers, one customer and customers without links', () => {
    for (const ids of [[], ['a'], ['a', 'b', 'c']]) {
      const model = leiden.fit({}, { ids, ...none }, 'seed');
      expect(model.cohorts).toEqual([]);
      expect([...leiden.assign(model, { ids, ...none }).label]).toEqual(ids.map(() => -1));
    }
  });

  it('adds up links between the same two customers', () => {
    const model = leiden.fit({}, linksOf('a-b b-a a-b', ['a', 'b']), 'seed');
    expect([model.links, model.weight]).toEqual([1, 3]);
  });

  it('refuses links to nowhere, to oneself and without weight', () => {
    const link = (a: number, b: number, weight: number): LinkColumns => ({
      ids: ['a', 'b'],
      from: Int32Array.of(a),
      to: Int32Array.of(b),
      weight: Float64Array.of(weight),
    });
    for (const wrong of [link(0, 2, 1), link(-1, 0, 1), link(1, 1, 1), link(0, 1, 0), link(0, 1, Number.NaN), link(0, 1, 1 / 0)]) {
      expect(() => leiden.fit({}, wrong, 'seed')).toThrow(/link 0 must join two different rows/);
    }
    expect(() => leiden.fit({}, { ...link(0, 1, 1), weight: new Float64Array(2) }, 'seed')).toThrow(
      /one length; found from 1, to 1, weight 2/,
    );
    expect(() => leiden.fit({}, { ...link(0, 1, 1), ids: ['a', 'a'] }, 'seed')).toThrow(/'a' is there twice/);
  });

  it('refuses a resolution and counts out of range', () => {
    expect(() => leiden.fit({ resolution: 0 }, club, 'seed')).toThrow(/resolution must be a number > 0; found 0/);
    expect(() => leiden.fit({ runs: 1.5 }, club, 'seed')).toThrow(/runs must be a whole number ≥ 1; found 1.5/);
  });
});

describe('leiden always', () => {
  const data = planted(2000, 20, 12_000, 'planted');

  it('finds planted groups where links decide, and more modularity than they have where links do not', () => {
    const dense = planted(2000, 20, 40_000, 'dense');
    const { label } = leiden.assign(leiden.fit({}, dense, 'seed'), dense);
    expect(label.every((own, row) => own === label[row % 20])).toBe(true);
    const graph = buildGraph(data, orderOfIds(data.ids));
    const groups = Int32Array.from({ length: 2000 }, (_, row) => row % 20);
    expect(leiden.fit({}, data, 'seed').modularity).toBeGreaterThan(modularity(graph, groups, 1));
  });

  it('has the modularity of leidenalg on weighted links', () => {
    // leidenalg 0.12.0, find_partition(graph, ModularityVertexPartition, weights='weight'), best of seeds 1–3: 0.608249784838631.
    expect(leiden.fit({}, data, 'seed').modularity).toBeGreaterThan(0.608_249_784_838_631 - 0.005);
  });

  it('gives the same labels for every order of customers and links', () => {
    const other = shuffle(data);
    const model = leiden.fit({}, data, 'seed');
    const again = leiden.fit({}, other, 'seed');
    expect(again).toEqual(model);
    const a = leiden.assign(model, data);
    const b = leiden.assign(again, other);
    for (let row = 0; row < 2000; row++) {
      expect(b.label[other.row(row)]).toBe(a.label[row]);
      expect(b.confidence[other.row(row)]).toBe(a.confidence[row]);
    }
  });

  it('gives the same bytes for the same seed, and survives JSON', () => {
    const text = JSON.stringify(leiden.fit({}, data, 'seed'));
    expect(JSON.stringify(leiden.fit({}, data, 'seed'))).toBe(text);
    expect(leiden.assign(JSON.parse(text), data)).toEqual(leiden.assign(leiden.fit({}, data, 'seed'), data));
  });

  it('returns connected communities only', () => {
    for (const [links, resolution] of [
      [2500, 1],
      [4000, 0.4],
      [8000, 2],
    ] as const) {
      const sparse = planted(2000, 20, links, `sparse ${links}`);
      const graph = buildGraph(sparse, orderOfIds(sparse.ids));
      const label = findCommunities(graph, resolution, 2, makeRng('seed'));
      const pieces = label.slice();
      splitUnconnected(graph, pieces);
      expect(pieces).toEqual(label);
    }
  });

  it('says the modularity that its definition gives', () => {
    const graph = buildGraph(club, orderOfIds(club.ids));
    const label = findCommunities(graph, 1.3, 1, makeRng('seed'));
    let direct = 0;
    for (let a = 0; a < 34; a++) {
      for (let b = 0; b < 34; b++) {
        if (label[a] !== label[b]) continue;
        const row = graph.targets.subarray(graph.offsets[a], graph.offsets[a + 1]);
        direct += (row.includes(b) ? 1 : 0) - (1.3 * graph.strength[a]! * graph.strength[b]!) / graph.total;
      }
    }
    expect(modularity(graph, label, 1.3)).toBeCloseTo(direct / graph.total, 12);
  });
});

describe('linkBaskets', () => {
  const baskets = {
    ids: ['a', 'b', 'c', 'd'],
    offsets: Int32Array.of(0, 3, 5, 7, 8),
    items: Int32Array.of(0, 1, 1, 0, 1, 1, 2, 2),
  };

  it('weighs a shared item by one over its other buyers', () => {
    const { from, to, weight, commonItems } = linkBaskets(baskets);
    expect([...from]).toEqual([0, 0, 1, 2]);
    expect([...to]).toEqual([1, 2, 2, 3]);
    expect([...weight]).toEqual([1.5, 0.5, 0.5, 1]);
    expect(commonItems).toBe(0);
  });

  it('leaves items out that too many bought', () => {
    const { from, to, commonItems } = linkBaskets(baskets, { maxBuyers: 2 });
    expect([...from]).toEqual([0, 2]);
    expect([...to]).toEqual([1, 3]);
    expect(commonItems).toBe(1);
  });

  it('keeps the strongest links within the bound', () => {
    const { from, to } = linkBaskets(baskets, { maxLinks: 1 });
    expect([...from]).toEqual([0, 2]);
    expect([...to]).toEqual([1, 3]);
  });

  it('never exceeds the bound, whatever the order of customers', () => {
    const rng = makeRng('baskets');
    const rows = 300;
    const items = Int32Array.from({ length: rows * 6 }, () => rng.integer(120));
    const offsets = Int32Array.from({ length: rows + 1 }, (_, row) => row * 6);
    const ids = Array.from({ length: rows }, (_, row) => `c${1000 + row}`);
    const links = linkBaskets({ ids, offsets, items }, { maxLinks: 5 });
    const degree = new Int32Array(rows);
    for (const end of [...links.from, ...links.to]) degree[end] = degree[end]! + 1;
    expect(Math.max(...degree)).toBe(5);
    const flipped = Int32Array.from(items, (_, at) => items[(rows - 1 - Math.floor(at / 6)) * 6 + (at % 6)]!);
    const other = linkBaskets({ ids: ids.toReversed(), offsets, items: flipped }, { maxLinks: 5 });
    expect(Array.from(other.from, (row) => rows - 1 - row)).toEqual([...links.from]);
    expect(Array.from(other.to, (row) => rows - 1 - row)).toEqual([...links.to]);
    expect(other.weight).toEqual(links.weight);
  });

  it('takes no customers and refuses rows that do not fit', () => {
    expect(linkBaskets({ ids: [], offsets: Int32Array.of(0), items: new Int32Array(0) }).from).toHaveLength(0);
    expect(() => linkBaskets({ ...baskets, offsets: Int32Array.of(0, 3) })).toThrow(/offsets of baskets must ascend/);
    expect(() => linkBaskets({ ...baskets, items: Int32Array.of(0, 1, 1, 0, 1, 1, 2, -2) })).toThrow(
      /items are numbers ≥ 0; found -2 at 7/,
    );
    expect(() => linkBaskets(baskets, { maxBuyers: 1 })).toThrow(/maxBuyers ≥ 2/);
  });
});
