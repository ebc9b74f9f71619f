/**
 * Writes the loops of a fit as a WebAssembly module with SIMD, unrolled over the columns: both sums of a histogram cell in one
 * addition of two 64-bit lanes. Made for one layout, without a compiler; the same operations as the plain kernel.
 * @see WebAssembly Core Specification 2.0, chapter 5, for the bytes
 */
import {
  addWord,
  bytes,
  f64,
  get,
  i32,
  i64,
  loadLanes,
  loadWord,
  long,
  moduleOf,
  section,
  set,
  storeLanes,
  storeWord,
  tee,
  text,
  unsigned,
  v128,
  word,
} from '../webassembly.ts';
import type { KernelLayout } from './kernel-layout.ts';
import { searchBlock } from './split-search.ts';

/** @returns a module that imports `env.memory` and exports `build`, `subtract`, `divide` and `scan` */
export function emitKernel(layout: KernelLayout, pages: number): Uint8Array<ArrayBuffer> {
  const bodies = [emitBuild(layout), emitSubtract(layout), emitDivide(layout), emitScan(layout)];
  const takes = (count: number, ...returns: number[]): number[] => [
    0x60,
    count,
    ...new Array<number>(count).fill(i32),
    returns.length,
    ...returns,
  ];
  const code = bodies.flatMap((body) => unsigned(body.length).concat(body));
  return moduleOf([4, ...takes(3), ...takes(2), ...takes(5, i32), ...takes(2, i32)], pages, [
    section(3, [4, 0, 1, 2, 3]),
    section(7, [4, ...text('build'), 0, 0, ...text('subtract'), 0, 1, ...text('divide'), 0, 2, ...text('scan'), 0, 3]),
    section(10, [4].concat(code)),
  ]);
}

function emitBuild({ width, cellOf, codesAt, stepsAt, orderAt, countShift }: KernelLayout): number[] {
  const [from, to, histogram, row, cell, codes, step] = [0, 1, 2, 3, 4, 5, 6];
  const columns = Array.from({ length: width }, (_, column) => {
    const inGroup = column % 8;
    const load = inGroup === 0 ? [...get(row), 0x29, 0, ...unsigned(codesAt + column), ...set(codes)] : [];
    // The code of this column, times the 16 bytes of a cell.
    const shift = inGroup === 0 ? [...long(4), 0x86] : [...long(8 * inGroup - 4), 0x88];
    const at = [...get(codes), ...shift, ...long(0xff0), 0x83, 0xa7, ...get(histogram), addWord, ...tee(cell)];
    const offset = 16 * (cellOf[column] ?? 0);
    return [...load, ...at, ...get(cell), ...loadLanes(offset), ...get(step), ...addLanes, ...storeLanes(offset)];
  }).flat();
  const one = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  one[12 + (countShift >> 3)] = 1 << (countShift & 7);
  return [
    ...bytes(3, 2, i32, 1, i64, 1, v128),
    ...whileBelow(from, to, [
      ...bytes(...get(from), ...loadWord(orderAt), ...tee(row), ...word(3), 0x74, 0xfd, 0x05, 3, ...unsigned(stepsAt)),
      ...bytes(0xfd, 0x0c, ...one, ...addLanes, ...set(step)),
      ...bytes(...get(row), ...word(width), 0x6c, ...set(row)),
      ...columns,
      ...bytes(...get(from), ...word(4), addWord, ...set(from)),
    ]),
    0x0b,
  ];
}

function emitSubtract({ histogramBytes }: KernelLayout): number[] {
  const [histogram, other, end] = [0, 1, 2];
  const move = (pointer: number): number[] => [...get(pointer), ...word(16), addWord, ...set(pointer)];
  return [
    ...bytes(1, 1, i32),
    ...bytes(...get(histogram), ...word(histogramBytes), addWord, ...set(end)),
    ...whileBelow(histogram, end, [
      ...bytes(...get(histogram), ...get(histogram), ...loadLanes(0), ...get(other), ...loadLanes(0), ...subtractLanes, ...storeLanes(0)),
      ...move(histogram),
      ...move(other),
    ]),
    0x0b,
  ];
}

