/** Where the kernel keeps what it works on: one block of memory, laid out for the rows and bins of one fit. */
import { searchBlock } from './split-search.ts';

/** Where things lie, in bytes. A cell of a histogram has 16: the sum of gradients, then count and sum of curvatures in one word. */
export interface KernelLayout {
  readonly rows: number;
  readonly width: number;
  /** First cell of each column in a histogram, then the number of cells. */
  readonly cellOf: Int32Array;
  /** One byte per row and column, row-major. */
  readonly codesAt: number;
  /** The same, column by column, which is how children are divided. */
  readonly columnsAt: number;
  /** Gradient and curvature per row, 32 bits each. */
  readonly stepsAt: number;
  /** Row numbers, those of a node side by side. */
  readonly orderAt: number;
  readonly scratchAt: number;
  /** State of a search for a split. */
  readonly searchAt: number;
  readonly histogramsAt: number;
  readonly histogramBytes: number;
  readonly bytes: number;
  /** Bits of a sum of curvatures above its lowest 32; the count is in the bits above them. */
  readonly countShift: number;
}

/** Unit of WebAssembly memory. */
export const pageBytes = 65_536;
/** What WebAssembly can address. */
export const mostBytes = 65_535 * pageBytes;

/**
 * @param cells cells of each column
 * @param histograms how many are kept at once
 */
export function layOut(rows: number, cells: readonly number[], histograms: number): KernelLayout {
  const width = cells.length;
  const cellOf = new Int32Array(width + 1);
  for (const [at, count] of cells.entries()) cellOf[at + 1] = (cellOf[at] ?? 0) + count;
  let bytes = 0;
  const take = (size: number): number => {
    const at = bytes;
    bytes += Math.ceil(size / 16) * 16;
    return at;
  };
  const histogramBytes = 16 * (cellOf[width] ?? 0);
  return {
    rows,
    width,
    cellOf,
    // Codes are read eight at a time, also beyond the last.
    codesAt: take(rows * width + 16),
    columnsAt: take(rows * width),
    stepsAt: take(8 * rows),
    orderAt: take(4 * rows),
    scratchAt: take(4 * rows),
    searchAt: take(searchBlock.bytes),
    histogramsAt: take(histograms * histogramBytes),
    histogramBytes,
    bytes,
    countShift: 32 - bitsOf(rows),
  };
}

/** Bits of a whole number ≥ 1. */
export function bitsOf(value: number): number {
  return 32 - Math.clz32(value);
}
