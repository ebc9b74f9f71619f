/**
 * The two loops that a fit spends its time in, over one block of memory: adding rows to histograms and dividing rows between two
 * children. By WebAssembly where the engine has SIMD, in plain JavaScript elsewhere. Everything added is a whole number of 64
 * bits, so both leave the same bits in whatever order the rows come.
 */
import { emitKernel } from './emit-kernel.ts';
import { addWords, makeSplitSearch, searchBlock, type SplitSearch } from './split-search.ts';

// What of WebAssembly is used here; neither the language's library nor Node's types declare it.
declare const WebAssembly:
  | {
      readonly validate: (bytes: Uint8Array) => boolean;
      readonly Memory: new (size: { readonly initial: number; readonly maximum: number }) => { readonly buffer: ArrayBuffer };
      readonly Module: new (bytes: Uint8Array) => object;
      readonly Instance: new (module: object, imports: object) => { readonly exports: KernelLoops };
    }
  | undefined;

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

export interface KernelLoops {
  /** Adds the rows of order[from … to) to the histogram at an address; from and to in bytes. */
  readonly build: (from: number, to: number, histogram: number) => void;
  /** Takes the histogram at the second address off the one at the first. */
  readonly subtract: (histogram: number, other: number) => void;
  /**
   * Divides order[from … to), in bytes: rows with a code from `low` on, fewer than `span` further, come last; either side keeps its
   * order.
   * @returns where the second side begins, in bytes
   */
  readonly divide: (from: number, to: number, column: number, low: number, span: number) => number;
  /**
   * Adds the cells at [first … end) to the left side one by one, and keeps the best of the splits after each. The cell at `end` may
   * be looked at too, with which no row would be left for the right.
   * @returns address of the last cell of the left side, 0 where none is better than the best so far
   */
  readonly scan: (first: number, end: number) => number;
}

export interface Kernel extends KernelLoops {
  readonly layout: KernelLayout;
  readonly buffer: ArrayBuffer;
  readonly search: SplitSearch;
}

const pageBytes = 65_536;
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

export function fastestKernel(layout: KernelLayout): Kernel {
  const pages = Math.ceil(layout.bytes / pageBytes);
  if (typeof WebAssembly === 'undefined') return plainKernel(layout);
  const bytes = emitKernel(layout, pages);
  if (!WebAssembly.validate(bytes)) return plainKernel(layout);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const { build, subtract, divide, scan } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports;
  const search = makeSplitSearch(memory.buffer, layout.searchAt, layout.countShift);
  return { layout, buffer: memory.buffer, search, build, subtract, divide, scan };
}

export function plainKernel(layout: KernelLayout): Kernel {
  const { rows, width, cellOf, codesAt, columnsAt, stepsAt, orderAt, scratchAt, histogramBytes, countShift } = layout;
  const buffer = new ArrayBuffer(layout.bytes);
  const codes = new Uint8Array(buffer, codesAt);
  const columns = new Uint8Array(buffer, columnsAt);
  const words = new Int32Array(buffer);
  const [order, scratch, steps] = [orderAt / 4, scratchAt / 4, stepsAt / 4];
  const one = 1 << countShift;
  const search = makeSplitSearch(buffer, layout.searchAt, countShift);
  const sums = new Float64Array(buffer, layout.searchAt);
  const bounds = new Int32Array(buffer, layout.searchAt);
  return {
    layout,
    buffer,
    search,
    build: (from, to, histogram) => {
      for (let at = order + from / 4; at < order + to / 4; at++) {
        const row = words[at] ?? 0;
        const gradient = words[steps + 2 * row] ?? 0;
        const curvature = words[steps + 2 * row + 1] ?? 0;
        for (let column = 0; column < width; column++) {
          const cell = histogram / 4 + 4 * ((cellOf[column] ?? 0) + (codes[row * width + column] ?? 0));
          addWords(words, cell, gradient, gradient >> 31);
          addWords(words, cell + 2, curvature, one);
        }
      }
    },
    subtract: (histogram, other) => {
      for (let at = 0; at < histogramBytes / 4; at += 2) {
        const low = words[other / 4 + at] ?? 0;
        const high = words[other / 4 + at + 1] ?? 0;
        addWords(words, histogram / 4 + at, -low | 0, ~high + (low === 0 ? 1 : 0));
      }
    },
    divide: (from, to, column, low, span) => {
      let [left, right] = [order + from / 4, scratch];
      for (let at = left; at < order + to / 4; at++) {
        const row = words[at] ?? 0;
        const code = columns[column * rows + row] ?? 0;
        if (code < low || code >= low + span) words[left++] = row;
        else words[right++] = row;
      }
      words.copyWithin(left, scratch, right);
      return 4 * (left - order);
    },
    scan: (first, end) => {
      const all = sums[searchBlock.gradient / 8] ?? 0;
      const curvatures = sums[searchBlock.curvature / 8] ?? 0;
      const ridge = sums[searchBlock.ridge / 8] ?? 0;
      const least = bounds[searchBlock.least / 4] ?? 0;
      const most = bounds[searchBlock.most / 4] ?? 0;
      let found = 0;
      for (let cell = first; cell < end; cell += 16) {
        const { rows, gradient, curvature } = search.take(cell);
        if (rows < least || rows > most) continue;
        const [here, there, rest] = [curvature + ridge, curvatures - curvature + ridge, all - gradient];
        if (search.keep((gradient * gradient * there + rest * rest * here) / (here * there))) found = cell;
      }
      return found;
    },
  };
}