function emitDivide({ rows, columnsAt, orderAt, scratchAt }: KernelLayout): number[] {
  const [at, to, column, low, span, left, row, end, ahead] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  /** Written to both sides, of which one moves on: no branch to guess wrong. */
  const divideOne = (offset: number): number[] => [
    ...bytes(...get(left), ...get(at), ...loadWord(orderAt + offset), ...tee(row), ...storeWord(orderAt)),
    ...bytes(...get(ahead), ...get(left), 0x6b, ...get(row), ...storeWord(scratchAt + offset - 12)),
    ...bytes(...get(row), ...get(column), addWord, 0x2d, 0, ...unsigned(columnsAt), ...get(low), 0x6b, ...get(span), 0x4f),
    ...bytes(...word(2), 0x74, ...get(left), addWord, ...set(left)),
  ];
  // Ahead of the left side also where all rows of a stretch have gone there.
  const begin = [...get(at), ...word(12), addWord, ...set(ahead)];
  const move = (count: number): number[] => [...get(at), ...word(4 * count), addWord, ...set(at)];
  return [
    ...bytes(1, 4, i32),
    ...bytes(...get(at), ...set(left), ...get(column), ...word(rows), 0x6c, ...set(column)),
    ...bytes(...get(at), ...get(to), ...get(at), 0x6b, ...word(-16), 0x71, addWord, ...set(end)),
    ...whileBelow(at, end, [...begin, ...[0, 4, 8, 12].flatMap(divideOne), ...move(4)]),
    ...whileBelow(at, to, [...begin, ...divideOne(0), ...move(1)]),
    ...bytes(...get(left), ...word(orderAt), addWord, ...word(scratchAt), ...get(to), ...get(left), 0x6b, 0xfc, 0x0a, 0, 0),
    ...bytes(...get(left), 0x0b),
  ];
}

