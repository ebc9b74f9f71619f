/** Draws of tokens by chance, in constant time: an alias table over counts to the power ¾. */
import { pow } from '../../../../sdk/numeric/index.ts';
import { nextWord, type WordStream } from '../tokens/word-stream.ts';

export interface Noise {
  /** Of each slot: words below this are the slot's own token, the others its alias. */
  readonly threshold: Float64Array;
  readonly alias: Int32Array;
}

/**
 * @param counts occurrences of each token, > 0
 * @see Mikolov et al. (2013), "Distributed representations of words and phrases", section 2.2, for the power
 * @see Vose (1991), "A linear algorithm for generating random numbers with a given distribution"
 */
export function makeNoise(counts: Float64Array): Noise {
  const weights = counts.map((count) => pow(count, 0.75));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const left = weights.map((weight) => (weight * weights.length) / total);
  const threshold = new Float64Array(left.length).fill(1);
  const alias = Int32Array.from(left, (_, token) => token);
  const small: number[] = [];
  const large: number[] = [];
  left.forEach((share, token) => (share < 1 ? small : large).push(token));
  while (small.length > 0 && large.length > 0) {
    const [poor = 0, rich = 0] = [small.pop(), large.pop()];
    threshold[poor] = left[poor] ?? 0;
    alias[poor] = rich;
    left[rich] = (left[rich] ?? 0) - (1 - (left[poor] ?? 0));
    ((left[rich] ?? 0) < 1 ? small : large).push(rich);
  }
  return { threshold: threshold.map((share) => share * words), alias };
}

export function drawNoise({ threshold, alias }: Noise, state: WordStream): number {
  const slot = Math.floor((nextWord(state) / words) * threshold.length);
  return nextWord(state) < (threshold[slot] ?? 0) ? slot : (alias[slot] ?? 0);
}

/** How many values a word has. */
const words = 4_294_967_296;
