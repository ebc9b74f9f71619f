/** The state of a search for a split, in the memory that the kernel shares: sums of the node, the best so far, the left side. */

/** Where the state lies in its block, in bytes; the left side is a cell like those of histograms. */
export const searchBlock = {
  gradient: 0,
  curvature: 8,
  ridge: 16,
  score: 24,
  left: 32,
  least: 48,
  most: 56,
  found: 64,
  bytes: 80,
} as const;

export interface SearchedNode {
  readonly rows: number;
  readonly gradient: number;
  readonly curvature: number;
  readonly ridge: number;
  readonly minLeaf: number;
  /** Score that has to be exceeded. */
  readonly score: number;
}

export interface LeftSide {
  readonly rows: number;
  readonly gradient: number;
  readonly curvature: number;
}

export interface SplitSearch {
  readonly begin: (node: SearchedNode) => void;
  readonly isFilled: (cell: number) => boolean;
  /** Empties the left side, or puts the rows of a cell there. */
  readonly seed: (cell: number) => void;
  /** Adds a cell to the left side. */
  readonly take: (cell: number) => LeftSide;
  /** Keeps the left side if the score is the best so far. */
  readonly keep: (score: number) => boolean;
  /** The best left side and its score. */
  readonly found: () => LeftSide & { readonly score: number };
}

/** @param searchAt address of the block, a multiple of 16 */
export function makeSplitSearch(buffer: ArrayBuffer, searchAt: number, countShift: number): SplitSearch {
  const doubles = new Float64Array(buffer, searchAt, searchBlock.bytes / 8);
  const words = new Int32Array(buffer);
  const mask = ((1 << countShift) - 1) | 0;
  const [left, found] = [(searchAt + searchBlock.left) / 4, (searchAt + searchBlock.found) / 4];
  const sideAt = (at: number): LeftSide => {
    const high = words[at + 3] ?? 0;
    return {
      rows: high >>> countShift,
      gradient: (words[at + 1] ?? 0) * 4294967296 + ((words[at] ?? 0) >>> 0),
      curvature: (high & mask) * 4294967296 + ((words[at + 2] ?? 0) >>> 0),
    };
  };
  return {
    begin: ({ rows, gradient, curvature, ridge, minLeaf, score }) => {
      doubles[searchBlock.gradient / 8] = gradient;
      doubles[searchBlock.curvature / 8] = curvature;
      doubles[searchBlock.ridge / 8] = ridge;
      doubles[searchBlock.score / 8] = score;
      const bounds = (searchAt + searchBlock.least) / 4;
      words[bounds] = minLeaf;
      words[bounds + 1] = 0;
      words[bounds + 2] = rows - minLeaf;
      words[bounds + 3] = 0;
    },
    isFilled: (cell) => words[cell / 4 + 3] !== 0,
    seed: (cell) => {
      if (cell < 0) words.fill(0, left, left + 4);
      else words.copyWithin(left, cell / 4, cell / 4 + 4);
    },
    take: (cell) => {
      addWords(words, left, words[cell / 4] ?? 0, words[cell / 4 + 1] ?? 0);
      addWords(words, left + 2, words[cell / 4 + 2] ?? 0, words[cell / 4 + 3] ?? 0);
      return sideAt(left);
    },
    keep: (score) => {
      if (!(score > (doubles[searchBlock.score / 8] ?? 0))) return false;
      doubles[searchBlock.score / 8] = score;
      words.copyWithin(found, left, left + 4);
      return true;
    },
    found: () => ({ ...sideAt(found), score: doubles[searchBlock.score / 8] ?? 0 }),
  };
}

/** Adds a number of 64 bits, given in two halves, to the one at a place. */
export function addWords(words: Int32Array, at: number, low: number, high: number): void {
  const total = ((words[at] ?? 0) >>> 0) + (low >>> 0);
  words[at] = total | 0;
  words[at + 1] = ((words[at + 1] ?? 0) + high + (total > 0xffffffff ? 1 : 0)) | 0;
}
