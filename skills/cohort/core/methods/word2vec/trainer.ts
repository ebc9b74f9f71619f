/**
 * The arithmetic of training: steps of gradient descent on pairs that were drawn before. Numbers are of 32 bits, rounded after
 * each operation, in four lanes, so that any implementation of the same steps gives the same bytes.
 */
import { exp } from '../../../../sdk/numeric/index.ts';

/** One buffer with all that a step reads and writes; positions are in bytes. */
export interface TrainerMemory {
  readonly buffer: ArrayBuffer;
  /** Numbers of a vector, a multiple of four; those beyond the dimensions stay zero. */
  readonly stride: number;
  /** Sampled targets of a pair, the near token first. */
  readonly targets: number;
  /** Logistic function over [−6, 6) in steps of {@link sigmoidStep}. */
  readonly sigmoidAt: number;
  /** Records of pairs: position of the vector, learning rate, positions of the targets; 4 bytes each. */
  readonly pairsAt: number;
  /** Vector after vector: those that are kept. */
  readonly vectorsAt: number;
  /** Those of tokens as targets. */
  readonly targetsAt: number;
  readonly bytes: number;
}

/** Does the first `pairs` records of the memory. */
export type Train = (pairs: number) => void;

/** Records that are drawn at a time. */
export const pairsAtOnce = 4096;
/** Beyond ± this, a target counts as learned. */
export const sigmoidReach = 6;
export const sigmoidSlots = 1536;
const sigmoidStep = (2 * sigmoidReach) / sigmoidSlots;

export type TrainerLayout = Omit<TrainerMemory, 'buffer'>;

/** Where everything is. */
export function layOut(tokens: number, dimensions: number, negatives: number): TrainerLayout {
  const stride = 4 * Math.ceil(dimensions / 4);
  const targets = negatives + 1;
  const pairsAt = 4 * sigmoidSlots;
  // Vectors at multiples of 16 bytes.
  const vectorsAt = 16 * Math.ceil((pairsAt + 4 * (2 + targets) * pairsAtOnce) / 16);
  const targetsAt = vectorsAt + 4 * stride * tokens;
  return { stride, targets, sigmoidAt: 0, pairsAt, vectorsAt, targetsAt, bytes: targetsAt + 4 * stride * tokens };
}

export function fillSigmoid({ buffer, sigmoidAt }: TrainerMemory): void {
  const table = new Float32Array(buffer, sigmoidAt, sigmoidSlots);
  for (let slot = 0; slot < sigmoidSlots; slot++) table[slot] = 1 / (1 + exp(sigmoidReach - (slot + 0.5) * sigmoidStep));
}

/**
 * The steps in plain JavaScript.
 * @see Mikolov et al. (2013), "Distributed representations of words and phrases", eq. 4
 */
export function scalarTrainer({ buffer, stride, targets, sigmoidAt, pairsAt }: TrainerMemory): Train {
  const numbers = new Float32Array(buffer);
  const positions = new Int32Array(buffer);
  const sigmoid = new Float32Array(buffer, sigmoidAt, sigmoidSlots);
  const gradient = new Float32Array(targets);
  const change = new Float32Array(stride);
  const perUnit = Math.fround(sigmoidSlots / (2 * sigmoidReach));
  return (pairs) => {
    let record = pairsAt >> 2;
    for (let pair = 0; pair < pairs; pair++, record += 2 + targets) {
      const vector = (positions[record] ?? 0) >> 2;
      const rate = numbers[record + 1] ?? 0;
      for (let target = 0; target < targets; target++) {
        const other = (positions[record + 2 + target] ?? 0) >> 2;
        let [a, b, c, d] = [0, 0, 0, 0];
        for (let at = 0; at < stride; at += 4) {
          a = Math.fround(a + Math.fround((numbers[vector + at] ?? 0) * (numbers[other + at] ?? 0)));
          b = Math.fround(b + Math.fround((numbers[vector + at + 1] ?? 0) * (numbers[other + at + 1] ?? 0)));
          c = Math.fround(c + Math.fround((numbers[vector + at + 2] ?? 0) * (numbers[other + at + 2] ?? 0)));
          d = Math.fround(d + Math.fround((numbers[vector + at + 3] ?? 0) * (numbers[other + at + 3] ?? 0)));
        }
        const product = Math.fround(Math.fround(a + b) + Math.fround(c + d));
        const place = Math.fround(Math.fround(product + sigmoidReach) * perUnit);
        const slot = place > sigmoidSlots - 1 ? sigmoidSlots - 1 : place > 0 ? place | 0 : 0;
        gradient[target] = Math.fround(Math.fround((target === 0 ? 1 : 0) - (sigmoid[slot] ?? 0)) * rate);
      }
      change.fill(0);
      for (let target = 0; target < targets; target++) {
        const other = (positions[record + 2 + target] ?? 0) >> 2;
        const step = gradient[target] ?? 0;
        for (let at = 0; at < stride; at++) {
          const value = numbers[other + at] ?? 0;
          change[at] = Math.fround((change[at] ?? 0) + Math.fround(step * value));
          numbers[other + at] = Math.fround(value + Math.fround(step * (numbers[vector + at] ?? 0)));
        }
      }
      for (let at = 0; at < stride; at++) numbers[vector + at] = Math.fround((numbers[vector + at] ?? 0) + (change[at] ?? 0));
    }
  };
}
