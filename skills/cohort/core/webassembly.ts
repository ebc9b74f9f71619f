/**
 * The bytes of a small WebAssembly module: numbers, instructions and sections that kernels written here are made of. Knows no kernel.
 * @see WebAssembly Core Specification 2.0, chapter 5
 */

export const i32 = 0x7f;
export const i64 = 0x7e;
export const f32 = 0x7d;
export const f64 = 0x7c;
export const v128 = 0x7b;

export const addWord = 0x6a;

/**
 * A module that imports `env.memory`.
 * @param types what the section of types contains
 * @param pages of the memory, 64 KiB each, at least and at most
 * @param sections all that come after, in ascending order of their ids
 */
export function moduleOf(types: readonly number[], pages: number, sections: readonly (readonly number[])[]): Uint8Array<ArrayBuffer> {
  const memory = section(2, [1, ...text('env'), ...text('memory'), 0x02, 0x01, ...unsigned(pages), ...unsigned(pages)]);
  return Uint8Array.from([[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], section(1, types), memory, ...sections].flat());
}

export function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

/** @param value ASCII, shorter than 128 */
export function text(value: string): number[] {
  return [value.length, ...Array.from(value, (letter) => letter.charCodeAt(0))];
}

/** Instructions on one line. */
export function bytes(...values: readonly number[]): readonly number[] {
  return values;
}

export function get(local: number): number[] {
  return [0x20, ...unsigned(local)];
}

export function set(local: number): number[] {
  return [0x21, ...unsigned(local)];
}

/** Sets a local and leaves its value. */
export function tee(local: number): number[] {
  return [0x22, ...unsigned(local)];
}

export function word(value: number): number[] {
  return [0x41, ...signed(value)];
}

export function long(value: number): number[] {
  return [0x42, ...signed(value)];
}

export function loadWord(offset: number): number[] {
  return [0x28, 2, ...unsigned(offset)];
}

export function storeWord(offset: number): number[] {
  return [0x36, 2, ...unsigned(offset)];
}

export function loadLanes(offset: number): number[] {
  return [0xfd, 0x00, 4, ...unsigned(offset)];
}

export function storeLanes(offset: number): number[] {
  return [0xfd, 0x0b, 4, ...unsigned(offset)];
}

/** LEB128 of a whole number from 0 to 2³² − 1. */
export function unsigned(value: number): number[] {
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
