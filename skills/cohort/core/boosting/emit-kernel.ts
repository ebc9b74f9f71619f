/**
 * Writes the loops of a fit as a WebAssembly module with SIMD, unrolled over the columns: both sums of a histogram cell in one
 * addition of two 64-bit lanes. Made for one layout, without a compiler; the same operations as the plain kernel.
 * @see WebAssembly Core Specification 2.0, chapter 5, for the bytes
 */
import type { KernelLayout } from './kernel.ts';

/** @returns a module that imports `env.memory` and exports `build`, `subtract` and `divide` */
export function emitKernel(layout: KernelLayout, pages: number): Uint8Array<ArrayBuffer> {
  const bodies = [emitBuild(layout), emitSubtract(layout), emitDivide(layout)];
  const text = (value: string): number[] => [value.length, ...Array.from(value, (letter) => letter.charCodeAt(0))];
  const takes = (count: number, ...returns: number[]): number[] => [
    0x60,
    count,
    ...new Array<number>(count).fill(i32),
    returns.length,
    ...returns,
  ];
  const code = bodies.flatMap((body) => unsigned(body.length).concat(body));
  return Uint8Array.from(
    [
      [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
      section(1, [3, ...takes(3), ...takes(2), ...takes(5, i32)]),
      section(2, [1, ...text('env'), ...text('memory'), 0x02, 0x01, ...unsigned(pages), ...unsigned(pages)]),
      section(3, [3, 0, 1, 2]),
      section(7, [3, ...text('build'), 0, 0, ...text('subtract'), 0, 1, ...text('divide'), 0, 2]),
      section(10, [3].concat(code)),
    ].flat(),
  );
}

const i32 = 0x7f;
const i64 = 0x7e;
const v128 = 0x7b;

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

function emitDivide({ width, codesAt, orderAt, scratchAt }: KernelLayout): number[] {
  const [from, to, column, bin, missing, left, right, row, code, isLeft] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  return [
    ...bytes(1, 5, i32),
    ...bytes(...get(from), ...set(left)),
    ...whileBelow(from, to, [
      ...bytes(...get(from), ...loadWord(orderAt), ...tee(row), ...word(width), 0x6c, ...get(column), addWord),
      ...bytes(0x2d, 0, ...unsigned(codesAt), ...tee(code), ...get(bin), 0x4d, ...get(code), ...get(missing), 0x46, 0x72),
      ...bytes(...word(2), 0x74, ...set(isLeft)),
      // Written to both sides, of which one moves on: no branch to guess wrong.
      ...bytes(...get(left), ...get(row), ...storeWord(orderAt), ...get(left), ...get(isLeft), addWord, ...set(left)),
      ...bytes(
        ...get(right),
        ...get(row),
        ...storeWord(scratchAt),
        ...get(right),
        ...word(4),
        addWord,
        ...get(isLeft),
        0x6b,
        ...set(right),
      ),
      ...bytes(...get(from), ...word(4), addWord, ...set(from)),
    ]),
    ...bytes(...get(left), ...word(orderAt), addWord, ...word(scratchAt), ...get(right), 0xfc, 0x0a, 0, 0),
    ...bytes(...get(left), 0x0b),
  ];
}

/** Repeats the body as long as one pointer is below another. */
function whileBelow(pointer: number, end: number, body: readonly number[]): number[] {
  const isBelow = [...get(pointer), ...get(end), 0x49];
  return [...isBelow, 0x04, 0x40, 0x03, 0x40, ...body, ...isBelow, 0x0d, 0, 0x0b, 0x0b];
}

const addWord = 0x6a;
const addLanes = [0xfd, 0xce, 0x01];
const subtractLanes = [0xfd, 0xd1, 0x01];

/** Instructions on one line. */
function bytes(...values: readonly number[]): readonly number[] {
  return values;
}

function get(local: number): number[] {
  return [0x20, ...unsigned(local)];
}

function set(local: number): number[] {
  return [0x21, ...unsigned(local)];
}

/** Sets a local and leaves its value. */
function tee(local: number): number[] {
  return [0x22, ...unsigned(local)];
}

function word(value: number): number[] {
  return [0x41, ...signed(value)];
}

function long(value: number): number[] {
  return [0x42, ...signed(value)];
}

function loadWord(offset: number): number[] {
  return [0x28, 2, ...unsigned(offset)];
}

function storeWord(offset: number): number[] {
  return [0x36, 2, ...unsigned(offset)];
}

function loadLanes(offset: number): number[] {
  return [0xfd, 0x00, 4, ...unsigned(offset)];
}

function storeLanes(offset: number): number[] {
  return [0xfd, 0x0b, 4, ...unsigned(offset)];
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

/** LEB128 of a whole number from 0 to 2³² − 1. */
function unsigned(value: number): number[] {
  const encoded: number[] = [];
  let rest = value;
  while (rest > 127) {
    encoded.push((rest & 127) | 128);
    rest = Math.floor(rest / 128);
  }
  return [...encoded, rest];
}

/** The same with a sign bit; what WebAssembly reads as a word of 32 bits may have its highest set. */
function signed(value: number): number[] {
  const encoded: number[] = [];
  let rest = value > 0x7fffffff ? value - 0x100000000 : value;
  while (rest > 63 || rest < -64) {
    encoded.push((rest & 127) | 128);
    rest = Math.floor(rest / 128);
  }
  return [...encoded, rest & 127];
}
