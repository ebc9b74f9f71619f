/**
 * The Merkle tree over ledger records (RFC 6962): hashes, roots and inclusion proofs, over whatever holds the hashes. Holds no
 * storage of its own.
 */
import { hash } from 'node:crypto';

/** Root of a tree without leaves. */
export const emptyRoot: Buffer = sha256(Buffer.alloc(0));

/** Through text, because a digest as a buffer of its own takes three times as long. */
export function sha256(bytes: Uint8Array): Buffer {
  return Buffer.from(hash('sha256', bytes, 'binary'), 'latin1');
}

let leafInput = Buffer.alloc(4096);

/** @see RFC 6962 section 2.1: SHA-256(0x00 || leaf) */
export function hashLeaf(leaf: Uint8Array): Buffer {
  if (leafInput.length <= leaf.length) leafInput = Buffer.alloc(leaf.length * 2);
  leafInput.set(leaf, 1);
  return sha256(leafInput.subarray(0, leaf.length + 1));
}

const nodeInput = Buffer.alloc(65, 1);

function hashNode(left: Uint8Array, right: Uint8Array): Buffer {
  nodeInput.set(left, 1);
  nodeInput.set(right, 33);
  return sha256(nodeInput);
}

/**
 * Hash of the complete subtree of 2^level leaves that begins at leaf index × 2^level.
 * Asked only for subtrees that lie wholly inside the tree.
 */
export type SubtreeReader = (level: number, index: number) => Buffer;

/** Levels that are stored beside the leaves, so that any proof reads a few hundred hashes at most. */
export const storedLevelStep = 8;

/**
 * Hashes of a stored level, neighbours in one read: 32 bytes each, from `index` on.
 * @throws {CohortiumError} LEDGER_GAP when one of them is absent
 */
export type RangeReader = (level: number, index: number, count: number) => Buffer;

/** Completes a reader of stored levels (0, 8, 16, …) to one of all levels. */
export function readSubtrees(stored: RangeReader): SubtreeReader {
  return (level, index) => {
    const depth = level % storedLevelStep;
    const count = 2 ** depth;
    return rootOfHashes(stored(level - depth, index * count, count), count);
  };
}

/** Root over neighbouring hashes, 32 bytes each. @param count a power of two */
function rootOfHashes(hashes: Buffer, count: number): Buffer {
  if (count === 1) return Buffer.from(hashes.subarray(0, 32));
  const row = Buffer.from(hashes);
  for (let width = count; width > 1; width /= 2) {
    for (let at = 0; at < width; at += 2) {
      row.copy(nodeInput, 1, at * 32, at * 32 + 64);
      row.write(hash('sha256', nodeInput, 'binary'), at * 16, 'latin1');
    }
  }
  return Buffer.from(row.subarray(0, 32));
}

/** Root over leaf hashes that are all at hand. */
export function rootOfLeaves(leafHashes: readonly Buffer[]): Buffer {
  return rootOf(leafHashes.length, subtreesOf(leafHashes));
}

/** Subtrees of leaf hashes that are all at hand. */
export function subtreesOf(leafHashes: readonly Buffer[]): SubtreeReader {
  const read: SubtreeReader = (level, index) =>
    level === 0 ? (leafHashes[index] ?? emptyRoot) : hashNode(read(level - 1, index * 2), read(level - 1, index * 2 + 1));
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
 * Proof that the tree of `to` leaves grew out of the one of `from`.
 * @param from 0 ≤ from ≤ to; no hashes are needed for 0 and for `to`
 * @see RFC 6962 section 2.1.2
 */
export function consistencyPath(from: number, to: number, read: SubtreeReader): Buffer[] {
  if (from === 0 || from === to) return [];
  const path: Buffer[] = [];
  let start = 0;
  let end = to;
  // Whether the part that is left of the smaller tree is all of it, whose root the reader has anyway.
  let isWhole = true;
  while (from !== end) {
    const middle = start + largestPowerBelow(end - start);
    if (from <= middle) {
      path.unshift(rangeRoot(middle, end, read));
      end = middle;
    } else {
      path.unshift(rangeRoot(start, middle, read));
      start = middle;
      isWhole = false;
    }
  }
  return isWhole ? path : [rangeRoot(start, end, read), ...path];
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

/** Told of every completed subtree that is kept beside the leaves. */
export type Stored = (level: number, index: number, hash: Buffer) => void;

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

  push(leafHash: Buffer, onStored: Stored): void {
    this.#add({ level: 0, index: this.#size, hash: leafHash }, onStored);
    this.#size += 1;
  }

  /**
   * Pushes a whole tile of 2^storedLevelStep leaves at once, where the tree ends with one.
   * @param leafHashes 32 bytes each
   */
  pushTile(leafHashes: Buffer, onStored: Stored): void {
    const width = 2 ** storedLevelStep;
    const peak = { level: storedLevelStep, index: this.#size / width, hash: rootOfHashes(leafHashes, width) };
    onStored(peak.level, peak.index, peak.hash);
    this.#add(peak, onStored);
    this.#size += width;
  }

  #add(added: Peak, onStored: Stored): void {
    let peak = added;
    for (let left = this.#peaks.at(-1); left?.level === peak.level; left = this.#peaks.at(-1)) {
      this.#peaks.pop();
      peak = { level: peak.level + 1, index: Math.floor(peak.index / 2), hash: hashNode(left.hash, peak.hash) };
      if (peak.level % storedLevelStep === 0) onStored(peak.level, peak.index, peak.hash);
    }
    this.#peaks.push(peak);
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
