/**
 * The Merkle tree over ledger records (RFC 6962): hashes, roots and inclusion proofs, over whatever holds the hashes. Holds no
 * storage of its own.
 */
import { createHash } from 'node:crypto';

const leafPrefix = Buffer.from([0]);
const nodePrefix = Buffer.from([1]);

/** Root of a tree without leaves. */
export const emptyRoot: Buffer = createHash('sha256').digest();

/** @see RFC 6962 section 2.1: SHA-256(0x00 || leaf) */
export function hashLeaf(leaf: Uint8Array): Buffer {
  return createHash('sha256').update(leafPrefix).update(leaf).digest();
}

function hashNode(left: Uint8Array, right: Uint8Array): Buffer {
  return createHash('sha256').update(nodePrefix).update(left).update(right).digest();
}

/**
 * Hash of the complete subtree of 2^level leaves that begins at leaf index × 2^level.
 * Asked only for subtrees that lie wholly inside the tree.
 */
export type SubtreeReader = (level: number, index: number) => Buffer;

/** Levels that are stored beside the leaves, so that any proof reads a few hundred hashes at most. */
export const storedLevelStep = 8;

/** Completes a reader of stored levels (0, 8, 16, …) to one of all levels. */
export function readSubtrees(stored: SubtreeReader): SubtreeReader {
  const read: SubtreeReader = (level, index) =>
    level % storedLevelStep === 0 ? stored(level, index) : hashNode(read(level - 1, index * 2), read(level - 1, index * 2 + 1));
  return read;
}

/** Root over the first `size` leaves. */
export function rootOf(size: number, read: SubtreeReader): Buffer {
  return size === 0 ? emptyRoot : rangeRoot(0, size, read);
}

/**
 * Audit path of a leaf, from the leaf up.
 * @param index 0 ≤ index < size
 * @see RFC 6962 section 2.1.1
 */
export function inclusionPath(index: number, size: number, read: SubtreeReader): Buffer[] {
  const path: Buffer[] = [];
  let start = 0;
  let end = size;
  while (end - start > 1) {
    const middle = start + largestPowerBelow(end - start);
    if (index < middle) {
      path.unshift(rangeRoot(middle, end, read));
      end = middle;
    } else {
      path.unshift(rangeRoot(start, middle, read));
      start = middle;
    }
  }
  return path;
}

/**
 * Whether a path proves that a leaf stands at an index of the tree with that root. Needs nothing but its arguments.
 * @param leafHash, path, root 32 bytes each, hex
 * @see RFC 9162 section 2.1.3.2
 */
export function verifyInclusion(leafHash: string, index: number, size: number, path: readonly string[], root: string): boolean {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return false;
  if (![leafHash, root, ...path].every((hash) => /^[0-9a-f]{64}$/.test(hash))) return false;
  let hash: Buffer = Buffer.from(leafHash, 'hex');
  let node = index;
  let last = size - 1;
  for (const step of path) {
    if (last === 0) return false;
    const sibling = Buffer.from(step, 'hex');
    if (node % 2 === 1 || node === last) {
      hash = hashNode(sibling, hash);
      while (node % 2 === 0 && node !== 0) {
        node = Math.floor(node / 2);
        last = Math.floor(last / 2);
      }
    } else hash = hashNode(hash, sibling);
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && hash.toString('hex') === root;
}

interface Peak {
  readonly level: number;
  readonly index: number;
  readonly hash: Buffer;
}

/** Grows a tree leaf by leaf; keeps one hash per complete subtree on its right edge. */
export class GrowingTree {
  readonly #peaks: Peak[] = [];
  #size = 0;

  /** Goes on from a tree of `size` leaves. */
  constructor(size: number, read: SubtreeReader) {
    let start = 0;
    while (start < size) {
      const width = largestPowerBelow(size - start + 1);
      const level = Math.round(Math.log2(width));
      this.#peaks.push({ level, index: start / width, hash: read(level, start / width) });
      start += width;
    }
    this.#size = size;
  }

  get size(): number {
    return this.#size;
  }

  /** @param onStored told of every completed subtree that is kept beside the leaves */
  push(leafHash: Buffer, onStored: (level: number, index: number, hash: Buffer) => void): void {
    let peak: Peak = { level: 0, index: this.#size, hash: leafHash };
    for (let left = this.#peaks.at(-1); left?.level === peak.level; left = this.#peaks.at(-1)) {
      this.#peaks.pop();
      peak = { level: peak.level + 1, index: Math.floor(peak.index / 2), hash: hashNode(left.hash, peak.hash) };
      if (peak.level % storedLevelStep === 0) onStored(peak.level, peak.index, peak.hash);
    }
    this.#peaks.push(peak);
    this.#size += 1;
  }

  root(): Buffer {
    return this.#peaks.reduceRight<Buffer | undefined>((right, { hash }) => (right ? hashNode(hash, right) : hash), undefined) ?? emptyRoot;
  }
}

/** Root of leaves [start, end), where start is a multiple of the smallest power of two ≥ end - start. */
function rangeRoot(start: number, end: number, read: SubtreeReader): Buffer {
  const size = end - start;
  const width = largestPowerBelow(size + 1);
  if (width === size) return read(Math.round(Math.log2(size)), start / size);
  return hashNode(rangeRoot(start, start + width, read), rangeRoot(start + width, end, read));
}

/** Largest power of two strictly below n, for n > 1. */
function largestPowerBelow(n: number): number {
  let power = 1;
  while (power * 2 < n) power *= 2;
  return power;
}
