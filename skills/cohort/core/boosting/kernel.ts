/**
 * The two loops that a fit spends its time in, over one block of memory: adding rows to histograms and dividing rows between two
 * children. By WebAssembly where the engine has SIMD, in plain JavaScript elsewhere. Everything added is a whole number of 64
 * bits, so both leave the same bits in whatever order the rows come.
 */
import { emitKernel } from './emit-kernel.ts';
import { type KernelLayout, pageBytes } from './kernel-layout.ts';
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
