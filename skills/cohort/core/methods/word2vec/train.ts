/** Skip-gram with negative sampling: tokens that occur near the same others get vectors in the same direction. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { makeRng } from '../../../../sdk/numeric/index.ts';
import { makeWordStream, nextUniform } from '../tokens/word-stream.ts';
import type { FullWord2vecConfig } from './config.ts';
import { drawNoise, makeNoise } from './noise.ts';
import { fastestTrainer, type MakeTrainer } from './simd-trainer.ts';
import { fillSigmoid, layOut, pairsAtOnce } from './trainer.ts';

/** Positions are whole numbers of 32 bits with a sign. */
const mostBytes = 2_147_483_648;

/** Sequences of tokens that have vectors, in the order in which they are read. */
export interface Sequences {
  readonly start: Int32Array;
  readonly token: Int32Array;
}

/**
 * @param counts occurrences of each token in the sequences, > 0
 * @returns vector after vector, each of `dimensions` numbers
 * @see Mikolov, Chen, Corrado & Dean (2013), "Efficient estimation of word representations in vector space"
 */
export function trainVectors(
  config: FullWord2vecConfig,
  { start, token }: Sequences,
  counts: Float64Array,
  seed: string,
  makeTrainer: MakeTrainer = fastestTrainer,
): Float32Array {
  const { dimensions, window, negatives, epochs, learningRate, finalRate, sampling } = config;
  const layout = layOut(counts.length, dimensions, negatives);
  if (layout.bytes >= mostBytes) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `${counts.length} tokens of ${dimensions} dimensions take ${layout.bytes} bytes, 2 GiB or more; give a higher minCount or fewer dimensions`,
    );
  }
  const { memory, train } = makeTrainer(layout);
  const { stride, targets, pairsAt, vectorsAt, targetsAt } = memory;
  fillSigmoid(memory);
  const numbers = new Float32Array(memory.buffer);
  const rng = makeRng(seed).split('vectors');
  for (let at = 0; at < counts.length; at++) {
    for (let place = 0; place < dimensions; place++) numbers[(vectorsAt >> 2) + at * stride + place] = (rng.uniform() - 0.5) / dimensions;
  }
  const vectors = (): Float32Array =>
    Float32Array.from({ length: counts.length * dimensions }, (_, at) => {
      return numbers[(vectorsAt >> 2) + Math.floor(at / dimensions) * stride + (at % dimensions)] ?? 0;
    });
  // One token alone has nothing to differ from.
  if (counts.length < 2) return vectors();

  const state = makeWordStream(`${seed}/pairs`);
  const noise = makeNoise(counts);
  const kept = keepChances(counts, token.length, sampling);
  const positions = new Int32Array(memory.buffer);
  const bytes = 4 * stride;
  const total = token.length * epochs;
  const longest = start.reduce((most, from, at) => Math.max(most, from - (start[at - 1] ?? 0)), 0);
  const sentence = new Int32Array(longest);
  let pairs = 0;
  let record = pairsAt >> 2;
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let sequence = 0; sequence + 1 < start.length; sequence++) {
      const [from, to] = [start[sequence] ?? 0, start[sequence + 1] ?? 0];
      const done = (epoch * token.length + from) / total;
      const rate = learningRate - (learningRate - finalRate) * done;
      let length = 0;
      for (let at = from; at < to; at++) {
        const own = token[at] ?? 0;
        const chance = kept[own] ?? 1;
        if (chance >= 1 || nextUniform(state) < chance) sentence[length++] = own;
      }
      for (let center = 0; center < length; center++) {
        const near = sentence[center] ?? 0;
        const width = 1 + Math.floor(nextUniform(state) * window);
        const last = Math.min(length - 1, center + width);
        for (let at = Math.max(0, center - width); at <= last; at++) {
          if (at === center) continue;
          positions[record] = vectorsAt + (sentence[at] ?? 0) * bytes;
          numbers[record + 1] = rate;
          positions[record + 2] = targetsAt + near * bytes;
          for (let target = 1; target < targets; target++) {
            const drawn = drawNoise(noise, state);
            // The near token is no noise; the next in the vocabulary is about as frequent.
            const other = drawn === near ? (drawn + 1) % counts.length : drawn;
            positions[record + 2 + target] = targetsAt + other * bytes;
          }
          record += 2 + targets;
          pairs += 1;
          if (pairs < pairsAtOnce) continue;
          train(pairs);
          pairs = 0;
          record = pairsAt >> 2;
        }
      }
    }
  }
  train(pairs);
  return vectors();
}

/** Chance that an occurrence is read; frequent tokens say little about their neighbours. As in the authors' program. */
function keepChances(counts: Float64Array, tokens: number, sampling: number): Float64Array {
  return counts.map((count) => {
    const threshold = sampling * tokens;
    return sampling >= 1 ? 1 : (Math.sqrt(count / threshold) + 1) * (threshold / count);
  });
}