/** Two cells at a time: their left sides are compared side by side, and only a better one is looked at alone. */
function emitScan({ searchAt, countShift }: KernelLayout): number[] {
  const [first, end, found, score] = [0, 1, 2, 3];
  const [left, one, other, gradient, packed, curvature, here, there, rest, scores] = [4, 5, 6, 7, 8, 9, 10, 11, 12, 13];
  const [best, kept, allGradients, allCurvatures, ridge, least, most] = [14, 15, 16, 17, 18, 19, 20];
  const at = (field: keyof typeof searchBlock): number => searchAt + searchBlock[field];
  const spread = (field: keyof typeof searchBlock, local: number): number[] => [
    ...word(0),
    0xfd,
    0x0a,
    3,
    ...unsigned(at(field)),
    ...set(local),
  ];
  const half = (of: number): number[] => Array.from({ length: 16 }, (_, byte) => 8 * of + (byte % 8) + (byte < 8 ? 0 : 16));
  const bothHalves = (of: number): number[] => [...get(one), ...get(other), 0xfd, 0x0d, ...half(of)];
  const look = (lane: number, side: number, offset: number): number[] => [
    ...bytes(...get(scores), 0xfd, 0x21, lane, ...get(score), 0x64, 0x04, 0x40),
    ...bytes(...get(scores), 0xfd, 0x21, lane, ...set(score), ...get(side), ...set(kept)),
    ...bytes(...get(first), ...word(offset), addWord, ...set(found), 0x0b),
  ];
  return [
    ...bytes(3, 1, i32, 1, f64, 17, v128),
    ...bytes(...word(0), ...loadLanes(at('left')), ...set(left)),
    ...spread('gradient', allGradients),
    ...spread('curvature', allCurvatures),
    ...spread('ridge', ridge),
    ...spread('least', least),
    ...spread('most', most),
    ...spread('score', best),
    ...bytes(...get(best), 0xfd, 0x21, 0, ...set(score)),
    ...whileBelow(first, end, [
      ...bytes(...get(left), ...get(first), ...loadLanes(0), ...addLanes, ...tee(one)),
      ...bytes(...get(first), ...loadLanes(16), ...addLanes, ...tee(other), ...set(left)),
      // Whole numbers become doubles by the exponent under which their bits are the significand.
      ...bytes(...bothHalves(0), ...longs(0x43380000, 0), ...addLanes, ...longs(0x43380000, 0), ...subtractDoubles, ...set(gradient)),
      ...bytes(...bothHalves(1), ...tee(packed), ...longs(((1 << countShift) - 1) >>> 0, 0xffffffff), ...andLanes),
      ...bytes(...longs(0x43300000, 0), ...orLanes, ...longs(0x43300000, 0), ...subtractDoubles, ...tee(curvature)),
      ...bytes(...get(ridge), ...addDoubles, ...set(here)),
      ...bytes(...get(allCurvatures), ...get(curvature), ...subtractDoubles, ...get(ridge), ...addDoubles, ...set(there)),
      ...bytes(...get(allGradients), ...get(gradient), ...subtractDoubles, ...set(rest)),
      ...bytes(...get(gradient), ...get(gradient), ...multiplyDoubles, ...get(there), ...multiplyDoubles),
      ...bytes(...get(rest), ...get(rest), ...multiplyDoubles, ...get(here), ...multiplyDoubles, ...addDoubles),
      ...bytes(...get(here), ...get(there), ...multiplyDoubles, 0xfd, 0xf3, 0x01),
      // Sides with too few rows or too many count as infinitely bad.
      ...longs(0xfff00000, 0),
      ...bytes(...get(packed), ...word(32 + countShift), 0xfd, 0xcd, 0x01, ...tee(packed), ...get(least), 0xfd, 0xdb, 0x01),
      ...bytes(...get(packed), ...get(most), 0xfd, 0xda, 0x01, ...andLanes, 0xfd, 0x52, ...tee(scores)),
      ...bytes(...get(best), 0xfd, 0x4a, 0xfd, 0x53, 0x04, 0x40),
      ...look(0, one, 0),
      ...look(1, other, 16),
      ...bytes(...get(score), 0xfd, 0x14, ...set(best), 0x0b),
      ...bytes(...get(first), ...word(32), addWord, ...set(first)),
    ]),
    ...bytes(...get(found), 0x04, 0x40),
    ...bytes(...word(0), ...get(score), 0x39, 3, ...unsigned(at('score'))),
    ...bytes(...word(0), ...get(kept), ...storeLanes(at('found')), 0x0b),
    ...bytes(...get(found), 0x0b),
  ];
}

/** Repeats the body as long as one pointer is below another. */
function whileBelow(pointer: number, end: number, body: readonly number[]): number[] {
  const isBelow = [...get(pointer), ...get(end), 0x49];
  return [...isBelow, 0x04, 0x40, 0x03, 0x40, ...body, ...isBelow, 0x0d, 0, 0x0b, 0x0b];
}

const addLanes = [0xfd, 0xce, 0x01];
const subtractLanes = [0xfd, 0xd1, 0x01];
const andLanes = [0xfd, 0x4e];
const orLanes = [0xfd, 0x50];
const addDoubles = [0xfd, 0xf0, 0x01];
const subtractDoubles = [0xfd, 0xf1, 0x01];
const multiplyDoubles = [0xfd, 0xf2, 0x01];

/** The same 64 bits in both lanes, given in two halves. */
function longs(high: number, low: number): number[] {
  const lane = [low, high].flatMap((half) => [0, 8, 16, 24].map((shift) => (half >>> shift) & 255));
  return [0xfd, 0x0c, ...lane, ...lane];
}
