import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { merkleRoot } from '../../../../skills/sdk/table.ts';
import { GrowingTree, hashLeaf, inclusionPath, readSubtrees, rootOf, type SubtreeReader, verifyInclusion } from './merkle.ts';

/** A tree of the leaves '0', '1', …, with what a store would keep of it. */
function grow(size: number): { readonly tree: GrowingTree; readonly leaves: Buffer[]; readonly read: SubtreeReader } {
  const leaves = Array.from({ length: size }, (_, index) => Buffer.from(String(index)));
  const stored = new Map<string, Buffer>(leaves.map((leaf, index) => [`0/${index}`, hashLeaf(leaf)]));
  const read = readSubtrees((level, index, count) => {
    const hashes = Array.from({ length: count }, (_, at) => stored.get(`${level}/${index + at}`));
    const missing = hashes.indexOf(undefined);
    if (missing !== -1) throw new Error(`no subtree ${level}/${index + missing}`);
    return Buffer.concat(hashes.filter((hash) => hash !== undefined));
  });
  const tree = new GrowingTree(0, read);
  for (const leaf of leaves) tree.push(hashLeaf(leaf), (level, index, hash) => stored.set(`${level}/${index}`, hash));
  return { tree, leaves, read };
}

const hex = (hash: Buffer): string => hash.toString('hex');

describe('the Merkle tree of the ledger', () => {
  it('has the roots of the test vectors of Certificate Transparency', () => {
    // Leaves and roots as in the merkle tree tests of the CT log implementations (RFC 6962).
    const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
    const roots = new Map([
      [1, '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'],
      [2, 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'],
      [3, 'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77'],
      [8, '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328'],
    ]);
    const { tree } = grow(0);
    const grown = leaves.map((leaf) => {
      tree.push(hashLeaf(Buffer.from(leaf, 'hex')), () => {});
      return hex(tree.root());
    });
    for (const [size, root] of roots) expect(grown[size - 1]).toBe(root);
  });

  it('has the same root grown, read back, and computed from all leaves', () => {
    for (const size of [0, 1, 2, 3, 255, 256, 257, 511, 512, 700]) {
      const { tree, leaves, read } = grow(size);
      expect(hex(rootOf(size, read))).toBe(hex(tree.root()));
      expect(hex(tree.root())).toBe(merkleRoot(leaves));
      expect(hex(new GrowingTree(size, read).root())).toBe(hex(tree.root()));
    }
  });

  it('proves every leaf of every tree, at its own index only', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 600 }), fc.nat(), fc.nat(), (size, a, b) => {
        const { tree, leaves, read } = grow(size);
        const [index, other] = [a % size, b % size];
        const path = inclusionPath(index, size, read).map(hex);
        expect(verifyInclusion(hex(hashLeaf(leaves[index]!)), index, size, path, hex(tree.root()))).toBe(true);
        expect(verifyInclusion(hex(hashLeaf(leaves[index]!)), other, size, path, hex(tree.root()))).toBe(other === index);
      }),
      { numRuns: 150 },
    );
  });

  it('refuses a proof with any bit changed, cut, or lengthened', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 300 }), fc.nat(), fc.nat(), fc.nat({ max: 255 }), (size, a, b, bit) => {
        const { tree, leaves, read } = grow(size);
        const index = a % size;
        const leaf = hex(hashLeaf(leaves[index]!));
        const root = hex(tree.root());
        const path = inclusionPath(index, size, read);
        const at = b % path.length;
        const changed = path.map((hash, step) => {
          const copy = Buffer.from(hash);
          if (step === at) copy[bit >> 3]! ^= 1 << (bit & 7);
          return hex(copy);
        });
        expect(verifyInclusion(leaf, index, size, changed, root)).toBe(false);
        expect(verifyInclusion(leaf, index, size, path.slice(1).map(hex), root)).toBe(false);
        expect(verifyInclusion(leaf, index, size, [...path.map(hex), root], root)).toBe(false);
      }),
      { numRuns: 100 },
    );
  });

  it('refuses what is not a proof at all', () => {
    const root = '0'.repeat(64);
    expect(verifyInclusion(root, 1, 1, [], root)).toBe(false);
    expect(verifyInclusion(root, -1, 1, [], root)).toBe(false);
    expect(verifyInclusion('xyz', 0, 1, [], 'xyz')).toBe(false);
  });
});
