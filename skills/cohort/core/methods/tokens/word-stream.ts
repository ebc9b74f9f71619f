/** Random whole numbers of 32 bits for the innermost loops, where a generator of doubles would take most of the time. */
import { makeRng } from '../../../../sdk/numeric/index.ts';

/** Four words of state, none of them all zero. */
export type WordStream = Uint32Array;

/** A stream that follows from the seed text. */
export function makeWordStream(seed: string): WordStream {
  const rng = makeRng(seed);
  return Uint32Array.from([1, 2, 3, 4], () => 1 + rng.integer(4_294_967_295));
}

/** The next word, from 0 to 2³² − 1. @see Marsaglia (2003), "Xorshift RNGs", with a multiplication of the result */
export function nextWord(state: WordStream): number {
  let last = state[3] ?? 0;
  const first = state[0] ?? 0;
  state[3] = state[2] ?? 0;
  state[2] = state[1] ?? 0;
  state[1] = first;
  last ^= last << 11;
  last ^= last >>> 8;
  last ^= first ^ (first >>> 19);
  state[0] = last;
  return Math.imul(last, 0x9e3779b1) >>> 0;
}

/** Uniform in [0, 1) with 32 bits. */
export function nextUniform(state: WordStream): number {
  return nextWord(state) / 4_294_967_296;
}
