/** Weights of resampled customers: how many of each distinct history a sample of the same size would have held. */
import { makeRng, type Rng } from '../../../../sdk/numeric/index.ts';

export type ResampleScheme = 'multinomial' | 'bayesian';

/**
 * Weights of one replicate, a function of its arguments alone, so that a replicate can be made again instead of kept.
 * `multinomial`: as many customers as there were, drawn with replacement. `bayesian`: every customer gets a standard
 * exponential weight, which for a row of equal histories sums to a gamma with the row's weight as shape.
 * @param weights of the distinct histories, > 0
 * @see Efron (1979), "Bootstrap methods: another look at the jackknife"; Rubin (1981), "The Bayesian bootstrap"
 */
export function makeResampler(weights: Float64Array, scheme: ResampleScheme, seed: string): (replicate: number) => Float64Array {
  const streams = makeRng(seed).split(scheme);
  if (scheme === 'bayesian') {
    return (replicate) => {
      const rng = streams.split(`${replicate}`);
      return weights.map((weight) => rng.gamma(weight));
    };
  }
  const pick = makePicker(weights);
  const customers = Math.round(weights.reduce((total, weight) => total + weight, 0));
  return (replicate) => {
    const rng = streams.split(`${replicate}`);
    const drawn = new Float64Array(weights.length);
    for (let customer = 0; customer < customers; customer++) {
      const row = pick(rng);
      drawn[row] = (drawn[row] ?? 0) + 1;
    }
    return drawn;
  };
}

/**
 * Picks an index with a probability in proportion to its weight, in constant time.
 * @see Vose (1991), "A linear algorithm for generating random numbers with a given distribution"
 */
function makePicker(weights: Float64Array): (rng: Rng) => number {
  const size = weights.length;
  const mean = weights.reduce((total, weight) => total + weight, 0) / size;
  const share = weights.map((weight) => weight / mean);
  const other = Uint32Array.from(weights, (_, index) => index);
  const poor: number[] = [];
  const rich: number[] = [];
  share.forEach((value, index) => (value < 1 ? poor : rich).push(index));
  for (;;) {
    const low = poor.pop();
    const high = rich.pop();
    if (low === undefined || high === undefined) break;
    other[low] = high;
    share[high] = (share[high] ?? 0) + (share[low] ?? 0) - 1;
    ((share[high] ?? 0) < 1 ? poor : rich).push(high);
  }
  // What is left is full up to rounding error: it keeps its own index by `other`.
  return (rng) => {
    const at = rng.uniform() * size;
    const index = Math.floor(at);
    return at - index < (share[index] ?? 1) ? index : (other[index] ?? index);
  };
}
