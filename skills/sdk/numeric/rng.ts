/**
 * Seeded random draws that are the same on every machine. A generator splits into independent streams by label, so that
 * drawing more in one place changes nothing in another. Not for secrets.
 */
import { exp, lgamma, log } from './special.ts';

export interface Rng {
  /** Uniform in [0, 1), 53 bits. */
  readonly uniform: () => number;
  /** Standard normal. */
  readonly normal: () => number;
  /** Exponential with mean 1. */
  readonly exponential: () => number;
  /** Gamma with that shape > 0 and rate 1. */
  readonly gamma: (shape: number) => number;
  /** Beta(a, b), both > 0. */
  readonly beta: (a: number, b: number) => number;
  /** Poisson with that mean ≥ 0. */
  readonly poisson: (mean: number) => number;
  /** Uniform integer in [0, below). */
  readonly integer: (below: number) => number;
  /** A stream of its own for that label; does not advance this one. */
  readonly split: (label: string) => Rng;
}

/** A generator whose whole stream is a function of the seed text. */
export function makeRng(seed: string): Rng {
  const next = xoshiro(hashText(seed));
  let spare: number | undefined;

  const uniform = (): number => ((next() >>> 5) * 67108864 + (next() >>> 6)) / 9007199254740992;
  const open = (): number => {
    for (;;) {
      const u = uniform();
      if (u > 0) return u;
    }
  };
  const exponential = (): number => -log(open());

  // Marsaglia's polar method: two normals from each accepted pair.
  const normal = (): number => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    for (;;) {
      const u = 2 * uniform() - 1;
      const v = 2 * uniform() - 1;
      const s = u * u + v * v;
      if (s > 0 && s < 1) {
        const factor = Math.sqrt((-2 * log(s)) / s);
        spare = v * factor;
        return u * factor;
      }
    }
  };

  /** log of a gamma draw; small shapes underflow otherwise. @see Marsaglia & Tsang (2000), "A simple method for generating gamma variables" */
  const logGamma = (shape: number): number => {
    if (shape < 1) return logGamma(shape + 1) + log(open()) / shape;
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = normal();
      const root = 1 + c * x;
      if (root <= 0) continue;
      const v = root * root * root;
      const u = open();
      // The first test implies the second and spares its logarithms in nearly all draws.
      if (u < 1 - 0.0331 * (x * x) * (x * x) || log(u) < (x * x) / 2 + d - d * v + d * log(v)) return log(d) + log(v);
    }
  };

  const beta = (a: number, b: number): number => {
    const x = logGamma(a);
    const y = logGamma(b);
    return x > y ? 1 / (1 + exp(y - x)) : exp(x - y) / (1 + exp(x - y));
  };

  const poisson = (mean: number): number => {
    if (!(mean > 0)) return 0;
    if (mean < 30) {
      const limit = exp(-mean);
      let product = uniform();
      let count = 0;
      while (product > limit) {
        product *= uniform();
        count += 1;
      }
      return count;
    }
    return poissonByRejection(mean, uniform);
  };

  return {
    uniform,
    normal,
    exponential,
    gamma: (shape) => exp(logGamma(shape)),
    beta,
    poisson,
    integer: (below) => Math.floor(uniform() * below),
    split: (label) => makeRng(`${seed.length}:${seed}/${label}`),
  };
}

/** @see Hörmann (1993), "The transformed rejection method for generating Poisson random variables", algorithm PTRS */
function poissonByRejection(mean: number, uniform: () => number): number {
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const vr = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = uniform() - 0.5;
    const v = uniform();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= vr) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    if (log(v) + log(inverseAlpha) - log(a / (us * us) + b) <= k * log(mean) - mean - lgamma(k + 1)) return k;
  }
}

/** @see Blackman & Vigna (2021), "Scrambled linear pseudorandom number generators": xoshiro128** */
function xoshiro(state: Int32Array): () => number {
  let [a = 1, b = 2, c = 3, d = 4] = state;
  return () => {
    const scrambled = Math.imul(rotate(Math.imul(b, 5), 7), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return scrambled;
  };
}

/** Four words from a text: FNV-1a lanes with different offsets, then a finaliser that spreads every bit. */
function hashText(text: string): Int32Array {
  const state = new Int32Array(4);
  for (let lane = 0; lane < 4; lane++) {
    let hash = (0x811c9dc5 ^ Math.imul(lane + 1, 0x9e3779b9)) | 0;
    for (let index = 0; index < text.length; index++) {
      const unit = text.charCodeAt(index);
      hash = Math.imul(hash ^ (unit & 0xff), 0x01000193);
      hash = Math.imul(hash ^ (unit >>> 8), 0x01000193);
      hash = rotate(hash, 5 + lane);
    }
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    state[lane] = hash ^ (hash >>> 16);
  }
  if (state.every((word) => word === 0)) state[0] = 1; // the one state that the generator cannot leave
  return state;
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
